/* SPDX-License-Identifier: MIT */
/* Runs whose memory ends, at the first allocation, the second and so on, for
 * good or for once. Each is told to come later, exactly once, and never that it
 * can never work; what was done stays done, and the next delivery ends as the
 * first would have. The system tests have the rest of run.c and pull.c. */
#include "client/uniquifier/run.h"

#include <stdio.h>
#include <string.h>

#include "client/uniquifier/pull.h"
#include "client/uniquifier/push.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/zone.h"
#include "tests/unit/cloud.h"
#include "tests/unit/unit.h"

#define LONG_US (20 * US_PER_S)
#define SUB "projects/p1/subscriptions/s"
#define MESSAGE                                                                \
	"{\"messageId\":\"1\",\"publishTime\":\"2026-03-09T01:02:03Z\","       \
	"\"data\":\"eyJqb2JJZCI6InRyYWluIiwidHJhaW5pbmdJbnB1dCI6e319\"}"

/* A service with one runner. */
struct site {
	struct cloud cloud;
	struct zones zones;
	struct runner runner;
	/* of the last run */
	unsigned calls;
	int http;
	char outcome[32];
	json_t *fields; /* of its log line */
};

static void site_open(struct site *s, struct policy policy) {
	*s = (struct site){0};
	cloud_open(&s->cloud);
	s->runner = (struct runner){.train = s->cloud.train,
		.clock = &clock_real,
		.rules = {.tolerance_us = US_PER_MIN, .zones = &s->zones},
		.policy = policy,
		.timeout_us = LONG_US};
}

static void site_close(struct site *s) {
	ck_assert_ptr_null(s->runner.runs);
	json_decref(s->fields);
	cloud_close(&s->cloud);
	zones_done(&s->zones);
}

static struct policy policy_with(enum policy_overlap overlap, bool retry) {
	struct policy p;
	policy_init(&p);
	p.overlap = overlap;
	p.retry = retry;
	return p;
}

static void on_done(void *ctx, const struct decision *d) {
	struct site *s = ctx;
	s->calls++;
	s->http = d->http;
	(void)strcpy(s->outcome, d->outcome);
	json_decref(s->fields);
	s->fields = json_incref(d->fields);
	loop_stop(s->cloud.loop);
}

static struct push *message_of(const char *text) {
	struct err why = {0};
	auto_json json_t *m = jsn_parse(text, strlen(text), true, &why);
	ck_assert_msg(m != NULL, "%s", why.msg);
	struct push *push = NULL;
	struct err e = {0};
	ck_assert_int_eq(push_pulled(m, SUB, &push, &e), 0);
	return push;
}

static struct push *message(void) {
	return message_of(MESSAGE);
}

/* Memory that ends after n allocations; for once, or for good. */
static void end_after(long n, bool once) {
	if (once)
		mem_fail_one(n);
	else
		mem_fail_after(n);
}

/* One run, in which memory ends unless n is negative. Says whether it did. */
static bool run_once(struct site *s, long n, bool once) {
	struct push *push = message();
	s->calls = 0;
	unsigned long before = mem_failures();
	if (n >= 0)
		end_after(n, once);
	run_start(&s->runner, push, on_done, s);
	struct err e = {0};
	int rc = s->calls ? 0 : loop_run(s->cloud.loop, &e);
	mem_fail_off();
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(s->calls, 1);
	ck_assert_ptr_null(s->runner.runs);
	ck_assert_msg(s->http == 200 || s->http == 503, "%ld: %d", n, s->http);
	return mem_failures() != before;
}

/* What is there before a run, and what has to be after it. */
struct scene {
	struct policy policy;
	void (*prepare)(struct site *s);
	const char *outcome; /* with memory */
	int http;
	unsigned created; /* in the end, by this run */
	unsigned cancelled;
};

