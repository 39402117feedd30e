/* SPDX-License-Identifier: MIT */
/* Nothing here allocates while a request is under way, so that a test may make
 * allocations fail; requests are compared at the end. */
#include "tests/unit/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define BASE "https://ml.googleapis.com"

static void on_timer(void *ctx) {
	struct wire *w = ctx;
	const struct wire_step *s = &w->steps[w->next++];
	struct err e = {0};
	if (s->error)
		(void)err_set(&e, s->error, "cut by the test");
	w->done(w->ctx, s->error ? NULL : &s->res, &e);
}

static int start(void *ctx, const struct fetch_req *rq, fetch_done *done,
	void *done_ctx, void **ret_handle, struct err *e) {
	(void)e;
	struct wire *w = ctx;
	ck_assert_msg(w->next < w->len, "one request too many: %s %s",
		rq->method, rq->url);
	ck_assert(rq->timeout_us > 0);
	loop_timer_in(w->loop, &w->timer, 0);
	struct wire_step *s = &w->steps[w->next];
	(void)snprintf(s->method, sizeof s->method, "%s", rq->method);
	(void)snprintf(s->url, sizeof s->url, "%s", rq->url);
	s->has_body = rq->body != NULL;
	s->timeout_us = rq->timeout_us;
	ck_assert_uint_lt(rq->body_len, sizeof s->body);
	if (rq->body)
		memcpy(s->body, rq->body, rq->body_len);
	s->body[rq->body ? rq->body_len : 0] = '\0';
	size_t n = 0;
	for (size_t i = 0; rq->headers[i]; i++)
		n += (size_t)snprintf(s->headers + n, sizeof s->headers - n,
			"%s\r\n", rq->headers[i]);
	ck_assert_uint_lt(n, sizeof s->headers);
	w->done = done;
	w->ctx = done_ctx;
	*ret_handle = s;
	return 0;
}

static void cancel(void *ctx, void *handle) {
	struct wire *w = ctx;
	ck_assert_ptr_eq(handle, &w->steps[w->next]);
	loop_timer_stop(w->loop, &w->timer);
	w->cancelled++;
}

/* The folder of a case, of which n characters name it. */
static void open_case(const char *name, int n, struct exchange *ret) {
	const char *root = getenv("FIXTURES");
	ck_assert_msg(root != NULL, "FIXTURES is not set");
	auto_free char *folder = mem_printf("%s/wire/%s%.*s", root,
		memchr(name, '/', (size_t)n) ? "" : "ml/", n, name);
	struct err e = {0};
	int rc = exchange_load(folder, ret, &e);
	ck_assert_msg(rc == 0, "%s", e.msg);
}

json_t *wire_job(const char *name) {
	struct exchange x;
	open_case(name, (int)strlen(name), &x);
	json_t *job = jsn_parse(x.body, strlen(x.body), true, NULL);
	ck_assert_ptr_nonnull(job);
	exchange_done(&x);
	return job;
}

static void load(struct wire_step *s, const char *name) {
	int n = (int)strcspn(name, "!");
	s->name = name;
	s->error = strcmp(name + n, "!lost") == 0      ? ERR_LOST
		   : strcmp(name + n, "!timeout") == 0 ? ERR_TIMEOUT
		   : strcmp(name + n, "!notsent") == 0 ? ERR_NOTSENT
						       : 0;
	open_case(name, n, &s->want);
	(void)exchange_header(s->want.res_headers, "Retry-After",
		s->retry_after, sizeof s->retry_after);
	s->res = (struct fetch_res){.status = s->want.status,
		.body = s->want.res_body,
		.body_len = strlen(s->want.res_body),
		.content_type = "",
		.retry_after = s->retry_after};
}

static int64_t fixed_now(void *ctx) {
	(void)ctx;
	return 0;
}

void wire_init(struct wire *w, const char *const *steps) {
	static const struct clock clock = {fixed_now, NULL};
	struct err e = {0};
	memset(w, 0, sizeof *w);
	ck_assert_int_eq(loop_new(&w->loop, &e), 0);
	for (; steps[w->len]; w->len++)
		load(&w->steps[w->len], steps[w->len]);
	ck_assert_uint_le(w->len, WIRE_STEPS_MAX);
	w->timer.cb = on_timer;
	w->timer.ctx = w;
	w->transport = (struct transport){start, cancel, w};
	static const char *const services[] = {
		"ml=" BASE, "logging=" BASE, "pubsub=" BASE, "scheduler=" BASE};
	for (size_t i = 0; i < TRAIN_SERVICE_COUNT; i++)
		ck_assert_int_eq(
			train_target_endpoint(&w->target, services[i], &e), 0);
	const struct train_config cfg = {.loop = w->loop,
		.transport = &w->transport,
		.target = &w->target,
		.clock = &clock,
		.project = "test-project",
		.agent = "check/1",
		.retry_initial_us = 1000,
		.seed = 1};
	ck_assert_int_eq(train_new(&cfg, &w->train, &e), 0);
}

