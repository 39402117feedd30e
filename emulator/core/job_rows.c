/* SPDX-License-Identifier: MIT */
/* What was found out of the last project is remembered: it is nearly always the
 * next one too. */
#include "emulator/core/job_rows.h"

#include <stdio.h>
#include <string.h>

#define RANGE (INT64_C(1) << 40) /* 2^23 projects with 2^40 jobs each */

static int64_t number_of(struct emu *em, const char *project) {
	int64_t no = 0;
	(void)store_one_i64(em->store, Q_JOB_PROJECT_GET, &no, "t", project);
	return no;
}

static int64_t last_row(struct emu *em, int64_t no) {
	int64_t last = no * RANGE;
	(void)store_one_i64(em->store, Q_JOB_LAST, &last, "ii", no * RANGE,
		(no + 1) * RANGE);
	return last;
}

int64_t job_rows_next(struct emu *em, const char *project) {
	struct emu_job_rows *known = &em->job_rows;
	if (known->next && strcmp(known->project, project) == 0)
		return known->next;
	int64_t no = number_of(em, project);
	if (!no) {
		(void)store_run(em->store, Q_JOB_PROJECT_ADD, "t", project);
		no = store_last_id(em->store);
	}
	int64_t next = last_row(em, no) + 1;
	size_t len = strlen(project);
	known->next = len < sizeof known->project ? next : 0;
	if (known->next)
		memcpy(known->project, project, len + 1);
	return next;
}

void job_rows_took(struct emu *em) {
	if (em->job_rows.next)
		em->job_rows.next++;
}

void job_rows_range(struct emu *em, const char *project, int64_t *ret_first,
	int64_t *ret_end) {
	int64_t no = number_of(em, project);
	*ret_first = no ? no * RANGE : 0;
	*ret_end = no ? (no + 1) * RANGE : 0;
}