static void play(const struct scene *scene) {
	for (int once = 0; once < 2; once++) {
		bool failed = true;
		long n = 0;
		for (; failed; n++) {
			struct site s;
			site_open(&s, scene->policy);
			if (scene->prepare)
				scene->prepare(&s);
			s.cloud.created = 0;
			failed = run_once(&s, n, once);
			ck_assert_uint_le(s.cloud.created, scene->created);
			/* nobody is told of a job that is not there */
			ck_assert(s.http != 200 ||
				  s.cloud.created == scene->created);
			unsigned before = s.cloud.created;
			if (s.http == 503) {
				ck_assert_str_eq(s.outcome, "later");
				(void)run_once(&s, -1, false);
			}
			ck_assert_int_eq(s.http, scene->http);
			ck_assert(!strcmp(s.outcome, scene->outcome) ||
				  (before && !strcmp(s.outcome, "adopted")));
			ck_assert_uint_eq(s.cloud.created, scene->created);
			ck_assert_uint_ge(s.cloud.cancelled, scene->cancelled);
			site_close(&s);
		}
		ck_assert_int_gt(n, 20);
	}
}

START_TEST(a_run) {
	const struct scene scene = {.policy = policy_with(POLICY_ALLOW, false),
		.outcome = "created",
		.http = 200,
		.created = 1};
	play(&scene);
}
END_TEST

/* Other jobs of the group. One is going; so is the second when it is listed. */
static void other_goes(struct site *s) {
	struct uniq *u = NULL;
	struct err e = {0};
	struct push *push = message();
	ck_assert_int_eq(uniq_make(push, &s->runner.rules, &u, &e), 0);
	for (int i = 0; i < 2; i++) {
		struct cloud_job *j = &s->cloud.jobs[i];
		(void)snprintf(j->text, sizeof j->text,
			"{\"jobId\":\"other%d\",\"labels\":{"
			"\"train_key\":\"x%d\",\"train_time\":\"1\","
			"\"train_group\":\"%s\"}}",
			i, i, u->group);
		j->state = "RUNNING";
	}
	s->cloud.jobs[0].listed = true;
	uniq_free(u);
	push_free(push);
}

START_TEST(a_run_that_cancels_another) {
	const struct scene scene = {.policy = policy_with(POLICY_CANCEL, false),
		.prepare = other_goes,
		.outcome = "created",
		.http = 200,
		.created = 1,
		.cancelled = 1};
	play(&scene);
}
END_TEST

START_TEST(a_run_that_is_skipped) {
	const struct scene scene = {.policy = policy_with(POLICY_SKIP, false),
		.prepare = other_goes,
		.outcome = "skipped",
		.http = 200};
	play(&scene);
}
END_TEST

/* Its first attempt has failed. */
static void has_failed(struct site *s) {
	(void)run_once(s, -1, false);
	s->cloud.jobs[0].state = "FAILED";
}

START_TEST(a_run_that_is_tried_again) {
	const struct scene scene = {.policy = policy_with(POLICY_ALLOW, true),
		.prepare = has_failed,
		.outcome = "created",
		.http = 200,
		.created = 1};
	play(&scene);
}
END_TEST

/* It takes effect and fails at once, which its answer does not say; and when it
 * is tried again, another run has come up. */
static void lost_and_failed(
	struct cloud *c, struct cloud_job *j, struct cloud_call *k) {
	j->state = "FAILED";
	c->jobs[1].listed = true;
	c->on_create = NULL;
	cloud_refuse(k, 503, "UNAVAILABLE", "no");
}

START_TEST(each_attempt_cancels_its_own) {
	struct site s;
	site_open(&s, policy_with(POLICY_CANCEL, true));
	other_goes(&s);
	s.cloud.on_create = lost_and_failed;
	(void)run_once(&s, -1, false);
	ck_assert_int_eq(s.http, 200);
	ck_assert_str_eq(s.outcome, "created");
	ck_assert_uint_eq(s.cloud.created, 2);
	ck_assert_uint_eq(s.cloud.cancelled, 2);
	ck_assert(!s.cloud.jobs[0].listed && !s.cloud.jobs[1].listed);
	site_close(&s);
}
END_TEST

static void run_whole(struct site *s, struct push *push) {
	struct err e = {0};
	run_start(&s->runner, push, on_done, s);
	ck_assert_int_eq(loop_run(s->cloud.loop, &e), 0);
}

#define E "\xc3\xa9"

