/* SPDX-License-Identifier: MIT */
/* trainctl cancel: asks the service to end a job. */
#include "client/ctl/cmd.h"
#include "client/ctl/print.h"
#include "common/jsn.h"

static const struct args_opt opts[] = {CTL_OPTS, {0}};
static const struct args_spec spec = {
	.program = PROGRAM " cancel",
	.usage = "[options] ID",
	.about = "Asks the service to cancel a job and does not wait for its "
		 "end: see trainctl wait.",
	.opts = opts,
};

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	auto_json json_t *answer = NULL;
	int rc =
		ctl_one_job(c, &spec, argc, argv, train_job_cancel, &answer, e);
	return !rc && c->format.kind == FORMAT_JSON ? print_json(answer, e)
						    : rc;
}

const struct cmd cmd_cancel = {"cancel", "cancel a job", run};
