/* SPDX-License-Identifier: MIT */
/* JSON web tokens (RFC 7519) in the compact form of RFC 7515, signed with
 * RS256. Which claims there are, and what they mean, is for the caller. */
#ifndef TRAINCTL_COMMON_JWT_H
#define TRAINCTL_COMMON_JWT_H

#include <jansson.h>
#include <stdbool.h>

#include "common/rsa_verify.h"

/* *ret is freed with mem_free. The header must say alg RS256. Returns 0, ERR_IO
 * or ERR_NOMEM. */
int jwt_sign(const struct rsa *key, const json_t *header, const json_t *claims,
	char **ret, struct err *e);

/* A token that was read. Nothing of it is proven before jwt_verify. */
struct jwt {
	json_t *header, *claims; /* objects */
	const char *text;	 /* borrowed */
	size_t said_len;	 /* of it is signed */
	char *sig;
	size_t sig_len;
};

/* Reads three parts of base64url, padded or not (old clients of Google's pad
 * them), of which two are objects. ret is to be done with either way. Returns
 * 0, ERR_SYNTAX, ERR_JSON or ERR_NOMEM. */
int jwt_read(const char *text, struct jwt *ret, struct err *e);
void jwt_done(struct jwt *t);
#define auto_jwt __attribute__((cleanup(jwt_done)))
/* A string of the header or of the claims; NULL: there is none. Borrowed. */
const char *jwt_header(const struct jwt *t, const char *name);
const char *jwt_claim(const struct jwt *t, const char *name);
/* A time among the claims, in seconds. False: there is none. */
bool jwt_time(const struct jwt *t, const char *name, int64_t *ret);

/* Whether the key has signed it with RS256, whatever else its header may name.
 * Returns 0, ERR_STATE (it has not) or ERR_NOMEM. */
int jwt_verify(
	const struct jwt *t, const struct rsa_public *key, struct err *e);

#endif
