/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/core/logs.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define JOB_LIFE_S 405 /* 5 queued, 100 preparing, 300 running */

/* What was shown: a line "+SECONDS SEVERITY task text" each, in order. */
struct shown {
	struct buf lines;
	int count;
	int64_t last_us;
	char last_id[LOGS_ID_MAX];
	int stop_after; /* then nothing later is wanted; 0: never */
};

static const char *text_of(json_t *entry) {
	const json_t *json = json_object_get(entry, "jsonPayload");
	return json_string_value(json ? json_object_get(json, "message")
				      : json_object_get(entry, "textPayload"));
}

static void show(void *ctx, struct logs_range *r, const struct log_entry *en) {
	struct shown *s = ctx;
	auto_buf struct buf body;
	buf_init(&body, LOGS_ENTRY_MAX);
	ck_assert_int_eq(logs_write(en, &body), 0);
	auto_json json_t *entry = jsn_parse(body.p, body.len, true, NULL);
	ck_assert_msg(entry != NULL, "no JSON: %s", body.p);
	ck_assert_str_eq(json_string_value(json_object_get(entry, "insertId")),
		en->insert_id);
	(void)buf_addf(&s->lines, "+%.6g %s %s %s\n",
		(double)(en->time_us - CORE_START_US) / US_PER_S,
		log_severity_names[en->severity / LOG_SEVERITY_STEP],
		en->task ? en->task : "-", text_of(entry));
	s->last_us = en->time_us;
	(void)snprintf(s->last_id, sizeof s->last_id, "%s", en->insert_id);
	if (++s->count == s->stop_after)
		*(r->newest_first ? &r->from_us : &r->to_us) = en->time_us;
}

static void look(struct core *c, const char *job_id, bool newest_first,
	struct shown *ret) {
	struct logs_range r = {.project = CORE_P,
		.job_id = job_id,
		.from_us = INT64_MIN,
		.to_us = INT64_MAX,
		.newest_first = newest_first};
	buf_init(&ret->lines, 100000);
	logs_each(c->em, r, show, ret);
}

static void check_lines(struct core *c, const char *job_id, const char *want) {
	struct shown s = {0};
	look(c, job_id, false, &s);
	ck_assert_str_eq(buf_str(&s.lines), want);
	buf_done(&s.lines);
}

#define PYTHON                                                                 \
	"{\"trainingInput\":{\"args\":[\"--a\",\"b c\"],"                      \
	"\"jobDir\":\"gs://b/d\",\"pythonModule\":\"trainer.task\"}}"
#define IMAGE                                                                  \
	"{\"trainingInput\":{\"masterConfig\":{\"imageUri\":\"gcr.io/p/"       \
	"i\"},\"args\":[\"\\\"pythonModule\\\":\\\"x\"]}}"

static int line(struct core *c, const char *id, const char *task, int severity,
	const char *text) {
	return CORE_TX(c, logs_line(c->em, CORE_P, id, task, severity, text));
}

#define QUEUED                                                                 \
	"+0 INFO service Validating job requirements...\n"                     \
	"+0.5 INFO service Job creation request has been successfully "        \
	"validated.\n"                                                         \
	"+1 INFO service Job j is queued.\n"
#define PREPARING QUEUED "+5 INFO service Waiting for job to be provisioned.\n"
#define RUNNING                                                                \
	PREPARING "+6 INFO service Waiting for training program to start.\n"
#define COMMAND                                                                \
	"+105 INFO master-replica-0 Running command: python3 -m "              \
	"trainer.task --a b c --job-dir gs://b/d\n"

/* Facts ml-jobs.md section 12, "Service lines in order". */
START_TEST(a_job_s_lines_come_as_its_time_passes) {
	struct core c;
	core_open(&c, NULL);
	core_submit(&c, "j", PYTHON);
	check_lines(
		&c, "j", "+0 INFO service Validating job requirements...\n");
	core_advance(&c, US_PER_S);
	check_lines(&c, "j", QUEUED);
	core_advance(&c, 4 * US_PER_S);
	check_lines(&c, "j", PREPARING);
	core_advance(&c, 99 * US_PER_S);
	check_lines(&c, "j", RUNNING);
	core_advance(&c, US_PER_S);
	check_lines(&c, "j", RUNNING COMMAND);
	core_advance(&c, 300 * US_PER_S);
	check_lines(&c, "j",
		RUNNING COMMAND
		"+405 INFO master-replica-0 Module completed; cleaning up.\n"
		"+405 INFO master-replica-0 Clean up finished.\n"
		"+405 INFO master-replica-0 Task completed successfully.\n"
		"+405 INFO service Tearing down training program.\n"
		"+405 INFO service Finished tearing down training program.\n"
		"+405 INFO service Job completed successfully.\n");
	core_close(&c);
}
END_TEST

