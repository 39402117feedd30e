/* SPDX-License-Identifier: MIT */
/* The door: which requests are pushes, and whose. What passes goes to the
 * service (submit.h); the rest is answered here. */
#ifndef TRAINCTL_CLIENT_FRONT_H
#define TRAINCTL_CLIENT_FRONT_H

#include "client/uniquifier/jwks.h"
#include "client/uniquifier/submit.h"
#include "client/uniquifier/verify.h"

struct front {
	struct service *service;
	struct jwks *keys; /* NULL: anyone may push */
	struct verify_want want;
	bool stopping; /* no more pushes are taken */
};

/* For struct httpd_config; ctx is the front. */
void front_handle(void *ctx, struct req *r);
void front_too_big(void *ctx, struct req *r);

#endif
