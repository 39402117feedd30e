/* SPDX-License-Identifier: MIT */
/* trainctl schedule: finds the verb. Each has a file, or a place in
 * schedule_verbs.c. */
#include <stdio.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "client/ctl/schedule.h"
#include "common/buf.h"

static const struct cmd *const verbs[] = {&schedule_create, &schedule_list,
	&schedule_describe, &schedule_pause, &schedule_resume, &schedule_run,
	&schedule_delete};
#define VERBS (sizeof verbs / sizeof verbs[0])

static const struct args_opt opts[] = {CTL_OPTS, {0}};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	return ctl_take(ctx, name, value, e);
}

static int parse(
	struct ctl *c, int argc, char **argv, int *ret_first, struct err *e) {
	auto_buf struct buf text;
	buf_init(&text, 4096);
	(void)buf_adds(&text, "Verbs:\n");
	for (size_t i = 0; i < VERBS; i++)
		(void)buf_addf(
			&text, "  %-10s%s\n", verbs[i]->name, verbs[i]->about);
	(void)buf_adds(&text, "\nEach has a --help.");
	if (text.failed)
		return err_nomem(e);
	const struct args_spec spec = {.program = PROGRAM " schedule",
		.usage = "[options] VERB [options] ...",
		.about =
			"Sets up what runs a job on a schedule: a Cloud "
			"Scheduler job, which publishes it to a topic, and the "
			"subscription that pushes it to train-uniquifier.",
		.epilog = buf_str(&text),
		.opts = opts};
	return args_parse(&spec, argc, argv, 1, take, c, ret_first, e);
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	int first;
	int rc = parse(c, argc, argv, &first, e);
	if (rc)
		return rc;
	if (first == argc)
		return err_set(e, ERR_USAGE,
			"a verb is missing; see " PROGRAM " help schedule");
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verbs[i]->name, argv[first]) == 0) {
			c->verb = verbs[i]->name;
			return verbs[i]->run(c, argc - first, argv + first, e);
		}
	return err_set(e, ERR_USAGE,
		"unknown verb '%s'; see " PROGRAM " help schedule",
		argv[first]);
}

const struct cmd cmd_schedule = {
	"schedule", "set up, list, pause and delete schedules", run};