START_TEST(an_image_has_no_command_line) {
	struct core c;
	core_open(&c, NULL);
	core_submit(&c, "j", IMAGE);
	core_advance(&c, 105 * US_PER_S);
	check_lines(&c, "j", RUNNING);
	core_close(&c);
}
END_TEST

START_TEST(a_prediction_trains_nothing) {
	struct core c;
	core_open(&c, NULL);
	core_submit(&c, "j", "{\"predictionInput\":{}}");
	core_advance(&c, JOB_LIFE_S * US_PER_S);
	check_lines(&c, "j",
		PREPARING "+405 INFO service Job completed successfully.\n");
	core_close(&c);
}
END_TEST

START_TEST(what_a_cancel_prevents_is_not_said) {
	struct core c;
	core_open(&c, NULL);
	core_submit(&c, "j", IMAGE);
	core_advance(&c, 2 * US_PER_S);
	core_cancel(&c, "j");
	core_advance(&c, 5 * US_PER_S);
	check_lines(&c, "j", QUEUED "+7 INFO service Job cancelled.\n");
	core_close(&c);
}
END_TEST

START_TEST(a_cancel_tears_down_what_has_run) {
	struct core c;
	core_open(&c, NULL);
	core_submit(&c, "j", IMAGE);
	core_advance(&c, 110 * US_PER_S);
	core_cancel(&c, "j");
	check_lines(&c, "j", RUNNING);
	core_advance(&c, 5 * US_PER_S);
	check_lines(&c, "j",
		RUNNING
		"+115 INFO master-replica-0 Clean up finished.\n"
		"+115 INFO service Tearing down training program.\n"
		"+115 INFO service Finished tearing down training program.\n"
		"+115 INFO service Job cancelled.\n");
	core_close(&c);
}
END_TEST

/* A life without any time: the lines keep their order by their ids. */
START_TEST(no_line_comes_after_the_next_state) {
	struct core c;
	core_open(&c, NULL);
	c.em->life = (struct job_life){0, 0, 0, 0};
	core_submit(&c, "j", PYTHON);
	core_settle(&c);
	struct shown s = {0};
	look(&c, "j", false, &s);
	ck_assert_int_eq(s.count, 12);
	ck_assert(strstr(buf_str(&s.lines), "+0 INFO service Waiting for "
					    "training program to start.\n"
					    "+0 INFO master-replica-0 Running "
					    "command: "));
	buf_done(&s.lines);
	core_close(&c);
}
END_TEST

/* At one instant: what a start says, a program's lines, what an end says. */
START_TEST(insert_ids_grow_within_an_instant) {
	struct core c;
	core_open(&c, NULL);
	c.em->life = (struct job_life){0, 0, 0, 0};
	core_submit(&c, "j", IMAGE);
	core_settle(&c);
	ck_assert_int_eq(
		line(&c, "j", "master-replica-0", LOG_AT_INFO, "one"), 0);
	struct shown stored = {0}, all = {0};
	ck_assert_int_eq(
		line(&c, "j", "master-replica-0", LOG_AT_ERROR, "two"), 0);
	look(&c, "j", false, &all);
	/* stored ones are shown first, then those that the row tells */
	ck_assert_int_eq(all.count, 2 + 5 + 6);
	ck_assert_int_eq(all.last_id[0], '2');
	look(&c, "other", false, &stored);
	ck_assert_int_eq(stored.count, 0);
	buf_done(&all.lines);
	buf_done(&stored.lines);
	core_close(&c);
}
END_TEST

