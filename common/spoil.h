/* SPDX-License-Identifier: MIT */
/* An answer whose body does not go out as it should: which bytes of it go when.
 * Pure; httpd.c sends them. */
#ifndef TRAINCTL_COMMON_SPOIL_H
#define TRAINCTL_COMMON_SPOIL_H

#include <sys/types.h>

#include "common/httpd.h"

#define SPOIL_LONGEST_US (10 * US_PER_MIN) /* a whole drip */

struct spoil {
	enum req_spoil how;
	int64_t bytes, pause_us; /* as for req_spoil; bounded by spoil_begin */
	char *body;		 /* owned */
	size_t len;
	int64_t due_us; /* of the next drip */
	struct loop_timer timer;
	bool asleep; /* until then */
};

/* Takes the body. False: nothing of the answer is sent, not even its head. */
bool spoil_begin(struct spoil *s, char *body, size_t len);
/* The bytes from pos on that may go now, at most max; -1: here it is cut. */
ssize_t spoil_next(const struct spoil *s, uint64_t pos, char *to, size_t max);
void spoil_free(struct spoil *s); /* NULL is a no-op */

#endif
