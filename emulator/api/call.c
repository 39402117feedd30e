/* SPDX-License-Identifier: MIT */
/* One request on its way: its parameters and body, and its answer in Google's
 * form. Which handler it goes to is the router's business. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/api.h"
#include "emulator/api/fields.h"
#include "emulator/api/forms.h"
#include "emulator/api/methods.h"

#define ANSWER_USUAL 1000 /* bytes of most answers */
#define TYPE_JSON "application/json; charset=UTF-8"
#define TYPE_SCRIPT "text/javascript; charset=UTF-8"

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

struct call *call_new(struct api *a, struct req *r, const struct route *route,
	const struct route_params *p) {
	struct call *c = mem_zero(1, sizeof *c);
	if (!c)
		return NULL;
	c->api = a;
	c->em = a->em;
	c->req = r;
	c->route = route;
	buf_init(&c->out, API_ANSWER_MAX);
	buf_reserve(&c->out, ANSWER_USUAL);
	if (take_params(c, p)) {
		buf_done(&c->out);
		mem_free(c);
		return NULL;
	}
	return c;
}

static void call_free(struct call *c) {
	buf_done(&c->out);
	status_done(&c->st);
	if (c->instead)
		status_done(c->instead);
	mem_free(c->instead);
	json_decref(c->chosen);
	mem_free(c->caller);
	mem_free(c->challenge);
	mem_free(c->path);
	mem_free(c);
}

int call_params(struct call *c) {
	int rc = params_read(c->req, c->route->queries, &c->params, &c->st);
	if (rc || !c->params.fields)
		return rc;
	return fields_parse(
		c->params.fields, route_response(c->route), &c->chosen, &c->st);
}

static void add_google_headers(struct req *r, const char *cache) {
	const char *const headers[][2] = {{"Vary", "Origin, X-Origin, Referer"},
		{"Cache-Control", cache ? cache : "private"}, {"Server", "ESF"},
		{"X-XSS-Protection", "0"}, {"X-Frame-Options", "SAMEORIGIN"},
		{"X-Content-Type-Options", "nosniff"}};
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		(void)req_add_header(r, headers[i][0], headers[i][1]);
}

/* Compact JSON text as the caller wants it: indented unless asked otherwise. */
static void add_json(
	struct buf *b, const struct params *p, const struct buf *compact) {
	const char *text = compact->p ? compact->p : "{}";
	size_t len = compact->p ? compact->len : 2;
	buf_reserve(b, len + len / 2);
	if (compact->failed)
		b->failed = compact->failed;
	else if (p->compact)
		(void)buf_add(b, text, len);
	else
		(void)jsn_pretty(text, len, b);
}

/* From memory: the comment, which keeps the text from being anything else. */
static void reply_script(
	struct req *r, const struct params *p, int http, struct buf *compact) {
	struct buf b;
	buf_init(&b, API_ANSWER_MAX);
	(void)buf_addf(&b, "// API callback\n%s(", p->callback);
	add_json(&b, p, compact);
	(void)buf_adds(&b, ");");
	req_reply(r, http, TYPE_SCRIPT, &b);
	buf_done(&b);
}

/* Sends compact JSON text. cache: how long it is good; NULL: for the caller. */
static void reply_json(struct req *r, const struct params *p, int http,
	const char *cache, struct buf *compact) {
	add_google_headers(r, cache);
	if (p->callback) {
		reply_script(r, p, http, compact);
		return;
	}
	if (p->compact) {
		req_reply(r, http, TYPE_JSON, compact);
		return;
	}
	struct buf b;
	buf_init(&b, API_ANSWER_MAX);
	add_json(&b, p, compact);
	req_reply(r, http, TYPE_JSON, &b);
	buf_done(&b);
}

static bool wants_legacy_errors(const struct req *r, const struct params *p) {
	const char *v = req_header(r, "X-GOOG-API-FORMAT-VERSION");
	return p->legacy_errors || (v && !strcmp(v, "1"));
}

