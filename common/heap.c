/* SPDX-License-Identifier: MIT */
#include "common/heap.h"

#include "common/err.h"
#include "common/mem.h"

static bool before(const struct heap_node *a, const struct heap_node *b) {
	return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

/* pos is 1-based, so children of i are 2i and 2i + 1. */
static void put(struct heap *h, size_t pos, struct heap_node *n) {
	h->at[pos - 1] = n;
	n->pos = pos;
}

static void sift_up(struct heap *h, size_t pos, struct heap_node *n) {
	while (pos > 1 && before(n, h->at[pos / 2 - 1])) {
		put(h, pos, h->at[pos / 2 - 1]);
		pos /= 2;
	}
	put(h, pos, n);
}

static void sift_down(struct heap *h, size_t pos, struct heap_node *n) {
	for (;;) {
		size_t child = pos * 2;
		if (child > h->len)
			break;
		if (child < h->len && before(h->at[child], h->at[child - 1]))
			child++;
		if (!before(h->at[child - 1], n))
			break;
		put(h, pos, h->at[child - 1]);
		pos = child;
	}
	put(h, pos, n);
}

void heap_done(struct heap *h) {
	mem_free(h->at);
	*h = (struct heap){0};
}

int heap_add(struct heap *h, struct heap_node *n) {
	if (h->len == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 16;
		void *at = mem_resize(h->at, cap * sizeof h->at[0]);
		if (!at)
			return ERR_NOMEM;
		h->at = at;
		h->cap = cap;
	}
	n->seq = h->next_seq++;
	h->len++;
	sift_up(h, h->len, n);
	return 0;
}

void heap_del(struct heap *h, struct heap_node *n) {
	if (!n->pos)
		return;
	size_t pos = n->pos;
	struct heap_node *last = h->at[h->len - 1];
	h->len--;
	n->pos = 0;
	if (last == n)
		return;
	if (pos > 1 && before(last, h->at[pos / 2 - 1]))
		sift_up(h, pos, last);
	else
		sift_down(h, pos, last);
}

struct heap_node *heap_min(const struct heap *h) {
	return h->len ? h->at[0] : NULL;
}
