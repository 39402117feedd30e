/* SPDX-License-Identifier: MIT */
/* Dead letters: facts pubsub.md section 6. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/dead.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define DEAD "projects/" CORE_P "/topics/dead"

/* s gives up after five attempts; d has the dead letters. */
static void open_dead(struct core *c, const char *endpoint, int64_t flags) {
	core_open(c, NULL);
	core_topic(c, "t");
	core_topic(c, "dead");
	core_sub(c, "d", "dead", "");
	struct sub_spec spec = core_spec("s", endpoint);
	spec.dead_topic = DEAD;
	spec.max_attempts = 5;
	spec.flags = flags;
	core_sub_of(c, &spec);
}

/* Takes one message, which must be the n-th attempt of it, and gives it back.
 */
static void fail_once(struct core *c, int n) {
	struct core_seen s;
	ck_assert_int_eq(core_pull(c, "s", 1, &s), ST_OK);
	ck_assert_int_eq(s.count, 1);
	ck_assert(s.p.tell_attempt);
	ck_assert_int_eq(s.p.attempt, n);
	ck_assert_int_eq(core_ack(c, "s", &s.p, 0), ST_OK);
	core_settle(c);
}

START_TEST(five_attempts_and_no_more) {
	struct core c;
	struct core_seen s;
	open_dead(&c, "", 0);
	core_publish_keyed(&c, "x", "key", "{\"k\":\"v\"}");
	core_advance(&c, 8372 * US_PER_MS);
	for (int n = 1; n <= 5; n++) {
		ck_assert_int_eq(core_pull_count(&c, "d", 1), 0);
		fail_once(&c, n);
	}
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 0);
	ck_assert_int_eq(core_pull(&c, "d", 1, &s), ST_OK);
	ck_assert_int_eq(s.p.publish_us, CORE_START_US + 8372 * US_PER_MS);
	ck_assert_int_eq(c.em->counters.deadLetters, 1);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 5);
	ck_assert_int_eq(c.em->counters.messagesPublished, 2);
	ck_assert_int_eq(core_stored(&c), 1);
	core_close(&c);
}
END_TEST

static void take_body(void *ctx, const struct pulled *p) {
	(void)snprintf(ctx, 1024, "%s", p->message);
}

START_TEST(a_letter_says_where_it_is_from) {
	struct core c;
	open_dead(&c, "", 0);
	core_publish_keyed(&c, "x", "key", "{\"k\":\"v\"}");
	for (int n = 1; n <= 5; n++)
		fail_once(&c, n);
	char body[1024] = "";
	int64_t sub, count;
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(CORE_TX(&c, bus_pull(c.em, CORE_P, "d", 1, take_body,
					     body, &sub, &count, &st)),
		ST_OK);
	ck_assert_str_eq(body,
		"{\"data\":\"x\",\"attributes\":{\"k\":\"v\","
		"\"CloudPubSubDeadLetterSourceDeliveryCount\":\"5\","
		"\"CloudPubSubDeadLetterSourceSubscription\":\"s\","
		"\"CloudPubSubDeadLetterSourceSubscriptionProject\":\"p1\","
		"\"CloudPubSubDeadLetterSourceTopicPublishTime\":"
		"\"2026-03-09T00:00:00.000+00:00\"},\"orderingKey\":\"key\"}");
	core_close(&c);
}
END_TEST

START_TEST(deadlines_count_as_failures) {
	struct core c;
	open_dead(&c, "", 0);
	core_publish_n(&c, 1);
	for (int n = 1; n <= 5; n++) {
		ck_assert_int_eq(core_pull_count(&c, "s", 1), 1);
		core_advance(&c, 10 * US_PER_S);
	}
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 0);
	ck_assert_int_eq(core_pull_count(&c, "d", 1), 1);
	core_close(&c);
}
END_TEST

