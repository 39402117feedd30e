/* SPDX-License-Identifier: MIT */
/* The HTTP server front on the loop. A handler is called once per request with
 * the whole body at hand; it answers at once or keeps the request and answers
 * later (the connection sleeps meanwhile). Bodies, headers and connections have
 * ceilings: a body over the ceiling is answered 413 without the handler, after
 * it was read (so that the answer is not lost) or, when it is endless, cut. */
#ifndef TRAINCTL_COMMON_HTTPD_H
#define TRAINCTL_COMMON_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/loop.h"

struct httpd;
struct req; /* one request, alive until answered */

#define HTTPD_HELD ((size_t)32 << 10) /* see conn_held */

struct httpd_config {
	const char *host;  /* numeric address to listen on */
	unsigned port;	   /* 0 picks a free one */
	size_t body_max;   /* bytes of a request body */
	size_t bodies_max; /* of all bodies at once; 0 for no ceiling */
	unsigned conn_max; /* connections at once */
	/* What a connection holds, all its life: the head of a request, what
	 * is made of it, and a part of a body. 0 for HTTPD_HELD. */
	size_t conn_held;
	unsigned idle_s; /* seconds until a silent connection is closed */
	int64_t body_us; /* for a body to arrive; 0: as long as it takes */
	/* Called for every whole request. Must answer it with req_reply, now or
	 * later. */
	void (*handle)(void *ctx, struct req *r);
	/* Answers a request whose body is over body_max, or over bodies_max
	 * with those of others (req_crowded); must reply at once. NULL: a
	 * plain-text 413. */
	void (*too_big)(void *ctx, struct req *r);
	void *ctx;
};

/* Listens. Returns 0, ERR_USAGE (a bad address), ERR_IO or ERR_NOMEM. */
int httpd_start(struct loop *l, const struct httpd_config *cfg,
	struct httpd **ret, struct err *e);
unsigned httpd_port(const struct httpd *h);
const char *httpd_url(const struct httpd *h); /* "http://127.0.0.1:8080" */
unsigned httpd_busy(const struct httpd *h);   /* requests not yet answered */
/* Stops accepting; the rest goes on, and answers that drip without a pause. */
void httpd_quiesce(struct httpd *h);
/* Ends it: requests still kept are answered 503. NULL is a no-op. */
void httpd_free(struct httpd *h);

const char *req_method(const struct req *r);
/* Percent-decoded but for %00, here and in the query; without the query. */
const char *req_path(const struct req *r);
const char *req_query(const struct req *r, const char *name);  /* or NULL */
const char *req_header(const struct req *r, const char *name); /* or NULL */
const char *req_body(const struct req *r, size_t *ret_len);    /* never NULL */
/* For too_big: it is together that bodies are too big. */
bool req_crowded(const struct req *r);
/* Takes the body, a form (a=1&b=2), as more of the query; there is no body
 * then. Returns 0, or ERR_TOOBIG when it has more than 100 arguments. */
int req_take_form(struct req *r);
/* Calls cb for every query argument; value is "" when there is no '='. */
void req_each_query(struct req *r,
	void (*cb)(void *ctx, const char *name, const char *value), void *ctx);
void req_each_header(struct req *r,
	void (*cb)(void *ctx, const char *name, const char *value), void *ctx);

/* Whether the client of a request that is kept has gone, as far as can be
 * known: it has closed its side. */
bool req_gone(const struct req *r);

/* Adds a header to the answer to come; both texts must last until req_reply.
 * Returns 0, or ERR_NOMEM when there are 16 already. */
int req_add_header(struct req *r, const char *name, const char *value);

/* Something goes wrong with the answer to come, for tests of clients: there is
 * none and the connection is closed; it is cut after so many bytes of the body
 * (at least one is missing; -1: after half of it); or it comes so many bytes at
 * a time, pause_us apart, in ten minutes all the same. Returns 0 or ERR_NOMEM.
 */
enum req_spoil { REQ_CLOSE, REQ_CUT, REQ_DRIP };
int req_spoil(
	struct req *r, enum req_spoil how, int64_t bytes, int64_t pause_us);

/* Answers and ends the request: r is gone afterwards. The body's bytes are
 * taken from b, which is left empty (b may be NULL for none). */
void req_reply(
	struct req *r, int status, const char *content_type, struct buf *b);

#endif
