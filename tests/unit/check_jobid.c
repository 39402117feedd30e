/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "client/lib/train.h"
#include "common/clock.h"
#include "common/when.h"
#include "tests/unit/unit.h"

static void check_case(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	struct jobid_format f;
	int64_t us;
	ck_assert_msg(jobid_format_parse(cols[1], &f, &e) == 0, "%s: %s",
		cols[0], e.msg);
	ck_assert_msg(
		when_parse(cols[3], &us, &e) == 0, "%s: %s", cols[0], e.msg);
	char id[JOBID_MAX + 1] = "untouched";
	int rc = jobid_make(&f, cols[2], us, cols[4], id, &e);
	if (*cols[5] == '!') {
		ck_assert_msg(rc == ERR_RANGE && strstr(e.msg, cols[5] + 1),
			"%s: %d '%s', want '%s'", cols[0], rc, e.msg, cols[5]);
		ck_assert_str_eq(id, "untouched");
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", cols[0], e.msg);
	ck_assert_msg(strcmp(id, cols[5]) == 0, "%s: '%s', want '%s'", cols[0],
		id, cols[5]);
	ck_assert_msg(jobid_check(id, &e) == 0, "%s: %s", cols[0], e.msg);
}

START_TEST(cases) {
	unit_tsv("jobid/cases.tsv", 6, check_case, NULL);
}
END_TEST

static void check_format(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	struct jobid_format f = {.rest_max = 4711};
	int rc = jobid_format_parse(cols[0], &f, &e);
	if (strcmp(cols[1], "ok") == 0) {
		ck_assert_msg(rc == 0, "'%s': %s", cols[0], e.msg);
		return;
	}
	ck_assert_msg(rc == ERR_USAGE && strstr(e.msg, cols[1]),
		"'%s': %d '%s', want '%s'", cols[0], rc, e.msg, cols[1]);
	ck_assert_uint_eq(f.rest_max, 4711);
}

START_TEST(formats) {
	unit_tsv("jobid/formats.tsv", 2, check_format, NULL);
	struct err e = {0};
	struct jobid_format f;
	ck_assert_int_eq(jobid_format_parse("", &f, &e), ERR_USAGE);
}
END_TEST

START_TEST(what_a_format_needs) {
	static const struct {
		const char *format;
		bool key, time;
	} rows[] = {{JOBID_FORMAT, true, true},
		{JOBID_FORMAT_OWN_KEY, true, false},
		{"{base}_{unix}", false, true}, {"x{time}", false, true}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct jobid_format f;
		struct err e = {0};
		ck_assert_int_eq(jobid_format_parse(rows[i].format, &f, &e), 0);
		ck_assert_int_eq(f.has_key, rows[i].key);
		ck_assert_int_eq(f.has_time, rows[i].time);
	}
}
END_TEST

static void check_legal(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	int want = strcmp(cols[1], "yes") == 0 ? 0 : ERR_RANGE;
	ck_assert_msg(jobid_check(cols[0], &e) == want, "'%s': want %s",
		cols[0], cols[1]);
}

START_TEST(legal_ids) {
	unit_tsv("jobid/legal.tsv", 2, check_legal, NULL);
	struct err e = {0};
	ck_assert_int_eq(jobid_check("", &e), ERR_RANGE);
}
END_TEST

/* Whatever the key and however long the base: legal, and never over 128. */
START_TEST(the_longest) {
	char base[400], key[JOBID_MAX], id[JOBID_MAX + 1];
	struct jobid_format f;
	struct err e = {0};
	memset(base, 'b', sizeof base - 1);
	base[sizeof base - 1] = '\0';
	ck_assert_int_eq(
		jobid_format_parse("{base}_{time}_{unix}_{key}", &f, &e), 0);
	for (size_t n = 1; n < sizeof key; n++) {
		memset(key, 'k', n);
		key[n] = '\0';
		ck_assert_int_eq(
			jobid_make(&f, base, WHEN_MAX_US, key, id, &e), 0);
		ck_assert_uint_eq(strlen(id), JOBID_MAX);
		ck_assert_int_eq(jobid_check(id, &e), 0);
		/* 9999-12-31T23:59:59Z, and its seconds since 1970 */
		ck_assert_ptr_nonnull(
			strstr(id, "_99991231_235959_253402300799_"));
	}
}
END_TEST

/* Where the message's id goes, with room for one of 17 digits. */
START_TEST(before_the_message) {
	struct err e = {0};
	struct jobid_format f;
	char id[JOBID_MAX + 1] = "untouched", made[JOBID_MAX + 1], base[200];
	const int64_t at = 1773021600 * US_PER_S; /* 2026-03-09T02:00:00Z */
	ck_assert_int_eq(jobid_format_parse(JOBID_FORMAT, &f, &e), 0);
	ck_assert_int_eq(jobid_show(&f, "train-daily", at, id, &e), 0);
	ck_assert_str_eq(id, "train_daily_20260309_020000_{key}");
	memset(base, 'b', sizeof base - 1);
	base[sizeof base - 1] = '\0';
	ck_assert_int_eq(jobid_show(&f, base, at, id, &e), 0);
	ck_assert_int_eq(
		jobid_make(&f, base, at, "21234567890123456", made, &e), 0);
	ck_assert_uint_eq(strspn(id, "b"), strspn(made, "b"));
	ck_assert_int_eq(jobid_show(&f, "9lives", at, id, &e), ERR_RANGE);
	ck_assert_int_eq(jobid_show(&f, "b", -1, id, &e), ERR_RANGE);
}
END_TEST

int main(void) {
	Suite *s = suite_create("jobid");
	unit_add(s, cases);
	unit_add(s, formats);
	unit_add(s, what_a_format_needs);
	unit_add(s, legal_ids);
	unit_add(s, the_longest);
	unit_add(s, before_the_message);
	return unit_run(s);
}
