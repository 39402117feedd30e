/* SPDX-License-Identifier: MIT */
/* What waits while a subscription is held back: it costs one event, goes in its
 * turn when the backoff is over, and is never forgotten. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/deliver.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define BACKLOG 300
#define FAILS_EACH 3
/* A push is at most three events (its own, its end's, a wake), and a failure
 * has the window go back to wait. */
#define EVENTS_A_PUSH 3
#define EVENTS_A_FAILURE (2 * CORE_PUSHES_MAX)

static int number_of(const struct core_sent *s) {
	return atoi(strchr(s->message, ':') + 2);
}

/* Answers all that goes out, every third with an error, until nothing does. */
static int answer_with_failures(struct core *c) {
	int fails = 0;
	for (size_t i = 0; i < c->sent_len; i++) {
		bool bad = i % FAILS_EACH == FAILS_EACH - 1;
		fails += bad;
		core_answer(c, i, bad ? 503 : 200);
	}
	return fails;
}

static void in_order(const struct core *c) {
	for (size_t i = 1; i < c->sent_len; i++)
		ck_assert_msg(
			number_of(&c->sent[i]) >= number_of(&c->sent[i - 1]),
			"%d before %d", number_of(&c->sent[i - 1]),
			number_of(&c->sent[i]));
}

/* As many events as there are pushes, whatever the backlog: one that fails has
 * not all the others look again. */
START_TEST(a_failure_costs_no_more_with_a_backlog) {
	struct core c;
	core_open_one(&c, "");
	core_publish_n(&c, BACKLOG);
	ck_assert_int_eq(core_config(&c, "s", CORE_PUSH), ST_OK);
	uint64_t before = c.em->timeline.heap.next_seq;
	int fails = 0;
	core_set_out(&c, US_PER_HOUR);
	fails = answer_with_failures(&c);
	ck_assert_int_eq(c.advanced, 1);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, BACKLOG);
	ck_assert_int_eq(c.em->counters.deliveries, BACKLOG + fails);
	ck_assert_int_eq(core_stored(&c), 0);
	uint64_t events = c.em->timeline.heap.next_seq - before;
	ck_assert_uint_le(events,
		EVENTS_A_PUSH * c.sent_len + EVENTS_A_FAILURE * (size_t)fails);
	core_close(&c);
}
END_TEST

/* On a clock that is moved one push is under way at a time: the one that has
 * failed goes again before those behind it. */
START_TEST(a_backlog_keeps_its_order) {
	struct core c;
	core_open_one(&c, CORE_PUSH);
	core_publish_n(&c, 1);
	core_answer(&c, 0, 500);
	core_publish_n(&c, 40);
	core_set_out(&c, US_PER_HOUR);
	for (size_t i = 1; i < c.sent_len; i++)
		core_answer(&c, i, i % 4 ? 200 : 500);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 41);
	/* the first was published apart, and is number 0 too */
	in_order(&c);
	core_close(&c);
}
END_TEST

/* All in a window fail together; at the end of the backoff they go again, and
 * before what was published after them. */
START_TEST(a_window_that_failed_goes_first) {
	struct core c;
	core_open_one(&c, CORE_PUSH);
	core_publish_n(&c, 12);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_FIRST);
	for (size_t i = 0; i < CORE_PUSHES_FIRST; i++)
		core_answer(&c, i, 500);
	for (int round = 0; round < 5; round++) {
		/* a window of two, then of one */
		size_t from = c.sent_len;
		core_pass(&c, (100 << round) * US_PER_MS - 1);
		ck_assert_uint_eq(c.sent_len, from);
		core_pass(&c, 1);
		ck_assert_uint_eq(c.sent_len, from + (round ? 1 : 2));
		while (from < c.sent_len)
			core_answer(&c, from++, 500);
	}
	c.http = 200;
	core_advance(&c, US_PER_MIN);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 12);
	core_close(&c);
}
END_TEST

/* The success of one that was under way ends the backoff: those that never went
 * need not wait for its end, the one that failed does. */
