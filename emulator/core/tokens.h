/* SPDX-License-Identifier: MIT */
/* The tokens that are given out for an account or attached to what a service
 * sends for one: OIDC ID tokens, and access tokens that say of themselves what
 * they are for. All are signed by the emulator's key, and good for an hour of
 * real time, also on a virtual clock: those who verify them have a real one.
 * Source: facts auth.md section 9. */
#ifndef TRAINCTL_EMULATOR_TOKENS_H
#define TRAINCTL_EMULATOR_TOKENS_H

#include "common/jwt.h"
#include "emulator/core/keys.h"

#define TOKENS_MAX 128		    /* kept to be sent again */
#define TOKENS_TEXT_MAX 4096	    /* a longer one is not kept */
#define TOKENS_FRESH_S INT64_C(600) /* then it is made anew */
#define TOKEN_LIFE_S INT64_C(3600)
#define TOKEN_LIFE_MAX_S INT64_C(43200)
#define TOKEN_SKEW_MAX_S INT64_C(864000000)
#define TOKEN_ACCESS "ya29." /* what an access token begins with */

#define TOKEN_SUBJECT_LEN 21

struct tokens {
	struct token {
		char *email, *aim; /* email NULL: empty */
		char *text;
		bool access;
		char key[KEY_ID_LEN + 1];
		int64_t made_s;
	} at[TOKENS_MAX];
	size_t next;	/* the one to be replaced */
	int64_t life_s; /* what tests want instead of the hour; 0: nothing */
	int64_t skew_s; /* by which the clock that signs is off */
};

/* What a token is to be like. */
struct token_ask {
	const char *email, *aim; /* for whom; the audience, or the scopes */
	bool access;
	bool anew;	    /* not one that was signed before */
	bool nameless;	    /* an ID token that does not tell the address */
	int64_t life_s;	    /* 0: as long as usual */
	const json_t *more; /* claims beside the usual ones, or NULL */
};

/* Each leaves a token in *ret (mem_free). Returns 0, ERR_IO, ERR_NOMEM or
 * ERR_SYNTAX (as keys_signing). now_us is of the real clock. */
int tokens_id(struct emu *em, const char *email, const char *audience,
	int64_t now_us, char **ret, struct err *e);
int tokens_access(struct emu *em, const char *email, const char *scope,
	int64_t now_us, char **ret, struct err *e);
/* The same, and how long it is good. */
int tokens_make(struct emu *em, const struct token_ask *a, int64_t now_us,
	char **ret, int64_t *ret_left_s, struct err *e);
/* Reads an access token, or another token, that was given out here; when its
 * time is over is for the caller to see. ret is to be done with either way.
 * Returns 0, ERR_STATE (it was not given out here) or what keys_find does. */
int tokens_read(struct emu *em, bool access, const char *text, struct jwt *ret,
	struct err *e);
/* How the next ones are: see struct tokens. */
void tokens_ways(struct emu *em, int64_t life_s, int64_t skew_s);
void tokens_done(struct tokens *t);

/* The number of the account, the same for the same e-mail address: as long as
 * Google's are. Returns 0 or ERR_IO. */
int token_subject(const char *email, char ret[static TOKEN_SUBJECT_LEN + 1],
	struct err *e);

#endif
