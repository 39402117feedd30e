/* SPDX-License-Identifier: MIT */
/* The service behind the HTTP front: takes pushes at POST /, submits, and
 * answers once the outcome is settled. One log line per decision. */
#ifndef TRAINCTL_CLIENT_UNIQUIFIER_SUBMIT_H
#define TRAINCTL_CLIENT_UNIQUIFIER_SUBMIT_H

#include "client/lib/train.h"
#include "common/httpd.h"

struct service {
	struct train *train;
	const struct jobid_format *format; /* NULL: uniq_make chooses */
	int64_t timeout_us;		   /* of one submit */
	size_t body_max;		   /* for the message of a 413 */
	bool stopping;			   /* take no more pushes */
};

/* For struct httpd_config; ctx is the service. */
void service_handle(void *ctx, struct req *r);
void service_too_big(void *ctx, struct req *r);

#endif
