/* SPDX-License-Identifier: MIT */
/* How a push is answered: a short JSON object, with the reason where the sender
 * may know it. Pub/Sub looks at the status alone. */
#ifndef TRAINCTL_CLIENT_ANSWER_H
#define TRAINCTL_CLIENT_ANSWER_H

#include "common/httpd.h"

/* Answers and ends the request. job_id and reason may be NULL. */
void answer(struct req *r, int http, const char *outcome, const char *job_id,
	const char *reason);

#endif
