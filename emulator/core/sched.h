/* SPDX-License-Identifier: MIT */
/* Cloud Scheduler: jobs, their ticks in IANA time zones, executions and
 * retries on the clock. Bodies are JSON text that was checked and completed
 * before. Source: facts scheduler.md. */
#ifndef TRAINCTL_EMULATOR_SCHED_H
#define TRAINCTL_EMULATOR_SCHED_H

#include "emulator/core/emu.h"
#include "emulator/core/status.h"

enum sched_state { SCHED_ENABLED = 1, SCHED_PAUSED };

#define SCHED_STATUS_MAX 640

/* A job during a callback; borrowed. */
struct sched_job {
	int64_t id;
	const char *project, *location, *name; /* name: the short id */
	const char *body;		       /* as created */
	enum sched_state state;
	int64_t next_us;  /* the next tick, or STORE_NULL */
	int64_t retry_us; /* a pending retry, or STORE_NULL */
	int64_t tick_us;  /* the tick that is being executed or retried */
	int64_t first_us; /* its first attempt */
	int64_t attempt;  /* attempts of it so far */
	int64_t update_us, last_us;
	const char *status; /* google.rpc.Status of the last attempt, or NULL */
	bool running;
	char status_buf[SCHED_STATUS_MAX]; /* where a new status is written */
};
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
int sched_pause(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st);
int sched_resume(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st);
/* Forces a run now: the schedule is left alone, a paused job runs too. */
int sched_run(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st);

void sched_due(struct emu *em, int64_t id, int64_t due_us);
/* The end of an execution that went out over HTTP: a google.rpc code. */
void sched_ended(
	struct emu *em, int64_t id, bool forced, int code, const char *why);
void sched_run_now(struct emu *em, int64_t id);
/* The outcome of an execution that was under way when the process ended is not
 * known: at least once means that it goes out again. */
void sched_restart(struct emu *em);
/* Puts all that the rows say is due on the timeline. */
void sched_remind(struct emu *em);

/* The wait before retry number n (0, 1, ...): min * 2^n up to `doublings`
 * doublings, then growing by min * 2^doublings each, at most max. Pure.
 * Source: facts scheduler.md section 4. */
int64_t sched_backoff_us(
	int64_t min_us, int64_t max_us, int64_t doublings, int64_t n);

#endif
