/* SPDX-License-Identifier: MIT */
/* Who asks, where credentials are looked at (--auth=strict): whose token a
 * request carries, and whether it is good for the service. What its owner may
 * do is said by allow.h. Source: facts auth.md, ml-jobs.md section 9, pubsub.md
 * section 5. */
#ifndef TRAINCTL_EMULATOR_GUARD_H
#define TRAINCTL_EMULATOR_GUARD_H

#include "emulator/api/api.h"

/* ST_OK, after which c->caller says who it is and may do what the route asks
 * for; or the refusal. Routes that ask for no credentials have passed already.
 */
int guard_check(struct call *c);

#endif
