/* SPDX-License-Identifier: MIT */
/* The ticks of a schedule, and what daylight saving does to them in words.
 * Pure. */
#ifndef TRAINCTL_CLIENT_TICKS_H
#define TRAINCTL_CLIENT_TICKS_H

#include "common/buf.h"
#include "common/schedule.h"

struct ticks {
	const struct schedule *schedule;
	const struct zone *zone;
	const struct zone *utc; /* to ask what a wall without changes shows */
};

/* The first tick strictly after `after_us`, and a note to it: ticks before it
 * that the clocks skip, and whether its local time comes twice. The note stays
 * empty when there is nothing to say; it is cut to what the buffer takes.
 * Returns what schedule_next returns, or ERR_NOMEM. */
int ticks_next(const struct ticks *t, int64_t after_us, int64_t *ret_us,
	struct buf *note, struct err *e);

#endif
