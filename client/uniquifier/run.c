/* SPDX-License-Identifier: MIT */
/* The steps of a run. Its own job is looked for before anything else is asked,
 * so that a message that comes again finds it, and neither skips nor cancels on
 * its own account; a predecessor is cancelled before the job is created, so
 * that whoever is killed in between begins again where he was. */
#include "client/uniquifier/run.h"

#include <stdio.h>
#include <string.h>

#include "client/uniquifier/verdict.h"
#include "common/jsn.h"
#include "common/list.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/when.h"

struct run {
	struct runner *runner;
	struct run *next, **link; /* of runner->runs */
	struct push *push;	  /* NULL when it is no message */
	struct uniq *uniq;	  /* of this attempt; NULL until made */
	struct policy policy;
	unsigned attempt;
	unsigned requests, retries;
	int64_t started_us;
	int64_t now_us; /* by the services' clock, for the policies */
	bool sole;	/* no other run of the group may be in hand */
	json_t *cancel; /* the jobs to cancel first, or NULL */
	size_t cancelled;
	char text[ERR_MSG_MAX]; /* a reason that had to be put together */
	run_done *done;
	void *ctx;
};

static void run_free(struct run *r) {
	LIST_DEL(r);
	json_decref(r->cancel);
	uniq_free(r->uniq);
	push_free(r->push);
	mem_free(r);
}

/* ---- how it ends ---- */

/* What cannot be said of it is left out. */
static void put(json_t *fields, const char *name, const char *text) {
	if (text)
		(void)json_object_set_new(fields, name, jsn_string(text));
}

/* Also as labels, by which Cloud Logging finds lines and counts them. */
static void put_labels(json_t *fields, const struct decision *d) {
	json_t *labels = json_object();
	put(labels, "outcome", d->outcome);
	put(labels, "job_id", d->job_id);
	(void)json_object_set_new(
		fields, "logging.googleapis.com/labels", labels);
}

static void put_push(json_t *fields, const struct push *p) {
	put(fields, "shape", push_shape_name(p->shape));
	put(fields, "messageId", p->message_id);
	put(fields, "subscription", *p->subscription ? p->subscription : NULL);
}

static void put_uniq(json_t *fields, const struct uniq *u) {
	put(fields, "jobId", u->job_id);
	put(fields, "key", u->key);
	put(fields, "keyFrom", uniq_key_name(u->from));
	put(fields, "note", *u->note ? u->note : NULL);
}

static json_t *fields_of(
	const struct push *p, const struct uniq *u, const struct decision *d) {
	json_t *fields = json_object();
	put(fields, "outcome", d->outcome);
	if (p)
		put_push(fields, p);
	if (u)
		put_uniq(fields, u);
	(void)json_object_set_new(fields, "httpStatus", json_integer(d->http));
	(void)json_object_set_new(
		fields, "attempts", json_integer(d->attempts));
	(void)json_object_set_new(
		fields, "milliseconds", json_integer(d->took_us / US_PER_MS));
	put(fields, "reason", d->reason);
	put_labels(fields, d);
	return fields;
}

void run_log(const struct decision *d, json_t *fields) {
	log_fields(d->level, json_incref(fields), "%s%s%s%s%s", d->outcome,
		d->job_id ? " " : "", d->job_id ? d->job_id : "",
		d->reason ? ": " : "", d->reason ? d->reason : "");
}

/* Tells and ends the run. */
static void decide(struct run *r, struct decision d) {
	d.job_id = r->uniq ? r->uniq->job_id : NULL;
	d.attempts = r->requests;
	d.retries = r->retries;
	d.took_us = clock_mono_us() - r->started_us;
	/* a rehearsal must not make anyone believe that the run was had */
	if (r->runner->dry_run && d.http < 300) {
		d.outcome = "dry-run";
		d.http = 503;
		d.level = LOG_NOTICE;
	}
	if (r->uniq && r->uniq->warn && d.level < LOG_WARNING)
		d.level = LOG_WARNING;
	d.fields = fields_of(r->push, r->uniq, &d);
	r->done(r->ctx, &d);
	json_decref(d.fields);
	run_free(r);
}

