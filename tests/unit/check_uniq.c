/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "client/uniquifier/uniq.h"
#include "client/uniquifier/verdict.h"
#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define JOB                                                                    \
	"{\"jobId\":\"train_daily\",\"trainingInput\":{\"region\":\"us-"       \
	"central1\"}}"
/* printf '%s' '{"trainingInput":{"region":"us-central1"}}' | sha256sum */
#define JOB_SPEC "8247389b7039c6a5"
#define TIME "2026-11-23T11:48:40.374Z"

/* A push of a payload; attributes and time are JSON members or "". */
static struct push *push_of(
	const char *payload, const char *id, const char *members) {
	struct err e = {0};
	auto_free char *data = NULL;
	ck_assert_int_eq(b64_encode(payload, strlen(payload), &data, &e), 0);
	auto_free char *body = mem_printf(
		"{\"message\":{\"data\":\"%s\",\"messageId\":\"%s\"%s%s}}",
		data, id, *members ? "," : "", members);
	struct push *p = NULL;
	ck_assert_msg(push_parse(body, strlen(body), &p, &e) == 0, "%s", e.msg);
	return p;
}

#define AT_TIME "\"publishTime\":\"" TIME "\""

static struct uniq *uniq_of(const char *payload, const char *id,
	const char *members, const char *format) {
	struct err e = {0};
	struct jobid_format f;
	auto_push struct push *p = push_of(payload, id, members);
	struct uniq *u = NULL;
	if (format)
		ck_assert_int_eq(jobid_format_parse(format, &f, &e), 0);
	ck_assert_msg(
		uniq_make(p, format ? &f : NULL, &u, &e) == 0, "%s", e.msg);
	u->key = NULL; /* the push is gone */
	return u;
}

static const char *label(const struct uniq *u, const char *name) {
	return json_string_value(
		json_object_get(json_object_get(u->job, "labels"), name));
}

START_TEST(from_a_message_id) {
	auto_uniq struct uniq *u = uniq_of(JOB, "8412", AT_TIME, NULL);
	ck_assert_str_eq(u->job_id, "train_daily_20261123_114840_8412");
	ck_assert_str_eq(
		json_string_value(json_object_get(u->job, "jobId")), u->job_id);
	ck_assert_str_eq(label(u, "train_key"), "8412");
	ck_assert_str_eq(label(u, "train_spec"), JOB_SPEC);
	ck_assert_uint_eq(
		json_object_size(json_object_get(u->job, "labels")), 2);
}
END_TEST

START_TEST(a_redelivery_is_the_same) {
	auto_uniq struct uniq *a = uniq_of(JOB, "8412", AT_TIME, NULL);
	auto_uniq struct uniq *b = uniq_of(JOB, "8412",
		AT_TIME ",\"deliveryAttempt\":2,\"attributes\":{\"x\":\"y\"}",
		NULL);
	ck_assert(json_equal(a->job, b->job));
	auto_uniq struct uniq *c = uniq_of(JOB, "8413", AT_TIME, NULL);
	ck_assert_str_ne(a->job_id, c->job_id);
	ck_assert_str_ne(label(a, "train_key"), label(c, "train_key"));
}
END_TEST

START_TEST(the_callers_own_key) {
	/* two publishes of one key, at two times, are one run */
	auto_uniq struct uniq *a = uniq_of(JOB, "1",
		AT_TIME ",\"attributes\":{\"train-key\":\"run_7\"}", NULL);
	auto_uniq struct uniq *b = uniq_of(
		JOB, "2", "\"attributes\":{\"train-key\":\"run_7\"}", NULL);
	ck_assert_str_eq(a->job_id, "train_daily_run_7");
	ck_assert(json_equal(a->job, b->job));
	/* a format that was asked for is used as it is */
	auto_uniq struct uniq *c = uniq_of(JOB, "1",
		AT_TIME ",\"attributes\":{\"train-key\":\"run_7\"}",
		JOBID_FORMAT);
	ck_assert_str_eq(c->job_id, "train_daily_20261123_114840_run_7");
}
END_TEST

START_TEST(a_key_that_is_no_label) {
	/* printf '%s' 'Run 7' | sha256sum, 32 digits */
	static const char hash[] = "94d812ac4626287024dac353f764f058";
	auto_uniq struct uniq *u = uniq_of(
		JOB, "1", "\"attributes\":{\"train-key\":\"Run 7\"}", NULL);
	ck_assert_str_eq(label(u, "train_key"), hash);
	ck_assert_str_eq(u->job_id + strlen("train_daily_"), hash);
}
END_TEST

START_TEST(the_spec_hash) {
	/* order, id and labels do not count; anything else does */
	static const char turned[] =
		"{ \"labels\": {\"a\":\"b\"}, \"trainingInput\": {\"region\": "
		"\"us-central1\"}, \"jobId\": \"other\" }";
	static const char changed[] =
		"{\"jobId\":\"train_daily\",\"trainingInput\":{\"region\":"
		"\"us-east1\"}}";
	auto_uniq struct uniq *a = uniq_of(turned, "8412", AT_TIME, NULL);
	auto_uniq struct uniq *b = uniq_of(changed, "8412", AT_TIME, NULL);
	ck_assert_str_eq(label(a, "train_spec"), JOB_SPEC);
	ck_assert_str_eq(label(a, "a"), "b");
	ck_assert_str_ne(label(b, "train_spec"), JOB_SPEC);
}
END_TEST

