/* SPDX-License-Identifier: MIT */
/* Topics and subscriptions, pulling and acknowledging. What happens to a
 * delivery when its time comes is in deliver.c. */
#include "emulator/core/bus.h"

#include <string.h>

#include "common/mem.h"
#include "emulator/core/deliver.h"
#include "emulator/core/iam.h"
#include "emulator/core/misdeliver.h"
#include "emulator/core/order.h"

/* Production's texts, facts pubsub.md section 3. */
int bus_not_found(struct status *st, const char *name) {
	return status_set(
		st, ST_NOT_FOUND, "Resource not found (resource=%s).", name);
}

int bus_exists(struct status *st, const char *name) {
	return status_set(st, ST_ALREADY_EXISTS,
		"Resource already exists in the project (resource=%s).", name);
}

int bus_topic_create(struct emu *em, const char *project, const char *name,
	const char *body, int64_t retain_us, struct status *st) {
	if (store_run(em->store, Q_TOPIC_ADD, "ttti", project, name, body,
		    retain_us))
		return status_unwritten(st);
	return store_changes(em->store) ? ST_OK : bus_exists(st, name);
}

int bus_topic_read(struct emu *em, const char *project, const char *name,
	struct topic *ret, struct status *st) {
	struct store_rows *r =
		store_query(em->store, Q_TOPIC_GET, "tt", project, name);
	bool found = store_next(r);
	if (found)
		*ret = (struct topic){
			store_i64(r, 0), store_i64(r, 2), store_i64(r, 3)};
	store_end(r);
	return found ? ST_OK : bus_not_found(st, name);
}

int bus_topic_get(struct emu *em, const char *project, const char *name,
	bus_see *see, void *ctx, struct status *st) {
	struct store_rows *r =
		store_query(em->store, Q_TOPIC_GET, "tt", project, name);
	bool found = store_next(r);
	if (found)
		see(ctx, name, store_text(r, 1));
	store_end(r);
	return found ? ST_OK : bus_not_found(st, name);
}

int bus_topic_update(struct emu *em, const char *project, const char *name,
	const char *body, int64_t retain_us, struct status *st) {
	struct topic t;
	if (bus_topic_read(em, project, name, &t, st))
		return st->code;
	(void)store_run(em->store, Q_TOPIC_SET, "tii", body, retain_us, t.id);
	(void)store_run(em->store, Q_SUB_TOPIC_RETAINS, "ii", retain_us, t.id);
	(void)store_run(em->store, Q_MESSAGE_RETAIN, "ii", retain_us, t.id);
	return ST_OK;
}

static void forget_policy(struct emu *em, const char *project,
	const char *collection, const char *name) {
	const struct iam_resource r = {
		"pubsub.googleapis.com", project, collection, name};
	iam_forget(em, &r);
}

int bus_topic_delete(struct emu *em, const char *project, const char *name,
	struct status *st) {
	struct topic t;
	if (bus_topic_read(em, project, name, &t, st))
		return st->code;
	(void)store_run(em->store, Q_SUB_ORPHAN, "i", t.id);
	(void)store_run(em->store, Q_SNAPSHOT_ORPHAN, "i", t.id);
	(void)store_run(em->store, Q_MESSAGE_LET_GO, "i", t.id);
	(void)store_run(em->store, Q_MESSAGE_TIDY, "i", emu_now(em));
	(void)store_run(em->store, Q_TOPIC_DEL, "i", t.id);
	forget_policy(em, project, "topics", name);
	return ST_OK;
}

void bus_topic_list(struct emu *em, const char *project, const char *after,
	int64_t max, bus_see *see, void *ctx) {
	struct store_rows *r = store_query(
		em->store, Q_TOPIC_LIST, "tti", project, after, max);
	while (store_next(r))
		see(ctx, store_text(r, 0), store_text(r, 1));
	store_end(r);
}

int bus_topic_names(struct emu *em, enum store_q q, const char *project,
	const char *name, const char *after, int64_t max, bus_see *see,
	void *ctx, struct status *st) {
	struct topic t;
	if (bus_topic_read(em, project, name, &t, st))
		return st->code;
	struct store_rows *r =
		store_query(em->store, q, "iti", t.id, after, max);
	while (store_next(r))
		see(ctx, store_text(r, 0), "");
	store_end(r);
	return ST_OK;
}

