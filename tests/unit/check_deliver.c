/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/deliver.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define PUSH "http://e/"
#define PUSHES_FIRST 4 /* under way at once for one subscription */
#define PUSHES_MAX 16  /* when all goes well */

static void backoff(void *ctx, char *const *cols) {
	(void)ctx;
	bool push = !strcmp(cols[0], "push");
	int64_t a = atoll(cols[1]);
	int64_t got =
		push ? deliver_backoff_us(a)
		     : deliver_retry_us(a * US_PER_MS,
			       atoll(cols[2]) * US_PER_MS, atoll(cols[3]));
	int64_t want = atoll(cols[push ? 2 : 4]) * US_PER_MS;
	ck_assert_msg(got == want, "%s %s: got %lld, want %lld", cols[0],
		cols[1], (long long)got, (long long)want);
}

/* As after many pushes that went well. */
static void widen(struct core *c, const char *name) {
	struct sub s = core_get_sub(c, name).sub;
	ck_assert_int_eq(
		CORE_TX(c, store_run(c->em->store, Q_SUB_PUSH, "iiiiii",
				   s.fails, s.hold_us, s.in_flight, s.used_us,
				   (int64_t)PUSHES_MAX, s.id)),
		0);
}

static void open_wide(struct core *c) {
	core_open_one(c, PUSH);
	widen(c, "s");
}

START_TEST(backoffs) {
	unit_tsv("emulator/core/backoffs.tsv", 5, backoff, NULL);
}
END_TEST

/* Which answers acknowledge: facts pubsub.md section 8.3. */
START_TEST(outcomes_of_a_push) {
	static const struct {
		int http;
		bool acks;
	} cases[] = {{102, true}, {200, true}, {201, true}, {202, true},
		{204, true}, {203, false}, {205, false}, {206, false},
		{301, false}, {304, false}, {307, false}, {400, false},
		{404, false}, {409, false}, {500, false}, {503, false},
		{0, false}, {SENT_LATE, false}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct core c;
		core_open_one(&c, PUSH);
		core_publish_n(&c, 1);
		ck_assert_uint_eq(c.sent_len, 1);
		ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 1);
		core_answer(&c, 0, cases[i].http);
		ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 0);
		ck_assert_int_eq(
			core_get_sub(&c, "s").sub.fails, !cases[i].acks);
		ck_assert_int_eq(c.em->in_flight, 0);
		ck_assert_msg(c.em->counters.deliveriesAcked == cases[i].acks,
			"HTTP %d", cases[i].http);
		ck_assert_int_eq(core_stored(&c), !cases[i].acks);
		ck_assert_int_eq(core_journal(&c, "\"outcome\":\"failed\"",
					 cases[i].http > 0 ? "HTTP" : "closed"),
			!cases[i].acks);
		core_close(&c);
	}
}
END_TEST

/* 100 ms doubling to 60 s, and at once after a success. */
START_TEST(pushes_back_off) {
	static const int64_t ms[] = {100, 200, 400, 800, 1600, 3200, 6400,
		12800, 25600, 51200, 60000, 60000};
	struct core c;
	core_open_one(&c, PUSH);
	core_publish_n(&c, 1);
	size_t n = sizeof ms / sizeof ms[0];
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(c.sent_len, i + 1);
		core_answer(&c, i, 500);
		core_advance(&c, ms[i] * US_PER_MS - 1);
		ck_assert_uint_eq(c.sent_len, i + 1);
		/* the next one goes out, and is under way when time stops */
		vclock_set(&c.em->clock, emu_now(c.em) + 1);
		core_settle(&c);
	}
	core_answer(&c, n, 200);
	core_publish_n(&c, 1);
	ck_assert_uint_eq(c.sent_len, n + 2);
	core_answer(&c, n + 1, 500);
	vclock_set(&c.em->clock, emu_now(c.em) + 100 * US_PER_MS);
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, n + 3);
	core_close(&c);
}
END_TEST

