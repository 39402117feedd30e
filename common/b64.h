/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648). The decoder takes the standard and the URL-safe alphabet,
 * padded or not, as proto3 JSON asks, and nothing else: no white space, no
 * mixing of the two alphabets, no wrong padding, no stray bits at the end. */
#ifndef TRAINCTL_COMMON_B64_H
#define TRAINCTL_COMMON_B64_H

#include <stddef.h>

#include "common/err.h"

/* Standard alphabet, padded. *ret is NUL-terminated; the caller frees it with
 * mem_free. Returns 0 or ERR_NOMEM. */
int b64_encode(const void *p, size_t n, char **ret, struct err *e);
/* The same in the URL-safe alphabet, not padded, as in JOSE (RFC 7515). */
int b64_encode_url(const void *p, size_t n, char **ret, struct err *e);

/* *ret holds *ret_len bytes and a NUL after them; the caller frees it with
 * mem_free. Returns 0, ERR_SYNTAX (the message says what and where) or
 * ERR_NOMEM. */
int b64_decode(
	const char *s, size_t n, char **ret, size_t *ret_len, struct err *e);

#endif
