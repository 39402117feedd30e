/* SPDX-License-Identifier: MIT */
/* The public keys of those who sign tokens, from a JWK set (RFC 7517). Of its
 * members those are taken that are for RS256; the rest is left aside. Pure. */
#ifndef TRAINCTL_CLIENT_KEYSET_H
#define TRAINCTL_CLIENT_KEYSET_H

#include <stddef.h>

#include "common/err.h"
#include "common/rsa_verify.h"

#define KEYSET_MAX 32	  /* keys of a set */
#define KEYSET_ID_MAX 128 /* bytes of a kid */

struct keyset;

/* The first of two of one id counts. Returns 0, ERR_JSON, ERR_SHAPE (no set, or
 * no key of use), ERR_SYNTAX or ERR_RANGE (why the only ones are of no use),
 * ERR_TOOBIG (over KEYSET_MAX) or ERR_NOMEM. */
int keyset_parse(const char *p, size_t n, struct keyset **ret, struct err *e);
void keyset_free(struct keyset *s); /* NULL is a no-op */

size_t keyset_len(const struct keyset *s);
/* NULL when it has none of that kid. */
const struct rsa_public *keyset_find(const struct keyset *s, const char *kid);

#endif
