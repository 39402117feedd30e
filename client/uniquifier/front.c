/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/front.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/uniquifier/answer.h"
#include "client/uniquifier/trace.h"
#include "common/jsn.h"
#include "common/log.h"
#include "common/mem.h"

/* A push at the door; it is let in, or answered, or waits for keys. */
struct visit {
	struct front *front;
	struct req *req;
	const char *token;    /* in the request */
	bool renewed, missed; /* it has waited for that already */
	struct jwks_wait wait;
};

/* How each is answered. Who did not show a good token is told nothing. */
static const struct {
	int http;
	const char *reason; /* in the answer */
} ways[AWAY_COUNT] = {
	[AWAY_UNAUTHENTICATED] = {401, NULL},
	[AWAY_FORBIDDEN] = {403, NULL},
	[AWAY_NO_KEYS] = {503, "not now"},
	[AWAY_BUSY] = {429, "too many at once"},
	[AWAY_TOO_BIG] = {413, NULL},
	[AWAY_STOPPING] = {503, "stopping"},
	[AWAY_NO_MEMORY] = {503, "out of memory"},
};

static bool is_later(int http) {
	return http == 429 || http == 503;
}

/* Says no to a push. `why` is for the log. */
static void turn_away(struct front *f, struct req *r, enum metrics_away way,
	const char *why, const char *reason) {
	int http = ways[way].http;
	const char *outcome = is_later(http) ? "later" : "refused";
	json_t *fields = json_pack("{s:s, s:i, s:o}", "outcome", outcome,
		"httpStatus", http, "reason", jsn_string(why));
	metrics_away(f->service->metrics, way);
	log_fields(http == 413 ? LOG_ERROR : LOG_WARNING,
		trace_add(fields, r, f->service->project), "%s: %s", outcome,
		why);
	if (http == 401) /* RFC 9110, section 15.5.2 */
		(void)req_add_header(r, "WWW-Authenticate", "Bearer");
	if (is_later(http))
		(void)req_add_header(r, "Retry-After", "1");
	answer(r, http, outcome, NULL, reason ? reason : ways[way].reason);
}

static void send_away(struct visit *v, enum metrics_away way, const char *why) {
	turn_away(v->front, v->req, way, why, NULL);
	mem_free(v);
}

static void let_in(struct visit *v) {
	service_take(v->front->service, v->req);
	mem_free(v);
}

/* The keys by which v can be judged now. NULL: it waits, or was sent away. */
static const struct keyset *keys_for(struct visit *v) {
	struct front *f = v->front;
	if (!v->renewed) {
		v->renewed = true;
		if (jwks_renew(f->keys, &v->wait)) {
			f->waiting++;
			return NULL;
		}
	}
	const struct keyset *set = jwks_set(f->keys);
	if (!set) {
		char why[ERR_MSG_MAX + 320];
		(void)snprintf(why, sizeof why,
			"the token cannot be verified: %s",
			jwks_problem(f->keys));
		send_away(v, AWAY_NO_KEYS, why);
	}
	return set;
}

/* True when v waits for other keys, and will be judged again. Anybody can name
 * a key that nobody knows, so these may not take all the places there are. */
static bool wait_for_keys(struct visit *v) {
	struct front *f = v->front;
	if (v->missed || f->unknown > f->in_flight_max / JWKS_SHARE)
		return false;
	v->missed = true;
	if (!jwks_miss(f->keys, &v->wait))
		return false;
	f->waiting++;
	f->unknown++;
	return true;
}

static void judge(struct visit *v) {
	if (v->front->stopping) {
		send_away(v, AWAY_STOPPING, "stopping");
		return;
	}
	const struct keyset *set = keys_for(v);
	if (!set)
		return;
	struct err e;
	enum verify_verdict verdict = verified_token(&v->front->verified,
		v->token, set, jwks_fetched(v->front->keys),
		clock_now_us(&clock_real) / US_PER_S, &e);
	char why[ERR_MSG_MAX + 64];
	(void)snprintf(why, sizeof why, "the token is refused: %s", e.msg);
	switch (verdict) {
	case VERIFY_GOOD:
		let_in(v);
		return;
	case VERIFY_UNKNOWN:
		if (!wait_for_keys(v))
			send_away(v, AWAY_UNAUTHENTICATED, why);
		return;
	case VERIFY_BAD:
		send_away(v, AWAY_UNAUTHENTICATED, why);
		return;
	case VERIFY_FOREIGN:
		send_away(v, AWAY_FORBIDDEN, why);
		return;
	case VERIFY_UNSURE:
		send_away(v, AWAY_NO_MEMORY, why);
		return;
	}
}

static void on_keys(void *ctx) {
	struct visit *v = ctx;
	v->front->waiting--;
	if (v->missed)
		v->front->unknown--;
	judge(v);
}

struct authorization {
	const char *value;
	int count;
};

static void on_header(void *ctx, const char *name, const char *value) {
	struct authorization *a = ctx;
	if (strcasecmp(name, "Authorization") != 0)
		return;
	a->value = value;
	a->count++;
}

