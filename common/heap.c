/* SPDX-License-Identifier: MIT */
/* A pairing heap (Fredman, Sedgewick, Sleator, Tarjan: "The pairing heap: a new
 * form of self-adjusting heap", Algorithmica 1, 1986): a tree in which no node
 * comes before its parent. Adding is one comparison, taking the first out
 * O(log n) amortized. */
#include "common/heap.h"

static bool before(const struct heap_node *a, const struct heap_node *b) {
	return a->key != b->key ? a->key < b->key : a->seq < b->seq;
}

/* Of two trees without siblings, either NULL, one: whose root comes first has
 * the other as its first child. */
static struct heap_node *join(struct heap_node *a, struct heap_node *b) {
	if (!a || !b)
		return a ? a : b;
	struct heap_node *top = before(a, b) ? a : b, *sub = top == a ? b : a;
	sub->next = top->child;
	if (sub->next)
		sub->next->prev = sub;
	sub->prev = top;
	top->child = sub;
	return top;
}

/* Takes a tree out of a list of siblings. */
static struct heap_node *take(struct heap_node **list) {
	struct heap_node *n = *list;
	if (n) {
		*list = n->next;
		n->next = NULL;
	}
	return n;
}

/* Of siblings one tree: by pairs from the first to the last, and the pairs from
 * the last to the first. */
static struct heap_node *join_all(struct heap_node *siblings) {
	struct heap_node *pairs = NULL, *all = NULL;
	while (siblings) {
		struct heap_node *a = take(&siblings), *b = take(&siblings);
		a = join(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs)
		all = join(all, take(&pairs));
	return all;
}

static void set_root(struct heap *h, struct heap_node *root) {
	h->root = root;
	if (root)
		root->prev = root;
}

void heap_add(struct heap *h, struct heap_node *n) {
	n->seq = h->next_seq++;
	h->len++;
	set_root(h, join(h->root, n));
}

void heap_del(struct heap *h, struct heap_node *n) {
	if (!heap_has(n))
		return;
	struct heap_node *rest = join_all(n->child);
	if (n != h->root) {
		if (n->next)
			n->next->prev = n->prev;
		if (n->prev->child == n)
			n->prev->child = n->next;
		else
			n->prev->next = n->next;
		rest = join(h->root, rest);
	}
	h->len--;
	n->child = n->next = n->prev = NULL;
	set_root(h, rest);
}

struct heap_node *heap_min(const struct heap *h) {
	return h->root;
}
