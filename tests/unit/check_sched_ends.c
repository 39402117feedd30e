/* SPDX-License-Identifier: MIT */
/* Schedules when something goes wrong: what cannot be written, a process that
 * ended, a clock that was not looked at for long. */
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

/* A commit that fails must not stop a schedule for ever. */
START_TEST(an_end_that_cannot_be_written_at_first) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	core_pass(&c, US_PER_HOUR);
	core_answer_unwritten(&c, 0, 500);
	ck_assert(core_get_job(&c, "j").j.running);
	ck_assert_int_eq(c.em->in_flight, 1); /* an advance waits */
	ck_assert_int_eq(c.em->counters.attemptsFailed, 0);
	core_settle(&c);
	ck_assert(!core_get_job(&c, "j").j.running);
	ck_assert_int_eq(c.em->in_flight, 0);
	ck_assert_int_eq(c.em->counters.attemptsFailed, 1);
	ck_assert_int_eq(core_journal(&c, "\"attempt\"", ""), 1);
	/* facts scheduler.md section 4: 500 is 13 */
	ck_assert_str_eq(core_get_job(&c, "j").status,
		"{\"code\":13,\"message\":\"the target answered HTTP "
		"500\"}");
	c.http = 200;
	core_sent_by(&c, 2 * US_PER_HOUR, 3);
	core_close(&c);
}
END_TEST

/* It goes out again, and the end of the first settles nothing. */
START_TEST(an_execution_whose_beginning_was_not_written) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	c.spoil = true;
	core_pass(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(c.sent[1].when_us, c.sent[0].when_us);
	ck_assert_int_eq(c.em->counters.ticks, 1);
	ck_assert_int_eq(c.em->counters.attempts, 1);
	core_answer(&c, 0, 500);
	ck_assert(core_get_job(&c, "j").j.running);
	core_answer(&c, 1, 200);
	ck_assert_str_eq(core_get_job(&c, "j").status, "{}");
	ck_assert_int_eq(c.em->in_flight, 0);
	c.http = 200;
	core_sent_by(&c, US_PER_HOUR, 3);
	core_close(&c);
}
END_TEST

/* Only the timeline knows of a forced run. */
START_TEST(a_forced_run_that_was_not_written) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	c.spoil = true;
	ck_assert_int_eq(core_act(&c, sched_run, "j"), ST_OK);
	ck_assert_uint_eq(c.sent_len, 2);
	core_answer(&c, 0, 500);
	core_answer(&c, 1, 200);
	ck_assert_str_eq(core_get_job(&c, "j").status, "{}");
	ck_assert_int_eq(core_journal(&c, "\"run\"", ""), 1);
	core_close(&c);
}
END_TEST

/* One that was accepted is not lost, and one that has ended is not repeated. */
START_TEST(a_restart_between_forced_runs) {
	auto_free char *path = core_temp("forced");
	struct core c;
	core_open(&c, path);
	ck_assert_int_eq(core_add_job(&c, "j", CORE_HTTP_TARGET), ST_OK);
	ck_assert_int_eq(core_act(&c, sched_run, "j"), ST_OK);
	ck_assert_int_eq(core_act(&c, sched_run, "j"), ST_OK);
	ck_assert_uint_eq(c.sent_len, 2);
	core_answer(&c, 0, 200);
	turn_stop(c.em);
	core_close(&c);
	core_open(&c, path);
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 1);
	core_answer(&c, 0, 500);
	core_close(&c);
	core_open(&c, path);
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 0);
	core_close(&c);
	core_remove(path);
}
END_TEST

/* A paused job has no executions, not even the one that a kill cut off. */
START_TEST(a_restart_of_one_paused_while_it_ran) {
	auto_free char *path = core_temp("sched_ends");
	struct core c;
	core_open(&c, path);
	ck_assert_int_eq(
		core_add_job(&c, "j", CORE_HTTP_TARGET CORE_RETRIES), ST_OK);
	core_pass(&c, US_PER_HOUR);
	ck_assert_int_eq(core_act(&c, sched_pause, "j"), ST_OK);
	ck_assert(core_get_job(&c, "j").j.running);
	turn_stop(c.em);
	core_close(&c);
	core_open(&c, path);
	c.http = 200;
	core_sent_by(&c, 24 * US_PER_HOUR, 0);
	ck_assert_int_eq(core_act(&c, sched_resume, "j"), ST_OK);
	core_sent_by(&c, 2 * US_PER_HOUR, 2);
	core_close(&c);
	core_remove(path);
}
END_TEST

