/* SPDX-License-Identifier: MIT */
#include "emulator/api/filter_json.h"

#include <stdlib.h>
#include <string.h>

#include "common/when.h"

static enum filter_type type_of(const struct proto_field *f) {
	switch (f->type) {
	case PROTO_BOOL:
		return FILTER_BOOL;
	case PROTO_INT32:
	case PROTO_INT64:
	case PROTO_DOUBLE:
		return FILTER_NUMBER;
	case PROTO_ENUM:
		return FILTER_ENUM;
	case PROTO_TIMESTAMP:
		return FILTER_TIME;
	case PROTO_DURATION:
		return FILTER_DURATION;
	case PROTO_MESSAGE:
	case PROTO_STRING_MAP:
	case PROTO_ANY_JSON:
		return FILTER_MAP;
	case PROTO_STRING:
	case PROTO_BYTES:
		break;
	}
	return FILTER_STRING;
}

bool filter_json_find(const struct proto_message *m, struct filter_path *p,
	struct filter_field *ret) {
	for (size_t i = 0; i < p->len; i++) {
		const struct proto_field *f = proto_field(m, p->name[i]);
		if (!f)
			return false;
		p->name[i] = f->name;
		ret->type = type_of(f);
		ret->unset = !(f->flags & PROTO_REPEATED);
		ret->names = f->enumeration ? f->enumeration->values : NULL;
		ret->step = f->enumeration && f->enumeration->step
				    ? f->enumeration->step
				    : 1;
		m = f->message;
		if (m || i + 1 == p->len)
			continue;
		/* below are names of the sender's own */
		ret->type =
			f->type == PROTO_ANY_JSON ? FILTER_ANY : FILTER_STRING;
		ret->unset = false;
		return f->type == PROTO_ANY_JSON ||
		       (f->type == PROTO_STRING_MAP && i + 2 == p->len);
	}
	return true;
}

/* The value of an enumeration's name, or 0. */
static double enum_value(const struct filter_field *f, const char *name) {
	for (int i = 0; f->names[i]; i++)
		if (!strcmp(f->names[i], name))
			return (double)i * f->step;
	return 0;
}

/* An int64 is a string. */
static double number_of(const json_t *v) {
	return json_is_string(v) ? strtod(json_string_value(v), NULL)
				 : json_number_value(v);
}

static bool read_any(const json_t *v, struct filter_value *ret) {
	ret->type = json_is_number(v)	 ? FILTER_NUMBER
		    : json_is_boolean(v) ? FILTER_BOOL
		    : json_is_object(v)	 ? FILTER_MAP
					 : FILTER_TEXT;
	ret->number =
		json_is_number(v) ? json_number_value(v) : json_is_true(v);
	ret->text = json_string_value(v);
	return ret->text || json_is_number(v) || json_is_boolean(v);
}

/* One value, which is there. */
static bool read_value(const json_t *v, const struct filter_field *f,
	struct filter_value *ret) {
	const char *text = json_string_value(v);
	*ret = (struct filter_value){.type = f->type, .text = text};
	switch (f->type) {
	case FILTER_STRING:
	case FILTER_TEXT:
		return text != NULL;
	case FILTER_NUMBER:
		ret->number = number_of(v);
		return true;
	case FILTER_BOOL:
		ret->number = json_is_true(v);
		return true;
	case FILTER_TIME:
		return text && !when_parse(text, &ret->us, NULL);
	case FILTER_DURATION:
		return text && !duration_parse_proto(text, &ret->us, NULL);
	case FILTER_ENUM:
		ret->number = text ? enum_value(f, text) : 0;
		return true;
	case FILTER_ANY:
		return read_any(v, ret);
	case FILTER_MAP:
		break;
	}
	return false;
}

static bool read_key(const json_t *o, size_t *n, struct filter_value *ret) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)o, key, v) {
		if ((*n)--)
			continue;
		*ret = (struct filter_value){.type = FILTER_MAP, .text = key};
		return true;
	}
	return false;
}

static bool has_default(const struct filter_field *f) {
	return f->unset &&
	       (f->type == FILTER_NUMBER || f->type == FILTER_BOOL ||
		       f->type == FILTER_ENUM);
}

/* Counts *n down over the values at the path, and reads the one where it is 0
 * already. v: what the names before `from` lead to, or NULL. */
static bool nth(const json_t *v, const struct filter_field *f,
	const struct filter_path *p, size_t from, size_t *n,
	struct filter_value *ret) {
	if (json_is_array(v)) {
		for (size_t i = 0; i < json_array_size(v); i++)
			if (nth(json_array_get(v, i), f, p, from, n, ret))
				return true;
		return false;
	}
	if (from < p->len) {
		const json_t *member = json_object_get(v, p->name[from]);
		if (member || !v || from + 1 < p->len || !has_default(f))
			return member && nth(member, f, p, from + 1, n, ret);
		*ret = (struct filter_value){.type = f->type, .unset = true};
		return (*n)-- == 0;
	}
	if (f->type == FILTER_MAP ||
		(f->type == FILTER_ANY && json_is_object(v)))
		return read_key(v, n, ret);
	return read_value(v, f, ret) && (*n)-- == 0;
}

/* Counts *n down over all texts within a value. */
static const char *nth_text(const json_t *v, size_t *n) {
	const char *key, *text = NULL;
	json_t *member;
	if (json_is_string(v))
		return (*n)-- == 0 ? json_string_value(v) : NULL;
	for (size_t i = 0; !text && i < json_array_size(v); i++)
		text = nth_text(json_array_get(v, i), n);
	json_object_foreach ((json_t *)v, key, member)
		if (!text)
			text = nth_text(member, n);
	return text;
}

const char *filter_json_text(const json_t *v, size_t n) {
	return nth_text(v, &n);
}

bool filter_json_get(const json_t *o, const struct filter_field *f,
	const struct filter_path *p, size_t from, size_t n,
	struct filter_value *ret) {
	return nth(o, f, p, from, &n, ret);
}
