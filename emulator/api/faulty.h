/* SPDX-License-Identifier: MIT */
/* What faults do to requests: asked in the router, before the handler, so that
 * no route needs code of its own for it. The emulator's own routes never fail
 * so. */
#ifndef TRAINCTL_EMULATOR_FAULTY_H
#define TRAINCTL_EMULATOR_FAULTY_H

#include "emulator/api/api.h"

/* Whether a route can be made to fail. */
bool faulty_route(const struct route *r);

/* True: a fault has taken the call, which is answered, or not, now or later.
 * False: it goes on; if a fault has struck, its answer will be spoiled. */
bool faulty_take(struct call *c);

/* The requests that are delayed go on at once, or are closed without having
 * been handled. */
void faulty_go_on(struct api *a);
void faulty_drop(struct api *a);

#endif
