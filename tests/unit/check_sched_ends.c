/* SPDX-License-Identifier: MIT */
/* Schedules when something goes wrong: what cannot be written, a process that
 * ended, a clock that was not looked at for long. */
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

/* A commit that fails must not stop a schedule for ever. */
START_TEST(an_end_that_cannot_be_written_at_first) {
	struct core c;
	core_open(&c, NULL);
	ck_assert_int_eq(core_add_job(&c, "j", CORE_HTTP_TARGET), ST_OK);
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
	core_advance(&c, 2 * US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 3);
	core_close(&c);
}
END_TEST

/* It goes out again, and the end of the first settles nothing. */
START_TEST(an_execution_whose_beginning_was_not_written) {
	struct core c;
	core_open(&c, NULL);
	ck_assert_int_eq(core_add_job(&c, "j", CORE_HTTP_TARGET), ST_OK);
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
	core_advance(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 3);
	core_close(&c);
}
END_TEST

/* Only the timeline knows of a forced run. */
START_TEST(a_forced_run_that_was_not_written) {
	struct core c;
	core_open(&c, NULL);
	ck_assert_int_eq(core_add_job(&c, "j", CORE_HTTP_TARGET), ST_OK);
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

int main(void) {
	Suite *s = suite_create("sched_ends");
	unit_add(s, an_end_that_cannot_be_written_at_first);
	unit_add(s, an_execution_whose_beginning_was_not_written);
	unit_add(s, a_forced_run_that_was_not_written);
	return unit_run(s);
}
