/* SPDX-License-Identifier: MIT */
/* Topics, subscriptions, publishing and pulling of pubsub.googleapis.com v1.
 * Source: facts pubsub.md, section 1. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

#define PAGE 1000 /* the most the service gives */

int train_pubsub_get(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	return resource_get(t, TRAIN_PUBSUB, name, timeout_us, done, ctx, e);
}

int train_pubsub_create(struct train *t, const char *name, const json_t *body,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e) {
	const struct resource_req rq = {.service = TRAIN_PUBSUB,
		.method = "PUT",
		.name = name,
		.body = body,
		.idempotent = true, /* a second one is refused */
		.timeout_us = timeout_us};
	return resource_start(t, &rq, done, ctx, e);
}

/* The mask travels in the body, the resource under the name of its kind. */
int train_pubsub_patch(struct train *t, const char *name, const json_t *body,
	const char *mask, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e) {
	const char *kind =
		strstr(name, "/subscriptions/") ? "subscription" : "topic";
	auto_json json_t *patch =
		json_pack("{s:O, s:s}", kind, body, "updateMask", mask);
	if (!patch)
		return err_nomem(e);
	const struct resource_req rq = {.service = TRAIN_PUBSUB,
		.method = "PATCH",
		.name = name,
		.body = patch,
		.idempotent = true, /* it names the state it leads to */
		.timeout_us = timeout_us};
	return resource_start(t, &rq, done, ctx, e);
}

int train_pubsub_delete(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	return resource_delete(t, TRAIN_PUBSUB, name, timeout_us, done, ctx, e);
}

int train_pubsub_subscriptions(struct train *t, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	auto_free char *path =
		mem_printf("/v1/projects/%s/subscriptions", t->cfg.project);
	if (!path)
		return err_nomem(e);
	const struct pages_req rq = {.service = TRAIN_PUBSUB,
		.path = path,
		.member = "subscriptions",
		.page_size = PAGE,
		.deadline_us = clock_mono_us() + timeout_us};
	return pages_start(t, &rq, done, ctx, e);
}

int train_pubsub_publish(struct train *t, const char *topic,
	const json_t *message, bool keyed, int64_t timeout_us, train_done *done,
	void *ctx, struct err *e) {
	auto_json json_t *body = json_pack("{s:[O]}", "messages", message);
	if (!body)
		return err_nomem(e);
	const struct resource_req rq = {.service = TRAIN_PUBSUB,
		.method = "POST",
		.name = topic,
		.suffix = ":publish",
		.body = body,
		.idempotent = keyed,
		.timeout_us = timeout_us};
	return resource_start(t, &rq, done, ctx, e);
}

/* What is sent to a subscription's messages. */
static int consume(struct train *t, struct resource_req rq, train_done *done,
	void *ctx, struct err *e) {
	rq.service = TRAIN_PUBSUB;
	rq.method = "POST";
	rq.idempotent = true;
	return rq.body ? resource_start(t, &rq, done, ctx, e) : err_nomem(e);
}

/* A lost answer leases messages to nobody; they come again when that runs
 * out. */
int train_pubsub_pull(struct train *t, const char *subscription, unsigned max,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e) {
	auto_json json_t *body = json_pack("{s:i}", "maxMessages", (int)max);
	const struct resource_req rq = {.name = subscription,
		.suffix = ":pull",
		.body = body,
		.timeout_us = timeout_us,
		.attempt_us = timeout_us,
		.answer_max = TRAIN_PULL_MAX};
	return consume(t, rq, done, ctx, e);
}

int train_pubsub_acknowledge(struct train *t, const char *subscription,
	const json_t *ack_ids, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e) {
	auto_json json_t *body = json_pack("{s:O}", "ackIds", ack_ids);
	const struct resource_req rq = {.name = subscription,
		.suffix = ":acknowledge",
		.body = body,
		.timeout_us = timeout_us};
	return consume(t, rq, done, ctx, e);
}

int train_pubsub_deadline(struct train *t, const char *subscription,
	const json_t *ack_ids, unsigned seconds, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	auto_json json_t *body = json_pack("{s:O, s:i}", "ackIds", ack_ids,
		"ackDeadlineSeconds", (int)seconds);
	const struct resource_req rq = {.name = subscription,
		.suffix = ":modifyAckDeadline",
		.body = body,
		.timeout_us = timeout_us};
	return consume(t, rq, done, ctx, e);
}
