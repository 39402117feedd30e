/* SPDX-License-Identifier: MIT */
/* How many pushes go out at once, and what becomes of those that wait. */
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

/* Every success lets one more go, up to the most: they double. */
START_TEST(the_window_opens) {
	static const size_t rounds[] = {4, 8, 16, 16};
	struct core c;
	core_open_one(&c, CORE_PUSH);
	core_publish_n(&c, 100);
	size_t answered = 0;
	for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
		ck_assert_uint_eq(c.sent_len - answered, rounds[i]);
		for (size_t n = 0; n < rounds[i]; n++)
			core_answer(&c, answered++, 200);
	}
	ck_assert_int_eq(core_get_sub(&c, "s").sub.window, CORE_PUSHES_MAX);
	ck_assert_uint_eq(c.sent_len, answered + CORE_PUSHES_MAX);
	core_close(&c);
}
END_TEST

/* It halves with each failure that counts, and one place is left always. */
START_TEST(the_window_closes) {
	static const int64_t widths[] = {8, 4, 2, 1, 1};
	struct core c;
	core_open_wide(&c);
	core_publish_n(&c, 40);
	size_t answered = 0;
	for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
		while (answered < c.sent_len)
			core_answer(&c, answered++, 500);
		ck_assert_int_eq(core_get_sub(&c, "s").sub.window, widths[i]);
		core_pass(&c, 100 * US_PER_MS << i);
		ck_assert_int_eq(c.sent_len - answered, widths[i]);
	}
	/* and opens again, until all are through */
	c.http = 200;
	core_answer(&c, answered, 200);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.window, CORE_PUSHES_MAX);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 40);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

/* More are under way than a window that has shrunk has places: their ends let
 * nothing go until there is room. */
START_TEST(a_window_that_shrinks_takes_places) {
	struct core c;
	core_open_wide(&c);
	core_publish_n(&c, 40);
	core_answer(&c, 0, 500); /* 15 under way, 8 places */
	core_pass(&c, 100 * US_PER_MS);
	for (size_t i = 1; i <= 3; i++)
		core_answer(&c, i, 200);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_MAX); /* 12 of 11 */
	core_answer(&c, 4, 200);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_MAX + 1); /* 11 of 12 */
	core_answer(&c, 5, 200);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_MAX + 3); /* 11 of 13 */
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 13);
	core_close(&c);
}
END_TEST

/* A second is too slow. */
START_TEST(a_slow_endpoint_gets_no_more) {
	static const struct {
		int64_t took_us, window;
	} cases[] = {{US_PER_S - 1, CORE_PUSHES_FIRST + 1},
		{US_PER_S, CORE_PUSHES_FIRST},
		{9 * US_PER_S, CORE_PUSHES_FIRST}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct core c;
		core_open_one(&c, CORE_PUSH);
		core_publish_n(&c, 1);
		vclock_set(&c.em->clock, CORE_START_US + cases[i].took_us);
		core_answer(&c, 0, 200);
		ck_assert_int_eq(
			core_get_sub(&c, "s").sub.window, cases[i].window);
		core_close(&c);
	}
}
END_TEST

/* A new endpoint begins anew, and is not blamed for what the old one does. */
START_TEST(a_new_endpoint_begins_with_a_small_window) {
	struct core c;
	core_open_wide(&c);
	core_publish_n(&c, 3);
	ck_assert_int_eq(core_config(&c, "s", "http://new/"), ST_OK);
	struct sub s = core_get_sub(&c, "s").sub;
	ck_assert_int_eq(s.window, CORE_PUSHES_FIRST);
	core_answer(&c, 0, 500);
	core_answer(&c, 1, 200);
	s = core_get_sub(&c, "s").sub;
	ck_assert_int_eq(s.window, CORE_PUSHES_FIRST);
	ck_assert_int_eq(s.fails, 0);
	ck_assert_int_eq(s.in_flight, 2);
	/* what the old one refused goes to the new one at once */
	ck_assert_uint_eq(c.sent_len, 4);
	ck_assert_str_eq(c.sent[3].to, "http://new/");
	core_answer(&c, 3, 200);
	ck_assert_int_eq(
		core_get_sub(&c, "s").sub.window, CORE_PUSHES_FIRST + 1);
	core_close(&c);
}
END_TEST

START_TEST(so_many_pushes_at_once_and_no_more) {
	struct core c;
	core_open_wide(&c);
	core_sub(&c, "other", "t", "http://other/");
	core_widen(&c, "other");
	core_publish_n(&c, CORE_PUSHES_MAX);
	ck_assert_uint_eq(c.sent_len, 2 * CORE_PUSHES_MAX);
	core_publish_n(&c, 100);
	ck_assert_uint_eq(c.sent_len, 2 * CORE_PUSHES_MAX);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, CORE_PUSHES_MAX);
	/* each end lets the oldest that waits go */
	for (size_t i = 0; i < c.sent_len; i++) {
		core_answer(&c, i, 200);
		ck_assert_int_le(c.em->in_flight, 2 * CORE_PUSHES_MAX);
	}
	ck_assert_uint_eq(c.sent_len, 2 * (CORE_PUSHES_MAX + 100));
	ck_assert_int_eq(core_stored(&c), 0);
	ck_assert_int_eq(c.em->in_flight, 0);
	core_close(&c);
}
END_TEST

/* All fail at once: those that waited come too, when the backoff is over. */
START_TEST(waiters_survive_failures) {
	struct core c;
	core_open_wide(&c);
	core_publish_n(&c, 40);
	for (size_t i = 0; i < CORE_PUSHES_MAX; i++)
		core_answer(&c, i, 500);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_MAX);
	c.http = 200;
	core_advance(&c, US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 40);
	core_close(&c);
}
END_TEST

/* One that waited until it was too old passes its place on. */
START_TEST(waiters_that_expire_wake_the_next) {
	struct core c;
	core_open_wide(&c);
	core_publish_n(&c, CORE_PUSHES_MAX + 20);
	vclock_set(&c.em->clock, CORE_START_US + 7 * US_PER_DAY + 1);
	core_publish_n(&c, 1);
	for (size_t i = 0; i < CORE_PUSHES_MAX; i++)
		core_answer(&c, i, 200);
	ck_assert_int_eq(c.em->counters.messagesExpired, 20);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_MAX + 1);
	core_answer(&c, CORE_PUSHES_MAX, 200);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

int main(void) {
	Suite *s = suite_create("window");
	unit_add(s, the_window_opens);
	unit_add(s, the_window_closes);
	unit_add(s, a_window_that_shrinks_takes_places);
	unit_add(s, a_slow_endpoint_gets_no_more);
	unit_add(s, a_new_endpoint_begins_with_a_small_window);
	unit_add(s, so_many_pushes_at_once_and_no_more);
	unit_add(s, waiters_survive_failures);
	unit_add(s, waiters_that_expire_wake_the_next);
	return unit_run(s);
}
