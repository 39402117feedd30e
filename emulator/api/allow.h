/* SPDX-License-Identifier: MIT */
/* What policies let somebody do, where credentials are looked at: to the
 * resource in a request's path, and to those that its body names. Without
 * --auth=strict all that need something here may. Source: as guard.h. */
#ifndef TRAINCTL_EMULATOR_ALLOW_H
#define TRAINCTL_EMULATOR_ALLOW_H

#include "emulator/api/api.h"

#define ALLOW_PROJECTS "cloudresourcemanager.googleapis.com"
#define ALLOW_ACCOUNTS "iam.googleapis.com"

/* Whether the policies of the resource in the path, and of its project, let the
 * caller do it. *ret is set on success; ST_OK or INTERNAL. */
int allow_caller(struct call *c, const char *permission, bool *ret);

/* PERMISSION_DENIED in the words of the route's service. resource: NULL for the
 * one in the path. */
int allow_refuse(struct call *c, const char *permission, const char *resource);

/* Whether it is the body that says on what a method acts, so that its handler
 * has to ask. */
bool allow_later(const struct route *r);

/* Each of these returns ST_OK or the refusal. */

/* The caller may do that to everything in a project (of len characters). */
int allow_need_project(struct call *c, const char *project, size_t len,
	const char *permission);
/* To the one of that full name: "projects/P/topics/T". */
int allow_need_pubsub(struct call *c, const char *full, const char *permission);
/* The caller may let a service act as the account; NULL: there is none. */
int allow_need_act_as(struct call *c, const char *email);
/* What the agent of a service ("pubsub"), which publishes for the project in
 * the path, may do with a topic: in that project all. NULL: there is none. */
int allow_need_agent(struct call *c, const char *service, const char *topic);
/* The caller, or the last of a chain of accounts ("projects/-/serviceAccounts/
 * E-MAIL") each of which may act through the next, may do that to the account
 * in the path. */
int allow_need_chain(
	struct call *c, const json_t *delegates, const char *permission);

#endif
