/* SPDX-License-Identifier: MIT */
/* What those have in common that give out tokens. */
#ifndef TRAINCTL_EMULATOR_GRANT_H
#define TRAINCTL_EMULATOR_GRANT_H

#include "emulator/api/oauth.h"
#include "emulator/api/scopes.h"
#include "emulator/core/accounts.h"

/* The OAuth client in the credentials of people who are registered here. */
#define GRANT_CLIENT_ID "train-emulator.apps.googleusercontent.com"
#define GRANT_CLIENT_SECRET "train-emulator"

/* The real clock: those who use tokens have one. */
int64_t grant_now_us(void);
/* The member expires_in of a token that is good for so long. */
int64_t grant_expires_in(int64_t left_s);
/* As tokens_make; ST_OK or the refusal. */
int grant_make(struct call *c, const struct token_ask *a, char **ret,
	int64_t *ret_left_s);
/* Answers with an access token (RFC 6749, section 5.1). */
int grant_answer(struct call *c, const char *token, int64_t left_s);
/* For whom the request to an OAuth endpoint says it is, or its path: what
 * faults choose by. The caller frees it (mem_free); NULL: no memory. */
char *grant_account(struct call *c);

#endif
