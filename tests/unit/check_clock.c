/* SPDX-License-Identifier: MIT */
#include "common/clock.h"
#include "tests/unit/unit.h"

static int64_t count_up(void *ctx) {
	return ++*(int64_t *)ctx;
}

START_TEST(a_clock_is_asked_each_time) {
	int64_t now = 41;
	const struct clock c = {count_up, &now};
	ck_assert_int_eq(clock_now_us(&c), 42);
	ck_assert_int_eq(clock_now_us(&c), 43);
}
END_TEST

/* After this was written (2026-01-01) and before microseconds could be taken
 * for another unit. */
START_TEST(the_real_clock_counts_microseconds) {
	int64_t now = clock_now_us(&clock_real);
	ck_assert_int_gt(now, 1767225600 * US_PER_S);
	ck_assert_int_lt(now, 1767225600 * US_PER_S * 100);
}
END_TEST

START_TEST(the_monotonic_clock_never_goes_back) {
	int64_t last = clock_mono_us();
	int64_t first = last;
	for (int i = 0; i < 100000 || last == first; i++) {
		int64_t now = clock_mono_us();
		ck_assert_int_ge(now, last);
		last = now;
	}
}
END_TEST

START_TEST(units) {
	ck_assert_int_eq(US_PER_DAY, 86400000000);
	ck_assert_int_eq(US_PER_DAY, 24 * US_PER_HOUR);
	ck_assert_int_eq(US_PER_HOUR, 60 * US_PER_MIN);
	ck_assert_int_eq(US_PER_MIN, 60000 * US_PER_MS);
}
END_TEST

int main(void) {
	Suite *s = suite_create("clock");
	unit_add(s, a_clock_is_asked_each_time);
	unit_add(s, the_real_clock_counts_microseconds);
	unit_add(s, the_monotonic_clock_never_goes_back);
	unit_add(s, units);
	return unit_run(s);
}
