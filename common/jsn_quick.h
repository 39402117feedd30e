/* SPDX-License-Identifier: MIT */
/* A quick reader for JSON as programs write it. jansson takes some 70
 * instructions for a character, and a message is read twice: once as a push,
 * once as the job in it. */
#ifndef TRAINCTL_JSN_QUICK_H
#define TRAINCTL_JSN_QUICK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* What json_loadb would give for the text, or NULL when that is for jansson to
 * tell: what is not well-formed, and what is rare (bytes and escapes beyond
 * ASCII, numbers that are not short integers, deep nesting; with `strict` a
 * member that comes twice). NULL also when memory has run out. */
json_t *jsn_quick(const char *p, size_t n, bool strict);

#endif
