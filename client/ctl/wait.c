/* SPDX-License-Identifier: MIT */
/* Waiting for a job's end by polling, for the service has no other way. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ctl/cmd.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

/* Looks that may fail in a row; each has its own retries. A wait of hours
 * should outlive a short outage, but not a server that is gone. */
#define FAILURES_MAX 5

int wait_take(struct wait_options *w, const char *name, const char *value,
	struct err *e) {
	bool timeout = strcmp(name, "timeout") == 0;
	if (!timeout && strcmp(name, "poll-interval") != 0)
		return -1;
	int64_t us;
	int rc = duration_parse(value, &us, e);
	if (rc)
		return rc;
	if (us < US_PER_MS)
		return err_set(e, ERR_USAGE, "'%s' is less than 1ms", value);
	*(timeout ? &w->timeout_us : &w->poll_us) = us;
	return 0;
}

/* What has been shown so far. */
struct progress {
	const char *id;
	bool terminal;
	char state[32];
	int64_t started_us;
};

static void show(struct progress *p, const char *state) {
	bool news = strcmp(p->state, state) != 0;
	(void)snprintf(p->state, sizeof p->state, "%s", state);
	if (p->terminal)
		(void)fprintf(stderr, "\r%s %s, waited %llds\033[K", p->id,
			p->state, (clock_mono_us() - p->started_us) / US_PER_S);
	else if (news)
		(void)fprintf(stderr, "%s %s\n", p->id, p->state);
}

static void show_end(const struct progress *p) {
	if (p->terminal)
		(void)fputs("\r\033[K", stderr);
}

static void on_pause(void *ctx) {
	loop_stop(ctx);
}

static int pause_us(struct ctl *c, int64_t us, struct err *e) {
	struct loop_timer t = {.cb = on_pause, .ctx = c->loop};
	if (loop_timer_in(c->loop, &t, us) != 0)
		return err_nomem(e);
	return loop_run(c->loop, e);
}

/* One look. *ret is NULL when it failed in a way that may pass. */
static int look(struct ctl *c, const char *id, unsigned *failures, json_t **ret,
	struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	auto_json json_t *job = NULL;
	int rc = train_job_get(c->train, id, CTL_TIMEOUT_US, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, &job, e);
	*failures = rc ? *failures + 1 : 0;
	if (rc &&
		(*failures == FAILURES_MAX || !train_error_transient(&a.error)))
		return rc;
	*ret = TAKE(job);
	return 0;
}

enum verdict { GOES_ON, SUCCEEDED, ENDED };

static enum verdict judge(const char *state) {
	if (strcmp(state, "SUCCEEDED") == 0)
		return SUCCEEDED;
	return strcmp(state, "FAILED") == 0 || strcmp(state, "CANCELLED") == 0
		       ? ENDED
		       : GOES_ON;
}

static int ended(const json_t *job, const char *state, struct err *e) {
	const char *why =
		json_string_value(json_object_get(job, "errorMessage"));
	return err_set(e, ERR_STATE, "the job ended %s%s%s", state,
		why ? ": " : "", why ? why : "");
}

/* Microseconds until the next look; 0 when the time is up. */
static int64_t next_look(
	const struct wait_options *w, const struct progress *p) {
	if (!w->timeout_us)
		return w->poll_us;
	int64_t left = p->started_us + w->timeout_us - clock_mono_us();
	if (left <= 0)
		return 0;
	return left < w->poll_us ? left : w->poll_us;
}

static int wait_on(struct ctl *c, struct progress *p,
	const struct wait_options *w, json_t **ret, struct err *e) {
	for (unsigned failures = 0;;) {
		auto_json json_t *job = NULL;
		const char *state = p->state;
		int rc = look(c, p->id, &failures, &job, e);
		if (!rc && job)
			rc = jsn_str(job, "job", "state", &state, e);
		if (rc)
			return rc;
		show(p, state);
		enum verdict v = judge(state);
		if (v != GOES_ON) {
			rc = v == ENDED ? ended(job, state, e) : 0;
			*ret = TAKE(job);
			return rc;
		}
		int64_t us = next_look(w, p);
		if (!us)
			return err_set(e, ERR_STATE,
				"still %s when the time was up", p->state);
		rc = pause_us(c, us, e);
		if (rc)
			return rc;
	}
}

int wait_job(struct ctl *c, const char *id, const struct wait_options *w,
	json_t **ret, struct err *e) {
	struct progress p = {.id = id,
		.terminal = isatty(STDERR_FILENO) == 1,
		.started_us = clock_mono_us()};
	int rc = wait_on(c, &p, w, ret, e);
	show_end(&p);
	return rc;
}
