/* SPDX-License-Identifier: MIT */
/* The clock that moves by itself, and what an advance that is given up tells of
 * what it waited for. Order and settling of an advance: check_emu.c. */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/sent.h"
#include "emulator/core/snapshots.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

/* job_life_default: 5 s queued, 100 s preparing, 300 s running */
#define LIFE_US (405 * US_PER_S)

static void open_auto(struct core *c) {
	core_open(c, NULL);
	c->em->clock.mode = VCLOCK_AUTO;
}

START_TEST(it_jumps_to_the_next_event_and_stops_after_the_last) {
	struct core c;
	open_auto(&c);
	core_submit(&c, "j", "{}");
	ck_assert_int_eq(turn_due(c.em), 0);
	core_settle(&c);
	ck_assert_int_eq(c.em->counters.jobsFinished, 1);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + LIFE_US);
	ck_assert_int_eq(turn_due(c.em), -1);
	core_close(&c);
}
END_TEST

/* What nobody needs any more is dropped on the way, but never makes it go. */
START_TEST(it_does_not_jump_to_upkeep) {
	struct core c;
	open_auto(&c);
	core_topic(&c, "t");
	struct sub_spec spec = core_spec("s", "http://e/");
	spec.ttl_us = 31 * US_PER_DAY;
	spec.flags = SUB_RETAINS;
	core_sub_of(&c, &spec);
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(CORE_TX(&c, snapshots_create(c.em, CORE_P, "x", CORE_P,
					     "s", NULL, &st)),
		ST_OK);
	c.http = 200;
	core_publish_n(&c, 1);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	core_settle(&c);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US);
	ck_assert_int_eq(turn_due(c.em), -1);
	/* something to jump to, a month later */
	(void)timeline_add(&c.em->timeline, CORE_START_US + 40 * US_PER_DAY,
		EVENT_TICK, 99);
	core_settle(&c);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + 40 * US_PER_DAY);
	ck_assert_int_eq(core_stored(&c), 0);
	ck_assert_int_eq(c.em->counters.subscriptionsExpired, 1);
	ck_assert_int_eq(CORE_TX(&c, snapshots_delete(c.em, CORE_P, "x", &st)),
		ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

START_TEST(it_stands_while_something_is_under_way) {
	struct core c;
	core_open_one(&c, "http://e/");
	c.em->clock.mode = VCLOCK_AUTO;
	core_submit(&c, "j", "{}");
	core_publish(&c, "t", "a");
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US);
	ck_assert_int_eq(turn_due(c.em), -1);
	/* a failure is followed by the retry, 100 ms later */
	core_answer(&c, 0, 500);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + 100 * US_PER_MS);
	core_answer(&c, 1, 200);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + LIFE_US);
	core_close(&c);
}
END_TEST

START_TEST(it_stands_for_a_moment_after_a_request) {
	struct core c;
	open_auto(&c);
	core_submit(&c, "j", "{}");
	turn_rest(c.em);
	int64_t due = turn_due(c.em);
	ck_assert_int_gt(due, 0);
	ck_assert_int_le(due, 50 * US_PER_MS);
	c.em->rest_mono_us = INT64_MAX; /* however slow this machine is */
	turn_run(c.em);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US);
	c.em->rest_mono_us = 0;
	core_settle(&c);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + LIFE_US);
	core_close(&c);
}
END_TEST

/* With a message that was pulled at the start and has 10 s. */
static struct pulled open_pulled(struct core *c) {
	core_open_one(c, "");
	c->em->clock.mode = VCLOCK_AUTO;
	core_publish(c, "t", "a");
	core_settle(c);
	struct core_seen s = {0};
	ck_assert_int_eq(core_pull(c, "s", 1, &s), ST_OK);
	ck_assert_int_eq(turn_due(c->em), 0);
	turn_run(c->em);
	int64_t due = turn_due(c->em);
	ck_assert_int_gt(due, 9 * US_PER_S);
	ck_assert_int_le(due, 10 * US_PER_S);
	return s.p;
}

START_TEST(whoever_pulled_has_the_whole_deadline) {
	struct core c;
	open_pulled(&c);
	c.em->clock.mono_us -= 4 * US_PER_S;
	turn_run(c.em);
	ck_assert_int_ge(emu_now(c.em), CORE_START_US + 4 * US_PER_S);
	ck_assert_int_lt(emu_now(c.em), CORE_START_US + 10 * US_PER_S);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 0);
	c.em->clock.mono_us -= 6 * US_PER_S;
	turn_run(c.em);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 10), 1);
	core_close(&c);
}
END_TEST

START_TEST(an_ack_lets_it_jump_again) {
	struct core c;
	struct pulled p = open_pulled(&c);
	core_submit(&c, "j", "{}");
	core_settle(&c); /* to QUEUED's end, before the deadline */
	ck_assert_int_ge(emu_now(c.em), CORE_START_US + 5 * US_PER_S);
	ck_assert_int_lt(emu_now(c.em), CORE_START_US + 6 * US_PER_S);
	ck_assert_int_eq(core_ack(&c, "s", &p, -1), ST_OK);
	ck_assert_int_eq(turn_due(c.em), 0);
	core_settle(&c);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 0);
	ck_assert_int_eq(c.em->counters.jobsFinished, 1);
	core_close(&c);
}
END_TEST