START_TEST(payloads_that_never_work) {
	static const struct {
		const char *payload, *members;
		int code;
		const char *msg;
	} rows[] = {
		{"go", AT_TIME, ERR_JSON, "message.data: "},
		{"[]", AT_TIME, ERR_SHAPE,
			"message.data: the job is not a JSON object"},
		{"{\"jobId\":\"a\",\"jobId\":\"b\",\"trainingInput\":{}}",
			AT_TIME, ERR_JSON, "message.data: "},
		{"{\"trainingInput\":{}}", AT_TIME, ERR_SHAPE,
			"message.data: jobId is missing"},
		{"{\"jobId\":7,\"trainingInput\":{}}", AT_TIME, ERR_SHAPE,
			"message.data: jobId must be a string"},
		{"{\"jobId\":\"a\"}", AT_TIME, ERR_SHAPE,
			"message.data: the job has neither"},
		{"{\"jobId\":\"a\",\"trainingInput\":[]}", AT_TIME, ERR_SHAPE,
			"message.data: trainingInput must be an object"},
		{"{\"jobId\":\"a\",\"trainingInput\":{},\"labels\":{\"a\":1}}",
			AT_TIME, ERR_SHAPE,
			"message.data: labels.a is not a string"},
		{"{\"jobId\":\"\",\"trainingInput\":{}}", AT_TIME, ERR_RANGE,
			"jobId '' does not begin with a letter"},
		{"{\"jobId\":\"9lives\",\"trainingInput\":{}}", AT_TIME,
			ERR_RANGE, "jobId '9lives' does not begin"},
		{JOB, "", ERR_SHAPE, "message.publishTime is missing"},
		{JOB, AT_TIME ",\"attributes\":{\"train-key\":\"\"}", ERR_SHAPE,
			"message.attributes.train-key is empty"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err e = {0};
		struct uniq *u = NULL;
		auto_push struct push *p =
			push_of(rows[i].payload, "1", rows[i].members);
		int rc = uniq_make(p, NULL, &u, &e);
		ck_assert_msg(
			rc == rows[i].code, "%s: %d", rows[i].payload, rc);
		ck_assert_msg(
			strncmp(e.msg, rows[i].msg, strlen(rows[i].msg)) == 0,
			"%s: '%s'", rows[i].payload, e.msg);
		ck_assert_ptr_null(u);
		ck_assert_int_eq(verdict_message(&e), 400);
	}
	uniq_free(NULL);
}
END_TEST

START_TEST(out_of_memory) {
	auto_push struct push *p = push_of(JOB, "8412", AT_TIME);
	for (long n = 0, rc = -1; rc != 0; n++) {
		struct err e = {0};
		auto_uniq struct uniq *u = NULL;
		mem_fail_after(n);
		rc = uniq_make(p, NULL, &u, &e);
		mem_fail_off();
		ck_assert_int_eq(e.code, rc ? ERR_NOMEM : 0);
		ck_assert((u != NULL) == (rc == 0));
		if (rc)
			ck_assert_int_eq(verdict_message(&e), 503);
	}
}
END_TEST

START_TEST(what_pubsub_is_told) {
	static const struct {
		enum train_outcome outcome;
		int code, http, want;
	} rows[] = {{TRAIN_CREATED, 0, 0, 200}, {TRAIN_ADOPTED, 0, 0, 200},
		{TRAIN_KEPT, 0, 0, 200}, {TRAIN_CONFLICT, ERR_HTTP, 409, 409},
		{TRAIN_FAILED, ERR_HTTP, 400, 400},
		{TRAIN_FAILED, ERR_HTTP, 403, 403},
		{TRAIN_FAILED, ERR_HTTP, 404, 404},
		{TRAIN_FAILED, ERR_HTTP, 401, 503},
		{TRAIN_FAILED, ERR_HTTP, 408, 503},
		{TRAIN_FAILED, ERR_HTTP, 429, 503},
		{TRAIN_FAILED, ERR_HTTP, 302, 503},
		{TRAIN_FAILED, ERR_HTTP, 500, 503},
		{TRAIN_FAILED, ERR_HTTP, 501, 503},
		{TRAIN_FAILED, ERR_HTTP, 503, 503},
		{TRAIN_FAILED, ERR_NOTSENT, 0, 503},
		{TRAIN_FAILED, ERR_LOST, 0, 503},
		{TRAIN_FAILED, ERR_TIMEOUT, 0, 503},
		{TRAIN_FAILED, ERR_NOMEM, 0, 503},
		{TRAIN_FAILED, ERR_STOPPED, 0, 503},
		{TRAIN_FAILED, ERR_IO, 0, 503}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct train_error error = {
			.err = {.code = rows[i].code, .http = rows[i].http}};
		const struct train_submitted s = {.outcome = rows[i].outcome,
			.error = rows[i].code ? &error : NULL};
		ck_assert_msg(verdict_submit(&s) == rows[i].want,
			"row %zu: %d, want %d", i, verdict_submit(&s),
			rows[i].want);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("uniq");
	unit_add(s, from_a_message_id);
	unit_add(s, a_redelivery_is_the_same);
	unit_add(s, the_callers_own_key);
	unit_add(s, a_key_that_is_no_label);
	unit_add(s, the_spec_hash);
	unit_add(s, payloads_that_never_work);
	unit_add(s, out_of_memory);
	unit_add(s, what_pubsub_is_told);
	return unit_run(s);
}
