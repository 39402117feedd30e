/* SPDX-License-Identifier: MIT */
/* train-emulator: reads the command line, puts the core, the API and the HTTP
 * server on one loop, and runs until it is told to stop. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/args.h"
#include "common/child.h"
#include "common/fetch.h"
#include "common/httpd.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/std.h"
#include "common/when.h"
#include "emulator/api/api.h"
#include "emulator/api/faulty.h"
#include "emulator/core/fates.h"
#include "emulator/core/turn.h"
#include "emulator/emulator.h"
#include "emulator/run/commands.h"
#include "emulator/run/runner.h"

extern char **environ;

#define CONN_MAX 1000
#define IDLE_S 120
#define JOURNAL_CAP 10000
#define DRAIN_US (5 * US_PER_S)

static const struct args_opt opts[] = {
	{"listen", 'l', "ADDR:PORT",
		"where to serve; port 0 picks a free one (127.0.0.1:8100)"},
	{"clock", 0, "MODE",
		"real, virtual, auto (also virtual@TIME, auto@TIME) or xN for "
		"N times as fast (real)"},
	{"data", 0, "FILE", "keep the state in FILE instead of in memory"},
	{"job-life", 0, "LIST",
		"how long jobs stay in their states, as "
		"queued=5s,preparing=100s,running=5m,cancelling=5s"},
	{"run", 0, "IMAGE=COMMAND",
		"run COMMAND for the jobs whose image matches IMAGE; may be "
		"repeated, the first that matches counts"},
	{"fates", 0, "FILE",
		"rules by which jobs live and end otherwise, as JSON"},
	{"strict-cancel", 0, NULL,
		"refuse to cancel a job that is over, instead of answering {}"},
	{"app-engine", 0, "URL",
		"send Scheduler's App Engine targets there, whatever the app"},
	{"seed", 0, "N",
		"what the chance of faults begins with (picked at random)"},
	{"auth", 0, "MODE",
		"strict: refuse who has no right; open: look at no credentials "
		"(open)"},
	{"log-level", 0, "LEVEL",
		"debug, info, notice, warning or error (info)"},
	{0}};

static const struct args_spec spec = {.program = "train-emulator",
	.usage = "[options] | ctl [options] VERB ...",
	.about = "Emulates the AI Platform jobs API, Pub/Sub and Cloud "
		 "Scheduler in one process on one port, for tests and for "
		 "development without an account.",
	.epilog = "The first line on standard output is 'ready URL'. See also "
		  "'train-emulator ctl --help'.",
	.opts = opts};

struct server {
	char host[64];
	unsigned port;
	struct emu_config cfg;
	struct commands commands;
	json_t *fates; /* owned */
	struct loop *loop;
	struct fetch *fetch;
	struct emu *em;
	struct runner *runner;
	struct api *api;
	struct httpd *httpd;
	struct loop_hook hook, drain_hook;
	struct loop_timer drain;
	bool stopping;
	bool strict; /* --auth */
};

/* One "state=duration" of --job-life. */
static int take_stay(struct job_life *life, const char *word, struct err *e) {
	struct {
		const char *name;
		int64_t *us;
	} const stays[] = {{"queued=", &life->queued_us},
		{"preparing=", &life->preparing_us},
		{"running=", &life->running_us},
		{"cancelling=", &life->cancelling_us}};
	for (size_t i = 0; i < sizeof stays / sizeof stays[0]; i++) {
		size_t n = strlen(stays[i].name);
		if (!strncmp(word, stays[i].name, n))
			return duration_parse(word + n, stays[i].us, e);
	}
	return err_set(e, ERR_USAGE,
		"'%.60s' is not queued=, preparing=, running= or cancelling= "
		"and a duration",
		word);
}

static int take_life(struct job_life *life, const char *list, struct err *e) {
	auto_free char *copy = mem_strdup(list);
	if (!copy)
		return err_nomem(e);
	char *save = NULL;
	for (char *w = strtok_r(copy, ",", &save); w;
		w = strtok_r(NULL, ",", &save)) {
		int rc = take_stay(life, w, e);
		if (rc)
			return rc;
	}
	return 0;
}

