/* SPDX-License-Identifier: MIT */
/* From a call whose route is found to its answer: what is asked of every
 * request alike, and then the route's handler, with a transaction if it writes.
 */
#ifndef TRAINCTL_EMULATOR_HANDLE_H
#define TRAINCTL_EMULATOR_HANDLE_H

#include "emulator/api/api.h"

/* The call ends with it, unless the handler keeps it. */
void handle(struct call *c);

#endif
