/* SPDX-License-Identifier: MIT */
/* Lists of words as a program gets them (argv, environment), and how a command
 * line is split into one: no shell looks at it, nothing is expanded. */
#ifndef TRAINCTL_EMULATOR_RUN_WORDS_H
#define TRAINCTL_EMULATOR_RUN_WORDS_H

#include <stddef.h>

#include "common/err.h"

/* Zero-initialise. */
struct words {
	char **at; /* ends with NULL once there is a word; else NULL */
	size_t len, cap;
};

/* Adds a word that the list frees (mem_free), also on failure; NULL is one for
 * which memory ran out. Returns 0 or ERR_NOMEM. */
int words_add(struct words *w, char *word);

/* Adds the words of a command line. Blanks separate them; in '...' all is
 * literal; in "..." a backslash makes the '"' or '\' after it literal;
 * elsewhere it does so with any character. Returns 0, ERR_NOMEM, or ERR_USAGE
 * when a quote is not closed or nothing follows a backslash. */
int words_split(struct words *w, const char *text, struct err *e);

void words_done(struct words *w);

#endif
