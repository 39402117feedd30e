/* SPDX-License-Identifier: MIT */
#include "emulator/core/jobs.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/fates.h"
#include "emulator/core/input.h"
#include "emulator/core/job_rows.h"
#include "emulator/core/life.h"
#include "emulator/core/output.h"
#include "emulator/core/program.h"
#include "emulator/core/quota.h"
#include "emulator/core/reason.h"

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

/* The least maxWaitTime that the rules let pass (facts section 4): a job that
 * is queued no longer needs no look at its input when it is created. */
#define WAIT_LEAST_US (1800 * US_PER_S)

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
		.etag = (uint64_t)store_i64(r, 11),
		.prepare_us = store_i64(r, 12),
		.cancel_us = store_i64(r, 13),
		.output = store_text(r, 14),
		.fate = store_text(r, 15),
		.plan_us = store_i64(r, 16),
		.child = store_i64(r, 17) != STORE_NULL};
}

static void save(struct emu *em, const struct job *j, int64_t due) {
	(void)store_run(em->store, Q_JOB_MOVE, "iiiiiittiiii",
		(int64_t)j->state, j->prepare_us, j->start_us, j->cancel_us,
		j->end_us, due, j->error, j->output, j->plan_us,
		j->child ? (int64_t)1 : STORE_NULL, (int64_t)j->etag, j->id);
	if (due != STORE_NULL)
		(void)timeline_add(&em->timeline, due, EVENT_JOB, j->id);
}

static void note_entry(struct job *j, int64_t now) {
	switch (j->state) {
	case JOB_QUEUED:
		break;
	case JOB_PREPARING:
		j->prepare_us = now;
		break;
	case JOB_RUNNING:
		j->start_us = now;
		break;
	case JOB_CANCELLING:
		j->cancel_us = now;
		break;
	case JOB_SUCCEEDED:
	case JOB_FAILED:
	case JOB_CANCELLED:
		j->end_us = now;
		j->child = false;
		break;
	}
}

/* What was to be written needs memory: it is tried again a moment later. */
static void no_memory(struct emu *em) {
	store_fail(em->store, "out of memory");
}

/* Writes the job with the time of its next step, which is not in the past. */
static void plan(struct emu *em, const struct job *j) {
	struct step next;
	if (life_next(em, j, &next)) {
		no_memory(em);
		return;
	}
	int64_t due = next.due_us;
	if (due != STORE_NULL && due < emu_now(em))
		due = emu_now(em);
	save(em, j, due);
}

/* The one way a job changes its state. The texts of j outlive the call. */
static void job_move(
	struct emu *em, struct job *j, enum job_state to, const char *error) {
	assert(may_move[j->state] & 1u << to);
	int64_t now = emu_now(em);
	j->state = to;
	j->etag = next_etag(j->etag);
	if (error)
		j->error = error;
	note_entry(j, now);
	auto_free char *output = NULL;
	if (is_over(to)) {
		em->counters.jobsFinished++;
		if (output_text(j, now, &output))
			no_memory(em);
		j->output = output;
	}
	plan(em, j);
	j->output = NULL;
	journal_add(&em->journal, now, "job", "project", j->project, "jobId",
		j->job_id, "state", job_state_name(to), NULL);
}

static void program_settled(
	struct emu *em, int64_t job, int exit_code, const char *last_lines) {
	struct store_rows *r = store_query(em->store, Q_JOB_BY_ID, "i", job);
	struct job j = {0};
	if (store_next(r))
		read_job(r, &j);
	if (j.child && j.state == JOB_RUNNING && exit_code == 0) {
		job_move(em, &j, JOB_SUCCEEDED, NULL);
	} else if (j.child && j.state == JOB_RUNNING) {
		auto_free char *why = reason_exit(&j, exit_code, last_lines);
		if (!why)
			no_memory(em);
		job_move(em, &j, JOB_FAILED, why);
	} else if (j.child) {
		j.child = false;
		plan(em, &j);
	}
	store_end(r);
}

/* Fails when there is a command for its image that cannot be run. */
static int start_program(struct emu *em, struct job *j) {
	auto_input struct input in = {0};
	if (input_read(j->input, &in)) {
		no_memory(em);
		return 0;
	}
	/* the trials of a tuning job are simulated, whatever its image */
	const struct emu_run *run =
		in.tuning ? NULL : program_find(em, in.image);
	int rc = run ? program_start(em, j, run, program_settled) : 0;
	j->child = run && rc == 0;
	return rc;
}

