/* SPDX-License-Identifier: MIT */
/* The label rules that Google's services share; each words its refusal in its
 * own way. Source: facts ml-jobs.md section 8, pubsub.md section 3. */
#ifndef TRAINCTL_EMULATOR_LABELS_H
#define TRAINCTL_EMULATOR_LABELS_H

#include <jansson.h>

#define LABELS_MAX 64
#define LABEL_KEY_PATTERN "[\\p{Ll}\\p{Lo}][\\p{Ll}\\p{Lo}\\p{N}_-]{0,62}"
#define LABEL_VALUE_PATTERN "[\\p{Ll}\\p{Lo}\\p{N}_-]{0,63}"

enum label_fault {
	LABEL_FINE,
	LABEL_TOO_MANY, /* of them */
	LABEL_KEY_EMPTY,
	LABEL_KEY_FIRST, /* the key's first character is no lower-case letter */
	LABEL_KEY_CHAR,	 /* a later character of the key is not allowed */
	LABEL_KEY_LONG,
	LABEL_VALUE_CHAR,
	LABEL_VALUE_LONG,
};

struct label_problem {
	const char *key; /* borrowed from the labels */
	const char *value;
	char character[5]; /* the one refused, UTF-8 */
};

/* Checks a map of strings (NULL is an empty one) up to the first fault, which
 * *ret describes. */
enum label_fault labels_check(const json_t *labels, struct label_problem *ret);

#endif
