/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/journal.h"
#include "tests/unit/unit.h"

/* What journal_write gives, parsed; the caller frees. */
static json_t *window(const struct journal *j, uint64_t from, size_t max) {
	auto_buf struct buf b;
	buf_init(&b, 1 << 20);
	ck_assert_int_eq(journal_write(j, from, max, &b), 0);
	struct err e = {0};
	json_t *o = jsn_parse(b.p, b.len, true, &e);
	ck_assert_msg(o != NULL, "%s in %s", e.msg, b.p);
	return o;
}

/* Fails unless the window holds the entries numbered first to last. */
static void expect(const struct journal *j, uint64_t from, size_t max,
	json_int_t first, json_int_t last, json_int_t next) {
	auto_json json_t *o = window(j, from, max);
	json_t *entries = json_object_get(o, "entries");
	ck_assert_int_eq(
		(json_int_t)json_array_size(entries), last - first + 1);
	for (json_int_t seq = first; seq <= last; seq++) {
		json_t *one = json_array_get(entries, (size_t)(seq - first));
		ck_assert_int_eq(
			json_integer_value(json_object_get(one, "seq")), seq);
	}
	ck_assert_int_eq(json_integer_value(json_object_get(o, "next")), next);
}

static void add(struct journal *j, int n) {
	while (n-- > 0)
		journal_add(j, 0, "test", NULL);
}

START_TEST(an_entry_is_json_in_the_order_given) {
	struct journal j;
	ck_assert_int_eq(journal_init(&j, 4), 0);
	journal_add(&j, 1773014400123456, "job", "state", "QUEUED", "#code",
		"7", "none", NULL, "odd", "a\"b\\\n\x01\xc3\xa9", NULL);
	ck_assert_int_eq(j.ring[1].time_us, 1773014400123456);
	ck_assert_str_eq(j.ring[1].text,
		",\"kind\":\"job\",\"state\":\"QUEUED\",\"code\":7,"
		"\"odd\":\"a\\\"b\\\\\\n\\u0001\xc3\xa9\"}");
	journal_done(&j);
}
END_TEST

START_TEST(windows_of_a_journal_that_is_not_full) {
	struct journal j;
	ck_assert_int_eq(journal_init(&j, 10), 0);
	expect(&j, 0, 100, 1, 0, 1);
	add(&j, 3);
	expect(&j, 0, 100, 1, 3, 4);
	expect(&j, 1, 100, 1, 3, 4);
	expect(&j, 3, 100, 3, 3, 4);
	expect(&j, 4, 100, 4, 3, 4); /* nothing yet: come again */
	expect(&j, 0, 2, 1, 2, 3);
	expect(&j, 3, 2, 3, 3, 4);
	expect(&j, 0, 0, 1, 0, 1);
	expect(&j, 0, SIZE_MAX, 1, 3, 4);
	journal_done(&j);
}
END_TEST

/* Past the end one goes on at the end, and so misses nothing. */
START_TEST(a_number_to_come_is_an_empty_window) {
	struct journal j;
	ck_assert_int_eq(journal_init(&j, 2), 0);
	add(&j, 1);
	static const uint64_t numbers[] = {2, 3, 1000, UINT64_MAX};
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		expect(&j, numbers[i], 5, 2, 1, 2);
	journal_done(&j);
}
END_TEST

START_TEST(the_oldest_go_when_it_is_full) {
	struct journal j;
	ck_assert_int_eq(journal_init(&j, 4), 0);
	add(&j, 4);
	expect(&j, 0, 100, 1, 4, 5);
	add(&j, 1);
	expect(&j, 0, 100, 2, 5, 6);
	expect(&j, 1, 100, 2, 5, 6); /* 1 is gone */
	add(&j, 1000);
	expect(&j, 0, 100, 1002, 1005, 1006);
	expect(&j, 1004, 100, 1004, 1005, 1006);
	expect(&j, 1, 3, 1002, 1004, 1005);
	journal_done(&j);
}
END_TEST

