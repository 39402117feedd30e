/* SPDX-License-Identifier: MIT */
/* trainctl list: the project's jobs. */
#include <string.h>

#include "client/ctl/cmd.h"
#include "client/ctl/field.h"
#include "client/ctl/print.h"
#include "common/jsn.h"
#include "common/mem.h"

struct options {
	struct ctl *ctl;
	struct train_list list;
	struct field_order order;
};

static const struct args_opt opts[] = {
	{"filter", 0, "FILTER",
		"which jobs, in the service's language: 'state:RUNNING'"},
	{"limit", 0, "N", "list at most this many jobs (default all)"},
	{"sort-by", 0, "FIELD,...",
		"sort by these fields, downwards where one begins with ~"},
	{"page-size", 0, "N", "ask for this many jobs at a time (default 100)"},
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " list",
	.usage = "[options]",
	.about = "Lists the project's jobs, in the order of the service unless "
		 "sorted.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "limit") == 0)
		return ctl_number(value, TRAIN_LIST_MAX, &o->list.limit, e);
	if (strcmp(name, "page-size") == 0)
		return ctl_number(value, TRAIN_PAGE_MAX, &o->list.page_size, e);
	if (strcmp(name, "sort-by") == 0)
		return field_order_parse(value, &o->order, e);
	if (strcmp(name, "filter") != 0)
		return ctl_take(o->ctl, name, value, e);
	o->list.filter = *value ? value : NULL;
	return 0;
}

/* Gets the jobs. The service does not sort, so all must be here before the
 * first of them are known. */
static int get(struct options *o, json_t **ret, struct err *e) {
	struct ctl *c = o->ctl;
	struct train_list what = o->list;
	what.limit = o->order.len ? 0 : o->list.limit;
	struct ctl_answer a = {.loop = c->loop};
	auto_json json_t *jobs = NULL;
	int rc = train_job_list(
		c->train, &what, CTL_TIMEOUT_US, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, &jobs, e);
	if (!rc && o->order.len)
		rc = field_sort(jobs, &o->order, e);
	if (rc)
		return rc;
	while (o->list.limit && json_array_size(jobs) > o->list.limit)
		(void)json_array_remove(jobs, json_array_size(jobs) - 1);
	*ret = TAKE(jobs);
	return 0;
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c};
	int first;
	int rc = args_parse(&spec, argc, argv, 0, take, &o, &first, e);
	if (!rc)
		rc = args_no_operand(argc, argv, first, e);
	if (!rc)
		rc = ctl_open(c, e);
	if (rc)
		return rc;
	auto_json json_t *jobs = NULL;
	rc = get(&o, &jobs, e);
	return rc ? rc : print_jobs(&c->format, jobs, e);
}

const struct cmd cmd_list = {"list", "list jobs", run};
