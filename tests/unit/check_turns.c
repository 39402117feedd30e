/* SPDX-License-Identifier: MIT */
/* Calls that wait for their turn, on a transport that answers when it is told
 * to. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define LONG_US (60 * US_PER_S)
#define CALLS_MAX (REQUESTS_MAX + 8)

struct world;

/* A request that the transport holds. */
struct held {
	struct world *world;
	char url[128];
	fetch_done *done;
	void *ctx;
	struct held *next;
};

/* One call, and what became of it. */
struct asked {
	struct world *world;
	int ended; /* times */
	struct err err;
};

struct world {
	struct loop *loop;
	struct transport transport;
	struct train_target target;
	struct train *train;
	struct held *first; /* in order of their start */
	unsigned held, most, cancelled;
	struct asked calls[CALLS_MAX];
	unsigned ended;
};

static int start(void *ctx, const struct fetch_req *rq, fetch_done *done,
	void *done_ctx, void **ret_handle, struct err *e) {
	struct world *w = ctx;
	struct held *h = mem_zero(1, sizeof *h), **at = &w->first;
	if (!h)
		return err_nomem(e);
	h->world = w;
	h->done = done;
	h->ctx = done_ctx;
	(void)snprintf(h->url, sizeof h->url, "%s", rq->url);
	while (*at)
		at = &(*at)->next;
	*at = h;
	w->held++;
	w->most = w->held > w->most ? w->held : w->most;
	*ret_handle = h;
	return 0;
}

static void take_out(struct held *h) {
	struct held **at = &h->world->first;
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	h->world->held--;
}

static void cancel(void *ctx, void *handle) {
	struct world *w = ctx;
	take_out(handle);
	mem_free(handle);
	w->cancelled++;
}

/* Answers the request that is held longest, with {}. */
static void answer(struct world *w) {
	struct held *h = w->first;
	const struct fetch_res res = {.status = 200,
		.body = "{}",
		.body_len = 2,
		.content_type = "",
		.retry_after = "",
		.redirect = "",
		.kept = ""};
	take_out(h);
	h->done(h->ctx, &res, NULL);
	mem_free(h);
}

static void world_init(struct world *w) {
	struct err e = {0};
	*w = (struct world){.transport = {start, cancel, w}};
	ck_assert_int_eq(loop_new(&w->loop, &e), 0);
	ck_assert_int_eq(
		train_target_endpoint(&w->target, "ml=http://ml", &e), 0);
	ck_assert_int_eq(
		train_target_endpoint(&w->target, "logging=http://log", &e), 0);
	const struct train_config cfg = {.loop = w->loop,
		.transport = &w->transport,
		.target = &w->target,
		.clock = &clock_real,
		.project = "p1",
		.agent = "check/1",
		.retry_initial_us = 1};
	ck_assert_int_eq(train_new(&cfg, &w->train, &e), 0);
}

static void world_done(struct world *w) {
	train_free(w->train);
	train_target_done(&w->target);
	loop_free(w->loop);
	ck_assert_ptr_null(w->first);
}

static void on_done(void *ctx, const struct train_end *end) {
	struct asked *a = ctx;
	a->ended++;
	a->world->ended++;
	if (end->error)
		a->err = end->error->err;
	loop_stop(a->world->loop);
}

/* The n-th call asks for the job jn. */
static int ask(struct world *w, unsigned n, int64_t timeout_us, struct err *e) {
	char id[16];
	(void)snprintf(id, sizeof id, "j%u", n);
	w->calls[n].world = w;
	return train_job_get(
		w->train, id, timeout_us, on_done, &w->calls[n], e);
}

static void ask_all(struct world *w) {
	struct err e = {0};
	for (unsigned n = 0; n < CALLS_MAX; n++)
		ck_assert_int_eq(ask(w, n, LONG_US, &e), 0);
	ck_assert_uint_eq(w->held, REQUESTS_MAX);
}

static bool asks_for(const struct held *h, unsigned n) {
	char id[16];
	(void)snprintf(id, sizeof id, "/jobs/j%u?", n);
	return strstr(h->url, id) != NULL;
}