/* Pushes under way together that fail together are one failure; what comes
 * after the backoff is the next. */
START_TEST(failures_together_are_one) {
	struct core c;
	open_wide(&c);
	core_publish_n(&c, PUSHES_MAX);
	for (size_t i = 0; i < PUSHES_MAX; i++)
		core_answer(&c, i, 500);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.fails, 1);
	widen(&c, "s");
	core_pass(&c, 100 * US_PER_MS - 1);
	ck_assert_uint_eq(c.sent_len, PUSHES_MAX);
	core_pass(&c, 1);
	ck_assert_uint_eq(c.sent_len, 2 * PUSHES_MAX);
	core_answer(&c, PUSHES_MAX, 500);
	core_pass(&c, 150 * US_PER_MS);
	core_answer(&c, PUSHES_MAX + 1, 500); /* still held: no longer so */
	ck_assert_int_eq(core_get_sub(&c, "s").sub.fails, 2);
	widen(&c, "s");
	core_pass(&c, 50 * US_PER_MS - 1);
	ck_assert_uint_eq(c.sent_len, 2 * PUSHES_MAX);
	core_pass(&c, 1);
	ck_assert_uint_eq(c.sent_len, 2 * PUSHES_MAX + 2);
	core_answer(&c, PUSHES_MAX + 2, 500); /* after it: the third */
	ck_assert_int_eq(core_get_sub(&c, "s").sub.fails, 3);
	core_close(&c);
}
END_TEST

/* What is published during a backoff waits for its end. */
START_TEST(a_backoff_is_the_subscriptions) {
	struct core c;
	open_wide(&c);
	core_publish_n(&c, 1);
	core_answer(&c, 0, 500);
	core_publish_n(&c, 3);
	ck_assert_uint_eq(c.sent_len, 1);
	vclock_set(&c.em->clock, CORE_START_US + 100 * US_PER_MS);
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 5);
	core_close(&c);
}
END_TEST

START_TEST(a_push_that_cannot_be_sent_is_a_failed_one) {
	struct core c;
	core_open_one(&c, PUSH);
	c.refuse = ERR_NOMEM;
	core_publish_n(&c, 1);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 0);
	ck_assert_int_eq(c.em->in_flight, 0);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 1);
	c.refuse = 0;
	c.http = 200;
	core_advance(&c, 100 * US_PER_MS);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	core_close(&c);
}
END_TEST

START_TEST(so_many_pushes_at_once_and_no_more) {
	struct core c;
	open_wide(&c);
	core_sub(&c, "other", "t", "http://other/");
	widen(&c, "other");
	core_publish_n(&c, PUSHES_MAX);
	ck_assert_uint_eq(c.sent_len, 2 * PUSHES_MAX);
	core_publish_n(&c, 100);
	ck_assert_uint_eq(c.sent_len, 2 * PUSHES_MAX);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, PUSHES_MAX);
	/* each end lets the oldest that waits go */
	for (size_t i = 0; i < c.sent_len; i++) {
		core_answer(&c, i, 200);
		ck_assert_int_le(c.em->in_flight, 2 * PUSHES_MAX);
	}
	ck_assert_uint_eq(c.sent_len, 2 * (PUSHES_MAX + 100));
	ck_assert_int_eq(core_stored(&c), 0);
	ck_assert_int_eq(c.em->in_flight, 0);
	core_close(&c);
}
END_TEST

/* All fail at once: those that waited come too, when the backoff is over. */
START_TEST(waiters_survive_failures) {
	struct core c;
	open_wide(&c);
	core_publish_n(&c, 40);
	for (size_t i = 0; i < PUSHES_MAX; i++)
		core_answer(&c, i, 500);
	ck_assert_uint_eq(c.sent_len, PUSHES_MAX);
	c.http = 200;
	core_advance(&c, US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 40);
	core_close(&c);
}
END_TEST

