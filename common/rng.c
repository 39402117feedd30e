/* SPDX-License-Identifier: MIT */
#include "common/rng.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

void rng_seed(struct rng *r, uint64_t seed) {
	r->state = seed;
}

int rng_seed_system(struct rng *r, struct err *e) {
	uint64_t seed = 0;
	int rc = gnutls_rnd(GNUTLS_RND_NONCE, &seed, sizeof seed);
	if (rc < 0)
		return err_set(
			e, ERR_IO, "random bytes: %s", gnutls_strerror(rc));
	rng_seed(r, seed);
	return 0;
}

/* splitmix64: one word of state, any seed is good, and the published constants
 * make a run comparable with other implementations. */
uint64_t rng_next(struct rng *r) {
	uint64_t z = r->state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t rng_below(struct rng *r, uint64_t n) {
	/* 2^64 mod n values are dropped, so that each residue is as likely. */
	uint64_t drop = (0 - n) % n;
	uint64_t x = rng_next(r);
	while (x < drop)
		x = rng_next(r);
	return x % n;
}
