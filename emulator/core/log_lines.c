/* SPDX-License-Identifier: MIT */
/* The lines and their order are those of the facts, ml-jobs.md section 12. Each
 * has its place after the instant at which its state began, but none comes
 * after the next state: a line that was not seen yet may still move forward to
 * an instant that has come, one that was seen never moves. So nothing is ever
 * said late, and a job's end is said at its end. */
#include "emulator/core/log_lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "emulator/core/input.h"
#include "emulator/core/jobs.h"

/* an id has 128 characters at most */
#define LOG_NAME_MAX 192
#define QUEUED_MAX 160

enum { AT_START = '0', AT_END = '2' }; /* logs.c has '1' */

struct teller {
	struct logs_range *range;
	logs_see *see;
	void *ctx;
	int64_t now;
	const struct job *j;
	int said; /* lines so far */
};

static void say(struct teller *t, int64_t at_us, char place, const char *task,
	int severity, const char *text) {
	const struct job *j = t->j;
	int number = t->said++;
	if (at_us < t->range->from_us || at_us > t->range->to_us)
		return;
	char id[LOGS_ID_MAX], log[LOG_NAME_MAX];
	(void)snprintf(id, sizeof id, "%c%03x%012" PRIx64, place, number,
		(uint64_t)j->id);
	(void)snprintf(log, sizeof log, "ml.googleapis.com%%2F%s", j->job_id);
	bool service = !strcmp(task, LOG_TASK_SERVICE);
	t->see(t->ctx, t->range,
		&(struct log_entry){.project = j->project,
			.time_us = at_us,
			.insert_id = id,
			.severity = severity,
			.log = service ? log : task,
			.type = LOG_TYPE_JOB,
			.job_id = j->job_id,
			.task = task,
			.text = text,
			.input = j->input});
}

/* A line some time after the instant of a state that ended at `until`, or goes
 * on (STORE_NULL). When the next state is not the one that follows by itself,
 * what would have come later is left out. */
static void say_after(struct teller *t, int64_t since, int64_t after,
	int64_t until, bool follows, const char *text) {
	int64_t at = since + after;
	if (until != STORE_NULL && at > until) {
		if (!follows)
			return;
		at = until;
	}
	if (at <= t->now)
		say(t, at, AT_START, LOG_TASK_SERVICE, LOG_AT_INFO, text);
}

/* When a state ended that was followed by `next` or by the job's end. */
static int64_t first_of(const struct job *j, int64_t next) {
	if (next != STORE_NULL)
		return next;
	return j->cancel_us != STORE_NULL ? j->cancel_us : j->end_us;
}

static void tell_start(struct teller *t, bool training) {
	const struct job *j = t->j;
	int64_t until = first_of(j, j->prepare_us);
	bool follows = j->prepare_us != STORE_NULL;
	say_after(t, j->create_us, 0, until, true,
		"Validating job requirements...");
	say_after(t, j->create_us, 500 * US_PER_MS, until, true,
		"Job creation request has been successfully validated.");
	char queued[QUEUED_MAX];
	(void)snprintf(queued, sizeof queued, "Job %s is queued.", j->job_id);
	say_after(t, j->create_us, US_PER_S, until, true, queued);
	say_after(t, j->create_us, 5 * US_PER_S, until, follows,
		"Waiting for job to be provisioned.");
	if (!training || !follows)
		return;
	follows = j->start_us != STORE_NULL;
	say_after(t, j->prepare_us, US_PER_S, first_of(j, j->start_us), follows,
		"Waiting for training program to start.");
	if (follows && input_has(j->input, "\"pythonModule\":\""))
		say(t, j->start_us, AT_START, LOG_TASK_MASTER, LOG_AT_INFO,
			NULL);
}

static void say_end(struct teller *t, const char *task, const char *text) {
	say(t, t->j->end_us, AT_END, task, LOG_AT_INFO, text);
}

