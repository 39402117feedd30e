/* SPDX-License-Identifier: MIT */
/* Whether and how a run may be: how late, beside which other runs, again after
 * a failure, of which images. What the service was told, what a message may say
 * over it, and what follows for a job. Pure. */
#ifndef TRAINCTL_CLIENT_POLICY_H
#define TRAINCTL_CLIENT_POLICY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/lib/policy_set.h"
#include "client/uniquifier/push.h"
#include "client/uniquifier/uniq.h"

#define POLICY_IMAGES_MAX 64
#define POLICY_FILTER_MAX 160

struct policy_images { /* none: all are allowed */
	const char *at[POLICY_IMAGES_MAX];
	size_t len;
};

/* The policy for a message: the service's, with what its attributes say
 * instead. They cannot have others' runs cancelled, nor more attempts made,
 * unless the service allows it: that is ERR_SHAPE, as is a value that cannot
 * be. */
int policy_of(const struct policy *service, const struct push *m,
	struct policy *ret, struct err *e);

/* A shell's pattern, in which '*' matches slashes too; one that ends in '/' is
 * what an image begins with. Returns 0 or ERR_USAGE (empty, too many). */
int policy_add_image(
	struct policy_images *images, const char *pattern, struct err *e);
/* 0, ERR_HTTP (403) or ERR_SHAPE. */
int policy_check_images(
	const struct policy_images *images, const json_t *job, struct err *e);

/* True for a run of at_us that is over the limit now. One of exactly the limit
 * is not, nor is one of no known time. */
bool policy_late(const struct policy *p, int64_t at_us, int64_t now_us);

/* Which jobs may be going beside a run: a filter for jobs.list. */
void policy_filter(const struct uniq *u, char ret[static POLICY_FILTER_MAX]);

/* How a run stands to the jobs of its group. */
struct policy_others {
	const char *in_the_way; /* a job for which it is skipped, or NULL */
	bool later;		/* that job is of a later run */
	json_t *cancel;		/* array of jobs to cancel first, or NULL */
};
/* `jobs` is what the filter has found; its strings are borrowed. The run's own
 * job, of any attempt, is never in its way. A run that a later one has
 * overtaken is skipped and cancels nothing. Returns 0 or ERR_NOMEM. */
int policy_judge(enum policy_overlap overlap, const struct uniq *u,
	int64_t now_us, const json_t *jobs, struct policy_others *ret,
	struct err *e);

/* True when the job has failed and another attempt may be made. */
bool policy_again(const struct policy *p, const json_t *job, unsigned attempt);

#endif
