/* SPDX-License-Identifier: MIT */
/* The verbs of trainctl schedule, and how they tell what they did. */
#ifndef TRAINCTL_CLIENT_SCHEDULE_H
#define TRAINCTL_CLIENT_SCHEDULE_H

#include "client/ctl/cmd.h"

extern const struct cmd schedule_create, schedule_list, schedule_describe,
	schedule_pause, schedule_resume, schedule_run, schedule_delete;

/* What was done, or would be. A row is {action, resource, detail}. */
#define STEPS_TABLE "table(action,resource,detail)"
/* Adds a row; `detail` may be "". 0 or ERR_NOMEM. */
int steps_add(json_t *rows, const char *action, const char *resource,
	const char *detail, struct err *e);
/* Prints the rows, also after a failure: what was done before it stays. Returns
 * rc unless that is 0, and then how printing went. */
int steps_print(struct ctl *c, const json_t *rows, int rc, struct err *e);

#endif
