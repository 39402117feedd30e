/* SPDX-License-Identifier: MIT */
/* What only an emulator has, and a client of it has to know. */
#include "client/lib/train_int.h"

bool train_emulated(const struct train *t) {
	return t->cfg.target->emulated;
}

int train_emulator_clock(struct train *t, int64_t timeout_us, train_done *done,
	void *ctx, struct err *e) {
	const struct call_req rq = {.service = TRAIN_ML,
		.method = "GET",
		.path = "/emulator/v1/clock",
		.idempotent = true,
		.deadline_us = clock_mono_us() + timeout_us};
	return call_start(t, &rq, done, ctx, e);
}
