/* SPDX-License-Identifier: MIT */
/* A fate: how a job lives and ends otherwise than as usual. Pure; which job has
 * which is in fates.h. The members of one in JSON are in train-emulator(8). */
#ifndef TRAINCTL_EMULATOR_FATE_H
#define TRAINCTL_EMULATOR_FATE_H

#include "common/jsn.h"
#include "emulator/core/jobs.h"

enum fate_outcome { FATE_SUCCESS, FATE_FAILURE, FATE_STUCK, FATE_QUOTA };

struct fate {
	int64_t stay_us[JOB_CANCELLED + 1]; /* by state; -1: as usual */
	enum fate_outcome outcome;
	enum job_state at; /* where it fails or is stuck */
	int64_t exit_code; /* of a failure at JOB_RUNNING */
	const char *error; /* errorMessage of a failure, or NULL; borrowed */
	int64_t position;  /* jobPosition while QUEUED */
	int64_t failed_trials; /* so many of the first trials fail */
};

/* The members by which a rule chooses its jobs; fate_parse lets them pass. */
#define FATE_MATCHERS "jobId", "label", "image", "count"

/* Reads one; texts are borrowed from o. Returns 0, or ERR_USAGE, ERR_SHAPE,
 * ERR_SYNTAX or ERR_RANGE with the member's name in the message. */
int fate_parse(const json_t *o, struct fate *ret, struct err *e);

/* Reads the text of struct job; NULL is the usual fate. *ret_root holds what
 * the fate borrows from, for the caller to free. Returns 0 or ERR_NOMEM. */
int fate_read(const char *text, struct fate *ret, json_t **ret_root);

#endif