/* Whatever the row says: a file of an older version has a retry there. */
START_TEST(a_paused_job_is_not_retried) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	ck_assert_int_eq(core_act(&c, sched_pause, "j"), ST_OK);
	int64_t due = CORE_START_US + US_PER_HOUR;
	for (int i = 0; i < 2; i++) {
		CORE_TX(&c, store_run(c.em->store, Q_SCHED_STATE, "iiii",
				    (int64_t)SCHED_PAUSED, i ? due : STORE_NULL,
				    i ? STORE_NULL : due,
				    core_get_job(&c, "j").j.id));
		CORE_TX(&c,
			(sched_due(c.em, core_get_job(&c, "j").j.id, due), 0));
		ck_assert_uint_eq(c.sent_len, 0);
	}
	core_close(&c);
}
END_TEST

/* A loop that is late drops no tick of a job that is free. */
START_TEST(each_late_tick_happens) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "");
	ck_assert_int_eq(core_add_job(&c, "j", CORE_TOPIC_TARGET), ST_OK);
	core_pass(&c, 100 * US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 100);
	ck_assert_int_eq(c.em->counters.ticksMerged, 0);
	ck_assert_int_eq(core_pull_count(&c, "s", 1000), 100);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us,
		CORE_START_US + 101 * US_PER_HOUR);
	core_close(&c);
}
END_TEST

/* One tick more than that is a machine that slept. */
START_TEST(too_many_late_ticks_are_one_run) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	ck_assert_int_eq(core_add_job(&c, "j", CORE_TOPIC_TARGET), ST_OK);
	core_pass(&c, 101 * US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 1);
	ck_assert_int_eq(c.em->counters.ticksMerged, 100);
	ck_assert_int_eq(core_journal(&c, "\"tick\"", "\"merged\":100"), 1);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us,
		CORE_START_US + 102 * US_PER_HOUR);
	/* two years: so many are not counted one by one */
	core_pass(&c, 731 * US_PER_DAY);
	ck_assert_int_eq(c.em->counters.ticks, 2);
	ck_assert_int_eq(c.em->counters.ticksMerged, 100 + 10000);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us,
		CORE_START_US + 731 * US_PER_DAY + 102 * US_PER_HOUR);
	core_close(&c);
}
END_TEST

/* Those that came while it ran, or waited for a retry, are one run. */
START_TEST(ticks_of_a_job_held_up_are_one_run) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET CORE_RETRIES);
	core_pass(&c, US_PER_HOUR);
	core_pass(&c, 5 * US_PER_HOUR);
	core_answer(&c, 0, 500);
	core_pass(&c, 2 * US_PER_HOUR); /* the retry, late as well */
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(c.sent[1].when_us, CORE_START_US + US_PER_HOUR);
	core_answer(&c, 1, 200);
	ck_assert_uint_eq(c.sent_len, 3);
	ck_assert_int_eq(c.sent[2].when_us, CORE_START_US + 2 * US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 2);
	ck_assert_int_eq(c.em->counters.ticksMerged, 6);
	c.http = 200;
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 3);
	core_sent_by(&c, US_PER_HOUR, 4);
	core_close(&c);
}
END_TEST

/* The state is put down at an instant and taken up at another. */
static void away_until(struct core *c, const char *path, int64_t us) {
	emu_begin(c->em);
	(void)store_run(
		c->em->store, Q_META_SET, "ti", "clock_us", CORE_START_US + us);
	ck_assert_int_eq(emu_commit(c->em), 0);
	core_close(c);
	core_open(c, path);
	core_settle(c);
}

