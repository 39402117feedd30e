/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "emulator/core/vclock.h"
#include "tests/unit/unit.h"

static const char *const modes[] = {
	[VCLOCK_REAL] = "real",
	[VCLOCK_VIRTUAL] = "virtual",
	[VCLOCK_SCALED] = "scaled",
	[VCLOCK_AUTO] = "auto",
};

static void parse(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	struct vclock c = {.rate = -7};
	int rc = vclock_parse(cols[0], &c, &e);
	if (!strcmp(cols[1], "!err")) {
		ck_assert_msg(rc == ERR_USAGE, "'%s': %d", cols[0], rc);
		ck_assert_int_eq(c.rate, -7);
		return;
	}
	ck_assert_msg(rc == 0, "'%s': %s", cols[0], e.msg);
	ck_assert_str_eq(modes[c.mode], cols[1]);
	ck_assert_int_eq(c.rate, atol(cols[2]));
	ck_assert_str_eq(c.text, cols[3]);
	if (*cols[4])
		ck_assert_int_eq(vclock_now(&c), atoll(cols[4]));
}

START_TEST(options) {
	/* the row of the empty text has an empty first column */
	unit_tsv("emulator/core/clocks.tsv", 5, parse, NULL);
}
END_TEST

START_TEST(a_virtual_clock_stands_still_and_never_goes_back) {
	struct vclock c = {.mode = VCLOCK_VIRTUAL, .at_us = 1000, .rate = 1};
	ck_assert_int_eq(vclock_now(&c), 1000);
	vclock_set(&c, 1001);
	ck_assert_int_eq(vclock_now(&c), 1001);
	vclock_set(&c, 5);
	ck_assert_int_eq(vclock_now(&c), 1001);
	/* what is due has come; what is not never comes by itself */
	ck_assert_int_eq(vclock_wait(&c, 1001), 0);
	ck_assert_int_eq(vclock_wait(&c, 0), 0);
	ck_assert_int_eq(vclock_wait(&c, 1002), -1);
}
END_TEST

START_TEST(without_an_instant_it_is_now) {
	static const char *const given[] = {"real", "virtual", "x100"};
	for (size_t i = 0; i < 3; i++) {
		struct vclock c;
		int64_t before = clock_now_us(&clock_real);
		ck_assert_int_eq(vclock_parse(given[i], &c, NULL), 0);
		int64_t now = vclock_now(&c);
		ck_assert_int_ge(now, before);
		ck_assert_int_lt(now, before + 100 * 60 * US_PER_S);
	}
}
END_TEST

START_TEST(a_scaled_clock_runs_that_much_faster) {
	struct vclock c = {.mode = VCLOCK_SCALED,
		.at_us = 5000,
		.mono_us = clock_mono_us() - 2 * US_PER_S,
		.rate = 60};
	int64_t passed = vclock_now(&c) - 5000;
	ck_assert_int_ge(passed, 120 * US_PER_S);
	ck_assert_int_eq(passed % 60, 0);
	/* an hour of it is a minute, less what has passed since */
	int64_t wait = vclock_wait(&c, vclock_now(&c) + US_PER_HOUR);
	ck_assert_int_le(wait, US_PER_MIN);
	ck_assert_int_gt(wait, 0);
	/* rounded up: one microsecond of it is not zero */
	c.mono_us = clock_mono_us() + US_PER_HOUR;
	int64_t due = vclock_now(&c) + 1;
	c.mono_us += US_PER_HOUR; /* it can only be earlier now */
	ck_assert_int_gt(vclock_wait(&c, due), 0);
}
END_TEST

START_TEST(a_real_clock_waits_as_long_as_it_takes) {
	struct vclock c = {.mode = VCLOCK_REAL, .rate = 1};
	int64_t wait = vclock_wait(&c, vclock_now(&c) + US_PER_HOUR);
	ck_assert_int_gt(wait, US_PER_HOUR - US_PER_MIN);
	ck_assert_int_le(wait, US_PER_HOUR);
	ck_assert_int_eq(vclock_wait(&c, 0), 0);
}
END_TEST

int main(void) {
	Suite *s = suite_create("vclock");
	unit_add(s, options);
	unit_add(s, a_virtual_clock_stands_still_and_never_goes_back);
	unit_add(s, without_an_instant_it_is_now);
	unit_add(s, a_scaled_clock_runs_that_much_faster);
	unit_add(s, a_real_clock_waits_as_long_as_it_takes);
	return unit_run(s);
}
