/* SPDX-License-Identifier: MIT */
#include "emulator/core/snapshots.h"

#include "common/mem.h"
#include "emulator/core/iam.h"

#define LIFE_US (7 * US_PER_DAY)
#define LEAST_US US_PER_HOUR

static void read_row(struct store_rows *r, struct snapshot *ret) {
	*ret = (struct snapshot){.id = store_i64(r, 0),
		.project = store_text(r, 1),
		.name = store_text(r, 2),
		.topic_id = store_i64(r, 3),
		.topic = store_text(r, 4),
		.labels = store_text(r, 5),
		.expire_us = store_i64(r, 6),
		.last = store_i64(r, 7)};
}

/* What a snapshot takes from its subscription. */
struct source {
	int64_t sub_id, topic_id, oldest_us;
};

static int read_source(struct emu *em, const char *project, const char *name,
	struct source *ret, struct status *st) {
	struct store_rows *r =
		store_query(em->store, Q_SUB_SOURCE, "tt", project, name);
	bool found = store_next(r);
	if (found)
		*ret = (struct source){store_i64(r, 0), store_i64(r, 1), 0};
	int64_t retain_us = found ? store_i64(r, 2) : 0;
	store_end(r);
	if (!found)
		return bus_not_found(st, name);
	/* guess: that and how it is refused */
	if (ret->topic_id == STORE_NULL)
		return status_set(st, ST_FAILED_PRECONDITION,
			"The subscription has no topic (resource=%s).", name);
	if (!store_one_i64(em->store, Q_DELIVERY_OLDEST, &ret->oldest_us, "ii",
		    ret->sub_id, emu_now(em) - retain_us) ||
		ret->oldest_us == STORE_NULL)
		ret->oldest_us = emu_now(em);
	return ST_OK;
}

/* Its messages stay as long as it does; those to come, too. */
static void fill(
	struct emu *em, int64_t id, const struct source *s, int64_t expire_us) {
	(void)store_run(em->store, Q_SNAPSHOT_FILL, "ii", id, s->sub_id);
	(void)store_run(em->store, Q_MESSAGE_KEEP, "ii", expire_us, id);
	(void)store_run(
		em->store, Q_TOPIC_KEEPS, "ii", s->topic_id, s->topic_id);
	(void)timeline_add(&em->timeline, expire_us, EVENT_SNAPSHOT, id);
}

int snapshots_create(struct emu *em, const char *project, const char *name,
	const char *sub_project, const char *sub, const char *labels,
	struct status *st) {
	struct source s;
	if (read_source(em, sub_project, sub, &s, st))
		return (int)st->code;
	int64_t expire_us = s.oldest_us + LIFE_US;
	if (expire_us < emu_now(em) + LEAST_US)
		return status_set(st, ST_FAILED_PRECONDITION,
			"The snapshot would expire within an hour: the oldest "
			"unacknowledged message of the subscription is too old "
			"(resource=%s).",
			sub);
	if (store_run(em->store, Q_SNAPSHOT_ADD, "ttiti", project, name,
		    s.topic_id, labels, expire_us))
		return status_unwritten(st);
	if (!store_changes(em->store))
		return bus_exists(st, name);
	fill(em, store_last_id(em->store), &s, expire_us);
	return ST_OK;
}

int snapshots_get(struct emu *em, const char *project, const char *name,
	snapshot_see *see, void *ctx, struct status *st) {
	struct store_rows *r =
		store_query(em->store, Q_SNAPSHOT_GET, "tt", project, name);
	bool found = store_next(r);
	if (found) {
		struct snapshot s;
		read_row(r, &s);
		see(ctx, &s);
	}
	store_end(r);
	return found ? ST_OK : bus_not_found(st, name);
}

int snapshots_label(struct emu *em, const char *project, const char *name,
	const char *labels, struct status *st) {
	(void)store_run(
		em->store, Q_SNAPSHOT_LABEL, "ttt", labels, project, name);
	return store_changes(em->store) ? ST_OK : bus_not_found(st, name);
}

/* Messages that only it kept stay until their time is over. */
static void forget(struct emu *em, const struct snapshot *s) {
	const struct iam_resource r = {
		"pubsub.googleapis.com", s->project, "snapshots", s->name};
	int64_t topic_id = s->topic_id;
	iam_forget(em, &r);
	(void)store_run(em->store, Q_SNAPSHOT_EMPTY, "i", s->id);
	(void)store_run(em->store, Q_SNAPSHOT_DEL, "i", s->id);
	(void)store_run(em->store, Q_TOPIC_KEEPS, "ii", topic_id, topic_id);
	(void)store_run(em->store, Q_MESSAGE_TIDY, "i", emu_now(em));
}

static void forget_it(void *ctx, const struct snapshot *s) {
	forget(ctx, s);
}

int snapshots_delete(struct emu *em, const char *project, const char *name,
	struct status *st) {
	return snapshots_get(em, project, name, forget_it, em, st);
}

void snapshots_list(struct emu *em, const char *project, const char *after,
	int64_t max, snapshot_see *see, void *ctx) {
	struct store_rows *r = store_query(
		em->store, Q_SNAPSHOT_LIST, "tti", project, after, max);
	while (store_next(r)) {
		struct snapshot s;
		read_row(r, &s);
		see(ctx, &s);
	}
	store_end(r);
}

int snapshots_of_topic(struct emu *em, const char *project, const char *topic,
	const char *after, int64_t max, bus_see *see, void *ctx,
	struct status *st) {
	return bus_topic_names(em, Q_SNAPSHOT_OF_TOPIC, project, topic, after,
		max, see, ctx, st);
}

void snapshots_due(struct emu *em, int64_t id, int64_t due_us) {
	struct store_rows *r =
		store_query(em->store, Q_SNAPSHOT_BY_ID, "i", id);
	struct snapshot s;
	if (store_next(r)) {
		read_row(r, &s);
		if (s.expire_us == due_us)
			forget(em, &s);
	}
	store_end(r);
}

void snapshots_remind(struct emu *em) {
	struct store_rows *r = store_query(em->store, Q_SNAPSHOT_ENDS, "");
	while (store_next(r))
		(void)timeline_add(&em->timeline, store_i64(r, 1),
			EVENT_SNAPSHOT, store_i64(r, 0));
	store_end(r);
}