int bus_topic_subs(struct emu *em, const char *project, const char *name,
	const char *after, int64_t max, bus_see *see, void *ctx,
	struct status *st) {
	return bus_topic_names(em, Q_SUB_NAMES_OF_TOPIC, project, name, after,
		max, see, ctx, st);
}

/* The one event that looks whether a subscription is still used. */
static void check_at(struct emu *em, int64_t sub_id, int64_t due_us) {
	(void)store_run(em->store, Q_SUB_CHECK, "ii", due_us, sub_id);
	(void)timeline_add(&em->timeline, due_us, EVENT_SUB, sub_id);
}

static void check_later(struct emu *em, int64_t sub_id, int64_t ttl_us) {
	if (ttl_us)
		check_at(em, sub_id, emu_now(em) + ttl_us);
}

int bus_sub_create(
	struct emu *em, const struct sub_spec *s, struct status *st) {
	struct topic t = {0};
	if (bus_topic_read(em, s->topic_project, s->topic, &t, st))
		return st->code;
	auto_free char *full =
		mem_printf("projects/%s/topics/%s", s->topic_project, s->topic);
	if (!full)
		return status_nomem(st);
	if (store_run(em->store, Q_SUB_ADD, "ttitttiiiiititiii", s->project,
		    s->name, t.id, full, s->body, s->endpoint, s->ack_us,
		    s->retain_us, s->retry_min_us, s->retry_max_us, t.retain_us,
		    s->filter, s->flags, s->dead_topic, s->max_attempts,
		    s->ttl_us, emu_now(em)))
		return status_unwritten(st);
	if (!store_changes(em->store))
		return bus_exists(st, s->name);
	check_later(em, store_last_id(em->store), s->ttl_us);
	return ST_OK;
}

/* Opens a subscription's row; the caller ends it. NULL: st is set. */
static struct store_rows *open_sub(struct emu *em, const char *project,
	const char *name, struct status *st) {
	struct store_rows *r =
		store_query(em->store, Q_SUB_GET, "tt", project, name);
	if (store_next(r))
		return r;
	store_end(r);
	bus_not_found(st, name);
	return NULL;
}

int bus_sub_get(struct emu *em, const char *project, const char *name,
	sub_see *see, void *ctx, struct status *st) {
	struct store_rows *r = open_sub(em, project, name, st);
	if (!r)
		return st->code;
	struct sub s;
	sub_read(r, &s);
	see(ctx, &s);
	store_end(r);
	return ST_OK;
}

/* The numbers of a subscription; its texts are gone with the row. */
static int get_sub(struct emu *em, const char *project, const char *name,
	struct sub *ret, struct status *st) {
	struct store_rows *r = open_sub(em, project, name, st);
	if (!r)
		return st->code;
	sub_read(r, ret);
	store_end(r);
	return ST_OK;
}

static void drop_backlog(struct emu *em, int64_t sub_id) {
	struct store_rows *r =
		store_query(em->store, Q_DELIVERY_OF_SUB, "i", sub_id);
	while (store_next(r)) {
		int64_t message = store_i64(r, 1);
		(void)store_run(em->store, Q_MESSAGE_UNREF, "i", message);
		(void)store_run(em->store, Q_MESSAGE_SWEEP, "i", message);
	}
	store_end(r);
	(void)store_run(em->store, Q_DELIVERY_DEL_SUB, "i", sub_id);
}

/* guess: the words */
int bus_detached(struct status *st) {
	return status_set(st, ST_FAILED_PRECONDITION,
		"The subscription is detached from its topic.");
}

int bus_sub_detach(struct emu *em, const char *project, const char *name,
	const char *body, struct status *st) {
	struct sub s;
	if (get_sub(em, project, name, &s, st))
		return st->code;
	drop_backlog(em, s.id);
	(void)store_run(em->store, Q_SUB_DETACH, "tii", body,
		(int64_t)SUB_DETACHED, s.id);
	return ST_OK;
}

static void delete_sub(
	struct emu *em, int64_t id, const char *project, const char *name) {
	drop_backlog(em, id);
	(void)store_run(em->store, Q_SUB_DEL, "i", id);
	forget_policy(em, project, "subscriptions", name);
}

int bus_sub_delete(struct emu *em, const char *project, const char *name,
	struct status *st) {
	struct sub s;
	if (get_sub(em, project, name, &s, st))
		return st->code;
	delete_sub(em, s.id, project, name);
	return ST_OK;
}

