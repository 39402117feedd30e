/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "emulator/core/deliver.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

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
		core_open_one(&c, CORE_PUSH);
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
	core_open_one(&c, CORE_PUSH);
	core_publish_n(&c, 1);
	size_t n = sizeof ms / sizeof ms[0];
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(c.sent_len, i + 1);
		core_answer(&c, i, 500);
		core_sent_by(&c, ms[i] * US_PER_MS - 1, i + 1);
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
	core_open_wide(&c);
	core_publish_n(&c, CORE_PUSHES_MAX);
	for (size_t i = 0; i < CORE_PUSHES_MAX; i++)
		core_answer(&c, i, 500);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.fails, 1);
	core_widen(&c, "s");
	core_pass(&c, 100 * US_PER_MS - 1);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_MAX);
	core_pass(&c, 1);
	ck_assert_uint_eq(c.sent_len, 2 * CORE_PUSHES_MAX);
	core_answer(&c, CORE_PUSHES_MAX, 500);
	core_pass(&c, 150 * US_PER_MS);
	core_answer(
		&c, CORE_PUSHES_MAX + 1, 500); /* still held: no longer so */
	ck_assert_int_eq(core_get_sub(&c, "s").sub.fails, 2);
	core_widen(&c, "s");
	core_pass(&c, 50 * US_PER_MS - 1);
	ck_assert_uint_eq(c.sent_len, 2 * CORE_PUSHES_MAX);
	core_pass(&c, 1);
	ck_assert_uint_eq(c.sent_len, 2 * CORE_PUSHES_MAX + 2);
	core_answer(&c, CORE_PUSHES_MAX + 2, 500); /* after it: the third */
	ck_assert_int_eq(core_get_sub(&c, "s").sub.fails, 3);
	core_close(&c);
}
END_TEST

/* What is published during a backoff waits for its end. */
START_TEST(a_backoff_is_the_subscriptions) {
	struct core c;
	core_open_wide(&c);
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
	core_open_one(&c, CORE_PUSH);
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

START_TEST(from_push_to_pull) {
	struct core c;
	core_open_wide(&c);
	core_publish_n(&c, CORE_PUSHES_MAX + 3);
	int before = c.pullable;
	ck_assert_int_eq(core_config(&c, "s", ""), ST_OK);
	ck_assert_int_gt(c.pullable, before);
	/* those under way end as pushes; what waited is pulled */
	ck_assert_int_eq(core_pull_count(&c, "s", 100), 3);
	core_answer(&c, 0, 200);
	core_answer(&c, 1, 500);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 100), 1);
	ck_assert_uint_eq(c.sent_len, CORE_PUSHES_MAX);
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
	ck_assert_int_eq(core_config(&c, "s", CORE_PUSH), ST_OK);
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
	core_open_one(&c, CORE_PUSH);
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
	core_open_one(&c, CORE_PUSH);
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

/* A message that waits for the end of the push backoff can be pulled as soon as
 * that is over; its retry policy stays. */
START_TEST(no_push_backoff_for_a_pull) {
	for (int policy = 0; policy < 2; policy++) {
		struct core c;
		struct sub_spec spec = core_spec("s", CORE_PUSH);
		if (policy) {
			spec.retry_min_us = 20 * US_PER_S;
			spec.retry_max_us = 20 * US_PER_S;
		}
		core_open_spec(&c, NULL, &spec);
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
	unit_add(s, no_push_backoff_for_a_pull);
	unit_add(s, from_push_to_pull);
	unit_add(s, from_pull_to_push);
	unit_add(s, a_push_under_way_is_not_sent_again);
	unit_add(s, a_new_endpoint_ends_the_backoff);
	return unit_run(s);
}
