/* SPDX-License-Identifier: MIT */
#include "tests/unit/ticks.h"

#include <string.h>

#include "common/clock.h"
#include "common/when.h"
#include "tests/unit/unit.h"

int64_t ticks_instant(const char *text) {
	int64_t us = 0;
	struct err e;
	ck_assert_msg(when_parse(text, &us, &e) == 0, "%s", text);
	return us;
}

struct zone *ticks_zone(const char *name) {
	struct zone *z = NULL;
	struct err e;
	ck_assert_msg(zone_open(name, &z, &e) == 0, "%s", name);
	return z;
}

static void step_down(const struct schedule *s, const struct zone *z,
	int64_t after, int64_t tick) {
	int64_t us = 0;
	struct err e;
	ck_assert_int_eq(schedule_prev(s, z, tick, &us, &e), 0);
	ck_assert_int_eq(us, tick);
	ck_assert_int_eq(
		schedule_prev(s, z, tick + US_PER_MIN - 1, &us, &e), 0);
	ck_assert_int_eq(us, tick);
	if (schedule_prev(s, z, tick - 1, &us, &e) == 0)
		ck_assert_int_le(us, after);
	else
		ck_assert_int_eq(e.code, ERR_RANGE);
}

void ticks_step(const struct schedule *s, const struct zone *z, int64_t after,
	int64_t tick) {
	int64_t us = 0;
	struct err e;
	ck_assert_int_eq(schedule_next(s, z, after, &us, &e), 0);
	ck_assert_int_eq(us, tick);
	if (!schedule_is_fixed(s)) {
		us = 77;
		ck_assert_int_eq(schedule_prev(s, z, tick, &us, &e), ERR_STATE);
		ck_assert_int_eq(us, 77);
		return;
	}
	ck_assert_int_eq(schedule_next(s, z, tick - 1, &us, &e), 0);
	ck_assert_int_eq(us, tick);
	step_down(s, z, after, tick);
}

void ticks_follow(const struct schedule *s, const char *what, const char *zone,
	const char *after, const char *const *want, size_t n) {
	struct zone *z = ticks_zone(zone);
	int64_t at = ticks_instant(after);
	for (size_t i = 0; i < n; i++) {
		int64_t us = 0;
		struct err e;
		ck_assert_int_eq(schedule_next(s, z, at, &us, &e), 0);
		char text[WHEN_TEXT_MAX];
		when_format(us, 0, text);
		ck_assert_msg(strcmp(text, want[i]) == 0,
			"'%s' %s after %s: tick %zu is %s, not %s", what, zone,
			after, i + 1, text, want[i]);
		ticks_step(s, z, at, us);
		at = us;
	}
	zone_close(z);
}
