/* SPDX-License-Identifier: MIT */
/* The token that all requests share: asked for once however many wait for it,
 * renewed before its end, and kept while it is good if that fails. There are no
 * retries here: a request whose token could not be had is tried again by the
 * policy of call.c, as one that was not sent. */
#include <string.h>

#include "client/lib/cred.h"
#include "common/list.h"
#include "common/mem.h"

struct cred {
	const struct train_config *cfg;
	const struct cred_source *source;
	char *token;	  /* NULL for none */
	int64_t begin_us; /* wall time: when it was asked for, ... */
	int64_t end_us;	  /* ... and when it is good no more */
	bool by_key;	  /* the key signed it, no server gave it */
	bool no_by_key;	  /* such a one was refused */
	/* the request under way */
	void *handle; /* NULL when there is none */
	enum cred_step step;
	char *carried;
	int64_t asked_us;	   /* wall time of the first step */
	struct cred_wait *waiting; /* for its outcome */
	/* when not to ask again; wall time */
	unsigned long had, missed; /* tokens asked for, or signed */
	int64_t rest_us;	   /* after a failure, until then ... */
	struct train_error failed; /* ... this is still the answer */
	int64_t forced_us;	   /* no renewal by a 401 until then */
	int64_t looked_us;	   /* nor one by a look at the state */
	unsigned tries;		   /* of a metadata server never heard of */
};

int cred_new(const struct train_config *cfg, struct cred **ret, struct err *e) {
	struct cred *c = mem_zero(1, sizeof *c);
	if (!c)
		return err_nomem(e);
	c->cfg = cfg;
	c->source = cfg->target->source;
	*ret = c;
	return 0;
}

void cred_free(struct cred *c) {
	if (!c)
		return;
	if (c->handle)
		c->cfg->transport->cancel(c->cfg->transport->ctx, c->handle);
	mem_free(c->carried);
	mem_free(c->token);
	mem_free(c);
}

void cred_forget(struct cred_wait *w) {
	if (!w->link)
		return;
	LIST_DEL(w);
	w->link = NULL;
}

static int64_t now(const struct cred *c) {
	return clock_now_us(c->cfg->clock);
}

/* Whether the token is good for at least that much longer, or for a share of
 * its life when it is a short one. */
static bool good_for(const struct cred *c, int64_t us, int share) {
	if (!c->token)
		return false;
	int64_t part = (c->end_us - c->begin_us) / share;
	return now(c) < c->end_us - (us < part ? us : part);
}

static bool good(const struct cred *c) {
	return c->token && now(c) < c->end_us;
}

static void set_token(
	struct cred *c, char *token, int64_t end_us, bool by_key) {
	mem_free(c->token);
	c->token = token;
	c->begin_us = c->asked_us;
	c->end_us = end_us;
	c->by_key = by_key;
	c->rest_us = 0;
	c->tries = 0;
	c->had++;
}

/* Tells all that wait. A callback may let others wait, for the next one. */
static void wake(struct cred *c, const struct train_error *why) {
	struct cred_wait *all = c->waiting;
	c->waiting = NULL;
	if (all)
		all->link = &all;
	while (all) {
		struct cred_wait *w = all;
		cred_forget(w);
		w->ready(w->ctx, why);
	}
}

/* Gives an error its kind, and says whose it is. */
static void blame(struct cred *c, struct err *e) {
	const struct cred_source *s = c->source;
	bool sent = e->code == ERR_TIMEOUT || e->code == ERR_LOST ||
		    e->code == ERR_TOOBIG;
	if (e->code == ERR_NOMEM || e->code == ERR_STOPPED)
		return;
	/* the request that needs the token has not been sent in any case */
	bool later = sent || e->code == ERR_NOTSENT;
	if (s->type == CRED_METADATA && !s->metadata_sure &&
		++c->tries >= CRED_METADATA_TRIES)
		later = false;
	e->code = later ? ERR_NOTSENT : ERR_IO;
	(void)err_wrap(e, "no credentials: %s", s->what);
}

/* Whether that instant is to come. A wall clock that was put back must not
 * make the wait a long one. */
static bool until(const struct cred *c, int64_t us) {
	int64_t left = us - now(c);
	return left > 0 && left <= CRED_REST_US;
}

/* The end of an attempt without a token; who was asked wants to be left alone
 * for after_us, -1 when nothing was said of that. */
static void fail(struct cred *c, struct err *e, int64_t after_us) {
	blame(c, e);
	mem_free(TAKE(c->carried));
	apierr_local(&c->failed, e);
	c->failed.after_us = after_us;
	c->missed++;
	bool kept = good(c);
	if (kept || e->code == ERR_IO || after_us > CRED_REST_US)
		after_us = CRED_REST_US;
	if (after_us > 0)
		c->rest_us = now(c) + after_us;
	const struct train_error why = c->failed;
	if (kept && c->cfg->warn) {
		(void)err_wrap(e, "the token that there is stays in use");
		c->cfg->warn(e->msg);
	}
	wake(c, kept ? NULL : &why);
}

static int send_step(struct cred *c, struct err *e);

