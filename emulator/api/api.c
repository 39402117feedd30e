/* SPDX-License-Identifier: MIT */
/* The router: finds the handler, gives it a transaction, and turns its outcome
 * into an answer in Google's form. */
#include "emulator/api/api.h"

#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/zone.h"

#define TYPE_JSON "application/json; charset=UTF-8"

const struct route api_routes[] = {
#define ROUTE(method, pattern, handler, name, queries, flags)                  \
	{method, pattern, handler, name, queries, flags},
#include "emulator/api/routes.def"
#undef ROUTE
};
const size_t api_routes_len = sizeof api_routes / sizeof api_routes[0];

int api_new(struct emu *em, struct loop *l, struct fetch *f, struct api **ret,
	struct err *e) {
	struct api *a = mem_zero(1, sizeof *a);
	if (!a)
		return err_nomem(e);
	a->em = em;
	a->loop = l;
	a->fetch = f;
	int rc = zone_open("America/Los_Angeles", &a->los_angeles, e);
	if (rc) {
		mem_free(a);
		return err_wrap(e, "is the package tzdata installed?");
	}
	outbound_bind(a);
	*ret = a;
	return 0;
}

void api_free(struct api *a) {
	if (!a)
		return;
	pubsub_stop(a);
	zone_close(a->los_angeles);
	mem_free(a);
}

static const struct route *find_route(
	const struct req *r, struct route_params *ret) {
	const char *method = req_method(r), *path = req_path(r);
	for (size_t i = 0; i < api_routes_len; i++)
		if (!strcmp(api_routes[i].method, method) &&
			route_match(api_routes[i].pattern, path, ret))
			return &api_routes[i];
	return NULL;
}

/* Copies the path and ends each parameter in it with a NUL. */
static int take_params(struct call *c, const struct route_params *p) {
	const char *path = req_path(c->req);
	c->path = mem_strdup(path);
	if (!c->path)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->count; i++) {
		char *s = c->path + (p->at[i].p - path);
		s[p->at[i].len] = '\0';
		c->param[i] = s;
	}
	return 0;
}

static void call_free(struct call *c) {
	buf_done(&c->out);
	status_done(&c->st);
	mem_free(c->path);
	mem_free(c);
}

/* What Google's front end answers for a path or method it does not know. */
static void reply_unknown(struct req *r) {
	struct buf b;
	buf_init(&b, 1024);
	(void)buf_adds(&b,
		"<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not "
		"Found)!!1</title>\n<p><b>404.</b> <ins>That's an error.</ins>"
		"\n<p>The requested URL was not found on this server.\n"
		"</html>\n");
	req_reply(r, 404, "text/html; charset=UTF-8", &b);
	buf_done(&b);
}

static void add_google_headers(struct req *r) {
	(void)req_add_header(r, "Vary", "Origin, X-Origin, Referer");
	(void)req_add_header(r, "Cache-Control", "private");
	(void)req_add_header(r, "X-Content-Type-Options", "nosniff");
}

static bool wants_compact(const struct req *r) {
	const char *v = req_query(r, "prettyPrint");
	return v && (!strcmp(v, "false") || !strcmp(v, "0"));
}

/* Sends compact JSON text, indented unless the caller asked otherwise. */
static void reply_json(struct req *r, int http, struct buf *compact) {
	add_google_headers(r);
	if (wants_compact(r)) {
		req_reply(r, http, TYPE_JSON, compact);
		return;
	}
	struct buf pretty;
	buf_init(&pretty, API_ANSWER_MAX);
	if (compact->failed)
		pretty.failed = compact->failed;
	else
		(void)jsn_pretty(compact->p ? compact->p : "{}",
			compact->p ? compact->len : 2, &pretty);
	req_reply(r, http, TYPE_JSON, &pretty);
	buf_done(&pretty);
}

static void reply_status(struct req *r, const struct status *st) {
	auto_json json_t *j = status_json(st);
	auto_free char *text = j ? jsn_compact(j) : NULL;
	struct buf b;
	buf_init(&b, API_ANSWER_MAX);
	if (text)
		(void)buf_adds(&b, text);
	else
		b.failed = ERR_NOMEM;
	reply_json(r, status_http(st), &b);
	buf_done(&b);
}

