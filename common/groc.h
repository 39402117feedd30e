/* SPDX-License-Identifier: MIT */
/* Schedules in App Engine's English: "every 12 hours", "every 30 minutes from
 * 22:00 to 02:00", "1st,third mon of month 09:00", "1,15 of jan,july 00:00".
 * Pure. Source: facts, Cloud Scheduler "Schedules B: legacy App Engine". */
#ifndef TRAINCTL_COMMON_GROC_H
#define TRAINCTL_COMMON_GROC_H

#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"

enum groc_kind {
	GROC_AFTER, /* so long after the last tick */
	GROC_SLOTS, /* so often within a part of each day */
	GROC_DAYS,  /* at one time on certain days */
};

struct groc {
	enum groc_kind kind;
	int64_t period_us;  /* of AFTER and SLOTS */
	int from, to;	    /* minutes of the day; DAYS has the first only */
	uint32_t weekdays;  /* bits 0..6, 0 is Sunday */
	uint32_t ordinals;  /* of DAYS: which of these in a month, bits 1..5 */
	uint32_t monthdays; /* of DAYS: unless 0 instead of both, bits 1..31 */
	uint32_t months;    /* of DAYS: bits 1..12 */
};

/* Returns 0 or ERR_SYNTAX (the message says what was wanted where, or which
 * rule is broken). A day that none of the months has is refused. */
int groc_parse(const char *s, struct groc *ret, struct err *e);

/* The first tick strictly after `after_us`, which for GROC_AFTER is the last
 * tick: the ticks count from there, and seconds are cut off. DAYS follow the
 * clock on the wall (wall.h). SLOTS are of even length from the day's first
 * one on, which comes once a day: at the earlier of two such times, or when the
 * clocks are past the gap it falls into.
 * Returns 0, or ERR_RANGE when there is none (as wall_next). */
int groc_next(const struct groc *g, const struct zone *z, int64_t after_us,
	int64_t *ret_us, struct err *e);

/* The last tick at or before `at_us`. Returns 0, ERR_RANGE when there is none
 * (as wall_prev), or ERR_STATE for GROC_AFTER. */
int groc_prev(const struct groc *g, const struct zone *z, int64_t at_us,
	int64_t *ret_us, struct err *e);

#endif
