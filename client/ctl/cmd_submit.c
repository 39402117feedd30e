/* SPDX-License-Identifier: MIT */
/* trainctl submit: a job from a file. */
#include <stdio.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "common/jsn.h"
#include "common/mem.h"

struct options {
	struct ctl *ctl;
	const char *job_id, *labels;
	bool wait;
	struct wait_options wait_options;
};

static const struct args_opt opts[] = {
	{"job-id", 0, "ID", "the job's id (default the file's jobId)"},
	{"labels", 0, "KEY=VALUE,...", "labels to add to the file's"},
	{"wait", 'w', NULL, "wait until the job has ended"},
	WAIT_OPTS,
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " submit",
	.usage = "[options] FILE",
	.about = "Submits the job in FILE (JSON, as jobs.create takes it; - is "
		 "standard input) and prints its id. It is sent again after a "
		 "failure that may pass, always with the same id, so it runs "
		 "at most once.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "job-id") == 0)
		o->job_id = value;
	else if (strcmp(name, "labels") == 0)
		o->labels = value;
	else if (strcmp(name, "wait") == 0)
		o->wait = true;
	else {
		int rc = wait_take(&o->wait_options, name, value, e);
		return rc >= 0 ? rc : ctl_take(o->ctl, name, value, e);
	}
	return 0;
}

/* The job to send; the subject becomes its id. */
static int load(struct ctl *c, const struct options *o, const char *file,
	json_t **ret, struct err *e) {
	auto_json json_t *job = NULL;
	c->subject[0] = '\0'; /* spec_load's errors name the file themselves */
	int rc = spec_load(file, &job, e);
	const char *id = o->job_id;
	if (!rc && !id)
		rc = jsn_str_opt(job, "", "jobId", &id, e);
	if (!rc && !id)
		rc = err_set(e, ERR_SHAPE,
			"the spec has no jobId: add one or use --job-id");
	auto_free char *copy = id && !rc ? mem_strdup(id) : NULL;
	if (!rc)
		rc = copy ? spec_set_id(job, copy, e) : err_nomem(e);
	if (!rc && o->labels)
		rc = spec_set_labels(job, o->labels, e);
	if (rc)
		return rc;
	(void)snprintf(c->subject, sizeof c->subject, "%s", copy);
	*ret = TAKE(job);
	return 0;
}

/* How the submit ended, copied out of its callback. */
struct settled {
	struct loop *loop;
	enum train_outcome outcome;
	struct train_error error;
	unsigned attempts;
	bool doubtful;
	json_t *job;
};

static void on_submitted(void *ctx, const struct train_submitted *s) {
	struct settled *r = ctx;
	r->outcome = s->outcome;
	if (s->error)
		r->error = *s->error;
	r->attempts = s->attempts;
	r->doubtful = s->doubtful;
	r->job = json_incref((json_t *)s->job);
	loop_stop(r->loop);
}

static int judge(const struct ctl *c, const struct settled *r, struct err *e) {
	if (r->outcome == TRAIN_ADOPTED)
		(void)fprintf(stderr,
			PROGRAM ": submit %s: an earlier attempt had created "
				"it\n",
			c->subject);
	if (r->outcome != TRAIN_CONFLICT && r->outcome != TRAIN_FAILED)
		return 0;
	*e = r->error.err;
	if (r->outcome == TRAIN_FAILED && r->attempts > 1)
		(void)err_wrap(e, "after %u attempts", r->attempts);
	if (r->doubtful)
		(void)err_wrap(e, "the job may have been created all the same "
				  "(look with " PROGRAM " describe)");
	return e->code;
}

static int submit(
	struct ctl *c, const json_t *job, json_t **ret, struct err *e) {
	struct settled r = {.loop = c->loop};
	int rc = train_submit(
		c->train, job, CTL_TIMEOUT_US, on_submitted, &r, e);
	if (!rc)
		rc = loop_run(c->loop, e);
	auto_json json_t *there = r.job;
	if (!rc)
		rc = judge(c, &r, e);
	if (!rc)
		*ret = TAKE(there);
	return rc;
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {
		.ctl = c, .wait_options = {.poll_us = WAIT_POLL_US}};
	auto_json json_t *job = NULL, *there = NULL;
	int first;
	int rc = args_parse(&spec, argc, argv, 0, take, &o, &first, e);
	if (!rc)
		rc = ctl_operand(c, argc, argv, first, "the spec's FILE", e);
	if (!rc)
		rc = load(c, &o, argv[first], &job, e);
	if (!rc)
		rc = ctl_open(c, e);
	if (!rc)
		rc = submit(c, job, &there, e);
	if (rc)
		return rc;
	/* The id goes out before a wait that may be cut short. */
	const char *id = json_string_value(json_object_get(job, "jobId"));
	if (!c->json) {
		(void)puts(id);
		(void)fflush(stdout);
	}
	auto_json json_t *last = NULL;
	if (o.wait)
		rc = wait_job(c, id, &o.wait_options, &last, e);
	int printed =
		c->json ? print_json(last ? last : there, rc ? NULL : e) : 0;
	return rc ? rc : printed;
}

const struct cmd cmd_submit = {"submit", "submit a job from a file", run};
