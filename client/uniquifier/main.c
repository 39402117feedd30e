/* SPDX-License-Identifier: MIT */
/* train-uniquifier: its options and what they must say together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/uniquifier/server.h"
#include "common/args.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/std.h"
#include "common/when.h"

#define PROGRAM "train-uniquifier"
#define BODY_MAX (10u << 20)
#define BODY_MAX_MAX (1u << 30)
#define IN_FLIGHT_MAX 256
#define IN_FLIGHT_MAX_MAX 400	/* fewer than connections: probes come too */
#define DRAIN_US (9 * US_PER_S) /* Cloud Run kills after 10 s */
#define DRAIN_MAX_US US_PER_HOUR
#define SUBMIT_TIMEOUT_US (8 * US_PER_S) /* below Pub/Sub's 10 s */
#define SUBMIT_TIMEOUT_MAX_US (10 * US_PER_MIN)
/* Ticks are whole minutes: within this, two are never taken for one. */
#define TICK_TOLERANCE_US US_PER_MIN
#define TICK_TOLERANCE_MAX_US US_PER_HOUR

struct options {
	struct server_config server;
	char host[64];
	bool listen; /* --listen was given */
	struct jobid_format format;
	struct access access;
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
		"$GOOGLE_CLOUD_PROJECT, $GCLOUD_PROJECT or "
		"$CLOUDSDK_CORE_PROJECT, else that of the credentials)"},
	{"subscription", 0, "NAME",
		"pull messages from this subscription, and take no pushes; "
		"listens only where --listen says"},
	{"id-format", 0, "FORMAT",
		"how job ids are made from {base} {time} {unix} {key} "
		"(default " JOBID_FORMAT_OWN_KEY
		" for a tick or a train-key, " JOBID_FORMAT
		" for another message)"},
	{"tick-tolerance", 0, "DURATION",
		"a message published less than this after a tick of its "
		"schedule is that tick's (default 1m)"},
	{"max-late", 0, "DURATION",
		"skip a run that comes later than this after its time (default "
		"none)"},
	{"overlap", 0, "POLICY",
		"while the previous run is going: allow, skip, or cancel it "
		"(default allow)"},
	{"failed", 0, "POLICY",
		"a run whose job has failed, when its message comes again: "
		"keep or retry (default keep)"},
	{"max-attempts", 0, "NUMBER",
		"jobs of one run at most, 1 to 9 (default 3)"},
	{"allow-image", 0, "PATTERN",
		"run no other images; may be repeated (default all)"},
	{"dry-run", 0, NULL,
		"log what would be done; nothing is done or acknowledged"},
	{"audience", 0, "AUDIENCE",
		"what a push's token is for, as its subscription says it; may "
		"be given several times"},
	{"sender", 0, "E-MAIL",
		"the service account whose token a push carries; may be given "
		"several times"},
	{"issuer", 0, "ISSUER",
		"who signs the tokens, if not Google; needs --jwks-url"},
	{"jwks-url", 0, "URL",
		"where the signer's keys are (default: Google's, or an "
		"emulator's)"},
	{"allow-unauthenticated", 0, NULL, "take pushes from anyone"},
	{"endpoint", 0, "SERVICE=URL", "where a service lives (ml, pubsub)"},
	{"access-token-file", 0, "FILE",
		"file with an OAuth access token, read before each request"},
	{"max-body", 0, "BYTES", "ceiling of a push's body (default 10485760)"},
	{"max-in-flight", 0, "NUMBER",
		"pushes in hand at once; more are answered 429 (default 256)"},
	{"drain-timeout", 0, "DURATION",
		"time for the pushes in hand after SIGTERM (default 9s)"},
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

