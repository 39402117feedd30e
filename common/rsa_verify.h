/* SPDX-License-Identifier: MIT */
/* Public RSA keys, other people's mostly, and whether RS256 (RFC 7518,
 * section 3.3) was done with them. What was signed is for the caller to judge.
 */
#ifndef TRAINCTL_COMMON_RSA_VERIFY_H
#define TRAINCTL_COMMON_RSA_VERIFY_H

#include <stddef.h>

#include "common/rsa.h"

#define RSA_BITS_MIN 2048 /* RFC 7518 asks for it */
#define RSA_BITS_MAX 8192 /* a signature is then two milliseconds of work */

struct rsa_public; /* a public key */

/* From a JWK's n and e: base64url of the big-endian bytes. Returns 0,
 * ERR_SYNTAX (no such numbers), ERR_RANGE (too short a key or too long, or a
 * dangerous exponent) or ERR_NOMEM. */
int rsa_public_load(const char *n, const char *exponent,
	struct rsa_public **ret, struct err *e);
/* The public half of a key of ours. Returns 0, ERR_IO or ERR_NOMEM. */
int rsa_public_of(const struct rsa *k, struct rsa_public **ret, struct err *e);
void rsa_public_free(struct rsa_public *k); /* NULL is a no-op */

/* Whether sig is this key's signature of n bytes. Returns 0, ERR_STATE (it is
 * not) or ERR_NOMEM. */
int rsa_verify(const struct rsa_public *k, const void *p, size_t n,
	const void *sig, size_t sig_len, struct err *e);

#endif
