/* SPDX-License-Identifier: MIT */
/* The door: which requests are pushes, and whose, and how many at once. What
 * passes goes to the service (submit.h); the rest is answered here: refusals,
 * and what probes and Prometheus ask. */
#ifndef TRAINCTL_CLIENT_FRONT_H
#define TRAINCTL_CLIENT_FRONT_H

#include "client/uniquifier/jwks.h"
#include "client/uniquifier/pull.h"
#include "client/uniquifier/submit.h"
#include "client/uniquifier/verified.h"

struct front {
	struct service *service;
	struct jwks *keys; /* NULL: anyone may push */
	struct pull *pull; /* messages are pulled, and none pushed; or NULL */
	struct verified verified;
	unsigned in_flight_max;
	int64_t started_us; /* wall time */
	const char *version;
	bool stopping;	  /* no more pushes are taken */
	unsigned waiting; /* pushes that wait for keys */
	unsigned unknown; /* of them, those of a key that nobody knows */
};

/* For struct httpd_config; ctx is the front. */
void front_handle(void *ctx, struct req *r);
void front_too_big(void *ctx, struct req *r);

/* How many messages are not settled yet. */
unsigned front_in_flight(const struct front *f);

#endif
