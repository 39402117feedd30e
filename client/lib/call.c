/* SPDX-License-Identifier: MIT */
/* One API call: a request sent until it has an answer that counts, or there is
 * no point in sending it again. Where its effect can be looked at, a look comes
 * between an attempt that may have had it and the next. What a 409 means, and
 * whose a thing is that a look finds, is the caller's business. */
#include <stdio.h>
#include <string.h>

#include "client/lib/cred.h"
#include "common/jsn.h"
#include "common/list.h"
#include "common/mem.h"

struct call {
	struct heap_node turn; /* in turns.waiting; first */
	struct train *train;
	enum train_service service;
	struct call *next, **link; /* of train->calls */
	const char *method;
	char *url, *look, *agent, *body, *quota;
	char *auth; /* the header of the last request, or NULL */
	bool idempotent;
	int64_t started_us, deadline_us; /* monotonic */
	int64_t attempt_us;		 /* ceiling of one request */
	size_t answer_max;		 /* and of its answer, in bytes */
	unsigned attempt;		 /* requests sent */
	unsigned failures; /* also of those that could not be sent */
	unsigned retries;
	bool doubtful, renewed;
	bool looking;	       /* the request of now is the look */
	struct cred_wait wait; /* for a token */
	void *handle;	       /* of the transport; NULL between attempts */
	struct loop_timer timer;
	train_done *done;
	void *ctx;
};

static int fetch_transport_start(void *ctx, const struct fetch_req *rq,
	fetch_done *done, void *done_ctx, void **ret_handle, struct err *e) {
	struct fetch_call *c;
	int rc = fetch_start(ctx, rq, done, done_ctx, &c, e);
	if (!rc)
		*ret_handle = c;
	return rc;
}

static void fetch_transport_cancel(void *ctx, void *handle) {
	(void)ctx;
	fetch_cancel(handle);
}

struct transport transport_fetch(struct fetch *f) {
	return (struct transport){
		fetch_transport_start, fetch_transport_cancel, f};
}

static void end_turn(struct call *c);

static void call_free(struct call *c) {
	const struct train_config *cfg = &c->train->cfg;
	LIST_DEL(c);
	heap_del(&c->train->turns[c->service].waiting, &c->turn);
	if (c->handle) {
		cfg->transport->cancel(cfg->transport->ctx, c->handle);
		end_turn(c);
	}
	loop_timer_stop(cfg->loop, &c->timer);
	cred_forget(&c->wait);
	mem_free(c->url);
	mem_free(c->look);
	mem_free(c->agent);
	mem_free(c->quota);
	mem_free(c->auth);
	mem_free(c->body);
	mem_free(c);
}

static void finish(
	struct call *c, const json_t *answer, const struct train_error *error) {
	const struct train_end end = {.answer = answer,
		.error = error,
		.attempts = c->attempt,
		.retries = c->retries,
		.doubtful = c->doubtful,
		.looked = c->looking};
	c->done(c->ctx, &end);
	call_free(c);
}

static void finish_local(struct call *c, const struct err *e) {
	struct train_error error;
	apierr_local(&error, e);
	finish(c, NULL, &error);
}

void call_stop_all(struct train *t) {
	struct err e = {0};
	(void)err_set(&e, ERR_STOPPED, "stopped before it was settled");
	while (t->calls)
		finish_local(t->calls, &e);
}

/* Arms the timer of the next attempt, or ends the call. */
static void failed(struct call *c, const struct train_error *error) {
	struct train *t = c->train;
	const struct retry_policy policy = {
		.initial_us = t->cfg.retry_initial_us,
		.cap_us = RETRY_CAP_US,
		.attempts_max = ATTEMPTS_MAX};
	const struct retry_try again = {.idempotent = c->idempotent,
		.attempt = ++c->failures,
		.elapsed_us = clock_mono_us() - c->started_us,
		.total_us = c->deadline_us - c->started_us,
		.random = (uint32_t)(rng_next(&t->rng) >> 32)};
	int64_t wait = retry_wait(&policy, &again, error);
	if (wait < 0) {
		finish(c, NULL, error);
		return;
	}
	c->retries++;
	c->doubtful |= retry_doubtful(error);
	c->looking = c->look && (c->looking || retry_doubtful(error));
	loop_timer_in(t->cfg.loop, &c->timer, wait);
}

/* The body of a success. One that is not whole JSON was cut on its way, so the
 * request counts as lost. */
