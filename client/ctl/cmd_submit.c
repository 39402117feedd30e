/* SPDX-License-Identifier: MIT */
/* trainctl submit: a job from a file, from options, or from both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "client/ctl/flags.h"
#include "client/ctl/print.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/std.h"

struct options {
	struct ctl *ctl;
	const char *job_id, *config;
	struct flags flags;
	bool wait, stream;
	struct wait_options wait_options;
};

static const struct args_opt opts[] = {
	{"job-id", 0, "ID", "the job's id (default the file's jobId)"},
	{"config", 0, "FILE", "the same as FILE as an operand"},
	{"wait", 'w', NULL, "wait until the job has ended"},
	{"stream-logs", 0, NULL,
		"show what the job writes, and wait until it has ended"},
	WAIT_OPTS,
	FLAGS_OPTS,
#define FLAG(name, arg, help, kind, path) {name, 0, arg, help},
#include "client/ctl/flags.def"
#undef FLAG
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " submit",
	.usage = "[options] [FILE] [-- ARGUMENT ...]",
	.about = "Submits a job and prints its id. The job is in FILE (JSON or "
		 "YAML, as jobs.create takes it; - is standard input), in the "
		 "options, or in both, and then the options win. The program "
		 "gets what follows --. It is sent again after a failure that "
		 "may pass, always with the same id, so it runs at most once.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "job-id") == 0)
		o->job_id = value;
	else if (strcmp(name, "config") == 0)
		o->config = value;
	else if (strcmp(name, "wait") == 0)
		o->wait = true;
	else if (strcmp(name, "stream-logs") == 0)
		o->stream = true;
	else {
		int rc = wait_take(&o->wait_options, name, value, e);
		if (rc < 0)
			rc = flags_take(&o->flags, name, value, e);
		return rc >= 0 ? rc : ctl_take(o->ctl, name, value, e);
	}
	return 0;
}

/* Options and the file's name; what follows "--" is the program's and none of
 * getopt's business. */
static int parse(struct options *o, int argc, char **argv, struct err *e) {
	int end = 1, first;
	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	int rc = args_parse(&spec, end, argv, 0, take, o, &first, e);
	if (!rc && end + 1 < argc)
		rc = flags_args(&o->flags, argc - end - 1, argv + end + 1, e);
	if (rc || first == end)
		return rc;
	if (o->config)
		return err_set(e, ERR_USAGE,
			"'%s' is a second file: --config names the first (an "
			"id is given with --job-id)",
			argv[first]);
	rc = ctl_operand(o->ctl, end, argv, first, "the spec's FILE", e);
	o->config = argv[first];
	return rc;
}

/* gcloud's users give a job's id where the file's name is. */
static int load_file(const struct options *o, json_t **ret, struct err *e) {
	int rc = spec_load(o->config, ret, e);
	if (rc != ERR_IO || !o->flags.job || jobid_check(o->config, NULL) != 0)
		return rc;
	const struct err why = *e;
	return err_set(
		e, rc, "%s (a job's id is given with --job-id)", why.msg);
}

/* The file with the options laid over it. */
static int combine(const struct options *o, json_t **ret, struct err *e) {
	auto_json json_t *job = NULL;
	int rc = 0;
	if (o->config)
		rc = load_file(o, &job, e);
	else if (!o->flags.job)
		rc = err_set(e, ERR_USAGE,
			"no job: name its FILE, or say it in options");
	else if (!(job = json_object()))
		rc = err_nomem(e);
	if (!rc && o->flags.job)
		rc = spec_merge(job, o->flags.job, e);
	if (!rc)
		rc = spec_check(job, e);
	if (!rc)
		rc = spec_check_training(job, e);
	if (rc && o->config && rc != ERR_NOMEM && job)
		return err_wrap(e, "spec '%s'", o->config);
	if (!rc)
		*ret = TAKE(job);
	return rc;
}

/* The job to send; the subject becomes its id. */
static int load(const struct options *o, json_t **ret, struct err *e) {
	struct ctl *c = o->ctl;
	auto_json json_t *job = NULL;
	c->subject[0] = '\0'; /* combine's errors name the file themselves */
	int rc = combine(o, &job, e);
	const char *id = o->job_id;
	if (!rc && !id)
		rc = jsn_str_opt(job, "", "jobId", &id, e);
	if (!rc && !id)
		rc = err_set(e, ERR_SHAPE,
			"the spec has no jobId: add one or use --job-id");
	auto_free char *copy = id && !rc ? mem_strdup(id) : NULL;
	if (!rc)
		rc = copy ? spec_set_id(job, copy, e) : err_nomem(e);
	if (rc)
		return rc;
	(void)snprintf(c->subject, sizeof c->subject, "%s", copy);
	/* with those of a run that it is a copy of, the two would be one */
	if (spec_drop_own_labels(job))
		(void)fprintf(stderr,
			PROGRAM ": submit %s: left out labels that are "
				"train-uniquifier's\n",
			c->subject);
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
	if (r->doubtful || c->interrupted)
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

/* ---- after the submit ---- */

/* As gcloud does: stdout is for the job. */
static int put_entry(void *ctx, const json_t *entry, struct err *e) {
	static const struct format lines = {0};
	(void)ctx;
	return print_entry(&lines, stderr, entry, e);
}

static int watch(
	const struct options *o, const char *id, json_t **ret, struct err *e) {
	if (!o->stream)
		return wait_job(o->ctl, id, &o->wait_options, ret, e);
	const struct follow_options follow = {.id = id,
		.until_end = true,
		.timeout_us = o->wait_options.timeout_us,
		.poll_us = o->wait_options.poll_us,
		.put = put_entry};
	bool ended;
	int rc = follow_logs(o->ctl, &follow, ret, e);
	return rc ? rc : look_judge(*ret, &ended, e);
}

/* The id goes out at once, before a wait that may be cut short; another format
 * shows the job as it is in the end. */
static int finish(const struct options *o, const json_t *sent, json_t *there,
	struct err *e) {
	const struct format *f = &o->ctl->format;
	bool plain = format_is_own(f);
	const char *id = json_string_value(json_object_get(sent, "jobId"));
	struct err why = {0};
	int printed = 0;
	if (plain) {
		(void)puts(id);
		printed = std_flush(&why);
	}
	auto_json json_t *last = NULL;
	int rc = o->wait || o->stream ? watch(o, id, &last, e) : 0;
	if (!plain)
		printed = print_job(f, last ? last : there, &why);
	if (!rc && printed)
		*e = why;
	return rc ? rc : printed;
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c, .wait_options = {.poll_us = POLL_US}};
	auto_json json_t *job = NULL, *there = NULL;
	int rc = parse(&o, argc, argv, e);
	if (o.stream)
		c->services = TRAIN_SET(TRAIN_ML) | TRAIN_SET(TRAIN_LOGGING);
	if (!rc && o.flags.kms_key) /* whose project is the default */
		rc = ctl_open(c, e);
	if (!rc)
		rc = flags_end(&o.flags, c->project, e);
	if (!rc)
		rc = load(&o, &job, e);
	if (!rc && !c->train)
		rc = ctl_open(c, e);
	if (!rc)
		rc = ctl_catch(c, e);
	if (!rc)
		rc = submit(c, job, &there, e);
	if (!rc)
		rc = finish(&o, job, there, e);
	flags_done(&o.flags);
	return rc;
}

const struct cmd cmd_submit = {"submit", "submit a job", run};
