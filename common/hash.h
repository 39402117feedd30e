/* SPDX-License-Identifier: MIT */
/* SHA-256 as lower-case hexadecimal text. */
#ifndef TRAINCTL_COMMON_HASH_H
#define TRAINCTL_COMMON_HASH_H

#include <stddef.h>

#include "common/err.h"

#define HASH_HEX_LEN 64

/* Returns 0 or ERR_IO. ret is NUL-terminated. */
int hash_hex(const void *p, size_t n, char ret[static HASH_HEX_LEN + 1],
	struct err *e);

/* The first digits of a text's hash, HASH_HEX_LEN at most; ret has room for one
 * byte more. Returns the same, ret is set only on success. */
int hash_digits(const char *text, size_t digits, char *ret, struct err *e);

#endif
