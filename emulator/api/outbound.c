/* SPDX-License-Identifier: MIT */
/* What leaves the emulator: Pub/Sub pushes and Scheduler HTTP targets, with the
 * headers and bodies that production sends. Source: facts pubsub.md section
 * 8.1, scheduler.md section 5. */
#include <string.h>
#include <strings.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "common/zone.h"
#include "emulator/api/api.h"

#define ANSWER_MAX (1u << 20) /* an endpoint's answer; it is not looked at */
#define ACCEPT_ENCODING "Accept-Encoding: gzip, deflate, br"
#define OWN_HEADERS_MAX 8 /* that a target gets without the job's */

struct outbound {
	emu_sent *done;
	void *ctx;
};

/* The words of a refusal in Google's form. */
static const char *refusal(const json_t *answer) {
	return json_string_value(
		json_object_get(json_object_get(answer, "error"), "message"));
}

static void ended(void *ctx, const struct fetch_res *res, const struct err *e) {
	struct outbound *o = ctx;
	if (res) {
		auto_json json_t *answer =
			res->status < 400 ? NULL
					  : jsn_parse(res->body, res->body_len,
						    false, NULL);
		o->done(o->ctx, res->status, refusal(answer));
	} else {
		o->done(o->ctx, e->code == ERR_TIMEOUT ? SENT_LATE : 0, e->msg);
	}
	mem_free(o);
}

/* Google's own addresses lead back here: the emulator stands in for them, and
 * nothing of a test may reach the real ones. The caller frees (mem_free). */
static char *reroute(const struct api *a, const char *uri) {
	static const char google[] = ".googleapis.com";
	const char *host = strstr(uri, "://");
	host = host ? host + 3 : uri;
	size_t len = strcspn(host, "/?#:"), tail = sizeof google - 1;
	if (len > tail && !strncasecmp(host + len - tail, google, tail))
		return mem_printf(
			"%s%s", a->self_url, host + strcspn(host, "/?#"));
	return mem_strdup(uri);
}

static int start(
	struct api *a, const struct fetch_req *rq, emu_sent *done, void *ctx) {
	auto_free char *url = reroute(a, rq->url);
	struct outbound *o = url ? mem_alloc(sizeof *o) : NULL;
	if (!o)
		return ERR_NOMEM;
	*o = (struct outbound){done, ctx};
	struct fetch_req to = *rq;
	to.url = url;
	int rc = fetch_start(a->fetch, &to, ended, o, NULL, NULL);
	if (rc)
		mem_free(o);
	return rc;
}

/* The wrapped body: the message with id and time in both spellings. */
static char *push_body(const struct push *p) {
	char time[WHEN_TEXT_MAX];
	when_format(p->publish_us, 3, time);
	auto_json json_t *m =
		jsn_parse(p->message, strlen(p->message), false, NULL);
	auto_json json_t *body = json_pack(
		"{s:o*, s:{s:O*, s:O*, s:s, s:s, s:O*, s:s, s:s}, s:s}",
		"deliveryAttempt", p->attempt ? json_integer(p->attempt) : NULL,
		"message", "attributes", json_object_get(m, "attributes"),
		"data", json_object_get(m, "data"), "messageId", p->message_id,
		"message_id", p->message_id, "orderingKey",
		json_object_get(m, "orderingKey"), "publishTime", time,
		"publish_time", time, "subscription", p->subscription);
	return m && body ? jsn_compact(body) : NULL;
}

static int push(
	void *ctx, const struct push *p, emu_sent *done, void *done_ctx) {
	static const char *const headers[] = {"Content-Type: application/json",
		"Accept: application/json", ACCEPT_ENCODING,
		"From: noreply@google.com",
		"User-Agent: APIs-Google; (+https://developers.google.com/"
		"webmasters/APIs-Google.html)",
		NULL};
	auto_free char *body = push_body(p);
	if (!body)
		return ERR_NOMEM;
	struct fetch_req rq = {.method = "POST",
		.url = p->endpoint,
		.headers = headers,
		.body = body,
		.body_len = strlen(body),
		.timeout_us = p->timeout_us,
		.answer_max = ANSWER_MAX};
	return start(ctx, &rq, done, done_ctx);
}

/* Headers of a request, made one by one. */
struct headers {
	char **at; /* ends with NULL */
	size_t len;
	bool failed;
};

/* Adds a line (taken; NULL when memory ran out). */
static void add_line(struct headers *h, char *line) {
	if (line)
		h->at[h->len++] = line;
	else
		h->failed = true;
}

/* curl takes "Name:" for the wish to leave a header of its own out, and sends
 * an empty one for "Name;". */
