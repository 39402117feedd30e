/* SPDX-License-Identifier: MIT */
/* trainctl list: the project's jobs. */
#include <stdlib.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "common/jsn.h"

struct options {
	struct ctl *ctl;
	const char *filter;
	size_t limit;
};

static const struct args_opt opts[] = {
	{"limit", 0, "N", "list at most this many jobs (default all)"},
	{"filter", 0, "FILTER",
		"which jobs, in the service's language: 'state:RUNNING'"},
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " list",
	.usage = "[options]",
	.about = "Lists the project's jobs, in the order of the service.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "filter") == 0) {
		o->filter = *value ? value : NULL;
		return 0;
	}
	if (strcmp(name, "limit") != 0)
		return ctl_take(o->ctl, name, value, e);
	size_t n = strspn(value, "0123456789");
	o->limit = n && n < 10 && !value[n] ? strtoul(value, NULL, 10) : 0;
	if (o->limit < 1 || o->limit > TRAIN_LIST_MAX)
		return err_set(e, ERR_USAGE, "'%s' is not from 1 to %d", value,
			TRAIN_LIST_MAX);
	return 0;
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c};
	int first;
	int rc = args_parse(&spec, argc, argv, 0, take, &o, &first, e);
	if (!rc && first < argc)
		rc = err_set(
			e, ERR_USAGE, "unexpected argument '%s'", argv[first]);
	if (!rc)
		rc = ctl_open(c, e);
	if (rc)
		return rc;
	auto_json json_t *jobs = NULL;
	struct ctl_answer a = {.loop = c->loop};
	rc = train_job_list(
		c->train, o.filter, o.limit, CTL_TIMEOUT_US, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, &jobs, e);
	if (rc)
		return rc;
	if (c->json)
		return print_json(jobs, e);
	print_jobs(jobs);
	return 0;
}

const struct cmd cmd_list = {"list", "list jobs", run};