static void refuse(
	struct req *r, const struct params *p, const struct status *st) {
	auto_json json_t *j = wants_legacy_errors(r, p) ? status_json_legacy(st)
							: status_json(st);
	struct buf b;
	buf_init(&b, API_ANSWER_MAX);
	(void)jsn_add(&b, j);
	reply_json(r, p, status_http(st), NULL, &b);
	buf_done(&b);
}

void call_refuse(struct req *r, const struct status *st) {
	struct params p;
	auto_status struct status ignored = STATUS_INIT;
	(void)params_read(r, "", &p, &ignored);
	refuse(r, &p, st);
}

/* Leaves in the answer what the caller asked for. */
static void cut_answer(struct call *c) {
	if (!c->chosen || c->out.failed)
		return;
	auto_json json_t *all = jsn_parse(c->out.p, c->out.len, false, NULL);
	auto_json json_t *part = all ? fields_select(c->chosen, all) : NULL;
	buf_clear(&c->out);
	(void)jsn_add(&c->out, part);
}

static void journal_call(const struct call *c, int rc, int http) {
	if (c->route->flags & ROUTE_QUIET)
		return;
	/* an HTTP status has three digits */
	const char text[] = {(char)('0' + http / 100),
		(char)('0' + http / 10 % 10), (char)('0' + http % 10), '\0'};
	journal_add(&c->em->journal, emu_now(c->em), "request", "method",
		c->route->method, "path", req_path(c->req), "route",
		c->route->name, "#http", text, "status",
		rc ? status_name((enum status_code)rc) : NULL, NULL);
}

static bool route_is(const struct route *r, int flags) {
	return (r->flags & flags) == flags;
}

void call_finish(struct call *c, int rc) {
	if (c->instead) {
		status_done(&c->st);
		c->st = *c->instead;
		*c->instead = (struct status)STATUS_INIT;
		rc = (int)c->st.code;
	}
	/* success without a body is the empty message */
	if (!rc && !c->out.len)
		(void)buf_adds(&c->out, "{}");
	int http = rc ? status_http(&c->st) : 200;
	journal_call(c, rc, http);
	if (route_is(c->route, ROUTE_META)) {
		forms_metadata(c, rc);
	} else if (rc && route_is(c->route, ROUTE_OAUTH)) {
		forms_oauth(c);
		reply_json(c->req, &c->params, http, NULL, &c->out);
	} else if (rc) {
		refuse(c->req, &c->params, &c->st);
	} else {
		cut_answer(c);
		reply_json(c->req, &c->params, http, c->cache, &c->out);
	}
	call_free(c);
}

void call_close(struct call *c) {
	/* without memory for that there is an empty answer */
	(void)req_spoil(c->req, REQ_CLOSE, 0, 0);
	req_reply(c->req, 500, NULL, NULL);
	call_free(c);
}

int call_body(struct call *c, const struct proto_message *m, const char *root,
	json_t **ret) {
	size_t len;
	const char *p = req_body(c->req, &len);
	return proto_parse(m, p, len, root, ret, &c->st);
}

int call_patch(struct call *c, const struct proto_message *m, const char *root,
	json_t **ret) {
	size_t len;
	const char *p = req_body(c->req, &len);
	return proto_parse_patch(m, p, len, root, ret, &c->st);
}

const char *call_query(const struct call *c, const char *name) {
	char snake[64];
	const char *v = req_query(c->req, name);
	proto_snake(name, snake, sizeof snake);
	return v ? v : req_query(c->req, snake);
}

int call_json(struct call *c, json_t *o) {
	int rc = jsn_add(&c->out, o);
	json_decref(o);
	return rc ? call_nomem(c) : ST_OK;
}

int call_not_emulated(struct call *c, const char *what) {
	return status_set(&c->st, ST_UNIMPLEMENTED,
		"%s is not emulated yet by train-emulator.", what);
}

int call_nomem(struct call *c) {
	return status_nomem(&c->st);
}
