/* SPDX-License-Identifier: MIT */
/* What Pub/Sub is told: 2xx acknowledges, 4xx says that it can never work, 503
 * that it may work later. Pure. */
#ifndef TRAINCTL_CLIENT_VERDICT_H
#define TRAINCTL_CLIENT_VERDICT_H

#include <stdbool.h>

#include "client/lib/train.h"

/* The HTTP status for a request of ours that has failed. */
int verdict_error(const struct train_error *error);
/* The HTTP status for a submit that has ended. */
int verdict_submit(const struct train_submitted *s);
/* The HTTP status for a message of which no job could be made. */
int verdict_message(const struct err *e);

/* When a message that was pulled and not settled is to come again, in seconds:
 * 0 is at once. `http` is what would be told of a push; `dead_letters` whether
 * the service counts deliveries, and so ends them; `row` how many messages in a
 * row were not settled, from 1. */
#define VERDICT_AGAIN_MAX_S 60
#define VERDICT_REFUSED_S 600 /* the most that can be asked for */
unsigned verdict_again_s(int http, bool dead_letters, unsigned row);

#endif