START_TEST(pushes_say_which_attempt_it_is) {
	struct core c;
	open_dead(&c, CORE_PUSH, 0);
	core_publish_n(&c, 1);
	for (size_t n = 0; n < 5; n++) {
		ck_assert_uint_eq(c.sent_len, n + 1);
		ck_assert_int_eq(c.sent[n].attempt, (int64_t)n + 1);
		core_answer(&c, n, 500);
		core_pass(&c, US_PER_MIN);
	}
	ck_assert_uint_eq(c.sent_len, 5);
	ck_assert_int_eq(core_pull_count(&c, "d", 1), 1);
	ck_assert_int_eq(c.em->in_flight, 0);
	core_close(&c);
}
END_TEST

START_TEST(without_a_policy_nothing_is_told) {
	struct core c;
	struct core_seen s;
	core_open_one(&c, "");
	core_sub(&c, "p", "t", CORE_PUSH);
	core_publish_n(&c, 1);
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	ck_assert(!s.p.tell_attempt);
	ck_assert_int_eq(c.sent[0].attempt, 0);
	core_close(&c);
}
END_TEST

/* As in production without the grants: deliveries go on beyond the maximum, and
 * end as soon as they can. */
START_TEST(without_the_topic_it_goes_on) {
	struct core c;
	open_dead(&c, "", 0);
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(&c, bus_topic_delete(c.em, CORE_P, "dead", &st)),
		ST_OK);
	core_publish_n(&c, 1);
	for (int n = 1; n <= 7; n++)
		fail_once(&c, n);
	core_topic(&c, "dead");
	core_sub(&c, "e", "dead", "");
	fail_once(&c, 8);
	ck_assert_int_eq(core_pull_count(&c, "e", 1), 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 0);
	core_close(&c);
}
END_TEST

/* A letter without readers is gone, but the original is, too. */
START_TEST(nobody_reads_them) {
	struct core c;
	open_dead(&c, "", 0);
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(&c, bus_sub_delete(c.em, CORE_P, "d", &st)), ST_OK);
	core_publish_n(&c, 1);
	for (int n = 1; n <= 5; n++)
		fail_once(&c, n);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

/* The next of the key goes on where the dead one was. */
START_TEST(a_key_goes_on) {
	struct core c;
	struct core_seen s;
	open_dead(&c, "", SUB_ORDERED);
	core_publish_keyed(&c, "a1", "a", NULL);
	core_publish_keyed(&c, "a2", "a", NULL);
	for (int n = 1; n <= 5; n++)
		fail_once(&c, n);
	ck_assert_int_eq(core_pull(&c, "s", 10, &s), ST_OK);
	ck_assert_str_eq(s.data, "a2 ");
	core_close(&c);
}
END_TEST

/* A letter that cannot be made is tried again at the next failure. */
START_TEST(out_of_memory) {
	struct core c;
	open_dead(&c, "", 0);
	const struct sub s = {.name = "s",
		.project = CORE_P,
		.dead_topic = DEAD,
		.max_attempts = 5};
	const struct delivery d = {.attempt = 5,
		.message = "{\"data\":\"eA==\"}",
		.publish_us = CORE_START_US};
	bool sent = false;
	long n = 0;
	for (; !sent; n++) {
		emu_begin(c.em);
		mem_fail_after(n);
		sent = dead_letter(c.em, &s, &d);
		mem_fail_off();
		emu_commit(c.em);
		ck_assert_int_eq(core_pull_count(&c, "d", 2), sent);
	}
	ck_assert_int_gt(n, 5);
	core_close(&c);
}
END_TEST

int main(void) {
	Suite *s = suite_create("dead");
	unit_add(s, five_attempts_and_no_more);
	unit_add(s, a_letter_says_where_it_is_from);
	unit_add(s, deadlines_count_as_failures);
	unit_add(s, pushes_say_which_attempt_it_is);
	unit_add(s, without_a_policy_nothing_is_told);
	unit_add(s, without_the_topic_it_goes_on);
	unit_add(s, nobody_reads_them);
	unit_add(s, a_key_goes_on);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
