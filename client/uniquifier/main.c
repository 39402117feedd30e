/* SPDX-License-Identifier: MIT */
/* train-uniquifier: options, start, ready line, orderly end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/uniquifier/submit.h"
#include "common/args.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/when.h"
#include "config.h"

#define PROGRAM "train-uniquifier"
#define BODY_MAX (10u << 20)
#define BODY_MAX_MAX (1u << 30)
#define SUBMIT_TIMEOUT_US (8 * US_PER_S) /* below Pub/Sub's 10 s */
#define SUBMIT_TIMEOUT_MAX_US (10 * US_PER_MIN)
#define CONN_MAX 512
#define IDLE_S 60
#define DRAIN_LOOK_US (10 * US_PER_MS)
#define DRAIN_US (2 * US_PER_S) /* beyond the time of a submit */

struct options {
	char host[64];
	unsigned port;
	bool listen; /* --listen was given */
	const char *project;
	struct jobid_format format;
	bool has_format;
	bool unauthenticated;
	size_t body_max;
	int64_t submit_timeout_us, retry_initial_us;
	int level;
	enum log_form form;
	struct train_target target;
};

static const struct args_opt opts[] = {
	{"listen", 0, "ADDR:PORT",
		"where to take pushes; port 0 picks one (default "
		"0.0.0.0:$PORT if PORT is set, else 127.0.0.1:8080)"},
	{"project", 'p', "PROJECT",
		"the project of the jobs (default $TRAINCTL_PROJECT, "
		"$GOOGLE_CLOUD_PROJECT or $CLOUDSDK_CORE_PROJECT)"},
	{"id-format", 0, "FORMAT",
		"how job ids are made from {base} {time} {unix} {key} "
		"(default " JOBID_FORMAT "; " JOBID_FORMAT_OWN_KEY
		" for a message with a train-key attribute)"},
	{"allow-unauthenticated", 0, NULL, "take pushes from anyone"},
	{"endpoint", 0, "SERVICE=URL", "where a service lives (ml)"},
	{"access-token-file", 0, "FILE",
		"file with an OAuth access token, read before each request"},
	{"body-max", 0, "BYTES", "ceiling of a push's body (default 10485760)"},
	{"submit-timeout", 0, "DURATION",
		"time for one submit with its retries (default 8s)"},
	{"retry-initial", 0, "DURATION",
		"upper bound of the first retry's delay (default 1s)"},
	{"log-level", 0, "LEVEL",
		"debug, info, notice, warning or error (default info)"},
	{"log-format", 0, "FORM", "json or text (default json)"},
	{0},
};

static const struct args_spec spec = {
	.program = PROGRAM,
	.usage = "[options]",
	.about = "Takes Pub/Sub pushes at POST /, makes each message's job id "
		 "unique, and submits the job exactly once in effect, however "
		 "often the message is delivered.",
	.epilog = "TRAIN_EMULATOR_HOST=HOST:PORT points every service at an "
		  "emulator. Exit status: 0 stopped by a signal, 1 failed, 2 "
		  "usage. See train-uniquifier(8).",
	.opts = opts,
};

static int take_bytes(const char *s, size_t *ret, struct err *e) {
	size_t n = strspn(s, "0123456789");
	unsigned long v = n && n < 12 && !s[n] ? strtoul(s, NULL, 10) : 0;
	if (v < 1 || v > BODY_MAX_MAX)
		return err_set(e, ERR_USAGE,
			"'%s' is not a number of bytes from 1 to %u", s,
			BODY_MAX_MAX);
	*ret = v;
	return 0;
}

static int take_duration(
	const char *s, int64_t max_us, int64_t *ret, struct err *e) {
	int64_t us;
	int rc = duration_parse(s, &us, e);
	if (rc)
		return rc;
	if (us < US_PER_MS || us > max_us)
		return err_set(e, ERR_USAGE, "'%s' is not from 1ms to %llds", s,
			max_us / US_PER_S);
	*ret = us;
	return 0;
}

static int take_log(
	struct options *o, const char *name, const char *value, struct err *e) {
	if (strcmp(name, "log-level") == 0) {
		o->level = log_level_parse(value);
		return o->level < 0 ? err_set(e, ERR_USAGE,
					      "unknown level '%s'", value)
				    : 0;
	}
	if (strcmp(value, "json") != 0 && strcmp(value, "text") != 0)
		return err_set(e, ERR_USAGE, "'%s' is not json or text", value);
	o->form = strcmp(value, "json") == 0 ? LOG_JSON : LOG_TEXT;
	return 0;
}

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "listen") == 0) {
		o->listen = true;
		return args_listen(value, o->host, sizeof o->host, &o->port, e);
	}
	if (strcmp(name, "project") == 0)
		o->project = value;
	else if (strcmp(name, "allow-unauthenticated") == 0)
		o->unauthenticated = true;
	else if (strcmp(name, "id-format") == 0) {
		o->has_format = true;
		return jobid_format_parse(value, &o->format, e);
	} else if (strcmp(name, "endpoint") == 0)
		return train_target_endpoint(&o->target, value, e);
	else if (strcmp(name, "access-token-file") == 0)
		return train_target_token_file(&o->target, value, e);
	else if (strcmp(name, "body-max") == 0)
		return take_bytes(value, &o->body_max, e);
	else if (strcmp(name, "submit-timeout") == 0)
		return take_duration(
			value, SUBMIT_TIMEOUT_MAX_US, &o->submit_timeout_us, e);
	else if (strcmp(name, "retry-initial") == 0)
		return take_duration(
			value, SUBMIT_TIMEOUT_MAX_US, &o->retry_initial_us, e);
	else
		return take_log(o, name, value, e);
	return 0;
}

