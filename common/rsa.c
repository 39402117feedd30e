/* SPDX-License-Identifier: MIT */
#include "common/rsa.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#include "common/b64.h"
#include "common/clock.h"
#include "common/mem.h"

#define BITS 2048
#define SERIAL_LEN 8 /* bytes */

struct rsa {
	gnutls_x509_privkey_t own;
	gnutls_privkey_t any; /* the same, as signing wants it */
};

static int failed(struct err *e, const char *what, int rc) {
	if (rc == GNUTLS_E_MEMORY_ERROR)
		return err_nomem(e);
	return err_set(e, ERR_IO, "RSA %s: %s", what, gnutls_strerror(rc));
}

/* Copies what GnuTLS allocated, which is freed. */
static int take(gnutls_datum_t *d, char **ret, size_t *ret_len, struct err *e) {
	char *copy = mem_dup(d->data, d->size);
	size_t len = d->size;
	gnutls_free(d->data);
	if (!copy)
		return err_nomem(e);
	*ret = copy;
	if (ret_len)
		*ret_len = len;
	return 0;
}

void rsa_free(struct rsa *k) {
	if (!k)
		return;
	gnutls_privkey_deinit(k->any);
	gnutls_x509_privkey_deinit(k->own);
	mem_free(k);
}

/* An empty one, that has yet to be filled and bound. */
static int new_key(struct rsa **ret, struct err *e) {
	struct rsa *k = mem_zero(1, sizeof *k);
	if (!k)
		return err_nomem(e);
	int rc = gnutls_x509_privkey_init(&k->own);
	if (rc >= 0)
		rc = gnutls_privkey_init(&k->any);
	if (rc < 0) {
		rsa_free(k);
		return failed(e, "key", rc);
	}
	*ret = k;
	return 0;
}

static int bind(struct rsa *k) {
	return gnutls_privkey_import_x509(k->any, k->own, 0);
}

int rsa_make(struct rsa **ret, struct err *e) {
	struct rsa *k = NULL;
	int rc = new_key(&k, e);
	if (rc)
		return rc;
	rc = gnutls_x509_privkey_generate(k->own, GNUTLS_PK_RSA, BITS, 0);
	if (rc >= 0)
		rc = bind(k);
	if (rc < 0) {
		rsa_free(k);
		return failed(e, "key", rc);
	}
	*ret = k;
	return 0;
}

int rsa_load(const char *pem, struct rsa **ret, struct err *e) {
	struct rsa *k = NULL;
	int rc = new_key(&k, e);
	if (rc)
		return rc;
	const gnutls_datum_t text = {
		(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
	rc = gnutls_x509_privkey_import(k->own, &text, GNUTLS_X509_FMT_PEM);
	if (rc >= 0 &&
		gnutls_x509_privkey_get_pk_algorithm(k->own) != GNUTLS_PK_RSA)
		rc = GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
	if (rc >= 0)
		rc = bind(k);
	if (rc < 0) {
		rsa_free(k);
		return rc == GNUTLS_E_MEMORY_ERROR
			       ? err_nomem(e)
			       : err_set(e, ERR_SYNTAX, "not an RSA key: %s",
					 gnutls_strerror(rc));
	}
	*ret = k;
	return 0;
}

int rsa_pem(const struct rsa *k, char **ret, struct err *e) {
	gnutls_datum_t text;
	int rc = gnutls_x509_privkey_export2_pkcs8(
		k->own, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &text);
	return rc < 0 ? failed(e, "key", rc) : take(&text, ret, NULL, e);
}

int rsa_sign(const struct rsa *k, const void *p, size_t n, char **ret,
	size_t *ret_len, struct err *e) {
	const gnutls_datum_t data = {
		(unsigned char *)(uintptr_t)p, (unsigned)n};
	gnutls_datum_t sig;
	int rc = gnutls_privkey_sign_data2(
		k->any, GNUTLS_SIGN_RSA_SHA256, 0, &data, &sig);
	return rc < 0 ? failed(e, "signature", rc)
		      : take(&sig, ret, ret_len, e);
}

int rsa_public(const struct rsa *k, char **ret_n, char **ret_e, struct err *e) {
	gnutls_datum_t n, x;
	int rc = gnutls_privkey_export_rsa_raw2(k->any, &n, &x, NULL, NULL,
		NULL, NULL, NULL, NULL, GNUTLS_EXPORT_FLAG_NO_LZ);
	if (rc < 0)
		return failed(e, "key", rc);
	auto_free char *modulus = NULL, *exponent = NULL;
	rc = b64_encode_url(n.data, n.size, &modulus, e);
	if (!rc)
		rc = b64_encode_url(x.data, x.size, &exponent, e);
	gnutls_free(n.data);
	gnutls_free(x.data);
	if (rc)
		return rc;
	*ret_n = TAKE(modulus);
	*ret_e = TAKE(exponent);
	return 0;
}

/* A serial number is the key's own: its identifier's first bytes. RFC 5280,
 * section 4.1.2.2, asks for a positive one. */
static int set_serial(gnutls_x509_crt_t crt, const struct rsa *k) {
	unsigned char id[64];
	size_t len = sizeof id;
	int rc = gnutls_x509_privkey_get_key_id(
		k->own, GNUTLS_KEYID_USE_SHA256, id, &len);
	if (rc < 0)
		return rc;
	id[0] = (id[0] & 0x7f) | 1;
	return gnutls_x509_crt_set_serial(crt, id, SERIAL_LEN);
}

static int fill_certificate(gnutls_x509_crt_t crt, const struct rsa *k,
	const char *name, int64_t from_us, int64_t to_us) {
	int rc = gnutls_x509_crt_set_version(crt, 3);
	if (rc >= 0)
		rc = set_serial(crt, k);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_dn_by_oid(crt,
			GNUTLS_OID_X520_COMMON_NAME, 0, name,
			(unsigned)strlen(name));
	if (rc >= 0)
		rc = gnutls_x509_crt_set_activation_time(
			crt, from_us / US_PER_S);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_expiration_time(crt, to_us / US_PER_S);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_usage(
			crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key(crt, k->own);
	if (rc >= 0)
		rc = gnutls_x509_crt_sign2(
			crt, crt, k->own, GNUTLS_DIG_SHA256, 0);
	return rc;
}

int rsa_certificate(const struct rsa *k, const char *name, int64_t from_us,
	int64_t to_us, char **ret, struct err *e) {
	gnutls_x509_crt_t crt;
	gnutls_datum_t text;
	int rc = gnutls_x509_crt_init(&crt);
	if (rc < 0)
		return failed(e, "certificate", rc);
	rc = fill_certificate(crt, k, name, from_us, to_us);
	if (rc >= 0)
		rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &text);
	gnutls_x509_crt_deinit(crt);
	return rc < 0 ? failed(e, "certificate", rc)
		      : take(&text, ret, NULL, e);
}
