/* SPDX-License-Identifier: MIT */
/* The row numbers of jobs. Each project has a range of its own, so that the
 * table's own order is the one that lists want, and needs no index beside it.
 */
#ifndef TRAINCTL_EMULATOR_JOB_ROWS_H
#define TRAINCTL_EMULATOR_JOB_ROWS_H

#include "emulator/core/emu.h"

/* The row of the project's next job, inside a transaction: greater than those
 * of its jobs so far. It is the next one until job_rows_took says otherwise. */
int64_t job_rows_next(struct emu *em, const char *project);
void job_rows_took(struct emu *em);

/* The bounds of the rows that jobs of the project may have, which are none of
 * them; both 0 when it never had a job. */
void job_rows_range(struct emu *em, const char *project, int64_t *ret_first,
	int64_t *ret_end);

#endif