/* What the options leave open, and what they must say together. */
static int settle(struct options *o, struct err *e) {
	const char *port = getenv("PORT");
	int rc = 0;
	if (!o->listen && port && *port) {
		auto_free char *addr = mem_printf("0.0.0.0:%s", port);
		rc = addr ? args_listen(
				    addr, o->host, sizeof o->host, &o->port, e)
			  : err_nomem(e);
		if (rc)
			return err_wrap(e, "PORT");
	}
	if (!o->unauthenticated)
		return err_set(e, ERR_USAGE,
			"the sender of a push cannot be verified yet (token "
			"verification is not built): start with "
			"--allow-unauthenticated where only trusted senders "
			"can reach this service");
	rc = train_project(o->project, getenv, &o->project, e);
	return rc ? rc
		  : train_target_resolve(
			    &o->target, TRAIN_SET(TRAIN_ML), getenv, e);
}

/* What runs, in order of creation. */
struct server {
	struct loop *loop;
	struct fetch *fetch;
	struct transport transport;
	struct train *train;
	struct service service;
	struct httpd *httpd;
	struct loop_timer drain;
	int64_t drain_end_us; /* a client may be stuck in its request */
	int signals;	      /* received so far */
};

static void on_drain(void *ctx) {
	struct server *s = ctx;
	if (httpd_busy(s->httpd) == 0 || clock_mono_us() > s->drain_end_us ||
		loop_timer_in(s->loop, &s->drain, DRAIN_LOOK_US) != 0)
		loop_stop(s->loop);
}

/* The first signal drains; a second one ends it at once. */
static void on_signal(void *ctx, int signo) {
	struct server *s = ctx;
	s->signals++;
	log_line(LOG_NOTICE, "signal %d: %s, %u requests in hand", signo,
		s->signals == 1 ? "stopping" : "stopping at once",
		httpd_busy(s->httpd));
	httpd_quiesce(s->httpd);
	s->service.stopping = true;
	s->drain_end_us = clock_mono_us() + s->service.timeout_us + DRAIN_US;
	if (s->signals == 1)
		on_drain(s);
	else
		loop_stop(s->loop);
}

static int start_train(
	struct server *s, const struct options *o, struct err *e) {
	struct rng rng;
	int rc = rng_seed_system(&rng, e);
	if (!rc)
		rc = fetch_new(s->loop, &s->fetch, e);
	if (rc)
		return rc;
	s->transport = transport_fetch(s->fetch);
	const struct train_config cfg = {.loop = s->loop,
		.transport = &s->transport,
		.target = &o->target,
		.clock = &clock_real,
		.project = o->project,
		.agent = PROGRAM "/" PACKAGE_VERSION,
		.retry_initial_us = o->retry_initial_us,
		.seed = rng_next(&rng)};
	return train_new(&cfg, &s->train, e);
}

static int start(struct server *s, const struct options *o, struct err *e) {
	s->drain.cb = on_drain;
	s->drain.ctx = s;
	int rc = loop_new(&s->loop, e);
	if (!rc)
		rc = start_train(s, o, e);
	if (rc)
		return rc;
	s->service = (struct service){.train = s->train,
		.format = o->has_format ? &o->format : NULL,
		.timeout_us = o->submit_timeout_us,
		.body_max = o->body_max};
	const struct httpd_config cfg = {.host = o->host,
		.port = o->port,
		.body_max = o->body_max,
		.conn_max = CONN_MAX,
		.idle_s = IDLE_S,
		.handle = service_handle,
		.too_big = service_too_big,
		.ctx = &s->service};
	rc = httpd_start(s->loop, &cfg, &s->httpd, e);
	if (!rc)
		rc = loop_signal(s->loop, SIGTERM, on_signal, s, e);
	if (!rc)
		rc = loop_signal(s->loop, SIGINT, on_signal, s, e);
	return rc;
}

static int serve(const struct options *o, struct err *e) {
	struct server s = {0};
	int rc = start(&s, o, e);
	if (!rc) {
		(void)printf("ready %s\n", httpd_url(s.httpd));
		(void)fflush(stdout);
		rc = loop_run(s.loop, e);
	}
	/* In this order what is still under way is answered 503. */
	train_free(s.train);
	httpd_free(s.httpd);
	fetch_free(s.fetch);
	loop_free(s.loop);
	return rc;
}

int main(int argc, char **argv) {
	mem_init();
	struct options o = {.host = "127.0.0.1",
		.port = 8080,
		.body_max = BODY_MAX,
		.submit_timeout_us = SUBMIT_TIMEOUT_US,
		.level = LOG_INFO,
		.form = LOG_JSON};
	struct err e = {0};
	int first = argc;
	int rc = args_parse(&spec, argc, argv, 0, take, &o, &first, &e);
	if (!rc)
		rc = args_no_operand(argc, argv, first, &e);
	if (!rc)
		rc = settle(&o, &e);
	if (!rc) {
		log_init(PROGRAM, (enum log_level)o.level, o.form, &clock_real);
		if (o.has_format && !o.format.has_key)
			log_line(LOG_WARNING,
				"--id-format has no {key}: two messages may "
				"get one id, and the second is then not run");
		rc = serve(&o, &e);
	}
	train_target_done(&o.target);
	if (rc == ARGS_EXIT)
		return 0;
	if (rc)
		(void)fprintf(stderr, PROGRAM ": %s\n", e.msg);
	return rc == 0 ? 0 : e.code == ERR_USAGE ? 2 : 1;
}
