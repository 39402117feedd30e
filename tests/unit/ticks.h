/* SPDX-License-Identifier: MIT */
/* Checks of schedules that their unit programs share. */
#ifndef TRAINCTL_TESTS_TICKS_H
#define TRAINCTL_TESTS_TICKS_H

#include <stddef.h>
#include <stdint.h>

#include "common/schedule.h"

/* Each fails the test when the text is wrong. */
int64_t ticks_instant(const char *text);
struct zone *ticks_zone(const char *name);

/* From `after` (not a tick itself) to `tick` there is no other tick, going up
 * and, where the ticks are fixed, down. */
void ticks_step(const struct schedule *s, const struct zone *z, int64_t after,
	int64_t tick);

/* The ticks after an instant are those n; `what` is for messages. */
void ticks_follow(const struct schedule *s, const char *what, const char *zone,
	const char *after, const char *const *want, size_t n);

#endif
