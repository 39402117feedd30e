/* SPDX-License-Identifier: MIT */
#include "emulator/core/timeline.h"

#include "common/err.h"
#include "common/mem.h"

struct timeline_node {
	struct heap_node node; /* first: the heap's node is this node */
	struct event event;
	struct timeline_node *next; /* of a list, while not in the heap */
};

static struct timeline_node *first_of(const struct heap *h) {
	return (struct timeline_node *)(void *)heap_min(h);
}

static struct timeline_node *first(const struct timeline *t) {
	struct timeline_node *work = first_of(&t->heap);
	struct timeline_node *upkeep = first_of(&t->upkeep);
	return !work || (upkeep && upkeep->node.key < work->node.key) ? upkeep
								      : work;
}

static struct heap *heap_for(struct timeline *t, enum event_kind kind) {
	return kind >= EVENT_UPKEEP ? &t->upkeep : &t->heap;
}

static void drop(struct timeline *t, struct timeline_node *n) {
	heap_del(heap_for(t, n->event.kind), &n->node);
	n->next = t->spare;
	t->spare = n;
}

void timeline_clear(struct timeline *t) {
	struct timeline_node *n;
	while ((n = first(t)))
		drop(t, n);
}

void timeline_keep(struct timeline *t, enum event_kind kind) {
	struct timeline_node *kept = NULL, **end = &kept, *n;
	while ((n = first(t))) {
		if (n->event.kind != kind) {
			drop(t, n);
			continue;
		}
		heap_del(heap_for(t, kind), &n->node);
		n->next = NULL;
		*end = n;
		end = &n->next;
	}
	for (; kept; kept = n) {
		n = kept->next;
		heap_add(heap_for(t, kind), &kept->node);
	}
}

size_t timeline_len(const struct timeline *t) {
	return t->heap.len + t->upkeep.len;
}

void timeline_done(struct timeline *t) {
	timeline_clear(t);
	while (t->spare) {
		struct timeline_node *n = t->spare;
		t->spare = n->next;
		mem_free(n);
	}
}

int timeline_add(
	struct timeline *t, int64_t due_us, enum event_kind kind, int64_t id) {
	struct timeline_node *n = t->spare;
	if (n)
		t->spare = n->next;
	else
		n = mem_alloc(sizeof *n);
	if (!n) {
		t->incomplete = true;
		return ERR_NOMEM;
	}
	*n = (struct timeline_node){
		.node.key = due_us, .event = {due_us, kind, id}};
	heap_add(heap_for(t, kind), &n->node);
	return 0;
}

bool timeline_next(const struct timeline *t, int64_t *ret_due_us) {
	const struct timeline_node *n = first(t);
	if (n)
		*ret_due_us = n->event.due_us;
	return n != NULL;
}

bool timeline_work(const struct timeline *t, struct event *ret) {
	const struct timeline_node *n = first_of(&t->heap);
	if (n)
		*ret = n->event;
	return n != NULL;
}

bool timeline_pop(struct timeline *t, int64_t now_us, struct event *ret) {
	struct timeline_node *n = first(t);
	if (!n || n->event.due_us > now_us)
		return false;
	*ret = n->event;
	drop(t, n);
	return true;
}
