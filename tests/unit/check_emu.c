/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static void add_schedule(
	struct core *c, const char *name, const char *cron, const char *topic) {
	auto_status struct status st = STATUS_INIT;
	auto_free char *body =
		mem_printf("{\"schedule\":\"%s\",\"timeZone\":\"Etc/UTC\","
			   "\"pubsubTarget\":{\"topicName\":\"projects/" CORE_P
			   "/topics/%s\",\"data\":\"Z28=\"}}",
			cron, topic);
	ck_assert_int_eq(
		CORE_TX(c, sched_create(c->em, CORE_P, "l", name, body, &st)),
		ST_OK);
}

/* What the next calls of done leave. */
struct ended {
	int count;
	bool settled;
};

static void end(void *ctx, bool settled) {
	struct ended *e = ctx;
	e->count++;
	e->settled = settled;
}

static int advance(struct core *c, int64_t to, int64_t limit, struct ended *ret,
	struct err *e) {
	*ret = (struct ended){0};
	return turn_advance(c->em, to, limit, end, ret, e);
}

START_TEST(what_cannot_be_advanced) {
	struct core c;
	core_open(&c, NULL);
	struct ended end_of, other;
	struct err e = {0};
	ck_assert_int_eq(
		advance(&c, CORE_START_US - 1, US_PER_MIN, &end_of, &e),
		ERR_STATE);
	ck_assert_msg(
		strstr(e.msg, "2026-03-09T00:00:00Z") != NULL, "%s", e.msg);
	ck_assert_int_eq(
		advance(&c, CORE_START_US, US_PER_MIN, &end_of, &e), 0);
	ck_assert_int_eq(
		advance(&c, CORE_START_US, US_PER_MIN, &other, &e), ERR_STATE);
	core_settle(&c);
	ck_assert_int_eq(end_of.count, 1);
	ck_assert(end_of.settled);
	ck_assert_int_eq(other.count, 0);
	core_close(&c);
	struct emu_config cfg = {.journal_cap = 10};
	ck_assert_int_eq(vclock_parse("x60", &cfg.clock, &e), 0);
	struct emu *em = NULL;
	ck_assert_int_eq(emu_open(&cfg, &em, &e), 0);
	ck_assert_int_eq(
		turn_advance(em, INT64_MAX, 1, end, &other, &e), ERR_STATE);
	ck_assert_msg(strstr(e.msg, "x60") != NULL, "%s", e.msg);
	emu_close(em);
}
END_TEST

/* Everything up to the instant, in order of time and at equal instants in the
 * order it came about: tick, publish, push, its answer, then the next tick. */
START_TEST(events_come_in_order_each_with_what_it_causes) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "http://e/");
	add_schedule(&c, "a", "0 2 * * *", "t");
	add_schedule(&c, "b", "0 2 * * *", "t");
	core_submit(&c, "j", "{}");
	c.http = 200;
	core_advance(&c, 2 * US_PER_HOUR);
	static const char *const order[] = {"\"QUEUED\"", "\"PREPARING\"",
		"\"RUNNING\"", "\"SUCCEEDED\"", "\"tick\",\"job\":\"a\"",
		"\"publish\"", "\"attempt\",\"job\":\"a\"",
		"\"tick\",\"job\":\"b\"", "\"publish\"",
		"\"attempt\",\"job\":\"b\"", "\"sent\"", "\"acked\"",
		"\"sent\"", "\"acked\""};
	size_t n = sizeof order / sizeof order[0];
	ck_assert_uint_eq(c.em->journal.next, n + 1);
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(strstr(c.em->journal.ring[i + 1].text,
				      order[i]) != NULL,
			"entry %zu: want %s, got %s", i + 1, order[i],
			c.em->journal.ring[i + 1].text);
	ck_assert_int_eq(c.em->counters.ticks, 2);
	ck_assert_int_eq(c.em->counters.messagesPublished, 2);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 2);
	ck_assert_int_eq(c.em->counters.jobsFinished, 1);
	core_close(&c);
}
END_TEST

