/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "client/uniquifier/uniq.h"
#include "client/uniquifier/verdict.h"
#include "common/b64.h"
#include "common/clock.h"
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
	const struct push_request rq = {
		.body = body, .len = strlen(body), .body_max = strlen(body)};
	ck_assert_msg(push_parse(&rq, &p, &e) == 0, "%s", e.msg);
	return p;
}

/* With the format asked for, or NULL, and the program's own tolerance. */
static int make(const struct push *p, const struct jobid_format *f,
	struct uniq **ret, struct err *e) {
	struct zones zones = {{NULL}};
	const struct uniq_rules rules = {f, US_PER_MIN, &zones};
	int rc = uniq_make(p, &rules, ret, e);
	zones_done(&zones);
	return rc;
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
	ck_assert_msg(make(p, format ? &f : NULL, &u, &e) == 0, "%s", e.msg);
	if (u->key != u->tick)
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
		json_object_size(json_object_get(u->job, "labels")), 4);
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
	/* whose time is that of the first to come */
	ck_assert_str_eq(label(a, "train_time"), "1795434520374000");
	ck_assert_int_eq(json_object_del(json_object_get(a->job, "labels"),
				 "train_time"),
		0);
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
		{JOB, AT_TIME ",\"attributes\":{\"train-schedule\":\"\"}",
			ERR_SHAPE,
			"message.attributes.train-schedule is empty"},
		{JOB, AT_TIME ",\"attributes\":{\"train-job-id\":\"9\"}",
			ERR_RANGE, "jobId '9' does not begin"},
		{JOB, AT_TIME ",\"attributes\":{\"train-labels\":\"a\"}",
			ERR_SYNTAX,
			"message.attributes.train-labels: 'a' is not"},
		{JOB, AT_TIME ",\"attributes\":{\"train-labels\":\"A=b\"}",
			ERR_RANGE,
			"message.attributes.train-labels: label key"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err e = {0};
		struct uniq *u = NULL;
		auto_push struct push *p =
			push_of(rows[i].payload, "1", rows[i].members);
		int rc = make(p, NULL, &u, &e);
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

/* ---- ticks ---- */

/* A message of the schedule `nightly`. */
#define ATTRIBUTES                                                             \
	"\"attributes\":{\"train-schedule\":\"30 2 * * *\","                   \
	"\"train-time-zone\":\"America/New_York\","                            \
	"\"train-schedule-name\":\"nightly\"}"

/* Each row is a message: schedule, zone, name, more attributes (JSON members),
 * time of publishing, what the key is from, key, time in the id of the format
 * {base}_{time}_{key}, part of the note. */
static void tick_row(void *ctx, char *const *c) {
	(void)ctx;
	auto_free char *name =
		*c[2] ? mem_printf(",\"train-schedule-name\":\"%s\"", c[2])
		      : mem_strdup("");
	auto_free char *zone =
		*c[1] ? mem_printf(",\"train-time-zone\":\"%s\"", c[1])
		      : mem_strdup("");
	auto_free char *members = mem_printf("\"publishTime\":\"%s\","
					     "\"attributes\":{\"train-"
					     "schedule\":\"%s\"%s%s%s%s}",
		c[4], c[0], zone, name, *c[3] ? "," : "", c[3]);
	auto_uniq struct uniq *u = uniq_of(JOB, "8412", members, NULL);
	auto_uniq struct uniq *timed =
		uniq_of(JOB, "8412", members, "{base}_{time}_{key}");
	auto_free char *id =
		strcmp(c[5], "message") == 0
			? mem_printf("train_daily_%s_%s", c[7], c[6])
			: mem_printf("train_daily_%s", c[6]);
	auto_free char *with_time = mem_printf("train_daily_%s_%s", c[7], c[6]);
	const char *at = members;
	ck_assert_msg(strcmp(uniq_key_name(u->from), c[5]) == 0, "%s: %s (%s)",
		at, uniq_key_name(u->from), u->note);
	ck_assert_msg(strcmp(label(u, "train_key"), c[6]) == 0, "%s: %s", at,
		label(u, "train_key"));
	ck_assert_msg(strcmp(u->job_id, id) == 0, "%s: %s", at, u->job_id);
	ck_assert_msg(strcmp(timed->job_id, with_time) == 0, "%s: %s", at,
		timed->job_id);
	ck_assert_msg(*c[8] ? strstr(u->note, c[8]) != NULL : !*u->note,
		"%s: note '%s'", at, u->note);
}

START_TEST(ticks) {
	unit_tsv("tick/messages.tsv", 9, tick_row, NULL);
}
END_TEST

/* The plan of a tick and the run of it have one id, whatever the format. */
START_TEST(as_planned) {
	static const char *const formats[] = {
		NULL, "{base}_{unix}", "x_{key}", "{base}_{time}_{key}"};
	static const struct tick_schedule named = {
		"30 2 * * *", "America/New_York", "nightly"};
	const int64_t tick = 1773037800 * US_PER_S; /* 2026-03-09T06:30:00Z */
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		struct jobid_format f;
		struct err e = {0};
		char planned[JOBID_MAX + 1];
		if (formats[i])
			ck_assert_int_eq(
				jobid_format_parse(formats[i], &f, &e), 0);
		ck_assert_int_eq(
			tick_job_id(formats[i] ? &f : NULL, "train_daily",
				&named, tick, planned, &e),
			0);
		auto_uniq struct uniq *u = uniq_of(JOB, "8412",
			"\"publishTime\":\"2026-03-09T06:30:07."
			"5Z\"," ATTRIBUTES,
			formats[i]);
		ck_assert_str_eq(planned, u->job_id);
	}
}
END_TEST