/* One that waited until it was too old passes its place on. */
START_TEST(waiters_that_expire_wake_the_next) {
	struct core c;
	open_wide(&c);
	core_publish_n(&c, PUSHES_MAX + 20);
	vclock_set(&c.em->clock, CORE_START_US + 7 * US_PER_DAY + 1);
	core_publish_n(&c, 1);
	for (size_t i = 0; i < PUSHES_MAX; i++)
		core_answer(&c, i, 200);
	ck_assert_int_eq(c.em->counters.messagesExpired, 20);
	ck_assert_uint_eq(c.sent_len, PUSHES_MAX + 1);
	core_answer(&c, PUSHES_MAX, 200);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

START_TEST(from_push_to_pull) {
	struct core c;
	open_wide(&c);
	core_publish_n(&c, PUSHES_MAX + 3);
	int before = c.pullable;
	ck_assert_int_eq(core_config(&c, "s", ""), ST_OK);
	ck_assert_int_gt(c.pullable, before);
	/* those under way end as pushes; what waited is pulled */
	ck_assert_int_eq(core_pull_count(&c, "s", 100), 3);
	core_answer(&c, 0, 200);
	core_answer(&c, 1, 500);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 100), 1);
	ck_assert_uint_eq(c.sent_len, PUSHES_MAX);
	core_close(&c);
}
END_TEST

/* What was pulled and never acknowledged is pushed after its deadline. */
START_TEST(from_pull_to_push) {
	struct core c;
	core_open_one(&c, "");
	core_publish_n(&c, 3);
	struct core_seen s;
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	struct pulled lost = s.p;
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	ck_assert_int_eq(core_config(&c, "s", PUSH), ST_OK);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_str_eq(c.sent[0].message, "{\"data\":\"2\"}");
	ck_assert_int_eq(core_ack(&c, "s", &s.p, -1), ST_OK); /* still good */
	core_answer(&c, 0, 200);
	vclock_set(&c.em->clock, CORE_START_US + 10 * US_PER_S);
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_str_eq(c.sent[1].message, "{\"data\":\"0\"}");
	ck_assert_int_eq(core_ack(&c, "s", &lost, -1), ST_OK); /* too late */
	core_answer(&c, 1, 200);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 3);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

/* An ack deadline that passes during a push is the push's own matter. */
START_TEST(a_push_under_way_is_not_sent_again) {
	struct core c;
	core_open_one(&c, PUSH);
	core_publish_n(&c, 1);
	vclock_set(&c.em->clock, CORE_START_US + US_PER_HOUR);
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 1);
	struct pulled guess = {.delivery_id = 1, .attempt = 1};
	ck_assert_int_eq(
		core_ack(&c, "s", &guess, -1), ST_OK); /* never given */
	core_answer(&c, 0, 200);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	core_close(&c);
}
END_TEST

START_TEST(a_new_endpoint_ends_the_backoff) {
	struct core c;
	core_open_one(&c, PUSH);
	core_publish_n(&c, 1);
	core_answer(&c, 0, 500);
	ck_assert_int_eq(core_config(&c, "s", "http://new/"), ST_OK);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_str_eq(c.sent[1].to, "http://new/");
	ck_assert_str_eq(c.sent[1].message_id, c.sent[0].message_id);
	core_publish_n(&c, 1);
	ck_assert_uint_eq(c.sent_len, 3);
	c.http = 200;
	core_advance(&c, US_PER_S);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 2);
	core_close(&c);
}
END_TEST

START_TEST(a_subscription_deleted_while_it_pushes) {
	struct core c;
	open_wide(&c);
	core_sub(&c, "r", "t", "");
	core_publish_n(&c, PUSHES_MAX + 2);
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(&c, bus_sub_delete(c.em, CORE_P, "s", &st)), ST_OK);
	core_sub(&c, "s", "t", "http://new/"); /* another of that name */
	for (size_t i = 0; i < PUSHES_MAX; i++)
		core_answer(&c, i, i % 2 ? 200 : 500);
	core_advance(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, PUSHES_MAX);
	ck_assert_int_eq(c.em->in_flight, 0);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 0);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.fails, 0);
	/* the other subscription's copies are all there */
	ck_assert_int_eq(core_pull_count(&c, "r", 100), PUSHES_MAX + 2);
	ck_assert_int_eq(
		CORE_TX(&c, bus_sub_delete(c.em, CORE_P, "r", &st)), ST_OK);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

