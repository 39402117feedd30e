/* SPDX-License-Identifier: MIT */
/* The judgement of tokens that OpenSSL has signed (tests/forge_token.py). */
#include "client/uniquifier/verified.h"

#include <string.h>

#include "common/jsn.h"
#include "common/jwt.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define NOW_S 1772000000
#define MENU_MIN 120

static const char *const google[] = {
	"https://accounts.google.com", "accounts.google.com", NULL};
static const char *const audiences[] = {
	"https://other.service/", "https://uniquifier.example/", NULL};
static const char *const senders[] = {"scheduler@p1.iam.gserviceaccount.com",
	"push@p1.iam.gserviceaccount.com", NULL};
static const struct verify_want want = {google, audiences, senders, 60};

/* The numbers of RFC 7515, appendix A.2. */
static void a_key(void *ctx, char *const *cols) {
	json_t **ret = ctx;
	*ret = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "RSA", "alg",
		"RS256", "use", "sig", "kid", "k1", "n", cols[2], "e", cols[3]);
}

static json_t *jwk(void) {
	json_t *key = NULL;
	unit_tsv("jose/rfc7515_a2.tsv", 4, a_key, &key);
	ck_assert_ptr_nonnull(key);
	return key;
}

/* What a set of these members gives; they are taken. */
static int parse(json_t *keys, struct keyset **ret, struct err *e) {
	auto_json json_t *root = json_pack("{s:o}", "keys", keys);
	auto_free char *text = jsn_compact(root);
	ck_assert_ptr_nonnull(text);
	return keyset_parse(text, strlen(text), ret, e);
}

static struct keyset *set_of(json_t *keys) {
	struct keyset *s = NULL;
	struct err e = {0};
	ck_assert_msg(parse(keys, &s, &e) == 0, "%s", e.msg);
	return s;
}

static const char *const verdicts[] = {[VERIFY_GOOD] = "good",
	[VERIFY_BAD] = "bad",
	[VERIFY_FOREIGN] = "foreign",
	[VERIFY_UNKNOWN] = "unknown",
	[VERIFY_UNSURE] = "unsure"};

struct menu {
	const struct keyset *keys;
	int count;
};

static void taste(void *ctx, char *const *cols) {
	struct menu *m = ctx;
	struct err why = {0};
	double until_s;
	const char *got = verdicts[verify_token(
		cols[1], m->keys, &want, NOW_S, &until_s, &why)];
	ck_assert_msg(strcmp(got, cols[2]) == 0, "%s: %s (%s), not %s", cols[0],
		got, why.msg, cols[2]);
	ck_assert_msg(strstr(why.msg, cols[3]), "%s: '%s' lacks '%s'", cols[0],
		why.msg, cols[3]);
	ck_assert_msg((why.code == 0) == (strcmp(got, "good") == 0),
		"%s: code %d", cols[0], why.code);
	m->count++;
}

START_TEST(menu) {
	struct keyset *keys = set_of(json_pack("[o]", jwk()));
	struct menu m = {keys, 0};
	unit_tsv("token/menu.tsv", 4, taste, &m);
	ck_assert_int_ge(m.count, MENU_MIN);
	keyset_free(keys);
}
END_TEST

START_TEST(bearers) {
	static const char *const none[] = {"", "Bearer", "Bearerx",
		"Basic eDp5", "x Bearer y", " Bearer x", "Bearer\tx", NULL};
	for (const char *const *s = none; *s; s++)
		ck_assert_msg(!verify_bearer(*s), "'%s'", *s);
	ck_assert_str_eq(verify_bearer("Bearer a.b.c"), "a.b.c");
	ck_assert_str_eq(verify_bearer("bEARER  a"), "a"); /* RFC 9110 11.1 */
	ck_assert_str_eq(verify_bearer("Bearer "), "");
}
END_TEST

static json_t *changed(const char *name, const char *value) {
	json_t *key = jwk();
	ck_assert_int_eq(
		value ? json_object_set_new(key, name, json_string(value))
		      : json_object_del(key, name),
		0);
	return key;
}