/* Its last character goes beyond where an error's message is cut. */
static void refuse_at_length(
	struct cloud *c, struct cloud_job *j, struct cloud_call *k) {
	(void)c;
	(void)j;
	char text[ERR_MSG_MAX + 2];
	memset(text, 'x', ERR_MSG_MAX - 2);
	(void)strcpy(text + ERR_MSG_MAX - 2, E);
	cloud_refuse(k, 403, "PERMISSION_DENIED", text);
}

START_TEST(a_reason_that_is_cut) {
	struct site s;
	site_open(&s, policy_with(POLICY_ALLOW, false));
	s.cloud.on_create = refuse_at_length;
	run_whole(&s, message());
	ck_assert_str_eq(jsn_text(s.fields, "outcome"), "refused");
	const char *reason = jsn_text(s.fields, "reason");
	ck_assert_uint_eq(strlen(reason), ERR_MSG_MAX - 2);
	ck_assert_uint_eq(strspn(reason, "x"), ERR_MSG_MAX - 2);
	site_close(&s);
}
END_TEST

/* An attribute that is none of ours is noted, as far as there is room: of one
 * of these two within a character. */
START_TEST(a_note_that_is_cut) {
	for (int odd = 0; odd < 2; odd++) {
		struct site s;
		site_open(&s, policy_with(POLICY_ALLOW, false));
		char name[2 * UNIQ_NOTE_MAX + 20];
		(void)strcpy(name, odd ? "train-x" : "train-");
		for (int i = 0; i < UNIQ_NOTE_MAX; i++)
			(void)strcat(name, E);
		auto_free char *text = mem_printf(
			"{\"attributes\":{\"%s\":\"1\"},%s", name, MESSAGE + 1);
		run_whole(&s, message_of(text));
		ck_assert_int_eq(s.http, 200);
		ck_assert_str_eq(
			jsn_text(s.fields, "jobId"), "train_20260309_010203_1");
		const char *note = jsn_text(s.fields, "note");
		ck_assert_uint_eq(strlen(note), UNIQ_NOTE_MAX - 1);
		ck_assert_ptr_nonnull(strstr(note, "attribute: train-"));
		ck_assert_ptr_nonnull(json_object_get(
			s.fields, "logging.googleapis.com/labels"));
		site_close(&s);
	}
}
END_TEST

/* It never acknowledges, whether it was told what would be done or not. */
START_TEST(a_rehearsal) {
	for (int once = 0; once < 2; once++) {
		bool failed = true;
		for (long n = 0; failed; n++) {
			struct site s;
			site_open(&s, policy_with(POLICY_CANCEL, false));
			other_goes(&s);
			s.runner.dry_run = true;
			failed = run_once(&s, n, once);
			ck_assert_int_eq(s.http, 503);
			ck_assert_str_eq(s.outcome,
				failed && s.outcome[0] == 'l' ? "later"
							      : "dry-run");
			ck_assert_uint_eq(
				s.cloud.created + s.cloud.cancelled, 0);
			site_close(&s);
		}
	}
}
END_TEST

#define A_WHILE_US (5 * US_PER_MS)

/* One message to be pulled. */
static const char one_message[] =
	"{\"receivedMessages\":[{\"ackId\":\"a\",\"message\":" MESSAGE "}]}";

static struct pull_config pull_of(struct site *s, struct metrics *m) {
	s->cloud.message = one_message;
	return (struct pull_config){.loop = s->cloud.loop,
		.train = s->cloud.train,
		.runner = &s->runner,
		.metrics = m,
		.subscription = SUB,
		.in_flight_max = 4,
		.timeout_us = LONG_US};
}

static void pull_close(struct site *s, struct pull *p) {
	if (p)
		pull_stop(p);
	train_stop(s->cloud.train);
	pull_free(p);
	site_close(s);
}

/* Who has no memory does not acknowledge it before its job is there, and holds
 * nothing for ever. */
