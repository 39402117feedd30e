/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/uniquifier/policy.h"
#include "client/uniquifier/verdict.h"
#include "common/b64.h"
#include "common/clock.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define T0 (1773021600 * US_PER_S) /* 2026-03-09T02:00:00Z */
#define JOB "{\"jobId\":\"train\",\"trainingInput\":{}}"

/* ---- what is said ---- */

START_TEST(options) {
	static const struct {
		const char *name, *value;
		int code;
	} rows[] = {
		{"max-late", "none", 0},
		{"max-late", "90s", 0},
		{"max-late", "0s", 0},
		{"max-late", "soon", ERR_USAGE},
		{"max-late", "", ERR_USAGE},
		{"overlap", "allow", 0},
		{"overlap", "cancel", 0},
		{"overlap", "Skip", ERR_USAGE},
		{"failed", "keep", 0},
		{"failed", "retry", 0},
		{"failed", "", ERR_USAGE},
		{"max-attempts", "1", 0},
		{"max-attempts", "9", 0},
		{"max-attempts", "0", ERR_USAGE},
		{"max-attempts", "10", ERR_USAGE},
		{"max-attempts", "", ERR_USAGE},
		{"max-later", "1s", ERR_NOTFOUND},
		{"project", "p2", ERR_NOTFOUND},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct policy p;
		struct err e = {0};
		policy_init(&p);
		const struct policy before = p;
		int rc = policy_set(&p, rows[i].name, rows[i].value, &e);
		ck_assert_msg(rc == rows[i].code, "%s=%s: %d", rows[i].name,
			rows[i].value, rc);
		if (rc) {
			ck_assert_int_eq(p.late_us == before.late_us &&
						 p.overlap == before.overlap &&
						 p.retry == before.retry,
				1);
			ck_assert_uint_eq(p.attempts_max, before.attempts_max);
		}
	}
}
END_TEST

static struct push *message(const char *members) {
	struct err e = {0};
	auto_free char *data = NULL;
	ck_assert_int_eq(b64_encode(JOB, strlen(JOB), &data, &e), 0);
	auto_free char *body = mem_printf(
		"{\"message\":{\"data\":\"%s\",\"messageId\":\"8412\",%s}}",
		data, members);
	struct push *p = NULL;
	const struct push_request rq = {
		.body = body, .len = strlen(body), .body_max = strlen(body)};
	ck_assert_msg(push_parse(&rq, &p, &e) == 0, "%s", e.msg);
	return p;
}

