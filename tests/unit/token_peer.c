/* SPDX-License-Identifier: MIT */
#include "tests/unit/token_peer.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/unit.h"

char peer_warning[ERR_MSG_MAX];
unsigned peer_warnings;

/* Nothing that was told may hold a secret of fixtures/cred. */
static void no_secret(const char *text) {
	ck_assert_msg(!strstr(text, "SECRET") && !strstr(text, "MII") &&
			      !strstr(text, "PRIVATE") && !strstr(text, "eyJ"),
		"%s", text);
}

static void warn(const char *text) {
	no_secret(text);
	(void)snprintf(peer_warning, sizeof peer_warning, "%s", text);
	peer_warnings++;
}

static int64_t peer_now(void *ctx) {
	const struct token_peer *p = ctx;
	return p->now_us;
}

static void header(const char *line, const char *name, char *ret, size_t max) {
	size_t n = strlen(name);
	if (strncmp(line, name, n) == 0)
		(void)snprintf(ret, max, "%s", line + n);
}

static int start(void *ctx, const struct fetch_req *rq, fetch_done *done,
	void *done_ctx, void **ret_handle, struct err *e) {
	struct token_peer *p = ctx;
	(void)e;
	ck_assert_uint_lt(p->len, TOKEN_PEER_MAX);
	struct token_request *r = &p->requests[p->len++];
	(void)snprintf(r->url, sizeof r->url, "%s", rq->url);
	for (size_t i = 0; rq->headers[i]; i++) {
		header(rq->headers[i], "Authorization: ", r->auth,
			sizeof r->auth);
		header(rq->headers[i], "x-goog-user-project: ", r->quota,
			sizeof r->quota);
	}
	r->direct = rq->direct;
	r->timeout_us = rq->timeout_us;
	r->done = done;
	r->ctx = done_ctx;
	*ret_handle = r;
	loop_stop(p->loop);
	return 0;
}

static void cancel(void *ctx, void *handle) {
	struct token_request *r = handle;
	(void)ctx;
	ck_assert_ptr_nonnull(r->done);
	r->done = NULL;
}

void peer_init(struct token_peer *p, const char *file, bool google) {
	struct err e = {0};
	const struct train_target target = p->target;
	memset(p, 0, sizeof *p);
	p->target = target;
	p->now_us = START_US;
	p->target.google = google;
	peer_warnings = 0;
	ck_assert_int_eq(loop_new(&p->loop, &e), 0);
	ck_assert_int_eq(train_target_endpoint(&p->target,
				 "ml=https://ml.googleapis.com", &e),
		0);
	if (file) {
		auto_free char *path =
			mem_printf("%s/cred/%s.json", getenv("FIXTURES"), file);
		bool open;
		ck_assert_int_eq(
			cred_load(path, &p->target.source, &open, &e), 0);
	}
	static struct clock clock = {.now_us = peer_now};
	clock.ctx = p;
	p->transport = (struct transport){start, cancel, p};
	p->cfg = (struct train_config){.loop = p->loop,
		.transport = &p->transport,
		.target = &p->target,
		.clock = &clock,
		.project = "p1",
		.agent = "check/1",
		.retry_initial_us = 1000,
		.seed = 1,
		.warn = warn};
	ck_assert_int_eq(train_new(&p->cfg, &p->train, &e), 0);
}

void peer_done(struct token_peer *p) {
	train_free(p->train);
	for (size_t i = 0; i < p->len; i++)
		ck_assert_ptr_null(p->requests[i].done);
	train_target_done(&p->target);
	loop_free(p->loop);
}

static void on_done(void *ctx, const struct train_end *end) {
	struct token_peer *p = ctx;
	p->good += end->answer != NULL;
	p->bad += end->answer == NULL;
	if (end->error) {
		p->error = *end->error;
		no_secret(p->error.err.msg);
	}
	p->attempts = end->attempts;
	loop_stop(p->loop);
}

void peer_get(struct token_peer *p) {
	struct err e = {0};
	ck_assert_int_eq(
		train_job_get(p->train, "j", 60 * US_PER_S, on_done, p, &e), 0);
}

struct token_request *peer_next(struct token_peer *p, const char *part) {
	ck_assert_msg(p->next < p->len, "no request to %s", part);
	struct token_request *r = &p->requests[p->next++];
	ck_assert_msg(
		strstr(r->url, part) != NULL, "%s, want %s", r->url, part);
	return r;
}

void peer_quiet(const struct token_peer *p) {
	ck_assert_msg(p->next == p->len, "%s", p->requests[p->next].url);
}

static void say(struct token_request *r, int status, const char *body,
	const char *kept, const char *retry_after) {
	const struct fetch_res res = {.status = status,
		.body = body,
		.body_len = strlen(body),
		.content_type = "",
		.retry_after = retry_after,
		.redirect = "",
		.kept = kept};
	fetch_done *done = r->done;
	r->done = NULL;
	done(r->ctx, &res, NULL);
}

void peer_say_kept(struct token_request *r, int status, const char *body,
	const char *kept) {
	say(r, status, body, kept, "");
}

void peer_say(struct token_request *r, int status, const char *body) {
	say(r, status, body, "", "");
}

void peer_say_later(struct token_request *r, int status, const char *body,
	const char *retry_after) {
	say(r, status, body, "", retry_after);
}

void peer_fail(struct token_request *r, int error) {
	struct err e = {0};
	(void)err_set(&e, error, "cut by the test");
	fetch_done *done = r->done;
	r->done = NULL;
	done(r->ctx, NULL, &e);
}

void peer_run(struct token_peer *p) {
	struct err e = {0};
	ck_assert_int_eq(loop_run(p->loop, &e), 0);
}
