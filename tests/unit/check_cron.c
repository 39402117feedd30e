/* SPDX-License-Identifier: MIT */
/* Cron: what parses and what does not, the ticks of fixtures/schedule, and
 * that cron_prev retraces cron_next. tests/system/cron_random.sh adds random
 * schedules. */
#include <string.h>

#include "common/clock.h"
#include "common/cron.h"
#include "common/mem.h"
#include "common/when.h"
#include "tests/unit/ticks.h"
#include "tests/unit/unit.h"

static struct cron cron(const char *expression) {
	struct cron c;
	struct err e = {0};
	ck_assert_msg(cron_parse(expression, &c, &e) == 0, "'%s': %s",
		expression, e.msg);
	return c;
}

static void check_row(void *ctx, char *const *cols) {
	(void)ctx;
	const struct schedule s = {.cron = cron(cols[0])};
	ticks_follow(&s, cols[0], cols[1], cols[2],
		(const char *const *)cols + 3, 4);
}

START_TEST(ticks) {
	unit_tsv("schedule/cron.tsv", 7, check_row, NULL);
}
END_TEST

/* \t and \n in a column. */
static void unescape(char *s) {
	for (char *p; (p = strchr(s, '\\'));) {
		p[0] = p[1] == 't' ? '\t' : '\n';
		memmove(p + 1, p + 2, strlen(p + 2) + 1);
	}
}

static void reject_row(void *ctx, char *const *cols) {
	(void)ctx;
	unescape(cols[0]);
	const struct cron untouched = {.minute = 42};
	struct cron c = untouched;
	struct err e = {0};
	ck_assert_msg(cron_parse(cols[0], &c, &e) == ERR_SYNTAX,
		"'%s' is not refused", cols[0]);
	ck_assert_msg(
		strstr(e.msg, cols[1]) != NULL, "'%s': %s", cols[0], e.msg);
	ck_assert_mem_eq(&c, &untouched, sizeof c);
	ck_assert_int_eq(cron_parse(cols[0], &c, NULL), ERR_SYNTAX);
}

START_TEST(rejects) {
	unit_tsv("schedule/reject.tsv", 2, reject_row, NULL);
	struct cron c;
	struct err e;
	ck_assert_int_eq(cron_parse("", &c, &e), ERR_SYNTAX);
	ck_assert_str_eq(e.msg, "the schedule is empty");
}
END_TEST

START_TEST(sets) {
	struct cron c = cron("\t*/20 0,23  31\t* 5-7 ");
	ck_assert_uint_eq(c.minute, 1u | UINT64_C(1) << 20 | UINT64_C(1) << 40);
	ck_assert_uint_eq(c.hour, 1u | 1u << 23);
	ck_assert_uint_eq(c.dom, 1u << 31);
	ck_assert_uint_eq(c.month, 0x1ffe);
	ck_assert_uint_eq(c.dow, 1u | 1u << 5 | 1u << 6);
	ck_assert(!c.dom_star && !c.dow_star);
	c = cron("59 0 */2 dec *,1");
	ck_assert_uint_eq(c.minute, UINT64_C(1) << 59);
	ck_assert_uint_eq(c.month, 1u << 12);
	ck_assert_uint_eq(c.dow, 0x7f);
	ck_assert(c.dom_star && c.dow_star);
}
END_TEST

/* 1024 bytes are read, one more is refused. */
START_TEST(length) {
	char s[1026];
	memset(s, ' ', sizeof s);
	memcpy(s, "* * * * *", 9);
	s[1024] = '\0';
	(void)cron(s);
	s[1024] = ' ';
	s[1025] = '\0';
	struct cron c;
	struct err e;
	ck_assert_int_eq(cron_parse(s, &c, &e), ERR_SYNTAX);
	ck_assert_ptr_nonnull(strstr(e.msg, "longer than 1024 bytes"));
}
END_TEST

/* The ends of time, and beyond. */
START_TEST(ends) {
	struct zone *utc = ticks_zone("UTC");
	struct zone *east = ticks_zone("Pacific/Kiritimati");
	struct cron c = cron("* * * * *");
	int64_t last = ticks_instant("9999-12-31T23:59:00Z"), us = 77;
	struct err e;
	ck_assert_int_eq(cron_next(&c, utc, last - 1, &us, &e), 0);
	ck_assert_int_eq(us, last);
	ck_assert_int_eq(cron_next(&c, east, last - 1, &us, &e), 0);
	ck_assert_int_eq(us, last);
	us = 77;
	ck_assert_int_eq(cron_next(&c, utc, last, &us, &e), ERR_RANGE);
	ck_assert_int_eq(cron_next(&c, east, last, &us, &e), ERR_RANGE);
	ck_assert_int_eq(cron_next(&c, utc, INT64_MAX, &us, &e), ERR_RANGE);
	ck_assert_int_eq(
		cron_prev(&c, utc, WHEN_MIN_US - 1, &us, &e), ERR_RANGE);
	ck_assert_int_eq(cron_prev(&c, utc, INT64_MIN, &us, NULL), ERR_RANGE);
	ck_assert_int_eq(us, 77);
	ck_assert_int_eq(cron_next(&c, utc, INT64_MIN, &us, &e), 0);
	ck_assert_int_eq(us, WHEN_MIN_US);
	ck_assert_int_eq(cron_prev(&c, utc, WHEN_MIN_US, &us, &e), 0);
	ck_assert_int_eq(us, WHEN_MIN_US);
	ck_assert_int_eq(cron_prev(&c, utc, INT64_MAX, &us, &e), 0);
	ck_assert_int_eq(us, last);
	zone_close(utc);
	zone_close(east);
}
END_TEST

/* Sunday 29 February comes after 28 years, over 2100 after 40: 2088, 2128. */
START_TEST(rarest) {
	struct zone *z = ticks_zone("America/New_York");
	struct cron c = cron("0 0 29 2 */7");
	int64_t first = ticks_instant("2088-02-29T05:00:00Z");
	int64_t second = ticks_instant("2128-02-29T05:00:00Z"), us = 0;
	struct err e;
	ck_assert_int_eq(cron_next(&c, z, first, &us, &e), 0);
	ck_assert_int_eq(us, second);
	ck_assert_int_eq(cron_prev(&c, z, second - 1, &us, &e), 0);
	ck_assert_int_eq(us, first);
	zone_close(z);
}
END_TEST

/* Up and down through eight months with every kind of change. */
START_TEST(mirror) {
	static const char *const zones[] = {"America/New_York",
		"Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata",
		"Africa/Casablanca", "Antarctica/Troll"};
	static const char *const schedules[] = {
		"*/30 * * * *", "15,45 1-3 * * *", "0 0 30 * *", "0 2 * * SUN"};
	const int64_t end = ticks_instant("2012-05-01T00:00:00Z");
	struct err e;
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
		struct zone *z = ticks_zone(zones[i]);
		for (size_t k = 0; k < sizeof schedules / sizeof *schedules;
			k++) {
			const struct schedule s = {.cron = cron(schedules[k])};
			int64_t at = ticks_instant("2011-09-01T00:00:00Z"),
				us = 0;
			for (; at < end; at = us) {
				ck_assert(!schedule_next(&s, z, at, &us, &e));
				ck_assert_int_gt(us, at);
				ticks_step(&s, z, at, us);
			}
		}
		zone_close(z);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("cron");
	unit_add(s, ticks);
	unit_add(s, rejects);
	unit_add(s, sets);
	unit_add(s, length);
	unit_add(s, ends);
	unit_add(s, rarest);
	unit_add(s, mirror);
	return unit_run(s);
}
