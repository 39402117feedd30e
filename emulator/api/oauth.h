/* SPDX-License-Identifier: MIT */
/* What the OAuth endpoints share (RFC 6749): forms in, and errors in their own
 * shape. */
#ifndef TRAINCTL_EMULATOR_OAUTH_H
#define TRAINCTL_EMULATOR_OAUTH_H

#include "emulator/api/api.h"

/* Nobody has to keep it. */
#define OAUTH_CACHE "no-cache, no-store, max-age=0, must-revalidate"

/* Takes the form that the body is. ST_OK or a refusal. */
int oauth_form(struct call *c);
/* A member of it; NULL when it is missing or empty. */
const char *oauth_member(const struct call *c, const char *name);

/* Each refuses, and returns the status. The first with an error's name, which
 * lasts, and its description. */
int oauth_refuse(struct call *c, const char *error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int oauth_missing(struct call *c, const char *name); /* invalid_request */
/* For a core function that has failed: there is no token. */
int oauth_failed(struct call *c, const struct err *e);

#endif
