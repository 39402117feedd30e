/* SPDX-License-Identifier: MIT */
/* Who may push, as the command line says it: anyone, or senders whose ID tokens
 * are verified. */
#ifndef TRAINCTL_CLIENT_ACCESS_H
#define TRAINCTL_CLIENT_ACCESS_H

#include <stdbool.h>

#include "client/uniquifier/verify.h"

#define ACCESS_MAX 16 /* of each kind */

/* Zero-initialise; take options; settle once; done. */
struct access {
	bool anyone;
	/* Borrowed; lists that end in NULL. */
	const char *audiences[ACCESS_MAX + 1], *senders[ACCESS_MAX + 1],
		*issuers[ACCESS_MAX + 1];
	const char *jwks_option; /* borrowed, or NULL */
	char *jwks_url;		 /* NULL when anyone may push */
};

/* Whether it is an option of this module: allow-unauthenticated, audience,
 * sender, issuer, jwks-url. */
bool access_knows(const char *name);
/* Takes one. Returns 0 or ERR_USAGE. */
int access_take(
	struct access *a, const char *name, const char *value, struct err *e);
/* What the options must say together, and where the keys are: the option, an
 * emulator (TRAIN_EMULATOR_HOST in `env`), or Google. Returns 0, ERR_USAGE or
 * ERR_NOMEM. */
int access_settle(
	struct access *a, char *(*env)(const char *name), struct err *e);
void access_done(struct access *a);

/* What a token must say; as valid as a. */
struct verify_want access_want(const struct access *a);

#endif