START_TEST(first_come_first_served) {
	struct world w;
	world_init(&w);
	ask_all(&w);
	for (unsigned n = 0; n < CALLS_MAX; n++) {
		ck_assert_msg(asks_for(w.first, n), "%u: %s", n, w.first->url);
		answer(&w);
		ck_assert_int_eq(w.calls[n].ended, 1);
		ck_assert_int_eq(w.calls[n].err.code, 0);
		unsigned left = CALLS_MAX - 1 - n;
		ck_assert_uint_eq(
			w.held, left < REQUESTS_MAX ? left : REQUESTS_MAX);
	}
	ck_assert_uint_eq(w.most, REQUESTS_MAX);
	ck_assert_uint_eq(w.ended, CALLS_MAX);
	world_done(&w);
}
END_TEST

START_TEST(each_service_has_its_own) {
	struct world w;
	struct err e = {0};
	struct asked log = {.world = &w};
	world_init(&w);
	ask_all(&w);
	const struct call_req rq = {.service = TRAIN_LOGGING,
		.method = "GET",
		.path = "/v2/x",
		.deadline_us = clock_mono_us() + LONG_US};
	ck_assert_int_eq(call_start(w.train, &rq, on_done, &log, &e), 0);
	ck_assert_uint_eq(w.held, REQUESTS_MAX + 1);
	train_free(w.train);
	w.train = NULL;
	world_done(&w);
}
END_TEST

/* Its time is over, and nothing was sent: it may be asked again. */
START_TEST(a_turn_that_does_not_come) {
	struct world w;
	struct err e = {0};
	world_init(&w);
	for (unsigned n = 0; n < REQUESTS_MAX; n++)
		ck_assert_int_eq(ask(&w, n, LONG_US, &e), 0);
	ck_assert_int_eq(ask(&w, REQUESTS_MAX, US_PER_MS, &e), 0);
	ck_assert_int_eq(ask(&w, REQUESTS_MAX + 1, LONG_US, &e), 0);
	ck_assert_int_eq(loop_run(w.loop, &e), 0);
	ck_assert_uint_eq(w.ended, 1);
	ck_assert_int_eq(w.calls[REQUESTS_MAX].err.code, ERR_NOTSENT);
	ck_assert_str_eq(
		w.calls[REQUESTS_MAX].err.msg, "its turn did not come in time");
	for (unsigned n = 0; n < REQUESTS_MAX; n++)
		answer(&w);
	ck_assert_uint_eq(w.held, 1);
	ck_assert(asks_for(w.first, REQUESTS_MAX + 1));
	world_done(&w);
}
END_TEST

START_TEST(stopped_while_they_wait) {
	struct world w;
	world_init(&w);
	ask_all(&w);
	train_stop(w.train);
	ck_assert_uint_eq(w.cancelled, REQUESTS_MAX);
	ck_assert_uint_eq(w.most, REQUESTS_MAX);
	for (unsigned n = 0; n < CALLS_MAX; n++) {
		ck_assert_int_eq(w.calls[n].ended, 1);
		ck_assert_int_eq(w.calls[n].err.code, ERR_STOPPED);
	}
	world_done(&w);
}
END_TEST

/* One that waits, and then is sent. */
static int without_memory(void *ctx, struct err *e) {
	struct world *w = ctx;
	unsigned ended = w->ended;
	int rc = ask(w, REQUESTS_MAX, LONG_US, e);
	ck_assert_uint_eq(w->held, REQUESTS_MAX);
	if (rc)
		ck_assert_uint_eq(w->ended, ended);
	return rc;
}

START_TEST(no_memory) {
	struct world w;
	struct err e = {0};
	world_init(&w);
	for (unsigned n = 0; n < REQUESTS_MAX; n++)
		ck_assert_int_eq(ask(&w, n, LONG_US, &e), 0);
	ck_assert_int_gt(unit_nomem(without_memory, &w), 3);
	answer(&w);
	ck_assert_uint_eq(w.held, REQUESTS_MAX);
	world_done(&w);
}
END_TEST

int main(void) {
	Suite *s = suite_create("turns");
	unit_add(s, first_come_first_served);
	unit_add(s, each_service_has_its_own);
	unit_add(s, a_turn_that_does_not_come);
	unit_add(s, stopped_while_they_wait);
	unit_add(s, no_memory);
	return unit_run(s);
}
