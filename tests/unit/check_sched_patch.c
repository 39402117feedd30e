/* SPDX-License-Identifier: MIT */
/* A job that becomes another one: its ticks, its executions, its retries. */
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define HALF "\"schedule\":\"30 * * * *\",\"timeZone\":\"Etc/UTC\","
#define HOUR "\"schedule\":\"0 * * * *\",\"timeZone\":\"Etc/UTC\","
#define OTHER_TARGET                                                           \
	"\"httpTarget\":{\"uri\":\"http://other/\"},"                          \
	"\"attemptDeadline\":\"30s\""

static int patch(struct core *c, const char *name, const char *body) {
	auto_status struct status st = STATUS_INIT;
	int rc = CORE_TX(c, sched_patch(c->em, CORE_P, "l", name, body, &st));
	core_settle(c);
	return rc;
}

START_TEST(another_schedule) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	c.http = 200;
	core_advance(&c, 10 * US_PER_MIN);
	ck_assert_int_eq(patch(&c, "j", "{" HALF CORE_HTTP_TARGET "}"), ST_OK);
	struct core_job s = core_get_job(&c, "j");
	ck_assert_int_eq(s.j.next_us, CORE_START_US + 30 * US_PER_MIN);
	ck_assert_int_eq(s.j.update_us, CORE_START_US + 10 * US_PER_MIN);
	core_sent_by(&c, 110 * US_PER_MIN, 2);
	ck_assert_int_eq(c.sent[0].when_us, CORE_START_US + 30 * US_PER_MIN);
	ck_assert_int_eq(c.sent[1].when_us, CORE_START_US + 90 * US_PER_MIN);
	ck_assert_int_eq(
		patch(&c, "x", "{" HALF CORE_HTTP_TARGET "}"), ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

/* Back and forth within the hour: neither lost nor doubled. */
START_TEST(the_same_schedule_again) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	c.http = 200;
	ck_assert_int_eq(patch(&c, "j", "{" HALF CORE_HTTP_TARGET "}"), ST_OK);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
			patch(&c, "j", "{" HOUR OTHER_TARGET "}"), ST_OK);
	core_sent_by(&c, US_PER_HOUR, 1);
	ck_assert_str_eq(c.sent[0].to, "{\"uri\":\"http://other/\"}");
	core_close(&c);
}
END_TEST

START_TEST(a_paused_job_stays_paused) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	ck_assert_int_eq(core_act(&c, sched_pause, "j"), ST_OK);
	ck_assert_int_eq(patch(&c, "j", "{" HALF CORE_HTTP_TARGET "}"), ST_OK);
	ck_assert_int_eq(core_get_job(&c, "j").j.next_us, STORE_NULL);
	core_pass(&c, US_PER_DAY + US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, 0);
	ck_assert_int_eq(core_act(&c, sched_resume, "j"), ST_OK);
	core_pass(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(c.sent[0].when_us,
		CORE_START_US + US_PER_DAY + 30 * US_PER_MIN);
	core_close(&c);
}
END_TEST

/* What waits for its retry goes to where the job now leads: that is how people
 * mend one. */
START_TEST(a_retry_that_waits) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET CORE_RETRIES);
	core_pass(&c, US_PER_HOUR);
	core_answer(&c, 0, 500);
	ck_assert_int_eq(
		patch(&c, "j", "{" HALF OTHER_TARGET CORE_RETRIES "}"), ST_OK);
	core_pass(&c, 10 * US_PER_S);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_str_eq(c.sent[1].to, "{\"uri\":\"http://other/\"}");
	ck_assert_int_eq(c.sent[1].when_us, CORE_START_US + US_PER_HOUR);
	core_answer(&c, 1, 200);
	core_pass(&c, 30 * US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, 3);
	ck_assert_int_eq(c.sent[2].when_us, CORE_START_US + 90 * US_PER_MIN);
	core_close(&c);
}
END_TEST

START_TEST(changed_while_it_runs) {
	struct core c;
	core_open_job(&c, CORE_HTTP_TARGET);
	core_pass(&c, US_PER_HOUR);
	ck_assert_int_eq(patch(&c, "j", "{" HALF CORE_HTTP_TARGET "}"), ST_OK);
	ck_assert(core_get_job(&c, "j").j.running);
	core_pass(&c, 40 * US_PER_MIN);
	ck_assert_uint_eq(c.sent_len, 1);
	core_answer(&c, 0, 200);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(c.sent[1].when_us, CORE_START_US + 90 * US_PER_MIN);
	core_close(&c);
}
END_TEST

START_TEST(out_of_memory) {
	long refused = 0;
	for (long n = 0; n < 60; n++) {
		struct core c;
		core_open_job(&c, CORE_HTTP_TARGET);
		auto_status struct status st = STATUS_INIT;
		c.http = 200;
		mem_fail_after(n);
		emu_begin(c.em);
		int rc = core_end(
			&c, sched_patch(c.em, CORE_P, "l", "j",
				    "{" HALF CORE_HTTP_TARGET "}", &st));
		mem_fail_off();
		refused += rc != 0;
		core_sent_by(&c, US_PER_HOUR, 1);
		core_close(&c);
	}
	ck_assert_int_gt(refused, 3);
}
END_TEST

int main(void) {
	Suite *s = suite_create("sched_patch");
	unit_add(s, another_schedule);
	unit_add(s, the_same_schedule_again);
	unit_add(s, a_paused_job_stays_paused);
	unit_add(s, a_retry_that_waits);
	unit_add(s, changed_while_it_runs);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
