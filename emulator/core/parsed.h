/* SPDX-License-Identifier: MIT */
/* The JSON texts that were parsed last: the body of a schedule is read again at
 * each of its ticks, and what it publishes at each push, always the same. Kept
 * by their bytes, so nothing that changes a row need know of it. */
#ifndef TRAINCTL_EMULATOR_PARSED_H
#define TRAINCTL_EMULATOR_PARSED_H

#include <jansson.h>
#include <stddef.h>

#include "common/err.h"

#define PARSED_MAX 8		    /* texts */
#define PARSED_TEXT_MAX (64u << 10) /* a longer one is not kept */

struct parsed {
	struct parsed_text {
		char *text; /* NULL: empty */
		json_t *json;
	} at[PARSED_MAX];
	size_t next; /* the one to be replaced */
};

/* A reference for the caller to drop; it must not change what it refers to.
 * NULL: e says why not, as jsn_parse does. */
json_t *parsed_get(struct parsed *p, const char *text, struct err *e);
void parsed_done(struct parsed *p);

#endif
