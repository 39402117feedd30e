/* SPDX-License-Identifier: MIT */
/* What the environment of a replica says about the job and its other replicas:
 * TF_CONFIG, CLUSTER_SPEC and CLOUD_ML_JOB. Pure. Source: facts ml-jobs.md
 * section 6, and the form of a recorded one. */
#ifndef TRAINCTL_EMULATOR_RUN_TF_CONFIG_H
#define TRAINCTL_EMULATOR_RUN_TF_CONFIG_H

#include <jansson.h>

#include "emulator/core/emu.h"

/* Replicas of a role that fit into a variable. */
#define TF_CONFIG_ROLE_MAX 1000

/* Text of a JSON value whose members have their names in snake_case, as the
 * service writes trainingInput there. The caller frees (mem_free); NULL when
 * memory ran out. */
char *tf_config_job(const json_t *training);

/* The two variables' values, as the master sees them; job is what tf_config_job
 * made. The caller frees (mem_free). Return 0, ERR_NOMEM or ERR_RANGE. */
int tf_config_make(const struct run *r, const json_t *training, const char *job,
	char **ret, struct err *e);
int tf_config_cluster_spec(const struct run *r, const json_t *training,
	const char *job, char **ret, struct err *e);

#endif
