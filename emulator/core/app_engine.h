/* SPDX-License-Identifier: MIT */
/* App Engine as the target of a Scheduler job. There are no apps here: the
 * request is noted in the journal, and goes to the one URL that stands in for
 * them, if there is one. */
#ifndef TRAINCTL_EMULATOR_APP_ENGINE_H
#define TRAINCTL_EMULATOR_APP_ENGINE_H

#include <jansson.h>

#include "emulator/core/attempt.h"

/* Where an appEngineHttpTarget of a project is sent to:
 * [INSTANCE.][VERSION.][SERVICE.]PROJECT.appspot.com. The caller frees it
 * (mem_free); NULL when memory ran out. */
char *app_engine_host(const json_t *target, const char *project);

/* Notes that the target is called at its host. */
void app_engine_note(struct emu *em, const struct sched_job *j,
	const json_t *target, const char *host);

#endif
