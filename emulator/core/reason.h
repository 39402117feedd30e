/* SPDX-License-Identifier: MIT */
/* The words of a job's errorMessage. Source: facts ml-jobs.md section 12; those
 * that it does not have are ours (doc/differences.md). */
#ifndef TRAINCTL_EMULATOR_REASON_H
#define TRAINCTL_EMULATOR_REASON_H

#include "emulator/core/jobs.h"

extern const char reason_not_started[]; /* its program could not be started */
extern const char reason_internal[];	/* it failed before it ran */
extern const char reason_trials[];	/* as many trials failed as may */
extern const char reason_cancelled[];	/* by a request */
extern const char reason_lost[];	/* its program went with the emulator */

/* A replica has exited; last_lines: what it wrote last, or "". The caller frees
 * it; NULL when memory ran out. */
char *reason_exit(const struct job *j, int exit_code, const char *last_lines);

#endif
