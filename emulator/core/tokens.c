/* SPDX-License-Identifier: MIT */
#include "emulator/core/tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/jsn.h"
#include "common/jwt.h"
#include "common/mem.h"
#include "emulator/core/emu.h"

/* guess: whoever runs the emulator, a token of Google's says this, and
 * verifiers ask for it. */
#define ISSUER "https://accounts.google.com"
#define ACCESS_PREFIX "ya29."
#define TEN_DIGITS UINT64_C(10000000000)

/* Ten digits from 16 hexadecimal ones. */
static uint64_t digits(const char *hex) {
	char part[17];
	(void)snprintf(part, sizeof part, "%.16s", hex);
	return strtoull(part, NULL, 16) % TEN_DIGITS;
}

int token_subject(const char *email, char ret[static TOKEN_SUBJECT_LEN + 1],
	struct err *e) {
	char hash[HASH_HEX_LEN + 1];
	int rc = hash_hex(email, strlen(email), hash, e);
	if (!rc)
		(void)snprintf(ret, TOKEN_SUBJECT_LEN + 1,
			"1%010" PRIu64 "%010" PRIu64, digits(hash),
			digits(hash + 16));
	return rc;
}

static void token_drop(struct token *t) {
	mem_free(t->email);
	mem_free(t->aim);
	mem_free(t->text);
	*t = (struct token){0};
}

void tokens_done(struct tokens *t) {
	for (size_t i = 0; i < TOKENS_MAX; i++)
		token_drop(&t->at[i]);
}

/* The one for the same, fresh or not; NULL: there is none. */
static struct token *find(
	struct tokens *all, bool access, const char *email, const char *aim) {
	for (size_t i = 0; i < TOKENS_MAX && all->at[i].email; i++) {
		struct token *t = &all->at[i];
		if (t->access == access && !strcmp(t->email, email) &&
			!strcmp(t->aim, aim))
			return t;
	}
	return NULL;
}

/* A real clock may be put back. */
static bool is_fresh(
	const struct token *t, const struct key *key, int64_t now_s) {
	return t && now_s >= t->made_s && now_s - t->made_s < TOKENS_FRESH_S &&
	       !strcmp(t->key, key->id);
}

/* In the place of the stale one for the same, or of the oldest. Without memory
 * for it the next one is signed anew. */
static void keep(struct tokens *all, struct token *stale, const char *email,
	const char *aim, struct token *t) {
	if (strlen(email) + strlen(aim) + strlen(t->text) > TOKENS_TEXT_MAX)
		return;
	auto_free char *own_text = mem_strdup(t->text);
	auto_free char *own_email = mem_strdup(email);
	t->aim = mem_strdup(aim);
	if (!own_text || !own_email || !t->aim) {
		mem_free(t->aim);
		return;
	}
	t->text = TAKE(own_text);
	t->email = TAKE(own_email);
	struct token *place = stale ? stale : &all->at[all->next];
	if (!stale)
		all->next = (all->next + 1) % TOKENS_MAX;
	token_drop(place);
	*place = *t;
}

static json_t *claims_of(
	const struct token *t, const char *email, const char *aim) {
	char sub[TOKEN_SUBJECT_LEN + 1];
	if (token_subject(email, sub, NULL))
		return NULL;
	json_int_t iat = t->made_s, exp = iat + TOKEN_LIFE_S;
	if (t->access)
		return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s}", "azp", sub,
			"email", email, "exp", exp, "iat", iat, "scope", aim,
			"sub", sub);
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:s}", "aud", aim,
		"azp", sub, "email", email, "sub", sub, "email_verified", 1,
		"exp", exp, "iat", iat, "iss", ISSUER);
}

/* An access token is opaque to all but the emulator, and has a type of its own,
 * so that nobody can take what is in it for an ID token. */
static int sign(const struct token *t, const struct key *key, const char *email,
	const char *aim, char **ret, struct err *e) {
	auto_json json_t *header = json_pack("{s:s, s:s, s:s}", "alg", "RS256",
		"kid", key->id, "typ", t->access ? "at+jwt" : "JWT");
	auto_json json_t *claims = claims_of(t, email, aim);
	if (!header || !claims)
		return err_nomem(e);
	auto_free char *text = NULL;
	int rc = jwt_sign(key->rsa, header, claims, &text, e);
	if (rc)
		return rc;
	char *whole =
		t->access ? mem_printf(ACCESS_PREFIX "%s", text) : TAKE(text);
	if (!whole)
		return err_nomem(e);
	*ret = whole;
	return 0;
}

static int get(struct emu *em, bool access, const char *email, const char *aim,
	int64_t now_us, char **ret, struct err *e) {
	const struct key *key;
	int rc = keys_signing(em, &key, e);
	if (rc)
		return rc;
	struct token t = {.access = access, .made_s = now_us / US_PER_S};
	struct token *old = find(&em->tokens, access, email, aim);
	if (is_fresh(old, key, t.made_s)) {
		*ret = mem_strdup(old->text);
		return *ret ? 0 : err_nomem(e);
	}
	rc = sign(&t, key, email, aim, &t.text, e);
	if (rc)
		return rc;
	*ret = t.text;
	(void)snprintf(t.key, sizeof t.key, "%s", key->id);
	keep(&em->tokens, old, email, aim, &t);
	return 0;
}

int tokens_id(struct emu *em, const char *email, const char *audience,
	int64_t now_us, char **ret, struct err *e) {
	return get(em, false, email, audience, now_us, ret, e);
}

int tokens_access(struct emu *em, const char *email, const char *scope,
	int64_t now_us, char **ret, struct err *e) {
	return get(em, true, email, scope, now_us, ret, e);
}
