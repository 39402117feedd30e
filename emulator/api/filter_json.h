/* SPDX-License-Identifier: MIT */
/* Filters over JSON in proto3's form: which fields a message has, by either
 * spelling, and what an object's values are. */
#ifndef TRAINCTL_EMULATOR_FILTER_JSON_H
#define TRAINCTL_EMULATOR_FILTER_JSON_H

#include <jansson.h>

#include "emulator/api/filter.h"
#include "emulator/api/proto.h"

/* What a path of a message is, whose names are put into the spelling of the
 * table. All but ret->id is set. False when there is no such field. */
bool filter_json_find(const struct proto_message *m, struct filter_path *p,
	struct filter_field *ret);

/* The n-th value of a field, in the object that name number `from` is a member
 * of. Arrays on the way are gone through. A field that is left out because it
 * has its default has that; a text or a message is simply not there. */
bool filter_json_get(const json_t *o, const struct filter_field *f,
	const struct filter_path *p, size_t from, size_t n,
	struct filter_value *ret);

/* The n-th text anywhere in a value, or NULL. */
const char *filter_json_text(const json_t *v, size_t n);

#endif