START_TEST(lines_of_a_program_are_kept) {
	struct core c;
	core_open(&c, NULL);
	core_advance(&c, US_PER_S);
	ck_assert_int_eq(
		line(&c, "j", "master-replica-0", LOG_AT_INFO, "one"), 0);
	ck_assert_int_eq(
		line(&c, "j", "worker-replica-1", LOG_AT_ERROR, "a \"b\" \xff"),
		0);
	ck_assert_int_eq(
		line(&c, "k", "master-replica-0", LOG_AT_DEFAULT, ""), 0);
	check_lines(&c, "j",
		"+1 INFO master-replica-0 one\n"
		"+1 ERROR worker-replica-1 a \"b\" \xef\xbf\xbd\n");
	check_lines(&c, NULL,
		"+1 INFO master-replica-0 one\n"
		"+1 ERROR worker-replica-1 a \"b\" \xef\xbf\xbd\n"
		"+1 DEFAULT master-replica-0 \n");
	/* another project has none */
	struct logs_range r = {
		.project = "other", .from_us = INT64_MIN, .to_us = INT64_MAX};
	struct shown s = {0};
	logs_each(c.em, r, show, &s);
	ck_assert_int_eq(s.count, 0);
	core_close(&c);
}
END_TEST

/* Facts ml-jobs.md section 12, "Real entry shape". */
static void see_shape(
	void *ctx, struct logs_range *r, const struct log_entry *en) {
	(void)r;
	const char *const *want = ctx;
	auto_buf struct buf got;
	buf_init(&got, LOGS_ENTRY_MAX);
	ck_assert_int_eq(logs_write(en, &got), 0);
	ck_assert_str_eq(got.p, *want);
}

START_TEST(entries_have_the_service_s_shape) {
	struct core c;
	core_open(&c, NULL);
	core_advance(&c, 1);
	ck_assert_int_eq(
		line(&c, "j", "master-replica-0", LOG_AT_ERROR, "x"), 0);
	struct logs_range r = {.project = CORE_P,
		.job_id = "j",
		.from_us = INT64_MIN,
		.to_us = INT64_MAX};
	const char *output =
		"{\"insertId\":\"1000000000000001\","
		"\"jsonPayload\":{\"levelname\":\"ERROR\",\"message\":\"x\"},"
		"\"resource\":{\"type\":\"ml_job\",\"labels\":{\"job_id\":\"j\""
		",\"project_id\":\"p1\",\"task_name\":\"master-replica-0\"}},"
		"\"timestamp\":\"2026-03-09T00:00:00.000001000Z\","
		"\"severity\":\"ERROR\",\"labels\":{"
		"\"ml.googleapis.com/job_id\":\"j\","
		"\"ml.googleapis.com/trial_id\":\"\"},"
		"\"logName\":\"projects/p1/logs/master-replica-0\","
		"\"receiveTimestamp\":\"2026-03-09T00:00:00.000001000Z\"}";
	logs_each(c.em, r, see_shape, &output);
	core_submit(&c, "k", IMAGE);
	r.job_id = "k";
	const char *service =
		"{\"textPayload\":\"Validating job requirements...\","
		"\"insertId\":\"0000000000000001\","
		"\"resource\":{\"type\":\"ml_job\",\"labels\":{\"job_id\":\"k\""
		",\"project_id\":\"p1\",\"task_name\":\"service\"}},"
		"\"timestamp\":\"2026-03-09T00:00:00.000001000Z\","
		"\"severity\":\"INFO\",\"labels\":{"
		"\"ml.googleapis.com/endpoint\":\"\"},"
		"\"logName\":\"projects/p1/logs/ml.googleapis.com%2Fk\","
		"\"receiveTimestamp\":\"2026-03-09T00:00:00.000001000Z\"}";
	logs_each(c.em, r, see_shape, &service);
	core_close(&c);
}
END_TEST

