/* SPDX-License-Identifier: MIT */
/* Snapshots of subscriptions, as resources: what was not acknowledged when one
 * was made, and everything its topic gets from then on. Going back to one is
 * in seek.h. Source: facts pubsub.md sections 1 and 6. */
#ifndef TRAINCTL_EMULATOR_SNAPSHOTS_H
#define TRAINCTL_EMULATOR_SNAPSHOTS_H

#include "emulator/core/bus.h"

/* During a callback; texts are borrowed. */
struct snapshot {
	int64_t id;
	const char *project, *name;
	int64_t topic_id;
	const char *topic;  /* full name, or "_deleted-topic_" */
	const char *labels; /* JSON text; NULL for none */
	int64_t expire_us;
	int64_t last; /* the topic's messages with higher rows are in it */
};
typedef void snapshot_see(void *ctx, const struct snapshot *s);

/* It lives seven days less the age of the oldest message in it. Returns ST_OK,
 * ST_ALREADY_EXISTS, ST_NOT_FOUND (the subscription), or
 * ST_FAILED_PRECONDITION: less than an hour would be left, or the subscription
 * has no topic. */
int snapshots_create(struct emu *em, const char *project, const char *name,
	const char *sub_project, const char *sub, const char *labels,
	struct status *st);
int snapshots_get(struct emu *em, const char *project, const char *name,
	snapshot_see *see, void *ctx, struct status *st); /* or ST_NOT_FOUND */
int snapshots_label(struct emu *em, const char *project, const char *name,
	const char *labels, struct status *st);
int snapshots_delete(struct emu *em, const char *project, const char *name,
	struct status *st);
/* In order of name, those after `after`, at most max. */
void snapshots_list(struct emu *em, const char *project, const char *after,
	int64_t max, snapshot_see *see, void *ctx);
/* Full names of a topic's snapshots, as name, in that order. */
int snapshots_of_topic(struct emu *em, const char *project, const char *topic,
	const char *after, int64_t max, bus_see *see, void *ctx,
	struct status *st);

/* Its time may be over. */
void snapshots_due(struct emu *em, int64_t id, int64_t due_us);
/* Puts all ends on the timeline. */
void snapshots_remind(struct emu *em);

#endif
