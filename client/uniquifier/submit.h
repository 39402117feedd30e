/* SPDX-License-Identifier: MIT */
/* The service behind the HTTP front: takes pushes, submits, and
 * answers once the outcome is settled. One log line per decision. */
#ifndef TRAINCTL_CLIENT_UNIQUIFIER_SUBMIT_H
#define TRAINCTL_CLIENT_UNIQUIFIER_SUBMIT_H

#include "client/lib/train.h"
#include "client/uniquifier/metrics.h"
#include "client/uniquifier/uniq.h"
#include "common/httpd.h"

struct service {
	struct train *train;
	struct uniq_rules rules;
	int64_t timeout_us;  /* of one submit */
	size_t body_max;     /* of a body, also inflated */
	const char *project; /* of traces */
	struct metrics *metrics;
	unsigned in_hand; /* pushes that are not answered yet */
};

/* Takes a push that may come in, and answers it. */
void service_take(struct service *s, struct req *r);

#endif
