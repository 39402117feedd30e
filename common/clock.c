/* SPDX-License-Identifier: MIT */
#include "common/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t read_us(clockid_t id) {
	struct timespec ts;
	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

static int64_t real_now(void *ctx) {
	(void)ctx;
	return read_us(CLOCK_REALTIME);
}

const struct clock clock_real = {real_now, NULL};

int64_t clock_now_us(const struct clock *c) {
	return c->now_us(c->ctx);
}

int64_t clock_mono_us(void) {
	return read_us(CLOCK_MONOTONIC);
}

static int64_t mono_now(void *ctx) {
	(void)ctx;
	return clock_mono_us();
}

const struct clock clock_mono = {mono_now, NULL};
