/* SPDX-License-Identifier: MIT */
/* Cloud Scheduler: jobs, their ticks in IANA time zones, executions and
 * retries on the clock. Bodies are JSON text that was checked and completed
 * before. Source: facts scheduler.md. */
#ifndef TRAINCTL_EMULATOR_SCHED_H
#define TRAINCTL_EMULATOR_SCHED_H

#include "emulator/core/attempt.h"
#include "emulator/core/emu.h"
#include "emulator/core/status.h"

typedef void sched_see(void *ctx, const struct sched_job *j);

/* body has the members schedule, timeZone and a target, all checked. */
int sched_create(struct emu *em, const char *project, const char *location,
	const char *name, const char *body, struct status *st);
int sched_get(struct emu *em, const char *project, const char *location,
	const char *name, sched_see *see, void *ctx, struct status *st);
int sched_delete(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st);
void sched_list(struct emu *em, const char *project, const char *location,
	const char *after, int64_t max, sched_see *see, void *ctx);
/* The job becomes what body says. Its ticks begin anew when the schedule or its
 * zone is another one; an execution or a retry that waits goes on. */
int sched_patch(struct emu *em, const char *project, const char *location,
	const char *name, const char *body, struct status *st);
int sched_pause(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st);
int sched_resume(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st);
/* Forces a run now: the schedule is left alone, a paused job runs too. */
int sched_run(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st);

void sched_due(struct emu *em, int64_t id, int64_t due_us);
attempt_ended sched_ended;
void sched_run_now(struct emu *em, int64_t id);
/* The outcome of an execution that was under way when the process ended is not
 * known: at least once means that it goes out again. The ticks that nobody was
 * there for are made up for by one run a job. */
void sched_restart(struct emu *em);
/* Puts all that the rows say is due on the timeline. */
void sched_remind(struct emu *em);

#endif
