/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

START_TEST(jobs_as_resources) {
	struct core c;
	core_open_job(&c, CORE_TOPIC_TARGET);
	struct core_job s = core_get_job(&c, "j");
	ck_assert_int_eq(s.j.state, SCHED_ENABLED);
	ck_assert_int_eq(s.j.next_us, CORE_START_US + US_PER_HOUR);
	ck_assert_int_eq(s.j.last_us, STORE_NULL);
	ck_assert_str_eq(s.status, "(none)");
	auto_status struct status st = STATUS_INIT;
	emu_begin(c.em);
	ck_assert_int_eq(
		sched_create(c.em, CORE_P, "l", "j", "{" CORE_HOURLY "}", &st),
		ST_ALREADY_EXISTS);
	emu_commit(c.em);
	/* facts scheduler.md section 1 */
	ck_assert_str_eq(st.message,
		"Job projects/" CORE_P "/locations/l/jobs/j already exists.");
	emu_begin(c.em);
	ck_assert_int_eq(sched_create(c.em, CORE_P, "l", "n",
				 "{\"schedule\":\"2nd sun of march 2:30\","
				 "\"timeZone\":\"America/New_York\"}",
				 &st),
		ST_INVALID_ARGUMENT);
	emu_commit(c.em);
	ck_assert_str_eq(st.message, "Schedule or time zone is invalid.");
	ck_assert_int_eq(core_add_job(&c, "a", CORE_TOPIC_TARGET), ST_OK);
	s = (struct core_job){0};
	sched_list(c.em, CORE_P, "l", "", 10, core_see_job, &s);
	ck_assert_str_eq(s.order, "a j ");
	s = (struct core_job){0};
	sched_list(c.em, CORE_P, "l", "a", 10, core_see_job, &s);
	ck_assert_str_eq(s.order, "j ");
	s = (struct core_job){0};
	sched_list(c.em, CORE_P, "other", "", 10, core_see_job, &s);
	ck_assert_str_eq(s.order, "");
	static core_verb *const verbs[] = {
		sched_delete, sched_pause, sched_resume, sched_run};
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(core_act(&c, verbs[i], "x"), ST_NOT_FOUND);
	ck_assert_int_eq(core_act(&c, sched_delete, "j"), ST_OK);
	ck_assert_int_eq(core_act(&c, sched_delete, "j"), ST_NOT_FOUND);
	ck_assert_int_eq(core_add_job(&c, "j", CORE_TOPIC_TARGET), ST_OK);
	core_close(&c);
}
END_TEST

START_TEST(ticks_publish) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "");
	ck_assert_int_eq(core_add_job(&c, "j", CORE_TOPIC_TARGET), ST_OK);
	core_advance(&c, US_PER_HOUR - 1);
	ck_assert_int_eq(c.em->counters.ticks, 0);
	core_advance(&c, 1);
	ck_assert_int_eq(c.em->counters.ticks, 1);
	struct core_job s = core_get_job(&c, "j");
	ck_assert_int_eq(s.j.next_us, CORE_START_US + 2 * US_PER_HOUR);
	ck_assert_int_eq(s.j.last_us, CORE_START_US + US_PER_HOUR);
	ck_assert_str_eq(s.status, "{}");
	core_advance(&c, 23 * US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 24);
	struct core_seen got;
	ck_assert_int_eq(core_pull(&c, "s", 100, &got), ST_OK);
	ck_assert_int_eq(got.count, 24);
	ck_assert_str_eq(got.message, "{\"data\":\"Z28=\"}");
	core_close(&c);
}
END_TEST

START_TEST(ticks_call) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	core_pass(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_str_eq(c.sent[0].to, "{\"uri\":\"http://h/\"}");
	ck_assert_str_eq(c.sent[0].name, "j");
	ck_assert_int_eq(c.sent[0].when_us, CORE_START_US + US_PER_HOUR);
	ck_assert_int_eq(c.sent[0].timeout_us, 30 * US_PER_S);
	ck_assert(!c.sent[0].forced);
	ck_assert(core_get_job(&c, "j").j.running);
	core_answer(&c, 0, 503);
	struct core_job s = core_get_job(&c, "j");
	ck_assert(!s.j.running);
	ck_assert_str_eq(s.status,
		"{\"code\":14,\"message\":\"the target answered HTTP 503\"}");
	core_pass(&c, US_PER_HOUR);
	core_answer(&c, 1, 200);
	ck_assert_str_eq(core_get_job(&c, "j").status, "{}");
	core_pass(&c, US_PER_HOUR);
	core_answer(&c, 2, 0);
	ck_assert_str_eq(core_get_job(&c, "j").status,
		"{\"code\":14,\"message\":\"closed\"}");
	ck_assert_int_eq(c.em->counters.attemptsFailed, 2);
	core_close(&c);
}
END_TEST

