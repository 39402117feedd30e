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
#define TYPE_ACCESS "at+jwt"
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
static bool is_fresh(const struct token *t, const struct key *key,
	int64_t now_s, int64_t life_s) {
	int64_t fresh_s = life_s * TOKENS_FRESH_S / TOKEN_LIFE_S;
	return t && now_s >= t->made_s && now_s - t->made_s < fresh_s &&
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

/* The usual claims of an ID token, and those that were asked for. */
static json_t *id_claims(const struct token_ask *a, const char *sub,
	json_int_t iat, json_int_t exp) {
	auto_json json_t *all =
		json_pack("{s:s, s:s}", "aud", a->aim, "azp", sub);
	if (!a->nameless &&
		json_object_set_new(all, "email", json_string(a->email)))
		return NULL;
	if (json_object_set_new(all, "sub", json_string(sub)) ||
		(!a->nameless && json_object_set_new(
					 all, "email_verified", json_true())) ||
		json_object_set_new(all, "exp", json_integer(exp)) ||
		json_object_set_new(all, "iat", json_integer(iat)) ||
		json_object_set_new(all, "iss", json_string(ISSUER)) ||
		(a->more && json_object_update(all, (json_t *)a->more)))
		return NULL;
	return TAKE(all);
}

static json_t *claims_of(
	const struct token_ask *a, int64_t made_s, int64_t life_s) {
	char sub[TOKEN_SUBJECT_LEN + 1];
	if (token_subject(a->email, sub, NULL))
		return NULL;
	json_int_t iat = made_s, exp = iat + life_s;
	if (a->access)
		return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s}", "azp", sub,
			"email", a->email, "exp", exp, "iat", iat, "scope",
			a->aim, "sub", sub);
	return id_claims(a, sub, iat, exp);
}

/* An access token is opaque to all but the emulator, and has a type of its own,
 * so that nobody can take what is in it for an ID token. */
static int sign(const struct token_ask *a, const struct key *key,
	int64_t made_s, int64_t life_s, char **ret, struct err *e) {
	auto_json json_t *header = json_pack("{s:s, s:s, s:s}", "alg", "RS256",
		"kid", key->id, "typ", a->access ? TYPE_ACCESS : "JWT");
	auto_json json_t *claims = claims_of(a, made_s, life_s);
	if (!header || !claims)
		return err_nomem(e);
	auto_free char *text = NULL;
	int rc = jwt_sign(key->rsa, header, claims, &text, e);
	if (rc)
		return rc;
	char *whole =
		a->access ? mem_printf(TOKEN_ACCESS "%s", text) : TAKE(text);
	if (!whole)
		return err_nomem(e);
	*ret = whole;
	return 0;
}

int tokens_make(struct emu *em, const struct token_ask *a, int64_t now_us,
	char **ret, int64_t *ret_left_s, struct err *e) {
	const struct key *key;
	int rc = keys_signing(em, &key, e);
	if (rc)
		return rc;
	struct tokens *all = &em->tokens;
	int64_t usual_s = all->life_s ? all->life_s : TOKEN_LIFE_S;
	int64_t life_s = a->life_s && !all->life_s ? a->life_s : usual_s;
	struct token t = {
		.access = a->access, .made_s = now_us / US_PER_S + all->skew_s};
	bool kept = life_s == usual_s && !a->anew && !a->nameless && !a->more;
	struct token *old =
		kept ? find(all, a->access, a->email, a->aim) : NULL;
	bool fresh = is_fresh(old, key, t.made_s, life_s);
	rc = fresh ? 0 : sign(a, key, t.made_s, life_s, &t.text, e);
	char *text = fresh ? mem_strdup(old->text) : t.text;
	if (rc || !text)
		return rc ? rc : err_nomem(e);
	*ret = text;
	if (ret_left_s)
		*ret_left_s = life_s - (fresh ? t.made_s - old->made_s : 0);
	if (kept && !fresh) {
		(void)snprintf(t.key, sizeof t.key, "%s", key->id);
		keep(all, old, a->email, a->aim, &t);
	}
	return 0;
}

int tokens_read(struct emu *em, bool access, const char *text, struct jwt *ret,
	struct err *e) {
	size_t skip = access ? sizeof TOKEN_ACCESS - 1 : 0;
	*ret = (struct jwt){0};
	if (strncmp(text, TOKEN_ACCESS, skip) != 0)
		return err_set(e, ERR_STATE, "not an access token");
	int rc = jwt_read(text + skip, ret, e);
	if (rc)
		return rc == ERR_NOMEM ? rc
				       : err_set(e, ERR_STATE, "not a token");
	const char *kid = jwt_header(ret, "kid"), *typ = jwt_header(ret, "typ");
	const struct key *key;
	bool is_access = typ && !strcmp(typ, TYPE_ACCESS);
	if (!kid || is_access != access)
		return err_set(e, ERR_STATE, "a token of another kind");
	rc = keys_find(em, kid, &key, e);
	if (rc == ERR_NOTFOUND)
		return e ? (e->code = ERR_STATE) : ERR_STATE;
	return rc ? rc : jwt_verify(ret, key->pub, e);
}

void tokens_ways(struct emu *em, int64_t life_s, int64_t skew_s) {
	tokens_done(&em->tokens);
	em->tokens.next = 0;
	em->tokens.life_s = life_s;
	em->tokens.skew_s = skew_s;
}

static int get(struct emu *em, bool access, const char *email, const char *aim,
	int64_t now_us, char **ret, struct err *e) {
	const struct token_ask a = {
		.email = email, .aim = aim, .access = access};
	return tokens_make(em, &a, now_us, ret, NULL, e);
}

int tokens_id(struct emu *em, const char *email, const char *audience,
	int64_t now_us, char **ret, struct err *e) {
	return get(em, false, email, audience, now_us, ret, e);
}

int tokens_access(struct emu *em, const char *email, const char *scope,
	int64_t now_us, char **ret, struct err *e) {
	return get(em, true, email, scope, now_us, ret, e);
}
