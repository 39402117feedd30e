/* SPDX-License-Identifier: MIT */
/* A schedule in either language, unix-cron (cron.h) or App Engine's English
 * (groc.h), behind one type. No text means something in both. Pure. */
#ifndef TRAINCTL_COMMON_SCHEDULE_H
#define TRAINCTL_COMMON_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/cron.h"
#include "common/err.h"
#include "common/groc.h"
#include "common/zone.h"

struct schedule {
	bool english;
	union {
		struct cron cron;
		struct groc groc;
	};
};

/* Returns 0 or ERR_SYNTAX, with the message of the language that the text
 * looks like. A schedule of days that no month has is refused; one whose time
 * a zone's clocks never show parses, and has no next tick there. */
int schedule_parse(const char *s, struct schedule *ret, struct err *e);

/* Whether its ticks are at fixed times, whenever it began; else ("every 12
 * hours") each counts from the one before. */
bool schedule_is_fixed(const struct schedule *s);

/* The first tick strictly after `after_us`; where ticks are not fixed that is
 * the last tick, or the beginning. Returns 0, or ERR_RANGE when none ever comes
 * (none in 400 years, or none before the year 10000). */
int schedule_next(const struct schedule *s, const struct zone *z,
	int64_t after_us, int64_t *ret_us, struct err *e);

/* The last tick at or before `at_us`. Returns 0, ERR_RANGE when there is none
 * in the 40 years before, or ERR_STATE when ticks are not fixed. */
int schedule_prev(const struct schedule *s, const struct zone *z, int64_t at_us,
	int64_t *ret_us, struct err *e);

#endif
