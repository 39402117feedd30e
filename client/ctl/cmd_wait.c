/* SPDX-License-Identifier: MIT */
/* trainctl wait: until a job has ended. */
#include <string.h>

#include "client/ctl/cmd.h"
#include "client/ctl/print.h"
#include "common/jsn.h"

struct options {
	struct ctl *ctl;
	struct wait_options wait;
};

static const struct args_opt opts[] = {WAIT_OPTS, CTL_OPTS, {0}};
static const struct args_spec spec = {
	.program = PROGRAM " wait",
	.usage = "[options] ID",
	.about = "Waits until a job has ended and prints it. The exit status "
		 "is 0 only if it SUCCEEDED.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	int rc = wait_take(&o->wait, name, value, e);
	return rc >= 0 ? rc : ctl_take(o->ctl, name, value, e);
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c, .wait = {.poll_us = POLL_US}};
	const char *id;
	int rc = ctl_job_id(c, &spec, argc, argv, take, &o, &id, e);
	if (!rc)
		rc = ctl_open(c, e);
	if (rc)
		return rc;
	auto_json json_t *job = NULL;
	rc = ctl_catch(c, e);
	if (!rc)
		rc = wait_job(c, id, &o.wait, &job, e);
	/* a job that failed is printed too; its error stays the outcome */
	int printed = job ? print_job(&c->format, job, rc ? NULL : e) : 0;
	return rc ? rc : printed;
}

const struct cmd cmd_wait = {"wait", "wait until a job has ended", run};
