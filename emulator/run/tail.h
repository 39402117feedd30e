/* SPDX-License-Identifier: MIT */
/* The last lines of a long text: as many whole ones as there is room for. */
#ifndef TRAINCTL_EMULATOR_RUN_TAIL_H
#define TRAINCTL_EMULATOR_RUN_TAIL_H

#include <stddef.h>

#define TAIL_MAX 2000 /* bytes, newlines included */

/* Zero-initialise. */
struct tail {
	size_t len;
	char text[TAIL_MAX + 1]; /* ends with NUL */
};

/* Adds a line of len bytes; a newline is put after it. Of one that is too long
 * the end is kept. */
void tail_add(struct tail *t, const char *line, size_t len);

#endif
