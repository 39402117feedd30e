/* SPDX-License-Identifier: MIT */
#include "tests/unit/cloud.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/unit.h"

#define BASE "http://127.0.0.1:1"

void cloud_refuse(struct cloud_call *k, int http, const char *status,
	const char *message) {
	k->status = http;
	(void)snprintf(k->body, sizeof k->body,
		"{\"error\":{\"code\":%d,\"message\":\"%s\",\"status\":\"%s\"}"
		"}",
		http, message, status);
}

/* A job as the service tells it: what was sent, and how it is. */
static void add_job(struct cloud_call *k, const struct cloud_job *j) {
	size_t len = strlen(k->body);
	(void)snprintf(k->body + len, sizeof k->body - len,
		"%.*s,\"state\":\"%s\",\"createTime\":\"2026-03-09T00:00:"
		"00Z\"}",
		(int)strlen(j->text) - 1, j->text, j->state);
}

/* The job whose id the n characters are; NULL: there is none. */
static struct cloud_job *find(struct cloud *c, const char *id, size_t n) {
	char want[200];
	(void)snprintf(want, sizeof want, "\"jobId\":\"%.*s\"", (int)n, id);
	for (size_t i = 0; i < CLOUD_JOBS; i++)
		if (strstr(c->jobs[i].text, want))
			return &c->jobs[i];
	return NULL;
}

static void create(struct cloud *c, struct cloud_call *k, const char *body) {
	const char *id = strstr(body, "\"jobId\":\"");
	ck_assert_ptr_nonnull(id);
	id += strlen("\"jobId\":\"");
	if (find(c, id, strcspn(id, "\""))) {
		cloud_refuse(k, 409, "ALREADY_EXISTS", "no");
		return;
	}
	struct cloud_job *j = c->jobs;
	while (*j->text)
		j++;
	ck_assert(j < c->jobs + CLOUD_JOBS);
	(void)snprintf(j->text, sizeof j->text, "%s", body);
	j->state = "QUEUED";
	c->created++;
	add_job(k, j);
	if (c->on_create)
		c->on_create(c, j, k);
}

static void list(struct cloud *c, struct cloud_call *k) {
	(void)snprintf(k->body, sizeof k->body, "{\"jobs\":[");
	for (size_t i = 0; i < CLOUD_JOBS; i++)
		if (c->jobs[i].listed)
			add_job(k, &c->jobs[i]);
	(void)strcat(k->body, "]}");
}

static void look(struct cloud *c, struct cloud_call *k, const char *id) {
	const struct cloud_job *j = find(c, id, strcspn(id, "?"));
	if (j)
		add_job(k, j);
	else
		cloud_refuse(k, 404, "NOT_FOUND", "no");
}

/* The one whose id is cancelled goes no more. */
static void cancel_job(struct cloud *c, const char *id) {
	struct cloud_job *j = find(c, id, strcspn(id, ":"));
	c->cancelled++;
	if (j)
		j->listed = false;
}

/* False: there is no answer. */
static bool answer(struct cloud *c, struct cloud_call *k,
	const struct fetch_req *rq, const char *body) {
	const char *jobs = strstr(rq->url, "/jobs");
	k->status = 200;
	(void)strcpy(k->body, "");
	k->held = false;
	if (strstr(rq->url, ":pull")) {
		c->pulled++;
		if (!c->message)
			return false;
		(void)snprintf(k->body, sizeof k->body, "%s", c->message);
		c->message = NULL;
	} else if (strstr(rq->url, ":modifyAckDeadline")) {
		const char *s = strstr(body, "\"ackDeadlineSeconds\":");
		ck_assert_ptr_nonnull(s);
		c->lease_s = atoi(strchr(s, ':') + 1);
		c->leased++;
		k->held = c->slow_leases;
	} else if (strstr(rq->url, ":acknowledge")) {
		c->acked++;
	} else if (strstr(rq->url, ":cancel")) {
		cancel_job(c, jobs + 6);
	} else if (strcmp(rq->method, "POST") == 0) {
		create(c, k, body);
		k->held = c->slow;
	} else if (jobs[5] == '/') {
		look(c, k, jobs + 6);
	} else {
		list(c, k);
	}
	if (!*k->body)
		(void)strcpy(k->body, "{}");
	return !k->held;
}

static void on_timer(void *ctx) {
	struct cloud_call *k = ctx;
	const struct fetch_res res = {.status = k->status,
		.body = k->body,
		.body_len = strlen(k->body),
		.content_type = "application/json",
		.retry_after = "",
		.redirect = "",
		.kept = ""};
	const struct err e = {0};
	k->cloud = NULL;
	k->done(k->ctx, &res, &e);
}

static int start(void *ctx, const struct fetch_req *rq, fetch_done *done,
	void *done_ctx, void **ret_handle, struct err *e) {
	(void)e;
	struct cloud *c = ctx;
	struct cloud_call *k = c->calls;
	char body[CLOUD_TEXT];
	ck_assert_uint_lt(rq->body_len, sizeof body);
	(void)snprintf(body, sizeof body, "%.*s", (int)rq->body_len,
		rq->body ? (const char *)rq->body : "");
	while (k < c->calls + CLOUD_CALLS && k->cloud)
		k++;
	ck_assert(k < c->calls + CLOUD_CALLS);
	k->timer = (struct loop_timer){.cb = on_timer, .ctx = k};
	loop_timer_in(c->loop, &k->timer, 0);
	if (!answer(c, k, rq, body))
		loop_timer_stop(c->loop, &k->timer);
	k->cloud = c;
	k->done = done;
	k->ctx = done_ctx;
	*ret_handle = k;
	return 0;
}

static void cancel(void *ctx, void *handle) {
	struct cloud *c = ctx;
	struct cloud_call *k = handle;
	loop_timer_stop(c->loop, &k->timer);
	k->cloud = NULL;
}

void cloud_open(struct cloud *c) {
	static const char *const services[] = {"ml=" BASE, "pubsub=" BASE};
	struct err e = {0};
	*c = (struct cloud){.transport = {start, cancel, c}};
	ck_assert_int_eq(loop_new(&c->loop, &e), 0);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(
			train_target_endpoint(&c->target, services[i], &e), 0);
	const struct train_config cfg = {.loop = c->loop,
		.transport = &c->transport,
		.target = &c->target,
		.clock = &clock_real,
		.project = "p1",
		.agent = "check/1",
		.retry_initial_us = 1000,
		.seed = 1};
	ck_assert_int_eq(train_new(&cfg, &c->train, &e), 0);
}

void cloud_close(struct cloud *c) {
	train_free(c->train);
	train_target_done(&c->target);
	loop_free(c->loop);
}

void cloud_forget(struct cloud *c) {
	memset(c->jobs, 0, sizeof c->jobs);
	c->created = c->cancelled = c->pulled = c->leased = c->acked = 0;
}

void cloud_go_on(struct cloud *c) {
	for (struct cloud_call *k = c->calls; k < c->calls + CLOUD_CALLS; k++)
		if (k->cloud && k->held)
			loop_timer_in(c->loop, &k->timer, 0);
	c->slow = c->slow_leases = false;
}

static void stop(void *ctx) {
	loop_stop(((struct cloud *)ctx)->loop);
}

void cloud_pass(struct cloud *c, int64_t us) {
	struct loop_timer t = {.cb = stop, .ctx = c};
	loop_timer_in(c->loop, &t, us);
	ck_assert_int_eq(loop_run(c->loop, NULL), 0);
}
