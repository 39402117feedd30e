/* SPDX-License-Identifier: MIT */
/* Jobs whose life is not the usual one: fates, limits, trials, and what they
 * show of it. Usually 5 s queued, 100 s preparing, 300 s running, 5 s
 * cancelling. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/fates.h"
#include "emulator/core/life.h"
#include "emulator/core/output.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define S US_PER_S
#define TUNING                                                                 \
	"{\"trainingInput\":{\"hyperparameters\":{\"maxTrials\":4,"            \
	"\"maxParallelTrials\":2,\"maxFailedTrials\":2,\"params\":[{"          \
	"\"parameterName\":\"x\",\"type\":\"DOUBLE\",\"minValue\":0,"          \
	"\"maxValue\":1}]}}}"

/* A job as it was seen, with its texts kept. */
struct seen {
	struct job j;
	char error[600], output[4000];
	int64_t position, now;
};

static void see(void *ctx, const struct job *j) {
	struct seen *s = ctx;
	s->j = *j;
	s->position = life_position(j);
	(void)snprintf(s->error, sizeof s->error, "%s",
		j->error ? j->error : "(none)");
	struct buf b;
	buf_init(&b, sizeof s->output);
	output_add(&b, j, s->now);
	(void)snprintf(s->output, sizeof s->output, "%s", b.p ? b.p : "");
	buf_done(&b);
}

static void fate(struct core *c, const char *text) {
	struct err e = {0};
	auto_json json_t *o = jsn_parse(text, strlen(text), true, NULL);
	ck_assert_msg(CORE_TX(c, fates_add(c->em, o, &e)) == 0, "%s", e.msg);
}

static int try_create(
	struct core *c, const char *id, const char *input, struct status *st) {
	struct seen s = {.now = emu_now(c->em)};
	return CORE_TX(
		c, jobs_create(c->em, CORE_P, id, input, NULL, see, &s, st));
}

static void create(struct core *c, const char *input) {
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(try_create(c, "j", input, &st), ST_OK);
}

static struct seen get(struct core *c) {
	auto_status struct status st = STATUS_INIT;
	struct seen s = {.now = emu_now(c->em)};
	ck_assert_int_eq(jobs_get(c->em, CORE_P, "j", see, &s, &st), ST_OK);
	return s;
}

static int cancel(struct core *c, struct status *st) {
	return CORE_TX(c, jobs_cancel(c->em, CORE_P, "j", st));
}

/* Seconds after the create, or -1. */
static int64_t after(int64_t us) {
	return us == STORE_NULL ? -1 : (us - CORE_START_US) / S;
}

/* The job's whole life under a fate. */
static void fate_case(void *ctx, char *const *cols) {
	(void)ctx;
	struct core c;
	core_open(&c, NULL);
	fate(&c, cols[0]);
	create(&c, cols[1]);
	core_advance(&c, 30 * US_PER_DAY);
	struct seen s = get(&c);
	ck_assert_msg(!strcmp(job_state_name(s.j.state), cols[2]), "%s: %s",
		cols[0], job_state_name(s.j.state));
	ck_assert_int_eq(after(s.j.prepare_us), atoll(cols[3]));
	ck_assert_int_eq(after(s.j.start_us), atoll(cols[4]));
	ck_assert_int_eq(after(s.j.cancel_us), atoll(cols[5]));
	ck_assert_int_eq(after(s.j.end_us), atoll(cols[6]));
	ck_assert_msg(!strncmp(s.error, cols[7], strlen(cols[7])), "%s: %s",
		cols[0], s.error);
	core_close(&c);
}

START_TEST(lives) {
	unit_tsv("emulator/core/lives.tsv", 8, fate_case, NULL);
}
END_TEST

/* What limits there are count from the create, or from the start. */
START_TEST(a_long_queue_needs_no_fate) {
	struct core c;
	core_open(&c, NULL);
	c.em->life.queued_us = 1801 * S;
	create(&c, "{\"trainingInput\":{\"scheduling\":{\"maxWaitTime\":"
		   "\"1800s\"}}}");
	core_advance(&c, 1800 * S - 1);
	ck_assert_int_eq(get(&c).j.state, JOB_QUEUED);
	core_advance(&c, 1);
	ck_assert_int_eq(get(&c).j.state, JOB_CANCELLING);
	core_close(&c);
}
END_TEST

START_TEST(a_fate_is_for_the_jobs_that_come) {
	struct core c;
	core_open(&c, NULL);
	create(&c, "{}");
	fate(&c, "{\"outcome\":\"stuck\"}");
	core_advance(&c, 5 * S);
	ck_assert_int_eq(get(&c).j.state, JOB_PREPARING);
	core_close(&c);
}
END_TEST

