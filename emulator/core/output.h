/* SPDX-License-Identifier: MIT */
/* What a job shows of its doing: trainingOutput or predictionOutput. While it
 * lasts that is worked out when it is shown; when it is over, it is in its row.
 * Source: facts ml-jobs.md sections 2 and 7. */
#ifndef TRAINCTL_EMULATOR_OUTPUT_H
#define TRAINCTL_EMULATOR_OUTPUT_H

#include "common/buf.h"
#include "emulator/core/jobs.h"

/* The object as text, or NULL when it is empty; the caller frees it. Returns 0
 * or ERR_NOMEM. */
int output_text(const struct job *j, int64_t now_us, char **ret);

/* Appends the member with its name and a comma before it; nothing when the job
 * has no input. */
void output_add(struct buf *b, const struct job *j, int64_t now_us);

#endif
