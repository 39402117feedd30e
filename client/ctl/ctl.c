/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "client/ctl/wanted.h"
#include "common/rng.h"
#include "config.h"

int ctl_take(
	struct ctl *c, const char *name, const char *value, struct err *e) {
	if (strcmp(name, "project") == 0) {
		c->project = value;
		return 0;
	}
	if (strcmp(name, "endpoint") == 0)
		return train_target_endpoint(&c->target, value, e);
	if (strcmp(name, "access-token-file") == 0)
		return train_target_token_file(&c->target, value, e);
	return format_parse(value, &c->format, e);
}

int ctl_number(const char *s, unsigned long max, size_t *ret, struct err *e) {
	size_t n = strspn(s, "0123456789");
	unsigned long v = n && n < 10 && !s[n] ? strtoul(s, NULL, 10) : 0;
	if (v < 1 || v > max)
		return err_set(
			e, ERR_USAGE, "'%s' is not from 1 to %lu", s, max);
	*ret = v;
	return 0;
}

int ctl_schedule(const char *text, const char *zone, struct schedule *ret,
	struct zone **ret_zone, struct err *e) {
	int rc = schedule_parse(text, ret, e);
	if (!rc)
		rc = zone_open(zone, ret_zone, e);
	return rc && rc != ERR_NOMEM ? e->code = ERR_USAGE : rc;
}

int ctl_operand(struct ctl *c, int argc, char **argv, int first,
	const char *what, struct err *e) {
	if (first == argc)
		return err_set(e, ERR_USAGE, "%s is missing", what);
	if (args_no_operand(argc, argv, first + 1, e))
		return e->code;
	if (!*argv[first])
		return err_set(e, ERR_USAGE, "%s is empty", what);
	(void)snprintf(c->subject, sizeof c->subject, "%s", argv[first]);
	return 0;
}

/* Options, and one operand. */
static int only(struct ctl *c, const struct args_spec *spec, int argc,
	char **argv, args_take *take, void *ctx, const char *what,
	const char **ret, struct err *e) {
	int first;
	int rc = args_parse(spec, argc, argv, 0, take, ctx, &first, e);
	if (!rc)
		rc = ctl_operand(c, argc, argv, first, what, e);
	if (!rc)
		*ret = argv[first];
	return rc;
}

int ctl_job_id(struct ctl *c, const struct args_spec *spec, int argc,
	char **argv, args_take *take, void *ctx, const char **ret_id,
	struct err *e) {
	int rc =
		only(c, spec, argc, argv, take, ctx, "the job's ID", ret_id, e);
	if (!rc && jobid_check(*ret_id, e))
		rc = e->code = ERR_USAGE;
	return rc;
}

int ctl_schedule_name(struct ctl *c, const struct args_spec *spec, int argc,
	char **argv, args_take *take, void *ctx, const char **ret_name,
	struct err *e) {
	int rc = only(c, spec, argc, argv, take, ctx, "the schedule's NAME",
		ret_name, e);
	return rc ? rc : wanted_check_name(*ret_name, e);
}

static void warn(const char *text) {
	(void)fprintf(stderr, PROGRAM ": warning: %s\n", text);
}

/* The project from the metadata server. */
static int find_project(struct ctl *c, struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	json_t *none = NULL;
	int rc = train_find_project(c->train, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, &none, e);
	json_decref(none);
	c->project = train_project_id(c->train);
	return rc;
}

int ctl_open(struct ctl *c, struct err *e) {
	struct rng rng;
	int rc = train_target_open(&c->target,
		c->services ? c->services : TRAIN_SET(TRAIN_ML), c->project,
		getenv, &c->project, e);
	if (!rc)
		rc = rng_seed_system(&rng, e);
	if (!rc)
		rc = loop_new(&c->loop, e);
	if (!rc)
		rc = fetch_new(c->loop, &c->fetch, e);
	if (rc)
		return rc;
	c->transport = transport_fetch(c->fetch);
	const struct train_config cfg = {.loop = c->loop,
		.transport = &c->transport,
		.target = &c->target,
		.clock = &clock_real,
		.project = c->project,
		.agent = PROGRAM "/" PACKAGE_VERSION,
		.seed = rng_next(&rng),
		.warn = warn};
	rc = train_new(&cfg, &c->train, e);
	return rc || c->project ? rc : find_project(c, e);
}

static void on_interrupt(void *ctx, int signo) {
	(void)signo;
	struct ctl *c = ctx;
	c->interrupted = true;
	train_stop(c->train);
	loop_stop(c->loop);
}

int ctl_catch(struct ctl *c, struct err *e) {
	struct sigaction was;
	/* who started us in the background may have meant Ctrl-C for others */
	if (sigaction(SIGINT, NULL, &was) == 0 && was.sa_handler == SIG_IGN)
		return 0;
	return loop_signal(c->loop, SIGINT, on_interrupt, c, e);
}

void ctl_close(struct ctl *c) {
	format_done(&c->format);
	train_free(c->train);
	fetch_free(c->fetch);
	loop_free(c->loop);
	train_target_done(&c->target);
}

void ctl_done(void *ctx, const struct train_end *end) {
	struct ctl_answer *a = ctx;
	a->attempts = end->attempts;
	if (end->error)
		a->error = *end->error;
	else
		a->json = json_incref((json_t *)end->answer);
	loop_stop(a->loop);
}

int ctl_run(struct ctl *c, struct ctl_answer *a, json_t **ret, struct err *e) {
	int rc = loop_run(c->loop, e);
	if (rc)
		return rc;
	if (a->json) {
		*ret = a->json;
		return 0;
	}
	*e = a->error.err;
	if (a->attempts > 1)
		(void)err_wrap(e, "after %u attempts", a->attempts);
	return e->code;
}

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	return ctl_take(ctx, name, value, e);
}

int ctl_one_job(struct ctl *c, const struct args_spec *spec, int argc,
	char **argv, ctl_job_call *call, json_t **ret, struct err *e) {
	const char *id;
	int rc = ctl_job_id(c, spec, argc, argv, take, c, &id, e);
	if (!rc)
		rc = ctl_open(c, e);
	if (rc)
		return rc;
	struct ctl_answer a = {.loop = c->loop};
	rc = call(c->train, id, CTL_TIMEOUT_US, ctl_done, &a, e);
	return rc ? rc : ctl_run(c, &a, ret, e);
}