START_TEST(a_fate_outlives_its_rule) {
	auto_free char *path = core_temp("life");
	struct core c;
	core_open(&c, path);
	fate(&c, "{\"running\":\"7s\",\"outcome\":\"failure\",\"count\":1}");
	create(&c, "{}");
	CORE_TX(&c, (fates_clear(c.em), 0));
	core_close(&c);
	core_open(&c, path);
	core_advance(&c, 112 * S);
	ck_assert_int_eq(get(&c).j.state, JOB_FAILED);
	core_close(&c);
	core_remove(path);
}
END_TEST

START_TEST(a_place_in_the_queue) {
	struct core c;
	core_open(&c, NULL);
	fate(&c, "{\"jobPosition\":3}");
	create(&c, "{}");
	ck_assert_int_eq(get(&c).position, 3);
	core_advance(&c, 5 * S);
	ck_assert_int_eq(get(&c).position, 0);
	core_close(&c);
}
END_TEST

/* A refusal counts, and is none for a job that is there already. */
START_TEST(no_quota) {
	struct core c;
	auto_status struct status st = STATUS_INIT;
	core_open(&c, NULL);
	create(&c, "{}");
	fate(&c, "{\"outcome\":\"quota\",\"count\":2}");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
			try_create(&c, "k", "{}", &st), ST_RESOURCE_EXHAUSTED);
		ck_assert_int_eq(c.em->counters.jobsCreated, 1);
	}
	ck_assert_int_eq(try_create(&c, "k", "{}", &st), ST_OK);
	fate(&c, "{\"outcome\":\"quota\"}");
	ck_assert_int_eq(try_create(&c, "j", "{}", &st), ST_ALREADY_EXISTS);
	core_close(&c);
}
END_TEST

START_TEST(a_strict_cancel) {
	struct core c;
	auto_status struct status st = STATUS_INIT;
	core_open(&c, NULL);
	c.em->strict_cancel = true;
	create(&c, "{}");
	ck_assert_int_eq(cancel(&c, &st), ST_OK);
	ck_assert_int_eq(cancel(&c, &st), ST_OK);
	ck_assert_str_ne(get(&c).error, "(none)");
	core_advance(&c, 5 * S);
	uint64_t etag = get(&c).j.etag;
	ck_assert_int_eq(cancel(&c, &st), ST_FAILED_PRECONDITION);
	ck_assert_msg(
		strstr(st.message, "CANCELLED") != NULL, "%s", st.message);
	ck_assert_uint_eq(get(&c).j.etag, etag);
	core_close(&c);
}
END_TEST

