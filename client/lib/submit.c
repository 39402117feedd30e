/* SPDX-License-Identifier: MIT */
/* Submitting exactly once in effect. The job id is the idempotency key: it is
 * fixed before the first request. So a create may be sent again, and whoever
 * has the id can be looked at: after a failure that leaves in doubt whether the
 * job is there (the call does that by itself), and after a 409. Source: facts
 * client-retry.md, section 3. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

struct submit {
	struct train *train;
	json_t *job; /* what was sent; not changed meanwhile */
	int64_t deadline_us;
	unsigned attempts, retries;
	bool doubtful;		  /* a create may have arrived */
	struct train_error taken; /* the 409, or what it would say */
	train_submit_done *done;
	void *ctx;
};

const char *train_outcome_name(enum train_outcome o) {
	switch (o) {
	case TRAIN_CREATED:
		return "created";
	case TRAIN_ADOPTED:
		return "adopted";
	case TRAIN_KEPT:
		return "kept";
	case TRAIN_CONFLICT:
		return "conflict";
	case TRAIN_FAILED:
		return "failed";
	}
	return "";
}

static void submit_free(struct submit *s) {
	json_decref(s->job);
	mem_free(s);
}

static void submit_end(struct submit *s, enum train_outcome outcome,
	const json_t *job, const struct train_error *error) {
	const struct train_submitted res = {.outcome = outcome,
		.job = job,
		.error = error,
		.attempts = s->attempts,
		.retries = s->retries,
		.doubtful = outcome == TRAIN_FAILED && s->doubtful};
	s->done(s->ctx, &res);
	submit_free(s);
}

static const char *label(const json_t *job, const char *name) {
	return json_string_value(
		json_object_get(json_object_get(job, "labels"), name));
}

static bool same_label(const json_t *a, const json_t *b, const char *name) {
	const char *x = label(a, name), *y = label(b, name);
	return x && y && strcmp(x, y) == 0;
}

static enum train_outcome judge(const struct submit *s, const json_t *there) {
	if (label(s->job, TRAIN_LABEL_KEY)) {
		if (!same_label(s->job, there, TRAIN_LABEL_KEY))
			return TRAIN_CONFLICT;
		return same_label(s->job, there, TRAIN_LABEL_SPEC)
			       ? TRAIN_ADOPTED
			       : TRAIN_KEPT;
	}
	return s->doubtful && match_job(s->job, there) ? TRAIN_ADOPTED
						       : TRAIN_CONFLICT;
}

/* The job of our id is there: is it ours? */
static void found(struct submit *s, const json_t *there) {
	enum train_outcome o = judge(s, there);
	submit_end(s, o, there, o == TRAIN_CONFLICT ? &s->taken : NULL);
}

static void cannot_look(struct submit *s, struct train_error error) {
	(void)err_wrap(&error.err, "looking at the job of that id");
	submit_end(s, TRAIN_FAILED, NULL, &error);
}

static void on_look(void *ctx, const struct train_end *end) {
	struct submit *s = ctx;
	s->attempts += end->attempts;
	s->retries += end->retries;
	if (!end->error) {
		found(s, end->answer);
		return;
	}
	struct train_error error = *end->error;
	if (error.err.code != ERR_HTTP || error.err.http != 404) {
		cannot_look(s, error);
		return;
	}
	/* Taken, and not there: the two answers disagree, which time may cure.
	 * A job does not go away, so this must not count as a refusal. */
	(void)err_set(&error.err, ERR_LOST,
		"the id is taken, but the job cannot be found");
	submit_end(s, TRAIN_FAILED, NULL, &error);
}

/* After a 409. */
static void look(struct submit *s) {
	struct err e = {0};
	int64_t left = s->deadline_us - clock_mono_us();
	const char *id = json_string_value(json_object_get(s->job, "jobId"));
	if (train_job_get(s->train, id, left, on_look, s, &e)) {
		struct train_error error;
		apierr_local(&error, &e);
		submit_end(s, TRAIN_FAILED, NULL, &error);
	}
}

static void on_created(void *ctx, const struct train_end *end) {
	struct submit *s = ctx;
	s->attempts = end->attempts;
	s->retries = end->retries;
	s->doubtful = end->doubtful;
	if (!end->error) {
		if (end->looked)
			found(s, end->answer);
		else
			submit_end(s, TRAIN_CREATED, end->answer, NULL);
		return;
	}
	if (end->looked) {
		cannot_look(s, *end->error);
	} else if (end->error->err.http != 409) {
		s->doubtful |= retry_doubtful(end->error);
		submit_end(s, TRAIN_FAILED, NULL, end->error);
	} else {
		s->taken = *end->error;
		look(s);
	}
}

int train_submit(struct train *t, const json_t *job, int64_t timeout_us,
	train_submit_done *done, void *ctx, struct err *e) {
	const char *id;
	int rc = jsn_str(job, "", "jobId", &id, e);
	if (rc)
		return rc;
	struct submit *s = mem_zero(1, sizeof *s);
	if (!s)
		return err_nomem(e);
	s->train = t;
	s->job = json_incref((json_t *)job);
	s->deadline_us = clock_mono_us() + timeout_us;
	s->done = done;
	s->ctx = ctx;
	(void)err_set(&s->taken.err, ERR_HTTP,
		"Field: job.job_id Error: A job with this id already exists.");
	s->taken.err.http = 409;
	s->taken.after_us = -1;
	rc = train_job_create(t, job, timeout_us, on_created, s, e);
	if (rc)
		submit_free(s);
	return rc;
}
