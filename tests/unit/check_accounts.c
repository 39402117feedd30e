/* SPDX-License-Identifier: MIT */
/* Who is registered, and what proves it. */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/accounts.h"
#include "emulator/core/managed.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define EMAIL "sa@p1.iam.gserviceaccount.com"
#define A2 "jose/rfc7515_a2.pem"

static struct rsa *load(void) {
	auto_free char *pem = unit_fixture(A2, NULL);
	struct rsa *k = NULL;
	struct err e = {0};
	ck_assert_int_eq(rsa_load(pem, &k, &e), 0);
	return k;
}

/* Registers a key; gives its name, or an err_code as text. */
static char *add(struct core *c, const char *email, const struct rsa *k,
	const char *id) {
	char *name = NULL;
	struct err e = {0};
	int rc = CORE_TX(c, accounts_add_key(c->em, email, k, id, &name, &e));
	ck_assert_int_eq(name == NULL, rc != 0);
	return rc ? mem_printf("%d", rc) : name;
}

/* What becomes of a token of that header, signed by a key. */
static int verify(struct core *c, const char *email, const struct rsa *k,
	const char *kid) {
	auto_json json_t *header =
		json_pack("{s:s, s:s*}", "alg", "RS256", "kid", kid);
	auto_json json_t *claims = json_pack("{s:s}", "iss", email);
	auto_free char *text = NULL;
	struct err e = {0};
	auto_jwt struct jwt t;
	ck_assert_int_eq(jwt_sign(k, header, claims, &text, &e), 0);
	ck_assert_int_eq(jwt_read(text, &t, &e), 0);
	return accounts_verify(c->em, email, &t, &e);
}

START_TEST(keys_of_service_accounts) {
	struct core c;
	struct err e = {0};
	struct rsa *one = load(), *two = NULL;
	const struct key *own = NULL;
	core_open(&c, NULL);
	ck_assert_int_eq(rsa_make(&two, &e), 0);
	ck_assert(!accounts_known(c.em, EMAIL));
	ck_assert_int_eq(verify(&c, EMAIL, one, "k"), ERR_NOTFOUND);
	auto_free char *first = add(&c, EMAIL, one, NULL);
	auto_free char *second = add(&c, EMAIL, two, "mine");
	ck_assert_uint_eq(strlen(first), KEY_ID_LEN);
	ck_assert_str_eq(second, "mine");
	ck_assert(accounts_known(c.em, EMAIL));
	ck_assert_int_eq(verify(&c, EMAIL, one, first), 0);
	ck_assert_int_eq(verify(&c, EMAIL, one, NULL), 0);
	ck_assert_int_eq(verify(&c, EMAIL, two, "mine"), 0);
	ck_assert_int_eq(verify(&c, EMAIL, two, first), ERR_STATE);
	ck_assert_int_eq(verify(&c, EMAIL, one, "other"), ERR_STATE);
	ck_assert_int_eq(verify(&c, "b@c", one, first), ERR_NOTFOUND);
	/* the one that signs tokens signs for nobody */
	ck_assert_int_eq(keys_signing(c.em, &own, &e), 0);
	ck_assert_int_eq(verify(&c, EMAIL, own->rsa, own->id), ERR_STATE);
	ck_assert_int_eq(verify(&c, EMAIL, one, own->id), ERR_STATE);
	auto_json json_t *certificates = json_object();
	ck_assert_int_eq(
		accounts_certificates(c.em, EMAIL, certificates, &e), 0);
	ck_assert_uint_eq(json_object_size(certificates), 2);
	ck_assert_ptr_nonnull(json_object_get(certificates, "mine"));
	emu_begin(c.em);
	ck_assert(accounts_drop(c.em, EMAIL));
	ck_assert(!accounts_drop(c.em, EMAIL));
	ck_assert_int_eq(emu_commit(c.em), 0);
	ck_assert_int_eq(verify(&c, EMAIL, one, first), ERR_NOTFOUND);
	rsa_free(one);
	rsa_free(two);
	core_close(&c);
}
END_TEST

/* The key that is kept for an account (rsa_free). */
static struct rsa *managed(struct core *c, const char *email, char *ret_id) {
	struct rsa *k = NULL;
	struct err e = {0};
	ck_assert_int_eq(
		CORE_TX(c, managed_signing(c->em, email, &k, ret_id, &e)), 0);
	return k;
}

