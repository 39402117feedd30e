/* SPDX-License-Identifier: MIT */
/* A transport that a test answers by hand: it stands in for token servers and
 * for the API at once, on a clock that the test sets. */
#ifndef TRAINCTL_TESTS_TOKEN_PEER_H
#define TRAINCTL_TESTS_TOKEN_PEER_H

#include "client/lib/cred.h"

#define TOKEN_PEER_MAX 40
#define START_US (1795435200 * US_PER_S) /* 2026-11-23T12:00:00Z */

struct token_peer {
	struct loop *loop;
	struct transport transport;
	struct train_target target;
	struct train_config cfg;
	struct train *train;
	int64_t now_us;
	struct token_request {
		char url[400], auth[2000], quota[80];
		bool direct;
		int64_t timeout_us;
		fetch_done *done; /* NULL once it was answered */
		void *ctx;
	} requests[TOKEN_PEER_MAX];
	size_t len, next; /* next is the one to look at */
	/* what operations came to */
	unsigned good, bad;
	struct train_error error;
	unsigned attempts;
};

/* A client whose credentials are fixtures/cred/FILE.json (NULL: those that the
 * test has put into p->target), for services at Google or elsewhere. */
void peer_init(struct token_peer *p, const char *file, bool google);
void peer_done(struct token_peer *p);

/* Starts an operation, which must be possible. */
void peer_get(struct token_peer *p);
/* The next request: its URL must have that part. */
struct token_request *peer_next(struct token_peer *p, const char *part);
/* No request that was not looked at. */
void peer_quiet(const struct token_peer *p);
/* Answers; `error` is an enum err_code instead of an answer, or 0. */
void peer_say(struct token_request *r, int status, const char *body);
void peer_say_kept(struct token_request *r, int status, const char *body,
	const char *kept);
void peer_say_later(struct token_request *r, int status, const char *body,
	const char *retry_after);
void peer_fail(struct token_request *r, int error);
/* Runs the loop until there is a request to look at, or an operation ended. */
void peer_run(struct token_peer *p);

/* The last sentence that was told as a warning, and how many there were. */
extern char peer_warning[ERR_MSG_MAX];
extern unsigned peer_warnings;

#endif