static void fail(struct run *r, int http, const char *reason) {
	bool later = http >= 500;
	decide(r, (struct decision){.outcome = later ? "later" : "refused",
			  .http = http,
			  .reason = reason,
			  .level = later ? LOG_WARNING : LOG_ERROR});
}

static void skip(struct run *r, const char *reason, enum log_level level) {
	decide(r, (struct decision){.outcome = "skipped",
			  .http = 200,
			  .reason = reason,
			  .level = level});
}

void run_refuse(const struct err *why, run_done *done, void *ctx) {
	int http = verdict_message(why);
	bool later = http >= 500;
	const char *outcome = later ? "later" : "refused";
	struct decision d = {.outcome = outcome,
		.http = http,
		.reason = why->msg,
		.level = later ? LOG_WARNING : LOG_ERROR};
	auto_json json_t *fields = d.fields = fields_of(NULL, NULL, &d);
	done(ctx, &d);
}

/* ---- the steps ---- */

static void count(struct run *r, unsigned attempts, unsigned retries) {
	r->requests += attempts;
	r->retries += retries;
}

static int begin(struct run *r, struct err *e);

static int64_t left(const struct run *r) {
	int64_t us = r->started_us + r->runner->timeout_us - clock_mono_us();
	return us > 0 ? us : 0; /* the service's answer then is a timeout */
}

/* The job and its id, of this attempt. */
static int make(struct run *r, struct err *e) {
	struct uniq_rules rules = r->runner->rules;
	struct uniq *u = NULL;
	rules.attempt = r->attempt;
	int rc = uniq_make(r->push, &rules, &u, e);
	if (rc)
		return rc;
	uniq_free(r->uniq);
	r->uniq = u;
	return 0;
}

/* The same message as another attempt. */
static void again(struct run *r) {
	struct err e = {0};
	r->attempt++;
	if (make(r, &e) || begin(r, &e))
		fail(r, verdict_message(&e), e.msg);
}

/* The run's job is there: another attempt, unless this is what was wanted. */
static void found(struct run *r, struct decision d, const json_t *job) {
	bool failed = job && strcmp(jsn_text(job, "state"), "FAILED") == 0;
	if (policy_again(&r->policy, job, r->attempt)) {
		again(r);
		return;
	}
	if (failed && !d.reason)
		d.reason = r->policy.retry
				   ? "it has failed, and so has every attempt"
				   : "it has failed, and is not tried again";
	decide(r, d);
}

static void on_submitted(void *ctx, const struct train_submitted *s) {
	struct run *r = ctx;
	struct decision d = {.outcome = train_outcome_name(s->outcome),
		.http = verdict_submit(s),
		.reason = s->error ? s->error->err.msg : NULL,
		.level = LOG_INFO};
	count(r, s->attempts, s->retries);
	switch (s->outcome) {
	case TRAIN_CREATED:
		decide(r, d);
		return;
	case TRAIN_ADOPTED:
		found(r, d, s->job);
		return;
	case TRAIN_KEPT:
		d.reason = "the job of that id was made from another spec";
		d.level = LOG_WARNING;
		found(r, d, s->job);
		return;
	case TRAIN_CONFLICT:
		d.reason = "the id belongs to a job that is not ours";
		d.level = LOG_ERROR;
		decide(r, d);
		return;
	case TRAIN_FAILED:
		fail(r, d.http, d.reason);
		return;
	}
}

static int submit(struct run *r, struct err *e) {
	return train_submit(
		r->runner->train, r->uniq->job, left(r), on_submitted, r, e);
}

/* A request that did not do: again later, unless it is refused for good. */
static void fail_request(
	struct run *r, const struct train_error *error, const char *what) {
	(void)snprintf(
		r->text, sizeof r->text, "%s: %.400s", what, error->err.msg);
	fail(r, verdict_error(error), r->text);
}

