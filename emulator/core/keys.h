/* SPDX-License-Identifier: MIT */
/* The RSA keys that stand in for Google's: the newest signs, the one before it
 * is still published, so that what it has signed is good until it expires. The
 * first is made when one is wanted: that takes longer than a start may. They
 * are no resource, so a reset leaves them; with a file they outlive the
 * process. Their times are the real clock's, for real verifiers read them.
 * Source: facts auth.md section 9. */
#ifndef TRAINCTL_EMULATOR_KEYS_H
#define TRAINCTL_EMULATOR_KEYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/rsa.h"

#define KEYS_MAX 2
#define KEY_ID_LEN 40 /* hexadecimal digits, as Google's have */

struct emu;

struct key {
	char id[KEY_ID_LEN + 1]; /* the kid */
	char *pem;
	int64_t made_us;
	struct rsa *rsa;	/* NULL: only the text has been read so far */
	struct rsa_public *pub; /* as rsa */
};

struct keys {
	struct key at[KEYS_MAX]; /* the newest first */
	size_t len;
	bool stored; /* there are some, and the rows say the same */
};

/* Takes over what the state has. Returns 0 or ERR_NOMEM. */
int keys_open(struct emu *em, struct err *e);
void keys_done(struct keys *k);

/* The key that signs; *ret is valid until the next rotation. Each of the rest
 * returns 0, ERR_IO or ERR_NOMEM (or ERR_SYNTAX: a file that was tampered
 * with). */
int keys_signing(struct emu *em, const struct key **ret, struct err *e);
/* The one of that name. Adds ERR_NOTFOUND. */
int keys_find(
	struct emu *em, const char *id, const struct key **ret, struct err *e);
/* A name that says which key it is: two are never called the same. Returns 0,
 * ERR_IO or ERR_NOMEM. */
int key_name(
	const struct rsa *k, char ret[static KEY_ID_LEN + 1], struct err *e);
/* From now on a new one signs; the one before the last is dropped. A
 * transaction of its own. */
int keys_rotate(struct emu *em, struct err *e);
/* The public keys: as a JWK set (RFC 7517), and as kid to certificate. */
int keys_jwks(struct emu *em, json_t **ret, struct err *e);
int keys_certificates(struct emu *em, json_t **ret, struct err *e);
/* Adds such a certificate to an object. */
int key_add_certificate(json_t *into, const char *id, const struct rsa *k,
	const char *name, int64_t made_us, struct err *e);

#endif
