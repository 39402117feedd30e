/* SPDX-License-Identifier: MIT */
/* The walk over a request body: names, lists, maps and nested messages. Errors
 * come in the order of the body's text, as from Google's streaming parser, so
 * each value is converted when its name is met and put in order afterwards. */
#include <assert.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/proto_int.h"

#define DEPTH_MAX 100 /* of JSON that no table describes; protobuf's limit */
#define STRUCT_TYPE "type.googleapis.com/google.protobuf.Struct"

static json_t *message(struct proto_walk *w, const struct proto_place *at,
	const struct proto_message *m, const json_t *in);

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

static bool too_deep(const json_t *v, int left) {
	if (left == 0)
		return true;
	size_t i;
	json_t *item;
	json_array_foreach (v, i, item) {
		if (too_deep(item, left - 1))
			return true;
	}
	const char *key;
	json_object_foreach ((json_t *)v, key, item) {
		if (too_deep(item, left - 1))
			return true;
	}
	return false;
}

static json_t *any_json(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	if (!json_is_object(v))
		return proto_refuse(w, at, f, v);
	if (too_deep(v, DEPTH_MAX)) {
		proto_invalid(w, at, STRUCT_TYPE,
			"Message too deep. Max recursion depth reached.");
		return NULL;
	}
	return json_incref(v);
}

static json_t *string_map(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	if (json_is_array(v)) {
		proto_invalid(w, at, "Map",
			"Cannot bind a list to map for field '%s'.", f->name);
		return NULL;
	}
	if (!json_is_object(v))
		return proto_refuse(w, at, f, v);
	static const struct proto_field string = {.type = PROTO_STRING};
	struct proto_place entry = {.up = at};
	const struct proto_place inner = {.up = &entry, .name = "value"};
	bool good = true;
	const char *key;
	json_t *item;
	json_object_foreach (v, key, item) {
		if (!json_is_string(item)) {
			proto_refuse(w, &inner, &string, item);
			good = false;
		}
		entry.index++;
	}
	return good ? json_incref(v) : NULL;
}

/* A list or an object where one plain value belongs. The text names the
 * field, and the path is that of the message around it. */
static json_t *wrong_shape(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, const json_t *v) {
	while (!at->name)
		at = at->up;
	if (json_is_array(v)) {
		proto_unknown(w, at->up, at->given,
			"Proto field is not repeating, cannot start list.");
		return NULL;
	}
	char snake[128];
	proto_snake(f->name, snake, sizeof snake);
	proto_invalid(w, at->up, snake, "Starting an object on a scalar field");
	return NULL;
}

/* One value, never null and never the list of a repeated field. */
static json_t *single(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	if (f->type == PROTO_STRING_MAP)
		return string_map(w, at, f, v);
	if (json_is_array(v))
		return wrong_shape(w, at, f, v);
	if (f->type == PROTO_ANY_JSON)
		return any_json(w, at, f, v);
	if (f->type != PROTO_MESSAGE)
		return json_is_object(v) ? wrong_shape(w, at, f, v)
					 : proto_leaf(w, at, f, v);
	if (json_is_object(v))
		return message(w, at, f->message, v);
	return proto_refuse(w, at, f, v);
}

static json_t *list(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, const json_t *v) {
	auto_json json_t *out = json_array();
	if (!out)
		return proto_nomem(w);
	size_t i;
	json_t *item;
	json_array_foreach (v, i, item) {
		const struct proto_place el = {.up = at, .index = i};
		json_t *made = single(w, &el, f, item);
		if (made && json_array_append_new(out, made))
			return proto_nomem(w);
	}
	return TAKE(out);
}

static json_t *value(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v) {
	if (!(f->flags & PROTO_REPEATED))
		return single(w, at, f, v);
	/* guess: the words for a lone value; the mapping knows only arrays. */
	return json_is_array(v) ? list(w, at, f, v) : proto_refuse(w, at, f, v);
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
	json_t *value[PROTO_FIELDS_MAX]; /* owned; NULL after an error */
	bool seen[PROTO_FIELDS_MAX];
};

static void slots_done(struct slots *s) {
	for (size_t i = 0; i < PROTO_FIELDS_MAX; i++)
		json_decref(s->value[i]);
}

/* False, with the error reported, when the field may not be set again: under
 * its other spelling, or because its oneof has a value. */
static bool may_set(struct proto_walk *w, const struct proto_place *at,
	const struct proto_message *m, const struct slots *s, size_t i,
	const char *given) {
	if (s->seen[i]) {
		/* guess: the words; that it is refused is documented. */
		proto_unknown(w, at, given,
			"Field is already set by its other name.");
		return false;
	}
	const char *group = m->fields[i].oneof;
	for (size_t k = 0; group && m->fields[k].name; k++) {
		const char *other = m->fields[k].oneof;
		if (!s->seen[k] || !other || strcmp(other, group) != 0)
			continue;
		proto_invalid(w, at, "oneof",
			"oneof field '%s' is already set. Cannot set '%s'",
			group, given);
		return false;
	}
	return true;
}

static void take_member(struct proto_walk *w, const struct proto_place *at,
	const struct proto_message *m, struct slots *s, const char *key,
	json_t *v) {
	const struct proto_field *f = proto_field(m, key);
	if (!f) {
		proto_unknown(w, at, key, "Cannot find field.");
		return;
	}
	size_t i = (size_t)(f - m->fields);
	assert(i < PROTO_FIELDS_MAX);
	if (json_is_null(v) || !may_set(w, at, m, s, i, key))
		return;
	const struct proto_place here = {
		.up = at, .name = f->name, .given = key};
	s->seen[i] = true;
	s->value[i] = value(w, &here, f, v);
}

static json_t *message(struct proto_walk *w, const struct proto_place *at,
	const struct proto_message *m, const json_t *in) {
	__attribute__((cleanup(slots_done))) struct slots s = {0};
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)in, key, v) {
		take_member(w, at, m, &s, key, v);
	}
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

static int out_of_memory(struct status *st) {
	struct err e;
	err_nomem(&e);
	return status_from_err(st, &e);
}

int proto_normalise(const struct proto_message *m, const json_t *in,
	const char *root, json_t **ret, struct status *st) {
	status_done(st);
	struct proto_walk w = {.st = st};
	const struct proto_place top = {.name = root, .given = root};
	if (!json_is_object(in)) {
		proto_unknown(&w, NULL, "", "Root element must be a message.");
		return st->code;
	}
	auto_json json_t *out = message(&w, &top, m, in);
	if (w.nomem)
		return out_of_memory(st);
	if (w.errors)
		return st->code;
	*ret = TAKE(out);
	return ST_OK;
}

int proto_parse(const struct proto_message *m, const char *p, size_t len,
	const char *root, json_t **ret, struct status *st) {
	struct err e = {.code = ERR_NOMEM};
	auto_json json_t *in =
		len ? jsn_parse(p, len, false, &e) : json_object();
	if (in)
		return proto_normalise(m, in, root, ret, st);
	if (e.code == ERR_NOMEM)
		return out_of_memory(st);
	status_done(st);
	return status_violation(
		st, NULL, "Invalid JSON payload received. %s", e.msg);
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