START_TEST(a_cleared_one_goes_on_counting) {
	struct journal j;
	ck_assert_int_eq(journal_init(&j, 4), 0);
	add(&j, 9);
	mem_fail_after(0);
	journal_clear(&j);
	mem_fail_off();
	expect(&j, 0, 100, 10, 9, 10);
	expect(&j, 7, 100, 10, 9, 10);
	add(&j, 1);
	expect(&j, 0, 100, 10, 10, 11);
	expect(&j, 10, 100, 10, 10, 11);
	expect(&j, 0, 1, 10, 10, 11);
	add(&j, 4);
	expect(&j, 0, 100, 11, 14, 15);
	journal_clear(&j);
	journal_clear(&j);
	expect(&j, 0, 100, 15, 14, 15);
	journal_done(&j);
}
END_TEST

START_TEST(entries_taken_back) {
	struct journal j;
	ck_assert_int_eq(journal_init(&j, 4), 0);
	add(&j, 3);
	journal_rewind(&j, 4);
	expect(&j, 0, 100, 1, 3, 4);
	journal_rewind(&j, 2);
	expect(&j, 0, 100, 1, 1, 2);
	add(&j, 4); /* 1 to 5: the first is pushed out, and stays so */
	journal_rewind(&j, 5);
	expect(&j, 0, 100, 2, 4, 5);
	journal_clear(&j);
	journal_rewind(&j, 3); /* what was dropped does not come back */
	expect(&j, 0, 100, 5, 4, 5);
	journal_done(&j);
}
END_TEST

START_TEST(an_entry_that_cannot_be_kept_is_a_gap) {
	struct journal j;
	ck_assert_int_eq(journal_init(&j, 10), 0);
	add(&j, 1);
	mem_fail_after(0);
	add(&j, 1);
	mem_fail_off();
	add(&j, 1);
	auto_json json_t *o = window(&j, 0, 100);
	json_t *entries = json_object_get(o, "entries");
	ck_assert_uint_eq(json_array_size(entries), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(
				 json_array_get(entries, 1), "seq")),
		3);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "next")), 4);
	journal_done(&j);
}
END_TEST

static int start(void *ctx, struct err *e) {
	(void)ctx;
	struct journal j;
	int rc = journal_init(&j, 4);
	journal_done(&j);
	return rc ? err_set(e, rc, "journal") : 0;
}

static int write_out(void *ctx, struct err *e) {
	auto_buf struct buf b;
	buf_init(&b, 1000);
	int rc = journal_write(ctx, 0, 10, &b);
	return rc ? err_set(e, rc, "journal") : 0;
}

START_TEST(out_of_memory) {
	ck_assert_int_eq(unit_nomem(start, NULL), 1);
	struct journal j;
	ck_assert_int_eq(journal_init(&j, 4), 0);
	add(&j, 4);
	ck_assert_int_ge(unit_nomem(write_out, &j), 1);
	journal_done(&j);
}
END_TEST

START_TEST(over_the_ceiling_of_the_answer) {
	struct journal j;
	ck_assert_int_eq(journal_init(&j, 4), 0);
	add(&j, 4);
	auto_buf struct buf b;
	buf_init(&b, 100);
	ck_assert_int_eq(journal_write(&j, 0, 10, &b), ERR_TOOBIG);
	journal_done(&j);
}
END_TEST

int main(void) {
	Suite *s = suite_create("journal");
	unit_add(s, an_entry_is_json_in_the_order_given);
	unit_add(s, windows_of_a_journal_that_is_not_full);
	unit_add(s, a_number_to_come_is_an_empty_window);
	unit_add(s, the_oldest_go_when_it_is_full);
	unit_add(s, a_cleared_one_goes_on_counting);
	unit_add(s, entries_taken_back);
	unit_add(s, an_entry_that_cannot_be_kept_is_a_gap);
	unit_add(s, out_of_memory);
	unit_add(s, over_the_ceiling_of_the_answer);
	return unit_run(s);
}
