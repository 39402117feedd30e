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

void train_free(struct train *t) {
	if (!t)
		return;
	while (t->ops)
		op_end(t->ops);
	mem_free(t);
}

void op_add(struct train *t, struct op *op, void (*free)(struct op *op)) {
	*op = (struct op){
		.train = t, .next = t->ops, .link = &t->ops, .free = free};
	if (t->ops)
		t->ops->link = &op->next;
	t->ops = op;
}

void op_end(struct op *op) {
	*op->link = op->next;
	if (op->next)
		op->next->link = op->link;
	op->free(op);
}