static json_t *read_answer(const struct fetch_res *res, struct err *e) {
	json_t *answer = res->body_len
				 ? jsn_parse(res->body, res->body_len, false, e)
				 : json_object();
	if (!answer && res->body_len && e->code != ERR_NOMEM) {
		e->code = ERR_LOST;
		(void)err_wrap(e, "the answer cannot be read");
	} else if (!answer) {
		(void)err_nomem(e);
	}
	return answer;
}

/* After a 401, which a service says before it does anything: whether another
 * token may do better. Once a call; the request is then on its way again. */
static bool new_token(struct call *c) {
	struct train *t = c->train;
	auto_free char *auth = NULL;
	struct err e = {0};
	if (c->renewed || !c->auth)
		return false;
	if (t->cred ? !cred_refused(t->cred, c->auth)
		    : cred_header(t->cfg.target, &auth, &e) || !auth ||
				strcmp(auth, c->auth) == 0)
		return false;
	c->renewed = true;
	c->retries++;
	loop_timer_in(t->cfg.loop, &c->timer, 0);
	return true;
}

static void go_on(struct call *c);

static void on_answer(
	void *ctx, const struct fetch_res *res, const struct err *e) {
	struct call *c = ctx;
	end_turn(c);
	struct train_error error;
	struct err why = {0};
	if (!res) {
		apierr_local(&error, e);
		failed(c, &error);
		return;
	}
	if (res->status == 401 && new_token(c))
		return;
	if (c->looking && retry_unseen(res->status)) {
		c->looking = false;
		go_on(c);
		return;
	}
	if (res->status < 200 || res->status > 299) {
		apierr_parse(res->status, res->body, res->body_len, &error);
		int64_t after = retry_after(
			res->retry_after, clock_now_us(c->train->cfg.clock));
		if (after > error.after_us)
			error.after_us = after;
		failed(c, &error);
		return;
	}
	auto_json json_t *answer = read_answer(res, &why);
	if (!answer) {
		apierr_local(&error, &why);
		failed(c, &error);
		return;
	}
	finish(c, answer, NULL);
}

/* Puts the token there is into c->auth. */
static int authorize(struct call *c, struct err *e) {
	const struct train *t = c->train;
	mem_free(TAKE(c->auth));
	int rc = t->cred ? cred_auth(t->cred, &c->auth, e)
			 : cred_header(t->cfg.target, &c->auth, e);
	/* a file that is not right has nothing to do with what is sent */
	if (rc == ERR_SHAPE)
		rc = e->code = ERR_IO;
	return rc;
}

/* Sends the request once. */
static int send_once(struct call *c, struct err *e) {
	const struct train_config *cfg = &c->train->cfg;
	int rc = authorize(c, e);
	if (rc)
		return rc;
	const char *headers[6];
	size_t n = 0;
	headers[n++] = "Accept: application/json";
	headers[n++] = c->agent;
	const char *body = c->looking ? NULL : c->body;
	if (body)
		headers[n++] = "Content-Type: application/json";
	if (c->auth)
		headers[n++] = c->auth;
	if (c->quota)
		headers[n++] = c->quota;
	headers[n] = NULL;
	int64_t left = c->deadline_us - clock_mono_us();
	if (left < US_PER_MS) /* the first may still go out */
		left = US_PER_MS;
	const struct fetch_req rq = {.method = c->looking ? "GET" : c->method,
		.url = c->looking ? c->look : c->url,
		.headers = headers,
		.body = body,
		.body_len = body ? strlen(body) : 0,
		.timeout_us = left < c->attempt_us ? left : c->attempt_us,
		.answer_max = c->answer_max};
	rc = cfg->transport->start(
		cfg->transport->ctx, &rq, on_answer, c, &c->handle, e);
	if (rc)
		return rc;
	c->attempt++;
	c->train->turns[c->service].busy++;
	return 0;
}

/* Sends the request, or has it wait for its turn: until then it takes no more
 * memory than what it says. */
static int dispatch(struct call *c, struct err *e) {
	struct turns *t = &c->train->turns[c->service];
	if (t->busy < REQUESTS_MAX)
		return send_once(c, e);
	c->turn.key = c->started_us;
	heap_add(&t->waiting, &c->turn);
	loop_timer_at(c->train->cfg.loop, &c->timer, c->deadline_us);
	return 0;
}

/* Sends the request, when there is a token for it. */
static int attempt(struct call *c, struct err *e) {
	struct train *t = c->train;
	bool waits = false;
	int rc = t->cred ? cred_want(t->cred, &c->wait, &waits, e) : 0;
	if (rc || !waits)
		return rc ? rc : dispatch(c, e);
	loop_timer_at(t->cfg.loop, &c->timer, c->deadline_us);
	return 0;
}

