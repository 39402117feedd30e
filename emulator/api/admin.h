/* SPDX-License-Identifier: MIT */
/* What the handlers of the emulator's own surface share: bodies of closed
 * shapes, whose unknown members are mistakes. */
#ifndef TRAINCTL_EMULATOR_ADMIN_H
#define TRAINCTL_EMULATOR_ADMIN_H

#include "emulator/api/api.h"

/* The request's body as a JSON object; an empty one is {}. */
int admin_body(struct call *c, json_t **ret);
/* Refuses members that are not among the words (" by to "). */
int admin_known_members(struct call *c, const json_t *o, const char *words);
int admin_invalid(struct call *c, const struct err *e); /* INVALID_ARGUMENT */
/* A rule that could not be added: the same, or what its limit or a want of
 * memory asks for. */
int admin_no_rule(struct call *c, const struct err *e);

#endif
