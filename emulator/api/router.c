/* SPDX-License-Identifier: MIT */
/* The top of the API: what it is made of, and the router, which finds the route
 * of a request. */
#include "emulator/api/api.h"

#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "common/zone.h"
#include "emulator/api/faulty.h"
#include "emulator/api/handle.h"
#include "emulator/api/metadata.h"
#include "emulator/api/outbound.h"

/* The other way out of the core: pushes and Scheduler targets over HTTP. */
static void bind_ops(struct api *a) {
	struct emu_ops *ops = &a->em->ops;
	ops->push = push_send;
	ops->target = target_send;
	ops->pullable = pubsub_pullable;
	ops->ctx = a;
}

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
	bind_ops(a);
	*ret = a;
	return 0;
}

void api_free(struct api *a) {
	if (!a)
		return;
	faulty_drop(a);
	pubsub_stop(a);
	metadata_drop(a);
	zone_close(a->los_angeles);
	mem_free(a);
}

/* Google's clients send a request whose URL would be too long as a POST that
 * says what it stands for, with the query as its body. */
static const char *asked_method(const struct req *r) {
	const char *method = req_method(r);
	const char *other = strcmp(method, "POST") == 0
				    ? req_header(r, "X-HTTP-Method-Override")
				    : NULL;
	return other ? other : method;
}

static const struct route *find_route(
	const struct req *r, struct route_params *ret) {
	const char *method = asked_method(r), *path = req_path(r);
	/* the metadata server's root has nothing for others */
	if (!path[1] && !req_header(r, "Metadata-Flavor"))
		return NULL;
	for (size_t i = 0; i < api_routes_len; i++)
		if (!strcmp(api_routes[i].method, method) &&
			route_match(api_routes[i].pattern, path, ret))
			return &api_routes[i];
	return NULL;
}

static void add_html(struct buf *b, const char *text) {
	for (; *text; text++) {
		if (strchr("<>&\"'", *text))
			(void)buf_addf(b, "&#%d;", *text);
		else
			(void)buf_addc(b, *text);
	}
}

/* What Google's front end answers for a path or method it does not know. */
static void reply_unknown(struct req *r) {
	struct buf b;
	buf_init(&b, API_ANSWER_MAX);
	(void)buf_adds(&b,
		"<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n"
		"  <title>Error 404 (Not Found)!!1</title>\n"
		"  <p><b>404.</b> <ins>That\xe2\x80\x99s an error.</ins>\n"
		"  <p>The requested URL <code>");
	add_html(&b, req_path(r));
	(void)buf_adds(&b, "</code> was not found on this server.  "
			   "<ins>That\xe2\x80\x99s all we know.</ins>\n");
	(void)req_add_header(r, "Referrer-Policy", "no-referrer");
	req_reply(r, 404, "text/html; charset=UTF-8", &b);
	buf_done(&b);
}

/* Whether a name can be this machine or stands for Google. A web page of
 * somewhere else can make its own name resolve to loopback (DNS rebinding), but
 * it cannot send another Host than its own. */
static bool host_ok(const char *host) {
	static const char *const names[] = {
		"localhost", "accounts.google.com", "metadata.google.internal"};
	static const char google[] = ".googleapis.com";
	if (!host || *host == '[')
		return true;
	size_t n = strcspn(host, ":"), tail = sizeof google - 1;
	if (strspn(host, "0123456789.") == n)
		return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == n && !strncasecmp(host, names[i], n))
			return true;
	return n > tail && !strncasecmp(host + n - tail, google, tail);
}

static bool is_loopback(const char *host) {
	size_t n = strcspn(host, ":");
	if (*host == '[')
		return !strncmp(host, "[::1]", 5) &&
		       (!host[5] || host[5] == ':');
	return (n == 9 && !strncasecmp(host, "localhost", n)) ||
	       (!strncmp(host, "127.", 4) && strspn(host, "0123456789.") == n);
}

/* Whether a page of somewhere else has a browser make this request: it cannot
 * read the answer, but a request may do enough. A browser names the page's
 * origin with all but plain GETs, which change nothing here. */
static bool origin_ok(const char *origin, const char *host) {
	const char *from = origin ? strstr(origin, "://") : NULL;
	if (!origin)
		return true;
	return from &&
	       (is_loopback(from + 3) || (host && !strcasecmp(from + 3, host)));
}

static void reply_strange_origin(struct req *r, const char *origin) {
	auto_status struct status st = STATUS_INIT;
	status_set(&st, ST_PERMISSION_DENIED,
		"train-emulator takes no requests from pages of '%.100s'.",
		origin);
	call_refuse(r, &st);
}

static void reply_strange_host(struct req *r, const char *host) {
	auto_status struct status st = STATUS_INIT;
	status_set(&st, ST_PERMISSION_DENIED,
		"train-emulator listens on this machine only and does not "
		"answer for the host '%.100s'.",
		host);
	call_refuse(r, &st);
}

void api_handle(void *ctx, struct req *r) {
	struct api *a = ctx;
	const char *host = req_header(r, "Host");
	if (a->local_only && !host_ok(host)) {
		reply_strange_host(r, host);
		return;
	}
	const char *origin = req_header(r, "Origin");
	if (!origin_ok(origin, host)) {
		reply_strange_origin(r, origin);
		return;
	}
	struct route_params p;
	const struct route *route = find_route(r, &p);
	if (!route) {
		reply_unknown(r);
		return;
	}
	struct call *c = call_new(a, r, route, &p);
	if (!c) {
		req_reply(r, 500, NULL, NULL);
		return;
	}
	if (!faulty_take(c))
		handle(c);
}

void api_too_big(void *ctx, struct req *r) {
	(void)ctx;
	auto_status struct status st = STATUS_INIT;
	/* text and code: facts pubsub.md section 5 */
	status_set(&st, ST_INVALID_ARGUMENT,
		"Request payload size exceeds the limit: %u bytes.",
		API_BODY_MAX);
	call_refuse(r, &st);
}
