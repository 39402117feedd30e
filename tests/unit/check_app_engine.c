/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/app_engine.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define TARGET                                                                 \
	"{\"httpMethod\":\"GET\",\"appEngineRouting\":{\"service\":\"svc\","   \
	"\"version\":\"v1\"},\"relativeUri\":\"/cron\"}"
#define JOB "\"appEngineHttpTarget\":" TARGET

static void host(const char *target, const char *want) {
	auto_json json_t *t = jsn_parse(target, strlen(target), true, NULL);
	auto_free char *got = app_engine_host(t, "p");
	ck_assert_str_eq(got, want);
}

/* REST reference, AppEngineRouting.host */
START_TEST(hosts) {
	host("{}", "p.appspot.com");
	host("{\"appEngineRouting\":{}}", "p.appspot.com");
	host("{\"appEngineRouting\":{\"service\":\"s\"}}", "s.p.appspot.com");
	host("{\"appEngineRouting\":{\"version\":\"v\"}}", "v.p.appspot.com");
	host("{\"appEngineRouting\":{\"instance\":\"i\",\"service\":\"s\"}}",
		"i.s.p.appspot.com");
	host("{\"appEngineRouting\":{\"service\":\"s\",\"version\":\"v\","
	     "\"instance\":\"i\"}}",
		"i.v.s.p.appspot.com");
}
END_TEST

/* Nothing stands in for the app: it is on record, and counts as answered. */
START_TEST(without_an_app) {
	struct core c;
	core_open(&c, NULL);
	ck_assert_int_eq(core_add_job(&c, "j", JOB), ST_OK);
	core_sent_by(&c, US_PER_HOUR, 0);
	ck_assert_int_eq(c.em->counters.attempts, 1);
	ck_assert_int_eq(c.em->counters.attemptsFailed, 0);
	ck_assert_str_eq(core_get_job(&c, "j").status, "{}");
	ck_assert_int_eq(core_journal(&c, "\"appEngine\"",
				 "\"method\":\"GET\",\"host\":\"v1.svc." CORE_P
				 ".appspot.com\",\"path\":\"/cron\""),
		1);
	core_close(&c);
}
END_TEST

/* Facts scheduler.md section 4: 503 is retried whatever the rule, and is not
 * counted; the rule here is to retry once. */
START_TEST(a_fault_of_the_system) {
	struct core c;
	core_open(&c, NULL);
	c.em->app_engine = "http://app/";
	ck_assert_int_eq(core_add_job(&c, "j",
				 JOB ",\"attemptDeadline\":\"60s\","
				     "\"retryConfig\":{\"retryCount\":1}"),
		ST_OK);
	core_pass(&c, US_PER_HOUR);
	ck_assert_str_eq(c.sent[0].to, TARGET);
	ck_assert_int_eq(c.sent[0].timeout_us, 60 * US_PER_S);
	for (size_t i = 0; i < 4; i++) {
		core_answer(&c, i, 503);
		ck_assert_int_eq(core_get_job(&c, "j").j.retry_us,
			emu_now(c.em) + 5 * US_PER_S);
		core_pass(&c, 5 * US_PER_S);
		ck_assert_uint_eq(c.sent_len, i + 2);
	}
	core_answer(&c, 4, 500);
	core_pass(&c, 5 * US_PER_S);
	ck_assert_uint_eq(c.sent_len, 6);
	core_answer(&c, 5, 500);
	ck_assert_int_eq(core_get_job(&c, "j").j.retry_us, STORE_NULL);
	ck_assert_int_eq(c.em->counters.attemptsFailed, 6);
	/* without a rule, too; but not for a run by hand */
	ck_assert_int_eq(core_add_job(&c, "k", JOB), ST_OK);
	ck_assert_int_eq(core_act(&c, sched_run, "k"), ST_OK);
	core_answer(&c, 6, 503);
	ck_assert_int_eq(core_get_job(&c, "k").j.retry_us, STORE_NULL);
	core_close(&c);
}
END_TEST

START_TEST(deadlines) {
	static const struct {
		const char *member;
		int64_t us;
	} rows[] = {{"", 10 * US_PER_MIN},
		{",\"attemptDeadline\":\"0s\"", 10 * US_PER_MIN},
		{",\"attemptDeadline\":\"3600s\"", US_PER_HOUR}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct core c;
		core_open(&c, NULL);
		c.em->app_engine = "http://app";
		auto_free char *job = mem_printf(JOB "%s", rows[i].member);
		ck_assert_int_eq(core_add_job(&c, "j", job), ST_OK);
		core_pass(&c, US_PER_HOUR);
		ck_assert_int_eq(c.sent[0].timeout_us, rows[i].us);
		core_close(&c);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("app_engine");
	unit_add(s, hosts);
	unit_add(s, without_an_app);
	unit_add(s, a_fault_of_the_system);
	unit_add(s, deadlines);
	return unit_run(s);
}
