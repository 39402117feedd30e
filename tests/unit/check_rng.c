/* SPDX-License-Identifier: MIT */
#include "common/rng.h"
#include "tests/unit/unit.h"

/* Published outputs of splitmix64 for the seed 1234567. */
START_TEST(is_splitmix64) {
	static const uint64_t want[] = {6457827717110365317u,
		3203168211198807973u, 9817491932198370423u,
		4593380528125082431u, 16408922859458223821u};
	struct rng r;
	rng_seed(&r, 1234567);
	for (size_t i = 0; i < 5; i++)
		ck_assert_uint_eq(rng_next(&r), want[i]);
}
END_TEST

START_TEST(seeds_repeat_and_differ) {
	struct rng a, b, c;
	rng_seed(&a, 7);
	rng_seed(&b, 7);
	rng_seed(&c, 8);
	for (int i = 0; i < 1000; i++) {
		uint64_t v = rng_next(&a);
		ck_assert_uint_eq(v, rng_next(&b));
		ck_assert_uint_ne(v, rng_next(&c));
	}
}
END_TEST

START_TEST(system_seeds_differ) {
	struct rng a, b;
	struct err e = {0};
	ck_assert_int_eq(rng_seed_system(&a, &e), 0);
	ck_assert_int_eq(rng_seed_system(&b, &e), 0);
	ck_assert_uint_ne(a.state, b.state);
}
END_TEST

/* 60,000 throws of a die: each face 10,000 times, within six standard
 * deviations (91.3 each). */
START_TEST(below_is_even) {
	struct rng r;
	rng_seed(&r, 1);
	int faces[6] = {0};
	for (int i = 0; i < 60000; i++)
		faces[rng_below(&r, 6)]++;
	for (int i = 0; i < 6; i++)
		ck_assert_int_le(
			faces[i] > 10000 ? faces[i] - 10000 : 10000 - faces[i],
			548);
}
END_TEST

/* For n = 3 * 2^62 a plain remainder would give the lowest third half of all
 * values instead of a third. */
START_TEST(below_has_no_modulo_bias) {
	struct rng r;
	rng_seed(&r, 1);
	const uint64_t third = (uint64_t)1 << 62;
	int low = 0;
	for (int i = 0; i < 30000; i++) {
		uint64_t v = rng_below(&r, 3 * third);
		ck_assert_uint_lt(v, 3 * third);
		low += v < third;
	}
	ck_assert_int_gt(low, 9500);
	ck_assert_int_lt(low, 10500);
}
END_TEST

START_TEST(below_at_its_ends) {
	struct rng r;
	rng_seed(&r, 1);
	for (int i = 0; i < 100; i++) {
		ck_assert_uint_eq(rng_below(&r, 1), 0);
		ck_assert_uint_lt(rng_below(&r, UINT64_MAX), UINT64_MAX);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("rng");
	unit_add(s, is_splitmix64);
	unit_add(s, seeds_repeat_and_differ);
	unit_add(s, system_seeds_differ);
	unit_add(s, below_is_even);
	unit_add(s, below_has_no_modulo_bias);
	unit_add(s, below_at_its_ends);
	return unit_run(s);
}