/* consumedMLUnits: 4 x 0.09694 an hour, ten minutes at least, when it ran. */
START_TEST(what_was_consumed) {
	static const struct {
		int64_t cancel_s;
		const char *output;
	} cases[] = {{50, ",\"trainingOutput\":{}"},
		{150, ",\"trainingOutput\":{\"consumedMLUnits\":0.06}"},
		{4000, ",\"trainingOutput\":{\"consumedMLUnits\":0.38}"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct core c;
		auto_status struct status st = STATUS_INIT;
		core_open(&c, NULL);
		c.em->life.running_us = 3600 * S;
		create(&c, "{\"trainingInput\":{}}");
		core_advance(&c, cases[i].cancel_s * S);
		bool over = cases[i].cancel_s > 3705;
		if (!over)
			ck_assert_str_eq(
				get(&c).output, ",\"trainingOutput\":{}");
		ck_assert_int_eq(cancel(&c, &st), ST_OK);
		core_advance(&c, 5 * S);
		ck_assert_str_eq(get(&c).output, cases[i].output);
		core_close(&c);
	}
}
END_TEST

START_TEST(a_prediction) {
	struct core c;
	core_open(&c, NULL);
	c.em->life.running_us = 900 * S;
	create(&c, "{\"predictionInput\":{\"outputPath\":\"gs://b/o\"}}");
	ck_assert_str_eq(get(&c).output,
		",\"predictionOutput\":{\"outputPath\":\"gs://b/o\"}");
	core_advance(&c, 1005 * S);
	ck_assert_str_eq(get(&c).output,
		",\"predictionOutput\":{\"outputPath\":\"gs://b/o\","
		"\"nodeHours\":0.25}");
	core_close(&c);
}
END_TEST

/* Facts section 2: keys of the shape ROLE-replica-N, with web access only. */
START_TEST(web_access) {
	struct core c;
	core_open(&c, NULL);
	create(&c, "{\"trainingInput\":{\"enableWebAccess\":true,"
		   "\"scaleTier\":\"STANDARD_1\"}}");
	ck_assert_str_eq(get(&c).output, ",\"trainingOutput\":{}");
	core_advance(&c, 105 * S);
	static const char *const keys[] = {"\"master-replica-0\"",
		"\"worker-replica-0\"", "\"worker-replica-3\"",
		"\"ps-replica-2\""};
	struct seen s = get(&c);
	for (size_t i = 0; i < 4; i++)
		ck_assert_msg(strstr(s.output, keys[i]) != NULL, "%s: %s",
			keys[i], s.output);
	ck_assert_ptr_null(strstr(s.output, "worker-replica-4"));
	core_advance(&c, 300 * S);
	ck_assert_ptr_null(strstr(get(&c).output, "webAccessUris"));
	core_close(&c);
}
END_TEST

/* Facts section 7: a tuning job's machines are those of its trials. */
START_TEST(web_access_of_trials) {
	struct core c;
	core_open(&c, NULL);
	create(&c, "{\"trainingInput\":{\"hyperparameters\":{\"params\":[{"
		   "\"parameterName\":\"x\",\"type\":\"DOUBLE\",\"minValue\":1,"
		   "\"maxValue\":2}],\"maxTrials\":3,\"maxParallelTrials\":2},"
		   "\"enableWebAccess\":true}}");
	core_advance(&c, 105 * S);
	struct seen s = get(&c);
	const char *first = strstr(s.output, "\"webAccessUris\":{\"master");
	ck_assert_ptr_nonnull(first);
	const char *second = strstr(first + 1, "\"webAccessUris\":{\"master");
	ck_assert_ptr_nonnull(second);
	ck_assert_ptr_null(strstr(second + 1, "\"webAccessUris"));
	ck_assert(strncmp(first, second, strcspn(first, "}")) != 0);
	/* the third, which is alone now */
	core_advance(&c, 150 * S);
	s = get(&c);
	first = strstr(s.output, "webAccessUris");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_null(strstr(first + 1, "webAccessUris"));
	core_advance(&c, 150 * S);
	ck_assert_ptr_null(strstr(get(&c).output, "webAccessUris"));
	core_close(&c);
}
END_TEST

static int trials_in(const struct seen *s, const char *state) {
	auto_free char *word = mem_printf("\"state\":\"%s\"", state);
	int n = 0;
	for (const char *at = s->output; (at = strstr(at, word)); at++)
		n++;
	return n;
}

/* Two rounds of two trials; 2 x 150 s of each of two at once are 600 s. */
START_TEST(a_tuning_job) {
	static const struct {
		int64_t at_s;
		int running, succeeded;
	} steps[] = {{0, 0, 0}, {104, 0, 0}, {105, 2, 0}, {254, 2, 0},
		{255, 2, 2}, {404, 2, 2}, {405, 0, 4}, {9999, 0, 4}};
	struct core c;
	core_open(&c, NULL);
	create(&c, TUNING);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		core_advance(
			&c, CORE_START_US + steps[i].at_s * S - emu_now(c.em));
		struct seen s = get(&c);
		ck_assert_int_eq(trials_in(&s, "RUNNING"), steps[i].running);
		ck_assert_int_eq(
			trials_in(&s, "SUCCEEDED"), steps[i].succeeded);
		ck_assert_ptr_nonnull(
			strstr(s.output, "\"isHyperparameterTuningJob\":true,"
					 "\"hyperparameterMetricTag\":"
					 "\"training/hptuning/metric\"}"));
	}
	struct seen s = get(&c);
	ck_assert_ptr_nonnull(
		strstr(s.output, "\"completedTrialCount\":\"4\""));
	/* 0.38776 x 600 s of an hour */
	ck_assert_ptr_nonnull(strstr(s.output, "\"consumedMLUnits\":0.06,"));
	core_close(&c);
}
END_TEST

/* Trials go on as planned when the process before had another --job-life. */
START_TEST(a_tuning_job_keeps_its_plan) {
	auto_free char *path = core_temp("tuning");
	struct core c;
	core_open(&c, path);
	c.em->life.running_us = 1000 * S;
	create(&c, TUNING);
	core_advance(&c, 110 * S);
	core_close(&c);
	core_open(&c, path);
	core_advance(&c, 300 * S);
	struct seen s = get(&c);
	ck_assert_int_eq(trials_in(&s, "RUNNING"), 2);
	core_advance(&c, 195 * S);
	s = get(&c);
	ck_assert_int_eq(trials_in(&s, "SUCCEEDED"), 2);
	core_advance(&c, 500 * S);
	ck_assert_int_eq(get(&c).j.state, JOB_SUCCEEDED);
	core_close(&c);
	core_remove(path);
}
END_TEST

