/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/submit.h"

#include "client/uniquifier/answer.h"
#include "client/uniquifier/push.h"
#include "client/uniquifier/trace.h"
#include "common/jsn.h"
#include "common/mem.h"

/* The headers that say something of the message. */
struct taken {
	struct push_header at[PUSH_HEADERS_MAX];
	size_t len;
	bool over; /* there were more */
};

static void on_header(void *ctx, const char *name, const char *value) {
	struct taken *t = ctx;
	if (!push_wants(name))
		return;
	t->over |= t->len == PUSH_HEADERS_MAX;
	if (!t->over)
		t->at[t->len++] = (struct push_header){name, value};
}

static int parse(const struct service *s, struct req *r, struct push **ret,
	struct err *e) {
	struct taken t = {.len = 0};
	struct push_request rq = {.body_max = s->body_max};
	req_each_header(r, on_header, &t);
	if (t.over)
		return err_set(e, ERR_SHAPE, "over %d headers of a message",
			PUSH_HEADERS_MAX);
	rq.body = req_body(r, &rq.len);
	rq.headers = t.at;
	rq.header_count = t.len;
	return push_parse(&rq, ret, e);
}

/* One push in hand. */
struct work {
	struct service *service;
	struct req *req;
};

static void on_decided(void *ctx, const struct decision *d) {
	struct work *w = ctx;
	struct service *s = w->service;
	auto_json json_t *fields =
		trace_add(json_incref(d->fields), w->req, s->project);
	s->in_hand--;
	run_log(d, fields);
	metrics_push(s->metrics, d->outcome, d->retries, d->took_us);
	answer(w->req, d->http, d->outcome, d->job_id, d->reason);
	mem_free(w);
}

void service_take(struct service *s, struct req *r) {
	struct work *w = mem_zero(1, sizeof *w);
	struct push *push = NULL;
	struct err e = {0};
	if (!w) {
		metrics_away(s->metrics, AWAY_NO_MEMORY);
		answer(r, 503, "later", NULL, "out of memory");
		return;
	}
	w->service = s;
	w->req = r;
	s->in_hand++;
	if (parse(s, r, &push, &e))
		run_refuse(&e, on_decided, w);
	else
		run_start(s->runner, push, on_decided, w);
}
