/* SPDX-License-Identifier: MIT */
#include "emulator/core/misdeliver.h"

#include "common/mem.h"
#include "emulator/core/faults.h"
#include "emulator/core/publish.h"

#define HELD_MAX 1000 /* subscriptions with a message that is held */

/* Asks the rules about a subscription, by its own name or its topic's. Here and
 * below by queries that nothing else makes: a dead letter is published while a
 * delivery is being looked at. */
static const struct fault *strike(
	struct emu *em, enum fault_kind kind, int64_t sub_id) {
	const struct fault *f = NULL;
	struct store_rows *r = store_query(em->store, Q_SUB_NAMES, "i", sub_id);
	if (store_next(r)) {
		auto_free char *name =
			mem_printf("projects/%s/subscriptions/%s",
				store_text(r, 0), store_text(r, 1));
		f = faults_strike(em, kind, NULL, name, store_text(r, 2));
	}
	store_end(r);
	return f;
}

static void ready_at(struct emu *em, int64_t delivery_id, int64_t due_us) {
	(void)store_run(em->store, Q_DELIVERY_SET, "iiii",
		(int64_t)DELIVERY_READY, due_us, (int64_t)0, delivery_id);
}

static void go_at(struct emu *em, int64_t delivery_id, int64_t due_us) {
	ready_at(em, delivery_id, due_us);
	(void)timeline_add(&em->timeline, due_us, EVENT_DELIVERY, delivery_id);
}

/* Without room to remember it, it is late and nothing else. */
static void hold(struct emu *em, int64_t sub_id, int64_t id, int64_t due_us) {
	struct faults *fs = &em->faults;
	if (fs->held_len == fs->held_cap && fs->held_cap < HELD_MAX) {
		size_t cap = fs->held_cap ? fs->held_cap * 2 : 8;
		struct fault_held *more =
			mem_resize(fs->held, cap * sizeof *more);
		if (more) {
			fs->held = more;
			fs->held_cap = cap;
		}
	}
	if (fs->held_len < fs->held_cap)
		fs->held[fs->held_len++] =
			(struct fault_held){sub_id, id, due_us};
}

/* Whether a message of the subscription is still held; it is taken off the
 * list. */
static bool take_held(struct emu *em, int64_t sub_id, int64_t *ret_id) {
	struct faults *fs = &em->faults;
	size_t i = 0;
	while (i < fs->held_len && fs->held[i].sub != sub_id)
		i++;
	if (i == fs->held_len)
		return false;
	struct fault_held h = fs->held[i];
	fs->held[i] = fs->held[--fs->held_len];
	int64_t due = 0;
	*ret_id = h.delivery;
	return store_one_i64(em->store, Q_DELIVERY_HELD, &due, "ii", h.delivery,
		       sub_id) &&
	       due == h.due_us && due > emu_now(em);
}

/* The new one goes, and after it the one that was held. Pulls go by the time
 * and then by age, so there the new one has been ready a little longer. */
static void overtake(
	struct emu *em, int64_t sub_id, int64_t id, int64_t held, bool event) {
	int64_t now = emu_now(em);
	if (event) {
		go_at(em, id, now);
		go_at(em, held, now);
	} else {
		ready_at(em, id, now - 1);
		ready_at(em, held, now);
		em->ops.pullable(em->ops.ctx, sub_id);
	}
}

bool misdeliver(struct emu *em, int64_t sub_id, int64_t delivery_id,
	int64_t message, const char *key, bool event) {
	int64_t held;
	if (take_held(em, sub_id, &held)) {
		overtake(em, sub_id, delivery_id, held, event);
		return true;
	}
	const struct fault *f = strike(em, FAULT_OF_DELIVERY, sub_id);
	if (!f)
		return false;
	int64_t due = emu_now(em) + f->delay_us;
	if (f->effect == FAULT_DUPLICATE) {
		auto_status struct status full = STATUS_INIT;
		if (bus_deliver(em, sub_id, message, key, &full) == ST_OK &&
			f->delay_us)
			go_at(em, store_last_id(em->store), due);
		return false;
	}
	if (f->effect == FAULT_REORDER)
		hold(em, sub_id, delivery_id, due);
	go_at(em, delivery_id, due);
	return true;
}

bool misdeliver_ack(struct emu *em, int64_t sub_id) {
	return em->faults.live[FAULT_OF_ACK] &&
	       strike(em, FAULT_OF_ACK, sub_id);
}

bool misdeliver_run(struct emu *em, const char *project, const char *location,
	const char *job) {
	if (!em->faults.live[FAULT_OF_ACK])
		return false;
	auto_free char *name = mem_printf(
		"projects/%s/locations/%s/jobs/%s", project, location, job);
	return faults_strike(em, FAULT_OF_ACK, NULL, name, NULL);
}

bool misdeliver_target(struct emu *em, int64_t sched_id) {
	if (!em->faults.live[FAULT_OF_ACK])
		return false;
	bool lost = false;
	struct store_rows *r =
		store_query(em->store, Q_SCHED_BY_ID, "i", sched_id);
	if (store_next(r))
		lost = misdeliver_run(em, store_text(r, 1), store_text(r, 2),
			store_text(r, 3));
	store_end(r);
	return lost;
}
