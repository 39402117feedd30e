/* SPDX-License-Identifier: MIT */
/* One request on its way: its parameters and body, and its answer in Google's
 * form. Which handler it goes to is the router's business. */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/api.h"

#define ANSWER_USUAL 1000 /* bytes of most answers */
#define TYPE_JSON "application/json; charset=UTF-8"

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
	*c = (struct call){.api = a, .em = a->em, .req = r, .route = route};
	buf_init(&c->out, API_ANSWER_MAX);
	buf_reserve(&c->out, ANSWER_USUAL);
	if (take_params(c, p)) {
		mem_free(c);
		return NULL;
	}
	return c;
}

static void call_free(struct call *c) {
	buf_done(&c->out);
	status_done(&c->st);
	mem_free(c->path);
	mem_free(c);
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
	buf_reserve(&pretty, compact->len + compact->len / 2);
	if (compact->failed)
		pretty.failed = compact->failed;
	else
		(void)jsn_pretty(compact->p ? compact->p : "{}",
			compact->p ? compact->len : 2, &pretty);
	req_reply(r, http, TYPE_JSON, &pretty);
	buf_done(&pretty);
}

void call_refuse(struct req *r, const struct status *st) {
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
		call_refuse(c->req, &c->st);
	else
		reply_json(c->req, http, &c->out);
	call_free(c);
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

int call_json(struct call *c, json_t *o) {
	auto_free char *text = jsn_compact(o);
	json_decref(o);
	if (!text)
		return call_nomem(c);
	(void)buf_adds(&c->out, text);
	return ST_OK;
}

int call_not_emulated(struct call *c, const char *what) {
	return status_set(&c->st, ST_UNIMPLEMENTED,
		"%s is not emulated yet by train-emulator.", what);
}

int call_nomem(struct call *c) {
	return status_set(&c->st, ST_INTERNAL, "out of memory");
}