void bus_sub_due(struct emu *em, int64_t sub_id, int64_t due_us) {
	struct store_rows *r = store_query(em->store, Q_SUB_BY_ID, "i", sub_id);
	struct sub s;
	if (store_next(r)) {
		sub_read(r, &s);
		int64_t end_us = s.used_us + s.ttl_us;
		if (!s.ttl_us || s.check_us != due_us) {
			/* another event looks, or none has to */
		} else if (end_us > emu_now(em)) {
			check_at(em, sub_id, end_us);
		} else {
			em->counters.subscriptionsExpired++;
			journal_add(&em->journal, emu_now(em), "expiry",
				"project", s.project, "subscription", s.name,
				NULL);
			delete_sub(em, sub_id, s.project, s.name);
			/* a pull that waits for it is told */
			em->ops.pullable(em->ops.ctx, sub_id);
		}
	}
	store_end(r);
}

void bus_sub_list(struct emu *em, const char *project, const char *after,
	int64_t max, sub_see *see, void *ctx) {
	struct store_rows *r =
		store_query(em->store, Q_SUB_LIST, "tti", project, after, max);
	while (store_next(r)) {
		struct sub s;
		sub_read(r, &s);
		see(ctx, &s);
	}
	store_end(r);
}

/* What was only retained is let go, but for what its key may still need. */
static void stop_retaining(struct emu *em, int64_t sub_id) {
	struct store_rows *r =
		store_query(em->store, Q_DELIVERY_ALL_OF_SUB, "i", sub_id);
	while (store_next(r)) {
		struct delivery d;
		delivery_read(r, &d);
		if (d.state == DELIVERY_ACKED)
			delivery_let_go(em, &d);
	}
	store_end(r);
}

int bus_sub_update(
	struct emu *em, const struct sub_spec *spec, struct status *st) {
	struct store_rows *r = open_sub(em, spec->project, spec->name, st);
	if (!r)
		return st->code;
	struct sub s;
	sub_read(r, &s);
	bool moves = strcmp(s.endpoint, spec->endpoint) != 0;
	store_end(r);
	if (s.flags & SUB_RETAINS && !(spec->flags & SUB_RETAINS))
		stop_retaining(em, s.id);
	(void)store_run(em->store, Q_SUB_UPDATE, "tiiiiitiiii", spec->body,
		spec->ack_us, spec->retain_us, spec->retry_min_us,
		spec->retry_max_us, spec->flags, spec->dead_topic,
		spec->max_attempts, spec->ttl_us, emu_now(em), s.id);
	check_later(em, s.id, spec->ttl_us);
	return moves ? bus_sub_config(em, spec->project, spec->name, spec->body,
			       spec->endpoint, st)
		     : ST_OK;
}

int bus_sub_config(struct emu *em, const char *project, const char *name,
	const char *body, const char *endpoint, struct status *st) {
	struct sub s;
	if (get_sub(em, project, name, &s, st))
		return st->code;
	(void)store_run(em->store, Q_SUB_CONFIG, "tti", body, endpoint, s.id);
	/* what waits goes the new way, and at once unless a policy of its own
	 * has it wait: the push backoff was the old endpoint's */
	(void)store_run(em->store, Q_DELIVERY_UNWAIT, "i", s.id);
	if (!s.retry_max_us)
		(void)store_run(em->store, Q_DELIVERY_HURRY, "iii", emu_now(em),
			s.id, emu_now(em));
	struct store_rows *r =
		store_query(em->store, Q_DELIVERY_KICK, "i", s.id);
	while (store_next(r))
		(void)timeline_add(&em->timeline, store_i64(r, 1),
			EVENT_DELIVERY, store_i64(r, 0));
	store_end(r);
	if (!*endpoint)
		em->ops.pullable(em->ops.ctx, s.id);
	return ST_OK;
}

/* That a subscription is used is noted once a second: reading must not cost a
 * writing each time. */
static void note_use(struct emu *em, const struct sub *s) {
	if (s->ttl_us && emu_now(em) - s->used_us >= US_PER_S)
		(void)store_run(
			em->store, Q_SUB_USED, "ii", emu_now(em), s->id);
}

