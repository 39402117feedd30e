/* SPDX-License-Identifier: MIT */
/* What the files of ml.googleapis.com share. */
#ifndef TRAINCTL_EMULATOR_ML_H
#define TRAINCTL_EMULATOR_ML_H

#include "emulator/api/api.h"
#include "emulator/core/jobs.h"

/* Appends a job as it is answered at an instant. */
void ml_write_job(struct buf *b, const struct job *j, int64_t now_us);

#endif