START_TEST(a_range_is_kept_to_and_can_be_narrowed) {
	struct core c;
	core_open(&c, NULL);
	for (int i = 0; i < 5; i++) {
		char text[16];
		(void)snprintf(text, sizeof text, "%d", i);
		ck_assert_int_eq(line(&c, "x", "t", LOG_AT_INFO, text), 0);
		core_advance(&c, US_PER_S);
	}
	struct logs_range r = {.project = CORE_P,
		.from_us = CORE_START_US + US_PER_S,
		.to_us = CORE_START_US + 3 * US_PER_S};
	struct shown s = {.stop_after = 2};
	buf_init(&s.lines, 1000);
	logs_each(c.em, r, show, &s);
	ck_assert_str_eq(buf_str(&s.lines), "+1 INFO t 1\n+2 INFO t 2\n");
	buf_done(&s.lines);
	r.newest_first = true;
	s = (struct shown){.stop_after = 1};
	buf_init(&s.lines, 1000);
	logs_each(c.em, r, show, &s);
	ck_assert_str_eq(buf_str(&s.lines), "+3 INFO t 3\n");
	buf_done(&s.lines);
	core_close(&c);
}
END_TEST

/* All jobs of a project: those that were over, and those that came later than
 * the range, say nothing in it. */
START_TEST(jobs_out_of_the_range_are_passed_over) {
	struct core c;
	core_open(&c, NULL);
	core_submit(&c, "old", IMAGE);
	core_advance(&c, 1000 * US_PER_S);
	core_submit(&c, "mid", IMAGE);
	core_advance(&c, 1000 * US_PER_S);
	core_submit(&c, "new", IMAGE);
	for (int newest = 0; newest < 2; newest++) {
		struct logs_range r = {.project = CORE_P,
			.from_us = CORE_START_US + 1000 * US_PER_S,
			.to_us = CORE_START_US + 1001 * US_PER_S,
			.newest_first = newest};
		struct shown s = {0};
		buf_init(&s.lines, 1000);
		logs_each(c.em, r, show, &s);
		ck_assert_int_eq(s.count, 3);
		ck_assert_ptr_nonnull(strstr(buf_str(&s.lines),
			"+1001 INFO service Job mid is queued."));
		buf_done(&s.lines);
	}
	struct shown all = {0};
	look(&c, NULL, true, &all);
	ck_assert_int_eq(all.count, 11 + 11 + 1);
	buf_done(&all.lines);
	core_close(&c);
}
END_TEST

static int add(struct core *c, const char *log, const char *id, int64_t us) {
	char body[100];
	(void)snprintf(body, sizeof body,
		"{\"insertId\":\"%s\",\"textPayload\":\"x\"}", id);
	struct log_entry en = {.project = CORE_P,
		.time_us = us,
		.insert_id = id,
		.log = log,
		.type = "global",
		.body = body};
	return CORE_TX(c, logs_add(c->em, &en));
}

START_TEST(the_same_entry_is_kept_once) {
	struct core c;
	core_open(&c, NULL);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(add(&c, "l", "a", CORE_START_US), 0);
		ck_assert_int_eq(add(&c, "m", "a", CORE_START_US), 0);
		ck_assert_int_eq(add(&c, "l", "a", CORE_START_US - 1), 0);
	}
	struct shown s = {0};
	look(&c, NULL, false, &s);
	ck_assert_int_eq(s.count, 3);
	buf_done(&s.lines);
	core_close(&c);
}
END_TEST

static int count_since_ever(struct core *c) {
	struct shown s = {0};
	look(c, NULL, false, &s);
	buf_done(&s.lines);
	return s.count;
}

/* "more than 24 hours in the future", and what the default bucket keeps. */
START_TEST(entries_are_seen_for_a_time) {
	struct core c;
	core_open(&c, NULL);
	ck_assert_int_eq(add(&c, "l", "a", CORE_START_US + US_PER_DAY), 0);
	ck_assert_int_eq(count_since_ever(&c), 1);
	ck_assert_int_eq(add(&c, "l", "b", CORE_START_US + US_PER_DAY + 1), 0);
	ck_assert_int_eq(count_since_ever(&c), 1);
	core_advance(&c, 1);
	ck_assert_int_eq(count_since_ever(&c), 2);
	core_advance(&c, 31 * US_PER_DAY - 1);
	ck_assert_int_eq(count_since_ever(&c), 2);
	core_advance(&c, 1);
	ck_assert_int_eq(count_since_ever(&c), 1);
	core_advance(&c, 1);
	ck_assert_int_eq(count_since_ever(&c), 0);
	core_close(&c);
}
END_TEST

static void count(void *ctx, struct logs_range *r, const struct log_entry *en) {
	(void)r;
	(void)en;
	++*(int *)ctx;
}

