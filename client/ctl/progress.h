/* SPDX-License-Identifier: MIT */
/* What a wait shows on stderr: on a terminal one line that is kept up to date
 * and wiped at the end, elsewhere a line for each change of the state. */
#ifndef TRAINCTL_CLIENT_PROGRESS_H
#define TRAINCTL_CLIENT_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>

#include "common/loop.h"

struct progress {
	const char *id;
	bool terminal, colour;
	char state[32];
	char note[48]; /* behind the state */
	int64_t started_us;
	struct loop *loop;
	struct loop_timer tick;
};

/* `id` is borrowed until progress_stop, which wipes the line. */
void progress_start(struct progress *p, struct loop *l, const char *id);
void progress_show(struct progress *p, const json_t *job);
void progress_stop(struct progress *p);

#endif
