/* SPDX-License-Identifier: MIT */
/* What faults do to deliveries: a message comes twice, late or after the next
 * one, or its acknowledgement is lost. With no rule for it none of this costs
 * more than a look at a number. */
#ifndef TRAINCTL_EMULATOR_MISDELIVER_H
#define TRAINCTL_EMULATOR_MISDELIVER_H

#include "emulator/core/deliver.h"

/* Whether misdeliver has to be asked. */
static inline bool misdeliver_may(const struct emu *em) {
	return em->faults.live[FAULT_OF_DELIVERY] || em->faults.held_len;
}

/* A delivery that has just been added, ready now. True: it goes out at another
 * time, and the event for that is set. False: as usual. `event`: it needs one
 * of its own, for it is pushed or may have to wait for its key. */
bool misdeliver(struct emu *em, int64_t sub_id, int64_t delivery_id,
	int64_t message, const char *key, bool event);

/* Whether an acknowledgement gets lost on its way back: of a delivery of the
 * subscription, or of a run of the Scheduler job, by its row or, while that is
 * being read, by its names. */
bool misdeliver_ack(struct emu *em, int64_t sub_id);
bool misdeliver_target(struct emu *em, int64_t sched_id);
bool misdeliver_run(struct emu *em, const char *project, const char *location,
	const char *job);
#define MISDELIVER_WHY "fault: the acknowledgement was lost"

#endif
