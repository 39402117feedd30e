/* SPDX-License-Identifier: MIT */
#include "common/heap.h"
#include "common/rng.h"
#include "tests/unit/unit.h"

#define MANY 500

START_TEST(empty_heap_has_no_minimum) {
	struct heap h = {0};
	struct heap_node n = {.key = 1};
	ck_assert_ptr_null(heap_min(&h));
	heap_del(&h, &n);
	ck_assert_ptr_null(heap_min(&h));
}
END_TEST

START_TEST(keys_come_in_order_and_equal_ones_as_added) {
	static const int64_t keys[] = {5, INT64_MAX, -3, 5, INT64_MIN, 0, 5};
	static const size_t order[] = {4, 2, 5, 0, 3, 6, 1};
	struct heap h = {0};
	struct heap_node n[7] = {0};
	for (size_t i = 0; i < 7; i++) {
		n[i].key = keys[i];
		heap_add(&h, &n[i]);
		ck_assert(heap_has(&n[i]));
	}
	for (size_t i = 0; i < 7; i++) {
		struct heap_node *min = heap_min(&h);
		ck_assert_ptr_eq(min, &n[order[i]]);
		heap_del(&h, min);
		ck_assert(!heap_has(min));
		heap_del(&h, min); /* not in: a no-op */
	}
	ck_assert_ptr_null(heap_min(&h));
}
END_TEST

/* The smallest of those that are in, found by looking at all of them. */
static struct heap_node *smallest(struct heap_node *n) {
	struct heap_node *min = NULL;
	for (size_t i = 0; i < MANY; i++) {
		if (heap_has(&n[i]) &&
			(!min || n[i].key < min->key ||
				(n[i].key == min->key && n[i].seq < min->seq)))
			min = &n[i];
	}
	return min;
}

/* Adds and deletes at random places, few distinct keys, many equal ones. */
START_TEST(agrees_with_a_plain_search) {
	static struct heap_node n[MANY];
	struct heap h = {0};
	struct rng r;
	rng_seed(&r, 20261004);
	for (size_t round = 0; round < 20000; round++) {
		struct heap_node *one = &n[rng_below(&r, MANY)];
		if (heap_has(one)) {
			heap_del(&h, one);
		} else {
			one->key = (int64_t)rng_below(&r, 50);
			heap_add(&h, one);
		}
		ck_assert_ptr_eq(heap_min(&h), smallest(n));
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("heap");
	unit_add(s, empty_heap_has_no_minimum);
	unit_add(s, keys_come_in_order_and_equal_ones_as_added);
	unit_add(s, agrees_with_a_plain_search);
	return unit_run(s);
}
