/* SPDX-License-Identifier: MIT */
#include "common/rsa_verify.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/b64.h"
#include "common/mem.h"

#define EXPONENT_MIN 65537

struct rsa_public {
	gnutls_pubkey_t key;
};

void rsa_public_free(struct rsa_public *k) {
	if (!k)
		return;
	gnutls_pubkey_deinit(k->key);
	mem_free(k);
}

static gnutls_datum_t datum(const void *p, size_t n) {
	return (gnutls_datum_t){(unsigned char *)(uintptr_t)p, (unsigned)n};
}

/* Odd, and from 65537 (FIPS 186-5, section 5.1) to 64 bits: with 1 anybody can
 * sign, with 3 careless verifiers were fooled, and with a huge one a signature
 * is costly to look at. */
static bool exponent_ok(const char *p, size_t len) {
	while (len && !*p) {
		p++;
		len--;
	}
	uint64_t n = 0;
	for (size_t i = 0; i < len && i < sizeof n; i++)
		n = n << 8 | (unsigned char)p[i];
	return len <= sizeof n && n >= EXPONENT_MIN && n & 1;
}

/* Reads the numbers into k, which is empty. */
static int import(struct rsa_public *k, const char *n, const char *exponent,
	struct err *e) {
	auto_free char *modulus = NULL, *public = NULL;
	size_t modulus_len, public_len;
	int rc = b64_decode(n, strlen(n), &modulus, &modulus_len, e);
	if (rc)
		return err_wrap(e, "the modulus of an RSA key");
	rc = b64_decode(exponent, strlen(exponent), &public, &public_len, e);
	if (rc)
		return err_wrap(e, "the exponent of an RSA key");
	if (public_len && !exponent_ok(public, public_len))
		return err_set(e, ERR_RANGE,
			"the exponent of an RSA key is even, under %d or of "
			"over 64 bits",
			EXPONENT_MIN);
	const gnutls_datum_t m = datum(modulus, modulus_len);
	const gnutls_datum_t x = datum(public, public_len);
	rc = gnutls_pubkey_import_rsa_raw(k->key, &m, &x);
	if (rc == GNUTLS_E_MEMORY_ERROR)
		return err_nomem(e);
	unsigned bits = 0;
	if (rc < 0 || gnutls_pubkey_get_pk_algorithm(k->key, &bits) < 0)
		return err_set(e, ERR_SYNTAX, "not an RSA key: %s",
			gnutls_strerror(rc));
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return err_set(e, ERR_RANGE,
			"an RSA key has %u bits, not %d to %d", bits,
			RSA_BITS_MIN, RSA_BITS_MAX);
	return 0;
}

int rsa_public_load(const char *n, const char *exponent,
	struct rsa_public **ret, struct err *e) {
	struct rsa_public *k = mem_zero(1, sizeof *k);
	if (!k)
		return err_nomem(e);
	if (gnutls_pubkey_init(&k->key) < 0) {
		mem_free(k);
		return err_nomem(e);
	}
	int rc = import(k, n, exponent, e);
	if (rc) {
		rsa_public_free(k);
		return rc;
	}
	*ret = k;
	return 0;
}

int rsa_public_of(const struct rsa *k, struct rsa_public **ret, struct err *e) {
	auto_free char *n = NULL, *x = NULL;
	int rc = rsa_public(k, &n, &x, e);
	return rc ? rc : rsa_public_load(n, x, ret, e);
}

int rsa_verify(const struct rsa_public *k, const void *p, size_t n,
	const void *sig, size_t sig_len, struct err *e) {
	const gnutls_datum_t data = datum(p, n), mark = datum(sig, sig_len);
	int rc = gnutls_pubkey_verify_data2(
		k->key, GNUTLS_SIGN_RSA_SHA256, 0, &data, &mark);
	if (rc == GNUTLS_E_MEMORY_ERROR)
		return err_nomem(e);
	return rc < 0 ? err_set(e, ERR_STATE, "the signature is not the key's")
		      : 0;
}