static int take_auth(struct server *s, const char *value, struct err *e) {
	s->strict = !strcmp(value, "strict");
	if (s->strict || !strcmp(value, "open"))
		return 0;
	return err_set(
		e, ERR_USAGE, "'%.40s' is neither open nor strict", value);
}

static int take_level(const char *value, struct err *e) {
	int level = log_level_parse(value);
	if (level < 0)
		return err_set(e, ERR_USAGE, "'%.40s' is not a level", value);
	log_init(
		"train-emulator", (enum log_level)level, LOG_TEXT, &clock_real);
	return 0;
}

/* Of several files the last one counts. */
static int take_fates(struct server *s, const char *file, struct err *e) {
	json_t *list;
	int rc = fates_load(file, &list, e);
	if (rc)
		return rc;
	json_decref(s->fates);
	s->cfg.fates = s->fates = list;
	return 0;
}

static int take_app_engine(struct server *s, const char *value, struct err *e) {
	if (!fetch_url_ok(value))
		return err_set(e, ERR_USAGE,
			"'%.100s' is not an http or https URL", value);
	s->cfg.app_engine = value;
	return 0;
}

static int take_seed(struct server *s, const char *value, struct err *e) {
	char *end;
	errno = 0;
	long long n = strtoll(value, &end, 10);
	if (*end || *value < '0' || *value > '9' || errno ||
		n >= FAULT_SEED_MAX)
		return err_set(e, ERR_USAGE, "'%.40s' is not 0 to %lld", value,
			FAULT_SEED_MAX - 1);
	s->cfg.fault_seed = (uint64_t)n;
	return 0;
}

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct server *s = ctx;
	if (!strcmp(name, "listen"))
		return args_listen(value, s->host, sizeof s->host, &s->port, e);
	if (!strcmp(name, "clock"))
		return vclock_parse(value, &s->cfg.clock, e);
	if (!strcmp(name, "job-life"))
		return take_life(&s->cfg.life, value, e);
	if (!strcmp(name, "run"))
		return commands_add(&s->commands, value, e);
	if (!strcmp(name, "auth"))
		return take_auth(s, value, e);
	if (!strcmp(name, "log-level"))
		return take_level(value, e);
	if (!strcmp(name, "strict-cancel")) {
		s->cfg.strict_cancel = true;
		return 0;
	}
	if (!strcmp(name, "fates"))
		return take_fates(s, value, e);
	if (!strcmp(name, "app-engine"))
		return take_app_engine(s, value, e);
	if (!strcmp(name, "seed"))
		return take_seed(s, value, e);
	if (!*value) /* --data */
		return err_set(e, ERR_USAGE, "the file's name is empty");
	s->cfg.data = value;
	return 0;
}

static int64_t emu_hook_due(void *ctx) {
	const struct server *s = ctx;
	return turn_due(s->em);
}

static void emu_hook_run(void *ctx) {
	struct server *s = ctx;
	turn_run(s->em);
}

static void drained(void *ctx) {
	struct server *s = ctx;
	loop_stop(s->loop);
}

static bool busy(const struct server *s) {
	return httpd_busy(s->httpd) > 0 || runner_busy(s->runner);
}

/* The first signal lets requests and programs end, but not for long; the second
 * does not wait. */
static void on_signal(void *ctx, int signo) {
	(void)signo;
	struct server *s = ctx;
	if (s->stopping || !busy(s)) {
		loop_stop(s->loop);
		return;
	}
	s->stopping = true;
	httpd_quiesce(s->httpd);
	runner_stop(s->runner);
	turn_advance_stop(s->em);
	faulty_go_on(s->api);
	pubsub_stop(s->api);
	loop_timer_in(s->loop, &s->drain, DRAIN_US);
}

static int64_t drain_due(void *ctx) {
	const struct server *s = ctx;
	return s->stopping && !busy(s) ? 0 : -1;
}

/* What the API has to know of where it listens, and for whom. */
static void bind_names(struct server *s) {
	s->api->self_url = httpd_url(s->httpd);
	s->api->strict = s->strict;
	s->api->local_only = !strncmp(s->host, "127.", 4) ||
			     !strcmp(s->host, "::1") ||
			     !strcmp(s->host, "localhost");
}

