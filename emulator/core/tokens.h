/* SPDX-License-Identifier: MIT */
/* The tokens that a service attaches to what it sends for a service account:
 * OIDC ID tokens, and access tokens that say of themselves what they are for.
 * All are signed by the emulator's key, and good for an hour of real time, also
 * on a virtual clock: those who verify them have a real one. Source: facts
 * auth.md section 9. */
#ifndef TRAINCTL_EMULATOR_TOKENS_H
#define TRAINCTL_EMULATOR_TOKENS_H

#include "emulator/core/keys.h"

#define TOKENS_MAX 128		    /* kept to be sent again */
#define TOKENS_TEXT_MAX 4096	    /* a longer one is not kept */
#define TOKENS_FRESH_S INT64_C(600) /* then it is made anew */
#define TOKEN_LIFE_S INT64_C(3600)

#define TOKEN_SUBJECT_LEN 21

struct tokens {
	struct token {
		char *email, *aim; /* email NULL: empty */
		char *text;
		bool access;
		char key[KEY_ID_LEN + 1];
		int64_t made_s;
	} at[TOKENS_MAX];
	size_t next; /* the one to be replaced */
};

/* Each leaves a token in *ret (mem_free). Returns 0, ERR_IO, ERR_NOMEM or
 * ERR_SYNTAX (as keys_signing). now_us is of the real clock. */
int tokens_id(struct emu *em, const char *email, const char *audience,
	int64_t now_us, char **ret, struct err *e);
int tokens_access(struct emu *em, const char *email, const char *scope,
	int64_t now_us, char **ret, struct err *e);
void tokens_done(struct tokens *t);

/* The number of the account, the same for the same e-mail address: as long as
 * Google's are. Returns 0 or ERR_IO. */
int token_subject(const char *email, char ret[static TOKEN_SUBJECT_LEN + 1],
	struct err *e);

#endif
