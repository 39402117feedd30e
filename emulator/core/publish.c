/* SPDX-License-Identifier: MIT */
#include "emulator/core/publish.h"

#include <stdio.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/attr_filter.h"
#include "emulator/core/bus.h"
#include "emulator/core/deliver.h"
#include "emulator/core/misdeliver.h"

/* Production's ids are long decimal numbers that do not count: the row number
 * goes through a bijection of the 16-digit numbers. */
static void message_id(int64_t row, char ret[static BUS_ID_MAX]) {
	const unsigned long long digits16 = 10000000000000000ULL;
	const unsigned long long odd = 6364136223846793ULL;
	unsigned __int128 n = (unsigned __int128)(unsigned long long)row * odd;
	(void)snprintf(ret, BUS_ID_MAX, "2%016llu",
		(unsigned long long)(n % digits16));
}

/* Until when a topic and its snapshots need a message of now; 0: not at all. */
static int64_t keep_until(const struct topic *t, int64_t now) {
	int64_t end = t->retain_us ? now + t->retain_us : 0;
	return t->snapshots_us > now && t->snapshots_us > end ? t->snapshots_us
							      : end;
}

/* The row of the next message, which its id is made from. */
static int64_t next_row(struct emu *em) {
	int64_t last = 0;
	if (!em->message_row) {
		(void)store_one_i64(em->store, Q_MESSAGE_LAST, &last, "");
		em->message_row = last + 1;
	}
	return em->message_row++;
}

static int64_t add_message(struct emu *em, const struct topic *t,
	const json_t *message, int64_t refs, char ret_id[static BUS_ID_MAX]) {
	auto_free char *body = jsn_compact(message);
	if (!body)
		return -1;
	int64_t now = emu_now(em), keep_us = keep_until(t, now);
	/* here, so that what is kept does not grow for ever */
	if (keep_us)
		(void)store_run(em->store, Q_MESSAGE_TIDY, "i", now);
	int64_t row = next_row(em);
	message_id(row, ret_id);
	(void)store_run(em->store, Q_MESSAGE_ADD, "itiiiit", now, body, refs,
		t->id, keep_us, row, ret_id);
	return row;
}

#define FAN_OUT_MAX 10000 /* subscriptions of a topic */

struct receiver {
	int64_t sub, flags;
	bool pushes;
};

/* The subscriptions of a topic that want a message; freed by the caller.
 * Returns the status code: nobody may be left out. */
static int subs_of(struct emu *em, int64_t topic, const json_t *message,
	struct receiver **ret, size_t *ret_n, struct status *st) {
	size_t n = 0, cap = 0;
	int rc = ST_OK;
	struct store_rows *r =
		store_query(em->store, Q_SUB_OF_TOPIC, "i", topic);
	while (!rc && store_next(r)) {
		if (!attr_filter_fits(store_text(r, 1), message))
			continue;
		if (n == cap) {
			cap = cap ? cap * 2 : 8;
			struct receiver *more =
				mem_resize(*ret, cap * sizeof *more);
			if (!more) {
				rc = status_nomem(st);
				break;
			}
			*ret = more;
		}
		(*ret)[n++] = (struct receiver){
			store_i64(r, 0), store_i64(r, 2), store_i64(r, 3) != 0};
		if (n > FAN_OUT_MAX)
			rc = status_set(st, ST_RESOURCE_EXHAUSTED,
				"the topic has over %d subscriptions",
				FAN_OUT_MAX);
	}
	store_end(r);
	*ret_n = n;
	return rc;
}

/* Whether n more deliveries may be kept. Their numbers only grow, so once they
 * have been counted there is room up to a number that is known, and a publish
 * costs the same however many there are. */
static int check_room(struct emu *em, size_t n, struct status *st) {
	int64_t last = 0, count = 0;
	/* NULL when there is none */
	if (!store_one_i64(em->store, Q_DELIVERY_LAST, &last, "") ||
		last == STORE_NULL)
		last = 0;
	if (last + (int64_t)n <= em->backlog_room)
		return ST_OK;
	(void)store_one_i64(em->store, Q_DELIVERY_COUNT, &count, "");
	em->backlog_room = last + em->backlog_max - count;
	if (last + (int64_t)n <= em->backlog_room)
		return ST_OK;
	return status_set(st, ST_RESOURCE_EXHAUSTED,
		"%lld deliveries wait to be acknowledged; the emulator keeps "
		"%lld at most",
		(long long)count, (long long)em->backlog_max);
}

int bus_deliver(struct emu *em, int64_t sub_id, int64_t row, const char *key,
	struct status *st) {
	if (check_room(em, 1, st))
		return (int)st->code;
	(void)store_run(em->store, Q_MESSAGE_REF, "i", row);
	(void)store_run(em->store, Q_DELIVERY_ADD, "iiit", sub_id, row,
		emu_now(em), key);
	(void)timeline_add(&em->timeline, emu_now(em), EVENT_DELIVERY,
		store_last_id(em->store));
	return ST_OK;
}

/* What lies ready for a pull needs no event, unless its key has it wait. */
static void add_delivery(struct emu *em, const struct receiver *to,
	int64_t message, const char *key) {
	int64_t now = emu_now(em);
	if (!(to->flags & SUB_ORDERED))
		key = NULL;
	(void)store_run(
		em->store, Q_DELIVERY_ADD, "iiit", to->sub, message, now, key);
	int64_t id = store_last_id(em->store);
	bool event = to->pushes || key;
	if (misdeliver_may(em) &&
		misdeliver(em, to->sub, id, message, key, event))
		return;
	if (event)
		(void)timeline_add(&em->timeline, now, EVENT_DELIVERY, id);
	else
		em->ops.pullable(em->ops.ctx, to->sub);
}

int bus_publish(struct emu *em, const char *project, const char *topic,
	const json_t *message, char ret_id[static BUS_ID_MAX],
	struct status *st) {
	int64_t now = emu_now(em);
	struct topic t;
	auto_free struct receiver *subs = NULL;
	size_t n;
	const char *key =
		json_string_value(json_object_get(message, "orderingKey"));
	if (bus_topic_read(em, project, topic, &t, st) ||
		subs_of(em, t.id, message, &subs, &n, st) ||
		(n && check_room(em, n, st)))
		return (int)st->code;
	int64_t row = add_message(em, &t, message, (int64_t)n, ret_id);
	if (row < 0)
		return status_nomem(st);
	for (size_t i = 0; i < n; i++)
		add_delivery(em, &subs[i], row, key);
	if (!n)
		(void)store_run(em->store, Q_MESSAGE_SWEEP, "i", row);
	em->counters.messagesPublished++;
	journal_add(&em->journal, now, "publish", "project", project, "topic",
		topic, "messageId", ret_id, NULL);
	return ST_OK;
}
