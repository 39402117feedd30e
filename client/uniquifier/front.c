/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/front.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/uniquifier/answer.h"
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

/* Says no to a push. `why` is for the log; the sender is told `reason`, or
 * nothing (NULL). */
static void turn_away(
	struct req *r, int http, const char *why, const char *reason) {
	bool later = http >= 500;
	const char *outcome = later ? "later" : "refused";
	log_fields(http == 413 ? LOG_ERROR : LOG_WARNING,
		json_pack("{s:s, s:i, s:s}", "outcome", outcome, "httpStatus",
			http, "reason", why),
		"%s: %s", outcome, why);
	if (http == 401) /* RFC 9110, section 15.5.2 */
		(void)req_add_header(r, "WWW-Authenticate", "Bearer");
	answer(r, http, outcome, NULL, reason);
}

static void let_in(struct visit *v) {
	service_take(v->front->service, v->req);
	mem_free(v);
}

static void send_away(struct visit *v, int http, const char *why) {
	turn_away(v->req, http, why, http == 503 ? "not now" : NULL);
	mem_free(v);
}

/* True when v waits for other keys, and will be judged again. */
static bool wait_for_keys(struct visit *v, enum verify_verdict verdict) {
	if (verdict != VERIFY_UNKNOWN || v->missed)
		return false;
	v->missed = true;
	return jwks_miss(v->front->keys, &v->wait);
}

static void judge(void *ctx) {
	struct visit *v = ctx;
	struct front *f = v->front;
	if (f->stopping) {
		send_away(v, 503, "stopping");
		return;
	}
	if (!v->renewed) {
		v->renewed = true;
		if (jwks_renew(f->keys, &v->wait))
			return;
	}
	const struct keyset *set = jwks_set(f->keys);
	char text[ERR_MSG_MAX + 64];
	if (!set) {
		(void)snprintf(text, sizeof text,
			"the token cannot be verified: %s",
			jwks_problem(f->keys));
		send_away(v, 503, text);
		return;
	}
	struct err why;
	enum verify_verdict verdict = verify_token(v->token, set, &f->want,
		clock_now_us(&clock_real) / US_PER_S, &why);
	if (wait_for_keys(v, verdict))
		return;
	(void)snprintf(text, sizeof text, "the token is refused: %s", why.msg);
	switch (verdict) {
	case VERIFY_GOOD:
		let_in(v);
		return;
	case VERIFY_BAD:
	case VERIFY_UNKNOWN:
		send_away(v, 401, text);
		return;
	case VERIFY_FOREIGN:
		send_away(v, 403, text);
		return;
	case VERIFY_UNSURE:
		send_away(v, 503, text);
		return;
	}
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

static void take_push(struct front *f, struct req *r) {
	const char *why;
	if (f->stopping) {
		turn_away(r, 503, "stopping", "stopping");
		return;
	}
	if (!f->keys) {
		service_take(f->service, r);
		return;
	}
	const char *token = token_of(r, &why);
	if (!token) {
		turn_away(r, 401, why, NULL);
		return;
	}
	struct visit *v = mem_zero(1, sizeof *v);
	if (!v) {
		turn_away(r, 503, "out of memory", "out of memory");
		return;
	}
	*v = (struct visit){.front = f, .req = r, .token = token};
	v->wait = (struct jwks_wait){.ready = judge, .ctx = v};
	judge(v);
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
	struct front *f = ctx;
	const char *path = req_path(r), *method = req_method(r);
	bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	if (strcmp(path, "/") == 0) {
		if (strcmp(method, "POST") == 0)
			take_push(f, r);
		else
			no_such(r, 405, "POST");
	} else if (strcmp(path, "/healthz") != 0) {
		no_such(r, 404, NULL);
	} else if (get) {
		answer(r, 200, "ok", NULL, NULL);
	} else {
		no_such(r, 405, "GET, HEAD");
	}
}

void front_too_big(void *ctx, struct req *r) {
	const struct front *f = ctx;
	char reason[64];
	(void)snprintf(reason, sizeof reason, "request body over %zu bytes",
		f->service->body_max);
	turn_away(r, 413, reason, reason);
}
