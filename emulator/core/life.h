/* SPDX-License-Identifier: MIT */
/* What becomes of a job by itself: which state follows, when, and why. Answers
 * questions; jobs.c does what they say. Source: facts ml-jobs.md section 4. */
#ifndef TRAINCTL_EMULATOR_LIFE_H
#define TRAINCTL_EMULATOR_LIFE_H

#include "emulator/core/jobs.h"

enum life_why {
	LIFE_USUAL,
	LIFE_FATE,   /* its fate is to fail here */
	LIFE_TRIALS, /* too many of its trials have failed */
	LIFE_WAITED, /* as long as its maxWaitTime allows */
	LIFE_RAN,    /* as long as its maxRunningTime allows */
};

struct step {
	int64_t due_us; /* STORE_NULL: never */
	enum job_state to;
	enum life_why why;
};

/* How long a job stays in a state when nothing else ends that. 0 or
 * ERR_NOMEM. */
int life_stay(const struct emu *em, const struct job *j, enum job_state s,
	int64_t *ret);

/* The next step of a job from the state it is in. Returns 0 or ERR_NOMEM. */
int life_next(const struct emu *em, const struct job *j, struct step *ret);

/* The errorMessage of a step, NULL for none; the caller frees it. Returns 0 or
 * ERR_NOMEM. */
int life_error(const struct job *j, const struct step *step, char **ret);

/* jobPosition, facts ml-jobs.md section 2: 0 is not shown. */
int64_t life_position(const struct job *j);

#endif
