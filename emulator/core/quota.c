/* SPDX-License-Identifier: MIT */
#include "emulator/core/quota.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emulator/core/input.h"
#include "emulator/core/machines.h"

#define NONE_AT_ALL                                                            \
	"0 A100, 0 K80, 0 P100, 0 P4, 0 T4, 0 TPU_V2, 0 TPU_V2_POD, 0 "        \
	"TPU_V3, "                                                             \
	"0 TPU_V3_POD, 0 V100 accelerators."

/* What the job asks too much of: the accelerators of the first kind it has. For
 * a job without any the words are a guess. */
static void describe(const json_t *training, char *ret, size_t max) {
	struct replicas c[MACHINES_ROLES];
	machines_of(training, c);
	const char *kind = NULL;
	int64_t count = 0;
	for (size_t i = 0; i < MACHINES_ROLES; i++) {
		if (!kind && c[i].count > 0 && c[i].accelerators > 0)
			kind = c[i].accelerator;
		if (kind && c[i].accelerator && !strcmp(kind, c[i].accelerator))
			count += c[i].count * c[i].accelerators;
	}
	if (kind)
		(void)snprintf(ret, max,
			"The request for %" PRId64 " %s accelerators exceeds "
			"the allowed maximum of " NONE_AT_ALL,
			count, kind);
	else
		(void)snprintf(ret, max,
			"The request for 1 training job exceeds the allowed "
			"maximum of 0 training jobs.");
}

int quota_refuse(const struct job *j, struct status *st) {
	auto_input struct input in = {0};
	char text[512];
	(void)input_read(j->input, &in);
	describe(in.training, text, sizeof text);
	status_set(st, ST_RESOURCE_EXHAUSTED,
		"Quota failure for project %s. %s To read more about Cloud ML "
		"Engine quota, see https://cloud.google.com/ml-engine/quotas.",
		j->project, text);
	status_quota(st, j->project, text);
	return ST_RESOURCE_EXHAUSTED;
}
