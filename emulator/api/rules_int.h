/* SPDX-License-Identifier: MIT */
/* Reading normalised bodies, for the rules_*.c files: the types are known to be
 * right and the durations to parse. */
#ifndef TRAINCTL_EMULATOR_RULES_INT_H
#define TRAINCTL_EMULATOR_RULES_INT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/when.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define SECOND_US INT64_C(1000000)

/* NULL when absent, which for a string also stands for "". */
static inline const char *rules_text(const json_t *o, const char *key) {
	return json_string_value(json_object_get(o, key));
}

static inline json_int_t rules_int(const json_t *o, const char *key) {
	return json_integer_value(json_object_get(o, key));
}

/* False, and *ret untouched, when absent. */
static inline bool rules_duration(
	const json_t *o, const char *key, int64_t *ret) {
	const char *s = rules_text(o, key);
	return s && duration_parse_proto(s, ret, NULL) == 0;
}

/* One '@' with something on both sides of it, and no blanks. */
static inline bool rules_email(const char *s) {
	const char *at = s ? strchr(s, '@') : NULL;
	return at && at > s && at[1] && !strchr(at + 1, '@') &&
	       !s[strcspn(s, " \t\r\n")];
}

#endif
