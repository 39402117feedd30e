/* SPDX-License-Identifier: MIT */
/* Where time comes from. Nothing outside clock.c asks the system for it, so a
 * test or the emulator can hand in another source. */
#ifndef TRAINCTL_COMMON_CLOCK_H
#define TRAINCTL_COMMON_CLOCK_H

#include <stdint.h>

#define US_PER_MS 1000LL
#define US_PER_S 1000000LL
#define US_PER_MIN (60 * US_PER_S)
#define US_PER_HOUR (60 * US_PER_MIN)
#define US_PER_DAY (24 * US_PER_HOUR)

/* A source of wall time, in microseconds since 1970-01-01T00:00:00Z. */
struct clock {
	int64_t (*now_us)(void *ctx);
	void *ctx;
};

extern const struct clock clock_real; /* the system's wall clock */

int64_t clock_now_us(const struct clock *c);

/* Monotonic microseconds, for deadlines and durations only. */
int64_t clock_mono_us(void);
extern const struct clock clock_mono; /* the same, where a test has its own */

#endif
