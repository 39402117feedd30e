/* SPDX-License-Identifier: MIT */
/* Programs that run for jobs, from when one is asked for until its end is in
 * the state. What runs them is behind emu_ops; what an end means for its job is
 * in jobs.c. */
#ifndef TRAINCTL_EMULATOR_PROGRAM_H
#define TRAINCTL_EMULATOR_PROGRAM_H

#include "emulator/core/jobs.h"

/* Writes what an end means. Inside a transaction; again if that was rolled
 * back. */
typedef void program_settle(
	struct emu *em, int64_t job, int exit_code, const char *last_lines);

/* The command for a job's image, or NULL when the command line has none. */
const struct emu_run *program_find(const struct emu *em, const char *image);
/* Starts it. Inside a transaction. Returns 0, ERR_NOMEM or what emu_ops.run
 * returned. */
int program_start(struct emu *em, const struct job *j,
	const struct emu_run *run, program_settle *settle);
/* One has ended, in the words of jobs_exited. */
void program_ended(
	struct emu *em, int64_t job, int exit_code, const char *last_lines);

/* Kills those that no job knows of: from before a reset, or started in a
 * transaction that was rolled back. */
void program_sweep(struct emu *em);
/* Frees what is known of them, when the process ends. */
void program_drop_all(struct emu *em);

#endif
