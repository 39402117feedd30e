/* SPDX-License-Identifier: MIT */
/* Shared by proto.c (messages, lists, maps) and proto_leaf.c (single values and
 * the error texts); limits.c names places by it, too. */
#ifndef TRAINCTL_EMULATOR_PROTO_INT_H
#define TRAINCTL_EMULATOR_PROTO_INT_H

#include <stddef.h>

#include "emulator/api/proto.h"
#include "emulator/api/scan.h"

/* Where a value stands. The places are linked from the inside out and live on
 * the stack of the walk: a path is only written out for an error. */
struct proto_place {
	const struct proto_place *up;
	const char *name;  /* of the field; NULL for an element */
	const char *given; /* the field's name as the request spelled it */
	size_t index;	   /* of the element */
};

struct proto_walk {
	struct scan scan; /* stands at the next value */
	struct status *st;
	int errors;
	bool nulls; /* an entry of a map may be null */
	bool nomem;
};

/* Writes the path of a place, cut to fit; "" for the root of a whole-request
 * body. Its length. */
size_t proto_path(const struct proto_place *at, char *ret, size_t max);

/* Unknown name "NAME" at 'PATH': WHY */
void proto_unknown(struct proto_walk *w, const struct proto_place *at,
	const char *name, const char *why);

/* Invalid value at 'PATH' (TYPE), TEXT */
void proto_invalid(struct proto_walk *w, const struct proto_place *at,
	const char *type, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The same with the type of the field, and the value as the text. NULL. */
json_t *proto_refuse(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, const json_t *v);

/* The value of a field that is neither message, map nor any-JSON, brought into
 * its output form: a new reference, or NULL after an error. */
json_t *proto_leaf(struct proto_walk *w, const struct proto_place *at,
	const struct proto_field *f, json_t *v);

/* The same when memory ran out: NULL, always. */
json_t *proto_nomem(struct proto_walk *w);

#endif
