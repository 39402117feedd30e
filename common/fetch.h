/* SPDX-License-Identifier: MIT */
/* Outbound HTTP on the loop: one curl multi, idle handles kept, a deadline and
 * an answer ceiling on every call. No retries and no redirects: what to do
 * about an outcome is the caller's business. */
#ifndef TRAINCTL_COMMON_FETCH_H
#define TRAINCTL_COMMON_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"

struct fetch;	   /* the engine of one loop */
struct fetch_call; /* one call under way */

int fetch_new(struct loop *l, struct fetch **ret, struct err *e);
/* Every call under way ends with ERR_STOPPED; one that its callback would start
 * is refused so. NULL is a no-op. Not to be called from a callback. */
void fetch_free(struct fetch *f);

struct fetch_req {
	const char *method; /* "GET", "POST", ... */
	const char *url;    /* http or https */
	const char *const
		*headers; /* "Name: value" list ending in NULL, or NULL;
			   * "Name:" removes one curl would send */
	const void *body; /* copied; NULL for none */
	size_t body_len;
	int64_t timeout_us; /* from now to the whole answer; > 0 */
	size_t answer_max;  /* ceiling of the answer's body */
	/* The status is what counts: a body that is over the ceiling or that
	 * cannot be decoded is cut, and where nothing follows a 102 until the
	 * peer closes or time runs out, it is the answer. */
	bool status_counts;
	const char *keep; /* another header of the answer's that is wanted, or
			   * NULL; at most FETCH_NAME_MAX long */
	bool direct;	  /* past any proxy, as loopback always is */
};
#define FETCH_NAME_MAX 31

struct fetch_res {
	int status;
	const char *body; /* NUL-terminated, never NULL */
	size_t body_len;
	const char *content_type; /* "" when absent */
	const char *retry_after;  /* "" when absent */
	const char *redirect; /* where a 3xx answer leads, absolute; or "" */
	const char *kept;     /* of the header asked for; "" when absent */
};

/* Ends one call. res is NULL on failure, and then e->code says whether the
 * request can have arrived: ERR_NOTSENT, or ERR_TIMEOUT (sent, but no whole
 * answer in time), or ERR_LOST (cut connection, answer wrongly encoded), or
 * ERR_TOOBIG (answer over the ceiling, as it would be again), or ERR_NOMEM
 * (before sending), or ERR_STOPPED (the engine's end: it may have arrived). All
 * that res points to is valid only during the callback. */
typedef void fetch_done(
	void *ctx, const struct fetch_res *res, const struct err *e);

/* Starts a call. done is called once from the loop, never from inside this
 * function. All of rq may be freed on return. *ret (may be NULL) is valid until
 * done or fetch_cancel. Returns 0, ERR_NOMEM, ERR_USAGE (a bad URL) or
 * ERR_STOPPED (inside fetch_free). */
int fetch_start(struct fetch *f, const struct fetch_req *rq, fetch_done *done,
	void *ctx, struct fetch_call **ret, struct err *e);
void fetch_cancel(struct fetch_call *c); /* ends it without callback */

/* True for an absolute http or https URL with a host. */
bool fetch_url_ok(const char *url);

#endif