START_TEST(a_success_ends_the_backoff) {
	struct core c;
	core_open_one(&c, CORE_PUSH);
	core_publish_n(&c, 12);
	core_answer(&c, 0, 500);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_FIRST);
	core_publish_n(&c, 1);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_FIRST);
	for (size_t i = 1; i < c.sent_len; i++)
		core_answer(&c, i, 200);
	ck_assert_uint_eq(c.sent_len, 13);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 12);
	core_pass(&c, 100 * US_PER_MS - 1);
	ck_assert_uint_eq(c.sent_len, 13);
	core_pass(&c, 1);
	ck_assert_uint_eq(c.sent_len, 14);
	ck_assert_str_eq(c.sent[13].message_id, c.sent[0].message_id);
	core_close(&c);
}
END_TEST

/* A retry policy that is over before the backoff waits for that, a longer one
 * does not end with it. */
START_TEST(the_longer_of_two_backoffs_counts) {
	static const int64_t policy_us[] = {50 * US_PER_MS, 150 * US_PER_MS};
	for (size_t i = 0; i < 2; i++) {
		struct core c;
		struct sub_spec spec = core_spec("s", CORE_PUSH);
		spec.retry_min_us = spec.retry_max_us = policy_us[i];
		core_open_spec(&c, NULL, &spec);
		core_publish_n(&c, 1);
		core_answer(&c, 0, 500);
		core_pass(&c, (i ? 150 : 100) * US_PER_MS - 1);
		ck_assert_uint_eq(c.sent_len, 1);
		core_pass(&c, 1);
		ck_assert_uint_eq(c.sent_len, 2);
		core_close(&c);
	}
}
END_TEST

/* Events are made anew from the rows: the process began anew, or had no memory
 * for one of them. */
START_TEST(what_is_held_is_not_forgotten) {
	for (int restart = 0; restart < 2; restart++) {
		auto_free char *path = core_temp("hold");
		struct core c;
		core_open(&c, path);
		core_topic(&c, "t");
		core_sub(&c, "s", "t", CORE_PUSH);
		core_publish_n(&c, 1);
		core_answer(&c, 0, 500);
		core_publish_n(&c, 9);
		if (restart) {
			core_close(&c);
			core_open(&c, path);
		} else {
			timeline_clear(&c.em->timeline);
			c.em->timeline.incomplete = true;
			c.sent_len = 0;
		}
		core_settle(&c);
		ck_assert_uint_eq(c.sent_len, 0);
		c.http = 200;
		core_sent_by(&c, 100 * US_PER_MS - 1, 0);
		core_sent_by(&c, 1, 10);
		ck_assert_int_eq(core_stored(&c), 0);
		core_close(&c);
		core_remove(path);
	}
}
END_TEST

/* A clock has nothing to jump to where nothing waits. */
START_TEST(a_hold_of_nothing_is_no_event) {
	struct core c;
	struct sub_spec spec = core_spec("s", CORE_PUSH);
	spec.dead_topic = "projects/" CORE_P "/topics/dead";
	spec.max_attempts = 1;
	core_open_spec(&c, NULL, &spec);
	core_topic(&c, "dead");
	core_publish_n(&c, 1);
	core_answer(&c, 0, 500);
	ck_assert_int_eq(c.em->counters.deadLetters, 1);
	struct event ev;
	ck_assert(!timeline_work(&c.em->timeline, &ev) ||
		  ev.due_us <= emu_now(c.em));
	core_close(&c);
}
END_TEST

int main(void) {
	Suite *s = suite_create("deliver_hold");
	unit_add(s, a_failure_costs_no_more_with_a_backlog);
	unit_add(s, a_backlog_keeps_its_order);
	unit_add(s, a_window_that_failed_goes_first);
	unit_add(s, a_success_ends_the_backoff);
	unit_add(s, the_longer_of_two_backoffs_counts);
	unit_add(s, what_is_held_is_not_forgotten);
	unit_add(s, a_hold_of_nothing_is_no_event);
	return unit_run(s);
}
