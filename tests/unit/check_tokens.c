/* SPDX-License-Identifier: MIT */
/* What is in a token, and for how long the same one is sent. Signatures are
 * verified by others in tests/system/push_tokens.sh. */
#include <stdio.h>
#include <string.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define NOW_S INT64_C(1550182335) /* the iat of Google's example */
#define EMAIL "gae-gcp@appspot.gserviceaccount.com"

typedef int token_fn(struct emu *em, const char *email, const char *aim,
	int64_t now_us, char **ret, struct err *e);

static char *get(
	struct core *c, token_fn *fn, const char *aim, int64_t after_s) {
	char *text = NULL;
	struct err e = {0};
	int rc = fn(c->em, EMAIL, aim, (NOW_S + after_s) * US_PER_S + 999999,
		&text, &e);
	ck_assert_msg(rc == 0, "%s", e.msg);
	return text;
}

/* The n-th part of a token, decoded. */
static char *part(const char *token, int n) {
	while (n--)
		token = strchr(token, '.') + 1;
	char *text = NULL;
	size_t len;
	struct err e = {0};
	ck_assert_msg(
		b64_decode(token, strcspn(token, "."), &text, &len, &e) == 0,
		"%s", e.msg);
	return text;
}

static void is_part(const char *token, int n, const char *want) {
	auto_free char *got = part(token, n);
	ck_assert_str_eq(got, want);
}

/* From the n-th part on there are a header of that type and these claims. */
static void says(struct core *c, const char *token, int n, const char *typ,
	const char *claims) {
	auto_free char *header =
		mem_printf("{\"alg\":\"RS256\",\"kid\":\"%s\",\"typ\":\"%s\"}",
			c->em->keys.at[0].id, typ);
	is_part(token, n, header);
	is_part(token, n + 1, claims);
}

/* The example of the facts (auth.md section 9) with the emulator's own number
 * for the account. */
START_TEST(id_token) {
	struct core c;
	core_open(&c, NULL);
	auto_free char *token = get(&c, tokens_id, "https://example.com", 0);
	char sub[TOKEN_SUBJECT_LEN + 1];
	struct err e = {0};
	ck_assert_int_eq(token_subject(EMAIL, sub, &e), 0);
	auto_free char *claims = mem_printf(
		"{\"aud\":\"https://example.com\",\"azp\":\"%s\","
		"\"email\":\"" EMAIL "\",\"sub\":\"%s\","
		"\"email_verified\":true,\"exp\":1550185935,"
		"\"iat\":1550182335,\"iss\":\"https://accounts.google.com\"}",
		sub, sub);
	says(&c, token, 0, "JWT", claims);
	core_close(&c);
}
END_TEST

START_TEST(access_token) {
	struct core c;
	core_open(&c, NULL);
	auto_free char *token = get(&c, tokens_access, "a b", 0);
	auto_free char *id = get(&c, tokens_id, "a b", 0);
	char sub[TOKEN_SUBJECT_LEN + 1];
	struct err e = {0};
	ck_assert_int_eq(token_subject(EMAIL, sub, &e), 0);
	ck_assert_int_eq(strncmp(token, "ya29.", 5), 0);
	ck_assert_str_ne(token + 5, id);
	auto_free char *claims = mem_printf(
		"{\"azp\":\"%s\",\"email\":\"" EMAIL "\",\"exp\":1550185935,"
		"\"iat\":1550182335,\"scope\":\"a b\",\"sub\":\"%s\"}",
		sub, sub);
	says(&c, token, 1, "at+jwt", claims);
	core_close(&c);
}
END_TEST

START_TEST(account_numbers) {
	static const char *const emails[] = {"", "a@b", "b@b", EMAIL};
	char got[4][TOKEN_SUBJECT_LEN + 1];
	for (size_t i = 0; i < 4; i++) {
		struct err e = {0};
		char again[TOKEN_SUBJECT_LEN + 1];
		ck_assert_int_eq(token_subject(emails[i], got[i], &e), 0);
		ck_assert_int_eq(token_subject(emails[i], again, &e), 0);
		ck_assert_uint_eq(strlen(got[i]), TOKEN_SUBJECT_LEN);
		ck_assert_uint_eq(
			strspn(got[i], "0123456789"), TOKEN_SUBJECT_LEN);
		ck_assert_int_eq(got[i][0], '1');
		ck_assert_str_eq(got[i], again);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(got[i], got[j]);
	}
}
END_TEST

