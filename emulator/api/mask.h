/* SPDX-License-Identifier: MIT */
/* A FieldMask as bodies and queries have it: paths joined by commas, in either
 * spelling. What a path may be is for the rules to say. Pure. */
#ifndef TRAINCTL_EMULATOR_MASK_H
#define TRAINCTL_EMULATOR_MASK_H

#include <jansson.h>
#include <stdbool.h>

#define MASK_PATH_MAX 128

/* Gives the paths one by one: *at begins as the mask and is NULL at the end,
 * when the answer is false. A path that is too long is cut; between two commas,
 * and in the mask "", is an empty one. */
bool mask_next(const char **at, char ret[static MASK_PATH_MAX]);

/* Puts what the mask names of a change (NULL is an empty one) in its place in
 * o, a normalised object that nobody else holds: what the change lacks is taken
 * away. Returns 0, or ERR_NOMEM and o may have some of it. */
int mask_merge(json_t *o, const char *mask, const json_t *change);

#endif