/* Members that are of no use for RS256 are left aside. */
START_TEST(other_members) {
	struct keyset *s = set_of(json_pack("[{s:s, s:s}, o, o, o, o, i, o, o]",
		"kty", "EC", "kid", "ec", changed("use", "enc"),
		changed("alg", "RS512"), changed("kid", NULL),
		changed("kid", ""), 3, changed("kty", NULL),
		changed("kid", "k2")));
	ck_assert_uint_eq(keyset_len(s), 1);
	ck_assert_ptr_null(keyset_find(s, "k1"));
	ck_assert_ptr_null(keyset_find(s, ""));
	ck_assert_ptr_nonnull(keyset_find(s, "k2"));
	keyset_free(s);
	s = set_of(json_pack("[o, o, o]", changed("n", "AQAB"),
		changed("alg", NULL), changed("use", NULL)));
	ck_assert_uint_eq(keyset_len(s), 1);
	keyset_free(s);
}
END_TEST

static void no_set(json_t *keys, int code, const char *part) {
	struct keyset *s = NULL;
	struct err e = {0};
	ck_assert_int_eq(parse(keys, &s, &e), code);
	ck_assert_msg(strstr(e.msg, part), "'%s' lacks '%s'", e.msg, part);
	ck_assert_ptr_null(s);
}

START_TEST(no_sets) {
	no_set(json_array(), ERR_SHAPE, "no key for RS256");
	no_set(json_string("x"), ERR_SHAPE, "no array 'keys'");
	no_set(json_pack("[o]", changed("n", "?")), ERR_SYNTAX, "key 'k1'");
	no_set(json_pack("[o]", changed("n", NULL)), ERR_SHAPE, "key.n");
	no_set(json_pack("[o]", changed("e", "")), ERR_SYNTAX, "key 'k1'");
	struct keyset *s = NULL;
	struct err e = {0};
	ck_assert_int_eq(keyset_parse("{", 1, &s, &e), ERR_JSON);
	ck_assert_int_eq(keyset_parse("[]", 2, &s, &e), ERR_SHAPE);
	ck_assert_ptr_null(s);
}
END_TEST

/* A modulus of `bytes`, odd and with its highest bit set, as base64url: 0xff
 * throughout is made of underscores. */
static json_t *of_bytes(size_t bytes) {
	char n[2048];
	ck_assert_uint_lt(bytes / 3 * 4, sizeof n);
	ck_assert_uint_eq(bytes % 3, 0);
	memset(n, '_', bytes / 3 * 4);
	n[bytes / 3 * 4] = '\0';
	return changed("n", n);
}

/* 255 and 1026 bytes are 2040 and 8208 bits; 258 and 1023 lie between. */
START_TEST(lengths_of_keys) {
	no_set(json_pack("[o]", of_bytes(255)), ERR_RANGE, "2040 bits");
	no_set(json_pack("[o]", of_bytes(1026)), ERR_RANGE, "8208 bits");
	keyset_free(set_of(json_pack("[o]", of_bytes(258))));
	keyset_free(set_of(json_pack("[o]", of_bytes(1023))));
}
END_TEST

/* 0, 1, 3, 17, 65535, 65536 and 2^64 + 1; then 65537, also with a zero before
 * it, and 2^64 - 1. */
START_TEST(exponents) {
	static const char *const bad[] = {
		"AA", "AQ", "Aw", "EQ", "__8", "AQAA", "AQAAAAAAAAAB", NULL};
	static const char *const good[] = {
		"AQAB", "AAEAAQ", "__________8", NULL};
	for (const char *const *x = bad; *x; x++)
		no_set(json_pack("[o]", changed("e", *x)), ERR_RANGE,
			"exponent");
	for (const char *const *x = good; *x; x++)
		keyset_free(set_of(json_pack("[o]", changed("e", *x))));
}
END_TEST

