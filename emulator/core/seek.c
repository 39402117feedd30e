/* SPDX-License-Identifier: MIT */
#include "emulator/core/seek.h"

#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/attr_filter.h"
#include "emulator/core/publish.h"
#include "emulator/core/snapshots.h"

/* A seek under way. */
struct seek {
	struct emu *em;
	const struct sub *sub;
	const char *filter;
	int64_t topic_id;
	int64_t time_us;
	int64_t snapshot_id; /* 0: to the time */
	int64_t last;	     /* of the snapshot */
	struct status *st;
};

static bool wanted(const struct seek *s, const struct delivery *d) {
	int64_t one;
	if (!s->snapshot_id)
		return d->publish_us >= s->time_us;
	return d->row > s->last || store_one_i64(s->em->store, Q_SNAPSHOT_HAS,
					   &one, "ii", s->snapshot_id, d->row);
}

/* What the subscription has. The rows are sorted, so all are read before the
 * first is changed. */
static void turn_over(const struct seek *s) {
	struct store_rows *r = store_query(
		s->em->store, Q_DELIVERY_ALL_OF_SUB, "i", s->sub->id);
	while (store_next(r)) {
		struct delivery d;
		delivery_read(r, &d);
		bool again = wanted(s, &d);
		if (again && d.state == DELIVERY_ACKED)
			delivery_reopened(s->em, &d);
		else if (!again && d.state != DELIVERY_ACKED)
			delivery_passed(s->em, s->sub, &d);
	}
	store_end(r);
}

/* Delivers a message again, if it fits the filter. */
static int redeliver(const struct seek *s, int64_t row, const char *body,
	struct status *st) {
	auto_json json_t *m = jsn_parse(body, strlen(body), false, NULL);
	if (!m)
		return status_nomem(st);
	const char *key = json_string_value(json_object_get(m, "orderingKey"));
	if (!attr_filter_fits(s->filter, m))
		return ST_OK;
	return bus_deliver(s->em, s->sub->id, row,
		s->sub->flags & SUB_ORDERED ? key : NULL, st);
}

/* What the topic or the snapshot has kept, and the subscription has not. */
static int bring_back(const struct seek *s, struct status *st) {
	struct emu *em = s->em;
	int64_t now = emu_now(em);
	struct store_rows *r =
		s->snapshot_id
			? store_query(em->store, Q_MESSAGE_OF_SNAPSHOT, "iiiii",
				  s->topic_id, now, s->last, s->snapshot_id,
				  s->sub->id)
			: store_query(em->store, Q_MESSAGE_SINCE, "iiiii",
				  s->topic_id, now, s->time_us,
				  now - s->sub->topic_retain_us, s->sub->id);
	int rc = ST_OK;
	while (!rc && store_next(r))
		rc = redeliver(s, store_i64(r, 0), store_text(r, 1), st);
	store_end(r);
	return rc;
}

static void take_snapshot(void *ctx, const struct snapshot *snap) {
	struct seek *s = ctx;
	s->snapshot_id = snap->id;
	s->last = snap->last;
	if (snap->topic_id != s->topic_id)
		/* text: that of Google's emulator (facts pubsub.md 6) */
		status_set(s->st, ST_FAILED_PRECONDITION,
			"The subscription's topic %s is different from that of "
			"the snapshot %s; they must match in order for Seek "
			"work. Note that if a topic is deleted and then "
			"re-created with the same name, it is considered a "
			"distinct topic for these purposes.",
			s->sub->topic, snap->topic);
}

static int find_snapshot(
	struct seek *s, const struct seek_target *to, struct status *st) {
	int rc = snapshots_get(s->em, to->snapshot_project, to->snapshot,
		take_snapshot, s, st);
	return rc ? rc : (int)st->code;
}

static int seek(
	struct seek *s, const struct seek_target *to, struct status *st) {
	if (s->sub->flags & SUB_DETACHED)
		return bus_detached(st);
	if (to->snapshot && find_snapshot(s, to, st))
		return (int)st->code;
	turn_over(s);
	/* those that snapshots keep do not come back with the time */
	bool more = s->snapshot_id || s->sub->topic_retain_us;
	if (more && bring_back(s, st))
		return (int)st->code;
	if (!s->sub->pushes)
		s->em->ops.pullable(s->em->ops.ctx, s->sub->id);
	return ST_OK;
}

int bus_seek(struct emu *em, const char *project, const char *name,
	const struct seek_target *to, struct status *st) {
	struct store_rows *r =
		store_query(em->store, Q_SUB_SEEK, "tt", project, name);
	int rc;
	if (store_next(r)) {
		struct sub sub;
		sub_read(r, &sub);
		struct seek s = {.em = em,
			.sub = &sub,
			.filter = store_text(r, SUB_COLS_LEN),
			.topic_id = store_i64(r, 3),
			.time_us = to->time_us,
			.st = st};
		rc = seek(&s, to, st);
	} else {
		rc = bus_not_found(st, name);
	}
	store_end(r);
	return rc;
}
