/* SPDX-License-Identifier: MIT */
/* The accounts that were registered with the emulator: service accounts by
 * their keys, people by their refresh tokens. They are state like the
 * resources: a reset forgets them. Whether it matters that somebody is not
 * registered is for the caller to say. */
#ifndef TRAINCTL_EMULATOR_ACCOUNTS_H
#define TRAINCTL_EMULATOR_ACCOUNTS_H

#include <jansson.h>

#include "common/jwt.h"
#include "emulator/core/emu.h"

#define ACCOUNTS_MAX 1000
#define ACCOUNT_EMAIL_MAX 200
#define ACCOUNT_REFRESH_LEN 40 /* hexadecimal digits after "1//" */

/* Whether an address can be an account's. */
bool account_email_ok(const char *email);
/* The project that a service account's address names, `other` if it names none
 * (mem_free). NULL when memory ran out. */
#define ACCOUNT_DOMAIN ".iam.gserviceaccount.com" /* after the project */
char *account_project(const char *email, const char *other);

/* Adds a key to a service account. `id` is its name, or NULL for one of its
 * own; *ret_id (mem_free) is the name that it has. Inside a transaction, as all
 * that change something. Returns 0, ERR_TOOBIG (there are ACCOUNTS_MAX keys and
 * people), ERR_IO or ERR_NOMEM. */
int accounts_add_key(struct emu *em, const char *email, const struct rsa *key,
	const char *id, char **ret_id, struct err *e);
/* Adds a refresh token, *ret (mem_free), to a person. The same outcomes. */
int accounts_add_user(
	struct emu *em, const char *email, char **ret, struct err *e);
/* Forgets an account. False: there was none. */
bool accounts_drop(struct emu *em, const char *email);

/* [{"email":...,"keyId":...}, {"email":...,"refreshToken":true}]: what is known
 * of all. NULL when memory ran out. */
json_t *accounts_list(struct emu *em);
bool accounts_known(struct emu *em, const char *email);
/* Whose refresh token that is (mem_free). Returns 0, ERR_NOTFOUND or
 * ERR_NOMEM. */
int accounts_of_user(
	struct emu *em, const char *token, char **ret, struct err *e);

/* Whether a service account has signed this: with a key of its own, or with the
 * one that is kept for it (managed.h). Returns 0, ERR_STATE (it has
 * not), ERR_NOTFOUND (it is not registered) or what keys_find does. */
int accounts_verify(
	struct emu *em, const char *email, const struct jwt *t, struct err *e);
/* Adds the account's certificates to an object, by the names of the keys.
 * Returns 0, ERR_IO, ERR_SYNTAX or ERR_NOMEM. */
int accounts_certificates(
	struct emu *em, const char *email, json_t *into, struct err *e);

#endif
