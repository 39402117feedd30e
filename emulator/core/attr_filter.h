/* SPDX-License-Identifier: MIT */
/* Pub/Sub's own filter language, over the attributes of a message. Pure.
 * Source: facts pubsub.md section 7.
 *
 *   attributes:KEY   attributes.KEY = VALUE   attributes.KEY != VALUE
 *   hasPrefix(attributes.KEY, VALUE)   NOT x   -x   (x)   x AND y   x OR y
 *
 * KEY and VALUE are words, or texts in double quotes; NOT binds tightest, AND
 * and OR do not mix without parentheses. */
#ifndef TRAINCTL_EMULATOR_ATTR_FILTER_H
#define TRAINCTL_EMULATOR_ATTR_FILTER_H

#include <jansson.h>
#include <stdbool.h>

#define ATTR_FILTER_MAX 256 /* bytes; a longer one must not get here */

/* The token that cannot be where it is: "" at the end of the text. Lines and
 * columns (characters) count from 1. */
struct attr_fault {
	int line, column;
	char token[ATTR_FILTER_MAX + 1];
};

/* Whether attributes (an object of strings; NULL has none) fit a filter.
 * Returns 0, or ERR_SYNTAX and *ret_fault. The same fault comes whatever the
 * attributes are. */
int attr_filter(const char *filter, const json_t *attributes, bool *ret,
	struct attr_fault *ret_fault);

/* Whether a message fits a filter that parses; NULL is none. */
bool attr_filter_fits(const char *filter, const json_t *message);

#endif
