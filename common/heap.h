/* SPDX-License-Identifier: MIT */
/* A binary min-heap of nodes embedded in the caller's structs, ordered by key
 * and, for equal keys, by order of insertion. Used for the loop's timers and
 * the emulator's timeline. */
#ifndef TRAINCTL_COMMON_HEAP_H
#define TRAINCTL_COMMON_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
	int64_t key;
	uint64_t seq; /* set by heap_add */
	size_t pos;   /* 1-based place in the heap; 0 when not in it */
};

struct heap {
	struct heap_node **at;
	size_t len, cap;
	uint64_t next_seq;
};

void heap_done(struct heap *h); /* frees the array, not the nodes */
/* n->key is set by the caller. Returns 0 or ERR_NOMEM. n must not be in. */
int heap_add(struct heap *h, struct heap_node *n);
void heap_del(struct heap *h, struct heap_node *n); /* no-op if not in */
struct heap_node *heap_min(const struct heap *h);   /* NULL when empty */

#endif
