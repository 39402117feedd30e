/* SPDX-License-Identifier: MIT */
#include "emulator/core/timeline.h"

#include "common/err.h"
#include "common/mem.h"

struct timeline_node {
	struct heap_node node; /* first: the heap's node is this node */
	struct event event;
	struct timeline_node *spare;
};

static struct timeline_node *first(const struct timeline *t) {
	return (struct timeline_node *)(void *)heap_min(&t->heap);
}

static void drop(struct timeline *t, struct timeline_node *n) {
	heap_del(&t->heap, &n->node);
	n->spare = t->spare;
	t->spare = n;
}

void timeline_clear(struct timeline *t) {
	struct timeline_node *n;
	while ((n = first(t)))
		drop(t, n);
}

void timeline_done(struct timeline *t) {
	timeline_clear(t);
	while (t->spare) {
		struct timeline_node *n = t->spare;
		t->spare = n->spare;
		mem_free(n);
	}
	heap_done(&t->heap);
}

int timeline_add(
	struct timeline *t, int64_t due_us, enum event_kind kind, int64_t id) {
	struct timeline_node *n = t->spare;
	if (n)
		t->spare = n->spare;
	else
		n = mem_alloc(sizeof *n);
	if (!n)
		return ERR_NOMEM;
	*n = (struct timeline_node){
		.node.key = due_us, .event = {due_us, kind, id}};
	if (heap_add(&t->heap, &n->node) == 0)
		return 0;
	mem_free(n);
	return ERR_NOMEM;
}

bool timeline_next(const struct timeline *t, int64_t *ret_due_us) {
	const struct timeline_node *n = first(t);
	if (n)
		*ret_due_us = n->event.due_us;
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
