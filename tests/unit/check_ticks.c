/* SPDX-License-Identifier: MIT */
/* What a plan says of a schedule's ticks. The instants of changes are those of
 * the IANA database; the ticks of New York are vectors of the facts about the
 * service. */
#include <string.h>

#include "client/ctl/ticks.h"
#include "common/mem.h"
#include "common/when.h"
#include "tests/unit/unit.h"

/* "time, time (note), ..." of as many ticks as `want` has. */
static void list(
	const struct ticks *t, int64_t at, const char *want, struct buf *got) {
	struct err e = {0};
	size_t count = 1;
	for (const char *s = want; (s = strchr(s, ',')); s++)
		count++;
	while (count--) {
		char text[WHEN_TEXT_MAX];
		auto_buf struct buf note;
		buf_init(&note, 1000);
		ck_assert_int_eq(ticks_next(t, at, &at, &note, &e), 0);
		when_format(at, 0, text);
		text[strlen("2026-03-09T00:00")] = '\0';
		(void)buf_addf(got, "%s%s%s%s%s", got->len ? ", " : "", text,
			note.len ? " (" : "", buf_str(&note),
			note.len ? ")" : "");
	}
}

/* schedule, zone, after, ticks */
static void row(void *ctx, char *const *cols) {
	(void)ctx;
	struct schedule s;
	struct zone *zone = NULL, *utc = NULL;
	struct err e = {0};
	int64_t at = 0;
	ck_assert_msg(schedule_parse(cols[0], &s, &e) == 0, "%s", e.msg);
	ck_assert_msg(zone_open(cols[1], &zone, &e) == 0, "%s", e.msg);
	ck_assert_int_eq(zone_open("Etc/UTC", &utc, &e), 0);
	ck_assert_msg(when_parse(cols[2], &at, &e) == 0, "%s", e.msg);
	const struct ticks t = {&s, zone, utc};
	auto_buf struct buf got;
	buf_init(&got, 10000);
	list(&t, at, cols[3], &got);
	ck_assert_msg(strcmp(buf_str(&got), cols[3]) == 0,
		"%s in %s: got '%s', want '%s'", cols[0], cols[1],
		buf_str(&got), cols[3]);
	zone_close(zone);
	zone_close(utc);
}

START_TEST(notes) {
	unit_tsv("schedule/notes.tsv", 4, row, NULL);
}
END_TEST

struct gap {
	struct ticks ticks;
	int64_t after_us;
};

static int gap_once(void *ctx, struct err *e) {
	const struct gap *g = ctx;
	int64_t us = -1;
	auto_buf struct buf note;
	buf_init(&note, 1000);
	int rc = ticks_next(&g->ticks, g->after_us, &us, &note, e);
	if (rc)
		ck_assert_int_eq(us, -1);
	return rc;
}

START_TEST(out_of_memory) {
	struct schedule s;
	struct zone *zone = NULL, *utc = NULL;
	struct err e = {0};
	struct gap g = {.ticks.schedule = &s};
	ck_assert_int_eq(schedule_parse("30 2 * * *", &s, &e), 0);
	ck_assert_int_eq(zone_open("America/New_York", &zone, &e), 0);
	ck_assert_int_eq(zone_open("Etc/UTC", &utc, &e), 0);
	g.ticks.zone = zone;
	g.ticks.utc = utc;
	ck_assert_int_eq(
		when_parse("2024-03-09T12:00:00Z", &g.after_us, &e), 0);
	ck_assert_int_gt(unit_nomem(gap_once, &g), 0);
	zone_close(zone);
	zone_close(utc);
}
END_TEST

/* 29 February comes last in 9996; the calendar of RFC 3339 ends in 9999. */
START_TEST(the_end) {
	struct schedule s;
	struct zone *utc = NULL;
	struct err e = {0};
	int64_t at = 0;
	auto_buf struct buf note;
	buf_init(&note, 100);
	ck_assert_int_eq(schedule_parse("0 0 29 2 *", &s, &e), 0);
	ck_assert_int_eq(zone_open("Etc/UTC", &utc, &e), 0);
	ck_assert_int_eq(when_parse("9996-03-01T00:00:00Z", &at, &e), 0);
	const struct ticks t = {&s, utc, utc};
	ck_assert_int_eq(ticks_next(&t, at, &at, &note, &e), ERR_RANGE);
	ck_assert_uint_eq(note.len, 0);
	zone_close(utc);
}
END_TEST

int main(void) {
	Suite *s = suite_create("ticks");
	unit_add(s, notes);
	unit_add(s, out_of_memory);
	unit_add(s, the_end);
	return unit_run(s);
}
