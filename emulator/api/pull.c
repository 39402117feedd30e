/* SPDX-License-Identifier: MIT */
/* Pull, acknowledge and modifyAckDeadline. A pull that finds nothing waits for
 * a message, in real time, and is answered empty in the end: clients count on
 * an answer (facts pubsub.md section 6). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/api.h"
#include "emulator/api/rules_pubsub.h"
#include "emulator/api/schema_pubsub.h"
#include "emulator/core/bus.h"

#define WAIT_US (89 * US_PER_S)

/* A pull that waits. */
struct waiter {
	struct loop_timer timer;
	struct call *call;
	int64_t sub_id, max;
	int64_t end_us; /* on the loop's clock */
	bool woken;	/* it is about to pull again, and time waits for it */
	struct waiter *next;
};

static int write_pulled(
	struct buf *b, const struct pulled *p, const char *sep) {
	char time[WHEN_TEXT_MAX], raw[64];
	when_format(p->publish_us, 3, time);
	(void)snprintf(raw, sizeof raw, "%" PRId64 ".%" PRId64 ".%" PRId64,
		p->sub_id, p->delivery_id, p->attempt);
	auto_free char *ack = NULL;
	if (b64_encode(raw, strlen(raw), &ack, NULL))
		return b->failed = ERR_NOMEM;
	(void)buf_addf(b, "%s{\"ackId\":\"%s\",\"message\":", sep, ack);
	/* the stored object, opened at its end for the id and the time */
	size_t len = strlen(p->message);
	(void)buf_add(b, p->message, len - 1);
	(void)buf_addf(b, "%s\"messageId\":\"%s\",\"publishTime\":\"%s\"}",
		len > 2 ? "," : "", p->message_id, time);
	if (p->tell_attempt)
		(void)buf_addf(b, ",\"deliveryAttempt\":%" PRId64, p->attempt);
	return buf_addc(b, '}');
}

static void see_pulled(void *ctx, const struct pulled *p) {
	struct buf *b = ctx;
	(void)write_pulled(b, p, b->len ? "," : "{\"receivedMessages\":[");
}

/* Pulls into c->out; *ret_count says how many messages. */
static int pull_now(
	struct call *c, int64_t max, int64_t *ret_sub_id, int64_t *ret_count) {
	int rc = bus_pull(c->em, c->param[0], c->param[1], max, see_pulled,
		&c->out, ret_sub_id, ret_count, &c->st);
	if (!rc && *ret_count)
		(void)buf_adds(&c->out, "]}");
	return rc;
}

/* It pulls again in the loop's next turn; until then no time passes, so that a
 * message is had at the instant at which it came. */
static void rouse(struct waiter *w) {
	loop_timer_in(w->call->api->loop, &w->timer, 0);
	if (w->woken)
		return;
	w->woken = true;
	w->call->em->in_flight++;
}

static void calm(struct waiter *w) {
	if (w->woken)
		w->call->em->in_flight--;
	w->woken = false;
}

/* Takes a waiter out of the list and frees it. */
static struct call *waiter_end(struct waiter *w) {
	struct call *c = w->call;
	for (struct waiter **at = &c->api->waiters; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	calm(w);
	loop_timer_stop(c->api->loop, &w->timer);
	mem_free(w);
	return c;
}

/* Nobody would acknowledge what it took: it is another's. */
static void abandon(struct waiter *w) {
	struct api *a = w->call->api;
	int64_t sub_id = w->sub_id;
	struct call *c = waiter_end(w);
	call_finish(
		c, status_set(&c->st, ST_CANCELLED, "The client has gone."));
	pubsub_pullable(a, sub_id);
}

/* Pulls again: a message may have come, or the end of the wait. */
static void wake(void *ctx) {
	struct waiter *w = ctx;
	struct call *c = w->call;
	struct api *a = c->api;
	int64_t count = 0;
	calm(w);
	if (req_gone(c->req)) {
		abandon(w);
		return;
	}
	emu_begin(c->em);
	int rc = pull_now(c, w->max, &w->sub_id, &count);
	emu_commit(c->em);
	if (!rc && !count && loop_now_us(a->loop) < w->end_us) {
		loop_timer_at(a->loop, &w->timer, w->end_us);
		return;
	}
	int64_t sub_id = w->sub_id;
	call_finish(waiter_end(w), rc);
	/* several messages wake the same waiter: what it left is another's */
	if (count)
		pubsub_pullable(a, sub_id);
}

static int wait_for_message(struct call *c, int64_t sub_id, int64_t max) {
	struct waiter *w = mem_zero(1, sizeof *w);
	if (!w)
		return call_nomem(c);
	*w = (struct waiter){.timer = {.cb = wake, .ctx = w},
		.call = c,
		.sub_id = sub_id,
		.max = max,
		.end_us = loop_now_us(c->api->loop) + WAIT_US,
		.next = c->api->waiters};
	loop_timer_at(c->api->loop, &w->timer, w->end_us);
	c->api->waiters = w;
	return API_LATER;
}

void pubsub_pullable(void *ctx, int64_t sub_id) {
	struct api *a = ctx;
	/* the core is inside a transaction: pull in the loop's next turn */
	for (struct waiter *w = a->waiters; w; w = w->next)
		if (w->sub_id == sub_id) {
			rouse(w);
			return;
		}
}

void pubsub_changed(struct api *a) {
	for (struct waiter *w = a->waiters; w; w = w->next)
		rouse(w);
}

void pubsub_stop(struct api *a) {
	while (a->waiters)
		call_finish(waiter_end(a->waiters), ST_OK);
}

int pubsub_subscriptions_pull(struct call *c) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_pubsub_pull, "", &body);
	if (rc || (rc = rules_pubsub_pull(body, &c->st)))
		return rc;
	int64_t max = json_integer_value(json_object_get(body, "maxMessages"));
	int64_t sub_id, count;
	rc = pull_now(c, max, &sub_id, &count);
	if (rc || count ||
		json_is_true(json_object_get(body, "returnImmediately")))
		return rc;
	return wait_for_message(c, sub_id, max);
}

