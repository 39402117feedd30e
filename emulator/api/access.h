/* SPDX-License-Identifier: MIT */
/* What each method asks of a caller's token, and how a service that is refusing
 * puts it. Pure. */
#ifndef TRAINCTL_EMULATOR_ACCESS_H
#define TRAINCTL_EMULATOR_ACCESS_H

#include <stdbool.h>

struct access {
	const char *route, *permission, *method;
};

/* That of a route; NULL where a token is all that is asked for. */
const struct access *access_of(const char *route);
/* Whether there is a method that asks for it. */
bool access_known(const char *permission);

struct service {
	const char *prefix;  /* of its routes' names */
	const char *host;    /* "ml.googleapis.com" */
	const char *scopes;  /* any of these lets one use it */
	const char *reading; /* these let one use its GET methods, too */
};

/* The service of a route. */
const struct service *service_of(const char *route);
/* Whether a token with these scopes may be used for a method of it. */
bool service_allows(
	const struct service *s, const char *http_method, const char *scopes);

#endif
