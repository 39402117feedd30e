/* SPDX-License-Identifier: MIT */
/* What Pub/Sub is told: 2xx acknowledges, 4xx says that it can never work, 503
 * that it may work later. Pure. */
#ifndef TRAINCTL_CLIENT_VERDICT_H
#define TRAINCTL_CLIENT_VERDICT_H

#include "client/lib/train.h"

/* The HTTP status for a request of ours that has failed. */
int verdict_error(const struct train_error *error);
/* The HTTP status for a submit that has ended. */
int verdict_submit(const struct train_submitted *s);
/* The HTTP status for a message of which no job could be made. */
int verdict_message(const struct err *e);

#endif
