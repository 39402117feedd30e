/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "client/uniquifier/front.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/rng.h"
#include "config.h"

#define AGENT "train-uniquifier/" PACKAGE_VERSION
#define CONN_MAX 512
/* A token of 8 KiB and as much again: half of what 64 connections, idle or not,
 * would otherwise add to the memory of the program. */
#define CONN_HELD ((size_t)16 << 10)
#define IDLE_S 60
#define BODY_US US_PER_MIN /* Pub/Sub takes a moment */
#define DRAIN_LOOK_US (10 * US_PER_MS)
/* Bodies come before anybody is known, so strangers can fill this much. */
#define BODIES_MAX ((size_t)64 << 20)

/* What runs, in order of creation. */
struct server {
	struct loop *loop;
	struct fetch *fetch;
	struct transport transport;
	struct train *train;
	struct zones zones;
	struct metrics metrics;
	struct runner runner;
	struct service service;
	struct jwks *keys; /* NULL: anyone may push */
	struct front front;
	char *subscription; /* that is pulled from, or NULL */
	struct httpd *httpd;
	struct loop_timer drain;
	int64_t drain_us, drain_end_us;
	int signals; /* received so far */
};

static void on_drain(void *ctx) {
	struct server *s = ctx;
	if (front_in_flight(&s->front) == 0 ||
		clock_mono_us() > s->drain_end_us)
		loop_stop(s->loop);
	else
		loop_timer_in(s->loop, &s->drain, DRAIN_LOOK_US);
}

/* The first signal drains; a second one ends it at once. Meanwhile it goes on
 * listening: probes are told, and pushes that come all the same. */
static void on_signal(void *ctx, int signo) {
	struct server *s = ctx;
	s->signals++;
	log_line(LOG_NOTICE, "signal %d: %s, %u requests in hand", signo,
		s->signals == 1 ? "stopping" : "stopping at once",
		front_in_flight(&s->front));
	s->front.stopping = true;
	if (s->front.pull)
		pull_stop(s->front.pull);
	s->drain_end_us = clock_mono_us() + s->drain_us;
	if (s->signals == 1)
		on_drain(s);
	else
		loop_stop(s->loop);
}

static void warn(const char *text) {
	log_line(LOG_WARNING, "%s", text);
}

struct found {
	struct loop *loop;
	struct err err;
};

static void on_found(void *ctx, const struct train_end *end) {
	struct found *f = ctx;
	if (end->error)
		f->err = end->error->err;
	loop_stop(f->loop);
}

/* The project from the metadata server, before anything is taken. */
static int find_project(struct server *s, struct err *e) {
	struct found f = {.loop = s->loop};
	int rc = train_find_project(s->train, on_found, &f, e);
	if (!rc)
		rc = loop_run(s->loop, e);
	if (!rc && f.err.code)
		*e = f.err;
	return rc ? rc : f.err.code;
}

static int start_train(
	struct server *s, const struct server_config *cfg, struct err *e) {
	struct rng rng;
	int rc = rng_seed_system(&rng, e);
	if (!rc)
		rc = fetch_new(s->loop, &s->fetch, e);
	if (rc)
		return rc;
	s->transport = transport_fetch(s->fetch);
	const struct train_config train = {.loop = s->loop,
		.transport = &s->transport,
		.target = cfg->target,
		.clock = &clock_real,
		.project = cfg->project,
		.agent = AGENT,
		.retry_initial_us = cfg->retry_initial_us,
		.seed = rng_next(&rng),
		.brief = true,
		.warn = warn};
	rc = train_new(&train, &s->train, e);
	return rc || cfg->project ? rc : find_project(s, e);
}

