/* SPDX-License-Identifier: MIT */
/* What the service says about a job: entries that its row tells. */
#ifndef TRAINCTL_EMULATOR_LOG_LINES_H
#define TRAINCTL_EMULATOR_LOG_LINES_H

#include "emulator/core/logs.h"

#define LOG_TYPE_JOB "ml_job" /* of a resource */
#define LOG_TASK_SERVICE "service"
#define LOG_TASK_MASTER "master-replica-0"

/* Appends what the master says first: the command of a job's input. Returns 0,
 * ERR_NOMEM or ERR_TOOBIG. */
int log_command(const char *input, struct buf *ret);

/* As logs_each, for these. */
void log_lines_each(
	struct emu *em, struct logs_range *r, logs_see *see, void *ctx);

#endif