START_TEST(as_many_as_may_be) {
	json_t *keys = json_array();
	for (int i = 0; i < KEYSET_MAX; i++) {
		auto_free char *kid = mem_printf("k%d", i);
		ck_assert_int_eq(
			json_array_append_new(keys, changed("kid", kid)), 0);
	}
	struct keyset *s = set_of(json_incref(keys));
	ck_assert_uint_eq(keyset_len(s), KEYSET_MAX);
	keyset_free(s);
	ck_assert_int_eq(json_array_append_new(keys, changed("kid", "x")), 0);
	no_set(keys, ERR_TOOBIG, "over 32 keys");
}
END_TEST

static void first_token(void *ctx, char *const *cols) {
	char **ret = ctx;
	if (!*ret)
		*ret = mem_strdup(cols[1]);
}

static int without_memory(void *ctx, struct err *e) {
	const char *const *in = ctx;
	struct keyset *s = NULL;
	int rc = keyset_parse(in[0], strlen(in[0]), &s, e);
	if (rc) {
		ck_assert_ptr_null(s);
		return rc;
	}
	double until_s;
	enum verify_verdict v =
		verify_token(in[1], s, &want, NOW_S, &until_s, e);
	keyset_free(s);
	ck_assert_int_eq(v, e->code ? VERIFY_UNSURE : VERIFY_GOOD);
	return e->code;
}

START_TEST(no_memory) {
	auto_json json_t *root = json_pack("{s:[o]}", "keys", jwk());
	auto_free char *text = jsn_compact(root);
	char *token = NULL;
	unit_tsv("token/menu.tsv", 4, first_token, &token);
	const char *in[] = {text, token};
	ck_assert_int_gt(unit_nomem(without_memory, in), 10);
	mem_free(token);
}
END_TEST

/* ---- tokens that were good already ---- */

/* What was good is told from what is good by a set without the key: anew it
 * cannot be verified by that. */
struct memory {
	struct verified verified;
	struct keyset *with, *without;
};

static void memory_init(struct memory *m) {
	*m = (struct memory){.verified = {.want = want}};
	m->with = set_of(json_pack("[o]", jwk()));
	m->without = set_of(json_pack("[o]", changed("kid", "k2")));
}

static void memory_done(struct memory *m) {
	keyset_free(m->with);
	keyset_free(m->without);
}

static void judged(struct memory *m, const char *token, bool with,
	unsigned long edition, int64_t now_s, enum verify_verdict expected) {
	struct err why = {.code = ERR_IO};
	enum verify_verdict v = verified_token(&m->verified, token,
		with ? m->with : m->without, edition, now_s, &why);
	ck_assert_str_eq(verdicts[v], verdicts[expected]);
	ck_assert_int_eq(why.code == 0, v == VERIFY_GOOD);
}

/* For five minutes from NOW_S on; the number makes it another one. */
static char *signed_token(int number) {
	size_t len;
	auto_free char *pem = unit_fixture("jose/rfc7515_a2.pem", &len);
	struct rsa *key = NULL;
	struct err e = {0};
	ck_assert_msg(rsa_load(pem, &key, &e) == 0, "%s", e.msg);
	auto_json json_t *header =
		json_pack("{s:s, s:s}", "alg", "RS256", "kid", "k1");
	auto_json json_t *claims = json_pack(
		"{s:s, s:s, s:s, s:b, s:i, s:i, s:i}", "iss", google[0], "aud",
		audiences[0], "email", senders[0], "email_verified", 1, "iat",
		NOW_S, "exp", NOW_S + 300, "number", number);
	char *token = NULL;
	ck_assert_int_eq(jwt_sign(key, header, claims, &token, &e), 0);
	rsa_free(key);
	return token;
}

