/* SPDX-License-Identifier: MIT */
/* trainctl describe: all the service says about a job. */
#include "client/ctl/cmd.h"
#include "client/ctl/print.h"
#include "common/jsn.h"

static const struct args_opt opts[] = {CTL_OPTS, {0}};
static const struct args_spec spec = {
	.program = PROGRAM " describe",
	.usage = "[options] ID",
	.about = "Shows all that the service says about a job.",
	.opts = opts,
};

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	auto_json json_t *job = NULL;
	int rc = ctl_one_job(c, &spec, argc, argv, train_job_get, &job, e);
	if (rc)
		return rc;
	if (!format_is_own(&c->format))
		return print_job(&c->format, job, e);
	print_tree(job);
	return 0;
}

const struct cmd cmd_describe = {"describe", "show a job", run};
