/* SPDX-License-Identifier: MIT */
#include "common/hash.h"

#include <assert.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

#define SHA256_LEN (HASH_HEX_LEN / 2)

int hash_hex(const void *p, size_t n, char ret[static HASH_HEX_LEN + 1],
	struct err *e) {
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[SHA256_LEN];
	int rc = gnutls_hash_fast(GNUTLS_DIG_SHA256, p, n, raw);
	if (rc < 0)
		return err_set(e, ERR_IO, "SHA-256: %s", gnutls_strerror(rc));
	for (size_t i = 0; i < sizeof raw; i++) {
		ret[2 * i] = digits[raw[i] >> 4];
		ret[2 * i + 1] = digits[raw[i] & 15];
	}
	ret[HASH_HEX_LEN] = '\0';
	return 0;
}

int hash_digits(const char *text, size_t digits, char *ret, struct err *e) {
	assert(digits <= HASH_HEX_LEN);
	char hex[HASH_HEX_LEN + 1];
	int rc = hash_hex(text, strlen(text), hex, e);
	if (rc)
		return rc;
	memcpy(ret, hex, digits);
	ret[digits] = '\0';
	return 0;
}
