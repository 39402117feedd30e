/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/submit.h"

#include <stdio.h>
#include <string.h>

#include "client/uniquifier/answer.h"
#include "client/uniquifier/push.h"
#include "client/uniquifier/trace.h"
#include "client/uniquifier/uniq.h"
#include "client/uniquifier/verdict.h"
#include "common/jsn.h"
#include "common/log.h"
#include "common/mem.h"

/* One message in hand. */
struct work {
	struct service *service;
	struct req *req;
	struct push *push; /* NULL until parsed */
	struct uniq *uniq; /* NULL until made */
	int64_t started_us;
};

/* How it ended, for the answer and the log. */
struct decision {
	const char *outcome;
	int http;
	unsigned attempts, retries;
	const char *reason; /* NULL when all went well */
	enum log_level level;
};

static void work_free(struct work *w) {
	w->service->in_hand--;
	uniq_free(w->uniq);
	push_free(w->push);
	mem_free(w);
}

static json_t *fields_of(const struct work *w, const struct decision *d) {
	const struct push *p = w->push;
	const struct uniq *u = w->uniq;
	json_int_t ms = (clock_mono_us() - w->started_us) / US_PER_MS;
	json_t *fields = json_pack(
		"{s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:i, s:i, "
		"s:I, s:s*, s:s*}",
		"outcome", d->outcome, "shape",
		p ? push_shape_name(p->shape) : NULL, "messageId",
		p ? p->message_id : NULL, "subscription",
		p && *p->subscription ? p->subscription : NULL, "jobId",
		u ? u->job_id : NULL, "key", u ? u->key : NULL, "keyFrom",
		u ? uniq_key_name(u->from) : NULL, "httpStatus", d->http,
		"attempts", (int)d->attempts, "milliseconds", ms, "reason",
		d->reason, "note", u && *u->note ? u->note : NULL);
	json_t *labels = json_pack("{s:s, s:s*}", "outcome", d->outcome,
		"job_id", u ? u->job_id : NULL);
	if (fields && labels)
		(void)json_object_set(
			fields, "logging.googleapis.com/labels", labels);
	json_decref(labels);
	return trace_add(fields, w->req, w->service->project);
}

/* Logs, answers and ends the work. */
static void decide(struct work *w, const struct decision *d) {
	const char *job_id = w->uniq ? w->uniq->job_id : NULL;
	enum log_level level = d->level;
	if (w->uniq && w->uniq->warn && level < LOG_WARNING)
		level = LOG_WARNING;
	log_fields(level, fields_of(w, d), "%s%s%s%s%s", d->outcome,
		job_id ? " " : "", job_id ? job_id : "", d->reason ? ": " : "",
		d->reason ? d->reason : "");
	metrics_push(w->service->metrics, d->outcome, d->retries,
		clock_mono_us() - w->started_us);
	answer(w->req, d->http, d->outcome, job_id, d->reason);
	work_free(w);
}

/* A message of which no job was sent. */
static void turn_down(struct work *w, const struct err *e) {
	int http = verdict_message(e);
	bool later = http >= 500;
	decide(w,
		&(const struct decision){.outcome = later ? "later" : "refused",
			.http = http,
			.reason = e->msg,
			.level = later ? LOG_WARNING : LOG_ERROR});
}

static void on_submitted(void *ctx, const struct train_submitted *s) {
	struct work *w = ctx;
	/* a job that was there already is looked at: no retry */
	unsigned needed =
		s->outcome == TRAIN_CREATED || s->outcome == TRAIN_FAILED ? 1
									  : 2;
	struct decision d = {.outcome = train_outcome_name(s->outcome),
		.http = verdict_submit(s),
		.attempts = s->attempts,
		.retries = s->attempts > needed ? s->attempts - needed : 0,
		.reason = s->error ? s->error->err.msg : NULL,
		.level = LOG_INFO};
	switch (s->outcome) {
	case TRAIN_CREATED:
	case TRAIN_ADOPTED:
		break;
	case TRAIN_KEPT:
		d.reason = "the job of that id was made from another spec";
		d.level = LOG_WARNING;
		break;
	case TRAIN_CONFLICT:
		d.reason = "the id belongs to a job that is not ours";
		d.level = LOG_ERROR;
		break;
	case TRAIN_FAILED:
		d.outcome = d.http >= 500 ? "later" : "refused";
		d.level = d.http >= 500 ? LOG_WARNING : LOG_ERROR;
		break;
	}
	decide(w, &d);
}

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

static int parse(struct work *w, struct err *e) {
	struct taken t = {.len = 0};
	struct push_request rq = {.body_max = w->service->body_max};
	req_each_header(w->req, on_header, &t);
	if (t.over)
		return err_set(e, ERR_SHAPE, "over %d headers of a message",
			PUSH_HEADERS_MAX);
	rq.body = req_body(w->req, &rq.len);
	rq.headers = t.at;
	rq.header_count = t.len;
	return push_parse(&rq, &w->push, e);
}

void service_take(struct service *s, struct req *r) {
	struct work *w = mem_zero(1, sizeof *w);
	struct err e = {0};
	if (!w) {
		metrics_away(s->metrics, AWAY_NO_MEMORY);
		answer(r, 503, "later", NULL, "out of memory");
		return;
	}
	w->service = s;
	w->req = r;
	s->in_hand++;
	w->started_us = clock_mono_us();
	int rc = parse(w, &e);
	if (!rc)
		rc = uniq_make(w->push, &s->rules, &w->uniq, &e);
	if (!rc)
		rc = train_submit(s->train, w->uniq->job, s->timeout_us,
			on_submitted, w, &e);
	if (rc)
		turn_down(w, &e);
}
