/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/when.h"
#include "tests/unit/unit.h"

static void parse(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	int64_t got = 0;
	int rc = when_parse(cols[0], &got, &e);
	ck_assert_msg(rc == 0, "%s: %s", cols[0], e.msg);
	ck_assert_msg(got == strtoll(cols[1], NULL, 10), "%s: %lld, want %s",
		cols[0], (long long)got, cols[1]);
}

START_TEST(instants) {
	unit_tsv("when/parse.tsv", 2, parse, NULL);
}
END_TEST

static void reject(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	int64_t got = 77;
	int rc = when_parse(cols[0], &got, &e);
	ck_assert_msg(rc == ERR_SYNTAX, "'%s' (%s): %d", cols[0], cols[1], rc);
	ck_assert_int_eq(e.code, ERR_SYNTAX);
	ck_assert_msg(strstr(e.msg, cols[0]), "'%s': %s", cols[0], e.msg);
	ck_assert_int_eq(got, 77);
}

START_TEST(not_instants) {
	unit_tsv("when/reject.tsv", 2, reject, NULL);
	int64_t got = 77;
	ck_assert_int_eq(when_parse("", &got, NULL), ERR_SYNTAX);
	ck_assert_int_eq(got, 77);
}
END_TEST

static void format(void *ctx, char *const *cols) {
	(void)ctx;
	char got[WHEN_TEXT_MAX];
	int64_t us = strtoll(cols[0], NULL, 10);
	int offset_s = atoi(cols[1]), digits = atoi(cols[2]);
	when_format(us, digits, got);
	ck_assert_str_eq(got, cols[3]);
	when_format_offset(us, offset_s, digits, got);
	ck_assert_str_eq(got, cols[4]);
}

START_TEST(instants_as_text) {
	unit_tsv("when/format.tsv", 5, format, NULL);
}
END_TEST

/* The C library's calendar is the other implementation. Steps of 11 days and
 * some seconds meet every month and weekday of the 9999 years. */
START_TEST(calendar_agrees_with_gmtime) {
	const int64_t step = 11 * US_PER_DAY + 40507 * US_PER_S + 654321;
	for (int64_t us = WHEN_MIN_US; us <= WHEN_MAX_US; us += step) {
		struct civil c;
		when_civil(us, &c);
		int64_t below = us % US_PER_S < 0;
		time_t t = us / US_PER_S - below;
		struct tm tm;
		/* one assertion: a third of a million steps are taken */
		bool same = gmtime_r(&t, &tm) && c.year == tm.tm_year + 1900 &&
			    c.month == tm.tm_mon + 1 && c.day == tm.tm_mday &&
			    c.hour == tm.tm_hour && c.minute == tm.tm_min &&
			    c.second == tm.tm_sec && c.weekday == tm.tm_wday &&
			    c.us == us - t * US_PER_S &&
			    when_from_civil(&c) == us;
		if (!same)
			ck_abort_msg("%" PRId64 " differs", us);
	}
}
END_TEST

START_TEST(every_day_of_400_years) {
	struct civil last = {.year = 1999, .month = 12, .day = 31};
	for (int64_t day = 10957; day < 10957 + 146097; day++) {
		struct civil c;
		when_civil(day * US_PER_DAY, &c);
		bool next = c.year == last.year && c.month == last.month &&
			    c.day == last.day + 1;
		bool month = c.year == last.year && c.month == last.month + 1 &&
			     c.day == 1;
		bool year = c.year == last.year + 1 && c.month == 1 &&
			    c.day == 1 && last.month == 12 && last.day == 31;
		if (!next && !month && !year)
			ck_abort_msg("day %" PRId64, day);
		last = c;
	}
	ck_assert_int_eq(last.year, 2399);
	ck_assert_int_eq(last.month, 12);
	ck_assert_int_eq(last.day, 31);
}
END_TEST

static int outcome(const char *name) {
	return !strcmp(name, "0")	 ? 0
	       : !strcmp(name, "SYNTAX") ? ERR_SYNTAX
					 : ERR_RANGE;
}

static void duration(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	int64_t got = 77;
	int want = outcome(cols[1]);
	int rc = duration_parse(cols[0], &got, &e);
	ck_assert_msg(rc == want, "'%s': %d (%s), want %s", cols[0], rc, e.msg,
		cols[1]);
	int64_t us = want ? 77 : strtoll(cols[2], NULL, 10);
	ck_assert_msg(got == us, "'%s': %lld, want %s", cols[0], (long long)got,
		cols[2]);
	ck_assert_int_eq(e.code, want);
}

START_TEST(durations) {
	unit_tsv("when/durations.tsv", 3, duration, NULL);
	int64_t got = 77;
	ck_assert_int_eq(duration_parse("", &got, NULL), ERR_SYNTAX);
	ck_assert_int_eq(got, 77);
}
END_TEST

static void proto_duration(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	int64_t got = 77;
	int want = outcome(cols[1]);
	int rc = duration_parse_proto(cols[0], &got, &e);
	ck_assert_msg(rc == want, "'%s': %d (%s), want %s", cols[0], rc, e.msg,
		cols[1]);
	if (want) {
		ck_assert_int_eq(got, 77);
		return;
	}
	ck_assert_msg(got == strtoll(cols[2], NULL, 10), "'%s': %lld, want %s",
		cols[0], (long long)got, cols[2]);
	char text[WHEN_TEXT_MAX];
	duration_format(got, text);
	ck_assert_str_eq(text, cols[3]);
}

START_TEST(proto_durations) {
	unit_tsv("when/proto_durations.tsv", 4, proto_duration, NULL);
	int64_t got = 77;
	ck_assert_int_eq(duration_parse_proto("", &got, NULL), ERR_SYNTAX);
	ck_assert_int_eq(got, 77);
}
END_TEST

START_TEST(durations_at_the_ends_of_their_type) {
	char text[WHEN_TEXT_MAX];
	duration_format(INT64_MAX, text);
	ck_assert_str_eq(text, "9223372036854.775807s");
	duration_format(INT64_MIN, text);
	ck_assert_str_eq(text, "-9223372036854.775808s");
}
END_TEST

int main(void) {
	Suite *s = suite_create("when");
	unit_add(s, instants);
	unit_add(s, not_instants);
	unit_add(s, instants_as_text);
	unit_add(s, calendar_agrees_with_gmtime);
	unit_add(s, every_day_of_400_years);
	unit_add(s, durations);
	unit_add(s, proto_durations);
	unit_add(s, durations_at_the_ends_of_their_type);
	return unit_run(s);
}
