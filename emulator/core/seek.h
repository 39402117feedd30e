/* SPDX-License-Identifier: MIT */
/* Going back and forth in a subscription: to an instant or to a snapshot. What
 * can come again is what is still kept: unacknowledged messages, acknowledged
 * ones of a subscription that retains them, those of a topic that does, and
 * those of a snapshot. Source: facts pubsub.md section 6. */
#ifndef TRAINCTL_EMULATOR_SEEK_H
#define TRAINCTL_EMULATOR_SEEK_H

#include "emulator/core/bus.h"

struct seek_target {
	int64_t time_us;	      /* without a snapshot */
	const char *snapshot_project; /* NULL: to the time */
	const char *snapshot;
};

/* What is older is as if acknowledged, the rest as if it had not been. Returns
 * ST_OK, ST_NOT_FOUND, ST_RESOURCE_EXHAUSTED, or ST_FAILED_PRECONDITION: the
 * subscription is detached, or the snapshot is of another topic. */
int bus_seek(struct emu *em, const char *project, const char *name,
	const struct seek_target *to, struct status *st);

#endif