/* ---- what attributes say instead of the job ---- */

START_TEST(overrides) {
	auto_uniq struct uniq *u = uniq_of(
		"{\"labels\":{\"a\":\"b\",\"c\":\"d\"},\"trainingInput\":{"
		"\"region\":\"us-central1\"}}",
		"8412",
		AT_TIME ",\"attributes\":{\"train-job-id\":\"other\",\"train-"
			"labels\":\"c=x,train_key=forged\"}",
		NULL);
	ck_assert_str_eq(u->job_id, "other_20261123_114840_8412");
	ck_assert_str_eq(label(u, "a"), "b");
	ck_assert_str_eq(label(u, "c"), "x");
	ck_assert_str_eq(label(u, "train_key"), "8412");
	ck_assert_str_eq(label(u, "train_spec"), JOB_SPEC);
	ck_assert(!u->warn);
	/* a name that is not known is one misspelt, or of a later version */
	auto_uniq struct uniq *odd = uniq_of(JOB, "8412",
		AT_TIME
		",\"attributes\":{\"train-project\":\"p2\",\"k\":\"v\"}",
		NULL);
	ck_assert(odd->warn);
	ck_assert_str_eq(odd->note, "not a known attribute: train-project");
}
END_TEST

/* A job that was copied from another run's: its labels are the new run's. */
START_TEST(labels_of_another_run) {
	static const char copy[] =
		"{\"jobId\":\"train\",\"trainingInput\":{\"region\":\"us-"
		"central1\"},\"labels\":{\"a\":\"b\",\"train_key\":\"1\","
		"\"train_spec\":\"2\",\"train_group\":\"3\",\"train_time\":"
		"\"4\"}}";
	auto_uniq struct uniq *u = uniq_of(
		copy, "8412", "\"publishTime\":\"2026-03-09T02:00:00Z\"", NULL);
	ck_assert_str_eq(label(u, "a"), "b");
	ck_assert_str_eq(label(u, "train_key"), "8412");
	ck_assert_str_eq(label(u, "train_spec"), JOB_SPEC);
	/* printf 'train\n' | sha256sum; date -d 2026-03-09T02:00:00Z +%s */
	ck_assert_str_eq(label(u, "train_group"), "f6e12a5f03044dbc");
	ck_assert_str_eq(label(u, "train_time"), "1773021600000000");
	/* by attribute too */
	auto_uniq struct uniq *own = uniq_of(copy, "8412",
		AT_TIME ",\"attributes\":{\"train-key\":\"k\",\"train-labels\":"
			"\"train_spec=x,train_group=x,train_time=x\"}",
		NULL);
	ck_assert_str_eq(label(own, "train_key"), "k");
	ck_assert_str_eq(label(own, "train_spec"), JOB_SPEC);
	ck_assert_str_eq(label(own, "train_group"), "f6e12a5f03044dbc");
	ck_assert_str_eq(label(own, "train_time"), "1795434520374000");
	/* and where there is no time, there is none */
	auto_uniq struct uniq *timeless = uniq_of(
		copy, "8412", "\"attributes\":{\"train-key\":\"k\"}", NULL);
	ck_assert_ptr_null(label(timeless, "train_time"));
}
END_TEST