/* Whether a token of `after` is the one that was signed at NOW_S. */
static bool same(struct core *c, token_fn *fn, const char *aim, int64_t after) {
	auto_free char *token = get(c, fn, aim, after);
	auto_free char *claims = part(token, fn == tokens_id ? 1 : 2);
	return strstr(claims, "\"iat\":1550182335,") != NULL;
}

START_TEST(sent_again_while_fresh) {
	static token_fn *const fns[] = {tokens_id, tokens_access};
	struct core c;
	core_open(&c, NULL);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(same(&c, fns[i], "x", 0));
		ck_assert(same(&c, fns[i], "x", TOKENS_FRESH_S - 1));
		ck_assert(!same(&c, fns[i], "y", 1));
		ck_assert(!same(&c, fns[i], "x", TOKENS_FRESH_S));
		/* that one is sent now, but not before it was made */
		ck_assert(!same(&c, fns[i], "x", TOKENS_FRESH_S + 1));
		ck_assert(same(&c, fns[i], "x", 0));
	}
	core_close(&c);
}
END_TEST

START_TEST(signed_anew_after_a_rotation) {
	struct core c;
	struct err e = {0};
	core_open(&c, NULL);
	auto_free char *old = get(&c, tokens_id, "x", 0);
	ck_assert_int_eq(keys_rotate(c.em, &e), 0);
	auto_free char *fresh = get(&c, tokens_id, "x", 0);
	auto_free char *header = part(fresh, 0);
	ck_assert_str_ne(old, fresh);
	ck_assert_ptr_nonnull(strstr(header, c.em->keys.at[0].id));
	core_close(&c);
}
END_TEST

START_TEST(so_many_are_kept) {
	struct core c;
	char aim[16];
	core_open(&c, NULL);
	for (int i = 0; i < TOKENS_MAX; i++) {
		(void)snprintf(aim, sizeof aim, "%d", i);
		ck_assert(same(&c, tokens_id, aim, 0));
	}
	ck_assert(same(&c, tokens_id, "0", 1));
	ck_assert(!same(&c, tokens_id, "one more", 1));
	ck_assert(!same(&c, tokens_id, "0", 1));
	ck_assert(same(&c, tokens_id, "2", 1));
	core_close(&c);
}
END_TEST

START_TEST(a_long_one_is_not_kept) {
	struct core c;
	core_open(&c, NULL);
	auto_free char *aim = mem_zero(1, TOKENS_TEXT_MAX);
	memset(aim, 'x', TOKENS_TEXT_MAX - 1);
	ck_assert(same(&c, tokens_id, aim, 0));
	ck_assert(!same(&c, tokens_id, aim, 1));
	core_close(&c);
}
END_TEST

/* Reads a token of one kind as a token of that kind. */
static int read_as(struct core *c, bool access, const char *text) {
	auto_jwt struct jwt t;
	struct err e = {0};
	int rc = tokens_read(c->em, access, text, &t, &e);
	if (!rc)
		ck_assert_str_eq(jwt_claim(&t, "email"), EMAIL);
	return rc;
}

START_TEST(read_again) {
	struct core c, other;
	struct err e = {0};
	core_open(&c, NULL);
	core_open(&other, NULL);
	auto_free char *access = get(&c, tokens_access, "x", 0);
	auto_free char *id = get(&c, tokens_id, "x", 0);
	auto_free char *strange = get(&other, tokens_access, "x", 0);
	ck_assert_int_eq(read_as(&c, true, access), 0);
	ck_assert_int_eq(read_as(&c, false, id), 0);
	ck_assert_int_eq(read_as(&c, false, access), ERR_STATE);
	ck_assert_int_eq(read_as(&c, false, access + 5), ERR_STATE);
	ck_assert_int_eq(read_as(&c, true, id), ERR_STATE);
	ck_assert_int_eq(read_as(&c, true, strange), ERR_STATE);
	ck_assert_int_eq(read_as(&c, true, ""), ERR_STATE);
	ck_assert_int_eq(read_as(&c, true, "ya29.x"), ERR_STATE);
	access[strlen(access) / 2] ^= 1;
	ck_assert_int_eq(read_as(&c, true, access), ERR_STATE);
	ck_assert_int_eq(keys_rotate(c.em, &e), 0);
	ck_assert_int_eq(read_as(&c, false, id), 0);
	ck_assert_int_eq(keys_rotate(c.em, &e), 0);
	ck_assert_int_eq(read_as(&c, false, id), ERR_STATE);
	core_close(&c);
	core_close(&other);
}
END_TEST

