/* SPDX-License-Identifier: MIT */
#include "emulator/core/jobs.h"

#include <assert.h>
#include <stddef.h>

#define LIST_HIDES_AFTER (90 * US_PER_DAY) /* facts ml-jobs.md section 3 */

static const char *const state_names[] = {
	[JOB_QUEUED] = "QUEUED",
	[JOB_PREPARING] = "PREPARING",
	[JOB_RUNNING] = "RUNNING",
	[JOB_SUCCEEDED] = "SUCCEEDED",
	[JOB_FAILED] = "FAILED",
	[JOB_CANCELLING] = "CANCELLING",
	[JOB_CANCELLED] = "CANCELLED",
};

#define TO(s) (1u << JOB_##s)

/* The whole state machine: where each state may go. */
static const unsigned may_move[] = {
	[JOB_QUEUED] = TO(PREPARING) | TO(FAILED) | TO(CANCELLING),
	[JOB_PREPARING] = TO(RUNNING) | TO(FAILED) | TO(CANCELLING),
	[JOB_RUNNING] = TO(SUCCEEDED) | TO(FAILED) | TO(CANCELLING),
	[JOB_SUCCEEDED] = 0,
	[JOB_FAILED] = 0,
	[JOB_CANCELLING] = TO(CANCELLED),
	[JOB_CANCELLED] = 0,
};

const char *job_state_name(enum job_state s) {
	return state_names[s];
}

static bool is_over(enum job_state s) {
	return may_move[s] == 0;
}

/* An etag is opaque and differs after every change; a multiplication by an odd
 * number keeps them distinct. */
static uint64_t next_etag(uint64_t etag) {
	return (etag + 1) * 0x9e3779b97f4a7c15ULL;
}

static void read_job(struct store_rows *r, struct job *ret) {
	*ret = (struct job){.id = store_i64(r, 0),
		.project = store_text(r, 1),
		.job_id = store_text(r, 2),
		.input = store_text(r, 3),
		.labels = store_text(r, 4),
		.state = (enum job_state)store_i64(r, 5),
		.create_us = store_i64(r, 6),
		.start_us = store_i64(r, 7),
		.end_us = store_i64(r, 8),
		.error = store_text(r, 10),
		.etag = (uint64_t)store_i64(r, 11)};
}

/* How long a state lasts, and what follows it by itself. */
static int64_t stay_us(
	const struct emu *em, enum job_state s, enum job_state *ret_next) {
	switch (s) {
	case JOB_QUEUED:
		*ret_next = JOB_PREPARING;
		return em->life.queued_us;
	case JOB_PREPARING:
		*ret_next = JOB_RUNNING;
		return em->life.preparing_us;
	case JOB_RUNNING:
		*ret_next = JOB_SUCCEEDED;
		return em->life.running_us;
	case JOB_CANCELLING:
		*ret_next = JOB_CANCELLED;
		return em->life.cancelling_us;
	case JOB_SUCCEEDED:
	case JOB_FAILED:
	case JOB_CANCELLED:
		break;
	}
	return -1;
}

/* The one way a job changes its state. */
static void job_move(
	struct emu *em, struct job *j, enum job_state to, const char *error) {
	assert(may_move[j->state] & 1u << to);
	int64_t now = emu_now(em);
	j->state = to;
	j->etag = next_etag(j->etag);
	j->error = error;
	if (to == JOB_RUNNING)
		j->start_us = now;
	if (is_over(to)) {
		j->end_us = now;
		em->counters.jobsFinished++;
	}
	enum job_state next;
	int64_t stay = stay_us(em, to, &next);
	int64_t due = stay < 0 ? STORE_NULL : now + stay;
	(void)store_run(em->store, Q_JOB_MOVE, "iiiitii", (int64_t)to,
		j->start_us, j->end_us, due, j->error, (int64_t)j->etag, j->id);
	if (due != STORE_NULL)
		(void)timeline_add(&em->timeline, due, EVENT_JOB, j->id);
	journal_add(&em->journal, now, "job", "project", j->project, "jobId",
		j->job_id, "state", job_state_name(to), NULL);
}

int jobs_create(struct emu *em, const char *project, const char *job_id,
	const char *input, const char *labels, job_see *see, void *ctx,
	struct status *st) {
	int64_t now = emu_now(em), due = now + em->life.queued_us;
	struct job j = {.project = project,
		.job_id = job_id,
		.input = input,
		.labels = labels,
		.state = JOB_QUEUED,
		.create_us = now,
		.start_us = STORE_NULL,
		.end_us = STORE_NULL,
		.etag = next_etag((uint64_t)now)};
	(void)store_run(em->store, Q_JOB_ADD, "ttttiiii", project, job_id,
		input, labels, (int64_t)j.state, now, due, (int64_t)j.etag);
	if (store_changes(em->store) == 0)
		return status_field(st, ST_ALREADY_EXISTS, "job.job_id",
			"A job with this id already exists.");
	j.id = store_last_id(em->store);
	(void)timeline_add(&em->timeline, due, EVENT_JOB, j.id);
	em->counters.jobsCreated++;
	journal_add(&em->journal, now, "job", "project", project, "jobId",
		job_id, "state", job_state_name(j.state), NULL);
	see(ctx, &j);
	return ST_OK;
}

int jobs_get(struct emu *em, const char *project, const char *job_id,
	job_see *see, void *ctx, struct status *st) {
	struct store_rows *r =
		store_query(em->store, Q_JOB_GET, "tt", project, job_id);
	bool found = store_next(r);
	if (found) {
		struct job j;
		read_job(r, &j);
		see(ctx, &j);
	}
	store_end(r);
	/* text of the answer: a guess in the house style, see the facts */
	return found ? ST_OK
		     : status_field(st, ST_NOT_FOUND, "name",
			       "The specified job could not be found.");
}

void jobs_list(struct emu *em, const char *project, int64_t before, int64_t max,
	job_see *see, void *ctx) {
	struct store_rows *r = store_query(em->store, Q_JOB_LIST, "tiii",
		project, before, emu_now(em) - LIST_HIDES_AFTER, max);
	while (store_next(r)) {
		struct job j;
		read_job(r, &j);
		see(ctx, &j);
	}
	store_end(r);
}

static void cancel_seen(void *ctx, const struct job *j) {
	*(struct job *)ctx = *j;
}

int jobs_cancel(struct emu *em, const char *project, const char *job_id,
	struct status *st) {
	struct job j;
	int rc = jobs_get(em, project, job_id, cancel_seen, &j, st);
	if (rc || !(may_move[j.state] & TO(CANCELLING)))
		return rc;
	/* the texts of the row are gone with it; these are the caller's */
	j.project = project;
	j.job_id = job_id;
	job_move(em, &j, JOB_CANCELLING, NULL);
	return ST_OK;
}

void jobs_due(struct emu *em, int64_t id, int64_t due_us) {
	struct store_rows *r = store_query(em->store, Q_JOB_BY_ID, "i", id);
	enum job_state next;
	struct job j;
	/* the row stays open: job_move uses another statement */
	if (store_next(r) && store_i64(r, 9) == due_us) {
		read_job(r, &j);
		if (stay_us(em, j.state, &next) >= 0)
			job_move(em, &j, next, j.error);
	}
	store_end(r);
}

void jobs_remind(struct emu *em) {
	struct store_rows *r = store_query(em->store, Q_JOB_DUE, "");
	while (store_next(r))
		(void)timeline_add(&em->timeline, store_i64(r, 1), EVENT_JOB,
			store_i64(r, 0));
	store_end(r);
}