static int cancel_next(struct run *r, struct err *e);

/* One that is over is none that has to be cancelled. */
static void on_cancelled(void *ctx, const struct train_end *end) {
	struct run *r = ctx;
	const struct train_error *error = end->error;
	struct err e = {0};
	count(r, end->attempts, end->retries);
	bool over = error && error->err.code == ERR_HTTP &&
		    (error->err.http == 404 ||
			    strcmp(error->status, "FAILED_PRECONDITION") == 0);
	if (error && !over) {
		fail_request(r, error, "cancelling the previous run");
		return;
	}
	if (cancel_next(r, &e))
		fail(r, verdict_message(&e), e.msg);
}

static int cancel_next(struct run *r, struct err *e) {
	const json_t *job = json_array_get(r->cancel, r->cancelled);
	if (!job)
		return submit(r, e);
	const char *id = jsn_text(job, "jobId");
	r->cancelled++;
	log_line(LOG_NOTICE, "cancelling %s for %s", id, r->uniq->job_id);
	return train_job_cancel(
		r->runner->train, id, left(r), on_cancelled, r, e);
}

/* What would be done now. */
static void rehearse(struct run *r) {
	size_t n = json_array_size(r->cancel);
	(void)snprintf(r->text, sizeof r->text, "would create it%s%s",
		n ? ", and first cancel " : "",
		n ? jsn_text(json_array_get(r->cancel, 0), "jobId") : "");
	if (n > 1)
		(void)snprintf(r->text, sizeof r->text,
			"would create it, and first cancel %zu others", n);
	decide(r,
		(struct decision){
			.outcome = "created", .http = 200, .reason = r->text});
}

static void on_others(void *ctx, const struct train_end *end) {
	struct run *r = ctx;
	struct policy_others o = {0};
	struct err e = {0};
	count(r, end->attempts, end->retries);
	if (end->error) {
		fail_request(r, end->error, "looking for runs that are going");
		return;
	}
	int rc = policy_judge(
		r->policy.overlap, r->uniq, r->now_us, end->answer, &o, &e);
	if (!rc && o.in_the_way) {
		(void)snprintf(r->text, sizeof r->text, "%.140s is %s",
			o.in_the_way,
			o.later ? "a later run, and going" : "still going");
		skip(r, r->text, LOG_NOTICE);
		return;
	}
	json_decref(r->cancel); /* of the attempt before */
	r->cancel = o.cancel;
	r->cancelled = 0;
	if (!rc && r->runner->dry_run) {
		rehearse(r);
		return;
	}
	if (!rc)
		rc = cancel_next(r, &e);
	if (rc)
		fail(r, verdict_message(&e), e.msg);
}

static int look_for_others(struct run *r, struct err *e) {
	char filter[POLICY_FILTER_MAX];
	policy_filter(r->uniq, filter);
	const struct train_list what = {.filter = filter};
	return train_job_list(
		r->runner->train, &what, left(r), on_others, r, e);
}

/* The rehearsal of a submit whose id is taken. */
static void rehearse_taken(struct run *r, const json_t *job) {
	const char *name = TRAIN_LABEL_KEY;
	const json_t *theirs = json_object_get(job, "labels");
	const json_t *ours = json_object_get(r->uniq->job, "labels");
	bool same = strcmp(jsn_text(theirs, name), jsn_text(ours, name)) == 0;
	const struct decision d = {.outcome = "adopted",
		.http = 200,
		.reason = same ? "its job is there"
			       : "the id belongs to a job that is not ours"};
	if (same)
		found(r, d, job);
	else
		decide(r, d);
}

static void on_own(void *ctx, const struct train_end *end) {
	struct run *r = ctx;
	const struct train_error *error = end->error;
	struct err e = {0};
	int rc = 0;
	count(r, end->attempts, end->retries);
	bool none =
		error && error->err.code == ERR_HTTP && error->err.http == 404;
	if (error && !none) {
		fail_request(r, error, "looking for the run's own job");
		return;
	}
	if (none && r->policy.overlap != POLICY_ALLOW) {
		rc = look_for_others(r, &e);
	} else if (r->runner->dry_run) {
		if (none)
			rehearse(r);
		else
			rehearse_taken(r, end->answer);
	} else {
		rc = submit(r, &e);
	}
	if (rc)
		fail(r, verdict_message(&e), e.msg);
}

