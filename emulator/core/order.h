/* SPDX-License-Identifier: MIT */
/* Ordering keys: the deliveries of one key to one subscription go out in the
 * order in which they were published. Those of one pull are a batch; the next
 * one waits until all of it has been acknowledged. Source: facts pubsub.md
 * section 6. */
#ifndef TRAINCTL_EMULATOR_ORDER_H
#define TRAINCTL_EMULATOR_ORDER_H

#include "emulator/core/deliver.h"

/* Whether an earlier delivery of its key is not over. */
bool order_follows(struct emu *em, const struct delivery *d);

/* Deliveries with a key that one pull has handed out. */
struct order_batch {
	int64_t *ids;
	size_t len, cap;
	bool failed; /* memory ran out: no more of any key may go out */
};
void order_batch_done(struct order_batch *b);
#define auto_batch __attribute__((cleanup(order_batch_done)))

/* Whether a delivery may be part of a pull, and if so makes it. One without a
 * key always may. */
bool order_joins(
	struct emu *em, const struct delivery *d, struct order_batch *b);

/* A delivery comes again at due_us, and all later ones of its key after it,
 * those acknowledged included. */
void order_again(struct emu *em, const struct delivery *d, int64_t due_us);

/* A delivery is over: the first that is not may go. */
void order_go_on(struct emu *em, const struct delivery *d);

/* The acknowledged ones that nothing earlier can bring back; each is shown. */
typedef void order_see(struct emu *em, const struct delivery *d);
void order_settled(struct emu *em, const struct delivery *d, order_see *see);

#endif