START_TEST(pause_and_resume) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		core_act(&c, sched_resume, "j"), ST_FAILED_PRECONDITION);
	ck_assert_int_eq(core_act(&c, sched_pause, "j"), ST_OK);
	ck_assert_int_eq(
		core_act(&c, sched_pause, "j"), ST_FAILED_PRECONDITION);
	ck_assert_int_eq(core_get_job(&c, "j").j.state, SCHED_PAUSED);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us, STORE_NULL);
	core_pass(&c, 5 * US_PER_HOUR + US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, 0);
	/* what was missed is not made up for */
	ck_assert_int_eq(core_act(&c, sched_resume, "j"), ST_OK);
	ck_assert_uint_eq(c.sent_len, 0);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us,
		CORE_START_US + 6 * US_PER_HOUR);
	core_pass(&c, 59 * US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, 1);
	core_close(&c);
}
END_TEST

/* Paused and resumed within the hour: one tick, not two. */
START_TEST(a_tick_is_not_doubled) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(core_act(&c, sched_pause, "j"), ST_OK);
		ck_assert_int_eq(core_act(&c, sched_resume, "j"), ST_OK);
	}
	c.http = 200;
	core_sent_by(&c, US_PER_HOUR, 1);
	core_close(&c);
}
END_TEST

START_TEST(retries_of_a_call) {
	static const int64_t waits[] = {10, 20, 40};
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET CORE_RETRIES);
	core_pass(&c, US_PER_HOUR);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_uint_eq(c.sent_len, i + 1);
		/* every attempt is for the same instant of the schedule */
		ck_assert_int_eq(
			c.sent[i].when_us, CORE_START_US + US_PER_HOUR);
		core_answer(&c, i, 500);
		ck_assert_int_eq(core_get_job(&c, "j").j.retry_us,
			emu_now(c.em) + waits[i] * US_PER_S);
		core_pass(&c, waits[i] * US_PER_S - 1);
		ck_assert_uint_eq(c.sent_len, i + 1);
		core_pass(&c, 1);
	}
	core_answer(&c, 3, 500);
	ck_assert_int_eq(core_get_job(&c, "j").j.retry_us, STORE_NULL);
	ck_assert_int_eq(c.em->counters.attempts, 4);
	ck_assert_int_eq(c.em->counters.ticks, 1);
	c.http = 200;
	core_advance(&c, US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 2);
	ck_assert_uint_eq(c.sent_len, 5);
	core_close(&c);
}
END_TEST

START_TEST(a_retry_that_succeeds_is_the_last) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET CORE_RETRIES);
	core_pass(&c, US_PER_HOUR);
	core_answer(&c, 0, 500);
	core_pass(&c, 10 * US_PER_S);
	core_answer(&c, 1, 200);
	ck_assert_str_eq(core_get_job(&c, "j").status, "{}");
	core_pass(&c, 30 * US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, 2);
	core_close(&c);
}
END_TEST

/* A publish fails at once, inside the tick; it is tried again all the same. */
START_TEST(retries_of_a_publish) {
	struct core c;
	core_open_job(&c, CORE_TOPIC_TARGET CORE_RETRIES);
	core_advance(&c, US_PER_HOUR);
	ck_assert_str_eq(core_get_job(&c, "j").status,
		"{\"code\":5,\"message\":\"Resource not "
		"found (resource=t).\"}");
	ck_assert_int_eq(core_get_job(&c, "j").j.retry_us,
		emu_now(c.em) + 10 * US_PER_S);
	core_advance(&c, 30 * US_PER_S);
	ck_assert_int_eq(c.em->counters.attempts, 3);
	core_topic(&c, "t");
	core_advance(&c, 40 * US_PER_S);
	ck_assert_int_eq(c.em->counters.attempts, 4);
	ck_assert_int_eq(c.em->counters.messagesPublished, 1);
	ck_assert_str_eq(core_get_job(&c, "j").status, "{}");
	core_advance(&c, US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 2);
	core_close(&c);
}
END_TEST