static void enter_running(struct emu *em, struct job *j) {
	int rc = em->runs_len ? start_program(em, j) : 0;
	if (!j->child && input_has(j->input, INPUT_TUNING) &&
		life_stay(em, j, JOB_RUNNING, &j->plan_us))
		no_memory(em);
	job_move(em, j, JOB_RUNNING, NULL);
	if (rc)
		job_move(em, j, JOB_FAILED, reason_not_started);
}

/* The rows of a project's jobs; ended with store_end. */
static struct store_rows *find(
	struct emu *em, const char *project, const char *job_id) {
	return store_query(em->store, Q_JOB_GET, "tt", project, job_id);
}

static int id_is_taken(struct status *st) {
	return status_field(st, ST_ALREADY_EXISTS, "job.job_id",
		"A job with this id already exists.");
}

static int refuse_quota(
	struct emu *em, const struct job *j, struct status *st) {
	struct store_rows *r = find(em, j->project, j->job_id);
	bool taken = store_next(r);
	store_end(r);
	return taken ? id_is_taken(st) : quota_refuse(j, st);
}

/* Looks for the fate of a new job, and when that lets it go on. */
static int meet_fate(struct emu *em, struct job *j, char **ret_fate,
	int64_t *ret_due, struct status *st) {
	auto_json json_t *root = NULL;
	struct fate f;
	struct step next;
	int rc = em->may_have_fates ? fates_find(em, j, ret_fate) : 0;
	j->fate = *ret_fate;
	if (rc || fate_read(j->fate, &f, &root) || life_next(em, j, &next))
		return status_nomem(st);
	if (f.outcome == FATE_QUOTA)
		return refuse_quota(em, j, st);
	*ret_due = next.due_us;
	return ST_OK;
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
		.prepare_us = STORE_NULL,
		.start_us = STORE_NULL,
		.cancel_us = STORE_NULL,
		.end_us = STORE_NULL,
		.plan_us = STORE_NULL,
		.etag = next_etag((uint64_t)now)};
	auto_free char *fate = NULL;
	int rc = ST_OK;
	if (em->may_have_fates || em->life.queued_us > WAIT_LEAST_US)
		rc = meet_fate(em, &j, &fate, &due, st);
	if (rc)
		return rc;
	j.id = job_rows_next(em, project);
	(void)store_run(em->store, Q_JOB_ADD, "ittttiiii", j.id, project,
		job_id, input, labels, (int64_t)j.state, now, due,
		(int64_t)j.etag);
	if (store_changes(em->store) == 0)
		return id_is_taken(st);
	job_rows_took(em);
	if (fate)
		(void)store_run(em->store, Q_JOB_FATE, "ti", fate, j.id);
	if (due != STORE_NULL)
		(void)timeline_add(&em->timeline, due, EVENT_JOB, j.id);
	em->counters.jobsCreated++;
	journal_add(&em->journal, now, "job", "project", project, "jobId",
		job_id, "state", job_state_name(j.state), NULL);
	see(ctx, &j);
	return ST_OK;
}

/* The text is a guess in the house style, see the facts. */
static int not_found(struct status *st) {
	return status_field(st, ST_NOT_FOUND, "name",
		"The specified job could not be found.");
}

int jobs_get(struct emu *em, const char *project, const char *job_id,
	job_see *see, void *ctx, struct status *st) {
	struct store_rows *r = find(em, project, job_id);
	bool found = store_next(r);
	if (found) {
		struct job j;
		read_job(r, &j);
		see(ctx, &j);
	}
	store_end(r);
	return found ? ST_OK : not_found(st);
}

static void show_rows(struct store_rows *r, job_more *more, void *ctx) {
	struct job j;
	do {
		if (!store_next(r))
			break;
		read_job(r, &j);
	} while (more(ctx, &j));
	store_end(r);
}

void jobs_list(struct emu *em, const char *project, int64_t before,
	job_more *more, void *ctx) {
	int64_t first, end;
	job_rows_range(em, project, &first, &end);
	show_rows(store_query(em->store, Q_JOB_LIST, "iii", first,
			  before < end ? before : end,
			  emu_now(em) - LIST_HIDES_AFTER),
		more, ctx);
}

