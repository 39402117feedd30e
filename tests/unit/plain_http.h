/* SPDX-License-Identifier: MIT */
/* One HTTP request as text over a connection of its own, so that a test may
 * send what no client library would. Blocks, for 20 s at most. */
#ifndef TRAINCTL_TESTS_PLAIN_HTTP_H
#define TRAINCTL_TESTS_PLAIN_HTTP_H

#include "common/err.h"

struct answer {
	char *text; /* owned, cut up */
	int status;
	const char *headers; /* lines, each with its newline */
	const char *body;
};

/* host is "ADDRESS:PORT", headers are lines ending in '\n'; Host, Connection
 * and Content-Length are added. Returns 0, ERR_NOTSENT, ERR_LOST (no whole
 * answer) or ERR_NOMEM. */
int plain_http(const char *host, const char *method, const char *target,
	const char *headers, const char *body, struct answer *ret,
	struct err *e);
void answer_done(struct answer *a);

#endif
