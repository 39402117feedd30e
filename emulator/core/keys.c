/* SPDX-License-Identifier: MIT */
#include "emulator/core/keys.h"

#include <stdio.h>
#include <string.h>

#include "common/hash.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/emu.h"

/* Google's own have this name, and live for some 16 days; these must be good
 * for as long as a file is kept. */
#define CERTIFICATE_NAME "federated-signon.system.gserviceaccount.com"
#define CERTIFICATE_LIFE_US (3650 * US_PER_DAY)

static void key_done(struct key *k) {
	rsa_free(k->rsa);
	rsa_public_free(k->pub);
	mem_free(k->pem);
	*k = (struct key){0};
}

void keys_done(struct keys *k) {
	while (k->len)
		key_done(&k->at[--k->len]);
}

int keys_open(struct emu *em, struct err *e) {
	struct keys *all = &em->keys;
	int rc = 0;
	struct store_rows *r = store_query(em->store, Q_KEYS, "");
	while (!rc && all->len < KEYS_MAX && store_next(r)) {
		struct key *k = &all->at[all->len];
		(void)snprintf(k->id, sizeof k->id, "%s", store_text(r, 0));
		k->pem = mem_strdup(store_text(r, 1));
		k->made_us = store_i64(r, 2);
		if (k->pem)
			all->len++;
		else
			rc = err_nomem(e);
	}
	store_end(r);
	all->stored = all->len > 0;
	return rc;
}

static int key_load(struct key *k, struct err *e) {
	int rc = k->rsa ? 0 : rsa_load(k->pem, &k->rsa, e);
	return rc || k->pub ? rc : rsa_public_of(k->rsa, &k->pub, e);
}

int key_name(
	const struct rsa *k, char ret[static KEY_ID_LEN + 1], struct err *e) {
	auto_free char *n = NULL, *x = NULL;
	int rc = rsa_public(k, &n, &x, e);
	return rc ? rc : hash_digits(n, KEY_ID_LEN, ret, e);
}

static int key_make(struct key *ret, struct err *e) {
	struct key k = {.made_us = clock_now_us(&clock_real)};
	int rc = rsa_make(&k.rsa, e);
	if (!rc)
		rc = rsa_pem(k.rsa, &k.pem, e);
	if (!rc)
		rc = key_name(k.rsa, k.id, e);
	if (!rc)
		rc = rsa_public_of(k.rsa, &k.pub, e);
	if (rc)
		key_done(&k);
	else
		*ret = k;
	return rc;
}

static int key_store(struct emu *em, const struct key *k) {
	return store_run(
		em->store, Q_KEY_ADD, "tti", k->id, k->pem, k->made_us);
}

/* What could not be stored, or was taken back with its transaction, is stored
 * with the next: tokens have gone out that only this key makes good. */
static void store_first(struct emu *em) {
	struct keys *all = &em->keys;
	if (!all->stored && all->len)
		all->stored = key_store(em, &all->at[0]) == 0;
}

int keys_signing(struct emu *em, const struct key **ret, struct err *e) {
	struct keys *all = &em->keys;
	if (!all->len) {
		int rc = key_make(&all->at[0], e);
		if (rc)
			return rc;
		all->len = 1;
	}
	store_first(em);
	int rc = key_load(&all->at[0], e);
	if (!rc)
		*ret = &all->at[0];
	return rc;
}

int keys_find(
	struct emu *em, const char *id, const struct key **ret, struct err *e) {
	for (size_t i = 0; i < em->keys.len; i++)
		if (!strcmp(em->keys.at[i].id, id)) {
			int rc = key_load(&em->keys.at[i], e);
			if (!rc)
				*ret = &em->keys.at[i];
			return rc;
		}
	return err_set(e, ERR_NOTFOUND, "no key %.60s", id);
}

int keys_rotate(struct emu *em, struct err *e) {
	struct keys *all = &em->keys;
	struct key fresh;
	int rc = key_make(&fresh, e);
	if (rc)
		return rc;
	emu_begin(em);
	store_first(em);
	(void)key_store(em, &fresh);
	(void)store_run(em->store, Q_KEYS_TIDY, "i", (int64_t)KEYS_MAX);
	rc = emu_commit(em);
	if (rc) {
		key_done(&fresh);
		return err_set(e, rc, "the state could not be written");
	}
	if (all->len == KEYS_MAX)
		key_done(&all->at[--all->len]);
	memmove(&all->at[1], &all->at[0], all->len * sizeof all->at[0]);
	all->at[0] = fresh;
	all->len++;
	all->stored = true;
	return 0;
}

/* Each public key, put into a new JSON value by add; takes the value. */
static int publish(struct emu *em, json_t *into,
	int (*add)(json_t *into, const struct key *k, struct err *e),
	json_t **ret, struct err *e) {
	auto_json json_t *all = into;
	const struct key *newest;
	int rc = all ? keys_signing(em, &newest, e) : err_nomem(e);
	for (size_t i = 0; !rc && i < em->keys.len; i++) {
		rc = key_load(&em->keys.at[i], e);
		if (!rc)
			rc = add(all, &em->keys.at[i], e);
	}
	if (!rc)
		*ret = TAKE(all);
	return rc;
}

static int add_jwk(json_t *into, const struct key *k, struct err *e) {
	auto_free char *n = NULL, *x = NULL;
	int rc = rsa_public(k->rsa, &n, &x, e);
	if (rc)
		return rc;
	json_t *jwk = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "RSA",
		"alg", "RS256", "use", "sig", "kid", k->id, "n", n, "e", x);
	return json_array_append_new(json_object_get(into, "keys"), jwk)
		       ? err_nomem(e)
		       : 0;
}

int key_add_certificate(json_t *into, const char *id, const struct rsa *k,
	const char *name, int64_t made_us, struct err *e) {
	auto_free char *pem = NULL;
	int rc = rsa_certificate(
		k, name, made_us, made_us + CERTIFICATE_LIFE_US, &pem, e);
	if (rc)
		return rc;
	return json_object_set_new(into, id, json_string(pem)) ? err_nomem(e)
							       : 0;
}

static int add_certificate(json_t *into, const struct key *k, struct err *e) {
	return key_add_certificate(
		into, k->id, k->rsa, CERTIFICATE_NAME, k->made_us, e);
}

int keys_jwks(struct emu *em, json_t **ret, struct err *e) {
	return publish(em, json_pack("{s:[]}", "keys"), add_jwk, ret, e);
}

int keys_certificates(struct emu *em, json_t **ret, struct err *e) {
	return publish(em, json_object(), add_certificate, ret, e);
}