static void journal_call(const struct call *c, int rc, int http) {
	if (c->route->flags & ROUTE_QUIET)
		return;
	char text[16];
	(void)snprintf(text, sizeof text, "%d", http);
	journal_add(&c->em->journal, emu_now(c->em), "request", "method",
		c->route->method, "path", req_path(c->req), "route",
		c->route->name, "#http", text, "status",
		rc ? status_name((enum status_code)rc) : NULL, NULL);
}

void call_finish(struct call *c, int rc) {
	/* success without a body is the empty message */
	if (!rc && !c->out.len)
		(void)buf_adds(&c->out, "{}");
	int http = rc ? status_http(&c->st) : 200;
	journal_call(c, rc, http);
	if (rc)
		reply_status(c->req, &c->st);
	else
		reply_json(c->req, http, &c->out);
	call_free(c);
}

static int run_handler(struct call *c) {
	if (!(c->route->flags & ROUTE_WRITE))
		return c->route->handle(c);
	struct err e = {0};
	if (store_begin(c->em->store, &e))
		return status_from_err(&c->st, &e);
	int rc = c->route->handle(c);
	if (rc > 0)
		store_rollback(c->em->store);
	else if (store_commit(c->em->store, &e) && rc != API_LATER)
		rc = status_from_err(&c->st, &e);
	return rc;
}

/* The standard query parameters of every method, facts ml-jobs.md section 1. */
static const char standard_queries[] =
	" $.xgafv $alt $fields $key $prettyPrint access_token alt callback "
	"fields key oauth_token pp prettyPrint quotaUser trace uploadType "
	"upload_protocol userIp ";

static bool in_words(const char *words, const char *name) {
	size_t n = strlen(name);
	if (!n || strchr(name, ' '))
		return false;
	for (const char *at = words; (at = strstr(at, name)); at++)
		if (at > words && at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}

static void check_query(void *ctx, const char *name, const char *value) {
	(void)value;
	struct call *c = ctx;
	auto_free char *camel = proto_camel(name);
	if (in_words(standard_queries, name) ||
		in_words(c->route->queries, name) ||
		(camel && in_words(c->route->queries, camel)))
		return;
	status_violation(&c->st, NULL,
		"Invalid JSON payload received. Unknown name \"%.200s\": "
		"Cannot bind query parameter. Field '%.200s' could not be "
		"found in request message.",
		name, name);
}

void api_handle(void *ctx, struct req *r) {
	struct api *a = ctx;
	struct route_params p;
	const struct route *route = find_route(r, &p);
	if (!route) {
		reply_unknown(r);
		return;
	}
	struct call *c = mem_zero(1, sizeof *c);
	if (c) {
		*c = (struct call){
			.api = a, .em = a->em, .req = r, .route = route};
		buf_init(&c->out, API_ANSWER_MAX);
	}
	if (!c || take_params(c, &p)) {
		mem_free(c);
		req_reply(r, 500, NULL, NULL);
		return;
	}
	req_each_query(r, check_query, c);
	int rc = (int)c->st.code;
	if (!rc)
		rc = run_handler(c);
	if (rc != API_LATER)
		call_finish(c, rc);
}

void api_too_big(void *ctx, struct req *r) {
	(void)ctx;
	auto_status struct status st = STATUS_INIT;
	/* text and code: facts pubsub.md section 5 */
	status_set(&st, ST_INVALID_ARGUMENT,
		"Request payload size exceeds the limit: %u bytes.",
		API_BODY_MAX);
	reply_status(r, &st);
}

int call_body(struct call *c, const struct proto_message *m, const char *root,
	json_t **ret) {
	size_t len;
	const char *p = req_body(c->req, &len);
	return proto_parse(m, p, len, root, ret, &c->st);
}

const char *call_query(const struct call *c, const char *name) {
	char snake[64];
	const char *v = req_query(c->req, name);
	proto_snake(name, snake, sizeof snake);
	return v ? v : req_query(c->req, snake);
}

int call_not_emulated(struct call *c, const char *what) {
	return status_set(&c->st, ST_UNIMPLEMENTED,
		"%s is not emulated yet by train-emulator.", what);
}

int api_not_emulated(struct call *c) {
	return call_not_emulated(c, c->route->name);
}
