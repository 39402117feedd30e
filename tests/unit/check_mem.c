/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdint.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/unit.h"

START_TEST(allocations_hold_what_they_should) {
	auto_free char *zeroed = mem_zero(3, 5);
	for (size_t i = 0; i < 15; i++)
		ck_assert_int_eq(zeroed[i], 0);
	auto_free char *part = mem_dup("ab\0cd", 5);
	ck_assert_mem_eq(part, "ab\0cd\0", 6);
	auto_free char *copy = mem_strdup("text");
	ck_assert_str_eq(copy, "text");
	auto_free char *made = mem_printf("%d-%s", 7, "x");
	ck_assert_str_eq(made, "7-x");
	auto_free char *grown = mem_resize(NULL, 4);
	memcpy(grown, "abc", 4);
	grown = mem_resize(grown, 4096);
	ck_assert_str_eq(grown, "abc");
}
END_TEST

/* Not an assertion a byte: each of them is told to the process that waits. */
static bool all_are(const unsigned char *p, size_t n, unsigned char c) {
	size_t same = 0;
	while (same < n && p[same] == c)
		same++;
	return same == n;
}

/* Every block is as large as was asked for and its owner's alone, whatever was
 * freed before, within and beyond what is kept. */
START_TEST(kept_blocks_are_whole_and_apart) {
	enum { BLOCKS = 400, ROUNDS = 20 };
	static unsigned char *at[BLOCKS];
	static size_t size[BLOCKS];
	mem_keep_start();
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < BLOCKS; i++) {
			/* small ones, and those around the largest that is
			 * kept, 4360 */
			size[i] = (i * 7 + (size_t)round * 31) % 320;
			if (i % 5 == 0)
				size[i] = 200 + (i * 211) % 4400;
			at[i] = i % 2 ? mem_alloc(size[i])
				      : mem_zero(1, size[i]);
			ck_assert(i % 2 || all_are(at[i], size[i], 0));
			memset(at[i], (int)(i % 251), size[i]);
		}
		for (size_t i = 0; i < BLOCKS; i++) {
			ck_assert(all_are(at[i], size[i], i % 251));
			size_t bytes = size[i] / 2 + i * 13;
			if (i % 3 == 0)
				at[i] = mem_resize(at[i], bytes);
			if (i % 3 == 0 && bytes && size[i])
				ck_assert_uint_eq(at[i][0], i % 251);
			if (i % 4 == 0) {
				ck_assert_uint_ge(mem_raw_size(at[i]),
					bytes * (i % 3 == 0));
				mem_raw_free(at[i]);
			} else {
				mem_free(at[i]);
			}
		}
	}
	mem_keep_stop();
	mem_keep_stop(); /* twice is once */
	mem_free(mem_alloc(8));
}
END_TEST

START_TEST(nothing_is_still_an_allocation) {
	auto_free char *none = mem_alloc(0);
	auto_free char *zero = mem_zero(0, 8);
	auto_free char *dup = mem_dup(NULL, 0);
	ck_assert_ptr_nonnull(none);
	ck_assert_ptr_nonnull(zero);
	ck_assert_str_eq(dup, "");
	mem_free(NULL);
}
END_TEST

START_TEST(size_that_overflows_fails) {
	/* volatile: the compiler knows that this cannot succeed. */
	volatile size_t huge = SIZE_MAX;
	ck_assert_ptr_null(mem_dup("", huge));
}
END_TEST

START_TEST(take_hands_over) {
	char *p = mem_strdup("x");
	auto_free char *q = TAKE(p);
	ck_assert_ptr_null(p);
	ck_assert_str_eq(q, "x");
}
END_TEST

START_TEST(fails_after_n_and_stays_failed) {
	unsigned long before = mem_failures();
	mem_fail_after(2);
	auto_free char *a = mem_alloc(1);
	auto_free char *b = mem_zero(1, 1);
	auto_free char *c = mem_alloc(1);
	auto_free char *d = mem_printf("x");
	ck_assert_ptr_null(mem_strdup("x"));
	ck_assert_ptr_null(mem_resize(a, 100));
	mem_fail_off();
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_null(c);
	ck_assert_ptr_null(d);
	ck_assert_uint_eq(mem_failures() - before, 4);
	auto_free char *again = mem_alloc(1);
	ck_assert_ptr_nonnull(again);
}
END_TEST

START_TEST(one_fails_and_no_more) {
	unsigned long before = mem_failures();
	mem_fail_one(1);
	auto_free char *a = mem_alloc(1);
	auto_free char *b = mem_alloc(1);
	auto_free char *c = mem_alloc(1);
	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_null(b);
	ck_assert_ptr_nonnull(c);
	ck_assert_uint_eq(mem_failures() - before, 1);
	/* what is said anew counts */
	mem_fail_one(0);
	mem_fail_after(0);
	ck_assert_ptr_null(mem_alloc(1));
	ck_assert_ptr_null(mem_alloc(1));
	mem_fail_off();
}
END_TEST

START_TEST(what_is_whole_or_fails) {
	mem_whole_begin();
	auto_free char *a = mem_alloc(1);
	ck_assert_ptr_nonnull(a);
	ck_assert(mem_whole_end());
	mem_whole_begin();
	mem_fail_one(0);
	ck_assert_ptr_null(mem_alloc(1));
	ck_assert_ptr_null(mem_alloc(1));
	ck_assert(!mem_whole_end());
	auto_free char *b = mem_alloc(1);
	ck_assert_ptr_nonnull(b);
}
END_TEST

START_TEST(jansson_allocates_here) {
	mem_fail_after(0);
	json_t *j = json_object();
	mem_fail_off();
	ck_assert_ptr_null(j);
}
END_TEST

int main(void) {
	Suite *s = suite_create("mem");
	unit_add(s, allocations_hold_what_they_should);
	unit_add(s, kept_blocks_are_whole_and_apart);
	unit_add(s, nothing_is_still_an_allocation);
	unit_add(s, size_that_overflows_fails);
	unit_add(s, take_hands_over);
	unit_add(s, fails_after_n_and_stays_failed);
	unit_add(s, one_fails_and_no_more);
	unit_add(s, what_is_whole_or_fails);
	unit_add(s, jansson_allocates_here);
	return unit_run(s);
}
