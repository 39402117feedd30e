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

#endif
