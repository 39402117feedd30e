/* SPDX-License-Identifier: MIT */
/* Inside libtrain: Google's Application Default Credentials. Where they come
 * from (cred_find.c, cred_file.c), what is asked of whom for a token and what
 * comes back (cred_ask.c, cred_answer.c), and the token that is kept
 * (cred_cache.c); of the metadata server also the project (cred_metadata.c). No
 * message holds a secret. */
#ifndef TRAINCTL_CLIENT_CRED_H
#define TRAINCTL_CLIENT_CRED_H

#include "client/lib/train_int.h"
#include "common/rsa.h"

#define CRED_SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define CRED_FLAVOR "Metadata-Flavor: Google"
#define CRED_FILE_MAX (256u << 10)
#define CRED_TOKEN_MAX 16384
#define CRED_HEADERS_MAX 8 /* that a file may ask for with its URL */

/* Google's clients begin to renew a token 225 s before its end: the metadata
 * server gives out the same one until less than 300 s of it are left. */
#define CRED_EARLY_US (225 * US_PER_S)
/* A token with less left may end on its way. */
#define CRED_MARGIN_US (10 * US_PER_S)
/* Between two renewals that a 401 asks for, and after one that failed. */
#define CRED_REST_US (10 * US_PER_S)
/* Between two that looks at the state ask for, as probes from anywhere do. */
#define CRED_LOOK_US (1 * US_PER_S)
#define CRED_ANSWER_MAX (64u << 10)
#define CRED_ATTEMPT_US (20 * US_PER_S) /* of one request for a token */
/* The metadata server is next door, or nowhere. */
#define CRED_METADATA_US (3 * US_PER_S)
/* As often it is asked where nobody has said that there is one. */
#define CRED_METADATA_TRIES 3

/* ---- What there is ---- */

enum cred_type {
	CRED_SERVICE_ACCOUNT,
	CRED_USER,
	CRED_EXTERNAL,
	CRED_METADATA
};

/* The strings are borrowed from `root`, but for those that are not const. */
struct cred_source {
	enum cred_type type;
	char *what; /* for messages: "credentials file '/x/key.json'" */
	json_t *root;
	const char *token_url; /* who gives tokens */
	/* CRED_SERVICE_ACCOUNT */
	const char *email, *key_id; /* key_id may be NULL */
	struct rsa *key;
	bool self_signed; /* the only way: not Google's own cloud */
	/* CRED_USER, and CRED_EXTERNAL where they are not NULL */
	const char *client_id, *client_secret, *refresh_token;
	/* CRED_EXTERNAL: who says who we are, a file or a URL */
	const char *audience, *subject_type;
	const char *subject_file, *subject_url;
	const char *subject_field; /* of a JSON answer; NULL: the bare text */
	const json_t *subject_headers; /* or NULL */
	const char *user_project;      /* or NULL */
	/* who is impersonated then; NULL for nobody */
	const char *as_url;
	const json_t *delegates; /* or NULL */
	const char *as_quota;	 /* whose quota that uses, or NULL */
	int64_t lifetime_s;
	/* CRED_METADATA: http://HOST[:PORT] */
	char *metadata_url;
	bool metadata_sure;  /* somebody has said that it is there */
	char *quota_project; /* for x-goog-user-project, or NULL */
	char *project;	     /* as far as the files know it, or NULL */
	bool local;	     /* nobody but this machine is asked */
};
void cred_source_free(struct cred_source *s); /* NULL is a no-op */

/* ---- cred_file.c ---- */

/* The credentials in a file, by its `type`. *ret_open, when others may read the
 * file. Returns 0, ERR_IO, ERR_NOTFOUND, ERR_TOOBIG, ERR_JSON, ERR_SHAPE or
 * ERR_NOMEM. */
int cred_load(const char *path, struct cred_source **ret, bool *ret_open,
	struct err *e);

/* ---- cred_find.c ---- */

/* Google's order: GOOGLE_APPLICATION_CREDENTIALS, gcloud's file, the metadata
 * server. `google`: some service is Google's own, else only what is meant for
 * an emulator is taken, which is at `emulator` (a URL, or NULL); `tls`: some
 * service is reached by TLS. *ret is NULL when there is none and none is
 * needed; *ret_warning (mem_free) is what a person should know, or NULL.
 * Returns 0, ERR_USAGE (the message lists what each place said) or ERR_NOMEM.
 */
