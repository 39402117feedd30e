/* SPDX-License-Identifier: MIT */
/* Pub/Sub pushes, with the headers and bodies that production sends (facts
 * pubsub.md section 8.1), and what all requests that leave have in common. */
#include "emulator/api/outbound.h"

#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

struct outbound {
	emu_sent *done;
	void *ctx;
};

/* The words of a refusal in Google's form. */
static const char *refusal(const json_t *answer) {
	return json_string_value(
		json_object_get(json_object_get(answer, "error"), "message"));
}

void outbound_tell(emu_sent *done, void *ctx, const struct fetch_res *res,
	const struct err *e) {
	if (!res) {
		done(ctx, e->code == ERR_TIMEOUT ? SENT_LATE : 0, e->msg);
		return;
	}
	auto_json json_t *answer =
		res->status < 400
			? NULL
			: jsn_parse(res->body, res->body_len, false, NULL);
	done(ctx, res->status, refusal(answer));
}

static void ended(void *ctx, const struct fetch_res *res, const struct err *e) {
	struct outbound *o = ctx;
	outbound_tell(o->done, o->ctx, res, e);
	mem_free(o);
}

char *outbound_reroute(const struct api *a, const char *uri) {
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
	auto_free char *url = outbound_reroute(a, rq->url);
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
		"Accept: application/json", OUTBOUND_ENCODINGS,
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
		.answer_max = OUTBOUND_ANSWER_MAX};
	return start(ctx, &rq, done, done_ctx);
}

void outbound_bind(struct api *a) {
	struct emu_ops *ops = &a->em->ops;
	ops->push = push;
	ops->target = target_send;
	ops->pullable = pubsub_pullable;
	ops->ctx = a;
}
