/* SPDX-License-Identifier: MIT */
/* JSON web tokens (RFC 7519) in the compact form of RFC 7515, signed with
 * RS256. Which claims there are is for the caller to say. */
#ifndef TRAINCTL_COMMON_JWT_H
#define TRAINCTL_COMMON_JWT_H

#include <jansson.h>

#include "common/rsa.h"

/* *ret is freed with mem_free. The header must say alg RS256. Returns 0, ERR_IO
 * or ERR_NOMEM. */
int jwt_sign(const struct rsa *key, const json_t *header, const json_t *claims,
	char **ret, struct err *e);

#endif