/* With a retry longer than the hour every second tick is taken up late. */
START_TEST(ticks_go_on_beside_long_retries) {
	struct core c;
	core_open_job(&c,
		CORE_TOPIC_TARGET ",\"retryConfig\":{\"retryCount\":1,"
				  "\"minBackoffDuration\":\"5400s\","
				  "\"maxBackoffDuration\":\"5400s\"}");
	core_advance(&c, US_PER_HOUR); /* fails; retried at 2:30 */
	core_advance(&c, US_PER_HOUR); /* 2:00: finds a retry pending */
	ck_assert_int_eq(c.em->counters.ticks, 1);
	core_advance(&c, 30 * US_PER_MIN);
	/* the retry failed too and was the last: the tick of 2:00 is due */
	ck_assert_int_eq(c.em->counters.ticks, 2);
	ck_assert_int_eq(c.em->counters.attempts, 3);
	core_advance(&c, 24 * US_PER_HOUR);
	ck_assert_int_gt(c.em->counters.ticks, 10);
	core_close(&c);
}
END_TEST

/* A backoff of nothing: on a clock that stands still, a retry at the same
 * instant would be followed by another for ever. */
START_TEST(retries_let_time_pass) {
	struct core c;
	core_open_job(&c, CORE_TOPIC_TARGET
		",\"retryConfig\":{\"maxRetryDuration\":\"60s\","
		"\"minBackoffDuration\":\"0s\",\"maxBackoffDuration\":\"0s\"}");
	core_advance(&c, 2 * US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 2);
	ck_assert_int_gt(c.em->counters.attempts, 2);
	core_close(&c);
}
END_TEST

START_TEST(one_execution_at_a_time) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	core_pass(&c, US_PER_HOUR);
	core_pass(&c, US_PER_HOUR);
	core_pass(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 1);
	/* n+1 starts when n ends; those in between are one */
	core_answer(&c, 0, 200);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(c.sent[1].when_us, CORE_START_US + 2 * US_PER_HOUR);
	core_answer(&c, 1, 200);
	ck_assert_uint_eq(c.sent_len, 2);
	core_pass(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 3);
	ck_assert_int_eq(c.sent[2].when_us, CORE_START_US + 4 * US_PER_HOUR);
	core_close(&c);
}
END_TEST

/* Facts scheduler.md section 4: at once, even while it runs; the schedule is
 * left alone and a paused job runs too. */
START_TEST(forced_runs) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET CORE_RETRIES);
	core_pass(&c, US_PER_HOUR);
	core_pass(&c, 123456);
	ck_assert_int_eq(core_act(&c, sched_run, "j"), ST_OK);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert(c.sent[1].forced);
	ck_assert_int_eq(c.sent[1].when_us, emu_now(c.em));
	ck_assert_int_eq(core_get_job(&c, "j").j.last_us, emu_now(c.em));
	/* its failure is noted, but not retried, and ends nothing else */
	core_answer(&c, 1, 404);
	struct core_job s = core_get_job(&c, "j");
	ck_assert(s.j.running);
	ck_assert_int_eq(s.j.retry_us, STORE_NULL);
	ck_assert_ptr_nonnull(strstr(s.status, "404"));
	core_answer(&c, 0, 200);
	ck_assert(!core_get_job(&c, "j").j.running);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us,
		CORE_START_US + 2 * US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 1);
	ck_assert_int_eq(core_act(&c, sched_pause, "j"), ST_OK);
	ck_assert_int_eq(core_act(&c, sched_run, "j"), ST_OK);
	ck_assert_uint_eq(c.sent_len, 3);
	core_answer(&c, 2, 200);
	ck_assert_int_eq(core_get_job(&c, "j").j.state, SCHED_PAUSED);
	core_pass(&c, US_PER_DAY);
	ck_assert_uint_eq(c.sent_len, 3);
	core_close(&c);
}
END_TEST

