/* SPDX-License-Identifier: MIT */
/* unix-cron schedules (five fields): which minutes match, the next tick, and
 * the tick at or before an instant, by the clock on the wall (wall.h). Pure. */
#ifndef TRAINCTL_COMMON_CRON_H
#define TRAINCTL_COMMON_CRON_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/zone.h"

/* Sets of allowed values, a bit a value. */
struct cron {
	uint64_t minute; /* bits 0..59 */
	uint32_t hour;	 /* bits 0..23 */
	uint32_t dom;	 /* bits 1..31 */
	uint32_t month;	 /* bits 1..12 */
	uint32_t dow;	 /* bits 0..6, 0 is Sunday */
	bool dom_star;	 /* the field began with '*' */
	bool dow_star;
};

/* Parses "minute hour day-of-month month day-of-week": *, numbers, names
 * (JAN..DEC, SUN..SAT, any case), a-b, a-b/n, a star with /n, comma lists, 7 as
 * Sunday. An expression that can never match (0 0 30 2 *) is refused.
 * Source: facts, Cloud Scheduler "Schedules A: unix-cron".
 * Returns 0 or ERR_SYNTAX (the message names the field and why). */
int cron_parse(const char *s, struct cron *ret, struct err *e);

/* As wall_next and wall_prev. */
int cron_next(const struct cron *c, const struct zone *z, int64_t after_us,
	int64_t *ret_us, struct err *e);
int cron_prev(const struct cron *c, const struct zone *z, int64_t at_us,
	int64_t *ret_us, struct err *e);

#endif
