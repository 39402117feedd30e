/* SPDX-License-Identifier: MIT */
/* The trials of a hyperparameter tuning job, worked out from its specification
 * and the clock: pure, so none is stored, and the same job has the same trials
 * always. Source: facts ml-jobs.md section 7; how long trials take and what
 * they measure is ours (doc/differences.md). */
#ifndef TRAINCTL_EMULATOR_TRIALS_H
#define TRAINCTL_EMULATOR_TRIALS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define TRIALS_MAX 1000 /* of one job; more are not tried */

struct trials {
	const json_t *spec; /* HyperparameterSpec as it was normalised */
	const char *job_id; /* the values are drawn from it */
	int64_t start_us;   /* of the job; STORE_NULL: none has begun */
	int64_t plan_us;    /* how long all of them take together */
	int64_t until_us;   /* what has happened by then */
	bool stopped;	    /* those that still run then were cancelled */
	int64_t failed;	    /* so many of the first ones fail */
};

/* Whether so many fail that the job does, and when. */
bool trials_fail(const struct trials *t, int64_t *ret_us);

/* Adds completedTrialCount and trials to a trainingOutput. *ret_busy_us is how
 * long they ran, one after the other. Returns 0 or ERR_NOMEM. */
int trials_output(const struct trials *t, json_t *out, int64_t *ret_busy_us);

#endif