START_TEST(an_advance_passes_at_once) {
	struct core c;
	open_pulled(&c);
	turn_rest(c.em);
	c.em->rest_mono_us = INT64_MAX;
	/* not core_advance: the clock goes on in real time after it */
	core_set_out(&c, US_PER_MIN);
	ck_assert_int_eq(c.advanced, 1);
	ck_assert(c.settled);
	/* nobody pulls it again */
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 1);
	ck_assert_int_ge(emu_now(c.em), CORE_START_US + US_PER_MIN);
	ck_assert_int_eq(c.em->clock.mono_us, 0);
	core_close(&c);
}
END_TEST

START_TEST(a_reset_puts_it_anywhere) {
	struct core c;
	open_pulled(&c);
	int64_t to = CORE_START_US - US_PER_DAY;
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, &to, NULL)), 0);
	ck_assert_int_eq(emu_now(c.em), to);
	core_settle(&c);
	ck_assert_int_eq(emu_now(c.em), to);
	core_close(&c);
}
END_TEST

START_TEST(one_that_is_rolled_back_goes_on_as_before) {
	struct core c;
	open_pulled(&c);
	int64_t to = CORE_START_US - US_PER_DAY, since = c.em->clock.mono_us;
	emu_begin(c.em);
	ck_assert_int_eq(emu_reset(c.em, &to, NULL), 0);
	emu_rollback(c.em);
	ck_assert_int_eq(c.em->clock.mono_us, since);
	ck_assert_int_ge(emu_now(c.em), CORE_START_US);
	core_close(&c);
}
END_TEST

START_TEST(it_does_not_leave_the_calendar) {
	struct core c;
	open_auto(&c);
	/* 9999-12-31T23:59:59Z, the last instant of RFC 3339 */
	c.em->clock.at_us = 253402300799000000LL - 5 * US_PER_S;
	core_submit(&c, "j", "{}");
	core_settle(&c);
	ck_assert_int_eq(emu_now(c.em), 253402300799000000LL);
	ck_assert_int_eq(turn_due(c.em), -1);
	core_close(&c);
}
END_TEST

START_TEST(a_file_remembers_where_it_stood) {
	auto_free char *path = core_temp("auto");
	struct core c;
	core_open(&c, path);
	c.em->clock.mode = VCLOCK_AUTO;
	core_submit(&c, "j", "{}");
	core_settle(&c);
	core_close(&c);
	core_open(&c, path);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + LIFE_US);
	core_close(&c);
	core_remove(path);
}
END_TEST

static void check_list(struct core *c, const char *want) {
	struct buf b;
	buf_init(&b, 1 << 16);
	ck_assert_int_eq(sent_list(c->em, &b), 0);
	struct err e = {0};
	auto_json json_t *got = jsn_parse(b.p, b.len, true, &e);
	auto_json json_t *wanted = jsn_parse(want, strlen(want), true, &e);
	ck_assert_msg(got && wanted, "%s", e.msg);
	ck_assert_msg(json_equal(got, wanted), "%s", buf_str(&b));
	buf_done(&b);
}

/* A machine that cannot keep up is late, and no tick is lost. */
START_TEST(a_scaled_clock_leaves_no_tick_out) {
	struct core c;
	core_open_one(&c, "");
	ck_assert_int_eq(core_add_job(&c, "a", CORE_TOPIC_TARGET), ST_OK);
	c.em->clock = (struct vclock){.mode = VCLOCK_SCALED,
		.at_us = CORE_START_US + 200 * US_PER_HOUR,
		.mono_us = clock_mono_us(),
		.rate = 1};
	core_settle(&c);
	ck_assert_int_eq(c.em->counters.ticks, 200);
	ck_assert_int_eq(c.em->counters.ticksMerged, 0);
	ck_assert_int_eq(c.em->counters.messagesPublished, 200);
	core_close(&c);
}
END_TEST

START_TEST(what_is_under_way_is_told) {
	struct core c;
	core_open_one(&c, "http://e/");
	check_list(&c, "[]");
	ck_assert_int_eq(core_add_job(&c, "a", CORE_HTTP_TARGET), ST_OK);
	core_publish(&c, "t", "b");
	core_set_out(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 1);
	auto_free char *push = mem_printf(
		"[{\"since\":\"2026-03-09T00:00:00Z\",\"kind\":\"push\","
		"\"subscription\":\"projects/" CORE_P "/subscriptions/s\","
		"\"messageId\":\"%s\",\"attempt\":1}]",
		c.sent[0].message_id);
	check_list(&c, push);
	core_answer(&c, 0, 200);
	check_list(&c,
		"[{\"since\":\"2026-03-09T01:00:00Z\",\"kind\":\"target\","
		"\"job\":\"projects/" CORE_P "/locations/l/jobs/a\"}]");
	core_answer(&c, 1, 200);
	check_list(&c, "[]");
	core_close(&c);
}
END_TEST

int main(void) {
	Suite *s = suite_create("turn");
	unit_add(s, it_jumps_to_the_next_event_and_stops_after_the_last);
	unit_add(s, it_does_not_jump_to_upkeep);
	unit_add(s, it_stands_while_something_is_under_way);
	unit_add(s, it_stands_for_a_moment_after_a_request);
	unit_add(s, whoever_pulled_has_the_whole_deadline);
	unit_add(s, an_ack_lets_it_jump_again);
	unit_add(s, an_advance_passes_at_once);
	unit_add(s, a_reset_puts_it_anywhere);
	unit_add(s, one_that_is_rolled_back_goes_on_as_before);
	unit_add(s, it_does_not_leave_the_calendar);
	unit_add(s, a_file_remembers_where_it_stood);
	unit_add(s, a_scaled_clock_leaves_no_tick_out);
	unit_add(s, what_is_under_way_is_told);
	return unit_run(s);
}
