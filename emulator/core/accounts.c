/* SPDX-License-Identifier: MIT */
#include "emulator/core/accounts.h"

#include <inttypes.h>
#include <string.h>

#include "common/hash.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/rng.h"

bool account_email_ok(const char *email) {
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+@";
	const char *at = strchr(email, '@');
	return at && at > email && at[1] && !strchr(at + 1, '@') &&
	       !email[strspn(email, safe)] &&
	       strlen(email) <= ACCOUNT_EMAIL_MAX;
}

char *account_project(const char *email, const char *other) {
	const char *at = strchr(email, '@');
	const char *end = at ? strstr(at, ACCOUNT_DOMAIN) : NULL;
	return end ? mem_dup(at + 1, (size_t)(end - at - 1))
		   : mem_strdup(other);
}

static int add(struct emu *em, const char *email, const char *name,
	const char *pem, struct err *e) {
	int64_t count = 0;
	(void)store_one_i64(em->store, Q_ACCOUNT_COUNT, &count, "");
	if (count >= ACCOUNTS_MAX)
		return err_set(e, ERR_TOOBIG,
			"there are %d keys and people already", ACCOUNTS_MAX);
	if (store_run(em->store, Q_ACCOUNT_ADD, "ttti", email, name, pem,
		    clock_now_us(&clock_real)))
		return err_set(e, ERR_IO, "the state cannot be written");
	return 0;
}

int accounts_add_key(struct emu *em, const char *email, const struct rsa *key,
	const char *id, char **ret_id, struct err *e) {
	char own[KEY_ID_LEN + 1];
	auto_free char *pem = NULL;
	int rc = rsa_pem(key, &pem, e);
	if (!rc && !id)
		rc = key_name(key, own, e);
	if (rc)
		return rc;
	auto_free char *name = mem_strdup(id ? id : own);
	rc = name ? add(em, email, name, pem, e) : err_nomem(e);
	if (!rc)
		*ret_id = TAKE(name);
	return rc;
}

/* It need not be a secret, but must not come twice. */
int accounts_add_user(
	struct emu *em, const char *email, char **ret, struct err *e) {
	struct rng r;
	char hash[ACCOUNT_REFRESH_LEN + 1];
	int rc = rng_seed_system(&r, e);
	if (rc)
		return rc;
	auto_free char *text = mem_printf(
		"%s %" PRIx64 "%" PRIx64, email, rng_next(&r), rng_next(&r));
	if (!text)
		return err_nomem(e);
	rc = hash_digits(text, ACCOUNT_REFRESH_LEN, hash, e);
	if (rc)
		return rc;
	auto_free char *token = mem_printf("1//%s", hash);
	rc = token ? add(em, email, token, NULL, e) : err_nomem(e);
	if (!rc)
		*ret = TAKE(token);
	return rc;
}

bool accounts_drop(struct emu *em, const char *email) {
	bool found = store_run(em->store, Q_ACCOUNT_DEL, "t", email) == 0 &&
		     store_changes(em->store) > 0;
	(void)store_run(em->store, Q_MANAGED_DEL, "t", email);
	return found;
}

json_t *accounts_list(struct emu *em) {
	auto_json json_t *all = json_array();
	int failed = !all;
	struct store_rows *r = store_query(em->store, Q_ACCOUNT_LIST, "");
	while (!failed && store_next(r)) {
		bool user = store_i64(r, 2) != 0;
		/* a refresh token is as good as a password */
		failed = json_array_append_new(
			all, user ? json_pack("{s:s, s:b}", "email",
					    store_text(r, 0), "refreshToken", 1)
				  : json_pack("{s:s, s:s}", "email",
					    store_text(r, 0), "keyId",
					    store_text(r, 1)));
	}
	store_end(r);
	return failed ? NULL : TAKE(all);
}

bool accounts_known(struct emu *em, const char *email) {
	int64_t one;
	return store_one_i64(em->store, Q_ACCOUNT_KNOWN, &one, "t", email);
}

int accounts_of_user(
	struct emu *em, const char *token, char **ret, struct err *e) {
	struct store_rows *r =
		store_query(em->store, Q_ACCOUNT_OF_USER, "t", token);
	bool found = store_next(r);
	char *email = found ? mem_strdup(store_text(r, 0)) : NULL;
	store_end(r);
	if (!found)
		return err_set(e, ERR_NOTFOUND, "no such refresh token");
	if (!email)
		return err_nomem(e);
	*ret = email;
	return 0;
}

/* Loads a row's key. */
static int load(struct store_rows *r, struct rsa_public **ret, struct err *e) {
	struct rsa *key = NULL;
	int rc = rsa_load(store_text(r, 1), &key, e);
	if (!rc)
		rc = rsa_public_of(key, ret, e);
	rsa_free(key);
	return rc;
}

/* Without a kid any of the account's keys will do. */
static int verify_own(
	struct emu *em, const char *email, const struct jwt *t, struct err *e) {
	const char *kid = jwt_header(t, "kid");
	int rc = err_set(e, ERR_STATE, "no key of the account has signed it");
	struct store_rows *r =
		store_query(em->store, Q_ACCOUNT_KEYS, "tt", email, email);
	while (rc == ERR_STATE && store_next(r)) {
		if (kid && strcmp(kid, store_text(r, 0)) != 0)
			continue;
		struct rsa_public *pub = NULL;
		rc = load(r, &pub, e);
		if (!rc)
			rc = jwt_verify(t, pub, e);
		rsa_public_free(pub);
	}
	store_end(r);
	return rc;
}

int accounts_verify(
	struct emu *em, const char *email, const struct jwt *t, struct err *e) {
	if (!accounts_known(em, email))
		return err_set(e, ERR_NOTFOUND, "no such account");
	return verify_own(em, email, t, e);
}

int accounts_certificates(
	struct emu *em, const char *email, json_t *into, struct err *e) {
	char number[TOKEN_SUBJECT_LEN + 1];
	int rc = token_subject(email, number, e);
	struct store_rows *r =
		store_query(em->store, Q_ACCOUNT_KEYS, "tt", email, email);
	while (!rc && store_next(r)) {
		struct rsa *key = NULL;
		rc = rsa_load(store_text(r, 1), &key, e);
		if (!rc)
			rc = key_add_certificate(into, store_text(r, 0), key,
				number, store_i64(r, 2), e);
		rsa_free(key);
	}
	store_end(r);
	return rc;
}
