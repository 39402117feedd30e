/* SPDX-License-Identifier: MIT */
/* One execution of a Scheduler job's target: sending it, its outcome as a
 * google.rpc.Status, and whether and when it is tried again. When a job is due
 * is in sched.c. Source: facts scheduler.md section 4. */
#ifndef TRAINCTL_EMULATOR_ATTEMPT_H
#define TRAINCTL_EMULATOR_ATTEMPT_H

#include "emulator/core/sched.h"

/* Executes j's target for tick_us and updates j (the caller saves it): a
 * publish is over at once, an HTTP target later, by sched_ended. */
void attempt_start(struct emu *em, struct sched_job *j, bool forced);

/* Notes an outcome in j: status, counters, and the retry of a tick. */
void attempt_finish(struct emu *em, struct sched_job *j, bool forced, int code,
	const char *why);

/* The google.rpc code of an HTTP answer (0 for 2xx; http 0: none came). Pure.
 * The mapping is a guess, see the facts. */
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

#endif
