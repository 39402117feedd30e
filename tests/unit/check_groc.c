/* SPDX-License-Identifier: MIT */
/* English schedules: what Google's own library answers (groc_vectors.json, from
 * the facts), what parses and what does not, and the ends of time. Random ones
 * are in tests/system/groc_random.sh. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "tests/unit/ticks.h"
#include "tests/unit/unit.h"

#define VECTOR_TICKS_MAX 6

static struct schedule groc(const char *text) {
	struct schedule s = {.english = true};
	struct err e = {0};
	ck_assert_msg(
		groc_parse(text, &s.groc, &e) == 0, "'%s': %s", text, e.msg);
	return s;
}

static const char *member(const json_t *vector, const char *key) {
	return json_string_value(json_object_get(vector, key));
}

static void check_vector(const json_t *vector) {
	const char *text = member(vector, "schedule");
	const json_t *next = json_object_get(vector, "next");
	struct groc refused;
	if (!json_is_array(next)) {
		ck_assert_ptr_nonnull(strstr(json_string_value(next), "ERROR"));
		ck_assert_msg(groc_parse(text, &refused, NULL) == ERR_SYNTAX,
			"'%s' is not refused", text);
		return;
	}
	const char *want[VECTOR_TICKS_MAX];
	size_t n = json_array_size(next);
	ck_assert_uint_le(n, VECTOR_TICKS_MAX);
	for (size_t i = 0; i < n; i++)
		want[i] = json_string_value(json_array_get(next, i));
	const struct schedule s = groc(text);
	ticks_follow(&s, text, member(vector, "tz"), member(vector, "after"),
		want, n);
}

START_TEST(vectors) {
	size_t len = 0;
	auto_free char *text = unit_fixture("schedule/groc_vectors.json", &len);
	struct err e;
	auto_json json_t *all = jsn_parse(text, len, false, &e);
	const json_t *rows = json_object_get(all, "vectors");
	ck_assert_uint_gt(json_array_size(rows), 0);
	size_t i;
	json_t *vector;
	json_array_foreach (rows, i, vector)
		check_vector(vector);
}
END_TEST

static void check_row(void *ctx, char *const *cols) {
	(void)ctx;
	const struct schedule s = groc(cols[0]);
	ticks_follow(&s, cols[0], cols[1], cols[2],
		(const char *const *)cols + 3, 4);
}

START_TEST(ticks) {
	unit_tsv("schedule/groc.tsv", 7, check_row, NULL);
}
END_TEST

static void reject_row(void *ctx, char *const *cols) {
	(void)ctx;
	const struct groc untouched = {.from = 42};
	struct groc g = untouched;
	struct err e = {0};
	ck_assert_msg(groc_parse(cols[0], &g, &e) == ERR_SYNTAX,
		"'%s' is not refused", cols[0]);
	ck_assert_msg(
		strstr(e.msg, cols[1]) != NULL, "'%s': %s", cols[0], e.msg);
	ck_assert_mem_eq(&g, &untouched, sizeof g);
	ck_assert_int_eq(groc_parse(cols[0], &g, NULL), ERR_SYNTAX);
}

START_TEST(rejects) {
	unit_tsv("schedule/groc_reject.tsv", 2, reject_row, NULL);
}
END_TEST

/* Every name, short and in full, and every ordinal, in both spellings. */
START_TEST(sets) {
	struct schedule s = groc("1st,2nd,3rd,4th,5th sun,mon,tue,wed,thu,fri,"
				 "sat of jan,feb,mar,apr,may,jun 1:02");
	ck_assert_uint_eq(s.groc.ordinals, 0x3e);
	ck_assert_uint_eq(s.groc.weekdays, 0x7f);
	ck_assert_uint_eq(s.groc.months, 0x7e);
	ck_assert_uint_eq(s.groc.monthdays, 0);
	ck_assert_int_eq(s.groc.from, 62);
	s = groc("FIRST,second,third,fourth,fifth sunday,monday,tuesday,"
		 "wednesday,thursday,friday,saturday of jul,aug,sep,oct,nov,"
		 "dec 23:59");
	ck_assert_uint_eq(s.groc.ordinals, 0x3e);
	ck_assert_uint_eq(s.groc.weekdays, 0x7f);
	ck_assert_uint_eq(s.groc.months, 0x1f80);
	ck_assert_int_eq(s.groc.from, 23 * 60 + 59);
	s = groc("1,31 of january,february,march,april,may,june,july,august,"
		 "september,october,november,december 00:00");
	ck_assert_uint_eq(s.groc.monthdays, 0x80000002);
	ck_assert_uint_eq(s.groc.months, 0x1ffe);
	s = groc("2nd,third day of 3rd month of quarter 0:00");
	ck_assert_uint_eq(s.groc.monthdays, 0xc);
	ck_assert_uint_eq(
		s.groc.months, 1u << 3 | 1u << 6 | 1u << 9 | 1u << 12);
	s = groc("every 30 mins from 9:05 to 17:00 on mon,fri");
	ck_assert_int_eq(s.groc.period_us, INT64_C(30) * 60 * 1000000);
	ck_assert_int_eq(s.groc.from, 9 * 60 + 5);
	ck_assert_int_eq(s.groc.to, 17 * 60);
	ck_assert_uint_eq(s.groc.weekdays, 0x22);
}
END_TEST

