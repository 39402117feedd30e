/* SPDX-License-Identifier: MIT */
/* One execution of a Scheduler job's target: sending it, its outcome as a
 * google.rpc.Status, and whether and when it is tried again. When a job is due
 * is in sched.c. Source: facts scheduler.md section 4. */
#ifndef TRAINCTL_EMULATOR_ATTEMPT_H
#define TRAINCTL_EMULATOR_ATTEMPT_H

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

/* The end of an execution that went out over HTTP: a google.rpc code, and why.
 * Called inside a transaction. */
typedef void attempt_ended(
	struct emu *em, int64_t id, bool forced, int code, const char *why);

/* Executes j's target for tick_us and updates j (the caller saves it): a
 * publish is over at once, an HTTP target later, when `ended` is called. */
void attempt_start(
	struct emu *em, struct sched_job *j, bool forced, attempt_ended *ended);

/* Notes an outcome in j: status, counters, and the retry of a tick. */
void attempt_finish(struct emu *em, struct sched_job *j, bool forced, int code,
	const char *why);

/* The google.rpc code of an HTTP answer (0 for 2xx; SENT_LATE or 0: none came).
 * Pure. The mapping is a guess, see the facts. */
int attempt_code(int http);

/* retryConfig as numbers. */
struct retry_rule {
	int64_t count, total_us, min_us, max_us, doublings;
};

/* Whether attempt number `attempt` (1 is the first) that failed `since_us`
 * after the first began is followed by another. With both limits set it is,
 * until both are reached. Pure. */
bool attempt_again(
	const struct retry_rule *r, int64_t attempt, int64_t since_us);

/* The wait before retry number n (0, 1, ...): min * 2^n up to `doublings`
 * doublings, then growing by min * 2^doublings each, at most max. Pure.
 * Source: facts scheduler.md section 4. */
int64_t attempt_backoff_us(
	int64_t min_us, int64_t max_us, int64_t doublings, int64_t n);

#endif