/* While something is under way no time passes. */
START_TEST(an_advance_waits_for_answers) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "http://e/");
	add_schedule(&c, "a", "* * * * *", "t");
	struct ended ret;
	int64_t to = CORE_START_US + 2 * US_PER_MIN;
	ck_assert_int_eq(advance(&c, to, US_PER_HOUR, &ret, NULL), 0);
	core_settle(&c);
	ck_assert_int_eq(ret.count, 0);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + US_PER_MIN);
	/* until it is given up there is nothing to do */
	ck_assert_int_gt(turn_due(c.em), 0);
	ck_assert_int_le(turn_due(c.em), US_PER_HOUR);
	core_answer(&c, 0, 200);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(emu_now(c.em), to);
	ck_assert_int_eq(ret.count, 0);
	core_answer(&c, 1, 200);
	ck_assert_int_eq(ret.count, 1);
	ck_assert(ret.settled);
	ck_assert_int_eq(turn_due(c.em), -1);
	core_close(&c);
}
END_TEST

START_TEST(an_advance_gives_up) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "http://e/");
	add_schedule(&c, "a", "* * * * *", "t");
	struct ended ret;
	ck_assert_int_eq(advance(&c, CORE_START_US + US_PER_HOUR, US_PER_HOUR,
				 &ret, NULL),
		0);
	core_settle(&c);
	c.em->advance.give_up_mono_us = clock_mono_us() - 1;
	ck_assert_int_eq(turn_due(c.em), 0);
	turn_run(c.em);
	ck_assert_int_eq(ret.count, 1);
	ck_assert(!ret.settled);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + US_PER_MIN);
	/* the late answer counts, and the next advance goes on from there */
	core_answer(&c, 0, 200);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	c.http = 200;
	core_advance(&c, 59 * US_PER_MIN);
	ck_assert_int_eq(c.em->counters.ticks, 60);
	core_close(&c);
}
END_TEST

/* What is under way at the end is neither done nor failed. */
START_TEST(a_stop_with_calls_under_way) {
	auto_free char *path = core_temp("stop");
	struct core c;
	core_open(&c, path);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "http://e/");
	add_schedule(&c, "a", "* * * * *", "t");
	struct ended ret;
	int64_t to = CORE_START_US + US_PER_HOUR;
	ck_assert_int_eq(advance(&c, to, US_PER_HOUR, &ret, NULL), 0);
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 1);
	turn_stop(c.em);
	ck_assert_int_eq(ret.count, 1);
	ck_assert(!ret.settled);
	c.sent[0].over = true;
	c.sent[0].done(c.sent[0].done_ctx, 200, NULL);
	ck_assert_int_eq(c.em->in_flight, 0);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 0);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 0);
	turn_advance_stop(c.em); /* there is none */
	ck_assert_int_eq(ret.count, 1);
	core_close(&c);
	core_open(&c, path);
	vclock_set(&c.em->clock, emu_now(c.em) + 10 * US_PER_S);
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 1);
	core_close(&c);
	core_remove(path);
}
END_TEST

/* One turn is bounded, so that requests get theirs. */
START_TEST(a_turn_is_bounded) {
	struct core c;
	core_open(&c, NULL);
	c.em->life.queued_us = 0;
	c.em->life.preparing_us = US_PER_HOUR;
	for (int i = 0; i < 200; i++) {
		char id[16];
		(void)snprintf(id, sizeof id, "j%d", i);
		core_submit(&c, id, "{}");
	}
	uint64_t before = c.em->journal.next;
	turn_run(c.em);
	uint64_t a_turn = c.em->journal.next - before;
	ck_assert_uint_gt(a_turn, 0);
	ck_assert_uint_le(a_turn, 64);
	ck_assert_int_eq(turn_due(c.em), 0);
	core_settle(&c);
	ck_assert_uint_eq(c.em->journal.next - before, 200);
	core_close(&c);
}
END_TEST

/* An advance may begin in the end of another. */
struct again {
	struct core *c;
	struct ended second;
	int first;
};

static void begin_again(void *ctx, bool settled) {
	struct again *a = ctx;
	a->first += settled;
	ck_assert_int_eq(advance(a->c, emu_now(a->c->em) + US_PER_DAY,
				 US_PER_HOUR, &a->second, NULL),
		0);
}

START_TEST(an_advance_begun_in_the_end_of_another) {
	struct core c;
	core_open(&c, NULL);
	struct again a = {.c = &c};
	ck_assert_int_eq(turn_advance(c.em, CORE_START_US + US_PER_DAY,
				 US_PER_HOUR, begin_again, &a, NULL),
		0);
	core_settle(&c);
	ck_assert_int_eq(a.first, 1);
	ck_assert_int_eq(a.second.count, 1);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + 2 * US_PER_DAY);
	core_close(&c);
}
END_TEST