/* Numbers begin anew after a reset: an answer of before must not settle the
 * delivery that has its number now. */
START_TEST(a_reset_while_a_push_is_under_way) {
	struct core c;
	core_open_one(&c, PUSH);
	core_publish_n(&c, 1);
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, NULL)), 0);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", PUSH);
	core_publish_n(&c, 1);
	ck_assert_uint_eq(c.sent_len, 2);
	core_answer(&c, 0, 200);
	ck_assert_int_eq(core_stored(&c), 1);
	ck_assert_int_eq(c.em->in_flight, 1);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 1);
	core_answer(&c, 1, 200);
	ck_assert_int_eq(core_stored(&c), 0);
	ck_assert_int_eq(c.em->in_flight, 0);
	core_close(&c);
}
END_TEST

START_TEST(lost_acks_bring_a_message_again) {
	struct core c;
	core_open_one(&c, PUSH);
	c.em->lose_acks = 2;
	c.http = 200;
	core_publish_n(&c, 1);
	core_advance(&c, US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, 3);
	ck_assert_str_eq(c.sent[2].message_id, c.sent[0].message_id);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	ck_assert_int_eq(core_journal(&c, "fault:", ""), 2);
	core_close(&c);
}
END_TEST

START_TEST(a_restart_delivers_what_is_not_acknowledged) {
	auto_free char *path = core_temp("bus");
	struct core c;
	core_open(&c, path);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", PUSH);
	widen(&c, "s");
	core_sub(&c, "r", "t", "");
	core_publish_n(&c, PUSHES_MAX + 4);
	ck_assert_int_eq(core_pull_count(&c, "r", 1), 1);
	/* the process ends with all of that under way */
	for (size_t i = 0; i < c.sent_len; i++) {
		c.em->epoch++; /* its answers reach nobody */
		core_answer(&c, i, 200);
	}
	core_close(&c);
	core_open(&c, path);
	c.http = 200;
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 0);
	core_advance(&c, US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, PUSHES_MAX + 4);
	ck_assert_int_eq(core_pull_count(&c, "r", 100), PUSHES_MAX + 4);
	core_close(&c);
	core_remove(path);
}
END_TEST

/* A commit that fails must lose no push and no place among them. */
START_TEST(an_end_that_cannot_be_written_at_first) {
	static const int answers[] = {200, 500, 0};
	for (size_t i = 0; i < 3; i++) {
		bool acks = answers[i] == 200;
		struct core c;
		core_open_one(&c, PUSH);
		core_publish_n(&c, 1);
		core_answer_unwritten(&c, 0, answers[i]);
		ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 1);
		ck_assert_int_eq(c.em->in_flight, 1); /* an advance waits */
		ck_assert_int_eq(c.em->counters.deliveriesAcked, 0);
		ck_assert_int_eq(c.em->counters.deliveriesFailed, 0);
		ck_assert_int_gt(turn_due(c.em), 0);
		core_settle(&c);
		ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 0);
		ck_assert_int_eq(c.em->in_flight, 0);
		ck_assert_int_eq(c.em->counters.deliveriesAcked, acks);
		ck_assert_int_eq(c.em->counters.deliveriesFailed, !acks);
		ck_assert_int_eq(core_journal(&c, "\"acked\"", "") +
					 core_journal(&c, "\"failed\"", ""),
			1);
		ck_assert_int_eq(core_stored(&c), !acks);
		c.http = 200;
		core_advance(&c, US_PER_S);
		ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
		core_close(&c);
	}
}
END_TEST