/* libtrain asks the jobs API for answers that are not indented. The exchanges
 * were recorded without that, and are the same otherwise. */
static void cut_compact(char *url) {
	static const char compact[] = "prettyPrint=false";
	if (strncmp(url, BASE "/v1/projects/test-project/jobs",
		    strlen(BASE "/v1/projects/test-project/jobs")) != 0)
		return;
	size_t len = strlen(url), n = strlen(compact);
	ck_assert_msg(
		len > n && strcmp(url + len - n, compact) == 0, "%s", url);
	ck_assert(strchr("?&", url[len - n - 1]) != NULL);
	url[len - n - 1] = '\0';
}

static void check_request(struct wire_step *s) {
	ck_assert_msg(strncmp(s->url, BASE, strlen(BASE)) == 0, "%s", s->url);
	cut_compact(s->url);
	ck_assert_msg(
		strcmp(s->want.method, s->method) == 0 &&
			strcmp(s->want.target, s->url + strlen(BASE)) == 0,
		"%s: sent %s %s want %s %s", s->name, s->method, s->url,
		s->want.method, s->want.target);
	ck_assert_ptr_nonnull(strstr(s->headers, "User-Agent: check/1\r\n"));
	ck_assert_ptr_nonnull(
		strstr(s->headers, "Accept: application/json\r\n"));
	const char *want = s->want.body;
	ck_assert_int_eq(s->has_body, *want != '\0');
	ck_assert_int_eq(s->has_body,
		strstr(s->headers, "Content-Type: application/json\r\n") !=
			NULL);
	if (!s->has_body)
		return;
	auto_json json_t *a = jsn_parse(want, strlen(want), true, NULL);
	auto_json json_t *b = jsn_parse(s->body, strlen(s->body), true, NULL);
	ck_assert_msg(a && b && json_equal(a, b), "%s: sent %s want %s",
		s->name, s->body, want);
}

void wire_done(struct wire *w, bool partly) {
	train_free(w->train);
	for (size_t i = 0; i < w->next && !partly; i++)
		check_request(&w->steps[i]);
	if (!partly)
		ck_assert_uint_eq(w->next, w->len);
	for (size_t i = 0; i < w->len; i++)
		exchange_done(&w->steps[i].want);
	json_decref(w->answer);
	train_target_done(&w->target);
	loop_free(w->loop);
}

void wire_on_done(void *ctx, const struct train_end *end) {
	struct wire *w = ctx;
	w->calls++;
	ck_assert((end->answer == NULL) == (end->error != NULL));
	w->answer = json_incref((json_t *)end->answer);
	if (end->error)
		w->error = *end->error;
	w->attempts = end->attempts;
	w->retries = end->retries;
	w->looked = end->looked;
	w->doubtful = end->doubtful;
	loop_stop(w->loop);
}

void wire_on_submitted(void *ctx, const struct train_submitted *s) {
	struct wire *w = ctx;
	w->calls++;
	bool bad = s->outcome == TRAIN_CONFLICT || s->outcome == TRAIN_FAILED;
	ck_assert(bad == (s->error != NULL));
	w->outcome = s->outcome;
	w->answer = json_incref((json_t *)s->job);
	if (s->error)
		w->error = *s->error;
	w->attempts = s->attempts;
	w->retries = s->retries;
	w->doubtful = s->doubtful;
	loop_stop(w->loop);
}

void wire_run(struct wire *w) {
	struct err e = {0};
	ck_assert_int_eq(loop_run(w->loop, &e), 0);
	ck_assert_uint_eq(w->calls, 1);
}

bool wire_fails(struct wire *w, int rc) {
	struct err e = {0};
	if (!rc)
		rc = loop_run(w->loop, &e);
	mem_fail_off();
	ck_assert_uint_le(w->calls, 1);
	ck_assert(w->calls || rc == ERR_NOMEM);
	if (!rc)
		rc = w->error.err.code;
	if (rc)
		ck_assert_int_eq(rc, ERR_NOMEM);
	return rc != 0;
}
