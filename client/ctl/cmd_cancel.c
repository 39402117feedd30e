/* SPDX-License-Identifier: MIT */
/* trainctl cancel: asks the service to end a job. */
#include "client/ctl/cmd.h"
#include "common/jsn.h"

static const struct args_opt opts[] = {CTL_OPTS, {0}};
static const struct args_spec spec = {
	.program = PROGRAM " cancel",
	.usage = "[options] ID",
	.about = "Asks the service to cancel a job and does not wait for its "
		 "end: see trainctl wait.",
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
	auto_json json_t *answer = NULL;
	struct ctl_answer a = {.loop = c->loop};
	rc = train_job_cancel(
		c->train, argv[first], CTL_TIMEOUT_US, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, &answer, e);
	return !rc && c->json ? print_json(answer, e) : rc;
}

const struct cmd cmd_cancel = {"cancel", "cancel a job", run};