START_TEST(a_message_that_is_pulled) {
	for (int once = 0; once < 2; once++) {
		bool failed = true;
		for (long n = 0; failed; n++) {
			struct site s;
			struct metrics metrics = {0};
			struct pull *p = NULL;
			struct err e = {0};
			site_open(&s, policy_with(POLICY_ALLOW, false));
			const struct pull_config cfg = pull_of(&s, &metrics);
			unsigned long before = mem_failures();
			end_after(n, once);
			int rc = pull_new(&cfg, &p, &e);
			ck_assert_int_eq(rc, p ? 0 : ERR_NOMEM);
			cloud_pass(&s.cloud, A_WHILE_US);
			mem_fail_off();
			failed = mem_failures() != before;
			cloud_pass(&s.cloud, A_WHILE_US);
			ck_assert_uint_le(s.cloud.acked, s.cloud.created);
			ck_assert_uint_eq(pull_in_hand(p), 0);
			ck_assert(failed || s.cloud.acked == 1);
			pull_close(&s, p);
		}
	}
}
END_TEST

/* As long as its submit takes, and not any longer. */
START_TEST(a_lease_is_renewed) {
	struct site s;
	struct metrics metrics = {0};
	struct pull *p = NULL;
	struct err e = {0};
	site_open(&s, policy_with(POLICY_ALLOW, false));
	struct pull_config cfg = pull_of(&s, &metrics);
	cfg.renew_us = US_PER_MS;
	s.cloud.slow = true;
	ck_assert_int_eq(pull_new(&cfg, &p, &e), 0);
	for (int i = 0; i < 1000 && s.cloud.leased < 5; i++)
		cloud_pass(&s.cloud, A_WHILE_US);
	ck_assert_uint_ge(s.cloud.leased, 5);
	ck_assert_uint_eq(s.cloud.created, 1);
	ck_assert_uint_eq(s.cloud.acked, 0);
	ck_assert_uint_eq(pull_in_hand(p), 1);
	cloud_go_on(&s.cloud);
	for (int i = 0; i < 1000 && pull_in_hand(p); i++)
		cloud_pass(&s.cloud, A_WHILE_US);
	ck_assert_uint_eq(s.cloud.acked, 1);
	unsigned leased = s.cloud.leased;
	cloud_pass(&s.cloud, A_WHILE_US);
	ck_assert_uint_eq(s.cloud.leased, leased);
	pull_close(&s, p);
}
END_TEST

/* Requests overtake one another: its receipt must not be the last word. */
START_TEST(given_back_after_its_receipt) {
	struct site s;
	struct metrics metrics = {0};
	struct pull *p = NULL;
	struct err e = {0};
	site_open(&s, policy_with(POLICY_ALLOW, false));
	const struct pull_config cfg = pull_of(&s, &metrics);
	/* neither kind of job, so never right */
	s.cloud.message = "{\"receivedMessages\":[{\"ackId\":\"a\","
			  "\"message\":{\"messageId\":\"1\","
			  "\"data\":\"eyJqb2JJZCI6IngifQ==\"}}]}";
	s.cloud.slow_leases = true;
	ck_assert_int_eq(pull_new(&cfg, &p, &e), 0);
	for (int i = 0; i < 1000 && !s.cloud.leased; i++)
		cloud_pass(&s.cloud, A_WHILE_US);
	cloud_pass(&s.cloud, A_WHILE_US);
	ck_assert_uint_eq(s.cloud.leased, 1);
	ck_assert_int_eq(s.cloud.lease_s, PULL_LEASE_S);
	ck_assert_uint_eq(pull_in_hand(p), 1);
	cloud_go_on(&s.cloud);
	for (int i = 0; i < 1000 && pull_in_hand(p); i++)
		cloud_pass(&s.cloud, A_WHILE_US);
	ck_assert_uint_eq(pull_in_hand(p), 0);
	ck_assert_uint_eq(s.cloud.leased, 2);
	ck_assert_int_eq(s.cloud.lease_s, 600);
	pull_close(&s, p);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("run");
	unit_add(s, a_run);
	unit_add(s, a_run_that_cancels_another);
	unit_add(s, a_run_that_is_skipped);
	unit_add(s, a_run_that_is_tried_again);
	unit_add(s, each_attempt_cancels_its_own);
	unit_add(s, a_reason_that_is_cut);
	unit_add(s, a_note_that_is_cut);
	unit_add(s, a_rehearsal);
	unit_add(s, a_message_that_is_pulled);
	unit_add(s, a_lease_is_renewed);
	unit_add(s, given_back_after_its_receipt);
	return unit_run(s);
}
