/* SPDX-License-Identifier: MIT */
/* A create that is refused for want of quota, in the words of facts ml-jobs.md
 * section 9. */
#ifndef TRAINCTL_EMULATOR_QUOTA_H
#define TRAINCTL_EMULATOR_QUOTA_H

#include "emulator/core/jobs.h"

/* Sets RESOURCE_EXHAUSTED with a QuotaFailure detail. Returns the code. */
int quota_refuse(const struct job *j, struct status *st);

#endif