/* The claims of what is asked for at NOW_S, and how long it is good. */
static char *made(struct core *c, const struct token_ask *a, int64_t *ret) {
	auto_free char *text = NULL;
	struct err e = {0};
	ck_assert_int_eq(
		tokens_make(c->em, a, NOW_S * US_PER_S, &text, ret, &e), 0);
	return part(text, a->access ? 2 : 1);
}

START_TEST(short_lives_and_wrong_clocks) {
	struct core c;
	int64_t left_s;
	struct err e = {0};
	core_open(&c, NULL);
	const struct token_ask a = {.email = EMAIL, .aim = "x", .life_s = 2800};
	auto_free char *own = made(&c, &a, &left_s);
	ck_assert_int_eq(left_s, 2800);
	ck_assert_ptr_nonnull(strstr(own, "\"exp\":1550185135,"));
	tokens_ways(c.em, 60, -3600);
	auto_free char *off = made(&c, &a, &left_s);
	ck_assert_int_eq(left_s, 60);
	ck_assert_ptr_nonnull(
		strstr(off, "\"exp\":1550178795,\"iat\":1550178735,"));
	/* a short one is fresh for ten seconds, as an hour's for 600 */
	tokens_ways(c.em, 60, 0);
	ck_assert(same(&c, tokens_id, "y", 0));
	ck_assert(same(&c, tokens_id, "y", 9));
	ck_assert(!same(&c, tokens_id, "y", 10));
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, &e)), 0);
	auto_free char *usual = made(&c, &a, &left_s);
	ck_assert_int_eq(left_s, 2800);
	ck_assert_ptr_nonnull(strstr(usual, "\"iat\":1550182335,"));
	core_close(&c);
}
END_TEST

START_TEST(further_claims) {
	struct core c;
	int64_t left_s;
	core_open(&c, NULL);
	auto_json json_t *more = json_pack("{s:{s:s}}", "google", "a", "b");
	const struct token_ask a = {
		.email = EMAIL, .aim = "x", .nameless = true, .more = more};
	auto_free char *got = made(&c, &a, &left_s);
	ck_assert_ptr_null(strstr(got, "email"));
	ck_assert_ptr_nonnull(strstr(got, ",\"google\":{\"a\":\"b\"}}"));
	ck_assert_int_eq(left_s, TOKEN_LIFE_S);
	core_close(&c);
}
END_TEST

static int sign_both(void *ctx, struct err *e) {
	struct core *c = ctx;
	auto_free char *id = NULL, *access = NULL;
	int rc = tokens_id(c->em, EMAIL, "x", NOW_S * US_PER_S, &id, e);
	ck_assert_int_eq(id == NULL, rc != 0);
	if (rc)
		return rc;
	rc = tokens_access(c->em, EMAIL, "x", NOW_S * US_PER_S, &access, e);
	ck_assert_int_eq(access == NULL, rc != 0);
	return rc;
}

START_TEST(out_of_memory) {
	struct core c;
	struct err e = {0};
	const struct key *k = NULL;
	core_open(&c, NULL);
	ck_assert_int_eq(keys_signing(c.em, &k, &e), 0);
	ck_assert_int_gt(unit_nomem(sign_both, &c), 10);
	core_close(&c);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("tokens");
	unit_add(s, id_token);
	unit_add(s, access_token);
	unit_add(s, account_numbers);
	unit_add(s, sent_again_while_fresh);
	unit_add(s, signed_anew_after_a_rotation);
	unit_add(s, so_many_are_kept);
	unit_add(s, a_long_one_is_not_kept);
	unit_add(s, read_again);
	unit_add(s, short_lives_and_wrong_clocks);
	unit_add(s, further_claims);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
