/* SPDX-License-Identifier: MIT */
#include "emulator/core/order.h"

#include "common/mem.h"

/* The nearest earlier one that is not over; 0 when there is none. */
static int64_t ahead(struct emu *em, const struct delivery *d) {
	int64_t id = 0;
	(void)store_one_i64(
		em->store, Q_KEY_AHEAD, &id, "iti", d->sub_id, d->key, d->row);
	return id;
}

bool order_follows(struct emu *em, const struct delivery *d) {
	return d->key && ahead(em, d);
}

void order_batch_done(struct order_batch *b) {
	mem_free(b->ids);
}

/* The one ahead is mostly among the last. */
static bool holds(const struct order_batch *b, int64_t id) {
	for (size_t i = b->len; i > 0; i--)
		if (b->ids[i - 1] == id)
			return true;
	return false;
}

static bool add(struct order_batch *b, int64_t id) {
	if (b->len == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 16;
		int64_t *more = mem_resize(b->ids, cap * sizeof *more);
		b->failed = !more;
		if (b->failed)
			return false;
		b->ids = more;
		b->cap = cap;
	}
	b->ids[b->len++] = id;
	return true;
}

bool order_joins(
	struct emu *em, const struct delivery *d, struct order_batch *b) {
	if (!d->key)
		return true;
	if (b->failed)
		return false;
	int64_t id = ahead(em, d);
	return (!id || holds(b, id)) && add(b, d->id);
}

void order_again(struct emu *em, const struct delivery *d, int64_t due_us) {
	if (d->key)
		(void)store_run(em->store, Q_KEY_AGAIN, "iiti", due_us,
			d->sub_id, d->key, d->row);
}

void order_go_on(struct emu *em, const struct delivery *d) {
	if (!d->key)
		return;
	struct store_rows *r =
		store_query(em->store, Q_KEY_HEAD, "it", d->sub_id, d->key);
	if (store_next(r) && store_i64(r, 1) == DELIVERY_READY)
		(void)timeline_add(&em->timeline, store_i64(r, 2),
			EVENT_DELIVERY, store_i64(r, 0));
	store_end(r);
}

void order_settled(struct emu *em, const struct delivery *d, order_see *see) {
	if (!d->key)
		return;
	struct store_rows *r =
		store_query(em->store, Q_KEY_SETTLED, "it", d->sub_id, d->key);
	while (store_next(r) && store_i64(r, 3) == DELIVERY_ACKED) {
		struct delivery over;
		delivery_read(r, &over);
		see(em, &over);
	}
	store_end(r);
}
