/* SPDX-License-Identifier: MIT */
/* Keys are looked at when a push needs them, so an idle service asks nobody:
 * it may have no processor time then (Cloud Run). Near the end of their time
 * they are renewed while pushes go on with them; after it a push waits. */
#include "client/uniquifier/jwks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/log.h"
#include "common/mem.h"

struct jwks {
	struct jwks_config cfg;
	char *agent;
	struct keyset *set;	    /* NULL before the first */
	int64_t fetched_us, age_us; /* of the set */
	int64_t failed_us;	    /* the last failure, if problem is set */
	char problem[ERR_MSG_MAX + 256]; /* "" after a success */
	int64_t allowed, allowed_us; /* fetches for unknown keys, and since */
	void *handle;		     /* of the fetch under way, or NULL */
	struct jwks_wait *waiting;
	unsigned waiters;
	unsigned long good, bad;
};

static int64_t now(const struct jwks *k) {
	return clock_now_us(k->cfg.clock);
}

int jwks_new(const struct jwks_config *cfg, struct jwks **ret, struct err *e) {
	struct jwks *k = mem_zero(1, sizeof *k);
	char *agent = k ? mem_printf("User-Agent: %s", cfg->agent) : NULL;
	if (!agent) {
		mem_free(k);
		return err_nomem(e);
	}
	k->cfg = *cfg;
	k->agent = agent;
	k->allowed = JWKS_UNKNOWN_MAX;
	k->allowed_us = now(k);
	(void)snprintf(k->problem, sizeof k->problem,
		"the keys have not been fetched yet");
	k->failed_us = now(k) - JWKS_REST_US;
	*ret = k;
	return 0;
}

static void wake_all(struct jwks *k) {
	struct jwks_wait *w = TAKE(k->waiting);
	k->waiters = 0;
	while (w) {
		struct jwks_wait *next = w->next; /* w may be gone then */
		w->ready(w->ctx);
		w = next;
	}
}

void jwks_free(struct jwks *k) {
	if (!k)
		return;
	if (k->handle)
		k->cfg.transport->cancel(k->cfg.transport->ctx, k->handle);
	wake_all(k);
	keyset_free(k->set);
	mem_free(k->agent);
	mem_free(k);
}

const struct keyset *jwks_set(struct jwks *k) {
	if (k->set && now(k) - k->fetched_us > k->age_us + JWKS_STALE_US) {
		keyset_free(k->set);
		k->set = NULL;
	}
	return k->set;
}

const char *jwks_problem(const struct jwks *k) {
	return k->problem;
}

unsigned long jwks_fetched(const struct jwks *k) {
	return k->good;
}

unsigned long jwks_failed(const struct jwks *k) {
	return k->bad;
}

static bool is_directive(const char *s, const char *name) {
	size_t n = strlen(name);
	return strncasecmp(s, name, n) == 0 && strchr(" ,=", s[n]);
}

int64_t jwks_age(const char *cache_control) {
	int64_t age = JWKS_AGE_US;
	for (const char *s = cache_control; *s; s += *s == ',') {
		s += strspn(s, " \t");
		if (is_directive(s, "no-store") || is_directive(s, "no-cache"))
			return JWKS_AGE_MIN_US;
		if (is_directive(s, "max-age") && s[7] == '=') {
			long long v = strtoll(s + 8, NULL, 10);
			age = v < 0 ? 0
			      : v < JWKS_AGE_MAX_US / US_PER_S
				      ? v * US_PER_S
				      : JWKS_AGE_MAX_US;
		}
		s += strcspn(s, ",");
	}
	return age < JWKS_AGE_MIN_US ? JWKS_AGE_MIN_US : age;
}

static void take(struct jwks *k, struct keyset *set, const char *cached) {
	keyset_free(k->set);
	k->set = set;
	k->fetched_us = now(k);
	k->age_us = jwks_age(cached);
	k->problem[0] = '\0';
	k->good++;
	log_line(LOG_INFO, "%zu keys from %s, good for %lld s", keyset_len(set),
		k->cfg.url, (long long)(k->age_us / US_PER_S));
}

static void failed(struct jwks *k, const struct err *e) {
	(void)snprintf(k->problem, sizeof k->problem, "%.200s: %s", k->cfg.url,
		e->msg);
	err_one_line(k->problem);
	k->failed_us = now(k);
	k->bad++;
	log_line(LOG_WARNING, "no keys from %s%s", k->problem,
		jwks_set(k) ? "; the old ones are used" : "");
}

static void on_answer(
	void *ctx, const struct fetch_res *res, const struct err *why) {
	struct jwks *k = ctx;
	struct keyset *set = NULL;
	struct err e = {0};
	k->handle = NULL;
	if (!res)
		e = *why;
	else if (res->status != 200)
		(void)err_set(&e, ERR_HTTP, "HTTP status %d", res->status);
	else
		(void)keyset_parse(res->body, res->body_len, &set, &e);
	if (set)
		take(k, set, res->kept);
	else
		failed(k, &e);
	wake_all(k);
}

/* Begins a fetch unless one is under way. */
static bool begin(struct jwks *k) {
	if (k->handle)
		return true;
	const char *const headers[] = {
		"Accept: application/json", k->agent, NULL};
	const struct fetch_req rq = {.method = "GET",
		.url = k->cfg.url,
		.headers = headers,
		.timeout_us = JWKS_TIMEOUT_US,
		.answer_max = JWKS_BODY_MAX,
		.keep = "Cache-Control"};
	struct err e = {0};
	if (k->cfg.transport->start(k->cfg.transport->ctx, &rq, on_answer, k,
		    &k->handle, &e) == 0)
		return true;
	failed(k, &e);
	return false;
}

static bool wait_for(struct jwks *k, struct jwks_wait *w) {
	if (!w)
		return false;
	w->next = k->waiting;
	k->waiting = w;
	k->waiters++;
	return true;
}

bool jwks_renew(struct jwks *k, struct jwks_wait *w) {
	int64_t at = now(k);
	int64_t age = jwks_set(k) ? at - k->fetched_us : INT64_MAX;
	if (k->set && age < k->age_us - k->age_us / 8)
		return false;
	bool resting = k->problem[0] && at - k->failed_us < JWKS_REST_US;
	if (!k->handle && (resting || !begin(k)))
		return false;
	if (jwks_set(k) && (k->problem[0] || k->waiters > k->cfg.waiters_max))
		return false; /* the old ones do */
	return age >= k->age_us && wait_for(k, w);
}

bool jwks_miss(struct jwks *k, struct jwks_wait *w) {
	int64_t more = (now(k) - k->allowed_us) / JWKS_UNKNOWN_US;
	k->allowed += more;
	k->allowed_us += more * JWKS_UNKNOWN_US;
	if (k->allowed > JWKS_UNKNOWN_MAX)
		k->allowed = JWKS_UNKNOWN_MAX;
	if (!k->handle && k->allowed == 0)
		return false;
	if (!k->handle && begin(k))
		k->allowed--;
	return k->handle && wait_for(k, w);
}
