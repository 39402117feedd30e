/* SPDX-License-Identifier: MIT */
/* The walk over a request body: names, lists, maps and nested messages. It
 * follows the text, as Google's streaming parser does, so errors come in its
 * order: each value is converted when its name is met and put in order
 * afterwards. */
#include <assert.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/proto_int.h"

static json_t *message(struct proto_walk *w, const struct proto_place *at,
	const struct proto_message *m);

/* Whether `given` is the field's lowerCamelCase name or its snake_case. */
static bool same_name(const char *name, const char *given) {
	if (strcmp(name, given) == 0)
		return true;
	for (; *name && *given; name++, given++) {
		if (*name >= 'A' && *name <= 'Z') {
			if (*given++ != '_' || *given != *name - 'A' + 'a')
				return false;
		} else if (*name != *given) {
			return false;
		}
	}
	return !*name && !*given;
}

const struct proto_field *proto_field(
	const struct proto_message *m, const char *name) {
	for (const struct proto_field *f = m->fields; f->name; f++)
		if (f->name[0] == name[0] && same_name(f->name, name))
			return f;
	return NULL;
}

/* Reads a value that cannot stand here. */
static json_t *refuse(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f) {
	auto_json json_t *v = scan_value(&w->scan);
	return v ? proto_refuse(w, at, f, v) : NULL;
}

static void skip(struct proto_walk *w) {
	json_decref(scan_value(&w->scan));
}

static void map_entry(struct proto_walk *w, const struct proto_place *at,
	const char *key, json_t *ret_map) {
	static const struct proto_field string = {.type = PROTO_STRING};
	const struct proto_place inner = {.up = at, .name = "value"};
	auto_json json_t *v = scan_value(&w->scan);
	if (!v)
		return;
	if (!json_is_string(v) && !(w->nulls && json_is_null(v)))
		proto_refuse(w, &inner, &string, v);
	else if (json_object_set_nocheck(ret_map, key, v))
		proto_nomem(w);
}

static json_t *string_map(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f) {
	enum scan_kind kind = scan_peek(&w->scan);
	if (kind == SCAN_ARRAY) {
		skip(w);
		proto_invalid(w, at, "Map",
			"Cannot bind a list to map for field '%s'.", f->name);
		return NULL;
	}
	if (kind != SCAN_OBJECT)
		return refuse(w, at, f);
	auto_json json_t *out = json_object();
	if (!out)
		return proto_nomem(w);
	struct proto_place entry = {.up = at};
	const char *key;
	bool more = scan_enter(&w->scan);
	for (; more && scan_member(&w->scan, entry.index == 0, &key);
		entry.index++)
		map_entry(w, &entry, key, out);
	return TAKE(out);
}

/* A list or an object where one plain value belongs. The text names the
 * field, and the path is that of the message around it. */
static json_t *wrong_shape(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f) {
	bool is_list = scan_peek(&w->scan) == SCAN_ARRAY;
	skip(w);
	while (!at->name)
		at = at->up;
	if (is_list) {
		proto_unknown(w, at->up, at->given,
			"Proto field is not repeating, cannot start list.");
		return NULL;
	}
	char snake[128];
	proto_snake(f->name, snake, sizeof snake);
	proto_invalid(w, at->up, snake, "Starting an object on a scalar field");
	return NULL;
}

/* One value, never that of a repeated field. */
static json_t *single(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f) {
	if (f->type == PROTO_STRING_MAP)
		return string_map(w, at, f);
	enum scan_kind kind = scan_peek(&w->scan);
	if (kind == SCAN_ARRAY)
		return wrong_shape(w, at, f);
	if (f->type == PROTO_ANY_JSON)
		return kind == SCAN_OBJECT ? scan_value(&w->scan)
					   : refuse(w, at, f);
	if (f->type == PROTO_MESSAGE)
		return kind == SCAN_OBJECT ? message(w, at, f->message)
					   : refuse(w, at, f);
	if (kind == SCAN_OBJECT)
		return wrong_shape(w, at, f);
	auto_json json_t *v = scan_value(&w->scan);
	return v ? proto_leaf(w, at, f, v) : NULL;
}

static json_t *list(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f) {
	auto_json json_t *out = json_array();
	if (!out)
		return proto_nomem(w);
	struct proto_place el = {.up = at};
	bool more = scan_enter(&w->scan);
	for (; more && scan_element(&w->scan, el.index == 0); el.index++) {
		json_t *made = single(w, &el, f);
		if (made && json_array_append_new(out, made))
			return proto_nomem(w);
	}
	return TAKE(out);
}

static json_t *value(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f) {
	if (!(f->flags & PROTO_REPEATED))
		return single(w, at, f);
	/* guess: the words for a lone value; the mapping knows only arrays. */
	return scan_peek(&w->scan) == SCAN_ARRAY ? list(w, at, f)
						 : refuse(w, at, f);
}

/* Whether an output value is its type's default, which proto3 leaves out. */
static bool is_default(const struct proto_field *f, const json_t *v) {
	if (f->flags & PROTO_OPTIONAL)
		return false;
	if (f->flags & PROTO_REPEATED)
		return json_array_size(v) == 0;
	switch (f->type) {
	case PROTO_STRING:
	case PROTO_BYTES:
		return json_string_length(v) == 0;
	case PROTO_BOOL:
		return json_is_false(v);
	case PROTO_INT32:
	case PROTO_DOUBLE:
		return json_is_number(v) && json_number_value(v) == 0;
	case PROTO_INT64:
		return strcmp(json_string_value(v), "0") == 0;
	case PROTO_ENUM:
		return strcmp(json_string_value(v),
			       f->enumeration->values[0]) == 0;
	case PROTO_STRING_MAP:
		return json_object_size(v) == 0;
	case PROTO_TIMESTAMP:
	case PROTO_DURATION:
	case PROTO_MESSAGE:
	case PROTO_ANY_JSON:
		break;
	}
	return false;
}

