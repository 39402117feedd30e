/* SPDX-License-Identifier: MIT */
/* What was found out of the last project is remembered: it is nearly always the
 * next one too. */
#include "emulator/core/job_rows.h"

#include <string.h>

#define RANGE (INT64_C(1) << 40) /* 2^23 projects with 2^40 jobs each */

/* The row before the first of a project; -1 when it never had a job. */
static int64_t base_of(struct emu *em, const char *project) {
	int64_t number;
	if (!store_one_i64(em->store, Q_JOB_PROJECT_GET, &number, "t", project))
		return -1;
	return (number - 1) * RANGE;
}

static int64_t add_project(struct emu *em, const char *project) {
	(void)store_run(em->store, Q_JOB_PROJECT_ADD, "t", project);
	return (store_last_id(em->store) - 1) * RANGE;
}

int64_t job_rows_next(struct emu *em, const char *project) {
	struct emu_job_rows *known = &em->job_rows;
	if (known->next && strcmp(known->project, project) == 0)
		return known->next;
	int64_t base = base_of(em, project);
	if (base < 0)
		base = add_project(em, project);
	int64_t last = base;
	(void)store_one_i64(
		em->store, Q_JOB_LAST, &last, "ii", base, base + RANGE);
	size_t len = strlen(project);
	known->next = len < sizeof known->project ? last + 1 : 0;
	if (known->next)
		memcpy(known->project, project, len + 1);
	return last + 1;
}

void job_rows_took(struct emu *em) {
	if (em->job_rows.next)
		em->job_rows.next++;
}

void job_rows_range(struct emu *em, const char *project, int64_t *ret_first,
	int64_t *ret_end) {
	int64_t base = base_of(em, project);
	*ret_first = base < 0 ? 0 : base;
	*ret_end = base < 0 ? 0 : base + RANGE;
}
