/* SPDX-License-Identifier: MIT */
/* YAML by libyaml's events, which is the only file that includes it. What YAML
 * can say and JSON cannot (NaN, other tags, two documents) is refused. An alias
 * is a copy, paid for out of a budget: a few lines of aliases of aliases would
 * otherwise grow to gigabytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

#define DEPTH_MAX 64
#define ANCHORS_MAX 256
#define BUDGET (16u << 20) /* of COST and the bytes of scalars */
#define COST 16		   /* of each value, besides its bytes */

struct anchor {
	char *name;
	json_t *value;
	size_t cost;
};

struct yml {
	yaml_parser_t parser;
	struct anchor anchors[ANCHORS_MAX];
	size_t anchors_len;
	size_t spent;
	unsigned depth;
	struct err *e;
};

static json_t *fail(struct yml *y, const yaml_mark_t *at, const char *what) {
	(void)err_set(y->e, ERR_JSON, "line %zu column %zu: %s", at->line + 1,
		at->column + 1, what);
	return NULL;
}

static json_t *nomem(struct yml *y) {
	(void)err_nomem(y->e);
	return NULL;
}

/* libyaml's own complaint. */
static json_t *malformed(struct yml *y) {
	const yaml_parser_t *p = &y->parser;
	if (p->error == YAML_MEMORY_ERROR)
		return nomem(y);
	if (p->error != YAML_READER_ERROR)
		return fail(y, &p->problem_mark, p->problem);
	(void)err_set(
		y->e, ERR_JSON, "byte %zu: %s", p->problem_offset, p->problem);
	return NULL;
}

static bool spend(struct yml *y, size_t cost, const yaml_mark_t *at) {
	if (cost > BUDGET - y->spent) {
		(void)fail(y, at, "too much, with what its aliases stand for");
		return false;
	}
	y->spent += cost;
	return true;
}

/* ---- scalars: the core schema of YAML 1.2 ---- */

