/* SPDX-License-Identifier: MIT */
/* Deliveries when something goes wrong meanwhile: what is deleted or cannot be
 * written, a process that ended. */
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

START_TEST(a_subscription_deleted_while_it_pushes) {
	struct core c;
	core_open_wide(&c);
	core_sub(&c, "r", "t", "");
	core_publish_n(&c, CORE_PUSHES_MAX + 2);
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(&c, bus_sub_delete(c.em, CORE_P, "s", &st)), ST_OK);
	core_sub(&c, "s", "t", "http://new/"); /* another of that name */
	for (size_t i = 0; i < CORE_PUSHES_MAX; i++)
		core_answer(&c, i, i % 2 ? 200 : 500);
	core_sent_by(&c, US_PER_HOUR, CORE_PUSHES_MAX);
	ck_assert_int_eq(c.em->in_flight, 0);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 0);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.fails, 0);
	/* the other subscription's copies are all there */
	ck_assert_int_eq(core_pull_count(&c, "r", 100), CORE_PUSHES_MAX + 2);
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
	core_open_one(&c, CORE_PUSH);
	core_publish_n(&c, 1);
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, NULL)), 0);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", CORE_PUSH);
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
	core_open_one(&c, CORE_PUSH);
	ck_assert_int_eq(faults_lose_acks(&c.em->faults, 2, NULL), 0);
	c.http = 200;
	core_publish_n(&c, 1);
	core_sent_by(&c, US_PER_MIN, 3);
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
	core_sub(&c, "s", "t", CORE_PUSH);
	core_widen(&c, "s");
	core_sub(&c, "r", "t", "");
	core_publish_n(&c, CORE_PUSHES_MAX + 4);
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
	core_sent_by(&c, US_PER_MIN, CORE_PUSHES_MAX + 4);
	ck_assert_int_eq(core_pull_count(&c, "r", 100), CORE_PUSHES_MAX + 4);
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
		core_open_one(&c, CORE_PUSH);
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
	core_open_one(&c, CORE_PUSH);
	core_publish_n(&c, 1);
	ck_assert_int_eq(faults_lose_acks(&c.em->faults, 1, NULL), 0);
	core_answer_unwritten(&c, 0, 200);
	core_settle(&c);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 1);
	c.http = 200;
	core_sent_by(&c, US_PER_S, 2);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	core_close(&c);
}
END_TEST

/* A reset, or the end, with an end still to be written. */
START_TEST(an_end_that_is_never_written) {
	struct core c;
	core_open_one(&c, CORE_PUSH);
	core_publish_n(&c, 2);
	core_answer_unwritten(&c, 0, 200);
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, NULL)), 0);
	core_settle(&c);
	ck_assert_int_eq(c.em->in_flight, 1);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 0);
	core_close(&c);
	core_open_one(&c, CORE_PUSH);
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
		core_open_one(&c, CORE_PUSH);
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

int main(void) {
	Suite *s = suite_create("deliver_ends");
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
