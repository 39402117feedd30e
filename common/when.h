/* SPDX-License-Identifier: MIT */
/* Instants and durations as text. Pure functions; instants are microseconds
 * since 1970-01-01T00:00:00Z, durations are microseconds. */
#ifndef TRAINCTL_COMMON_WHEN_H
#define TRAINCTL_COMMON_WHEN_H

#include <stdint.h>

#include "common/err.h"

#define WHEN_TEXT_MAX 40 /* enough for any when_format with its NUL */
#define WHEN_MIN_US (-62135596800LL * 1000000) /* 0001-01-01T00:00:00Z */
#define WHEN_MAX_US (253402300799LL * 1000000 + 999999) /* end of year 9999 */

/* RFC 3339: date and time, optional fraction (digits past the microsecond are
 * cut), Z or an offset; 't' and 'z' too. Years 0001 to 9999.
 * Returns 0 or ERR_SYNTAX. */
int when_parse(const char *s, int64_t *ret_us, struct err *e);

/* Writes RFC 3339 in UTC with `digits` fraction digits: 0, 3, 6 or 9, or -1
 * for the fewest of those that lose nothing (the proto3 JSON rule). Instants
 * outside the years 0001 to 9999 are written as the nearest end of them. */
void when_format(int64_t us, int digits, char ret[static WHEN_TEXT_MAX]);

/* The same with an offset in seconds east of UTC, as 2026-10-05T01:45:00-07:00
 * (an offset of 0 prints +00:00). */
void when_format_offset(
	int64_t us, int offset_s, int digits, char ret[static WHEN_TEXT_MAX]);

/* Civil fields of an instant in UTC. */
struct civil {
	int year, month, day; /* 1-based month and day */
	int hour, minute, second;
	int weekday; /* 0 is Sunday */
	int us;	     /* microseconds within the second */
};
void when_civil(int64_t us, struct civil *ret);
int64_t when_from_civil(const struct civil *c); /* weekday is ignored */

/* A duration as people write it: a sum of parts such as 90s, 15m, 6h, 30d,
 * 1h30m, 250ms, or Google's "5400s" and "3.5s". Never negative, at most 10,000
 * years. Returns 0, ERR_SYNTAX or ERR_RANGE. */
int duration_parse(const char *s, int64_t *ret_us, struct err *e);

/* Proto JSON only: decimal seconds with up to nine fraction digits and 's',
 * a leading minus allowed. Returns 0, ERR_SYNTAX or ERR_RANGE. */
int duration_parse_proto(const char *s, int64_t *ret_us, struct err *e);

/* Proto JSON: "600s", "0.100s" (0, 3 or 6 fraction digits). */
void duration_format(int64_t us, char ret[static WHEN_TEXT_MAX]);

#endif