START_TEST(a_forced_publish_that_fails) {
	struct core c;
	core_open_job(&c, CORE_TOPIC_TARGET CORE_RETRIES);
	ck_assert_int_eq(core_act(&c, sched_run, "j"), ST_OK);
	struct core_job s = core_get_job(&c, "j");
	ck_assert_ptr_nonnull(strstr(s.status, "\"code\":5"));
	ck_assert_int_eq(s.j.retry_us, STORE_NULL);
	ck_assert_int_eq(s.j.attempt, 0);
	ck_assert_int_eq(s.j.next_us, CORE_START_US + US_PER_HOUR);
	core_close(&c);
}
END_TEST

/* Paused while it runs: no execution any more, so no retry either. */
START_TEST(paused_while_it_runs) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET CORE_RETRIES);
	core_pass(&c, US_PER_HOUR);
	ck_assert_int_eq(core_act(&c, sched_pause, "j"), ST_OK);
	core_answer(&c, 0, 500);
	struct core_job s = core_get_job(&c, "j");
	ck_assert(!s.j.running);
	ck_assert_int_eq(s.j.retry_us, STORE_NULL);
	ck_assert_ptr_nonnull(strstr(s.status, "500"));
	core_pass(&c, US_PER_DAY);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(core_act(&c, sched_resume, "j"), ST_OK);
	core_pass(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 2);
	core_close(&c);
}
END_TEST

START_TEST(deleted_while_it_runs) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET CORE_RETRIES);
	core_pass(&c, US_PER_HOUR);
	ck_assert_int_eq(core_act(&c, sched_run, "j"), ST_OK);
	ck_assert_int_eq(core_act(&c, sched_delete, "j"), ST_OK);
	ck_assert_int_eq(core_add_job(&c, "j", CORE_HTTP_TARGET), ST_OK);
	core_answer(&c, 0, 500);
	core_answer(&c, 1, 200);
	ck_assert_int_eq(c.em->in_flight, 0);
	ck_assert_str_eq(core_get_job(&c, "j").status, "(none)");
	core_pass(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 3);
	core_close(&c);
}
END_TEST

START_TEST(a_reset_while_it_runs) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	core_pass(&c, US_PER_HOUR);
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, NULL)), 0);
	ck_assert_int_eq(core_add_job(&c, "j", CORE_HTTP_TARGET), ST_OK);
	core_answer(&c, 0, 500);
	ck_assert_str_eq(core_get_job(&c, "j").status, "(none)");
	ck_assert_int_eq(c.em->in_flight, 0);
	core_close(&c);
}
END_TEST

START_TEST(a_call_that_cannot_be_sent) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET CORE_RETRIES);
	c.refuse = ERR_NOMEM;
	core_pass(&c, US_PER_HOUR);
	struct core_job s = core_get_job(&c, "j");
	ck_assert(!s.j.running);
	ck_assert_ptr_nonnull(strstr(s.status, "\"code\":14"));
	ck_assert_int_eq(s.j.retry_us, emu_now(c.em) + 10 * US_PER_S);
	c.refuse = 0;
	core_pass(&c, 10 * US_PER_S);
	ck_assert_uint_eq(c.sent_len, 1);
	core_close(&c);
}
END_TEST

/* At least once: what was under way goes out again, what is to come is
 * neither forgotten nor doubled. */
START_TEST(a_restart_while_it_runs) {
	auto_free char *path = core_temp("sched");
	struct core c;
	core_open(&c, path);
	ck_assert_int_eq(core_add_job(&c, "j", CORE_HTTP_TARGET), ST_OK);
	ck_assert_int_eq(core_add_job(&c, "idle", CORE_HTTP_TARGET), ST_OK);
	ck_assert_int_eq(core_act(&c, sched_pause, "idle"), ST_OK);
	struct err e;
	ck_assert_int_eq(store_begin(c.em->store, &e), 0);
	(void)store_run(c.em->store, Q_META_SET, "ti", "clock_us",
		CORE_START_US + US_PER_HOUR);
	ck_assert_int_eq(store_commit(c.em->store, &e), 0);
	core_pass(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 1);
	c.em->epoch++; /* the process ends: its answer reaches nobody */
	core_close(&c);
	core_open(&c, path);
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(c.sent[0].when_us, CORE_START_US + US_PER_HOUR);
	core_answer(&c, 0, 200);
	c.http = 200;
	core_sent_by(&c, 2 * US_PER_HOUR, 3);
	core_close(&c);
	core_remove(path);
}
END_TEST

