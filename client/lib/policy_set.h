/* SPDX-License-Identifier: MIT */
/* How late a run may be, beside which others, and whether again after a
 * failure: what can be said of that, to the uniquifier by options and for one
 * schedule by the attributes of its messages. What follows from it for a run is
 * the uniquifier's (policy.h there). Pure. */
#ifndef TRAINCTL_CLIENT_POLICY_SET_H
#define TRAINCTL_CLIENT_POLICY_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#define POLICY_NO_LIMIT INT64_MAX
#define POLICY_ATTEMPTS 3 /* when nothing is said */

/* What to do while another run of the group is going. */
enum policy_overlap { POLICY_ALLOW, POLICY_SKIP, POLICY_CANCEL };

struct policy {
	int64_t late_us; /* POLICY_NO_LIMIT: however late */
	enum policy_overlap overlap;
	bool retry; /* a run whose job failed may be tried again */
	unsigned attempts_max;
};

/* Allows all. */
void policy_init(struct policy *p);

/* Sets what `name` stands for: max-late, overlap, failed or max-attempts.
 * Returns 0, ERR_USAGE (a value that cannot be) or ERR_NOTFOUND (another name).
 */
int policy_set(
	struct policy *p, const char *name, const char *value, struct err *e);

/* The attributes that say the same: each is TRAIN_ATTRIBUTE and the name. */
#define POLICY_SETTINGS 4
extern const char *const policy_attributes[POLICY_SETTINGS];

#endif
