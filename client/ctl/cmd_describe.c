/* SPDX-License-Identifier: MIT */
/* trainctl describe: all the service says about a job. */
#include "client/ctl/cmd.h"
#include "common/jsn.h"

static const struct args_opt opts[] = {CTL_OPTS, {0}};
static const struct args_spec spec = {
	.program = PROGRAM " describe",
	.usage = "[options] ID",
	.about = "Shows all that the service says about a job.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	return ctl_take(ctx, name, value, e);
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	int first;
	int rc = args_parse(&spec, argc, argv, 0, take, c, &first, e);
	if (!rc)
		rc = ctl_job_id(c, argc, argv, first, e);
	if (!rc)
		rc = ctl_open(c, e);
	if (rc)
		return rc;
	auto_json json_t *job = NULL;
	struct ctl_answer a = {.loop = c->loop};
	rc = train_job_get(
		c->train, argv[first], CTL_TIMEOUT_US, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, &job, e);
	if (rc)
		return rc;
	if (c->json)
		return print_json(job, e);
	print_tree(job);
	return 0;
}

const struct cmd cmd_describe = {"describe", "show a job", run};