START_TEST(managed_keys) {
	struct core c;
	struct err e = {0};
	char id[KEY_ID_LEN + 1], again[KEY_ID_LEN + 1], other[KEY_ID_LEN + 1];
	auto_free char *path = core_temp("managed");
	struct rsa *own = load();
	core_open(&c, path);
	auto_free char *first = add(&c, EMAIL, own, NULL);
	auto_free char *second = add(&c, "b@c", own, "b");
	struct rsa *k = managed(&c, EMAIL, id);
	struct rsa *b = managed(&c, "b@c", other);
	core_close(&c);
	core_open(&c, path);
	rsa_free(managed(&c, EMAIL, again));
	ck_assert_str_eq(id, again);
	ck_assert_str_ne(id, other);
	ck_assert_int_eq(verify(&c, EMAIL, k, id), 0);
	ck_assert_int_eq(verify(&c, EMAIL, k, NULL), 0);
	ck_assert_int_eq(verify(&c, EMAIL, own, first), 0);
	ck_assert_int_eq(verify(&c, "b@c", k, id), ERR_STATE);
	ck_assert_int_eq(verify(&c, EMAIL, b, other), ERR_STATE);
	ck_assert_int_eq(verify(&c, EMAIL, b, id), ERR_STATE);
	auto_json json_t *certificates = json_object();
	ck_assert_int_eq(
		accounts_certificates(c.em, EMAIL, certificates, &e), 0);
	ck_assert_uint_eq(json_object_size(certificates), 2);
	ck_assert_ptr_nonnull(json_object_get(certificates, id));
	/* who has only such a key is not registered */
	rsa_free(managed(&c, "c@d", other));
	ck_assert(!accounts_known(c.em, "c@d"));
	ck_assert_int_eq(verify(&c, "c@d", k, id), ERR_NOTFOUND);
	/* it goes with its account */
	emu_begin(c.em);
	ck_assert(accounts_drop(c.em, EMAIL));
	ck_assert_int_eq(emu_commit(c.em), 0);
	auto_free char *anew = add(&c, EMAIL, own, NULL);
	ck_assert_int_eq(verify(&c, EMAIL, k, id), ERR_STATE);
	rsa_free(managed(&c, EMAIL, again));
	ck_assert_str_ne(id, again);
	rsa_free(k);
	rsa_free(b);
	rsa_free(own);
	core_close(&c);
	core_remove(path);
}
END_TEST

static char *add_user(struct core *c, const char *email) {
	char *token = NULL;
	struct err e = {0};
	ck_assert_int_eq(
		CORE_TX(c, accounts_add_user(c->em, email, &token, &e)), 0);
	return token;
}

START_TEST(people) {
	struct core c;
	struct err e = {0};
	char *email = NULL;
	auto_free char *path = core_temp("accounts");
	core_open(&c, path);
	auto_free char *jo = add_user(&c, "jo@example.com");
	auto_free char *too = add_user(&c, "jo@example.com");
	auto_free char *al = add_user(&c, "al@example.com");
	ck_assert_str_ne(jo, too);
	ck_assert_str_ne(jo, al);
	ck_assert_uint_eq(strlen(jo), ACCOUNT_REFRESH_LEN + 3);
	core_close(&c);
	core_open(&c, path);
	ck_assert_int_eq(accounts_of_user(c.em, al, &email, &e), 0);
	ck_assert_str_eq(email, "al@example.com");
	mem_free(email);
	auto_json json_t *all = accounts_list(c.em);
	auto_free char *text = jsn_compact(all);
	ck_assert_str_eq(text,
		"[{\"email\":\"al@example.com\",\"refreshToken\":true},"
		"{\"email\":\"jo@example.com\",\"refreshToken\":true},"
		"{\"email\":\"jo@example.com\",\"refreshToken\":true}]");
	email = NULL;
	ck_assert_int_eq(
		accounts_of_user(c.em, "1//0", &email, &e), ERR_NOTFOUND);
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, &e)), 0);
	ck_assert_int_eq(accounts_of_user(c.em, al, &email, &e), ERR_NOTFOUND);
	ck_assert_ptr_null(email);
	core_close(&c);
	core_remove(path);
}
END_TEST