static int take_number(
	const char *s, unsigned max, unsigned *ret, struct err *e) {
	size_t n = strspn(s, "0123456789");
	unsigned long v = n && n < 12 && !s[n] ? strtoul(s, NULL, 10) : 0;
	if (v < 1 || v > max)
		return err_set(e, ERR_USAGE,
			"'%s' is not a number from 1 to %u", s, max);
	*ret = (unsigned)v;
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

/* Its last part, or all of its name. */
static int take_subscription(const char *s, const char **ret, struct err *e) {
	const char *part = strstr(s, "/subscriptions/");
	bool full = strncmp(s, "projects/", 9) == 0 && part && part > s + 9 &&
		    part[15] && !strchr(part + 15, '/');
	if (!*s || (strchr(s, '/') && !full))
		return err_set(e, ERR_USAGE,
			"'%s' is neither the name of a subscription nor "
			"projects/PROJECT/subscriptions/NAME",
			s);
	*ret = s;
	return 0;
}

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "listen") == 0) {
		o->listen = true;
		return args_listen(
			value, o->host, sizeof o->host, &o->server.port, e);
	}
	int rc = policy_set(&o->server.policy, name, value, e);
	if (rc != ERR_NOTFOUND)
		return rc;
	if (strcmp(name, "project") == 0)
		o->server.project = value;
	else if (strcmp(name, "subscription") == 0)
		return take_subscription(value, &o->server.subscription, e);
	else if (strcmp(name, "dry-run") == 0)
		o->server.dry_run = true;
	else if (strcmp(name, "allow-image") == 0)
		return policy_add_image(&o->server.images, value, e);
	else if (access_knows(name))
		return access_take(&o->access, name, value, e);
	else if (strcmp(name, "id-format") == 0) {
		o->server.format = &o->format;
		return jobid_format_parse(value, &o->format, e);
	} else if (strcmp(name, "endpoint") == 0)
		return train_target_endpoint(&o->target, value, e);
	else if (strcmp(name, "access-token-file") == 0)
		return train_target_token_file(&o->target, value, e);
	else if (strcmp(name, "max-body") == 0)
		return take_number(value, BODY_MAX_MAX, &o->server.body_max, e);
	else if (strcmp(name, "max-in-flight") == 0)
		return take_number(
			value, IN_FLIGHT_MAX_MAX, &o->server.in_flight_max, e);
	else if (strcmp(name, "drain-timeout") == 0)
		return take_duration(
			value, DRAIN_MAX_US, &o->server.drain_us, e);
	else if (strcmp(name, "tick-tolerance") == 0)
		return take_duration(value, TICK_TOLERANCE_MAX_US,
			&o->server.tick_tolerance_us, e);
	else if (strcmp(name, "submit-timeout") == 0)
		return take_duration(value, SUBMIT_TIMEOUT_MAX_US,
			&o->server.submit_timeout_us, e);
	else if (strcmp(name, "retry-initial") == 0)
		return take_duration(value, SUBMIT_TIMEOUT_MAX_US,
			&o->server.retry_initial_us, e);
	else
		return take_log(o, name, value, e);
	return 0;
}

/* Where to listen, and whose pushes to take. */
static int settle_front(struct options *o, struct err *e) {
	const char *port = getenv("PORT");
	int rc = 0;
	if (!o->listen && port && *port) {
		auto_free char *addr = mem_printf("0.0.0.0:%s", port);
		rc = addr ? args_listen(addr, o->host, sizeof o->host,
				    &o->server.port, e)
			  : err_nomem(e);
		if (rc)
			return err_wrap(e, "PORT");
	}
	return access_settle(&o->access, getenv, e);
}

/* What the options leave open, and what they must say together. */
static int settle(struct options *o, struct err *e) {
	unsigned services = TRAIN_SET(TRAIN_ML);
	struct jobid_format last;
	int rc = 0;
	if (o->server.format && o->server.policy.retry &&
		jobid_format_attempt(
			&o->format, o->server.policy.attempts_max, &last, e))
		return err_wrap(e, "--failed=retry");
	if (o->server.subscription) {
		/* nobody gets in: who may push need not be said */
		services |= TRAIN_SET(TRAIN_PUBSUB);
		o->access.anyone = true;
		o->server.host = o->listen ? o->host : NULL;
	} else {
		rc = settle_front(o, e);
	}
	return rc ? rc
		  : train_target_open(&o->target, services, o->server.project,
			    getenv, &o->server.project, e);
}

int main(int argc, char **argv) {
	std_init();
	mem_init();
	struct options o = {.host = "127.0.0.1",
		.level = LOG_INFO,
		.form = LOG_JSON,
		.server = {.port = 8080,
			.body_max = BODY_MAX,
			.in_flight_max = IN_FLIGHT_MAX,
			.drain_us = DRAIN_US,
			.tick_tolerance_us = TICK_TOLERANCE_US,
			.submit_timeout_us = SUBMIT_TIMEOUT_US}};
	struct err e = {0};
	int first = argc;
	policy_init(&o.server.policy);
	o.server.host = o.host;
	o.server.target = &o.target;
	o.server.access = &o.access;
	int rc = args_parse(&spec, argc, argv, 0, take, &o, &first, &e);
	if (!rc)
		rc = args_no_operand(argc, argv, first, &e);
	if (!rc)
		rc = settle(&o, &e);
	if (!rc) {
		log_init(PROGRAM, (enum log_level)o.level, o.form, &clock_real);
		if (o.server.format && !o.format.has_key)
			log_line(LOG_WARNING,
				"--id-format has no {key}: two messages may "
				"get one id, and the second is then not run");
		mem_keep_start();
		rc = server_run(&o.server, &e);
		mem_keep_stop();
	}
	train_target_done(&o.target);
	access_done(&o.access);
	if (rc == ARGS_EXIT)
		return 0;
	if (rc)
		(void)fprintf(stderr, PROGRAM ": %s\n", e.msg);
	return rc == 0 ? 0 : e.code == ERR_USAGE ? 2 : 1;
}
