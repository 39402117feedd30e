/* SPDX-License-Identifier: MIT */
#include "emulator/api/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/when.h"
#include "emulator/api/proto_int.h"

#define PATH_MAX_LEN 256

/* guess: the limits are documented, the words for them are not. */
void limits_text(
	const struct proto_field *f, char ret[static LIMITS_TEXT_MAX]) {
	int64_t min = f->limits->min, max = f->limits->max;
	const char *unit = f->type == PROTO_DURATION ? "s" : "";
	if (f->flags & PROTO_REPEATED)
		(void)snprintf(ret, LIMITS_TEXT_MAX,
			"At most %" PRId64 " values may be specified.", max);
	else if (max < INT64_MAX)
		(void)snprintf(ret, LIMITS_TEXT_MAX,
			"Must be between %" PRId64 "%s and %" PRId64 "%s.", min,
			unit, max, unit);
	else if (min == 0)
		(void)snprintf(ret, LIMITS_TEXT_MAX, "Must not be negative.");
	else
		(void)snprintf(ret, LIMITS_TEXT_MAX,
			"Must be at least %" PRId64 "%s.", min, unit);
}

/* What the limits of a field are about: the number, whole seconds, elements. */
static int64_t measure(const struct proto_field *f, const json_t *v) {
	int64_t us = 0;
	if (f->flags & PROTO_REPEATED)
		return (int64_t)json_array_size(v);
	if (f->type == PROTO_INT64)
		return strtoll(json_string_value(v), NULL, 10);
	if (f->type != PROTO_DURATION)
		return json_integer_value(v);
	(void)duration_parse_proto(json_string_value(v), &us, NULL);
	return us / US_PER_S - (us % US_PER_S < 0);
}

static int check_value(const struct proto_field *f, const json_t *v,
	const struct proto_place *at, struct status *st) {
	if (!f->limits)
		return ST_OK;
	int64_t n = measure(f, v);
	if (n >= f->limits->min && n <= f->limits->max)
		return ST_OK;
	char path[PATH_MAX_LEN], text[LIMITS_TEXT_MAX];
	proto_path(at, path, sizeof path);
	limits_text(f, text);
	return status_field(st, ST_INVALID_ARGUMENT, path, "%s", text);
}

static int check_object(const struct proto_message *m, const json_t *o,
	const struct proto_place *at, struct status *st);

static int check_field(const struct proto_field *f, const json_t *v,
	const struct proto_place *up, struct status *st) {
	const struct proto_place at = {.up = up, .name = f->name};
	if (!f->message)
		return check_value(f, v, &at, st);
	if (!(f->flags & PROTO_REPEATED))
		return check_object(f->message, v, &at, st);
	for (size_t i = 0; i < json_array_size(v); i++) {
		const struct proto_place element = {.up = &at, .index = i};
		int rc = check_object(
			f->message, json_array_get(v, i), &element, st);
		if (rc)
			return rc;
	}
	return ST_OK;
}

/* The object's members are in the table's order, so one walk sees both. */
static int check_object(const struct proto_message *m, const json_t *o,
	const struct proto_place *at, struct status *st) {
	json_t *object = (json_t *)o;
	const struct proto_field *f = m->fields;
	for (void *i = json_object_iter(object); i;
		i = json_object_iter_next(object, i)) {
		while (f->name && strcmp(f->name, json_object_iter_key(i)) != 0)
			f++;
		if (!f->name)
			break;
		int rc = check_field(f, json_object_iter_value(i), at, st);
		if (rc)
			return rc;
	}
	return ST_OK;
}

int limits_check(const struct proto_message *m, const json_t *o,
	const char *root, struct status *st) {
	return check_object(
		m, o, &(const struct proto_place){.name = root}, st);
}