/* 1024 bytes are read, one more is refused. */
START_TEST(length) {
	char s[1026];
	memset(s, ' ', sizeof s);
	memcpy(s, "every 1 hours", 13);
	s[1024] = '\0';
	(void)groc(s);
	s[1024] = ' ';
	s[1025] = '\0';
	struct groc g;
	struct err e;
	ck_assert_int_eq(groc_parse(s, &g, &e), ERR_SYNTAX);
	ck_assert_ptr_nonnull(strstr(e.msg, "longer than 1024 bytes"));
}
END_TEST

START_TEST(ends) {
	static const char *const texts[] = {"every 1 minutes",
		"every 1 minutes synchronized",
		"every 24 hours from 0:00 to 0:00 on monday",
		"every day 12:00"};
	struct zone *zones[] = {
		ticks_zone("UTC"), ticks_zone("Pacific/Kiritimati")};
	for (size_t i = 0; i < 8; i++) {
		const struct schedule s = groc(texts[i / 2]);
		const struct zone *z = zones[i % 2];
		int64_t us = 77;
		struct err e;
		const int64_t past[] = {
			WHEN_MAX_US, WHEN_MAX_US - 1, INT64_MAX};
		for (size_t k = 0; k < 3; k++)
			ck_assert_int_eq(
				groc_next(&s.groc, z, past[k], &us, &e),
				ERR_RANGE);
		int rc = schedule_is_fixed(&s) ? ERR_RANGE : ERR_STATE;
		ck_assert_int_eq(groc_prev(&s.groc, z, INT64_MIN, &us, &e), rc);
		ck_assert_int_eq(
			groc_prev(&s.groc, z, WHEN_MIN_US - 1, &us, &e), rc);
		ck_assert_int_eq(us, 77);
		ck_assert_int_eq(groc_next(&s.groc, z, INT64_MIN, &us, &e), 0);
		ck_assert_int_ge(us, WHEN_MIN_US);
	}
	zone_close(zones[0]);
	zone_close(zones[1]);
}
END_TEST

/* The second Sunday of March, 2:30: the hour that New York leaves out. */
START_TEST(never) {
	const struct schedule s = groc("2nd sunday of march 02:30");
	struct zone *z = ticks_zone("America/New_York");
	int64_t us = 77;
	struct err e;
	ck_assert_int_eq(
		schedule_next(
			&s, z, ticks_instant("2026-01-01T00:00:00Z"), &us, &e),
		ERR_RANGE);
	ck_assert_int_eq(us, 77);
	zone_close(z);
}
END_TEST

int main(void) {
	Suite *s = suite_create("groc");
	unit_add(s, vectors);
	unit_add(s, ticks);
	unit_add(s, rejects);
	unit_add(s, sets);
	unit_add(s, length);
	unit_add(s, ends);
	unit_add(s, never);
	return unit_run(s);
}