START_TEST(ticks_missed_while_no_process_ran_are_one_run) {
	auto_free char *path = core_temp("missed");
	struct core c;
	core_open(&c, path);
	ck_assert_int_eq(core_add_job(&c, "j", CORE_HTTP_TARGET), ST_OK);
	ck_assert_int_eq(core_add_job(&c, "idle", CORE_HTTP_TARGET), ST_OK);
	ck_assert_int_eq(core_act(&c, sched_pause, "idle"), ST_OK);
	away_until(&c, path, 5 * US_PER_HOUR + US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(c.sent[0].when_us, CORE_START_US + US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticks, 1);
	ck_assert_int_eq(c.em->counters.ticksMerged, 4);
	core_answer(&c, 0, 200);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us,
		CORE_START_US + 6 * US_PER_HOUR);
	core_close(&c);
	core_remove(path);
}
END_TEST

/* The retry comes first, for the tick that it belongs to, and once; then one
 * run for the ticks that were missed. */
START_TEST(a_retry_missed_while_no_process_ran) {
	auto_free char *path = core_temp("missed_retry");
	struct core c;
	core_open(&c, path);
	ck_assert_int_eq(
		core_add_job(&c, "j", CORE_HTTP_TARGET CORE_RETRIES), ST_OK);
	core_pass(&c, US_PER_HOUR);
	core_answer(&c, 0, 500);
	away_until(&c, path, 5 * US_PER_HOUR + US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(c.sent[0].when_us, CORE_START_US + US_PER_HOUR);
	core_answer(&c, 0, 200);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(c.sent[1].when_us, CORE_START_US + 2 * US_PER_HOUR);
	ck_assert_int_eq(c.em->counters.ticksMerged, 3);
	core_answer(&c, 1, 200);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us,
		CORE_START_US + 6 * US_PER_HOUR);
	core_close(&c);
	core_remove(path);
}
END_TEST

/* Facts scheduler.md section 3: a plain interval counts from the run before. */
START_TEST(an_interval_missed_while_no_process_ran) {
	auto_free char *path = core_temp("missed_interval");
	auto_status struct status st = STATUS_INIT;
	struct core c;
	core_open(&c, path);
	ck_assert_int_eq(
		CORE_TX(&c, sched_create(c.em, CORE_P, "l", "j",
				    "{\"schedule\":\"every 90 minutes\","
				    "\"timeZone\":\"Etc/UTC\"," CORE_HTTP_TARGET
				    "}",
				    &st)),
		ST_OK);
	away_until(&c, path, 24 * US_PER_HOUR + 30 * US_PER_S);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(c.sent[0].when_us, CORE_START_US + 90 * US_PER_MIN);
	core_answer(&c, 0, 200);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us,
		CORE_START_US + 25 * US_PER_HOUR + 30 * US_PER_MIN);
	/* and nothing falsely: another restart, nothing due */
	away_until(&c, path, 25 * US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 0);
	core_close(&c);
	core_remove(path);
}
END_TEST

/* Facts scheduler.md section 4: no answer by attemptDeadline is
 * DEADLINE_EXCEEDED, which is google.rpc code 4. */
START_TEST(no_answer_in_time) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	core_pass(&c, US_PER_HOUR);
	c.sent[0].over = true;
	c.sent[0].done(c.sent[0].done_ctx, SENT_LATE, "too late");
	core_settle(&c);
	ck_assert_str_eq(core_get_job(&c, "j").status,
		"{\"code\":4,\"message\":\"too late\"}");
	ck_assert_int_eq(c.em->counters.attemptsFailed, 1);
	core_close(&c);
}
END_TEST

int main(void) {
	Suite *s = suite_create("sched_ends");
	unit_add(s, an_end_that_cannot_be_written_at_first);
	unit_add(s, an_execution_whose_beginning_was_not_written);
	unit_add(s, a_forced_run_that_was_not_written);
	unit_add(s, a_restart_between_forced_runs);
	unit_add(s, a_restart_of_one_paused_while_it_ran);
	unit_add(s, a_paused_job_is_not_retried);
	unit_add(s, each_late_tick_happens);
	unit_add(s, too_many_late_ticks_are_one_run);
	unit_add(s, ticks_of_a_job_held_up_are_one_run);
	unit_add(s, ticks_missed_while_no_process_ran_are_one_run);
	unit_add(s, a_retry_missed_while_no_process_ran);
	unit_add(s, an_interval_missed_while_no_process_ran);
	unit_add(s, no_answer_in_time);
	return unit_run(s);
}
