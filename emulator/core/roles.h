/* SPDX-License-Identifier: MIT */
/* Which role lets one do what, and whom a policy means: as much of IAM as the
 * emulated services need. Pure. */
#ifndef TRAINCTL_EMULATOR_ROLES_H
#define TRAINCTL_EMULATOR_ROLES_H

#include <jansson.h>
#include <stdbool.h>

/* Whether a role has a permission ("ml.jobs.create"). Roles that are not
 * known have none. */
bool role_grants(const char *role, const char *permission);
bool role_known(const char *role);

/* Whether a member of a binding ("user:jo@example.com") is this caller: an
 * e-mail address, or the name of a federated identity ("principal://..."). */
bool member_is(const char *member, const char *who);

/* Whether a policy lets the caller. A binding with a condition lets nobody. */
bool policy_allows(
	const json_t *policy, const char *who, const char *permission);

#endif
