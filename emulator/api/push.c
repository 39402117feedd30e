/* SPDX-License-Identifier: MIT */
/* Pub/Sub pushes, wrapped and not, with the headers and bodies that production
 * sends. Source: facts pubsub.md sections 8.1 and 8.2, function-events.md
 * section 2, auth.md section 9. */
#include <string.h>
#include <strings.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/bearer.h"
#include "emulator/api/headers.h"
#include "emulator/api/outbound.h"

#define METADATA "x-goog-pubsub-"
#define METADATA_MAX 4
#define EVENT_MAX 5
/* In the query of an endpoint: Eventarc asks for CloudEvents so. */
#define EVENT_WANTED "__GCP_CloudEventsMode=CE_PUBSUB_BINDING"
#define AGENT                                                                  \
	"APIs-Google; (+https://developers.google.com/webmasters/"             \
	"APIs-Google.html)"

/* What every push has, unless an attribute is a header of that name. */
static const char *const always[][2] = {{"Accept", "application/json"},
	{"Accept-Encoding", OUTBOUND_ENCODINGS},
	{"From", "noreply@google.com"}};
#define ALWAYS_MAX (sizeof always / sizeof always[0])
/* type, agent and token, too */
#define OWN_MAX (ALWAYS_MAX + 3 + METADATA_MAX + EVENT_MAX)
#define TYPE_WRAPPED "application/json"
#define TYPE_BARE "application/octet-stream" /* a guess */

/* The wrapped body: the message with id and time in both spellings. */
static char *wrapped(const struct push *p, const json_t *m) {
	char time[WHEN_TEXT_MAX];
	when_format(p->publish_us, 3, time);
	auto_json json_t *body = json_pack(
		"{s:o*, s:{s:O*, s:O*, s:s, s:s, s:O*, s:s, s:s}, s:s}",
		"deliveryAttempt", p->attempt ? json_integer(p->attempt) : NULL,
		"message", "attributes", json_object_get(m, "attributes"),
		"data", json_object_get(m, "data"), "messageId", p->message_id,
		"message_id", p->message_id, "orderingKey",
		json_object_get(m, "orderingKey"), "publishTime", time,
		"publish_time", time, "subscription", p->subscription);
	return body ? jsn_compact(body) : NULL;
}

/* The bytes that were published. */
static int bare(const json_t *m, char **ret, size_t *ret_len) {
	const char *data = json_string_value(json_object_get(m, "data"));
	return b64_decode(
		data ? data : "", data ? strlen(data) : 0, ret, ret_len, NULL);
}

/* guess: what cannot be a header, or would be another's, is left out. */
static bool can_be_header(
	const struct push *p, const char *name, const char *value) {
	if (p->signed_for && !strcasecmp(name, BEARER_HEADER))
		return false;
	return headers_name_ok(name) && headers_value_ok(value) &&
	       !headers_reserved(name) && strcasecmp(name, "User-Agent") != 0 &&
	       strncasecmp(name, METADATA, strlen(METADATA)) != 0;
}

/* The message but for its data. How often it was delivered is not told. */
static void add_metadata(
	struct headers *h, const struct push *p, const json_t *m) {
	char time[WHEN_TEXT_MAX];
	when_format(p->publish_us, 3, time);
	headers_add(h, METADATA "subscription-name", p->subscription);
	headers_add(h, METADATA "message-id", p->message_id);
	headers_add(h, METADATA "publish-time", time);
	const char *key = json_string_value(json_object_get(m, "orderingKey"));
	if (key && headers_value_ok(key))
		headers_add(h, METADATA "ordering-key", key);
	const char *name;
	json_t *v;
	json_object_foreach (json_object_get(m, "attributes"), name, v)
		if (can_be_header(p, name, json_string_value(v)))
			headers_add(h, name, json_string_value(v));
}

/* A CloudEvent in binary mode: what is about the event is in headers. */
static void add_event(struct headers *h, const struct push *p) {
	char time[WHEN_TEXT_MAX];
	when_format(p->publish_us, 3, time);
	headers_add(h, "ce-id", p->message_id);
	headers_line(h,
		mem_printf("ce-source: //pubsub.googleapis.com/%s", p->topic));
	headers_add(h, "ce-specversion", "1.0");
	headers_add(
		h, "ce-type", "google.cloud.pubsub.topic.v1.messagePublished");
	headers_add(h, "ce-time", time);
}

static bool wants_event(const struct push *p) {
	const char *query = strchr(p->endpoint, '?');
	return p->form == PUSH_WRAPPED && query && strstr(query, EVENT_WANTED);
}

static void add_token(struct headers *h, struct emu *em, const struct push *p) {
	auto_json json_t *sub = parsed_get(&em->parsed, p->signed_for, NULL);
	if (!sub)
		h->failed = true;
	else
		bearer_id(h, em,
			json_object_get(json_object_get(sub, "pushConfig"),
				"oidcToken"),
			p->endpoint);
}

static int fill_headers(struct headers *h, struct emu *em, const struct push *p,
	const json_t *m) {
	const json_t *own = p->form == PUSH_BARE_METADATA
				    ? json_object_get(m, "attributes")
				    : NULL;
	if (headers_init(h, json_object_size(own) + OWN_MAX))
		return ERR_NOMEM;
	headers_add(h, "User-Agent", AGENT);
	for (size_t i = 0; i < ALWAYS_MAX; i++)
		if (!headers_has(own, always[i][0]))
			headers_add(h, always[i][0], always[i][1]);
	if (!headers_has(own, "Content-Type"))
		headers_add(h, "Content-Type",
			p->form == PUSH_WRAPPED ? TYPE_WRAPPED : TYPE_BARE);
	if (p->form == PUSH_BARE_METADATA)
		add_metadata(h, p, m);
	if (wants_event(p))
		add_event(h, p);
	if (p->signed_for)
		add_token(h, em, p);
	return h->failed ? ERR_NOMEM : 0;
}

int push_send(void *ctx, const struct push *p, emu_sent *done, void *done_ctx) {
	const struct api *a = ctx;
	auto_json json_t *m = parsed_get(&a->em->parsed, p->message, NULL);
	auto_free char *body = NULL;
	size_t len = 0;
	if (!m)
		return ERR_NOMEM;
	if (p->form == PUSH_WRAPPED) {
		body = wrapped(p, m);
		len = body ? strlen(body) : 0;
	} else if (bare(m, &body, &len)) {
		return ERR_NOMEM;
	}
	auto_headers struct headers h = {0};
	if (!body || fill_headers(&h, a->em, p, m))
		return ERR_NOMEM;
	struct fetch_req rq = {.method = "POST",
		.url = p->endpoint,
		.headers = (const char *const *)h.at,
		.body = body,
		.body_len = len,
		.timeout_us = p->timeout_us,
		.answer_max = OUTBOUND_ANSWER_MAX,
		.status_counts = true};
	return outbound_start(ctx, &rq, done, done_ctx);
}
