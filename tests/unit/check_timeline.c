/* SPDX-License-Identifier: MIT */
#include "common/err.h"
#include "common/mem.h"
#include "emulator/core/timeline.h"
#include "tests/unit/unit.h"

START_TEST(an_empty_one_has_nothing_due) {
	struct timeline t = {0};
	int64_t due = 7;
	struct event ev = {.id = 7};
	ck_assert(!timeline_next(&t, &due));
	ck_assert(!timeline_pop(&t, INT64_MAX, &ev));
	ck_assert_int_eq(due, 7);
	ck_assert_int_eq(ev.id, 7);
	timeline_clear(&t);
	timeline_done(&t);
}
END_TEST

START_TEST(events_come_in_order_of_time_then_as_added) {
	static const struct event in[] = {{30, EVENT_TICK, 1},
		{10, EVENT_RUN, 2}, {20, EVENT_JOB, 3}, {10, EVENT_JOB, 4},
		{-5, EVENT_DELIVERY, 5}, {10, EVENT_DELIVERY, 6}};
	static const int64_t order[] = {5, 2, 4, 6, 3, 1};
	struct timeline t = {0};
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(
			timeline_add(&t, in[i].due_us, in[i].kind, in[i].id),
			0);
	for (size_t i = 0; i < 6; i++) {
		struct event ev;
		int64_t due;
		ck_assert(timeline_next(&t, &due));
		ck_assert(!timeline_pop(&t, due - 1, &ev));
		ck_assert(timeline_pop(&t, due, &ev));
		ck_assert_int_eq(ev.id, order[i]);
		ck_assert_int_eq(ev.due_us, in[order[i] - 1].due_us);
		ck_assert_int_eq(ev.kind, in[order[i] - 1].kind);
	}
	timeline_done(&t);
}
END_TEST

/* Used nodes serve again: the same events over and over take no memory. */
START_TEST(nodes_are_used_again) {
	struct timeline t = {0};
	struct event ev;
	ck_assert_int_eq(timeline_add(&t, 1, EVENT_JOB, 1), 0);
	ck_assert(timeline_pop(&t, 1, &ev));
	mem_fail_after(0);
	for (int64_t i = 0; i < 100; i++) {
		ck_assert_int_eq(timeline_add(&t, i, EVENT_JOB, i), 0);
		timeline_clear(&t);
	}
	mem_fail_off();
	timeline_done(&t);
}
END_TEST

/* Upkeep comes in its turn, but is no work. */
START_TEST(upkeep_is_apart) {
	struct timeline t = {0};
	struct event ev;
	int64_t due;
	ck_assert_int_eq(timeline_add(&t, 10, EVENT_SUB, 1), 0);
	ck_assert(!timeline_work(&t, &ev));
	ck_assert(timeline_next(&t, &due));
	ck_assert_int_eq(due, 10);
	ck_assert_int_eq(timeline_add(&t, 20, EVENT_TICK, 2), 0);
	ck_assert_int_eq(timeline_add(&t, 30, EVENT_KEPT, 3), 0);
	ck_assert(timeline_work(&t, &ev));
	ck_assert_int_eq(ev.id, 2);
	ck_assert_uint_eq(timeline_len(&t), 3);
	for (int64_t id = 1; id <= 3; id++) {
		ck_assert(timeline_pop(&t, 30, &ev));
		ck_assert_int_eq(ev.id, id);
	}
	ck_assert_int_eq(timeline_add(&t, 10, EVENT_SNAPSHOT, 4), 0);
	timeline_keep(&t, EVENT_RUN);
	ck_assert_uint_eq(timeline_len(&t), 0);
	timeline_done(&t);
}
END_TEST

START_TEST(one_kind_may_stay) {
	struct timeline t = {0};
	static const struct event in[] = {{30, EVENT_RUN, 1},
		{10, EVENT_TICK, 2}, {20, EVENT_RUN, 3}, {20, EVENT_RUN, 4},
		{5, EVENT_JOB, 5}};
	static const int64_t order[] = {3, 4, 1};
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(
			timeline_add(&t, in[i].due_us, in[i].kind, in[i].id),
			0);
	ck_assert_uint_eq(timeline_len(&t), 5);
	timeline_keep(&t, EVENT_RUN);
	ck_assert_uint_eq(timeline_len(&t), 3);
	struct event ev;
	for (size_t i = 0; i < 3; i++) {
		ck_assert(timeline_pop(&t, 30, &ev));
		ck_assert_int_eq(ev.id, order[i]);
	}
	timeline_keep(&t, EVENT_RUN); /* of none, none */
	ck_assert_uint_eq(timeline_len(&t), 0);
	timeline_done(&t);
}
END_TEST

static int fill(void *ctx, struct err *e) {
	(void)ctx;
	struct timeline t = {0};
	int rc = 0;
	int64_t in = 0;
	while (in < 40 && !rc) {
		rc = timeline_add(&t, -in, EVENT_TICK, in);
		in += !rc;
	}
	ck_assert_int_eq(t.incomplete, rc != 0);
	/* those that got in are all there */
	struct event ev;
	while (timeline_pop(&t, INT64_MAX, &ev))
		ck_assert_int_eq(ev.id, --in);
	ck_assert_int_eq(in, 0);
	timeline_done(&t);
	return rc ? err_set(e, rc, "timeline") : 0;
}

START_TEST(out_of_memory) {
	ck_assert_int_ge(unit_nomem(fill, NULL), 40);
}
END_TEST

int main(void) {
	Suite *s = suite_create("timeline");
	unit_add(s, an_empty_one_has_nothing_due);
	unit_add(s, events_come_in_order_of_time_then_as_added);
	unit_add(s, nodes_are_used_again);
	unit_add(s, upkeep_is_apart);
	unit_add(s, one_kind_may_stay);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