int bus_pull(struct emu *em, const char *project, const char *name, int64_t max,
	bus_pulled *see, void *ctx, int64_t *ret_sub_id, int64_t *ret_count,
	struct status *st) {
	struct sub s;
	if (get_sub(em, project, name, &s, st))
		return st->code;
	if (s.flags & SUB_DETACHED)
		return bus_detached(st);
	if (s.pushes)
		return status_set(st, ST_FAILED_PRECONDITION,
			"This method is not supported for this subscription "
			"type.");
	note_use(em, &s);
	*ret_sub_id = s.id;
	*ret_count = 0;
	int64_t now = emu_now(em);
	size_t bytes = 0;
	auto_batch struct order_batch batch = {0};
	struct store_rows *r =
		store_query(em->store, Q_DELIVERY_READY, "ii", s.id, now);
	while (store_next(r)) {
		struct delivery d;
		delivery_read(r, &d);
		size_t len = strlen(d.message);
		if (*ret_count == max ||
			(*ret_count && bytes + len > BUS_PULL_BYTES_MAX)) {
			/* another that waits may have the rest */
			em->ops.pullable(em->ops.ctx, s.id);
			break;
		}
		if (delivery_expired(em, &s, &d) ||
			!order_joins(em, &d, &batch))
			continue;
		delivery_out(em, &d, now + s.ack_us);
		see(ctx, &(struct pulled){s.id, d.id, d.attempt, d.message,
				 d.message_id, d.publish_us,
				 s.max_attempts > 0});
		(*ret_count)++;
		bytes += len;
	}
	store_end(r);
	return ST_OK;
}

int bus_ack(struct emu *em, const char *project, const char *name,
	int64_t delivery_id, int64_t attempt, int64_t deadline_us,
	struct status *st) {
	struct store_rows *sr = open_sub(em, project, name, st);
	if (!sr)
		return st->code;
	struct sub s;
	sub_read(sr, &s);
	struct store_rows *r =
		store_query(em->store, Q_DELIVERY_BY_ID, "i", delivery_id);
	struct delivery d = {0};
	if (store_next(r))
		delivery_read(r, &d);
	bool same = d.id && d.sub_id == s.id && d.attempt == attempt;
	bool current = same && d.state == DELIVERY_OUT;
	/* as after the nack of an earlier one of its key */
	bool back = same && d.state == DELIVERY_READY && deadline_us == 0;
	/* one that gets lost is answered as if it had counted */
	if (current && deadline_us < 0 && !misdeliver_ack(em, s.id))
		delivery_acked(em, &s, &d);
	else if (current && deadline_us == 0)
		delivery_nacked(em, &s, &d);
	else if (current && deadline_us > 0)
		delivery_extend(em, &d, emu_now(em) + deadline_us);
	bool refused = !current && !back && s.flags & SUB_EXACTLY_ONCE;
	store_end(r);
	store_end(sr);
	return refused ? status_set(st, ST_INVALID_ARGUMENT,
				 "Some acknowledgement ids in the request were "
				 "invalid. This could be because the "
				 "acknowledgement ids have expired or the "
				 "acknowledgement ids were malformed.")
		       : ST_OK;
}

void bus_restart(struct emu *em) {
	(void)store_run(em->store, Q_SUB_RESTART, "");
	(void)store_run(em->store, Q_DELIVERY_RESTART, "");
}

void bus_remind(struct emu *em) {
	int64_t now = emu_now(em);
	struct store_rows *r = store_query(em->store, Q_DELIVERY_DUE, "i", now);
	while (store_next(r))
		(void)timeline_add(&em->timeline, store_i64(r, 1),
			store_i64(r, 2) == DELIVERY_ACKED ? EVENT_KEPT
							  : EVENT_DELIVERY,
			store_i64(r, 0));
	store_end(r);
	r = store_query(em->store, Q_SUB_CHECKS, "");
	while (store_next(r))
		(void)timeline_add(&em->timeline, store_i64(r, 1), EVENT_SUB,
			store_i64(r, 0));
	store_end(r);
	r = store_query(em->store, Q_SUB_HELD, "");
	while (store_next(r))
		(void)timeline_add(&em->timeline, store_i64(r, 1), EVENT_HELD,
			store_i64(r, 0));
	store_end(r);
	/* what lies ready for a pull needs no event of its own */
	r = store_query(em->store, Q_SUB_PULLABLE, "i", now);
	while (em->ops.pullable && store_next(r))
		em->ops.pullable(em->ops.ctx, store_i64(r, 0));
	store_end(r);
}
