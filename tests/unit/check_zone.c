/* SPDX-License-Identifier: MIT */
/* Zones: which names open, the offset in force, and both ways to a change.
 * Instants and offsets are those of the tz database (zdump -v). */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/when.h"
#include "common/zone.h"
#include "tests/unit/unit.h"

static int64_t instant(const char *text) {
	int64_t us = 0;
	struct err e;
	ck_assert_msg(when_parse(text, &us, &e) == 0, "%s", text);
	return us;
}

static struct zone *zone(const char *name) {
	struct zone *z = NULL;
	struct err e;
	ck_assert_msg(zone_open(name, &z, &e) == 0, "%s", name);
	return z;
}

static void name_row(void *ctx, char *const *cols) {
	(void)ctx;
	struct zone *z = NULL;
	struct err e = {0};
	int rc = zone_open(cols[0], &z, &e);
	char path[128];
	(void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", cols[0]);
	bool ok = strcmp(cols[1], "ok") == 0 ||
		  (strcmp(cols[1], "legacy") == 0 && access(path, R_OK) == 0);
	int want = ok ? 0 : ERR_NOTFOUND;
	ck_assert_msg(rc == want, "'%s': %d, not %d", cols[0], rc, want);
	ck_assert((z != NULL) == (rc == 0));
	zone_close(z);
}

START_TEST(names) {
	unit_tsv("schedule/zones.tsv", 2, name_row, NULL);
	struct zone *z = NULL;
	struct err e;
	ck_assert_int_eq(zone_open("", &z, &e), ERR_NOTFOUND);
	ck_assert_int_eq(zone_open("Etc/U\nTC", &z, &e), ERR_NOTFOUND);
	ck_assert_ptr_null(strchr(e.msg, '\n'));
	ck_assert_int_eq(zone_open("EST", &z, NULL), ERR_NOTFOUND);
	ck_assert_ptr_null(z);
	zone_close(NULL);
}
END_TEST

START_TEST(no_memory) {
	struct zone *z = NULL;
	struct err e;
	mem_fail_after(0);
	int rc = zone_open("Europe/Zurich", &z, &e);
	mem_fail_off();
	ck_assert_int_eq(rc, ERR_NOMEM);
	ck_assert_ptr_null(z);
}
END_TEST

struct change {
	const char *zone, *at;
	int before_s, after_s;
};

static const struct change changes[] = {
	{"Europe/Zurich", "2024-03-31T01:00:00Z", 3600, 7200},
	{"Europe/Zurich", "2024-10-27T01:00:00Z", 7200, 3600},
	{"Europe/Zurich", "1894-05-31T23:30:14Z", 1786, 3600},
	{"America/New_York", "2024-11-03T06:00:00Z", -14400, -18000},
	{"Australia/Lord_Howe", "2024-04-06T15:00:00Z", 39600, 37800},
	{"Pacific/Apia", "2011-12-30T10:00:00Z", -36000, 50400},
	{"Africa/Casablanca", "2022-03-27T02:00:00Z", 3600, 0},
	{"Africa/Casablanca", "2022-05-08T02:00:00Z", 0, 3600},
	{"Africa/Cairo", "2010-08-10T21:00:00Z", 10800, 7200},
	{"Africa/Cairo", "2010-09-09T22:00:00Z", 7200, 10800},
	{"Europe/Dublin", "2040-03-25T01:00:00Z", 0, 3600},
	{"Europe/Dublin", "2040-10-28T01:00:00Z", 3600, 0},
	{"Europe/Zurich", "2424-03-31T01:00:00Z", 3600, 7200},
	{"Europe/Zurich", "2824-10-27T01:00:00Z", 7200, 3600},
};

START_TEST(change_found) {
	const struct change *c = &changes[_i];
	struct zone *z = zone(c->zone);
	const int64_t at = instant(c->at), day = US_PER_DAY;
	ck_assert_int_eq(zone_offset_s(z, at - 1), c->before_s);
	ck_assert_int_eq(zone_offset_s(z, at), c->after_s);
	ck_assert_int_eq(zone_change_after(z, at - day, at + day), at);
	ck_assert_int_eq(zone_change_after(z, at - 1, at), at);
	ck_assert_int_eq(zone_change_after(z, at - day, at - 1), at);
	ck_assert_int_eq(zone_change_after(z, at, at + day), at + day + 1);
	ck_assert_int_eq(zone_change_before(z, at + day, at - day), at);
	ck_assert_int_eq(zone_change_before(z, at, at), at);
	ck_assert_int_eq(zone_change_before(z, at + day, at + 1), at);
	ck_assert_int_eq(zone_change_before(z, at - 1, at - day), at - day - 1);
	zone_close(z);
}
END_TEST

/* No change at all, a limit before the instant's next one, and changes of the
 * name alone (Kolkata is +05:30 from 1945-10-15 on; New York's EWT to EPT in
 * August 1945 keeps -04:00), and the seam at which late years are folded. */
START_TEST(no_change) {
	struct zone *z = zone("UTC");
	int64_t from = instant("0001-01-01T00:00:00Z");
	int64_t to = instant("9999-12-31T23:59:59Z");
	ck_assert_int_eq(zone_change_after(z, from, to), to + 1);
	ck_assert_int_eq(zone_change_before(z, to, from), from - 1);
	ck_assert_int_eq(zone_offset_s(z, INT64_MIN), 0);
	ck_assert_int_eq(zone_offset_s(z, INT64_MAX), 0);
	zone_close(z);
	z = zone("Asia/Kolkata");
	from = instant("1945-10-14T17:30:00Z");
	ck_assert_int_eq(zone_change_after(z, from, to), to + 1);
	ck_assert_int_eq(zone_change_before(z, to, from), from);
	zone_close(z);
	z = zone("America/New_York");
	from = instant("1945-08-01T00:00:00Z");
	int64_t fall = instant("1945-09-30T06:00:00Z");
	ck_assert_int_eq(zone_change_after(z, from, fall), fall);
	ck_assert_int_eq(zone_change_before(z, fall - 1, from), from - 1);
	zone_close(z);
}
END_TEST

/* Through every change from 1960 to 2700 up and then down: the same ones. */
START_TEST(there_and_back) {
	struct zone *z = zone("Africa/Cairo");
	const int64_t begin = instant("1960-01-01T00:00:00Z");
	const int64_t end = instant("2700-01-01T00:00:00Z");
	static int64_t at[2000];
	size_t n = 0;
	for (int64_t us = begin;; n++) {
		us = zone_change_after(z, us, end);
		if (us > end)
			break;
		ck_assert_uint_lt(n, 2000);
		at[n] = us;
		ck_assert_int_ne(
			zone_offset_s(z, us - 1), zone_offset_s(z, us));
	}
	ck_assert_uint_gt(n, 1350); /* twice a year since 2023 at the least */
	for (int64_t us = end; n > 0; us = at[n] - 1) {
		n--;
		ck_assert_int_eq(zone_change_before(z, us, begin), at[n]);
	}
	zone_close(z);
}
END_TEST

/* Once, twice, never (an hour, half an hour, a whole day is left out). */
START_TEST(instants) {
	static const char *const rows[][3] = {
		{"Etc/UTC", "2024-03-10T02:30:00Z", "2024-03-10T02:30:00Z"},
		{"America/New_York", "2024-03-10T01:59:00Z",
			"2024-03-10T06:59:00Z"},
		{"America/New_York", "2024-03-10T02:30:00Z",
			"2024-03-10T07:00:00Z"},
		{"America/New_York", "2024-03-10T03:00:00Z",
			"2024-03-10T07:00:00Z"},
		{"America/New_York", "2024-11-03T01:30:00Z",
			"2024-11-03T05:30:00Z"},
		{"America/New_York", "2024-11-03T02:00:00Z",
			"2024-11-03T07:00:00Z"},
		{"Australia/Lord_Howe", "2024-10-06T02:15:00Z",
			"2024-10-05T15:30:00Z"},
		{"Pacific/Apia", "2011-12-30T12:00:00Z",
			"2011-12-30T10:00:00Z"},
		{"Pacific/Kiritimati", "2024-01-01T00:00:00Z",
			"2023-12-31T10:00:00Z"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct zone *z = zone(rows[i][0]);
		ck_assert_msg(zone_instant(z, instant(rows[i][1])) ==
				      instant(rows[i][2]),
			"%s in %s", rows[i][1], rows[i][0]);
		zone_close(z);
	}
}
END_TEST

/* The same zone while it is there; one more than there is room for. */
START_TEST(kept_open) {
	struct zones zs = {0};
	const struct zone *first = NULL, *z = NULL;
	struct err e;
	ck_assert_int_eq(zones_get(&zs, "Nowhere", &z, &e), ERR_NOTFOUND);
	ck_assert_ptr_null(z);
	ck_assert_int_eq(zones_get(&zs, "Europe/Zurich", &first, &e), 0);
	ck_assert_int_eq(zones_get(&zs, "UTC", &z, &e), 0);
	ck_assert_int_eq(zone_offset_s(z, 0), 0);
	ck_assert_int_eq(zones_get(&zs, "Europe/Zurich", &z, &e), 0);
	ck_assert_ptr_eq(z, first);
	ck_assert_int_eq(zone_offset_s(z, 0), 3600);
	for (int i = 2; i <= ZONES_MAX; i++) {
		char name[24];
		(void)snprintf(name, sizeof name, "Etc/GMT%+d", i - 5);
		ck_assert_int_eq(zones_get(&zs, name, &z, &e), 0);
		ck_assert_int_eq(zone_offset_s(z, 0), -3600 * (i - 5));
	}
	mem_fail_after(0);
	ck_assert_int_eq(zones_get(&zs, "Europe/Zurich", &z, &e), ERR_NOMEM);
	ck_assert_int_eq(zones_get(&zs, "UTC", &z, &e), 0);
	mem_fail_off();
	zones_done(&zs);
	zones_done(&zs);
}
END_TEST

int main(void) {
	Suite *s = suite_create("zone");
	unit_add(s, names);
	unit_add(s, no_memory);
	TCase *tc = tcase_create("change_found");
	tcase_add_loop_test(
		tc, change_found, 0, sizeof changes / sizeof *changes);
	suite_add_tcase(s, tc);
	unit_add(s, no_change);
	unit_add(s, there_and_back);
	unit_add(s, instants);
	unit_add(s, kept_open);
	return unit_run(s);
}
