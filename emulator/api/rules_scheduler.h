/* SPDX-License-Identifier: MIT */
/* What Cloud Scheduler refuses beyond the shape of a body (facts scheduler.md
 * section 1), and what it fills in. Pure. */
#ifndef TRAINCTL_EMULATOR_RULES_SCHEDULER_H
#define TRAINCTL_EMULATOR_RULES_SCHEDULER_H

#include <jansson.h>

#include "emulator/core/status.h"

/* A normalised Job of a create request under `parent`
 * (projects/P/locations/L); a job without a name is taken. Returns ST_OK, or
 * INVALID_ARGUMENT with the first fault; UNIMPLEMENTED for a schedule in App
 * Engine's language ("every 12 hours"); INTERNAL when memory ran out. */
int rules_scheduler_job(
	const json_t *job, const char *parent, struct status *st);

/* What a patch makes of the stored job `old`: a new Job with its defaults,
 * checked as one that is created. Values that the mask does not name stay; a
 * map of the patch is merged into the one that is there, null taking an entry
 * away. No mask, or "*", stands for all fields. */
int rules_scheduler_patch(const json_t *old, const json_t *patch,
	const char *mask, const char *parent, json_t **ret, struct status *st);

/* The full name of a job: projects/P/locations/L/jobs/J. */
int rules_scheduler_name(const char *name, struct status *st);

/* A new Job with the defaults of a created one filled in, or NULL when memory
 * ran out. */
json_t *rules_scheduler_defaults(const json_t *job);

#endif