static void say_wrong(struct teller *t, const char *text) {
	/* a cancel has its reason too, but nothing went wrong */
	if (text && t->j->state == JOB_FAILED)
		say(t, t->j->end_us, AT_END, LOG_TASK_SERVICE, LOG_AT_ERROR,
			text);
}

/* What the master says when its program has ended, and what follows. */
static void tell_teardown(struct teller *t) {
	bool well = t->j->state == JOB_SUCCEEDED;
	if (well)
		say_end(t, LOG_TASK_MASTER, "Module completed; cleaning up.");
	say_end(t, LOG_TASK_MASTER, "Clean up finished.");
	if (well)
		say_end(t, LOG_TASK_MASTER, "Task completed successfully.");
	say_wrong(t, t->j->error);
	say_end(t, LOG_TASK_SERVICE, "Tearing down training program.");
	say_end(t, LOG_TASK_SERVICE, "Finished tearing down training program.");
}

static void tell_end(struct teller *t, bool training) {
	const struct job *j = t->j;
	if (j->end_us == STORE_NULL)
		return;
	if (training && j->start_us != STORE_NULL)
		tell_teardown(t);
	else
		say_wrong(t, j->error);
	switch (j->state) {
	case JOB_SUCCEEDED:
		say_end(t, LOG_TASK_SERVICE, "Job completed successfully.");
		break;
	case JOB_FAILED:
		say_wrong(t, "Job failed.");
		break;
	case JOB_CANCELLED:
		say_end(t, LOG_TASK_SERVICE, "Job cancelled.");
		break;
	case JOB_QUEUED:
	case JOB_PREPARING:
	case JOB_RUNNING:
	case JOB_CANCELLING:
		break;
	}
}

static void tell(void *ctx, const struct job *j) {
	static const char training_input[] = "{\"trainingInput\"";
	struct teller *t = ctx;
	bool training =
		!strncmp(j->input, training_input, sizeof training_input - 1);
	t->j = j;
	t->said = 0;
	tell_start(t, training);
	tell_end(t, training);
}

static bool tell_next(void *ctx, const struct job *j) {
	struct teller *t = ctx;
	bool late = j->create_us > t->range->to_us;
	bool early = j->end_us != STORE_NULL && j->end_us < t->range->from_us;
	if (!late && !early)
		tell(t, j);
	/* those that follow an early or a late one may be neither, but in the
	 * order of their creation none after a late one is early enough */
	return !late || t->range->newest_first;
}

void log_lines_each(
	struct emu *em, struct logs_range *r, logs_see *see, void *ctx) {
	/* of the future it knows nothing */
	if (r->to_us > emu_now(em))
		r->to_us = emu_now(em);
	struct teller t = {
		.range = r, .see = see, .ctx = ctx, .now = emu_now(em)};
	auto_status struct status st = STATUS_INIT;
	if (r->job_id)
		/* a job that is not there has said nothing */
		(void)jobs_get(em, r->project, r->job_id, tell, &t, &st);
	else
		jobs_alive(em, r->project, r->from_us, r->newest_first,
			tell_next, &t);
}

/* Words with a blank before each; those of an array, or a single one. */
static void add_words(struct buf *b, const char *before, const json_t *words) {
	if (json_is_string(words))
		(void)buf_addf(b, " %s%s", before, json_string_value(words));
	size_t i;
	const json_t *word;
	json_array_foreach (words, i, word)
		add_words(b, before, word);
}

int log_command(const char *input, struct buf *ret) {
	auto_input struct input in = {0};
	int rc = input_read(input, &in);
	if (rc)
		return rc;
	const char *version = json_string_value(
		json_object_get(in.training, "pythonVersion"));
	bool old = version && *version == '2';
	(void)buf_addf(ret, "Running command: %s", old ? "python" : "python3");
	add_words(ret, "-m ", json_object_get(in.training, "pythonModule"));
	add_words(ret, "", json_object_get(in.training, "args"));
	add_words(ret, "--job-dir ", json_object_get(in.training, "jobDir"));
	return ret->failed;
}
