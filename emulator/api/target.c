/* SPDX-License-Identifier: MIT */
/* Scheduler targets over HTTP, with the headers that production sends, and
 * through redirects: the last answer counts. Source: facts scheduler.md
 * sections 4 and 5, auth.md section 9. */
#include <string.h>
#include <strings.h>

#include "common/b64.h"
#include "common/clock.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "common/zone.h"
#include "emulator/api/bearer.h"
#include "emulator/api/headers.h"
#include "emulator/api/outbound.h"
#include "emulator/api/scopes.h"
#include "emulator/api/url.h"

#define OWN_HEADERS_MAX 8 /* that a target gets without the job's */
#define HOPS_MAX 10	  /* guess: so many redirects are followed */
#define LEAST_TIMEOUT_US INT64_C(1000)

/* Those that a job's own headers cannot set: the service's, too. */
static bool is_reserved(const char *name, bool app) {
	static const char *const begins[] = {
		"x-google-", "x-appengine-", "x-cloudscheduler"};
	/* App Engine's apps are told a name of the job's own */
	if (!app && !strcasecmp(name, "user-agent"))
		return true;
	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
		if (!strncasecmp(name, begins[i], strlen(begins[i])))
			return true;
	return headers_reserved(name);
}

/* Adds the token that the target asks for. */
static bool add_token(struct headers *h, struct emu *em, const json_t *http) {
	const json_t *oidc = json_object_get(http, "oidcToken");
	const json_t *oauth = json_object_get(http, "oauthToken");
	if (oidc)
		bearer_id(h, em, oidc,
			json_string_value(json_object_get(http, "uri")));
	else if (oauth) /* without a scope, the rules show this one */
		bearer_access(h, em, oauth, SCOPE_CLOUD);
	return oidc || oauth;
}

/* guess: a token goes before an Authorization of the job's own. */
static void add_own_headers(struct headers *h, const json_t *own, bool has_body,
	bool app, bool has_token) {
	const char *name;
	json_t *v;
	json_object_foreach ((json_t *)own, name, v)
		if (!is_reserved(name, app) &&
			!(has_token && !strcasecmp(name, BEARER_HEADER)))
			headers_add(h, name, json_string_value(v));
	if (!headers_has(own, "Content-Type"))
		headers_line(h, mem_strdup(has_body ? "Content-Type: "
						      "application/octet-stream"
						    : "Content-Type:"));
	if (!headers_has(own, "Accept"))
		headers_line(h, mem_strdup("Accept:"));
	if (!headers_has(own, "Accept-Encoding"))
		headers_add(h, "Accept-Encoding", OUTBOUND_ENCODINGS);
}

/* The schedule's instant with Los Angeles' offset, whatever the job's zone; a
 * forced run shows its fraction. */
static void add_time(
	struct headers *h, const struct zone *z, const struct target *t) {
	char text[WHEN_TEXT_MAX];
	when_format_offset(t->schedule_us, zone_offset_s(z, t->schedule_us),
		t->forced ? 6 : 0, text);
	headers_add(h, "X-CloudScheduler-ScheduleTime", text);
}

/* One execution on its way, from answer to answer. */
struct trip {
	struct api *api;
	struct headers headers;
	char *uri; /* where it is now */
	char *method, *body;
	bool has_body;
	size_t body_len;
	int64_t end_mono_us; /* the attempt's deadline is for all of it */
	int hops;
	emu_sent *done;
	void *done_ctx;
};

static void trip_free(struct trip *t) {
	headers_done(&t->headers);
	mem_free(t->uri);
	mem_free(t->method);
	mem_free(t->body);
	mem_free(t);
}

static void arrived(
	void *ctx, const struct fetch_res *res, const struct err *e);

/* Takes the URI. */
static int go(struct trip *t, char *uri) {
	mem_free(t->uri);
	t->uri = uri;
	if (!uri)
		return ERR_NOMEM;
	int64_t left = t->end_mono_us - clock_mono_us();
	auto_free char *whole = url_encode(uri);
	auto_free char *url = whole ? outbound_reroute(t->api, whole) : NULL;
	if (!url)
		return ERR_NOMEM;
	struct fetch_req rq = {.method = t->method,
		.url = url,
		.headers = (const char *const *)t->headers.at,
		.body = t->has_body ? t->body : NULL,
		.body_len = t->body_len,
		.timeout_us = left > LEAST_TIMEOUT_US ? left : LEAST_TIMEOUT_US,
		.answer_max = OUTBOUND_ANSWER_MAX,
		.status_counts = true};
	return fetch_start(t->api->fetch, &rq, arrived, t, NULL, NULL);
}