static int start(struct server *s, struct err *e) {
	int rc = loop_new(&s->loop, e);
	if (!rc)
		rc = fetch_new(s->loop, &s->fetch, e);
	if (!rc)
		rc = emu_open(&s->cfg, &s->em, e);
	if (!rc)
		rc = turn_restart(s->em, e);
	if (!rc)
		rc = api_new(s->em, s->loop, s->fetch, &s->api, e);
	if (!rc)
		rc = runner_new(s->em, s->loop, (const char *const *)environ,
			&s->runner, e);
	struct httpd_config http = {.host = s->host,
		.port = s->port,
		.body_max = API_BODY_MAX,
		.conn_max = CONN_MAX,
		.idle_s = IDLE_S,
		.handle = api_handle,
		.too_big = api_too_big,
		.ctx = s->api};
	if (!rc)
		rc = httpd_start(s->loop, &http, &s->httpd, e);
	if (!rc)
		bind_names(s);
	if (!rc)
		rc = loop_signal(s->loop, SIGTERM, on_signal, s, e);
	if (!rc)
		rc = loop_signal(s->loop, SIGINT, on_signal, s, e);
	return rc;
}

/* Requests that were kept are answered while the server is there, and calls
 * that went out end while the core is. */
static void stop(struct server *s) {
	if (s->em)
		turn_stop(s->em);
	runner_free(s->runner);
	if (s->api) {
		faulty_go_on(s->api);
		pubsub_stop(s->api);
	}
	fetch_free(s->fetch);
	httpd_free(s->httpd);
	api_free(s->api);
	emu_close(s->em);
	loop_free(s->loop);
}

static int serve(struct server *s) {
	struct err e = {0};
	s->cfg.runs = s->commands.at;
	s->cfg.runs_len = s->commands.len;
	mem_keep_start();
	int rc = start(s, &e);
	if (!rc) {
		s->drain = (struct loop_timer){.cb = drained, .ctx = s};
		s->hook =
			(struct loop_hook){emu_hook_due, emu_hook_run, s, NULL};
		s->drain_hook = (struct loop_hook){drain_due, drained, s, NULL};
		loop_hook_add(s->loop, &s->hook);
		loop_hook_add(s->loop, &s->drain_hook);
		(void)printf("ready %s\n", httpd_url(s->httpd));
		(void)fflush(stdout);
		rc = loop_run(s->loop, &e);
	}
	stop(s);
	mem_keep_stop();
	if (!rc)
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "train-emulator: %s\n", e.msg);
	return rc == ERR_USAGE ? 2 : EXIT_FAILURE;
}

static int read_args(struct server *s, int argc, char **argv, struct err *e) {
	int first;
	struct rng r;
	int rc = vclock_parse("real", &s->cfg.clock, e);
	if (!rc)
		rc = rng_seed_system(&r, e);
	if (!rc) /* short enough to be typed */
		s->cfg.fault_seed = rng_below(&r, 1000000);
	if (!rc)
		rc = args_parse(&spec, argc, argv, 0, take, s, &first, e);
	return rc ? rc : args_no_operand(argc, argv, first, e);
}

int main(int argc, char **argv) {
	std_init();
	child_keeper(argc, argv);
	(void)signal(SIGPIPE, SIG_IGN);
	mem_init();
	log_init("train-emulator", LOG_INFO, LOG_TEXT, &clock_real);
	if (argc > 1 && !strcmp(argv[1], "ctl"))
		return ctl_main(argc - 1, argv + 1);
	struct err e = {0};
	struct server s = {.host = "127.0.0.1",
		.port = 8100,
		.cfg = {.life = job_life_default, .journal_cap = JOURNAL_CAP}};
	int rc = read_args(&s, argc, argv, &e), status = EXIT_SUCCESS;
	if (!rc) {
		status = serve(&s);
	} else if (rc != ARGS_EXIT) {
		(void)fprintf(stderr,
			"train-emulator: %s\nTry 'train-emulator --help'.\n",
			e.msg);
		status = 2;
	}
	commands_done(&s.commands);
	json_decref(s.fates);
	return status;
}
