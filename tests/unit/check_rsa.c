/* SPDX-License-Identifier: MIT */
/* RSA keys, and the tokens signed with them. Other implementations verify more
 * of them in tests/system/push_tokens.sh. */
#include <string.h>

#include "common/b64.h"
#include "common/clock.h"
#include "common/jsn.h"
#include "common/jwt.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define A2 "jose/rfc7515_a2.pem"

static struct rsa *load(const char *fixture) {
	auto_free char *pem = unit_fixture(fixture, NULL);
	struct rsa *k = NULL;
	struct err e = {0};
	ck_assert_msg(rsa_load(pem, &k, &e) == 0, "%s", e.msg);
	return k;
}

/* The signature of a text, as base64url. */
static char *signature(const struct rsa *k, const char *text) {
	auto_free char *raw = NULL;
	char *sig = NULL;
	size_t len = 0;
	struct err e = {0};
	ck_assert_int_eq(rsa_sign(k, text, strlen(text), &raw, &len, &e), 0);
	ck_assert_int_eq(b64_encode_url(raw, len, &sig, &e), 0);
	return sig;
}

static void example(void *ctx, char *const *cols) {
	auto_free char *sig = signature(ctx, cols[0]);
	ck_assert_str_eq(sig, cols[1]);
	auto_free char *n = NULL, *x = NULL;
	struct err e = {0};
	ck_assert_int_eq(rsa_public(ctx, &n, &x, &e), 0);
	ck_assert_str_eq(n, cols[2]);
	ck_assert_str_eq(x, cols[3]);
}

START_TEST(example_of_the_rfc) {
	struct rsa *k = load(A2);
	unit_tsv("jose/rfc7515_a2.tsv", 4, example, k);
	rsa_free(k);
}
END_TEST

/* The token was signed by OpenSSL. */
START_TEST(token) {
	struct rsa *k = load(A2);
	auto_json json_t *header = json_pack(
		"{s:s, s:s, s:s}", "alg", "RS256", "kid", "k", "typ", "JWT");
	auto_json json_t *claims =
		json_pack("{s:s, s:i}", "iss", "joe", "exp", 1300819380);
	auto_free char *got = NULL;
	auto_free char *want = unit_fixture("jose/joe.jwt", NULL);
	struct err e = {0};
	want[strcspn(want, "\n")] = '\0';
	ck_assert_int_eq(jwt_sign(k, header, claims, &got, &e), 0);
	ck_assert_str_eq(got, want);
	rsa_free(k);
}
END_TEST

START_TEST(made_and_kept) {
	struct rsa *one = NULL, *two = NULL, *again = NULL;
	struct err e = {0};
	ck_assert_int_eq(rsa_make(&one, &e), 0);
	ck_assert_int_eq(rsa_make(&two, &e), 0);
	auto_free char *pem = NULL;
	ck_assert_int_eq(rsa_pem(one, &pem, &e), 0);
	ck_assert_int_eq(rsa_load(pem, &again, &e), 0);
	auto_free char *a = signature(one, "text");
	auto_free char *b = signature(two, "text");
	auto_free char *c = signature(again, "text");
	auto_free char *d = signature(one, "Text");
	ck_assert_uint_eq(strlen(a), 342); /* 2048 bits */
	ck_assert_str_ne(a, b);
	ck_assert_str_eq(a, c);
	ck_assert_str_ne(a, d);
	auto_free char *crt = NULL;
	ck_assert_int_eq(
		rsa_certificate(one, "cn", 0, US_PER_DAY, &crt, &e), 0);
	ck_assert_ptr_eq(strstr(crt, "-----BEGIN CERTIFICATE-----"), crt);
	rsa_free(one);
	rsa_free(two);
	rsa_free(again);
	rsa_free(NULL);
}
END_TEST

START_TEST(no_keys) {
	auto_free char *cut = unit_fixture(A2, NULL);
	auto_free char *ec = unit_fixture("jose/ec.pem", NULL);
	cut[strlen(cut) / 2] = '\0';
	const char *const texts[] = {"", "nothing", cut, ec};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct rsa *k = NULL;
		struct err e = {0};
		ck_assert_int_eq(rsa_load(texts[i], &k, &e), ERR_SYNTAX);
		ck_assert_ptr_nonnull(strstr(e.msg, "not an RSA key"));
		ck_assert_ptr_null(k);
	}
}
END_TEST

static int all_of_it(void *ctx, struct err *e) {
	auto_free char *pem = NULL, *crt = NULL, *jwt = NULL;
	auto_free char *n = NULL, *x = NULL;
	struct rsa *k = NULL;
	int rc = rsa_load(ctx, &k, e);
	ck_assert_int_eq(k == NULL, rc != 0);
	if (!rc)
		rc = rsa_pem(k, &pem, e);
	if (!rc)
		rc = rsa_public(k, &n, &x, e);
	ck_assert_int_eq(n == NULL, x == NULL);
	if (!rc)
		rc = rsa_certificate(k, "cn", 0, US_PER_DAY, &crt, e);
	auto_json json_t *o = rc ? NULL : json_object();
	if (!rc)
		rc = o ? jwt_sign(k, o, o, &jwt, e) : err_nomem(e);
	rsa_free(k);
	return rc;
}

START_TEST(out_of_memory) {
	auto_free char *pem = unit_fixture(A2, NULL);
	ck_assert_int_gt(unit_nomem(all_of_it, pem), 8);
	struct err e = {0};
	struct rsa *k = NULL;
	mem_fail_after(0);
	int rc = rsa_make(&k, &e);
	mem_fail_off();
	ck_assert_int_eq(rc, ERR_NOMEM);
	ck_assert_ptr_null(k);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("rsa");
	unit_add(s, example_of_the_rfc);
	unit_add(s, token);
	unit_add(s, made_and_kept);
	unit_add(s, no_keys);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
