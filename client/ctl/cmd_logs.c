/* SPDX-License-Identifier: MIT */
/* trainctl logs: what a job has written. */
#include <string.h>

#include "client/ctl/cmd.h"
#include "client/ctl/logline.h"
#include "client/ctl/print.h"
#include "common/jsn.h"

struct options {
	struct ctl *ctl;
	struct follow_options follow;
};

static const struct args_opt opts[] = {
	{"follow", 'f', NULL, "go on until the job has ended"},
	{"task-name", 0, "TASK", "of this task alone: master-replica-0"},
	{"polling-interval", 0, "DURATION",
		"time between two looks with -f (default 10s)"},
	{"timeout", 0, "DURATION", "give up after this (default never)"},
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " logs",
	.usage = "[options] ID",
	.about = "Shows what a job has written, oldest first: severity, time, "
		 "task, trial and text, with tabs between them. With the "
		 "format json an entry is a line.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "follow") == 0)
		o->follow.until_end = true;
	else if (strcmp(name, "task-name") == 0)
		o->follow.task = *value ? value : NULL;
	else if (strcmp(name, "polling-interval") == 0)
		return look_duration(value, &o->follow.poll_us, e);
	else if (strcmp(name, "timeout") == 0)
		return look_duration(value, &o->follow.timeout_us, e);
	else
		return ctl_take(o->ctl, name, value, e);
	return 0;
}

static int put(void *ctx, const json_t *entry, struct err *e) {
	const struct ctl *c = ctx;
	return print_entry(&c->format, stdout, entry, e);
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {
		.ctl = c, .follow = {.poll_us = POLL_US, .put = put, .ctx = c}};
	const char *id;
	int rc = ctl_job_id(c, &spec, argc, argv, take, &o, &id, e);
	if (!rc && c->format.kind == FORMAT_TABLE && c->format.len)
		rc = err_set(e, ERR_USAGE,
			"a log has no end to measure a table by: use "
			"--format 'value(...)'");
	c->services = TRAIN_SET(TRAIN_ML) | TRAIN_SET(TRAIN_LOGGING);
	if (!rc)
		rc = ctl_open(c, e);
	if (!rc)
		rc = ctl_catch(c, e);
	if (rc)
		return rc;
	o.follow.id = id;
	auto_json json_t *job = NULL;
	return follow_logs(c, &o.follow, &job, e);
}

const struct cmd cmd_logs = {"logs", "show what a job has written", run};
