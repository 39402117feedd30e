/* SPDX-License-Identifier: MIT */
/* What wait and logs have in common: the service tells of nothing by itself, so
 * both look again and again. */
#include <string.h>

#include "client/ctl/cmd.h"
#include "common/jsn.h"
#include "common/when.h"

static void on_pause(void *ctx) {
	loop_stop(ctx);
}

int look_pause(struct ctl *c, int64_t us, struct err *e) {
	struct loop_timer t = {.cb = on_pause, .ctx = c->loop};
	loop_timer_in(c->loop, &t, us);
	int rc = c->interrupted ? 0 : loop_run(c->loop, e);
	loop_timer_stop(c->loop, &t);
	return rc;
}

int64_t look_next(int64_t started_us, int64_t timeout_us, int64_t poll_us) {
	if (!timeout_us)
		return poll_us;
	int64_t left = started_us + timeout_us - clock_mono_us();
	if (left <= 0)
		return 0;
	return left < poll_us ? left : poll_us;
}

int look_job(struct ctl *c, const char *id, unsigned *failures, json_t **ret,
	struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	json_t *job = NULL;
	int rc = train_job_get(c->train, id, CTL_TIMEOUT_US, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, &job, e);
	*failures = rc ? *failures + 1 : 0;
	if (rc && (*failures == LOOKS_FAILED_MAX ||
			  !train_error_transient(&a.error)))
		return rc;
	*ret = job;
	return 0;
}

int look_duration(const char *s, int64_t *ret_us, struct err *e) {
	int64_t us;
	int rc = duration_parse(s, &us, e);
	if (rc)
		return rc;
	if (us < US_PER_MS)
		return err_set(e, ERR_USAGE, "'%s' is less than 1ms", s);
	*ret_us = us;
	return 0;
}

int look_judge(const json_t *job, bool *ret_ended, struct err *e) {
	const char *state;
	int rc = jsn_str(job, "job", "state", &state, e);
	if (rc)
		return rc;
	bool succeeded = strcmp(state, "SUCCEEDED") == 0;
	*ret_ended = succeeded || strcmp(state, "FAILED") == 0 ||
		     strcmp(state, "CANCELLED") == 0;
	if (!*ret_ended || succeeded)
		return 0;
	const char *why =
		json_string_value(json_object_get(job, "errorMessage"));
	(void)err_set(e, ERR_STATE, "the job ended %s%s%s", state,
		why ? ": " : "", why ? why : "");
	err_one_line(e->msg);
	return ERR_STATE;
}

int look_interrupted(const char *id, struct err *e) {
	return err_set(e, ERR_STOPPED,
		"interrupted; the job goes on: look again with '" PROGRAM
		" wait %s', or end it with '" PROGRAM " cancel %s'",
		id, id);
}
