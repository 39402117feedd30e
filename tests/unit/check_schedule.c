/* SPDX-License-Identifier: MIT */
/* Schedules of either language: which is chosen, and that no bytes upset the
 * parsers or the search. SEED=N in the environment makes other random texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/rng.h"
#include "common/when.h"
#include "tests/unit/ticks.h"
#include "tests/unit/unit.h"

#define TEXTS 12000
#define LEN_MAX 80

START_TEST(languages) {
	static const struct {
		const char *text;
		bool english;
	} rows[] = {{"0 3 * * *", false}, {"* * * JAN SUN", false},
		{"every 12 hours", true}, {" Every 12 hours", true},
		{"1,15 of month 12:00", true}, {"1st mon 9:00", true}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct schedule s;
		struct err e = {0};
		ck_assert_msg(schedule_parse(rows[i].text, &s, &e) == 0,
			"'%s': %s", rows[i].text, e.msg);
		ck_assert_int_eq(s.english, rows[i].english);
	}
}
END_TEST

/* The message is in the terms of what the text looks like. */
START_TEST(messages) {
	static const char *const rows[][2] = {{"", "the schedule is empty"},
		{"* * * *", "five fields are wanted"},
		{"0 0 31 2 *", "no month of the schedule has such a day"},
		{"31 of feb 0:00", "no month of the schedule has such a day"},
		{"every 12 days", "'hours', 'minutes' or 'mins' is wanted"},
		{"monday 09:00", "an ordinal"},
		{"1st monday of month", "a time from 0:00 to 23:59 is wanted"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct schedule s;
		struct err e = {0};
		ck_assert_int_eq(
			schedule_parse(rows[i][0], &s, &e), ERR_SYNTAX);
		ck_assert_msg(strstr(e.msg, rows[i][1]) != NULL, "'%s': %s",
			rows[i][0], e.msg);
	}
}
END_TEST

static void any_bytes(struct rng *r, char *ret) {
	size_t len = rng_below(r, LEN_MAX);
	for (size_t i = 0; i < len; i++)
		ret[i] = (char)(1 + rng_below(r, 255));
	ret[len] = '\0';
}

/* Words of both languages in any order: some of it parses. */
static void any_words(struct rng *r, char *ret) {
	static const char *const words[] = {"*", "0", "1", "7", "15", "31",
		"59", "99999", "1-5", "*/2", "1-5/2", "1,2", "mon", "jan",
		"FRI-SUN", "every", "hours", "mins", "minutes", "from", "to",
		"10:00", "2:30", "synchronized", "on", "of", "day", "sunday",
		"1st", "fifth", "month", "quarter", ",", "1", "12"};
	size_t used = 0;
	ret[0] = '\0';
	for (size_t n = 1 + rng_below(r, 8); n > 0; n--) {
		const char *w =
			words[rng_below(r, sizeof words / sizeof *words)];
		if (used + strlen(w) + 2 > LEN_MAX)
			break;
		used += (size_t)sprintf(
			ret + used, "%s%s", w, rng_below(r, 8) ? " " : "");
	}
}

/* A good one, of which up to three bytes are others. */
static void damaged(struct rng *r, char *ret) {
	static const char *const good[] = {"*/15 9-17 1,15 JAN-JUN MON-FRI",
		"30 2 8-14 3 */7", "0 0 29 2 *", "every 12 hours",
		"every 90 mins from 22:00 to 02:00 on mon,fri",
		"every 6 hours synchronized", "1st,3rd monday of month 09:00",
		"every day 02:30", "1,15 of 1st month of quarter 0:00"};
	(void)strcpy(ret, good[rng_below(r, sizeof good / sizeof *good)]);
	for (size_t n = rng_below(r, 4); n > 0; n--)
		ret[rng_below(r, strlen(ret))] = (char)(' ' + rng_below(r, 95));
}

/* Any instant of the years that can be told, or one beyond. */
static int64_t any_instant(struct rng *r) {
	if (rng_below(r, 50) == 0)
		return (int64_t)rng_next(r);
	return WHEN_MIN_US +
	       (int64_t)rng_below(r, (uint64_t)(WHEN_MAX_US - WHEN_MIN_US));
}

static void check_search(
	const struct schedule *s, const struct zone *z, int64_t at) {
	struct err e;
	int64_t us = 0, back = 0;
	for (int i = 0; i < 3; i++, at = us) {
		int rc = schedule_next(s, z, at, &us, &e);
		if (rc) {
			ck_assert_int_eq(rc, ERR_RANGE);
			break;
		}
		ck_assert_int_gt(us, at);
		ck_assert_int_ge(us, WHEN_MIN_US);
		ck_assert_int_le(us, WHEN_MAX_US);
		rc = schedule_prev(s, z, us, &back, &e);
		ck_assert_int_eq(rc, schedule_is_fixed(s) ? 0 : ERR_STATE);
		ck_assert(rc || back == us);
	}
	if (schedule_prev(s, z, at, &back, &e) == 0)
		ck_assert_int_le(back, at);
}

START_TEST(any_text) {
	static void (*const kinds[])(struct rng *, char *) = {
		any_bytes, any_words, damaged};
	struct zone *zones[] = {ticks_zone("UTC"),
		ticks_zone("America/New_York"),
		ticks_zone("Australia/Lord_Howe")};
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
	(void)printf("SEED=%llu\n", (unsigned long long)seed);
	struct rng r;
	rng_seed(&r, seed);
	int parsed = 0;
	for (int i = 0; i < TEXTS; i++) {
		char text[LEN_MAX + 1];
		kinds[i % 3](&r, text);
		struct schedule s;
		struct err e;
		if (schedule_parse(text, &s, &e)) {
			ck_assert_int_eq(e.code, ERR_SYNTAX);
			ck_assert_uint_gt(strlen(e.msg), 0);
			continue;
		}
		parsed++;
		check_search(&s, zones[rng_below(&r, 3)], any_instant(&r));
	}
	ck_assert_int_gt(parsed, TEXTS / 20);
	for (size_t i = 0; i < 3; i++)
		zone_close(zones[i]);
}
END_TEST

int main(void) {
	Suite *s = suite_create("schedule");
	unit_add(s, languages);
	unit_add(s, messages);
	unit_add(s, any_text);
	return unit_run(s);
}
