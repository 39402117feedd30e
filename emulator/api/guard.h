/* SPDX-License-Identifier: MIT */
/* Who may do what, where credentials are looked at (--auth=strict): whose token
 * a request carries, whether it is good for the service, and whether a policy
 * lets its owner. Source: facts auth.md, ml-jobs.md section 9, pubsub.md
 * section 5. */
#ifndef TRAINCTL_EMULATOR_GUARD_H
#define TRAINCTL_EMULATOR_GUARD_H

#include "emulator/api/api.h"

#define GUARD_PROJECTS "cloudresourcemanager.googleapis.com"
#define GUARD_ACCOUNTS "iam.googleapis.com"

/* ST_OK, after which c->caller says who it is; or the refusal. Routes that ask
 * for no credentials have passed already. */
int guard_check(struct call *c);

/* Whether the policies of the resource in the path, and of its project, let the
 * caller do it. *ret is set on success; ST_OK or INTERNAL. */
int guard_may(struct call *c, const char *permission, bool *ret);

#endif