struct cred_wanted {
	bool google, tls;
	const char *emulator;
};
int cred_find(const struct cred_wanted *w, char *(*env)(const char *name),
	struct cred_source **ret, char **ret_warning, struct err *e);

/* ---- cred_ask.c: pure, but for the file of a subject token ---- */

/* The requests on the way to a token, in this order. */
enum cred_step { CRED_SUBJECT, CRED_TOKEN, CRED_IMPERSONATE, CRED_DONE };

struct cred_ask { /* one of them; all is owned */
	const char *method;
	char *url, *body;		    /* body may be NULL */
	char *header[CRED_HEADERS_MAX + 2]; /* ends in NULL */
	bool metadata;
};
void cred_ask_done(struct cred_ask *a);

enum cred_step cred_first(const struct cred_source *s);
enum cred_step cred_next(const struct cred_source *s, enum cred_step step);

/* What is asked in a step. `carried` is what the step before gave: a subject
 * token, or an access token; now_us is wall time. Returns 0, ERR_IO or
 * ERR_NOMEM. */
int cred_ask_make(const struct cred_source *s, enum cred_step step,
	const char *carried, int64_t now_us, struct cred_ask *ret,
	struct err *e);
/* Reads the subject token from its file. Adds ERR_SHAPE. */
int cred_subject_file(const struct cred_source *s, char **ret, struct err *e);
/* A token that the key itself signs for Google's APIs, good for an hour. */
int cred_self_signed(const struct cred_source *s, int64_t now_us, char **ret,
	int64_t *ret_expires_us, struct err *e);

/* ---- cred_answer.c: pure ---- */

/* The token in a success, and its end in wall time. Returns 0, ERR_SHAPE or
 * ERR_NOMEM. */
int cred_answer(const struct cred_source *s, enum cred_step step,
	const struct fetch_res *res, int64_t now_us, char **ret,
	int64_t *ret_expires_us, struct err *e);
/* Why there was none: the message has what the answer said, `carried` and the
 * secrets of the source aside. Returns ERR_NOTSENT if it may work later, for
 * the request that wants the token was not sent; else ERR_IO. */
int cred_refusal(const struct cred_source *s, const char *carried,
	const struct fetch_res *res, struct err *e);
/* How long the answer asks us to wait, by header or RetryInfo; -1: no word. */
int64_t cred_asked_wait(const struct fetch_res *res, int64_t now_us);
/* The subject token in `text`. 0, ERR_SHAPE or ERR_NOMEM. */
int cred_subject(const struct cred_source *s, const char *text, size_t len,
	char **ret, struct err *e);
/* 0, or ERR_SHAPE for what cannot stand in a header. e may be NULL. */
int cred_token_check(const char *token, size_t len, struct err *e);

/* ---- cred_cache.c ---- */

/* One request that waits for a token, embedded in its owner. `ready` is called
 * once, from the loop; `why` is NULL when there is a token now. */
struct cred_wait {
	struct cred_wait *next, **link; /* link is NULL when not waiting */
	void (*ready)(void *ctx, const struct train_error *why);
	void *ctx;
};

struct cred;
/* The client's settings must outlive it. 0 or ERR_NOMEM. */
int cred_new(const struct train_config *cfg, struct cred **ret, struct err *e);
void cred_free(struct cred *c); /* nobody may wait; NULL is a no-op */

/* Whether there is a token to send now: *ret_wait is false then. Else w waits
 * until one was asked for, with all others that wait. A token near its end is
 * renewed meanwhile. Returns 0, ERR_IO, ERR_NOTSENT or ERR_NOMEM. */
int cred_want(
	struct cred *c, struct cred_wait *w, bool *ret_wait, struct err *e);
void cred_forget(struct cred_wait *w); /* also when it does not wait */
/* For train_tokens. */
void cred_state(struct cred *c, struct train_tokens *ret);
/* The Authorization header, of the token that there is. 0 or ERR_NOMEM. */
int cred_auth(const struct cred *c, char **ret, struct err *e);
/* Sends one request for a token. Returns what transport.start returns. */
int cred_send(const struct train_config *cfg, const struct cred_ask *a,
	fetch_done *done, void *ctx, void **ret_handle, struct err *e);
/* A request with that header was answered 401. True if there is, or will be,
 * another token to try. */
bool cred_refused(struct cred *c, const char *auth);

#endif
