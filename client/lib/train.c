/* SPDX-License-Identifier: MIT */
/* The client object: its settings and the operations under way. */
#include "client/lib/train_int.h"
#include "common/mem.h"

int train_new(
	const struct train_config *cfg, struct train **ret, struct err *e) {
	struct train *t = mem_zero(1, sizeof *t);
	if (!t)
		return err_nomem(e);
	t->cfg = *cfg;
	if (!t->cfg.retry_initial_us)
		t->cfg.retry_initial_us = RETRY_INITIAL_US;
	rng_seed(&t->rng, cfg->seed);
	*ret = t;
	return 0;
}

void train_stop(struct train *t) {
	t->stopping = true;
	call_stop_all(t);
}

void train_free(struct train *t) {
	if (!t)
		return;
	train_stop(t);
	mem_free(t);
}