START_TEST(a_cancelled_tuning_job) {
	struct core c;
	auto_status struct status st = STATUS_INIT;
	core_open(&c, NULL);
	create(&c, TUNING);
	core_advance(&c, 260 * S);
	ck_assert_int_eq(cancel(&c, &st), ST_OK);
	for (int i = 0; i < 2; i++) {
		struct seen s = get(&c);
		ck_assert_int_eq(trials_in(&s, "SUCCEEDED"), 2);
		ck_assert_int_eq(trials_in(&s, "CANCELLED"), 2);
		core_advance(&c, 10 * S);
	}
	ck_assert_int_eq(get(&c).j.state, JOB_CANCELLED);
	core_close(&c);
}
END_TEST

START_TEST(a_tuning_job_that_fails_too_often) {
	struct core c;
	core_open(&c, NULL);
	fate(&c, "{\"failedTrials\":2}");
	create(&c, TUNING);
	core_advance(&c, 10000 * S);
	struct seen s = get(&c);
	ck_assert_int_eq(s.j.state, JOB_FAILED);
	ck_assert_int_eq(after(s.j.end_us), 255);
	ck_assert_msg(
		strstr(s.error, "trials have failed") != NULL, "%s", s.error);
	ck_assert_int_eq(trials_in(&s, "FAILED"), 2);
	ck_assert_int_eq(trials_in(&s, "SUCCEEDED"), 0);
	core_close(&c);
}
END_TEST

/* Memory that runs out at any step: the step is taken later, and whole. */
static void nomem_case(const char *rule, const char *input, int64_t at_s) {
	for (long n = 0; n < 40; n++) {
		struct core c;
		core_open(&c, NULL);
		fate(&c, rule);
		create(&c, input);
		core_advance(&c, (at_s - 1) * S);
		vclock_set(&c.em->clock, CORE_START_US + at_s * S);
		mem_fail_after(n);
		turn_run(c.em);
		mem_fail_off();
		core_settle(&c);
		struct seen s = get(&c);
		ck_assert_int_eq(s.j.state, JOB_FAILED);
		ck_assert_str_ne(s.error, "(none)");
		ck_assert_ptr_nonnull(strstr(s.output, "consumedMLUnits"));
		core_close(&c);
	}
}

START_TEST(out_of_memory) {
	nomem_case("{\"outcome\":\"failure\"}",
		"{\"trainingInput\":{\"scheduling\":{\"maxRunningTime\":"
		"\"9999s\"}}}",
		405);
	nomem_case("{\"failedTrials\":2}", TUNING, 255);
}
END_TEST

/* A create that is not told of its fate is refused, and not half done. */
START_TEST(out_of_memory_at_the_create) {
	long failures = 0;
	int rc = -1;
	for (long n = 0; rc != ST_OK; n++) {
		struct core c;
		auto_status struct status st = STATUS_INIT;
		struct seen s = {0};
		core_open(&c, NULL);
		fate(&c, "{\"image\":\"?*\"}");
		fate(&c, "{\"outcome\":\"stuck\"}");
		mem_fail_after(n);
		emu_begin(c.em);
		rc = jobs_create(c.em, CORE_P, "j", "{}", NULL, see, &s, &st);
		mem_fail_off();
		(void)core_end(&c, rc);
		ck_assert(rc == ST_OK || rc == ST_INTERNAL);
		failures += rc != ST_OK;
		core_advance(&c, 100 * S);
		if (rc == ST_OK)
			ck_assert_int_eq(get(&c).j.state, JOB_QUEUED);
		core_close(&c);
	}
	ck_assert_int_gt(failures, 3);
}
END_TEST

int main(void) {
	Suite *s = suite_create("life");
	unit_add(s, lives);
	unit_add(s, a_long_queue_needs_no_fate);
	unit_add(s, a_fate_is_for_the_jobs_that_come);
	unit_add(s, a_fate_outlives_its_rule);
	unit_add(s, a_place_in_the_queue);
	unit_add(s, no_quota);
	unit_add(s, a_strict_cancel);
	unit_add(s, what_was_consumed);
	unit_add(s, a_prediction);
	unit_add(s, web_access);
	unit_add(s, web_access_of_trials);
	unit_add(s, a_tuning_job);
	unit_add(s, a_tuning_job_keeps_its_plan);
	unit_add(s, a_cancelled_tuning_job);
	unit_add(s, a_tuning_job_that_fails_too_often);
	unit_add(s, out_of_memory);
	unit_add(s, out_of_memory_at_the_create);
	return unit_run(s);
}