static void on_answer(
	void *ctx, const struct fetch_res *res, const struct err *lost) {
	struct cred *c = ctx;
	struct err e = {0};
	auto_free char *got = NULL;
	int64_t end_us = 0, after_us = -1;
	c->handle = NULL;
	int rc;
	if (!res) {
		e = *lost;
		rc = e.code;
	} else if (res->status != 200) {
		rc = cred_refusal(c->source, c->carried, res, &e);
		after_us = cred_asked_wait(res, now(c));
	} else {
		rc = cred_answer(
			c->source, c->step, res, now(c), &got, &end_us, &e);
	}
	enum cred_step next = cred_next(c->source, c->step);
	if (!rc && next != CRED_DONE) {
		mem_free(c->carried);
		c->carried = TAKE(got);
		c->step = next;
		rc = send_step(c, &e);
		if (!rc)
			return;
	}
	if (rc) {
		if (rc != ERR_NOMEM && c->step != CRED_TOKEN)
			(void)err_wrap(&e, "%s",
				c->step == CRED_SUBJECT ? "subject token"
							: "impersonation");
		fail(c, &e, after_us);
		return;
	}
	mem_free(TAKE(c->carried));
	set_token(c, TAKE(got), end_us, false);
	wake(c, NULL);
}

int cred_send(const struct train_config *cfg, const struct cred_ask *a,
	fetch_done *done, void *ctx, void **ret_handle, struct err *e) {
	auto_free char *agent = mem_printf("User-Agent: %s", cfg->agent);
	const char *headers[CRED_HEADERS_MAX + 4];
	size_t n = 0;
	if (!agent)
		return err_nomem(e);
	headers[n++] = agent;
	if (!a->metadata)
		headers[n++] = "Accept: application/json";
	for (size_t i = 0; a->header[i]; i++)
		headers[n++] = a->header[i];
	headers[n] = NULL;
	const struct fetch_req rq = {.method = a->method,
		.url = a->url,
		.headers = headers,
		.body = a->body,
		.body_len = a->body ? strlen(a->body) : 0,
		.timeout_us = a->metadata ? CRED_METADATA_US : CRED_ATTEMPT_US,
		.answer_max = CRED_ANSWER_MAX,
		.keep = a->metadata ? "Metadata-Flavor" : NULL,
		.direct = a->metadata};
	return cfg->transport->start(
		cfg->transport->ctx, &rq, done, ctx, ret_handle, e);
}

static int send_step(struct cred *c, struct err *e) {
	struct cred_ask ask;
	int rc = cred_ask_make(c->source, c->step, c->carried, now(c), &ask, e);
	if (rc)
		return rc;
	rc = cred_send(c->cfg, &ask, on_answer, c, &c->handle, e);
	cred_ask_done(&ask);
	return rc;
}

/* Google's APIs take what the key signs, which saves a request; others are
 * given what the token server signs. */
static bool may_sign(const struct cred *c) {
	const struct cred_source *s = c->source;
	if (s->type != CRED_SERVICE_ACCOUNT || s->as_url)
		return false;
	return s->self_signed || (c->cfg->target->google && !c->no_by_key);
}

/* Begins to ask for a token, or makes one. */
static int begin(struct cred *c, struct err *e) {
	const struct cred_source *s = c->source;
	c->asked_us = now(c);
	c->step = cred_first(s);
	if (may_sign(c)) {
		char *token;
		int64_t end_us;
		int rc = cred_self_signed(s, c->asked_us, &token, &end_us, e);
		if (!rc)
			set_token(c, token, end_us, true);
		return rc;
	}
	if (c->step == CRED_SUBJECT && s->subject_file) {
		int rc = cred_subject_file(s, &c->carried, e);
		if (rc)
			return rc;
		c->step = CRED_TOKEN;
	}
	int rc = send_step(c, e);
	if (rc)
		mem_free(TAKE(c->carried));
	return rc;
}

/* Renews a token that is good still, if it can. */
static void renew(struct cred *c) {
	struct err e = {0};
	if (c->handle || until(c, c->rest_us))
		return;
	if (begin(c, &e))
		fail(c, &e, -1);
}

int cred_want(
	struct cred *c, struct cred_wait *w, bool *ret_wait, struct err *e) {
	bool usable = good_for(c, CRED_MARGIN_US, 10);
	if (usable && !good_for(c, CRED_EARLY_US, 4))
		renew(c);
	bool rest = until(c, c->rest_us);
	if (usable || (rest && good(c))) {
		*ret_wait = false;
		return 0;
	}
	if (rest) {
		*e = c->failed.err;
		return e->code;
	}
	int rc = c->handle ? 0 : begin(c, e);
	if (rc) {
		/* told to this one alone: nobody else waits yet */
		fail(c, e, -1);
		*ret_wait = false;
		return good(c) ? 0 : e->code;
	}
	*ret_wait = c->handle != NULL;
	if (*ret_wait)
		LIST_ADD(c->waiting, w);
	return 0;
}

void cred_state(struct cred *c, struct train_tokens *ret) {
	if (!good(c) && !until(c, c->looked_us)) {
		c->looked_us = now(c) + CRED_LOOK_US;
		renew(c);
	}
	*ret = (struct train_tokens){.ready = good(c),
		.fetched = c->had,
		.failed = c->missed,
		.problem = good(c)		? ""
			   : c->failed.err.code ? c->failed.err.msg
						: "no token yet"};
}

int cred_auth(const struct cred *c, char **ret, struct err *e) {
	*ret = mem_printf("Authorization: Bearer %s", c->token);
	return *ret ? 0 : err_nomem(e);
}

/* Whether the header has the present token. */
static bool is_present(const struct cred *c, const char *auth) {
	size_t n = strlen(auth), len = c->token ? strlen(c->token) : 0;
	return len && n > len && strcmp(auth + n - len, c->token) == 0 &&
	       auth[n - len - 1] == ' ';
}

bool cred_refused(struct cred *c, const char *auth) {
	if (!is_present(c, auth))
		return true;
	bool sign = c->by_key && !c->no_by_key && !c->source->self_signed;
	if (!sign && until(c, c->forced_us))
		return false;
	if (sign)
		c->no_by_key = true;
	else
		c->forced_us = now(c) + CRED_REST_US;
	mem_free(TAKE(c->token));
	return true;
}