/* A long message is left out, never cut in the middle of its JSON. */
START_TEST(a_long_reason) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	char why[2000];
	memset(why, '"', sizeof why);
	why[sizeof why - 1] = '\0';
	CORE_TX(&c, (sched_ended(c.em, 1, true, 14, why), 0));
	ck_assert_str_eq(core_get_job(&c, "j").status, "{\"code\":14}");
	core_close(&c);
}
END_TEST

/* Memory that runs out at any point of a tick: the run is not lost without a
 * trace, and the schedule goes on. */
START_TEST(out_of_memory_loses_no_schedule) {
	for (long n = 0; n < 80; n++) {
		struct core c;
		core_open(&c, NULL);
		core_topic(&c, "t");
		core_sub(&c, "s", "t", "");
		ck_assert_int_eq(
			core_add_job(&c, "j", CORE_TOPIC_TARGET CORE_RETRIES),
			ST_OK);
		vclock_set(&c.em->clock, CORE_START_US + US_PER_HOUR);
		mem_fail_after(n);
		turn_run(c.em);
		mem_fail_off();
		core_advance(&c, 30 * US_PER_MIN);
		ck_assert_int_eq(c.em->counters.ticks, 1);
		ck_assert_int_eq(core_pull_count(&c, "s", 10), 1);
		core_advance(&c, US_PER_HOUR);
		ck_assert_int_eq(c.em->counters.ticks, 2);
		core_close(&c);
	}
}
END_TEST

/* What was published has its data, whatever memory there was. */
START_TEST(out_of_memory_publishes_no_half_message) {
	for (long n = 0; n < 80; n++) {
		struct core c;
		core_open(&c, NULL);
		core_topic(&c, "t");
		core_sub(&c, "s", "t", "");
		ck_assert_int_eq(
			core_add_job(&c, "j", CORE_TOPIC_TARGET), ST_OK);
		mem_fail_after(n);
		core_act(&c, sched_run, "j");
		mem_fail_off();
		core_settle(&c);
		struct core_seen s;
		ck_assert_int_eq(core_pull(&c, "s", 10, &s), ST_OK);
		if (s.count)
			ck_assert_str_eq(s.message, "{\"data\":\"Z28=\"}");
		core_close(&c);
	}
}
END_TEST

START_TEST(out_of_memory_while_creating) {
	long refused = 0;
	for (long n = 0; n < 80; n++) {
		struct core c;
		core_open(&c, NULL);
		core_topic(&c, "t");
		auto_status struct status st = STATUS_INIT;
		mem_fail_after(n);
		emu_begin(c.em);
		int rc = core_end(
			&c, sched_create(c.em, CORE_P, "l", "j",
				    "{" CORE_HOURLY "," CORE_TOPIC_TARGET "}",
				    &st));
		mem_fail_off();
		refused += rc != 0;
		core_advance(&c, US_PER_HOUR);
		ck_assert_int_eq(c.em->counters.ticks, rc ? 0 : 1);
		core_close(&c);
	}
	ck_assert_int_gt(refused, 3);
}
END_TEST

static void add_executions(Suite *s) {
	unit_add(s, one_execution_at_a_time);
	unit_add(s, forced_runs);
	unit_add(s, a_forced_publish_that_fails);
	unit_add(s, paused_while_it_runs);
	unit_add(s, deleted_while_it_runs);
	unit_add(s, a_reset_while_it_runs);
	unit_add(s, a_call_that_cannot_be_sent);
	unit_add(s, a_restart_while_it_runs);
	unit_add(s, a_long_reason);
	unit_add(s, out_of_memory_loses_no_schedule);
	unit_add(s, out_of_memory_publishes_no_half_message);
	unit_add(s, out_of_memory_while_creating);
}

int main(void) {
	Suite *s = suite_create("sched");
	unit_add(s, jobs_as_resources);
	unit_add(s, ticks_publish);
	unit_add(s, ticks_call);
	unit_add(s, pause_and_resume);
	unit_add(s, a_tick_is_not_doubled);
	unit_add(s, retries_of_a_call);
	unit_add(s, a_retry_that_succeeds_is_the_last);
	unit_add(s, retries_of_a_publish);
	unit_add(s, ticks_go_on_beside_long_retries);
	unit_add(s, retries_let_time_pass);
	add_executions(s);
	return unit_run(s);
}