static int start_front(
	struct server *s, const struct server_config *cfg, struct err *e) {
	if (!cfg->access->anyone) {
		const struct jwks_config keys = {.transport = &s->transport,
			.clock = &clock_mono,
			.url = cfg->access->jwks_url,
			.agent = AGENT,
			.waiters_max = cfg->in_flight_max / JWKS_SHARE};
		int rc = jwks_new(&keys, &s->keys, e);
		if (rc)
			return rc;
	}
	s->front = (struct front){.service = &s->service,
		.keys = s->keys,
		.verified = {.want = access_want(cfg->access)},
		.in_flight_max = cfg->in_flight_max,
		.started_us = clock_now_us(&clock_real),
		.version = PACKAGE_VERSION};
	return 0;
}

static int start_httpd(
	struct server *s, const struct server_config *cfg, struct err *e) {
	const struct httpd_config httpd = {.host = cfg->host,
		.port = cfg->port,
		.body_max = cfg->body_max,
		.bodies_max = cfg->body_max > BODIES_MAX / 4
				      ? (size_t)4 * cfg->body_max
				      : BODIES_MAX,
		.conn_max = CONN_MAX,
		.conn_held = CONN_HELD,
		.idle_s = IDLE_S,
		.body_us = BODY_US,
		.handle = front_handle,
		.too_big = front_too_big,
		.ctx = &s->front};
	return httpd_start(s->loop, &httpd, &s->httpd, e);
}

static int start_pull(
	struct server *s, const struct server_config *cfg, struct err *e) {
	s->subscription = strchr(cfg->subscription, '/')
				  ? mem_strdup(cfg->subscription)
				  : mem_printf("projects/%s/subscriptions/%s",
					    train_project_id(s->train),
					    cfg->subscription);
	if (!s->subscription)
		return err_nomem(e);
	const struct pull_config pull = {.loop = s->loop,
		.train = s->train,
		.runner = &s->runner,
		.metrics = &s->metrics,
		.subscription = s->subscription,
		.in_flight_max = cfg->in_flight_max,
		.timeout_us = cfg->submit_timeout_us};
	return pull_new(&pull, &s->front.pull, e);
}

static int start(
	struct server *s, const struct server_config *cfg, struct err *e) {
	s->drain.cb = on_drain;
	s->drain.ctx = s;
	int rc = loop_new(&s->loop, e);
	if (!rc)
		rc = start_train(s, cfg, e);
	if (rc)
		return rc;
	s->runner = (struct runner){.train = s->train,
		.clock = &clock_real,
		.rules = {.format = cfg->format,
			.tolerance_us = cfg->tick_tolerance_us,
			.zones = &s->zones},
		.policy = cfg->policy,
		.images = cfg->images,
		.dry_run = cfg->dry_run,
		.timeout_us = cfg->submit_timeout_us};
	s->service = (struct service){.runner = &s->runner,
		.body_max = cfg->body_max,
		.project = train_project_id(s->train),
		.metrics = &s->metrics};
	s->drain_us = cfg->drain_us;
	rc = start_front(s, cfg, e);
	if (!rc && cfg->subscription)
		rc = start_pull(s, cfg, e);
	if (!rc && cfg->host)
		rc = start_httpd(s, cfg, e);
	if (!rc)
		rc = loop_signal(s->loop, SIGTERM, on_signal, s, e);
	if (!rc)
		rc = loop_signal(s->loop, SIGINT, on_signal, s, e);
	return rc;
}

int server_run(const struct server_config *cfg, struct err *e) {
	struct server s = {0};
	int rc = start(&s, cfg, e);
	if (!rc) {
		(void)printf("ready %s\n",
			s.httpd ? httpd_url(s.httpd) : s.subscription);
		(void)fflush(stdout);
		if (s.keys) /* the first push should not have to wait */
			(void)jwks_renew(s.keys, NULL);
		rc = loop_run(s.loop, e);
	}
	/* In this order what is still under way is answered 503. */
	s.front.stopping = true;
	jwks_free(s.keys);
	train_free(s.train);
	pull_free(s.front.pull);
	httpd_free(s.httpd);
	fetch_free(s.fetch);
	loop_free(s.loop);
	zones_done(&s.zones);
	mem_free(s.subscription);
	return rc;
}
