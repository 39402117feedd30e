/* SPDX-License-Identifier: MIT */
/* Random numbers: a small seedable generator whose runs can be repeated, and
 * unpredictable bytes from GnuTLS to seed it. Not for secrets. */
#ifndef TRAINCTL_COMMON_RNG_H
#define TRAINCTL_COMMON_RNG_H

#include <stdint.h>

#include "common/err.h"

struct rng {
	uint64_t state;
};

void rng_seed(struct rng *r, uint64_t seed);
/* Seeds from the system. Returns 0 or ERR_IO. */
int rng_seed_system(struct rng *r, struct err *e);

uint64_t rng_next(struct rng *r);
/* Uniform in [0, n), n > 0, without modulo bias. */
uint64_t rng_below(struct rng *r, uint64_t n);

#endif