/* A job with so many labels that ours make `all`. */
static int with_labels(int all, struct err *e) {
	auto_json json_t *job = jsn_parse(JOB, strlen(JOB), true, e);
	json_t *labels = json_object();
	ck_assert_int_eq(json_object_set_new(job, "labels", labels), 0);
	for (int i = 4; i < all; i++) {
		auto_free char *name = mem_printf("l%d", i);
		(void)json_object_set_new(labels, name, json_string("x"));
	}
	auto_free char *text = jsn_compact(job);
	auto_push struct push *p = push_of(text, "1", AT_TIME);
	auto_uniq struct uniq *u = NULL;
	return make(p, NULL, &u, e);
}

START_TEST(labels_at_the_limit) {
	struct err e = {0};
	ck_assert_int_eq(with_labels(64, &e), 0);
	ck_assert_int_eq(with_labels(65, &e), ERR_RANGE);
	ck_assert_str_eq(e.msg, "a job has at most 64 labels, and with ours "
				"this one has 65");
}
END_TEST

/* A bare payload without metadata has no id; a key of the caller's does. */
START_TEST(nothing_names_the_run) {
	const struct push_header key = {"train-key", "run_7"};
	struct push_request rq = {
		.body = JOB, .len = strlen(JOB), .body_max = 1000};
	struct err e = {0};
	auto_push struct push *p = NULL, *q = NULL;
	auto_uniq struct uniq *u = NULL;
	ck_assert_int_eq(push_parse(&rq, &p, &e), 0);
	ck_assert_int_eq(make(p, NULL, &u, &e), ERR_SHAPE);
	ck_assert_int_eq(strncmp(e.msg, "the push has no message id", 26), 0);
	ck_assert_int_eq(verdict_message(&e), 400);
	rq.headers = &key;
	rq.header_count = 1;
	ck_assert_int_eq(push_parse(&rq, &q, &e), 0);
	ck_assert_int_eq(make(q, NULL, &u, &e), 0);
	ck_assert_str_eq(u->job_id, "train_daily_run_7");
}
END_TEST

static int attempt(void *ctx, struct err *e) {
	auto_uniq struct uniq *u = NULL;
	int rc = make(ctx, NULL, &u, e);
	ck_assert((u != NULL) == (rc == 0));
	if (rc)
		ck_assert_int_eq(verdict_message(e), 503);
	return rc;
}

START_TEST(out_of_memory) {
	static const char *const members[] = {AT_TIME,
		"\"publishTime\":\"2026-03-09T06:30:07.5Z\"," ATTRIBUTES};
	for (size_t i = 0; i < 2; i++) {
		auto_push struct push *p = push_of(JOB, "8412", members[i]);
		ck_assert_int_gt(unit_nomem(attempt, p), 10);
	}
}
END_TEST

START_TEST(what_a_bad_message_is_told) {
	struct err big = {.code = ERR_TOOBIG},
		   coding = {.code = ERR_HTTP, .http = 415};
	ck_assert_int_eq(verdict_message(&big), 413);
	ck_assert_int_eq(verdict_message(&coding), 415);
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
	unit_add(s, ticks);
	unit_add(s, as_planned);
	unit_add(s, overrides);
	unit_add(s, labels_of_another_run);
	unit_add(s, labels_at_the_limit);
	unit_add(s, nothing_names_the_run);
	unit_add(s, out_of_memory);
	unit_add(s, what_a_bad_message_is_told);
	unit_add(s, what_pubsub_is_told);
	return unit_run(s);
}