/* The fault loses one acknowledgement, not one a try. */
START_TEST(a_lost_ack_that_cannot_be_written_at_first) {
	struct core c;
	core_open_one(&c, PUSH);
	core_publish_n(&c, 1);
	c.em->lose_acks = 1;
	core_answer_unwritten(&c, 0, 200);
	core_settle(&c);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 1);
	c.http = 200;
	core_advance(&c, US_PER_S);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	core_close(&c);
}
END_TEST

/* A reset, or the end, with an end still to be written. */
START_TEST(an_end_that_is_never_written) {
	struct core c;
	core_open_one(&c, PUSH);
	core_publish_n(&c, 2);
	core_answer_unwritten(&c, 0, 200);
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, NULL)), 0);
	core_settle(&c);
	ck_assert_int_eq(c.em->in_flight, 1);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 0);
	core_close(&c);
	core_open_one(&c, PUSH);
	core_publish_n(&c, 1);
	core_answer_unwritten(&c, 0, 200);
	core_close(&c);
}
END_TEST

/* The rows do not know of the first push, so it goes out again, and the end of
 * the first settles nothing, whichever comes first. */
START_TEST(a_push_whose_beginning_was_not_written) {
	for (int first = 0; first < 2; first++) {
		struct core c;
		core_open_one(&c, PUSH);
		c.spoil = true;
		core_publish_n(&c, 1);
		ck_assert_uint_eq(c.sent_len, 2);
		ck_assert_str_eq(c.sent[0].message_id, c.sent[1].message_id);
		ck_assert_int_eq(c.em->in_flight, 2);
		ck_assert_int_eq(c.em->counters.deliveries, 1);
		ck_assert_int_eq(core_journal(&c, "\"sent\"", ""), 1);
		ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 1);
		core_answer(&c, first ? 0 : 1, 200);
		ck_assert_int_eq(
			core_get_sub(&c, "s").sub.in_flight, first ? 1 : 0);
		core_answer(&c, first ? 1 : 0, 200);
		ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 0);
		ck_assert_int_eq(c.em->in_flight, 0);
		ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
		ck_assert_int_eq(core_stored(&c), 0);
		core_close(&c);
	}
}
END_TEST

/* Every success lets one more go, up to the most: they double. */
START_TEST(the_window_opens) {
	static const size_t rounds[] = {4, 8, 16, 16};
	struct core c;
	core_open_one(&c, PUSH);
	core_publish_n(&c, 100);
	size_t answered = 0;
	for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
		ck_assert_uint_eq(c.sent_len - answered, rounds[i]);
		for (size_t n = 0; n < rounds[i]; n++)
			core_answer(&c, answered++, 200);
	}
	ck_assert_int_eq(core_get_sub(&c, "s").sub.window, PUSHES_MAX);
	ck_assert_uint_eq(c.sent_len, answered + PUSHES_MAX);
	core_close(&c);
}
END_TEST

/* It halves with each failure that counts, and one place is left always. */
START_TEST(the_window_closes) {
	static const int64_t widths[] = {8, 4, 2, 1, 1};
	struct core c;
	open_wide(&c);
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
	ck_assert_int_eq(core_get_sub(&c, "s").sub.window, PUSHES_MAX);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 40);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

/* More are under way than a window that has shrunk has places: their ends let
 * nothing go until there is room. */
START_TEST(a_window_that_shrinks_takes_places) {
	struct core c;
	open_wide(&c);
	core_publish_n(&c, 40);
	core_answer(&c, 0, 500); /* 15 under way, 8 places */
	core_pass(&c, 100 * US_PER_MS);
	for (size_t i = 1; i <= 3; i++)
		core_answer(&c, i, 200);
	ck_assert_uint_eq(c.sent_len, PUSHES_MAX); /* 12 of 11 */
	core_answer(&c, 4, 200);
	ck_assert_uint_eq(c.sent_len, PUSHES_MAX + 1); /* 11 of 12 */
	core_answer(&c, 5, 200);
	ck_assert_uint_eq(c.sent_len, PUSHES_MAX + 3); /* 11 of 13 */
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 13);
	core_close(&c);
}
END_TEST