/* A clock that stands still: what is not due yet waits for ever, and requests
 * over and over make the timeline no longer. */
START_TEST(the_timeline_of_a_standing_clock_has_a_ceiling) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "");
	core_publish(&c, "t", "YQ==");
	core_settle(&c);
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(&c, bus_ack(c.em, CORE_P, "s", 1, 0, 5, &st)), ST_OK);
	(void)store_run(c.em->store, Q_DELIVERY_SET, "iiii", (int64_t)1,
		CORE_START_US + US_PER_S, (int64_t)1, (int64_t)1);
	for (int64_t i = 0; i < 20000; i++) {
		ck_assert_int_eq(CORE_TX(&c, bus_ack(c.em, CORE_P, "s", 1, 1,
						     US_PER_S + i, &st)),
			ST_OK);
		core_settle(&c);
		ck_assert_uint_le(timeline_len(&c.em->timeline), 4097);
	}
	/* and the last deadline is the one that counts */
	core_advance(&c, US_PER_S + 19998);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 0);
	core_advance(&c, 1);
	ck_assert_int_eq(c.em->counters.deliveriesFailed, 1);
	core_close(&c);
}
END_TEST

/* Forced runs are in no row: they must survive that the timeline is made anew
 * for want of memory. */
START_TEST(forced_runs_survive_a_lost_event) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	add_schedule(&c, "a", "0 2 * * *", "t");
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(&c, sched_run(c.em, CORE_P, "l", "a", &st)), ST_OK);
	c.em->timeline.incomplete = true;
	core_settle(&c);
	ck_assert_int_eq(c.em->counters.messagesPublished, 1);
	core_advance(&c, 2 * US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.messagesPublished, 2);
	core_close(&c);
}
END_TEST

/* An advance must not pass by an event that was lost for want of memory. */
START_TEST(time_does_not_pass_over_a_lost_event) {
	struct core c;
	core_open(&c, NULL);
	mem_fail_after(0);
	core_submit(&c, "j", "{}");
	struct ended ret;
	ck_assert_int_eq(advance(&c, CORE_START_US + US_PER_HOUR, US_PER_HOUR,
				 &ret, NULL),
		0);
	turn_run(c.em);
	mem_fail_off();
	ck_assert_int_eq(ret.count, 0);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US);
	ck_assert_int_gt(turn_due(c.em), 0);
	core_settle(&c);
	ck_assert_int_eq(ret.count, 1);
	ck_assert_int_eq(c.em->counters.jobsFinished, 1);
	core_close(&c);
}
END_TEST

/* A process that is killed in the middle of an advance. */
START_TEST(the_clock_of_a_file_does_not_go_back) {
	auto_free char *path = core_temp("emu");
	struct core c;
	core_open(&c, path);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "http://e/");
	add_schedule(&c, "a", "0 * * * *", "t");
	struct ended ret;
	ck_assert_int_eq(advance(&c, CORE_START_US + US_PER_DAY, US_PER_HOUR,
				 &ret, NULL),
		0);
	core_settle(&c); /* stops at the first push */
	ck_assert_uint_eq(c.sent_len, 1);
	core_close(&c);
	core_open(&c, path);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + US_PER_HOUR);
	c.http = 200;
	core_advance(&c, 23 * US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 23);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 24);
	core_close(&c);
	core_remove(path);
}
END_TEST

START_TEST(reset_forgets_all_but_the_clock) {
	struct core c;
	core_open(&c, NULL);
	core_advance(&c, US_PER_HOUR);
	core_topic(&c, "t");
	core_submit(&c, "j", "{}");
	add_schedule(&c, "a", "0 2 * * *", "t");
	ck_assert_int_eq(faults_lose_acks(&c.em->faults, 3, NULL), 0);
	mem_fail_after(0); /* nothing of it needs memory */
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, NULL)), 0);
	mem_fail_off();
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + US_PER_HOUR);
	ck_assert_uint_eq(c.em->faults.len, 0);
	ck_assert_int_eq(core_journal(&c, "", ""), 0);
	core_advance(&c, US_PER_DAY);
	ck_assert_int_eq(core_journal(&c, "", ""), 0);
	core_topic(&c, "t");
	core_submit(&c, "j", "{}"); /* its id is free again */
	core_advance(&c, US_PER_DAY);
	ck_assert_int_eq(c.em->counters.jobsFinished, 1);
	core_close(&c);
}
END_TEST

