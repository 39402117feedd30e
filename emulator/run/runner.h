/* SPDX-License-Identifier: MIT */
/* Runs programs for jobs whose image the command line names: behind
 * emu_ops.run and stop, before common/child. It makes what a program prints
 * into log entries, and its end into the job's (jobs_exited). */
#ifndef TRAINCTL_EMULATOR_RUN_RUNNER_H
#define TRAINCTL_EMULATOR_RUN_RUNNER_H

#include <stdbool.h>

#include "common/loop.h"
#include "emulator/core/emu.h"

/* Between SIGTERM and SIGKILL, in real time. */
#define RUNNER_GRACE_US (5 * US_PER_S)

/* Programs at once; further ones wait for their turn. */
#define RUNNER_MAX 64

struct runner;

/* Binds itself to em, which outlives it. `env`, borrowed for as long, is what
 * programs inherit. Returns 0 or ERR_NOMEM. */
int runner_new(struct emu *em, struct loop *l, const char *const *env,
	struct runner **ret, struct err *e);
/* Kills what still runs, and waits for that. NULL is a no-op. */
void runner_free(struct runner *r);

/* The process is about to end: all programs are asked to end. How they do is
 * nobody's outcome, as if the process had been killed. */
void runner_stop(struct runner *r);
/* True while a program runs or waits. */
bool runner_busy(const struct runner *r);

#endif