/* A second is too slow. */
START_TEST(a_slow_endpoint_gets_no_more) {
	static const struct {
		int64_t took_us, window;
	} cases[] = {{US_PER_S - 1, PUSHES_FIRST + 1}, {US_PER_S, PUSHES_FIRST},
		{9 * US_PER_S, PUSHES_FIRST}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct core c;
		core_open_one(&c, PUSH);
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
	open_wide(&c);
	core_publish_n(&c, 3);
	ck_assert_int_eq(core_config(&c, "s", "http://new/"), ST_OK);
	struct sub s = core_get_sub(&c, "s").sub;
	ck_assert_int_eq(s.window, PUSHES_FIRST);
	core_answer(&c, 0, 500);
	core_answer(&c, 1, 200);
	s = core_get_sub(&c, "s").sub;
	ck_assert_int_eq(s.window, PUSHES_FIRST);
	ck_assert_int_eq(s.fails, 0);
	ck_assert_int_eq(s.in_flight, 2);
	/* what the old one refused goes to the new one at once */
	ck_assert_uint_eq(c.sent_len, 4);
	ck_assert_str_eq(c.sent[3].to, "http://new/");
	core_answer(&c, 3, 200);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.window, PUSHES_FIRST + 1);
	core_close(&c);
}
END_TEST

/* A message that waits for the end of the push backoff can be pulled as soon as
 * that is over; its retry policy stays. */
START_TEST(no_push_backoff_for_a_pull) {
	for (int policy = 0; policy < 2; policy++) {
		struct core c;
		core_open(&c, NULL);
		core_topic(&c, "t");
		struct sub_spec spec = core_spec("s", PUSH);
		if (policy) {
			spec.retry_min_us = 20 * US_PER_S;
			spec.retry_max_us = 20 * US_PER_S;
		}
		core_sub_of(&c, &spec);
		core_publish_n(&c, 1);
		core_answer(&c, 0, 500);
		ck_assert_int_eq(core_config(&c, "s", ""), ST_OK);
		ck_assert_int_eq(core_pull_count(&c, "s", 9), !policy);
		core_pass(&c, 20 * US_PER_S);
		ck_assert_int_eq(core_pull_count(&c, "s", 9), 1);
		core_close(&c);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("deliver");
	unit_add(s, backoffs);
	unit_add(s, outcomes_of_a_push);
	unit_add(s, pushes_back_off);
	unit_add(s, failures_together_are_one);
	unit_add(s, a_backoff_is_the_subscriptions);
	unit_add(s, a_push_that_cannot_be_sent_is_a_failed_one);
	unit_add(s, so_many_pushes_at_once_and_no_more);
	unit_add(s, the_window_opens);
	unit_add(s, the_window_closes);
	unit_add(s, a_window_that_shrinks_takes_places);
	unit_add(s, a_slow_endpoint_gets_no_more);
	unit_add(s, a_new_endpoint_begins_with_a_small_window);
	unit_add(s, no_push_backoff_for_a_pull);
	unit_add(s, waiters_survive_failures);
	unit_add(s, waiters_that_expire_wake_the_next);
	unit_add(s, from_push_to_pull);
	unit_add(s, from_pull_to_push);
	unit_add(s, a_push_under_way_is_not_sent_again);
	unit_add(s, a_new_endpoint_ends_the_backoff);
	unit_add(s, a_subscription_deleted_while_it_pushes);
	unit_add(s, a_reset_while_a_push_is_under_way);
	unit_add(s, lost_acks_bring_a_message_again);
	unit_add(s, a_restart_delivers_what_is_not_acknowledged);
	unit_add(s, an_end_that_cannot_be_written_at_first);
	unit_add(s, a_lost_ack_that_cannot_be_written_at_first);
	unit_add(s, an_end_that_is_never_written);
	unit_add(s, a_push_whose_beginning_was_not_written);
	return unit_run(s);
}