static int begin(struct run *r, struct err *e) {
	const struct runner *runner = r->runner;
	if (!runner->dry_run && r->policy.overlap == POLICY_ALLOW)
		return submit(r, e);
	return train_job_get(
		runner->train, r->uniq->job_id, left(r), on_own, r, e);
}

/* Two runs of a group that look at once would both see nobody. */
static bool is_alone(const struct run *r) {
	for (const struct run *o = r->runner->runs; o; o = o->next)
		if (o != r && o->sole &&
			strcmp(o->uniq->group, r->uniq->group) == 0)
			return false;
	return true;
}

/* What can be told before anything is asked. */
static int admit(struct run *r, struct err *e) {
	const struct runner *runner = r->runner;
	int rc = make(r, e);
	if (!rc)
		rc = policy_of(&runner->policy, r->push, &r->policy, e);
	return rc ? rc : policy_check_images(&runner->images, r->uniq->job, e);
}

static bool is_late(struct run *r) {
	if (!policy_late(&r->policy, r->uniq->at_us, r->now_us))
		return false;
	(void)snprintf(r->text, sizeof r->text,
		"%lld s late, of at most %lld s",
		(long long)((r->now_us - r->uniq->at_us) / US_PER_S),
		(long long)(r->policy.late_us / US_PER_S));
	return true;
}

/* What was admitted, at a time that is known. */
static void proceed(struct run *r) {
	struct err e = {0};
	bool sole = r->policy.overlap != POLICY_ALLOW;
	if (is_late(r)) {
		skip(r, r->text, LOG_WARNING);
		return;
	}
	if (sole && !is_alone(r)) {
		fail(r, 503, "another run of its group is in hand");
		return;
	}
	r->sole = sole;
	if (begin(r, &e))
		fail(r, verdict_message(&e), e.msg);
}

static void on_clock(void *ctx, const struct train_end *end) {
	struct run *r = ctx;
	struct err e = {0};
	if (end->error)
		fail_request(r, end->error, "asking the emulator for its time");
	else if (when_parse(jsn_text(end->answer, "now"), &r->now_us, &e))
		fail(r, 503, "the emulator does not tell its time");
	else
		proceed(r);
}

/* Ticks of a virtual clock are neither late nor early by the machine's. Google
 * has no clock that one could ask for, nor needs one. */
static int tell_time(struct run *r, struct err *e) {
	const struct runner *runner = r->runner;
	bool counts = r->policy.late_us != POLICY_NO_LIMIT ||
		      r->policy.overlap != POLICY_ALLOW;
	if (counts && train_emulated(runner->train))
		return train_emulator_clock(
			runner->train, left(r), on_clock, r, e);
	r->now_us = clock_now_us(runner->clock);
	proceed(r);
	return 0;
}

static struct run *run_new(
	struct runner *runner, struct push *push, run_done *done, void *ctx) {
	struct run *r = mem_zero(1, sizeof *r);
	if (!r)
		return NULL;
	r->runner = runner;
	r->push = push;
	r->attempt = 1;
	r->started_us = clock_mono_us();
	r->done = done;
	r->ctx = ctx;
	LIST_ADD(runner->runs, r);
	return r;
}

void run_start(
	struct runner *runner, struct push *push, run_done *done, void *ctx) {
	struct err e = {0};
	struct run *r = run_new(runner, push, done, ctx);
	if (!r) {
		push_free(push);
		(void)err_nomem(&e);
		run_refuse(&e, done, ctx);
		return;
	}
	if (admit(r, &e) || tell_time(r, &e))
		fail(r, verdict_message(&e), e.msg);
}
