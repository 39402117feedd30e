/* SPDX-License-Identifier: MIT */
#include "tests/unit/same.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"

#define TEXT_MAX (1 << 24)
#define ANY "\xe2\x80\xa6" /* … */

void same_init(struct same *s) {
	s->chosen = json_object();
}

void same_done(struct same *s) {
	json_decref(s->chosen);
}

static void add_replaced(
	struct buf *b, const char *text, const char *from, const char *to) {
	size_t n = strlen(from);
	for (const char *at; (at = strstr(text, from)); text = at + n) {
		(void)buf_add(b, text, (size_t)(at - text));
		(void)buf_adds(b, to);
	}
	(void)buf_adds(b, text);
}

static char *replace(char *text, const char *from, const char *to) {
	auto_free char *old = text;
	auto_buf struct buf b;
	buf_init(&b, TEXT_MAX);
	add_replaced(&b, old, from, to);
	return buf_take(&b, NULL);
}

static char *escape(const char *s) {
	auto_buf struct buf b;
	buf_init(&b, TEXT_MAX);
	for (; *s; s++)
		if (isalnum((unsigned char)*s) || strchr("-._~", *s))
			(void)buf_addc(&b, *s);
		else
			(void)buf_addf(&b, "%%%02X", (unsigned char)*s);
	return buf_take(&b, NULL);
}

char *same_current(const struct same *s, const char *text) {
	char *now = mem_strdup(text);
	const char *recorded;
	json_t *v;
	json_object_foreach (s->chosen, recorded, v) {
		const char *chosen = json_string_value(v);
		auto_free char *from = escape(recorded);
		auto_free char *to = escape(chosen);
		now = replace(now, recorded, chosen);
		if (strcmp(from, recorded) != 0)
			now = replace(now, from, to);
	}
	return now;
}

/* Text against a pattern in which ANY stands for any run of characters. */
static bool matches(const char *want, const char *got) {
	const size_t any = strlen(ANY);
	const char *star = strstr(want, ANY);
	if (!star)
		return strcmp(want, got) == 0;
	if (strncmp(want, got, (size_t)(star - want)) != 0)
		return false;
	got += star - want;
	want = star + any;
	for (;; got++)
		if (matches(want, got))
			return true;
		else if (!*got)
			return false;
}

static char *differ(const char *path, const json_t *want, const json_t *got) {
	auto_free char *a = json_dumps(want, JSON_COMPACT | JSON_ENCODE_ANY);
	auto_free char *b = json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY);
	return mem_printf("%s\n got %s\nwant %s", *path ? path + 1 : "the body",
		b ? b : "(nothing)", a ? a : "(nothing)");
}

static bool is_chosen(const char *key) {
	static const char *const names[] = {"etag", "nextPageToken", "insertId",
		"ackId", "messageId", "messageIds"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], key) == 0)
			return true;
	return false;
}

static char *same_chosen(struct same *s, const char *path, const json_t *want,
	const json_t *got) {
	const char *w = json_string_value(want), *g = json_string_value(got);
	if (!w || !g || !*g)
		return differ(path, want, got);
	const char *recorded;
	json_t *v;
	json_object_foreach (s->chosen, recorded, v)
		if ((strcmp(recorded, w) == 0) !=
			(strcmp(json_string_value(v), g) == 0))
			return mem_printf("%s: got %s, which was recorded as "
					  "%s, not as %s",
				path + 1, g, recorded, w);
	(void)json_object_set_new(s->chosen, w, json_string(g));
	return NULL;
}

static char *same_value(struct same *s, const char *path, const json_t *want,
	const json_t *got);

static bool is_any(const json_t *want) {
	return json_is_string(want) &&
	       strcmp(json_string_value(want), ANY) == 0;
}

