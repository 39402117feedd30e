/* SPDX-License-Identifier: MIT */
/* The emulator's signing keys: made when wanted, rotated, kept in a file. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static const char *signing(struct core *c) {
	const struct key *k = NULL;
	struct err e = {0};
	ck_assert_msg(keys_signing(c->em, &k, &e) == 0, "%s", e.msg);
	return k->id;
}

static void copy_id(char ret[static KEY_ID_LEN + 1], struct core *c) {
	memcpy(ret, signing(c), KEY_ID_LEN + 1);
}

static void rotate(struct core *c) {
	struct err e = {0};
	ck_assert_msg(keys_rotate(c->em, &e) == 0, "%s", e.msg);
}

/* Both lists have these, and no others; NULL: only one. */
static void published(struct core *c, const char *newest, const char *older) {
	auto_json json_t *set = NULL, *crt = NULL;
	struct err e = {0};
	ck_assert_int_eq(keys_jwks(c->em, &set, &e), 0);
	ck_assert_int_eq(keys_certificates(c->em, &crt, &e), 0);
	const char *const ids[] = {newest, older};
	size_t n = older ? 2 : 1;
	const json_t *list = json_object_get(set, "keys");
	ck_assert_uint_eq(json_array_size(list), n);
	ck_assert_uint_eq(json_object_size(crt), n);
	for (size_t i = 0; i < n; i++) {
		const json_t *jwk = json_array_get(list, i);
		ck_assert_str_eq(
			json_string_value(json_object_get(jwk, "kid")), ids[i]);
		ck_assert_ptr_nonnull(json_object_get(crt, ids[i]));
	}
}

START_TEST(made_when_wanted) {
	struct core c;
	core_open(&c, NULL);
	ck_assert_uint_eq(c.em->keys.len, 0);
	char id[KEY_ID_LEN + 1];
	copy_id(id, &c);
	ck_assert_uint_eq(strlen(id), KEY_ID_LEN);
	ck_assert_uint_eq(strspn(id, "0123456789abcdef"), KEY_ID_LEN);
	ck_assert_str_eq(signing(&c), id);
	published(&c, id, NULL);
	core_close(&c);
}
END_TEST

START_TEST(rotated) {
	struct core c;
	char ids[4][KEY_ID_LEN + 1];
	core_open(&c, NULL);
	for (size_t i = 0; i < 4; i++) {
		rotate(&c); /* the first time there is none before it */
		copy_id(ids[i], &c);
		published(&c, ids[i], i ? ids[i - 1] : NULL);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(ids[i], ids[j]);
	}
	core_close(&c);
}
END_TEST

START_TEST(not_rotated) {
	struct core c;
	char id[KEY_ID_LEN + 1];
	struct err e = {0};
	core_open(&c, NULL);
	copy_id(id, &c);
	/* a transaction that cannot begin cannot be committed */
	emu_begin(c.em);
	ck_assert_int_eq(keys_rotate(c.em, &e), ERR_IO);
	published(&c, id, NULL);
	core_close(&c);
}
END_TEST

static void reopen(struct core *c, const char *path) {
	core_close(c);
	core_open(c, path);
}

/* These are published after a restart, too; the file is removed. */
static void ends_with(struct core *c, const char *path, const char *newest,
	const char *older) {
	reopen(c, path);
	published(c, newest, older);
	core_close(c);
	core_remove(path);
}

START_TEST(kept_in_a_file) {
	struct core c;
	char one[KEY_ID_LEN + 1], two[KEY_ID_LEN + 1], three[KEY_ID_LEN + 1];
	auto_free char *path = core_temp("keys");
	core_open(&c, path);
	copy_id(one, &c);
	reopen(&c, path);
	published(&c, one, NULL);
	rotate(&c);
	copy_id(two, &c);
	reopen(&c, path);
	published(&c, two, one);
	rotate(&c);
	copy_id(three, &c);
	struct err e = {0};
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, &e)), 0);
	published(&c, three, two);
	ends_with(&c, path, three, two);
}
END_TEST

/* What was signed meanwhile has gone out, so the key must stay. */
START_TEST(a_transaction_that_is_taken_back) {
	struct core c;
	char id[KEY_ID_LEN + 1], next[KEY_ID_LEN + 1];
	auto_free char *path = core_temp("keys");
	core_open(&c, path);
	emu_begin(c.em);
	copy_id(id, &c);
	emu_rollback(c.em);
	emu_begin(c.em);
	ck_assert_str_eq(signing(&c), id);
	ck_assert_int_eq(emu_commit(c.em), 0);
	ends_with(&c, path, id, NULL);
	/* one that had failed already */
	core_open(&c, path);
	emu_begin(c.em);
	(void)store_run(c.em->store, Q_META_SET, "ti", "k", STORE_NULL);
	copy_id(id, &c);
	ck_assert_int_eq(emu_commit(c.em), ERR_IO);
	ck_assert_str_eq(signing(&c), id);
	ends_with(&c, path, id, NULL);
	/* what comes next is a rotation */
	core_open(&c, path);
	emu_begin(c.em);
	copy_id(id, &c);
	emu_rollback(c.em);
	rotate(&c);
	copy_id(next, &c);
	ends_with(&c, path, next, id);
}
END_TEST

START_TEST(a_file_that_was_tampered_with) {
	struct core c;
	auto_free char *path = core_temp("keys");
	core_open(&c, path);
	ck_assert_int_eq(store_run(c.em->store, Q_KEY_ADD, "tti", "id",
				 "no key", INT64_C(1)),
		0);
	reopen(&c, path);
	const struct key *k = NULL;
	struct err e = {0};
	ck_assert_int_eq(keys_signing(c.em, &k, &e), ERR_SYNTAX);
	json_t *set = NULL;
	ck_assert_int_eq(keys_jwks(c.em, &set, &e), ERR_SYNTAX);
	ck_assert_ptr_null(set);
	core_close(&c);
	core_remove(path);
}
END_TEST

static int publish_both(void *ctx, struct err *e) {
	struct core *c = ctx;
	auto_json json_t *set = NULL, *crt = NULL;
	int rc = keys_jwks(c->em, &set, e);
	ck_assert_int_eq(set == NULL, rc != 0);
	if (rc)
		return rc;
	rc = keys_certificates(c->em, &crt, e);
	ck_assert_int_eq(crt == NULL, rc != 0);
	return rc;
}

static int make_one(void *ctx, struct err *e) {
	struct core *c = ctx;
	const struct key *k = NULL;
	int rc = keys_signing(c->em, &k, e);
	ck_assert_int_eq(k == NULL, rc != 0);
	ck_assert_uint_eq(c->em->keys.len, rc ? 0 : 1);
	return rc;
}

START_TEST(out_of_memory) {
	struct core c;
	core_open(&c, NULL);
	ck_assert_int_gt(unit_nomem(make_one, &c), 2);
	ck_assert_int_gt(unit_nomem(publish_both, &c), 8);
	core_close(&c);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("keys");
	unit_add(s, made_when_wanted);
	unit_add(s, rotated);
	unit_add(s, not_rotated);
	unit_add(s, kept_in_a_file);
	unit_add(s, a_transaction_that_is_taken_back);
	unit_add(s, a_file_that_was_tampered_with);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