/* What was sent is not sent again: the new request is a GET. */
static int become_get(struct trip *t) {
	char *get = mem_strdup("GET");
	if (!get)
		return ERR_NOMEM;
	mem_free(t->method);
	t->method = get;
	t->has_body = false;
	t->body_len = 0;
	headers_drop(&t->headers, "Content-");
	return 0;
}

static bool is_redirect(const struct fetch_res *res) {
	int s = res->status;
	bool moves = (s >= 301 && s <= 303) || s == 307 || s == 308;
	return moves && *res->redirect;
}

/* The methods follow RFC 9110, section 15.4, and common practice for POST; what
 * is good for one server is not told to another. */
static int follow(struct trip *t, const struct fetch_res *res) {
	bool reads = !strcmp(t->method, "GET") || !strcmp(t->method, "HEAD");
	bool posts = !strcmp(t->method, "POST");
	int s = res->status;
	if ((s == 303 && !reads) || ((s == 301 || s == 302) && posts)) {
		int rc = become_get(t);
		if (rc)
			return rc;
	}
	if (!url_same_server(t->uri, res->redirect))
		headers_drop(&t->headers, BEARER_HEADER ":");
	return go(t, mem_strdup(res->redirect));
}

static void arrived(
	void *ctx, const struct fetch_res *res, const struct err *e) {
	struct trip *t = ctx;
	bool more = res && is_redirect(res) && t->hops++ < HOPS_MAX;
	if (more && follow(t, res) == 0)
		return;
	outbound_tell(t->done, t->done_ctx, res, e);
	trip_free(t);
}

/* Takes what the target says; false when memory ran out. */
static bool fill(
	struct trip *trip, const struct target *t, const json_t *http) {
	const char *body = json_string_value(json_object_get(http, "body"));
	const char *method =
		json_string_value(json_object_get(http, "httpMethod"));
	const json_t *own = json_object_get(http, "headers");
	struct headers *h = &trip->headers;
	method = method ? method : "POST";
	trip->method = mem_strdup(method);
	/* without a body there is a Content-Length still */
	trip->has_body = body || (strcmp(method, "GET") != 0 &&
					 strcmp(method, "HEAD") != 0);
	if (!trip->method ||
		headers_init(h, json_object_size(own) + OWN_HEADERS_MAX) ||
		b64_decode(body ? body : "", body ? strlen(body) : 0,
			&trip->body, &trip->body_len, NULL))
		return false;
	if (t->app)
		headers_add(h, "Host", t->app);
	else
		headers_add(h, "User-Agent", "Google-Cloud-Scheduler");
	headers_add(h, "X-CloudScheduler", "true");
	headers_add(h, "X-CloudScheduler-JobName", t->job_id);
	add_time(h, trip->api->los_angeles, t);
	bool has_token = add_token(h, trip->api->em, http);
	add_own_headers(h, own, body != NULL, t->app != NULL, has_token);
	return !h->failed;
}

/* The caller frees it (mem_free); NULL when memory ran out. */
static char *uri_of(
	const struct api *a, const struct target *t, const json_t *http) {
	if (!t->app)
		return mem_strdup(
			json_string_value(json_object_get(http, "uri")));
	const char *base = a->em->app_engine;
	size_t len = strlen(base);
	return mem_printf("%.*s%s",
		(int)(len && base[len - 1] == '/' ? len - 1 : len), base,
		json_string_value(json_object_get(http, "relativeUri")));
}

int target_send(
	void *ctx, const struct target *t, emu_sent *done, void *done_ctx) {
	auto_json json_t *http =
		jsn_parse(t->http, strlen(t->http), false, NULL);
	struct trip *trip = http ? mem_zero(1, sizeof *trip) : NULL;
	if (!trip)
		return ERR_NOMEM;
	trip->api = ctx;
	trip->end_mono_us = clock_mono_us() + t->deadline_us;
	trip->done = done;
	trip->done_ctx = done_ctx;
	/* a redirect is a failed attempt of an app */
	trip->hops = t->app ? HOPS_MAX : 0;
	int rc = fill(trip, t, http) ? go(trip, uri_of(trip->api, t, http))
				     : ERR_NOMEM;
	if (rc)
		trip_free(trip);
	return rc;
}
