/* SPDX-License-Identifier: MIT */
/* What every service's IAM methods refuse. Pure. Bodies are normalised ones.
 * Source: facts ml-jobs.md section 1; the rules of policy versions are those of
 * google/iam/v1/policy.proto. Each returns ST_OK or the refusal. */
#ifndef TRAINCTL_EMULATOR_RULES_IAM_H
#define TRAINCTL_EMULATOR_RULES_IAM_H

#include <jansson.h>
#include <stdbool.h>

#include "emulator/core/status.h"

#define IAM_CONDITIONS_VERSION 3 /* of a policy that has them */

/* What a set request's mask lets through. */
enum iam_mask { IAM_MASK_BINDINGS = 1, IAM_MASK_AUDIT = 2 };

/* A SetIamPolicyRequest. *ret_mask: bits of iam_mask. */
int rules_iam_set(const json_t *request, unsigned *ret_mask, struct status *st);

/* The same against what is there: ST_ABORTED when the request brings another
 * etag than the present one, INVALID_ARGUMENT when it knows that one and would
 * still lose conditions unseen. */
int rules_iam_current(const json_t *request, const char *etag, bool conditional,
	struct status *st);

/* options.requestedPolicyVersion as text; NULL and "" give 0. */
int rules_iam_version(const char *text, int *ret, struct status *st);

/* A TestIamPermissionsRequest. */
int rules_iam_test(const json_t *request, struct status *st);

#endif
