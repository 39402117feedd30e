/* SPDX-License-Identifier: MIT */
/* The keys with which tokens are verified, fetched and kept: as long as their
 * server says, and when it cannot be reached a day longer. One request is under
 * way at a time, for whoever waits. A token of an unknown key may cause one
 * too, but not often, for anybody can send such tokens. */
#ifndef TRAINCTL_CLIENT_JWKS_H
#define TRAINCTL_CLIENT_JWKS_H

#include "client/lib/train.h"
#include "client/uniquifier/keyset.h"

#define JWKS_BODY_MAX (256u << 10)
#define JWKS_TIMEOUT_US (4 * US_PER_S) /* a push waits for it */
#define JWKS_AGE_US (5 * US_PER_MIN)   /* when the server does not say */
#define JWKS_AGE_MIN_US US_PER_MIN
#define JWKS_AGE_MAX_US US_PER_DAY
#define JWKS_STALE_US US_PER_DAY /* used on when they cannot be renewed */
#define JWKS_REST_US US_PER_S	 /* after a fetch that failed */
/* For unknown keys: so many at once, and one more after each such time. */
#define JWKS_UNKNOWN_MAX 3
#define JWKS_UNKNOWN_US (10 * US_PER_S)
#define JWKS_SHARE 4 /* of the pushes in flight may wait for keys */

struct jwks_config { /* all that is pointed to outlives the keys */
	const struct transport *transport;
	const struct clock *clock; /* monotonic */
	const char *url;
	const char *agent;    /* of User-Agent */
	unsigned waiters_max; /* if there are old keys that may be used */
};

/* One who waits for a fetch to end; embedded in its owner. */
struct jwks_wait {
	void (*ready)(void *ctx);
	void *ctx;
	struct jwks_wait *next;
};

struct jwks;
int jwks_new(const struct jwks_config *cfg, struct jwks **ret,
	struct err *e); /* 0 or ERR_NOMEM */
/* Whoever waits is called. NULL is a no-op. */
void jwks_free(struct jwks *k);

/* The keys that may be used now; NULL: there are none, and jwks_problem says
 * why. Valid until the loop goes on. */
const struct keyset *jwks_set(struct jwks *k);
const char *jwks_problem(const struct jwks *k);

/* Sees to it that the keys are no older than they may be: true if w waits until
 * they were fetched, or could not be. Never called back from inside. w NULL:
 * nobody waits. Nor does one when the last fetch failed or more than
 * waiters_max wait, and old keys may be used. */
bool jwks_renew(struct jwks *k, struct jwks_wait *w);
/* The same for keys that lack one; false also when it is too soon for that. */
bool jwks_miss(struct jwks *k, struct jwks_wait *w);

/* How many fetches went well, and not. */
unsigned long jwks_fetched(const struct jwks *k);
unsigned long jwks_failed(const struct jwks *k);

/* Seconds of max-age in a Cache-Control header, as microseconds between the
 * bounds above; 0 seconds for no-store and no-cache. Pure. */
int64_t jwks_age(const char *cache_control);

#endif
