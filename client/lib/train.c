/* SPDX-License-Identifier: MIT */
/* The client object: its settings and the operations under way. */
#include "client/lib/cred.h"
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
	int rc = cfg->target->source ? cred_new(&t->cfg, &t->cred, e) : 0;
	if (rc) {
		mem_free(t);
		return rc;
	}
	if (cfg->target->warning && cfg->warn)
		cfg->warn(cfg->target->warning);
	*ret = t;
	return 0;
}

const char *train_project_id(const struct train *t) {
	return t->cfg.project;
}

void train_tokens(struct train *t, struct train_tokens *ret) {
	*ret = (struct train_tokens){.ready = true, .problem = ""};
	if (t->cred)
		cred_state(t->cred, ret);
}

void train_stop(struct train *t) {
	t->stopping = true;
	call_stop_all(t);
	cred_ask_stop(t);
}

void train_free(struct train *t) {
	if (!t)
		return;
	train_stop(t);
	cred_free(t->cred);
	mem_free(t->project);
	mem_free(t);
}