/* A proxy on the way may look at another one of two headers than we do. */
static const char *token_of(struct req *r, const char **ret_why) {
	struct authorization a = {NULL, 0};
	req_each_header(r, on_header, &a);
	const char *token = a.count == 1 ? verify_bearer(a.value) : NULL;
	*ret_why = a.count == 0	 ? "no Authorization header"
		   : a.count > 1 ? "more than one Authorization header"
				 : "the Authorization is not a Bearer's";
	return token;
}

unsigned front_in_flight(const struct front *f) {
	return f->waiting + f->service->in_hand + pull_in_hand(f->pull);
}

static void take_push(struct front *f, struct req *r) {
	const char *why, *token;
	struct visit *v;
	if (f->stopping)
		turn_away(f, r, AWAY_STOPPING, "stopping", NULL);
	else if (front_in_flight(f) >= f->in_flight_max)
		turn_away(f, r, AWAY_BUSY, "as many pushes as may be at once",
			NULL);
	else if (!f->keys)
		service_take(f->service, r);
	else if (!(token = token_of(r, &why)))
		turn_away(f, r, AWAY_UNAUTHENTICATED, why, NULL);
	else if (!(v = mem_zero(1, sizeof *v)))
		turn_away(f, r, AWAY_NO_MEMORY, "out of memory", NULL);
	else {
		*v = (struct visit){.front = f, .req = r, .token = token};
		v->wait = (struct jwks_wait){.ready = on_keys, .ctx = v};
		judge(v);
	}
}

/* What anybody may know of why pushes cannot be taken, and what only the log
 * may: files, addresses, what servers said. */
struct unready {
	const char *what, *why;
};

/* Whether pushes can be taken; if not, *ret. Being asked leads to another try
 * to get what is missing. */
static bool is_ready(
	struct front *f, struct train_tokens *ret_tokens, struct unready *ret) {
	train_tokens(f->service->runner->train, ret_tokens);
	*ret = f->stopping ? (struct unready){"stopping", NULL}
			   : (struct unready){
				     "no credentials", ret_tokens->problem};
	if (f->stopping || !ret_tokens->ready || !f->keys)
		return !f->stopping && ret_tokens->ready;
	(void)jwks_renew(f->keys, NULL);
	*ret = (struct unready){"no keys", jwks_problem(f->keys)};
	return jwks_set(f->keys) != NULL;
}

static void answer_ready(struct front *f, struct req *r) {
	struct unready no;
	struct train_tokens tokens;
	if (is_ready(f, &tokens, &no)) {
		answer(r, 200, "ready", NULL, NULL);
		return;
	}
	if (no.why)
		log_line(LOG_WARNING, "not ready: %s", no.why);
	answer(r, 503, "not ready", NULL, no.what);
}

static void answer_metrics(struct front *f, struct req *r) {
	struct unready why;
	struct train_tokens tokens;
	bool ready = is_ready(f, &tokens, &why);
	const struct metrics_now now = {.in_flight = front_in_flight(f),
		.in_flight_max = f->in_flight_max,
		.ready = ready,
		.tokens_fetched = tokens.fetched,
		.tokens_failed = tokens.failed,
		.keys_fetched = f->keys ? jwks_fetched(f->keys) : 0,
		.keys_failed = f->keys ? jwks_failed(f->keys) : 0,
		.started_us = f->started_us,
		.version = f->version};
	auto_buf struct buf b;
	buf_init(&b, METRICS_TEXT_MAX);
	(void)metrics_text(f->service->metrics, &now, &b);
	req_reply(r, 200, METRICS_TYPE, &b);
}

static void answer_health(struct front *f, struct req *r) {
	(void)f;
	answer(r, 200, "ok", NULL, NULL);
}

/* A request that is no push: logged at debug level, for anyone may send it. */
static void no_such(struct req *r, int http, const char *allow) {
	log_line(LOG_DEBUG, "%s %s answered %d", req_method(r), req_path(r),
		http);
	if (allow)
		(void)req_add_header(r, "Allow", allow);
	answer(r, http, "refused", NULL,
		allow ? "method not allowed" : "no such path");
}

void front_handle(void *ctx, struct req *r) {
	static const struct {
		const char *path;
		void (*answer)(struct front *f, struct req *r);
	} pages[] = {{"/healthz", answer_health}, {"/readyz", answer_ready},
		{"/metrics", answer_metrics}};
	struct front *f = ctx;
	const char *path = req_path(r), *method = req_method(r);
	bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	if (strcmp(path, "/") == 0 && !f->pull) {
		if (strcmp(method, "POST") == 0)
			take_push(f, r);
		else
			no_such(r, 405, "POST");
		return;
	}
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
		if (strcmp(path, pages[i].path) != 0)
			continue;
		if (get)
			pages[i].answer(f, r);
		else
			no_such(r, 405, "GET, HEAD");
		return;
	}
	no_such(r, 404, NULL);
}

void front_too_big(void *ctx, struct req *r) {
	struct front *f = ctx;
	char reason[64];
	if (req_crowded(r)) {
		turn_away(f, r, AWAY_BUSY, "too many bytes at once", NULL);
		return;
	}
	(void)snprintf(reason, sizeof reason, "request body over %zu bytes",
		f->service->body_max);
	turn_away(f, r, AWAY_TOO_BIG, reason, reason);
}
