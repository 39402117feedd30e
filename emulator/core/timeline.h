/* SPDX-License-Identifier: MIT */
/* Everything timed, as one queue in the order of the clock. An event is only a
 * reminder to look at a row: the row says what is due, so an event whose row
 * has changed or gone meanwhile does nothing, and none is ever taken back. */
#ifndef TRAINCTL_EMULATOR_TIMELINE_H
#define TRAINCTL_EMULATOR_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/heap.h"

enum event_kind {
	EVENT_JOB,	/* a training job changes its state */
	EVENT_DELIVERY, /* a message is due for delivery, or its deadline ends
			 */
	EVENT_HELD,	/* a subscription's push backoff ends */
	EVENT_TICK,	/* a schedule's tick or retry */
	EVENT_RUN,	/* a forced run of a schedule */
	/* upkeep: something that nobody needs any more is dropped */
	EVENT_UPKEEP,
	EVENT_KEPT = EVENT_UPKEEP, /* a delivery that was acknowledged */
	EVENT_SNAPSHOT,
	EVENT_SUB, /* a subscription that nobody uses */
};

struct event {
	int64_t due_us;
	enum event_kind kind;
	int64_t id; /* the row */
};

struct timeline {
	struct heap heap, upkeep;
	struct timeline_node *spare; /* used nodes, for the next events */
	bool incomplete; /* an event was lost; its row still says it is due */
};

void timeline_done(struct timeline *t);
/* Returns 0, or ERR_NOMEM and the timeline is incomplete: unless it says so to
 * its own caller, a service need not look. */
int timeline_add(
	struct timeline *t, int64_t due_us, enum event_kind kind, int64_t id);
/* The instant of the first event; false when there is none. */
bool timeline_next(const struct timeline *t, int64_t *ret_due_us);
/* The first that is not upkeep: time does not pass for upkeep's sake. */
bool timeline_work(const struct timeline *t, struct event *ret);
/* Takes the first event if it is due at or before now_us. */
bool timeline_pop(struct timeline *t, int64_t now_us, struct event *ret);
void timeline_clear(struct timeline *t);
/* Drops all events but those of one kind. */
void timeline_keep(struct timeline *t, enum event_kind kind);
/* How many events there are. */
size_t timeline_len(const struct timeline *t);

#endif
