/* SPDX-License-Identifier: MIT */
/* IAM policies as JSON: what is kept of one that was sent, and what is shown of
 * one that is kept. Pure. */
#ifndef TRAINCTL_EMULATOR_POLICY_H
#define TRAINCTL_EMULATOR_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* An etag of core/iam.h as the API writes it, in base64; the caller frees it
 * (mem_free). NULL when memory ran out. */
char *policy_etag(int64_t etag);

/* The policy that is kept: `stored` (NULL: none) with the members that `mask`
 * (bits of iam_mask) names from `sent`. A new object, or NULL when memory ran
 * out. */
json_t *policy_merge(const json_t *stored, const json_t *sent, unsigned mask);

/* Whether a binding of it has a condition. */
bool policy_conditional(const json_t *stored);

/* A kept policy as the answer has it, with its etag. Who does not ask for
 * version 3 sees conditional bindings under a name that is no role. A new
 * object, or NULL when memory ran out. */
json_t *policy_show(const json_t *stored, int64_t etag, int version);

#endif
