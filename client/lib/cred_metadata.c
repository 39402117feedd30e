/* SPDX-License-Identifier: MIT */
/* What the metadata server knows besides tokens: the project. */
#include <string.h>

#include "client/lib/cred.h"
#include "common/mem.h"

struct ask {
	struct train *train;
	void *handle;
	struct loop_timer timer; /* between two attempts */
	unsigned tries;
	train_done *done;
	void *ctx;
};

static void ask_free(struct ask *a) {
	struct train *t = a->train;
	t->ask = NULL;
	if (a->handle)
		t->cfg.transport->cancel(t->cfg.transport->ctx, a->handle);
	loop_timer_stop(t->cfg.loop, &a->timer);
	mem_free(a);
}

static void ask_end(struct ask *a, const struct err *e) {
	struct train_error error;
	if (e)
		apierr_local(&error, e);
	const struct train_end end = {.answer = e ? NULL : json_null(),
		.error = e ? &error : NULL,
		.attempts = a->tries,
		.retries = a->tries ? a->tries - 1 : 0};
	a->done(a->ctx, &end);
	ask_free(a);
}

void cred_ask_stop(struct train *t) {
	struct err e = {0};
	(void)err_set(&e, ERR_STOPPED, "stopped before it was settled");
	if (t->ask)
		ask_end(t->ask, &e);
}

/* Keeps the project, or says what is wrong with the answer. */
static int take(struct train *t, const struct fetch_res *res, struct err *e) {
	if (strcmp(res->kept, "Google") != 0)
		return err_set(
			e, ERR_IO, "answers without Metadata-Flavor: Google");
	if (res->status != 200)
		return err_set(e, res->status >= 500 ? ERR_NOTSENT : ERR_IO,
			"HTTP %d", res->status);
	if (!project_ok(res->body))
		return err_set(e, ERR_IO, "does not know the project");
	t->project = mem_strdup(res->body);
	t->cfg.project = t->project;
	return t->project ? 0 : err_nomem(e);
}

/* Whether it is asked again, and then the timer is armed. */
static bool again(struct ask *a, const struct err *e) {
	struct train *t = a->train;
	struct train_error error;
	const struct retry_policy policy = {
		.initial_us = t->cfg.retry_initial_us,
		.cap_us = RETRY_CAP_US,
		.attempts_max = CRED_METADATA_TRIES};
	const struct retry_try one = {.idempotent = true,
		.attempt = a->tries,
		.total_us = INT64_MAX,
		.random = (uint32_t)(rng_next(&t->rng) >> 32)};
	apierr_local(&error, e);
	int64_t wait = retry_wait(&policy, &one, &error);
	if (wait >= 0)
		loop_timer_in(t->cfg.loop, &a->timer, wait);
	return wait >= 0;
}

static void on_project(
	void *ctx, const struct fetch_res *res, const struct err *lost) {
	struct ask *a = ctx;
	struct train *t = a->train;
	struct err e = {0};
	a->handle = NULL;
	int rc = res ? take(t, res, &e) : (e = *lost, e.code);
	if (rc && again(a, &e))
		return;
	if (rc && rc != ERR_NOMEM && rc != ERR_STOPPED)
		(void)err_wrap(&e, "no project is set; %s",
			t->cfg.target->source->what);
	ask_end(a, rc ? &e : NULL);
}

static int ask_send(struct ask *a, struct err *e) {
	const struct train_config *cfg = &a->train->cfg;
	auto_free char *url = mem_printf("%s/computeMetadata/v1/project/"
					 "project-id",
		cfg->target->source->metadata_url);
	char flavor[] = CRED_FLAVOR;
	const struct cred_ask ask = {.method = "GET",
		.url = url,
		.header = {flavor},
		.metadata = true};
	int rc = url ? cred_send(cfg, &ask, on_project, a, &a->handle, e)
		     : err_nomem(e);
	a->tries += !rc;
	return rc;
}

static void on_timer(void *ctx) {
	struct ask *a = ctx;
	struct err e = {0};
	if (ask_send(a, &e))
		ask_end(a, &e);
}

int train_find_project(
	struct train *t, train_done *done, void *ctx, struct err *e) {
	const struct cred_source *s = t->cfg.target->source;
	if (!s || s->type != CRED_METADATA || t->ask)
		return err_set(e, ERR_USAGE, "no metadata server to ask");
	struct ask *a = mem_zero(1, sizeof *a);
	if (!a)
		return err_nomem(e);
	*a = (struct ask){.train = t,
		.timer = {.cb = on_timer, .ctx = a},
		.done = done,
		.ctx = ctx};
	t->ask = a;
	int rc = ask_send(a, e);
	if (rc)
		ask_free(a);
	return rc;
}