START_TEST(attributes) {
	static const struct {
		const char *members;
		enum policy_overlap service;
		int code;
		struct policy want;
		const char *msg;
	} rows[] = {
		{"\"x\":\"y\"", POLICY_SKIP, 0,
			{POLICY_NO_LIMIT, POLICY_SKIP, false, 3}, ""},
		{"\"train-max-late\":\"1h\",\"train-overlap\":\"skip\","
		 "\"train-failed\":\"retry\",\"train-max-attempts\":\"2\"",
			POLICY_ALLOW, 0, {US_PER_HOUR, POLICY_SKIP, true, 2},
			""},
		{"\"train-overlap\":\"allow\"", POLICY_CANCEL, 0,
			{POLICY_NO_LIMIT, POLICY_ALLOW, false, 3}, ""},
		{"\"train-overlap\":\"cancel\"", POLICY_CANCEL, 0,
			{POLICY_NO_LIMIT, POLICY_CANCEL, false, 3}, ""},
		{"\"train-overlap\":\"cancel\"", POLICY_SKIP, ERR_SHAPE, {0},
			"message.attributes.train-overlap: this service "
			"cancels nothing"},
		{"\"train-max-attempts\":\"3\"", POLICY_ALLOW, 0,
			{POLICY_NO_LIMIT, POLICY_ALLOW, false, 3}, ""},
		{"\"train-max-attempts\":\"4\"", POLICY_ALLOW, ERR_SHAPE, {0},
			"message.attributes.train-max-attempts: over the "
			"service's own 3"},
		{"\"train-overlap\":\"\"", POLICY_ALLOW, ERR_SHAPE, {0},
			"message.attributes.train-overlap: ''"},
		{"\"train-max-late\":\"x\"", POLICY_ALLOW, ERR_SHAPE, {0},
			"message.attributes.train-max-late: 'x'"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct policy service, got = {0};
		struct err e = {0};
		auto_free char *members =
			mem_printf("\"attributes\":{%s}", rows[i].members);
		auto_push struct push *p = message(members);
		policy_init(&service);
		service.overlap = rows[i].service;
		ck_assert_int_eq(
			policy_of(&service, p, &got, &e), rows[i].code);
		ck_assert_msg(
			strncmp(e.msg, rows[i].msg, strlen(rows[i].msg)) == 0,
			"%s: %s", rows[i].members, e.msg);
		if (rows[i].code)
			ck_assert_int_eq(verdict_message(&e), 400);
		ck_assert_int_eq(got.late_us, rows[i].want.late_us);
		ck_assert_int_eq(got.overlap, rows[i].want.overlap);
		ck_assert_int_eq(got.retry, rows[i].want.retry);
		ck_assert_uint_eq(got.attempts_max, rows[i].want.attempts_max);
	}
}
END_TEST

START_TEST(lateness) {
	struct policy p;
	policy_init(&p);
	ck_assert(!policy_late(&p, 0, INT64_MAX));
	p.late_us = US_PER_MIN;
	ck_assert(!policy_late(&p, T0, T0));
	ck_assert(!policy_late(&p, T0, T0 + US_PER_MIN));
	ck_assert(policy_late(&p, T0, T0 + US_PER_MIN + 1));
	/* our clock may be behind; and what has no time is not late */
	ck_assert(!policy_late(&p, T0, T0 - US_PER_DAY));
	ck_assert(!policy_late(&p, PUSH_NO_TIME, T0));
	p.late_us = 0;
	ck_assert(!policy_late(&p, T0, T0));
	ck_assert(policy_late(&p, T0, T0 + 1));
}
END_TEST

/* ---- images: each row is patterns, a job's trainingInput (or what stands
 * instead), the HTTP status or 0 ---- */

static void image_row(void *ctx, char *const *c) {
	struct policy_images images = {.len = 0};
	struct err e = {0};
	char patterns[256], *at = patterns;
	(void)ctx;
	(void)snprintf(patterns, sizeof patterns, "%s", c[0]);
	for (char *s = strsep(&at, " "); s; s = strsep(&at, " "))
		if (*s)
			ck_assert_int_eq(policy_add_image(&images, s, &e), 0);
	auto_json json_t *job = jsn_parse(c[1], strlen(c[1]), true, &e);
	ck_assert_msg(job != NULL, "%s: %s", c[1], e.msg);
	int rc = policy_check_images(&images, job, &e);
	int http = rc ? verdict_message(&e) : 0;
	ck_assert_msg(
		http == atoi(c[2]), "%s | %s: %d %s", c[0], c[1], http, e.msg);
}

START_TEST(image_lists) {
	unit_tsv("policy/images.tsv", 3, image_row, NULL);
}
END_TEST

START_TEST(patterns_at_the_limit) {
	struct policy_images images = {.len = 0};
	struct err e = {0};
	ck_assert_int_eq(policy_add_image(&images, "", &e), ERR_USAGE);
	for (int i = 0; i < POLICY_IMAGES_MAX; i++)
		ck_assert_int_eq(policy_add_image(&images, "x", &e), 0);
	ck_assert_int_eq(policy_add_image(&images, "x", &e), ERR_USAGE);
}
END_TEST

/* ---- other runs ---- */

static struct uniq *uniq_of(const char *members) {
	struct zones zones = {{NULL}};
	const struct uniq_rules rules = {NULL, US_PER_MIN, &zones, 0};
	struct err e = {0};
	struct uniq *u = NULL;
	auto_push struct push *p = message(members);
	ck_assert_msg(uniq_make(p, &rules, &u, &e) == 0, "%s", e.msg);
	zones_done(&zones);
	return u;
}

#define AT_T0 "\"publishTime\":\"2026-03-09T02:00:00Z\""

/* Each row is a job (GROUP stands for that of our run, which is of T0 and has
 * the key 8412), then what overlap skip and overlap cancel make of it: "go",
 * "skip", "overtaken" or "cancel". */
static void other_row(void *ctx, char *const *c) {
	const struct uniq *u = ctx;
	const char *mark = strstr(c[0], "GROUP");
	auto_free char *text =
		mark ? mem_printf("[%.*s%s%s]", (int)(mark - c[0]), c[0],
			       u->group, mark + strlen("GROUP"))
		     : mem_printf("[%s]", c[0]);
	struct err e = {0};
	auto_json json_t *jobs = jsn_parse(text, strlen(text), true, &e);
	ck_assert_msg(jobs != NULL, "%s: %s", text, e.msg);
	for (int i = 0; i < 2; i++) {
		struct policy_others o = {0};
		ck_assert_int_eq(policy_judge(i ? POLICY_CANCEL : POLICY_SKIP,
					 u, T0 + US_PER_HOUR, jobs, &o, &e),
			0);
		const char *got = o.in_the_way
					  ? i && o.later ? "overtaken" : "skip"
				  : o.cancel ? "cancel"
					     : "go";
		if (o.cancel)
			ck_assert_uint_eq(json_array_size(o.cancel), 1);
		json_decref(o.cancel);
		ck_assert_msg(strcmp(got, c[1 + i]) == 0, "%s: %s, want %s",
			text, got, c[1 + i]);
	}
}

START_TEST(others) {
	auto_uniq struct uniq *u = uniq_of(AT_T0);
	ck_assert_int_eq(u->at_us, T0);
	unit_tsv("policy/others.tsv", 3, other_row, u);
}
END_TEST

START_TEST(groups) {
	static const char named[] =
		AT_T0 ",\"attributes\":{\"train-schedule-name\":\"n\"}";
	auto_uniq struct uniq *a = uniq_of(AT_T0), *b = uniq_of(named),
			      *c = uniq_of("\"publishTime\":\"2026-03-09T03:00:"
					   "00Z\",\"attributes\":{\"train-"
					   "key\":\"k\",\"train-schedule-"
					   "name\":\"n\"}");
	/* printf 'train\n' | sha256sum; printf 'train\nn' | sha256sum */
	ck_assert_str_eq(a->group, "f6e12a5f03044dbc");
	ck_assert_str_eq(b->group, "74eac8cc3c873495");
	ck_assert_str_eq(c->group, b->group);
	char filter[POLICY_FILTER_MAX];
	policy_filter(a, filter);
	ck_assert_str_eq(filter,
		"labels.train_group=\"f6e12a5f03044dbc\" AND (state=QUEUED OR "
		"state=PREPARING OR state=RUNNING)");
	/* with a key of its own, too */
	const json_t *labels = json_object_get(a->job, "labels");
	ck_assert_str_eq(
		jsn_text(labels, TRAIN_LABEL_TIME), "1773021600000000");
	labels = json_object_get(c->job, "labels");
	ck_assert_str_eq(
		jsn_text(labels, TRAIN_LABEL_TIME), "1773025200000000");
	ck_assert_str_eq(jsn_text(labels, TRAIN_LABEL_GROUP), c->group);
}
END_TEST

/* The runs of an hour, two of them before ours: all are cancelled, unless one
 * is later. */
START_TEST(several_others) {
	auto_uniq struct uniq *u = uniq_of(AT_T0);
	struct policy_others o = {0};
	struct err e = {0};
	auto_json json_t *jobs = json_array();
	for (int i = 0; i < 2; i++) {
		json_t *job = json_pack("{s:s, s:s, s:{s:s, s:s, s:s}}",
			"jobId", i ? "b" : "a", "state", "RUNNING", "labels",
			"train_group", u->group, "train_key", i ? "2" : "1",
			"train_time", i ? "1773018000000000" : "1");
		ck_assert_int_eq(json_array_append_new(jobs, job), 0);
	}
	ck_assert_int_eq(policy_judge(POLICY_CANCEL, u, T0, jobs, &o, &e), 0);
	ck_assert_ptr_null(o.in_the_way);
	ck_assert_uint_eq(json_array_size(o.cancel), 2);
	json_decref(o.cancel);
	o.cancel = NULL;
	json_t *labels = json_object_get(json_array_get(jobs, 1), "labels");
	ck_assert_int_eq(json_object_set_new(labels, "train_time",
				 json_string("1773021600000001")),
		0);
	ck_assert_int_eq(policy_judge(POLICY_CANCEL, u, T0, jobs, &o, &e), 0);
	ck_assert_str_eq(o.in_the_way, "b");
	ck_assert(o.later);
	ck_assert_ptr_null(o.cancel);
}
END_TEST

START_TEST(attempts) {
	struct policy p;
	policy_init(&p);
	auto_json json_t *failed = json_pack("{s:s}", "state", "FAILED"),
			 *running = json_pack("{s:s}", "state", "RUNNING"),
			 *cancelled = json_pack("{s:s}", "state", "CANCELLED");
	ck_assert(!policy_again(&p, failed, 1));
	p.retry = true;
	ck_assert(policy_again(&p, failed, 1));
	ck_assert(policy_again(&p, failed, 2));
	ck_assert(!policy_again(&p, failed, 3));
	ck_assert(!policy_again(&p, running, 1));
	ck_assert(!policy_again(&p, cancelled, 1));
	ck_assert(!policy_again(&p, NULL, 1));
}
END_TEST

/* Another attempt is the same run under another id. */
START_TEST(ids_of_attempts) {
	struct zones zones = {{NULL}};
	struct uniq_rules rules = {NULL, US_PER_MIN, &zones, 1};
	struct err e = {0};
	auto_push struct push *p = message(AT_T0);
	auto_uniq struct uniq *a = NULL, *b = NULL, *c = NULL;
	ck_assert_int_eq(uniq_make(p, &rules, &a, &e), 0);
	ck_assert_str_eq(a->job_id, "train_20260309_020000_8412");
	rules.attempt = 2;
	ck_assert_int_eq(uniq_make(p, &rules, &b, &e), 0);
	ck_assert_str_eq(b->job_id, "train_20260309_020000_8412_a2");
	ck_assert(json_equal(json_object_get(a->job, "labels"),
		json_object_get(b->job, "labels")));
	/* the suffix is never cut: 125 bytes with a key leave room, 126 none */
	char text[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		      "xxxxxx{key}";
	struct jobid_format f, next;
	ck_assert_int_eq(jobid_format_parse(text, &f, &e), 0);
	ck_assert_uint_eq(f.rest_max, 126);
	ck_assert_int_eq(jobid_format_attempt(&f, 9, &next, &e), ERR_USAGE);
	rules.format = &f;
	ck_assert_int_eq(uniq_make(p, &rules, &c, &e), ERR_RANGE);
	ck_assert_int_eq(jobid_format_parse(text + 2, &f, &e), 0);
	ck_assert_int_eq(jobid_format_attempt(&f, 9, &next, &e), 0);
	ck_assert_int_eq(jobid_format_parse("{base}_{key}", &f, &e), 0);
	ck_assert_int_eq(jobid_format_attempt(&f, 9, &next, &e), 0);
	ck_assert_str_eq(next.text, "{base}_{key}_a9");
	ck_assert_int_eq(uniq_make(p, &rules, &c, &e), 0);
	ck_assert_str_eq(c->job_id, "train_8412_a2");
	zones_done(&zones);
}
END_TEST

/* ---- what is pulled ---- */

START_TEST(pulled_messages) {
	struct err e = {0};
	struct push *p = NULL;
	auto_json json_t *m = json_pack("{s:s, s:s, s:s, s:{s:s}}", "data",
		"e30=", "messageId", "8412", "publishTime",
		"2026-03-09T02:00:00Z", "attributes", "train-key", "k");
	ck_assert_int_eq(
		push_pulled(m, "projects/p/subscriptions/s", &p, &e), 0);
	ck_assert_str_eq(push_shape_name(p->shape), "pulled");
	ck_assert_str_eq(p->subscription, "projects/p/subscriptions/s");
	ck_assert_str_eq(p->message_id, "8412");
	ck_assert_int_eq(p->publish_us, T0);
	ck_assert_str_eq(push_attribute(p, "train-key"), "k");
	ck_assert_str_eq(p->data, "{}");
	push_free(p);
	p = NULL;
	ck_assert_int_eq(push_pulled(NULL, "s", &p, &e), ERR_SHAPE);
	(void)json_object_del(m, "data");
	ck_assert_int_eq(push_pulled(m, "s", &p, &e), ERR_SHAPE);
	ck_assert_ptr_null(p);
}
END_TEST

START_TEST(when_a_message_comes_again) {
	static const struct {
		int http;
		bool dead_letters;
		unsigned row, want;
	} rows[] = {{503, false, 1, 1}, {503, true, 2, 2}, {503, false, 6, 32},
		{503, false, 7, 60}, {503, false, 4000000000, 60},
		{400, true, 1, 0}, {409, true, 9, 0}, {400, false, 1, 600}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_uint_eq(verdict_again_s(rows[i].http,
					  rows[i].dead_letters, rows[i].row),
			rows[i].want);
}
END_TEST

static int judge_once(void *ctx, struct err *e) {
	struct policy_others o = {0};
	const struct uniq *u = ctx;
	auto_json json_t *jobs = json_pack("[{s:s, s:s, s:{s:s}}]", "jobId",
		"a", "state", "RUNNING", "labels", "train_group", u->group);
	if (!jobs)
		return err_nomem(e);
	int rc = policy_judge(POLICY_CANCEL, u, T0, jobs, &o, e);
	ck_assert((o.cancel != NULL) == (rc == 0));
	json_decref(o.cancel);
	return rc;
}

START_TEST(out_of_memory) {
	auto_uniq struct uniq *u = uniq_of(AT_T0);
	ck_assert_int_gt(unit_nomem(judge_once, u), 2);
}
END_TEST

int main(void) {
	Suite *s = suite_create("policy");
	unit_add(s, options);
	unit_add(s, attributes);
	unit_add(s, lateness);
	unit_add(s, image_lists);
	unit_add(s, patterns_at_the_limit);
	unit_add(s, others);
	unit_add(s, groups);
	unit_add(s, several_others);
	unit_add(s, attempts);
	unit_add(s, ids_of_attempts);
	unit_add(s, pulled_messages);
	unit_add(s, when_a_message_comes_again);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
