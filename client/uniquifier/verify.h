/* SPDX-License-Identifier: MIT */
/* Who sent a push: the judgement of an ID token (OpenID Connect, RFC 7515,
 * 7519; facts auth.md section 9). Pure: the keys and the time are given. */
#ifndef TRAINCTL_CLIENT_VERIFY_H
#define TRAINCTL_CLIENT_VERIFY_H

#include <stdint.h>

#include "client/uniquifier/keyset.h"

#define VERIFY_TOKEN_MAX 8192 /* bytes; Google's have some 800 */
#define VERIFY_SKEW_S 60      /* that the clocks may differ */

enum verify_verdict {
	VERIFY_GOOD,
	VERIFY_BAD,	/* no token to be trusted: 401 */
	VERIFY_FOREIGN, /* a good one, but its owner may not push: 403 */
	VERIFY_UNKNOWN, /* of a key that is not in the set */
	VERIFY_UNSURE,	/* memory ran out */
};

/* Lists end in NULL. */
struct verify_want {
	const char *const *issuers, *const *audiences, *const *senders;
	int64_t skew_s;
};

/* The token in the value of an Authorization header; NULL when it is no
 * Bearer's. */
const char *verify_bearer(const char *header);

/* Anything but VERIFY_GOOD leaves its reason in `why`, which is for the log
 * alone: it quotes claims, and tells an attacker how far they got. Nothing in
 * the claims is looked at before the signature is known to be good, and then
 * all of it is. A good one is good from now until before *ret_until_s, by these
 * keys. */
enum verify_verdict verify_token(const char *token, const struct keyset *keys,
	const struct verify_want *want, int64_t now_s, double *ret_until_s,
	struct err *why);

#endif