static char *same_member(struct same *s, const char *path, const char *key,
	const json_t *want, const json_t *got) {
	if (!is_chosen(key) || is_any(want))
		return same_value(s, path, want, got);
	if (!json_is_array(want))
		return same_chosen(s, path, want, got);
	if (json_array_size(want) != json_array_size(got))
		return differ(path, want, got);
	char *why = NULL;
	for (size_t i = 0; !why && i < json_array_size(want); i++)
		why = same_chosen(s, path, json_array_get(want, i),
			json_array_get(got, i));
	return why;
}

/* A recorded name, which may be one for what the service has chosen. */
static const char *current_key(const struct same *s, const char *key) {
	const char *chosen = json_string_value(json_object_get(s->chosen, key));
	return chosen ? chosen : key;
}

static char *same_object(struct same *s, const char *path, const json_t *want,
	const json_t *got) {
	const char *key;
	json_t *v;
	auto_json json_t *more = json_copy((json_t *)got);
	json_object_foreach ((json_t *)want, key, v) {
		const char *now = current_key(s, key);
		auto_free char *at = mem_printf("%s.%s", path, key);
		char *why =
			same_member(s, at, key, v, json_object_get(got, now));
		if (why)
			return why;
		(void)json_object_del(more, now);
	}
	json_object_foreach (more, key, v) {
		auto_free char *at = mem_printf("%s.%s", path, key);
		return differ(at, NULL, v);
	}
	return NULL;
}

static char *same_array(struct same *s, const char *path, const json_t *want,
	const json_t *got) {
	if (json_array_size(want) != json_array_size(got))
		return differ(path, want, got);
	for (size_t i = 0; i < json_array_size(want); i++) {
		auto_free char *at = mem_printf("%s[%zu]", path, i);
		char *why = same_value(
			s, at, json_array_get(want, i), json_array_get(got, i));
		if (why)
			return why;
	}
	return NULL;
}

static char *same_value(struct same *s, const char *path, const json_t *want,
	const json_t *got) {
	if (got && is_any(want))
		return NULL;
	if (json_is_object(want) && json_is_object(got))
		return same_object(s, path, want, got);
	if (json_is_array(want) && json_is_array(got))
		return same_array(s, path, want, got);
	bool same = json_is_string(want) && json_is_string(got)
			    ? matches(json_string_value(want),
				      json_string_value(got))
			    : got && json_equal(want, got);
	return same ? NULL : differ(path, want, got);
}

/* Two blanks a level, one member or element a line, {} and [] for empty ones,
 * a newline at the end; or no blank at all between tokens. */
static bool well_formed(const char *text, bool pretty) {
	size_t level = 0, column = 0;
	bool quoted = false, fresh = true;
	for (const char *c = text; *c; c++, column++) {
		if (quoted) {
			if (*c == '\\' && c[1])
				c++;
			else
				quoted = *c != '"';
			continue;
		}
		if (*c == '\n' || *c == ' ') {
			if (!pretty)
				return false;
			column = *c == '\n' ? (size_t)-1 : column;
			fresh = fresh || *c == '\n';
			continue;
		}
		level -= *c == '}' || *c == ']';
		if (pretty && fresh && column != 2 * level)
			return false;
		level += *c == '{' || *c == '[';
		fresh = false;
		quoted = *c == '"';
	}
	return !pretty || (*text && text[strlen(text) - 1] == '\n');
}

char *same_body(
	struct same *s, const char *want, const char *got, bool pretty) {
	auto_json json_t *w = jsn_parse(want, strlen(want), true, NULL);
	auto_json json_t *g = jsn_parse(got, strlen(got), true, NULL);
	if (!w)
		return matches(want, got)
			       ? NULL
			       : mem_printf("\n got %s\nwant %s", got, want);
	if (!g)
		return mem_printf("not JSON: %s", got);
	char *why = same_value(s, "", w, g);
	if (!why && !well_formed(got, pretty))
		why = mem_printf(
			"not %s: %s", pretty ? "pretty" : "compact", got);
	return why;
}