/* What could not be sent may be tried again. */
static void not_sent(struct call *c, const struct err *e) {
	struct train_error error;
	apierr_local(&error, e);
	failed(c, &error);
}

static void on_token(void *ctx, const struct train_error *why) {
	struct call *c = ctx;
	struct err e = {0};
	loop_timer_stop(c->train->cfg.loop, &c->timer);
	if (why)
		failed(c, why);
	else if (dispatch(c, &e))
		not_sent(c, &e);
}

static void go_on(struct call *c) {
	struct err e = {0};
	if (attempt(c, &e))
		not_sent(c, &e);
}

/* Its request is over: whose turn it is goes on. */
static void end_turn(struct call *c) {
	struct train *train = c->train;
	struct turns *t = &train->turns[c->service];
	struct heap_node *n;
	c->handle = NULL;
	t->busy--;
	while (!train->stopping && t->busy < REQUESTS_MAX &&
		(n = heap_min(&t->waiting))) {
		struct call *next = (struct call *)(void *)n;
		heap_del(&t->waiting, n);
		loop_timer_stop(train->cfg.loop, &next->timer);
		go_on(next);
	}
}

static void on_timer(void *ctx) {
	struct call *c = ctx;
	struct err e = {0};
	if (c->wait.link || heap_has(&c->turn)) {
		(void)err_set(&e, ERR_NOTSENT,
			heap_has(&c->turn)
				? "its turn did not come in time"
				: "no credentials: no token came in time");
		finish_local(c, &e);
	} else {
		go_on(c);
	}
}

/* The header that says whose quota is used. */
static int set_quota(struct call *c, struct err *e) {
	const struct cred_source *s = c->train->cfg.target->source;
	if (!s || !s->quota_project)
		return 0;
	c->quota = mem_printf("x-goog-user-project: %s", s->quota_project);
	return c->quota ? 0 : err_nomem(e);
}

/* Without indentation where the service indents by default and a job is what
 * comes back: reading the blanks was a third of what a submit cost. */
static char *url_of(
	const struct train *t, enum train_service service, const char *path) {
	const char *compact = service != TRAIN_ML ? ""
			      : strchr(path, '?') ? "&prettyPrint=false"
						  : "?prettyPrint=false";
	return mem_printf("%s%s%s", t->cfg.target->url[service], path, compact);
}

/* Half of the whole, so that one request that hangs leaves time for another. */
static int64_t attempt_limit(const struct call *c) {
	int64_t half = (c->deadline_us - c->started_us) / 2;
	return half > ATTEMPT_US  ? ATTEMPT_US
	       : half < US_PER_MS ? US_PER_MS
				  : half;
}

int call_start(struct train *t, const struct call_req *rq, train_done *done,
	void *ctx, struct err *e) {
	if (t->stopping)
		return err_set(e, ERR_STOPPED, "stopping");
	struct call *c = mem_zero(1, sizeof *c);
	if (!c)
		return err_nomem(e);
	c->train = t;
	LIST_ADD(t->calls, c);
	c->service = rq->service;
	c->method = rq->method;
	c->idempotent = rq->idempotent;
	c->started_us = clock_mono_us();
	c->deadline_us = rq->deadline_us;
	c->attempt_us = rq->attempt_us ? rq->attempt_us : attempt_limit(c);
	c->answer_max = rq->answer_max ? rq->answer_max : ANSWER_MAX;
	c->timer.cb = on_timer;
	c->timer.ctx = c;
	c->wait.ready = on_token;
	c->wait.ctx = c;
	c->done = done;
	c->ctx = ctx;
	c->url = url_of(t, rq->service, rq->path);
	c->look = rq->look ? url_of(t, rq->service, rq->look) : NULL;
	c->agent = mem_printf("User-Agent: %s", t->cfg.agent);
	c->body = rq->body ? mem_strdup(rq->body) : NULL;
	bool whole = c->url && c->agent && (c->look || !rq->look) &&
		     (c->body || !rq->body);
	int rc = whole ? set_quota(c, e) : err_nomem(e);
	if (!rc)
		rc = attempt(c, e);
	/* a token that may be had later is waited for like an answer */
	if (rc == ERR_NOTSENT && t->cred) {
		loop_timer_in(t->cfg.loop, &c->timer, 0);
		rc = 0;
	}
	if (rc)
		call_free(c);
	return rc;
}
