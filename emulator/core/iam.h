/* SPDX-License-Identifier: MIT */
/* IAM policies of any resource. Nobody is refused for what a policy says: it is
 * kept and shown. Whether the resource exists is its service's business. */
#ifndef TRAINCTL_EMULATOR_IAM_H
#define TRAINCTL_EMULATOR_IAM_H

#include <stdint.h>

#include "emulator/core/emu.h"

#define IAM_NO_POLICY 0 /* the etag of a resource that has none */

/* Together the full name: //ml.googleapis.com/projects/p/jobs/j */
struct iam_resource {
	const char *service; /* "ml.googleapis.com" */
	const char *project, *collection, *name;
};

/* policy: JSON text that is borrowed, or NULL when there is none. */
typedef void iam_see(void *ctx, const char *policy, int64_t etag);

/* Calls see once. */
void iam_get(
	struct emu *em, const struct iam_resource *r, iam_see *see, void *ctx);

/* Replaces the policy and returns its etag, which no policy has had before,
 * of whatever resource. Inside a transaction. */
int64_t iam_set(
	struct emu *em, const struct iam_resource *r, const char *policy);

/* The resource is gone, and with it its policy. Inside a transaction. */
void iam_forget(struct emu *em, const struct iam_resource *r);

#endif
