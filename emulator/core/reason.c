/* SPDX-License-Identifier: MIT */
#include "emulator/core/reason.h"

#include <string.h>

#include "common/mem.h"
#include "emulator/core/project.h"

const char reason_not_started[] =
	"The replica master 0 could not be started: train-emulator failed to "
	"run the command that --run names for its image.";
/* from memory of what the service said */
const char reason_internal[] =
	"Internal error occurred. Please retry in a few minutes. If you still "
	"experience errors, contact Cloud ML.";
const char reason_trials[] =
	"Too many hyperparameter tuning trials have failed.";
const char reason_cancelled[] = "The job was cancelled by a request.";
const char reason_lost[] =
	"The replica master 0 is gone: train-emulator ended while its program "
	"was running.";

/* The blank before the line's end is the service's. */
char *reason_exit(const struct job *j, int exit_code, const char *last_lines) {
	char number[PROJECT_NUMBER_MAX];
	project_number(j->project, number);
	size_t len = strlen(last_lines);
	bool ends = len == 0 || last_lines[len - 1] == '\n';
	return mem_printf(
		"The replica master 0 exited with a non-zero status of %d. \n"
		"%s%sTo find out more about why your job exited please check "
		"the logs: https://console.cloud.google.com/logs/viewer?"
		"project=%s&resource=ml_job%%2Fjob_id%%2F%s&advancedFilter="
		"resource.type%%3D%%22ml_job%%22%%0Aresource.labels.job_id%%3D"
		"%%22%s%%22",
		exit_code, last_lines, ends ? "" : "\n", number, j->job_id,
		j->job_id);
}
