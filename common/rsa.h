/* SPDX-License-Identifier: MIT */
/* RSA keys of 2048 bits: made, kept as PEM, signing as RS256 does (RFC 7518,
 * section 3.3), and told to others as numbers or in a certificate. What is
 * signed is for the caller to say. */
#ifndef TRAINCTL_COMMON_RSA_H
#define TRAINCTL_COMMON_RSA_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct rsa; /* a private key */

/* A new one. Takes a good tenth of a second. Returns 0, ERR_IO or ERR_NOMEM. */
int rsa_make(struct rsa **ret, struct err *e);
/* One from the text of rsa_pem. Returns 0, ERR_SYNTAX or ERR_NOMEM. */
int rsa_load(const char *pem, struct rsa **ret, struct err *e);
void rsa_free(struct rsa *k); /* NULL is a no-op */

/* Each leaves what the caller frees (mem_free), and returns 0, ERR_IO or
 * ERR_NOMEM. */

/* The private key (PKCS #8). */
int rsa_pem(const struct rsa *k, char **ret, struct err *e);
/* The signature of n bytes; a millisecond of work. */
int rsa_sign(const struct rsa *k, const void *p, size_t n, char **ret,
	size_t *ret_len, struct err *e);
/* The public key's modulus and exponent as a JWK has them: base64url of the
 * big-endian bytes (RFC 7518, section 6.3.1). */
int rsa_public(const struct rsa *k, char **ret_n, char **ret_e, struct err *e);
/* A certificate of the public key, signed by itself, whose subject is the
 * common name `name`. */
int rsa_certificate(const struct rsa *k, const char *name, int64_t from_us,
	int64_t to_us, char **ret, struct err *e);

#endif