/* What a body said of a message's fields, by their place in the table. */
struct slots {
	json_t *value[PROTO_FIELDS_MAX];     /* owned; NULL after an error */
	const char *given[PROTO_FIELDS_MAX]; /* the name it was set by */
};

static void slots_done(struct slots *s) {
	for (size_t i = 0; i < PROTO_FIELDS_MAX; i++)
		json_decref(s->value[i]);
}

/* False, with the error reported, when the field may not be set: it was under
 * its other spelling, or its oneof has a value. The same name again is a
 * duplicated key, whose last value counts. */
static bool may_set(struct proto_walk *w, const struct proto_place *at,
	const struct proto_message *m, const struct slots *s, size_t i,
	const char *given) {
	if (s->given[i] && strcmp(s->given[i], given) != 0) {
		/* guess: the words; that it is refused is documented. */
		proto_unknown(w, at, given,
			"Field is already set by its other name.");
		return false;
	}
	const char *group = m->fields[i].oneof;
	for (size_t k = 0; group && m->fields[k].name; k++) {
		const char *other = m->fields[k].oneof;
		if (k == i || !s->given[k] || !other ||
			strcmp(other, group) != 0)
			continue;
		proto_invalid(w, at, "oneof",
			"oneof field '%s' is already set. Cannot set '%s'",
			group, given);
		return false;
	}
	return true;
}

static void take_member(struct proto_walk *w, const struct proto_place *at,
	const struct proto_message *m, struct slots *s, const char *key) {
	const struct proto_field *f = proto_field(m, key);
	if (!f) {
		skip(w);
		proto_unknown(w, at, key, "Cannot find field.");
		return;
	}
	size_t i = (size_t)(f - m->fields);
	assert(i < PROTO_FIELDS_MAX);
	bool is_null = scan_peek(&w->scan) == SCAN_NULL;
	if (is_null || !may_set(w, at, m, s, i, key)) {
		skip(w);
		return;
	}
	const struct proto_place here = {
		.up = at, .name = f->name, .given = key};
	s->given[i] = key;
	json_decref(s->value[i]);
	s->value[i] = value(w, &here, f);
}

static json_t *message(struct proto_walk *w, const struct proto_place *at,
	const struct proto_message *m) {
	__attribute__((cleanup(slots_done))) struct slots s = {0};
	const char *key;
	bool more = scan_enter(&w->scan);
	for (bool first = true; more && scan_member(&w->scan, first, &key);
		first = false)
		take_member(w, at, m, &s, key);
	auto_json json_t *out = json_object();
	if (!out)
		return proto_nomem(w);
	for (size_t i = 0; m->fields[i].name; i++) {
		const struct proto_field *f = &m->fields[i];
		if (!s.value[i] || (f->flags & PROTO_OUTPUT) ||
			is_default(f, s.value[i]))
			continue;
		if (json_object_set_new_nocheck(out, f->name, TAKE(s.value[i])))
			return proto_nomem(w);
	}
	return TAKE(out);
}

static int malformed(const struct scan *s, struct status *st) {
	auto_buf struct buf why;
	buf_init(&why, STATUS_MSG_MAX / 2);
	scan_explain(s, &why);
	status_done(st);
	return status_violation(
		st, NULL, "Invalid JSON payload received. %s", buf_str(&why));
}

static json_t *root_message(struct proto_walk *w, const struct proto_place *at,
	const struct proto_message *m) {
	if (scan_peek(&w->scan) == SCAN_OBJECT)
		return message(w, at, m);
	skip(w);
	proto_unknown(w, NULL, "", "Root element must be a message.");
	return NULL;
}

static int parse(const struct proto_message *m, const char *p, size_t len,
	const char *root, bool nulls, json_t **ret, struct status *st) {
	status_done(st);
	struct proto_walk w = {.st = st, .nulls = nulls};
	if (scan_init(&w.scan, len ? p : "{}", len ? len : 2))
		return status_nomem(st);
	const struct proto_place top = {.name = root, .given = root};
	auto_json json_t *out = root_message(&w, &top, m);
	bool good = scan_finish(&w.scan);
	int rc = w.nomem || w.scan.nomem ? status_nomem(st)
		 : !good		 ? malformed(&w.scan, st)
					 : (int)st->code;
	scan_done(&w.scan);
	if (!rc)
		*ret = TAKE(out);
	return rc;
}

int proto_parse(const struct proto_message *m, const char *p, size_t len,
	const char *root, json_t **ret, struct status *st) {
	return parse(m, p, len, root, false, ret, st);
}

int proto_parse_patch(const struct proto_message *m, const char *p, size_t len,
	const char *root, json_t **ret, struct status *st) {
	return parse(m, p, len, root, true, ret, st);
}

json_t *proto_arrange(const struct proto_message *m, const json_t *in) {
	auto_json json_t *out = json_object();
	if (!out)
		return NULL;
	for (const struct proto_field *f = m->fields; f->name; f++) {
		json_t *v = json_object_get(in, f->name);
		if (v && json_object_set_nocheck(out, f->name, v))
			return NULL;
	}
	return TAKE(out);
}

char *proto_camel(const char *path) {
	char *out = mem_strdup(path);
	if (!out)
		return NULL;
	char *to = out;
	for (const char *at = path; *at; at++) {
		bool joins = *at == '_' && at[1] >= 'a' && at[1] <= 'z';
		*to++ = joins ? (char)(*++at - 'a' + 'A') : *at;
	}
	*to = '\0';
	return out;
}
