/* SPDX-License-Identifier: MIT */
/* Ticks by the clock on the wall: given which minutes, hours and days match,
 * the next instant and the last one at which a zone's clocks show such a time.
 * A local time that a clock change skips has no tick; one that comes twice has
 * two. Pure. */
#ifndef TRAINCTL_COMMON_WALL_H
#define TRAINCTL_COMMON_WALL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"

struct wall_month {
	int year, month, len;
	int first; /* weekday of its 1st, 0 is Sunday */
};

/* Which local times match. Neither set is empty. */
struct wall {
	uint64_t minute; /* bits 0..59 */
	uint32_t hour;	 /* bits 0..23 */
	/* The matching days of a month, bits 1..len. */
	uint32_t (*days)(const void *ctx, const struct wall_month *m);
	const void *ctx;
};

/* Those days of a month that fall on a weekday of a set (bits 0..6). */
uint32_t wall_weekdays(uint32_t weekdays, const struct wall_month *m);

/* Whether one of the months (bits 1..12) can have one of the days. */
bool wall_has_day(uint32_t months, uint32_t days);

/* The first tick strictly after `after_us`. Returns 0, or ERR_RANGE when there
 * is none in the 400 years after, when the calendar begins anew, or none before
 * the year 10000. */
int wall_next(const struct wall *w, const struct zone *z, int64_t after_us,
	int64_t *ret_us, struct err *e);

/* The last tick at or before `at_us`. Returns 0, or ERR_RANGE when there is
 * none in the 40 years before. */
int wall_prev(const struct wall *w, const struct zone *z, int64_t at_us,
	int64_t *ret_us, struct err *e);

/* Bits 0 to n, n at most 63. */
static inline uint64_t wall_up_to(int n) {
	return (UINT64_C(2) << n) - 1;
}

#endif
