/* SPDX-License-Identifier: MIT */
/* A min-heap of nodes embedded in the caller's structs, ordered by key and, for
 * equal keys, by order of insertion. It allocates nothing, so that no timer and
 * no wait for one's turn can fail for want of memory. Used for the loop's
 * timers, the emulator's timeline and the calls that wait. */
#ifndef TRAINCTL_COMMON_HEAP_H
#define TRAINCTL_COMMON_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
	int64_t key;
	uint64_t seq;			/* set by heap_add */
	struct heap_node *child, *next; /* its first one; its sibling */
	struct heap_node *prev; /* sibling or parent; at the root itself */
};

/* Zero-initialise. Nothing is to be freed. */
struct heap {
	struct heap_node *root;
	size_t len;
	uint64_t next_seq;
};

/* n->key is set by the caller. n must be zero-initialised and not in. */
void heap_add(struct heap *h, struct heap_node *n);
void heap_del(struct heap *h, struct heap_node *n); /* no-op if not in */
struct heap_node *heap_min(const struct heap *h);   /* NULL when empty */

static inline bool heap_has(const struct heap_node *n) {
	return n->prev != NULL;
}

#endif