static int count_all(struct core *c) {
	struct logs_range r = {.project = CORE_P,
		.job_id = "j",
		.from_us = INT64_MIN,
		.to_us = INT64_MAX};
	int n = 0;
	logs_each(c->em, r, count, &n);
	return n;
}

START_TEST(the_oldest_go) {
	struct core c;
	core_open(&c, NULL);
	emu_begin(c.em);
	for (int i = 0; i < LOGS_MAX + 3; i++)
		ck_assert_int_eq(
			logs_line(c.em, CORE_P, "j", "t", LOG_AT_INFO, "x"), 0);
	ck_assert_int_eq(emu_commit(c.em), 0);
	ck_assert_int_eq(count_all(&c), LOGS_MAX);
	/* so do they when they are many bytes */
	char *big = mem_alloc(LOGS_ENTRY_MAX);
	memset(big, 'x', LOGS_ENTRY_MAX);
	big[LOGS_ENTRY_MAX - 1000] = '\0';
	emu_begin(c.em);
	for (int i = 0; i < 1100; i++)
		ck_assert_int_eq(
			logs_line(c.em, CORE_P, "j", "t", LOG_AT_INFO, big), 0);
	ck_assert_int_eq(emu_commit(c.em), 0);
	int64_t each = LOGS_ENTRY_MAX - 1000;
	ck_assert_int_le(count_all(&c), LOGS_BYTES_MAX / each);
	ck_assert_int_ge(count_all(&c), LOGS_BYTES_MAX / (each + 1000));
	mem_free(big);
	core_close(&c);
}
END_TEST

START_TEST(an_entry_has_a_ceiling) {
	struct core c;
	core_open(&c, NULL);
	char *big = mem_alloc(LOGS_ENTRY_MAX + 1);
	memset(big, 'x', LOGS_ENTRY_MAX);
	big[LOGS_ENTRY_MAX] = '\0';
	ck_assert_int_eq(line(&c, "j", "t", LOG_AT_INFO, big), ERR_TOOBIG);
	ck_assert_int_eq(count_all(&c), 0);
	mem_free(big);
	core_close(&c);
}
END_TEST

static void write_all(
	void *ctx, struct logs_range *r, const struct log_entry *en) {
	(void)r;
	auto_buf struct buf b;
	buf_init(&b, LOGS_ENTRY_MAX);
	int rc = logs_write(en, &b);
	if (rc)
		*(int *)ctx = rc;
}

static int line_and_look(void *ctx, struct err *e) {
	struct core *c = ctx;
	/* each try finds what the one before did */
	emu_begin(c->em);
	int rc = logs_line(c->em, CORE_P, "j", "t", LOG_AT_INFO, "x");
	struct logs_range r = {.project = CORE_P,
		.job_id = "j",
		.from_us = INT64_MIN,
		.to_us = INT64_MAX};
	if (!rc)
		logs_each(c->em, r, write_all, &rc);
	emu_rollback(c->em);
	return rc ? err_set(e, rc, "failed") : 0;
}

START_TEST(out_of_memory) {
	struct core c;
	core_open(&c, NULL);
	core_submit(&c, "j", PYTHON);
	core_advance(&c, JOB_LIFE_S * US_PER_S);
	ck_assert_int_gt(unit_nomem(line_and_look, &c), 2);
	core_close(&c);
}
END_TEST

int main(void) {
	Suite *s = suite_create("logs");
	unit_add(s, a_job_s_lines_come_as_its_time_passes);
	unit_add(s, an_image_has_no_command_line);
	unit_add(s, a_prediction_trains_nothing);
	unit_add(s, what_a_cancel_prevents_is_not_said);
	unit_add(s, a_cancel_tears_down_what_has_run);
	unit_add(s, no_line_comes_after_the_next_state);
	unit_add(s, insert_ids_grow_within_an_instant);
	unit_add(s, lines_of_a_program_are_kept);
	unit_add(s, entries_have_the_service_s_shape);
	unit_add(s, a_range_is_kept_to_and_can_be_narrowed);
	unit_add(s, jobs_out_of_the_range_are_passed_over);
	unit_add(s, the_same_entry_is_kept_once);
	unit_add(s, entries_are_seen_for_a_time);
	unit_add(s, the_oldest_go);
	unit_add(s, an_entry_has_a_ceiling);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
