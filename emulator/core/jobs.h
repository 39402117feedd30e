/* SPDX-License-Identifier: MIT */
/* AI Platform training and prediction jobs: rows, ids that are taken for ever,
 * and the state machine on the clock. Bodies are JSON text that was checked
 * before. Source: facts ml-jobs.md sections 2 to 4 and 8. */
#ifndef TRAINCTL_EMULATOR_JOBS_H
#define TRAINCTL_EMULATOR_JOBS_H

#include "emulator/core/emu.h"
#include "emulator/core/status.h"

/* Numbers as in the service's enum. */
enum job_state {
	JOB_QUEUED = 1,
	JOB_PREPARING,
	JOB_RUNNING,
	JOB_SUCCEEDED,
	JOB_FAILED,
	JOB_CANCELLING,
	JOB_CANCELLED,
};

const char *job_state_name(enum job_state s);

/* A job as seen during a callback; every text is borrowed. */
struct job {
	int64_t id; /* grows with every job of its project */
	const char *project, *job_id;
	const char *input;  /* {"trainingInput":{...}} */
	const char *labels; /* JSON object, or NULL */
	enum job_state state;
	int64_t create_us;
	/* when it entered these states; STORE_NULL: not yet, or never */
	int64_t prepare_us, start_us, cancel_us, end_us;
	const char *error; /* or NULL */
	uint64_t etag;
	const char *output; /* JSON object of its output, or NULL for {} */
	const char *fate;   /* JSON object, or NULL */
	int64_t plan_us;    /* of a tuning job, from its start on */
	bool child;	    /* a program runs for it */
};
typedef void job_see(void *ctx, const struct job *j);
typedef bool job_more(void *ctx, const struct job *j); /* false: enough seen */

/* Adds a job in state QUEUED and shows it. Returns ST_OK, ST_ALREADY_EXISTS,
 * ST_INTERNAL or ST_RESOURCE_EXHAUSTED: its fate was to be refused, and the
 * transaction is to be kept, as that counts. */
int jobs_create(struct emu *em, const char *project, const char *job_id,
	const char *input, const char *labels, job_see *see, void *ctx,
	struct status *st);

/* Shows one job. Returns ST_OK or ST_NOT_FOUND. */
int jobs_get(struct emu *em, const char *project, const char *job_id,
	job_see *see, void *ctx, struct status *st);

/* Shows the jobs of a project, newest first, those created in the last 90 days,
 * beginning below row id `before` (INT64_MAX: the newest). */
void jobs_list(struct emu *em, const char *project, int64_t before,
	job_more *more, void *ctx);

/* Shows the jobs of a project, of whatever age, that were not over before an
 * instant, in the order of their creation or in the reverse. */
void jobs_alive(struct emu *em, const char *project, int64_t since_us,
	bool newest_first, job_more *more, void *ctx);

/* Moves a job that is not over to CANCELLING; nothing happens to one that is,
 * unless em->strict_cancel: that is ST_FAILED_PRECONDITION. Returns ST_OK or
 * ST_NOT_FOUND. */
int jobs_cancel(struct emu *em, const char *project, const char *job_id,
	struct status *st);

/* What a patch changes. */
struct job_patch {
	/* The job's etag must be these bytes; NULL: whatever it is. */
	const char *if_etag;
	size_t if_etag_len;
	bool set_labels;    /* to: */
	const char *labels; /* JSON object, or NULL */
};

/* Changes a job, whatever its state, gives it another etag and shows it.
 * Returns ST_OK, ST_NOT_FOUND or ST_ABORTED (another etag). */
int jobs_patch(struct emu *em, const char *project, const char *job_id,
	const struct job_patch *p, job_see *see, void *ctx, struct status *st);

/* The program that emu_ops.run started for a job has ended: its exit code, or
 * 128 and the signal's number. last_lines: what it wrote last on its standard
 * error, or "". From the loop, outside a transaction. */
void jobs_exited(
	struct emu *em, int64_t job, int exit_code, const char *last_lines);

/* Once, after a start: the programs of the process before this one are gone.
 * Inside a transaction. */
void jobs_restart(struct emu *em);
void jobs_due(struct emu *em, int64_t id, int64_t due_us);
/* Puts all that the rows say is due on the timeline. */
void jobs_remind(struct emu *em);

#endif
