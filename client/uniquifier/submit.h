/* SPDX-License-Identifier: MIT */
/* The service behind the HTTP front: takes pushes, has them run, and answers
 * once the outcome is settled. */
#ifndef TRAINCTL_CLIENT_UNIQUIFIER_SUBMIT_H
#define TRAINCTL_CLIENT_UNIQUIFIER_SUBMIT_H

#include "client/uniquifier/metrics.h"
#include "client/uniquifier/run.h"
#include "common/httpd.h"

struct service {
	struct runner *runner;
	size_t body_max;     /* of a body, also inflated */
	const char *project; /* of traces */
	struct metrics *metrics;
	unsigned in_hand; /* pushes that are not answered yet */
};

/* Takes a push that may come in, and answers it. */
void service_take(struct service *s, struct req *r);

#endif
