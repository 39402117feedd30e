/* SPDX-License-Identifier: MIT */
#include "client/lib/policy_set.h"

#include <string.h>

#include "client/lib/train.h"
#include "common/when.h"

void policy_init(struct policy *p) {
	*p = (struct policy){.late_us = POLICY_NO_LIMIT,
		.overlap = POLICY_ALLOW,
		.attempts_max = POLICY_ATTEMPTS};
}

static int set_late(struct policy *p, const char *s, struct err *e) {
	int64_t us = POLICY_NO_LIMIT;
	if (strcmp(s, "none") != 0 && duration_parse(s, &us, e))
		return err_set(e, ERR_USAGE,
			"'%s' is neither a duration such as 30m nor none", s);
	p->late_us = us;
	return 0;
}

static int set_overlap(struct policy *p, const char *s, struct err *e) {
	static const char *const names[] = {[POLICY_ALLOW] = "allow",
		[POLICY_SKIP] = "skip",
		[POLICY_CANCEL] = "cancel"};
	for (int i = POLICY_ALLOW; i <= POLICY_CANCEL; i++)
		if (strcmp(s, names[i]) == 0) {
			p->overlap = (enum policy_overlap)i;
			return 0;
		}
	return err_set(e, ERR_USAGE, "'%s' is not allow, skip or cancel", s);
}

static int set_failed(struct policy *p, const char *s, struct err *e) {
	bool retry = strcmp(s, "retry") == 0;
	if (!retry && strcmp(s, "keep") != 0)
		return err_set(e, ERR_USAGE, "'%s' is not keep or retry", s);
	p->retry = retry;
	return 0;
}

static int set_attempts(struct policy *p, const char *s, struct err *e) {
	if (s[0] < '1' || s[0] > '0' + JOBID_ATTEMPTS_MAX || s[1])
		return err_set(e, ERR_USAGE,
			"'%s' is not a number from 1 to %d", s,
			JOBID_ATTEMPTS_MAX);
	p->attempts_max = (unsigned)(s[0] - '0');
	return 0;
}

const char *const policy_attributes[POLICY_SETTINGS] = {
	TRAIN_ATTRIBUTE_MAX_LATE, TRAIN_ATTRIBUTE_OVERLAP,
	TRAIN_ATTRIBUTE_FAILED, TRAIN_ATTRIBUTE_MAX_ATTEMPTS};
static int (*const setters[POLICY_SETTINGS])(struct policy *p, const char *s,
	struct err *e) = {set_late, set_overlap, set_failed, set_attempts};

int policy_set(
	struct policy *p, const char *name, const char *value, struct err *e) {
	for (size_t i = 0; i < POLICY_SETTINGS; i++)
		if (strcmp(policy_attributes[i] + strlen(TRAIN_ATTRIBUTE),
			    name) == 0)
			return setters[i](p, value, e);
	return err_set(e, ERR_NOTFOUND, "no policy is called '%s'", name);
}
