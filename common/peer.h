/* SPDX-License-Identifier: MIT */
/* A server as a person names it. */
#ifndef TRAINCTL_COMMON_PEER_H
#define TRAINCTL_COMMON_PEER_H

#include "common/err.h"

/* Makes the base URL of "HOST:PORT" or of "http://HOST[:PORT]" (or https); a
 * slash at the end is dropped. The caller frees *ret (mem_free). Returns 0,
 * ERR_NOMEM, or ERR_USAGE for anything else: no port and no scheme, a path, a
 * query, a user, blanks. */
int peer_url(const char *s, char **ret, struct err *e);

#endif
