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

/* The example of the RFC verified by its own numbers, and tokens that are not
 * what was signed. */
static void verified(void *ctx, char *const *cols) {
	(void)ctx;
	struct rsa_public *k = NULL;
	struct err e = {0};
	auto_free char *text = mem_printf("%s.%s", cols[0], cols[1]);
	auto_free char *other = mem_printf("%s.%s", cols[0], cols[1]);
	auto_jwt struct jwt t;
	int64_t exp = 0;
	ck_assert_int_eq(rsa_public_load(cols[2], cols[3], &k, &e), 0);
	ck_assert_int_eq(jwt_read(text, &t, &e), 0);
	ck_assert_str_eq(jwt_header(&t, "alg"), "RS256");
	ck_assert_ptr_null(jwt_header(&t, "kid"));
	ck_assert_str_eq(jwt_claim(&t, "iss"), "joe");
	ck_assert(jwt_time(&t, "exp", &exp));
	ck_assert_int_eq(exp, 1300819380);
	ck_assert(!jwt_time(&t, "iss", &exp) && !jwt_time(&t, "iat", &exp));
	ck_assert_int_eq(jwt_verify(&t, k, &e), 0);
	char *at = strchr(other, '.') + 20;
	*at = *at == 'A' ? 'B' : 'A';
	auto_jwt struct jwt o;
	if (jwt_read(other, &o, &e) == 0)
		ck_assert_int_eq(jwt_verify(&o, k, &e), ERR_STATE);
	ck_assert_int_eq(
		rsa_verify(k, "x", 1, t.sig, t.sig_len, &e), ERR_STATE);
	ck_assert_int_eq(
		rsa_verify(k, t.text, t.said_len, "", 0, &e), ERR_STATE);
	rsa_public_free(k);
}

START_TEST(verified_by_numbers) {
	unit_tsv("jose/rfc7515_a2.tsv", 4, verified, NULL);
	static const struct {
		const char *n, *x;
		int want;
	} bad[] = {{"!", "AQAB", ERR_SYNTAX}, {"AQAB", "!", ERR_SYNTAX},
		{"wJKpVVzmoNSf", "AQAB", ERR_RANGE}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct rsa_public *k = NULL;
		struct err e = {0};
		int rc = rsa_public_load(bad[i].n, bad[i].x, &k, &e);
		ck_assert_int_eq(rc, bad[i].want);
		ck_assert_ptr_null(k);
	}
	rsa_public_free(NULL);
}
END_TEST

static void unreadable(void *ctx, char *const *cols) {
	(void)ctx;
	auto_jwt struct jwt t;
	struct err e = {0};
	int rc = jwt_read(cols[0], &t, &e);
	ck_assert_msg(rc == (*cols[1] == 'j' ? ERR_JSON : ERR_SYNTAX),
		"'%s': %d %s", cols[0], rc, e.msg);
	auto_jwt struct jwt again;
	ck_assert_int_eq(jwt_read(cols[0], &again, NULL), rc);
}

START_TEST(no_tokens) {
	unit_tsv("jose/unreadable.tsv", 2, unreadable, NULL);
}
END_TEST

/* google-auth 1.5.1 pads the parts; and the header may not choose how the
 * signature is looked at (RFC 8725, section 3.1). */
START_TEST(other_headers) {
	struct rsa *k = load(A2);
	struct rsa_public *pub = NULL;
	struct err e = {0};
	ck_assert_int_eq(rsa_public_of(k, &pub, &e), 0);
	static const struct {
		const char *said;
		int want;
	} cases[] = {{"eyJhbGciOiJSUzI1NiJ9.e30=", 0},
		{"eyJhbGciOiJSUzI1NiJ9.e30", 0},
		{"eyJhbGciOiJub25lIn0.e30", ERR_STATE},
		{"eyJhbGciOiJIUzI1NiJ9.e30", ERR_STATE},
		{"e30.e30", ERR_STATE}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		auto_free char *sig = signature(k, cases[i].said);
		auto_free char *text = mem_printf("%s.%s", cases[i].said, sig);
		auto_jwt struct jwt t;
		ck_assert_int_eq(jwt_read(text, &t, &e), 0);
		ck_assert_int_eq(jwt_verify(&t, pub, &e), cases[i].want);
	}
	rsa_public_free(pub);
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
	struct rsa_public *pub = NULL;
	auto_jwt struct jwt t = {0};
	if (!rc)
		rc = rsa_public_of(k, &pub, e);
	if (!rc)
		rc = jwt_read("eyJhbGciOiJSUzI1NiJ9.e30.YQ", &t, e);
	rsa_public_free(pub);
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
	unit_add(s, verified_by_numbers);
	unit_add(s, no_tokens);
	unit_add(s, other_headers);
	unit_add(s, made_and_kept);
	unit_add(s, no_keys);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