struct ack {
	const char *id;
	int64_t sub, delivery, attempt;
};

static int read_ack(struct call *c, const json_t *id, struct ack *ret) {
	auto_free char *raw = NULL;
	size_t len;
	ret->id = json_string_value(id);
	if (!b64_decode(ret->id, strlen(ret->id), &raw, &len, NULL) &&
		sscanf(raw, "%" SCNd64 ".%" SCNd64 ".%" SCNd64, &ret->sub,
			&ret->delivery, &ret->attempt) == 3)
		return ST_OK;
	return status_set(&c->st, ST_INVALID_ARGUMENT,
		"You have passed an invalid ack ID to the service "
		"(ack_id=%.200s).",
		ret->id);
}

/* Does one thing with every id. Where delivery is exactly once, the ids that
 * came too late are named in `late`, and the others count all the same. */
static int apply(
	struct call *c, const json_t *ids, int64_t deadline_us, json_t *late) {
	size_t i;
	json_t *v;
	json_array_foreach (ids, i, v) {
		struct ack a;
		int rc = read_ack(c, v, &a);
		if (!rc)
			rc = bus_ack(c->em, c->param[0], c->param[1],
				a.delivery, a.attempt, deadline_us, &c->st);
		if (rc == ST_INVALID_ARGUMENT &&
			json_object_set_new(late, a.id,
				json_string(
					"PERMANENT_FAILURE_INVALID_ACK_ID")))
			rc = call_nomem(c);
		if (rc && rc != ST_INVALID_ARGUMENT)
			return rc;
	}
	return ST_OK;
}

static void see_id(void *ctx, const struct sub *s) {
	*(int64_t *)ctx = s->id;
}

/* One id that is malformed, or of another subscription, refuses them all. */
static int check_acks(struct call *c, const json_t *ids) {
	int64_t sub_id = 0;
	int rc = bus_sub_get(
		c->em, c->param[0], c->param[1], see_id, &sub_id, &c->st);
	size_t i;
	json_t *v;
	json_array_foreach (ids, i, v) {
		struct ack a;
		if (rc || (rc = read_ack(c, v, &a)))
			return rc;
		/* as on record of the service:
		 * GoogleCloudPlatform/ruby-docs-samples#688 */
		if (a.sub != sub_id)
			return status_set(&c->st, ST_INVALID_ARGUMENT,
				"You have passed a subscription that does not "
				"belong to the given ack ID (resource="
				"projects/%s/subscriptions/%s).",
				c->param[0], c->param[1]);
	}
	return rc;
}

static int each_ack(struct call *c, const json_t *ids, int64_t deadline_us) {
	int rc = check_acks(c, ids);
	if (rc)
		return rc;
	auto_json json_t *late = json_object();
	if (!late)
		return call_nomem(c);
	rc = apply(c, ids, deadline_us, late);
	if (rc || !json_object_size(late))
		return rc;
	c->keep = true;
	status_error_info(&c->st, "EXACTLY_ONCE_ACKID_FAILURE",
		"pubsub.googleapis.com", TAKE(late));
	return (int)c->st.code;
}

int pubsub_subscriptions_acknowledge(struct call *c) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_pubsub_acknowledge, "", &body);
	if (rc || (rc = rules_pubsub_acknowledge(body, &c->st)))
		return rc;
	return each_ack(c, json_object_get(body, "ackIds"), -1);
}

int pubsub_subscriptions_modify_deadline(struct call *c) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_pubsub_modify_ack_deadline, "", &body);
	if (rc || (rc = rules_pubsub_modify_ack_deadline(body, &c->st)))
		return rc;
	int64_t s =
		json_integer_value(json_object_get(body, "ackDeadlineSeconds"));
	return each_ack(c, json_object_get(body, "ackIds"), s * US_PER_S);
}
