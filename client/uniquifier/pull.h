/* SPDX-License-Identifier: MIT */
/* Messages fetched from a subscription, for places that nobody can reach: pulls
 * as many as there is room for, keeps them leased while their runs are in hand,
 * and acknowledges what is settled. What a run is, is run.h's. */
#ifndef TRAINCTL_CLIENT_UNIQUIFIER_PULL_H
#define TRAINCTL_CLIENT_UNIQUIFIER_PULL_H

#include "client/lib/train.h"
#include "client/uniquifier/metrics.h"
#include "client/uniquifier/run.h"

/* How long a message is kept from others; asked for again in good time. */
#define PULL_LEASE_S 60
#define PULL_RENEW_US (20 * US_PER_S)

struct pull_config { /* all that is pointed to outlives the puller */
	struct loop *loop;
	struct train *train;
	struct runner *runner;
	struct metrics *metrics;
	const char *subscription; /* projects/P/subscriptions/S */
	unsigned in_flight_max;
	int64_t timeout_us; /* of an acknowledgement, with its retries */
	int64_t renew_us;   /* between two renewals; 0: PULL_RENEW_US */
};

struct pull;
/* Begins to pull. Returns 0 or ERR_NOMEM. */
int pull_new(const struct pull_config *cfg, struct pull **ret, struct err *e);
/* Takes no more messages. */
void pull_stop(struct pull *p);
/* Messages that are neither acknowledged nor given back yet. */
unsigned pull_in_hand(const struct pull *p); /* NULL: 0 */
/* After train_stop only: nothing must come back. NULL is a no-op. */
void pull_free(struct pull *p);

#endif