static bool is_one_of(const char *s, const char *const *words) {
	for (; *words; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

static bool all_of(const char *s, const char *set) {
	return *s && !s[strspn(s, set)];
}

/* [-+]?[0-9]+, 0o[0-7]+ or 0x[0-9a-fA-F]+: the base, and where strtoll is to
 * begin; 0 for none of them. */
static int integer(const char *s, const char **ret_digits) {
	bool prefix = s[0] == '0' && (s[1] == 'o' || s[1] == 'x');
	*ret_digits = prefix ? s + 2 : s;
	if (prefix && s[1] == 'o')
		return all_of(s + 2, "01234567") ? 8 : 0;
	if (prefix)
		return all_of(s + 2, "0123456789abcdefABCDEF") ? 16 : 0;
	return all_of(s + (*s == '-' || *s == '+'), "0123456789") ? 10 : 0;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_real(const char *s) {
	s += *s == '-' || *s == '+';
	size_t whole = strspn(s, "0123456789");
	s += whole;
	size_t part = 0;
	if (*s == '.') {
		part = strspn(s + 1, "0123456789");
		s += 1 + part;
	}
	if (!whole && !part)
		return false;
	if (*s != 'e' && *s != 'E')
		return !*s;
	s++;
	s += *s == '-' || *s == '+';
	return all_of(s, "0123456789");
}

static json_t *number(struct yml *y, const char *s, const yaml_mark_t *at) {
	const char *digits;
	int base = integer(s, &digits);
	errno = 0;
	if (base) {
		long long v = strtoll(digits, NULL, base);
		if (errno)
			return fail(y, at, "a number of over 64 bits");
		json_t *j = json_integer(v);
		return j ? j : nomem(y);
	}
	double d = strtod(s, NULL);
	json_t *j = json_real(d); /* refuses what is not finite */
	return j ? j : fail(y, at, "a number that is too large");
}

static json_t *plain(struct yml *y, const char *s, const yaml_mark_t *at) {
	static const char *const nulls[] = {
		"", "~", "null", "Null", "NULL", NULL};
	static const char *const yes[] = {"true", "True", "TRUE", NULL};
	static const char *const no[] = {"false", "False", "FALSE", NULL};
	static const char *const never[] = {".nan", ".NaN", ".NAN", ".inf",
		".Inf", ".INF", "-.inf", "-.Inf", "-.INF", "+.inf", "+.Inf",
		"+.INF", NULL};
	if (is_one_of(s, nulls))
		return json_null();
	if (is_one_of(s, yes))
		return json_true();
	if (is_one_of(s, no))
		return json_false();
	if (is_one_of(s, never))
		return fail(y, at, "a number that JSON does not have");
	const char *digits;
	if (integer(s, &digits) || is_real(s))
		return number(y, s, at);
	json_t *j = json_string(s);
	return j ? j : nomem(y);
}

static json_t *scalar(struct yml *y, const yaml_event_t *ev) {
	const char *s = (const char *)ev->data.scalar.value;
	const char *tag = (const char *)ev->data.scalar.tag;
	size_t n = ev->data.scalar.length;
	if (memchr(s, '\0', n))
		return fail(y, &ev->start_mark, "a zero byte in a string");
	if (tag && strcmp(tag, "!") != 0 && strcmp(tag, YAML_STR_TAG) != 0)
		return fail(y, &ev->start_mark, "no tag but !!str is known");
	if (!spend(y, COST + n, &ev->start_mark))
		return NULL;
	if (!tag && ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return plain(y, s, &ev->start_mark);
	json_t *j = json_string(s);
	return j ? j : nomem(y);
}

/* ---- anchors ---- */

static bool note(struct yml *y, const yaml_char_t *name, json_t *value,
	size_t cost, const yaml_mark_t *at) {
	if (!name)
		return true;
	if (y->anchors_len == ANCHORS_MAX) {
		(void)fail(y, at, "more than 256 anchors");
		return false;
	}
	struct anchor *a = &y->anchors[y->anchors_len];
	a->name = mem_strdup((const char *)name);
	if (!a->name) {
		(void)nomem(y);
		return false;
	}
	a->value = json_incref(value);
	a->cost = cost;
	y->anchors_len++;
	return true;
}

/* The last anchor of that name. One that is not closed yet is not there. */
static json_t *alias(struct yml *y, const yaml_event_t *ev) {
	const char *name = (const char *)ev->data.alias.anchor;
	const struct anchor *a = NULL;
	for (size_t i = y->anchors_len; i-- > 0 && !a;)
		if (strcmp(y->anchors[i].name, name) == 0)
			a = &y->anchors[i];
	if (!a)
		return fail(y, &ev->start_mark,
			"an alias of an anchor that does not come before it");
	if (!spend(y, a->cost, &ev->start_mark))
		return NULL;
	json_t *j = json_deep_copy(a->value);
	return j ? j : nomem(y);
}

/* ---- collections ---- */

static json_t *value(struct yml *y, yaml_event_t *ev);

/* The next event, to be deleted by the caller; false after an error. */
static bool next(struct yml *y, yaml_event_t *ret) {
	if (yaml_parser_parse(&y->parser, ret))
		return true;
	(void)malformed(y);
	return false;
}

/* The next value; *ret_end is true, and the result NULL, at the collection's
 * end. */
static json_t *next_value(struct yml *y, yaml_event_type_t end, bool *ret_end) {
	yaml_event_t ev;
	*ret_end = false;
	if (!next(y, &ev))
		return NULL;
	*ret_end = ev.type == end;
	json_t *j = *ret_end ? NULL : value(y, &ev);
	yaml_event_delete(&ev);
	return j;
}

static json_t *sequence(struct yml *y) {
	auto_json json_t *list = json_array();
	if (!list)
		return nomem(y);
	for (;;) {
		bool end;
		json_t *j = next_value(y, YAML_SEQUENCE_END_EVENT, &end);
		if (end)
			return TAKE(list);
		if (!j)
			return NULL;
		if (json_array_append_new(list, j))
			return nomem(y);
	}
}

/* A key is the text of its scalar, whatever type that would have. */
static bool key_ok(struct yml *y, const json_t *map, const yaml_event_t *ev) {
	const char *key = (const char *)ev->data.scalar.value;
	const char *why =
		ev->type != YAML_SCALAR_EVENT ? "a key that is not plain text"
		: memchr(key, '\0', ev->data.scalar.length)
			? "a zero byte in a key"
		: strcmp(key, "<<") == 0    ? "merging by << is not known"
		: json_object_get(map, key) ? "a key that was there before"
					    : NULL;
	if (why)
		(void)fail(y, &ev->start_mark, why);
	return !why && spend(y, COST + ev->data.scalar.length, &ev->start_mark);
}

/* One key and its value. */
static bool pair(struct yml *y, json_t *map, const yaml_event_t *ev) {
	if (!key_ok(y, map, ev))
		return false;
	bool end;
	json_t *j = next_value(y, YAML_NO_EVENT, &end);
	if (!j)
		return false;
	const char *key = (const char *)ev->data.scalar.value;
	if (json_object_set_new(map, key, j) == 0)
		return true;
	(void)nomem(y);
	return false;
}

static json_t *mapping(struct yml *y) {
	auto_json json_t *map = json_object();
	if (!map)
		return nomem(y);
	for (;;) {
		yaml_event_t ev;
		if (!next(y, &ev))
			return NULL;
		bool end = ev.type == YAML_MAPPING_END_EVENT;
		bool ok = end || pair(y, map, &ev);
		yaml_event_delete(&ev);
		if (!ok)
			return NULL;
		if (end)
			return TAKE(map);
	}
}

static json_t *collection(struct yml *y, const yaml_event_t *ev) {
	bool is_map = ev->type == YAML_MAPPING_START_EVENT;
	if (is_map ? ev->data.mapping_start.tag != NULL
		   : ev->data.sequence_start.tag != NULL)
		return fail(y, &ev->start_mark, "no tag but !!str is known");
	if (y->depth == DEPTH_MAX)
		return fail(y, &ev->start_mark, "more than 64 levels deep");
	if (!spend(y, COST, &ev->start_mark))
		return NULL;
	y->depth++;
	json_t *j = is_map ? mapping(y) : sequence(y);
	y->depth--;
	return j;
}

/* The value that begins with ev. */
static json_t *value(struct yml *y, yaml_event_t *ev) {
	size_t before = y->spent;
	const yaml_char_t *anchor = NULL;
	auto_json json_t *j = NULL;
	if (ev->type == YAML_ALIAS_EVENT)
		return alias(y, ev);
	if (ev->type == YAML_SCALAR_EVENT) {
		anchor = ev->data.scalar.anchor;
		j = scalar(y, ev);
	} else {
		anchor = ev->type == YAML_MAPPING_START_EVENT
				 ? ev->data.mapping_start.anchor
				 : ev->data.sequence_start.anchor;
		j = collection(y, ev);
	}
	if (!j || !note(y, anchor, j, y->spent - before, &ev->start_mark))
		return NULL;
	return TAKE(j);
}

/* The one document: what comes around it is read too, and a second one is an
 * error. A text without any is null. */
static json_t *document(struct yml *y) {
	auto_json json_t *j = NULL;
	for (;;) {
		yaml_event_t ev;
		if (!next(y, &ev))
			return NULL;
		yaml_event_type_t type = ev.type;
		bool around = type == YAML_STREAM_START_EVENT ||
			      type == YAML_DOCUMENT_END_EVENT ||
			      type == YAML_DOCUMENT_START_EVENT;
		bool second = type == YAML_DOCUMENT_START_EVENT && j;
		if (second)
			(void)fail(y, &ev.start_mark, "a second document");
		else if (!around && type != YAML_STREAM_END_EVENT)
			j = value(y, &ev);
		yaml_event_delete(&ev);
		if (type == YAML_STREAM_END_EVENT)
			return j ? TAKE(j) : json_null();
		if (second || (!around && !j))
			return NULL;
	}
}

json_t *yml_parse(const char *p, size_t n, struct err *e) {
	struct err own = {0};
	struct yml y = {.e = e ? e : &own};
	unsigned long failures = mem_failures();
	if (!yaml_parser_initialize(&y.parser)) {
		(void)err_nomem(e);
		return NULL;
	}
	yaml_parser_set_input_string(
		&y.parser, (const unsigned char *)(p ? p : ""), n);
	json_t *j = document(&y);
	yaml_parser_delete(&y.parser);
	for (size_t i = 0; i < y.anchors_len; i++) {
		mem_free(y.anchors[i].name);
		json_decref(y.anchors[i].value);
	}
	/* jansson does not pass on every allocation that failed */
	if (mem_failures() == failures)
		return j;
	json_decref(j);
	return nomem(&y);
}