static void add_header(struct headers *h, const char *name, const char *value) {
	if (value[strspn(value, " \t")])
		add_line(h, mem_printf("%s: %s", name, value));
	else
		add_line(h, mem_printf("%s;", name));
}

/* Room for the job's own headers and for ours. */
static int headers_init(struct headers *h, const json_t *own) {
	*h = (struct headers){
		.at = mem_zero(json_object_size(own) + OWN_HEADERS_MAX,
			sizeof *h->at)};
	return h->at ? 0 : ERR_NOMEM;
}

static void headers_done(struct headers *h) {
	while (h->len)
		mem_free(h->at[--h->len]);
	mem_free(h->at);
}

/* Those that a job's own headers cannot set: the service's, and those of the
 * connection, which are for the client that sends (RFC 9110, section 7.6.1). */
static bool is_reserved(const char *name) {
	static const char *const whole[] = {"host", "content-length",
		"user-agent", "expect", "transfer-encoding", "connection",
		"keep-alive", "upgrade", "te", "trailer", "proxy-connection"};
	static const char *const begins[] = {
		"x-google-", "x-appengine-", "x-cloudscheduler"};
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		if (!strcasecmp(name, whole[i]))
			return true;
	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
		if (!strncasecmp(name, begins[i], strlen(begins[i])))
			return true;
	return false;
}

static bool has_header(const json_t *own, const char *name) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)own, key, v)
		if (!strcasecmp(key, name))
			return true;
	return false;
}

static void add_own_headers(
	struct headers *h, const json_t *own, bool has_body) {
	const char *name;
	json_t *v;
	json_object_foreach ((json_t *)own, name, v)
		if (!is_reserved(name))
			add_header(h, name, json_string_value(v));
	if (!has_header(own, "Content-Type"))
		add_line(h, mem_strdup(has_body ? "Content-Type: "
						  "application/octet-stream"
						: "Content-Type:"));
	if (!has_header(own, "Accept"))
		add_line(h, mem_strdup("Accept:"));
	if (!has_header(own, "Accept-Encoding"))
		add_line(h, mem_strdup(ACCEPT_ENCODING));
}

/* The schedule's instant with Los Angeles' offset, whatever the job's zone; a
 * forced run shows its fraction. */
static void add_time(
	struct headers *h, const struct zone *z, const struct target *t) {
	char text[WHEN_TEXT_MAX];
	when_format_offset(t->schedule_us, zone_offset_s(z, t->schedule_us),
		t->forced ? 6 : 0, text);
	add_header(h, "X-CloudScheduler-ScheduleTime", text);
}

static int send_target(struct api *a, const struct target *t,
	const json_t *http, const struct headers *h, emu_sent *done,
	void *done_ctx) {
	const char *body = json_string_value(json_object_get(http, "body"));
	const char *method =
		json_string_value(json_object_get(http, "httpMethod"));
	auto_free char *bytes = NULL;
	size_t len = 0;
	if (body && b64_decode(body, strlen(body), &bytes, &len, NULL))
		return ERR_NOMEM;
	bool empty_post = !body && method && strcmp(method, "GET") != 0 &&
			  strcmp(method, "HEAD") != 0;
	struct fetch_req rq = {.method = method ? method : "POST",
		.url = json_string_value(json_object_get(http, "uri")),
		.headers = (const char *const *)h->at,
		.body = empty_post ? "" : bytes,
		.body_len = len,
		.timeout_us = t->deadline_us,
		.answer_max = ANSWER_MAX};
	return start(a, &rq, done, done_ctx);
}

static int target(
	void *ctx, const struct target *t, emu_sent *done, void *done_ctx) {
	struct api *a = ctx;
	auto_json json_t *http =
		jsn_parse(t->http, strlen(t->http), false, NULL);
	if (!http)
		return ERR_NOMEM;
	const json_t *own = json_object_get(http, "headers");
	struct headers h;
	if (headers_init(&h, own))
		return ERR_NOMEM;
	add_header(&h, "User-Agent", "Google-Cloud-Scheduler");
	add_header(&h, "X-CloudScheduler", "true");
	add_header(&h, "X-CloudScheduler-JobName", t->job_id);
	add_time(&h, a->los_angeles, t);
	add_own_headers(&h, own, json_object_get(http, "body") != NULL);
	int rc = h.failed ? ERR_NOMEM
			  : send_target(a, t, http, &h, done, done_ctx);
	headers_done(&h);
	return rc;
}

void outbound_bind(struct api *a) {
	struct emu_ops *ops = &a->em->ops;
	ops->push = push;
	ops->target = target;
	ops->pullable = pubsub_pullable;
	ops->ctx = a;
}