/* A reset that is not committed leaves everything, and what was due is. */
START_TEST(a_reset_that_is_rolled_back) {
	struct core c;
	core_open(&c, NULL);
	core_submit(&c, "j", "{}");
	emu_begin(c.em);
	uint64_t epoch = c.em->epoch;
	const int64_t past = CORE_START_US - US_PER_DAY;
	ck_assert_int_eq(emu_reset(c.em, &past, NULL), 0);
	emu_rollback(c.em);
	ck_assert_uint_eq(c.em->epoch, epoch);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US);
	core_advance(&c, US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.jobsFinished, 1);
	core_close(&c);
}
END_TEST

/* Of two messages the second is refused: nothing is counted or noted, nothing
 * is delivered. */
START_TEST(a_refused_request_leaves_nothing) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "http://push");
	c.em->backlog_max = 1;
	auto_json json_t *m = json_pack("{s:s}", "data", "eA==");
	auto_status struct status st = STATUS_INIT;
	char id[BUS_ID_MAX];
	emu_begin(c.em);
	ck_assert_int_eq(bus_publish(c.em, CORE_P, "t", m, id, &st), ST_OK);
	ck_assert_int_eq(bus_publish(c.em, CORE_P, "t", m, id, &st),
		ST_RESOURCE_EXHAUSTED);
	emu_rollback(c.em);
	ck_assert_int_eq(c.em->counters.messagesPublished, 0);
	ck_assert_int_eq(core_journal(&c, "publish", ""), 0);
	core_sent_by(&c, US_PER_HOUR, 0);
	core_close(&c);
}
END_TEST

/* The state cannot be written for a while: nothing of it is lost. */
START_TEST(a_failed_commit_is_tried_again) {
	struct core c;
	core_open(&c, NULL);
	core_submit(&c, "j", "{}");
	struct event ev;
	ck_assert(timeline_pop(&c.em->timeline, INT64_MAX, &ev));
	emu_begin(c.em);
	ck_assert_int_eq(
		store_run(c.em->store, Q_META_SET, "ti", "k", STORE_NULL),
		ERR_IO);
	jobs_due(c.em, ev.id, ev.due_us);
	emu_commit(c.em);
	ck_assert_int_gt(turn_due(c.em), 0); /* not at once */
	core_advance(&c, US_PER_HOUR);
	ck_assert_int_eq(core_journal(&c, "\"SUCCEEDED\"", ""), 1);
	core_close(&c);
}
END_TEST

static int open_and_close(void *ctx, struct err *e) {
	(void)ctx;
	struct emu_config cfg = {.journal_cap = 10};
	struct emu *em = NULL;
	int rc = emu_open(&cfg, &em, e);
	ck_assert_int_eq(em == NULL, rc != 0);
	emu_close(em);
	return rc;
}

START_TEST(out_of_memory) {
	ck_assert_int_ge(unit_nomem(open_and_close, NULL), 3);
	emu_close(NULL);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened) {
	struct emu_config cfg = {
		.data = "/nonexistent/folder/file", .journal_cap = 10};
	struct emu *em = NULL;
	struct err e = {0};
	ck_assert_int_eq(emu_open(&cfg, &em, &e), ERR_IO);
	ck_assert_ptr_null(em);
}
END_TEST

int main(void) {
	Suite *s = suite_create("emu");
	unit_add(s, what_cannot_be_advanced);
	unit_add(s, events_come_in_order_each_with_what_it_causes);
	unit_add(s, an_advance_waits_for_answers);
	unit_add(s, an_advance_gives_up);
	unit_add(s, a_stop_with_calls_under_way);
	unit_add(s, a_turn_is_bounded);
	unit_add(s, an_advance_begun_in_the_end_of_another);
	unit_add(s, the_timeline_of_a_standing_clock_has_a_ceiling);
	unit_add(s, forced_runs_survive_a_lost_event);
	unit_add(s, time_does_not_pass_over_a_lost_event);
	unit_add(s, the_clock_of_a_file_does_not_go_back);
	unit_add(s, reset_forgets_all_but_the_clock);
	unit_add(s, a_reset_that_is_rolled_back);
	unit_add(s, a_refused_request_leaves_nothing);
	unit_add(s, a_failed_commit_is_tried_again);
	unit_add(s, out_of_memory);
	unit_add(s, a_file_that_cannot_be_opened);
	return unit_run(s);
}