START_TEST(so_many) {
	struct core c;
	struct rsa *k = load();
	core_open(&c, NULL);
	char id[16];
	for (int i = 0; i < ACCOUNTS_MAX; i++) {
		(void)snprintf(id, sizeof id, "%d", i);
		auto_free char *name = add(&c, EMAIL, k, id);
		ck_assert_str_eq(name, id);
	}
	auto_free char *more = add(&c, EMAIL, k, "one more");
	auto_free char *want = mem_printf("%d", ERR_TOOBIG);
	ck_assert_str_eq(more, want);
	rsa_free(k);
	core_close(&c);
}
END_TEST

/* Keys are not made for it: that would take minutes. */
START_TEST(so_many_managed) {
	struct core c;
	char email[32], id[KEY_ID_LEN + 1];
	struct rsa *k = NULL;
	struct err e = {0};
	auto_free char *pem = unit_fixture(A2, NULL);
	core_open(&c, NULL);
	emu_begin(c.em);
	for (int i = 0; i < MANAGED_MAX - 1; i++) {
		(void)snprintf(email, sizeof email, "%d@p1", i);
		ck_assert_int_eq(store_run(c.em->store, Q_MANAGED_ADD, "ttti",
					 email, "k", pem, INT64_C(0)),
			0);
	}
	ck_assert_int_eq(managed_signing(c.em, "last@p1", &k, id, &e), 0);
	rsa_free(k);
	k = NULL;
	ck_assert_int_eq(
		managed_signing(c.em, "over@p1", &k, id, &e), ERR_TOOBIG);
	ck_assert_ptr_null(k);
	ck_assert_int_eq(managed_signing(c.em, "0@p1", &k, id, &e), 0);
	rsa_free(k);
	ck_assert_int_eq(emu_commit(c.em), 0);
	core_close(&c);
}
END_TEST

START_TEST(addresses) {
	static const char *const good[] = {"a@b", EMAIL, "x+y@z-1.com"};
	static const char *const bad[] = {
		"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b/", "\"@b"};
	for (size_t i = 0; i < 3; i++)
		ck_assert(account_email_ok(good[i]));
	for (size_t i = 0; i < 8; i++)
		ck_assert(!account_email_ok(bad[i]));
	char text[ACCOUNT_EMAIL_MAX + 2];
	memset(text, 'a', sizeof text);
	text[1] = '@';
	text[ACCOUNT_EMAIL_MAX] = '\0';
	ck_assert(account_email_ok(text));
	text[ACCOUNT_EMAIL_MAX] = 'a';
	text[ACCOUNT_EMAIL_MAX + 1] = '\0';
	ck_assert(!account_email_ok(text));
}
END_TEST

struct site {
	struct core c;
	char *pem;
};

static int all_of_it(void *ctx, struct err *e) {
	struct site *s = ctx;
	struct core *c = &s->c;
	auto_free char *name = NULL, *token = NULL, *email = NULL;
	char id[KEY_ID_LEN + 1];
	struct rsa *k = NULL;
	auto_json json_t *list = NULL, *into = json_object();
	int rc = into ? rsa_load(s->pem, &k, e) : err_nomem(e);
	emu_begin(c->em);
	if (!rc)
		rc = accounts_add_key(c->em, EMAIL, k, NULL, &name, e);
	if (!rc)
		rc = accounts_add_user(c->em, EMAIL, &token, e);
	if (!rc)
		rc = accounts_of_user(c->em, token, &email, e);
	rsa_free(k);
	k = NULL;
	if (!rc)
		rc = managed_signing(c->em, EMAIL, &k, id, e);
	if (!rc)
		rc = accounts_certificates(c->em, EMAIL, into, e);
	list = rc ? NULL : accounts_list(c->em);
	if (!rc && !list)
		rc = err_nomem(e);
	emu_rollback(c->em);
	rsa_free(k);
	return rc;
}

START_TEST(out_of_memory) {
	struct site s = {.pem = unit_fixture(A2, NULL)};
	core_open(&s.c, NULL);
	ck_assert_int_gt(unit_nomem(all_of_it, &s), 8);
	core_close(&s.c);
	mem_free(s.pem);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("accounts");
	unit_add(s, keys_of_service_accounts);
	unit_add(s, managed_keys);
	unit_add(s, people);
	unit_add(s, so_many);
	unit_add(s, so_many_managed);
	unit_add(s, addresses);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
