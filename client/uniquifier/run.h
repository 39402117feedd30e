/* SPDX-License-Identifier: MIT */
/* From a message to its outcome, whoever brought the message: makes the run's
 * id, keeps the policies and submits. Answers to nobody: the decision goes to
 * whoever asked, who logs it. */
#ifndef TRAINCTL_CLIENT_UNIQUIFIER_RUN_H
#define TRAINCTL_CLIENT_UNIQUIFIER_RUN_H

#include "client/lib/train.h"
#include "client/uniquifier/policy.h"
#include "client/uniquifier/uniq.h"
#include "common/log.h"

struct run;
struct runner {
	struct train *train;
	const struct clock *clock; /* for how late a run is */
	struct uniq_rules rules;
	struct policy policy;
	struct policy_images images;
	bool dry_run;	    /* create, cancel and acknowledge nothing */
	int64_t timeout_us; /* of one run's requests together */
	struct run *runs;   /* in hand */
};

/* How it ended. Valid only during the callback. */
struct decision {
	const char *outcome;
	int http; /* 2xx: settled, 4xx: can never work, 503: may work later */
	const char *job_id; /* NULL when none could be made */
	const char *reason; /* NULL when all went well */
	unsigned attempts;  /* requests made */
	unsigned retries;   /* how often one more try followed a failure */
	int64_t took_us;
	enum log_level level;
	json_t *fields; /* for the log; whoever asked may add to them */
};
typedef void run_done(void *ctx, const struct decision *d);

/* One line for a decision, with these fields (borrowed, or NULL). */
void run_log(const struct decision *d, json_t *fields);

/* Takes the message. The callback comes once, perhaps before this returns. */
void run_start(struct runner *r, struct push *push, run_done *done, void *ctx);
/* The same for what is no message at all. */
void run_refuse(const struct err *why, run_done *done, void *ctx);

#endif
