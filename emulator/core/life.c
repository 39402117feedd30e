/* SPDX-License-Identifier: MIT */
#include "emulator/core/life.h"

#include "common/mem.h"
#include "common/when.h"
#include "emulator/core/fate.h"
#include "emulator/core/input.h"
#include "emulator/core/reason.h"
#include "emulator/core/trials.h"

static int64_t usual_stay(const struct job_life *life, enum job_state s) {
	switch (s) {
	case JOB_QUEUED:
		return life->queued_us;
	case JOB_PREPARING:
		return life->preparing_us;
	case JOB_RUNNING:
		return life->running_us;
	case JOB_CANCELLING:
		return life->cancelling_us;
	case JOB_SUCCEEDED:
	case JOB_FAILED:
	case JOB_CANCELLED:
		break;
	}
	return 0;
}

static int64_t stay_of(
	const struct emu *em, const struct fate *f, enum job_state s) {
	return f->stay_us[s] >= 0 ? f->stay_us[s] : usual_stay(&em->life, s);
}

int life_stay(const struct emu *em, const struct job *j, enum job_state s,
	int64_t *ret) {
	auto_json json_t *root = NULL;
	struct fate f;
	int rc = fate_read(j->fate, &f, &root);
	if (!rc)
		*ret = stay_of(em, &f, s);
	return rc;
}

/* When it entered the state it is in, and what follows by itself. */
static int64_t entered(const struct job *j, enum job_state *ret_next) {
	switch (j->state) {
	case JOB_QUEUED:
		*ret_next = JOB_PREPARING;
		return j->create_us;
	case JOB_PREPARING:
		*ret_next = JOB_RUNNING;
		return j->prepare_us;
	case JOB_RUNNING:
		*ret_next = JOB_SUCCEEDED;
		return j->start_us;
	case JOB_CANCELLING:
		*ret_next = JOB_CANCELLED;
		return j->cancel_us;
	case JOB_SUCCEEDED:
	case JOB_FAILED:
	case JOB_CANCELLED:
		break;
	}
	return STORE_NULL;
}

/* Failing trials may end a job early. */
static int watch_trials(
	const struct job *j, const struct fate *f, struct step *s) {
	auto_input struct input in = {0};
	if (input_read(j->input, &in))
		return ERR_NOMEM;
	struct trials t = {.spec = in.tuning,
		.start_us = j->start_us,
		.plan_us = j->plan_us,
		.failed = f->failed_trials};
	if (trials_fail(&t, &s->due_us)) {
		s->to = JOB_FAILED;
		s->why = LIFE_TRIALS;
	}
	return 0;
}

/* What follows if no limit comes before it. */
static int natural(const struct emu *em, const struct job *j,
	const struct fate *f, struct step *s) {
	int64_t since = entered(j, &s->to);
	bool here = f->at == j->state;
	if (since == STORE_NULL || j->child ||
		(here && f->outcome == FATE_STUCK))
		return 0;
	bool trials = j->state == JOB_RUNNING && j->plan_us != STORE_NULL;
	s->due_us = since + (trials ? j->plan_us : stay_of(em, f, j->state));
	if (here && f->outcome == FATE_FAILURE) {
		s->to = JOB_FAILED;
		s->why = LIFE_FATE;
	}
	return trials && f->failed_trials ? watch_trials(j, f, s) : 0;
}

/* A job that ends or goes on at the very instant of its limit has kept it. */
static void limit(
	struct step *s, int64_t since, int64_t us, enum life_why why) {
	if (us == INT64_MAX ||
		(s->due_us != STORE_NULL && s->due_us <= since + us))
		return;
	*s = (struct step){since + us, JOB_CANCELLING, why};
}

int life_next(const struct emu *em, const struct job *j, struct step *ret) {
	auto_json json_t *root = NULL;
	struct fate f;
	struct limits l;
	struct step s = {.due_us = STORE_NULL, .to = j->state};
	if (fate_read(j->fate, &f, &root) || natural(em, j, &f, &s) ||
		input_limits(j->input, &l))
		return ERR_NOMEM;
	if (j->state == JOB_QUEUED || j->state == JOB_PREPARING)
		limit(&s, j->create_us, l.wait_us, LIFE_WAITED);
	else if (j->state == JOB_RUNNING)
		limit(&s, j->start_us, l.run_us, LIFE_RAN);
	*ret = s;
	return 0;
}

static char *limit_error(
	const struct job *j, const char *verb, const char *field, int64_t us) {
	char text[WHEN_TEXT_MAX];
	duration_format(us, text);
	return mem_printf("The job %s was cancelled because it %s longer than "
			  "its %s of %s.",
		j->job_id, verb, field, text);
}

static char *fate_error(const struct job *j, const struct fate *f) {
	if (f->error)
		return mem_strdup(f->error);
	if (j->state == JOB_RUNNING)
		return reason_exit(j, (int)f->exit_code, "");
	return mem_strdup(reason_internal);
}

int life_error(const struct job *j, const struct step *step, char **ret) {
	auto_json json_t *root = NULL;
	struct fate f;
	struct limits l;
	if (fate_read(j->fate, &f, &root) || input_limits(j->input, &l))
		return ERR_NOMEM;
	switch (step->why) {
	case LIFE_USUAL:
		*ret = NULL;
		return 0;
	case LIFE_FATE:
		*ret = fate_error(j, &f);
		break;
	case LIFE_TRIALS:
		*ret = mem_strdup(reason_trials);
		break;
	case LIFE_WAITED:
		*ret = limit_error(j, "waited", "maxWaitTime", l.wait_us);
		break;
	case LIFE_RAN:
		*ret = limit_error(j, "ran", "maxRunningTime", l.run_us);
		break;
	}
	return *ret ? 0 : ERR_NOMEM;
}

int64_t life_position(const struct job *j) {
	auto_json json_t *root = NULL;
	struct fate f;
	if (j->state != JOB_QUEUED || fate_read(j->fate, &f, &root))
		return 0;
	return f.position;
}