static void taste_twice(void *ctx, char *const *cols) {
	struct memory *m = ctx;
	struct err why[2];
	for (int i = 0; i < 2; i++) {
		const char *got = verdicts[verified_token(
			&m->verified, cols[1], m->with, 1, NOW_S, &why[i])];
		ck_assert_msg(strcmp(got, cols[2]) == 0, "%s: %s (%s), not %s",
			cols[0], got, why[i].msg, cols[2]);
	}
	ck_assert_str_eq(why[0].msg, why[1].msg);
	if (strcmp(cols[2], "good") == 0)
		judged(m, cols[1], false, 1, NOW_S, VERIFY_GOOD);
}

START_TEST(a_menu_twice) {
	struct memory m;
	memory_init(&m);
	unit_tsv("token/menu.tsv", 4, taste_twice, &m);
	memory_done(&m);
}
END_TEST

START_TEST(until_the_second) {
	auto_free char *token = signed_token(0);
	struct memory m;
	memory_init(&m);
	int64_t end = NOW_S + 300 + want.skew_s;
	judged(&m, token, false, 1, NOW_S, VERIFY_UNKNOWN);
	judged(&m, token, true, 1, NOW_S, VERIFY_GOOD);
	judged(&m, token, false, 1, NOW_S, VERIFY_GOOD);
	judged(&m, token, false, 1, end - 1, VERIFY_GOOD);
	judged(&m, token, false, 1, end, VERIFY_UNKNOWN);
	judged(&m, token, true, 1, end, VERIFY_BAD);
	/* a clock that was set back */
	judged(&m, token, false, 1, NOW_S - 1, VERIFY_UNKNOWN);
	judged(&m, token, true, 1, NOW_S - want.skew_s - 1, VERIFY_BAD);
	memory_done(&m);
}
END_TEST

START_TEST(until_other_keys) {
	auto_free char *token = signed_token(0);
	struct memory m;
	memory_init(&m);
	judged(&m, token, true, 1, NOW_S, VERIFY_GOOD);
	judged(&m, token, false, 2, NOW_S, VERIFY_UNKNOWN);
	judged(&m, token, false, 1, NOW_S, VERIFY_UNKNOWN);
	judged(&m, token, true, 2, NOW_S, VERIFY_GOOD);
	judged(&m, token, false, 2, NOW_S, VERIFY_GOOD);
	memory_done(&m);
}
END_TEST

START_TEST(another_signature) {
	auto_free char *token = signed_token(0);
	struct memory m;
	memory_init(&m);
	judged(&m, token, true, 1, NOW_S, VERIFY_GOOD);
	char *sig = strrchr(token, '.') + 1;
	*sig = *sig == 'A' ? 'B' : 'A';
	judged(&m, token, true, 1, NOW_S, VERIFY_BAD);
	judged(&m, token, true, 1, NOW_S, VERIFY_BAD);
	memory_done(&m);
}
END_TEST

START_TEST(as_many_as_are_remembered) {
	struct memory m;
	memory_init(&m);
	char *tokens[VERIFIED_MAX + 1];
	for (int i = 0; i <= VERIFIED_MAX; i++) {
		tokens[i] = signed_token(i);
		judged(&m, tokens[i], true, 1, NOW_S, VERIFY_GOOD);
		judged(&m, tokens[0], false, 1, NOW_S,
			i < VERIFIED_MAX ? VERIFY_GOOD : VERIFY_UNKNOWN);
	}
	for (int i = 0; i <= VERIFIED_MAX; i++) {
		judged(&m, tokens[i], false, 1, NOW_S,
			i ? VERIFY_GOOD : VERIFY_UNKNOWN);
		mem_free(tokens[i]);
	}
	memory_done(&m);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("verify");
	unit_add(s, menu);
	unit_add(s, bearers);
	unit_add(s, other_members);
	unit_add(s, no_sets);
	unit_add(s, lengths_of_keys);
	unit_add(s, exponents);
	unit_add(s, as_many_as_may_be);
	unit_add(s, no_memory);
	unit_add(s, a_menu_twice);
	unit_add(s, until_the_second);
	unit_add(s, until_other_keys);
	unit_add(s, another_signature);
	unit_add(s, as_many_as_are_remembered);
	return unit_run(s);
}
