/* SPDX-License-Identifier: MIT */
/* The limits in the tables of messages: how large a number or a duration may
 * be, and how long a list. Pure. What depends on more than one field, or on the
 * form of a text, is for the rules_*.c files. */
#ifndef TRAINCTL_EMULATOR_LIMITS_H
#define TRAINCTL_EMULATOR_LIMITS_H

#include <jansson.h>

#include "emulator/api/proto.h"
#include "emulator/core/status.h"

#define LIMITS_TEXT_MAX 80

/* A field's limits in words; it must have some. */
void limits_text(const struct proto_field *f, char ret[static LIMITS_TEXT_MAX]);

/* Checks an object that proto_parse made of message m, with the messages in it.
 * The first field that is beyond its limits is refused, by its path below root
 * ("" is none) and in the words of limits_text. */
int limits_check(const struct proto_message *m, const json_t *o,
	const char *root, struct status *st);

#endif
