/* SPDX-License-Identifier: MIT */
/* The machines that a training job asks for, by role, and what they are worth.
 * Source: facts ml-jobs.md section 6; the worth is from memory of the price
 * list (doc/differences.md). */
#ifndef TRAINCTL_EMULATOR_MACHINES_H
#define TRAINCTL_EMULATOR_MACHINES_H

#include <jansson.h>
#include <stdint.h>

struct replicas {
	const char *role;	 /* as in the names of tasks: "ps" */
	int64_t count;		 /* 0: the job has none */
	const char *machine;	 /* a Compute Engine type */
	const char *accelerator; /* "K80", or NULL; of each replica: */
	int64_t accelerators;
};

#define MACHINES_ROLES 4 /* master, worker, ps, evaluator */
/* Replicas and accelerators are counted up to this. */
#define MACHINES_MAX 1000000

/* What a trainingInput asks for; texts are borrowed from it, or static. */
void machines_of(
	const json_t *training, struct replicas ret[static MACHINES_ROLES]);

/* consumedMLUnits of machines that ran for so long. */
double machines_units(
	const struct replicas of[static MACHINES_ROLES], int64_t us);

#endif