void jobs_alive(struct emu *em, const char *project, int64_t since_us,
	bool newest_first, job_more *more, void *ctx) {
	enum store_q q = newest_first ? Q_JOB_ALIVE_NEWEST : Q_JOB_ALIVE_OLDEST;
	int64_t first, end;
	job_rows_range(em, project, &first, &end);
	show_rows(store_query(em->store, q, "iii", first, end, since_us), more,
		ctx);
}

static void begin_cancel(struct emu *em, struct job *j, const char *error) {
	if (j->child)
		em->ops.stop(em->ops.run_ctx, j->id, false);
	job_move(em, j, JOB_CANCELLING, error);
}

static int cancel(struct emu *em, struct job *j, struct status *st) {
	if (may_move[j->state] & TO(CANCELLING))
		begin_cancel(em, j, reason_cancelled);
	else if (em->strict_cancel && is_over(j->state))
		/* the text is a guess in the house style */
		return status_field(st, ST_FAILED_PRECONDITION, "name",
			"The job is over and cannot be cancelled: its state is "
			"%s.",
			job_state_name(j->state));
	return ST_OK;
}

int jobs_cancel(struct emu *em, const char *project, const char *job_id,
	struct status *st) {
	struct store_rows *r = find(em, project, job_id);
	struct job j;
	int rc;
	if (store_next(r)) {
		read_job(r, &j);
		rc = cancel(em, &j, st);
	} else {
		rc = not_found(st);
	}
	store_end(r);
	return rc;
}

static bool may_patch(const struct job *j, const struct job_patch *p) {
	return !p->if_etag ||
	       (p->if_etag_len == sizeof j->etag &&
		       memcmp(p->if_etag, &j->etag, sizeof j->etag) == 0);
}

int jobs_patch(struct emu *em, const char *project, const char *job_id,
	const struct job_patch *p, job_see *see, void *ctx, struct status *st) {
	struct store_rows *r = find(em, project, job_id);
	struct job j;
	bool found = store_next(r), may = false;
	if (found) {
		read_job(r, &j);
		may = may_patch(&j, p);
	}
	if (may)
		(void)store_run(em->store, Q_JOB_PATCH, "itii",
			(int64_t)p->set_labels, p->labels,
			(int64_t)next_etag(j.etag), j.id);
	store_end(r);
	if (found && !may)
		/* code and text: a guess, see the facts */
		return status_field(st, ST_ABORTED, "job.etag",
			"The job has been changed since it was read: its etag "
			"is another one.");
	return jobs_get(em, project, job_id, see, ctx, st);
}

void jobs_exited(
	struct emu *em, int64_t job, int exit_code, const char *last_lines) {
	program_ended(em, job, exit_code, last_lines);
}

static void take_step(struct emu *em, struct job *j, const struct step *s) {
	auto_free char *error = NULL;
	if (life_error(j, s, &error))
		no_memory(em);
	if (s->to == JOB_RUNNING)
		enter_running(em, j);
	else if (s->to == JOB_CANCELLING)
		begin_cancel(em, j, error);
	else
		job_move(em, j, s->to, error);
}

void jobs_due(struct emu *em, int64_t id, int64_t due_us) {
	struct store_rows *r = store_query(em->store, Q_JOB_BY_ID, "i", id);
	struct step next;
	struct job j;
	/* the row stays open: job_move uses another statement */
	if (store_next(r) && store_i64(r, 9) == due_us) {
		read_job(r, &j);
		if (life_next(em, &j, &next))
			no_memory(em);
		else if (next.due_us != STORE_NULL)
			take_step(em, &j, &next);
	}
	store_end(r);
}

static void child_lost(struct emu *em, int64_t id) {
	struct store_rows *r = store_query(em->store, Q_JOB_BY_ID, "i", id);
	struct job j;
	if (store_next(r)) {
		read_job(r, &j);
		if (j.state == JOB_CANCELLING)
			job_move(em, &j, JOB_CANCELLED, NULL);
		else
			job_move(em, &j, JOB_FAILED, reason_lost);
	}
	store_end(r);
}

void jobs_restart(struct emu *em) {
	struct store_rows *r = store_query(em->store, Q_JOB_CHILDREN, "");
	while (store_next(r))
		child_lost(em, store_i64(r, 0));
	store_end(r);
}

void jobs_remind(struct emu *em) {
	program_sweep(em);
	struct store_rows *r = store_query(em->store, Q_JOB_DUE, "");
	while (store_next(r))
		(void)timeline_add(&em->timeline, store_i64(r, 1), EVENT_JOB,
			store_i64(r, 0));
	store_end(r);
}
