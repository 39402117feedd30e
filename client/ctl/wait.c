/* SPDX-License-Identifier: MIT */
/* Waiting for a job's end by polling, for the service has no other way. */
#include <string.h>

#include "client/ctl/cmd.h"
#include "client/ctl/progress.h"
#include "common/jsn.h"
#include "common/mem.h"

int wait_take(struct wait_options *w, const char *name, const char *value,
	struct err *e) {
	if (strcmp(name, "timeout") == 0)
		return look_duration(value, &w->timeout_us, e);
	if (strcmp(name, "poll-interval") == 0)
		return look_duration(value, &w->poll_us, e);
	return -1;
}

static int wait_on(struct ctl *c, struct progress *p,
	const struct wait_options *w, json_t **ret, struct err *e) {
	for (unsigned failures = 0;;) {
		auto_json json_t *job = NULL;
		bool ended = false;
		int rc = look_job(c, p->id, &failures, &job, e);
		if (!rc && job)
			rc = look_judge(job, &ended, e);
		if (job)
			progress_show(p, job);
		if (ended)
			*ret = TAKE(job);
		if (rc || ended)
			return rc;
		int64_t us =
			look_next(p->started_us, w->timeout_us, w->poll_us);
		if (!us)
			return err_set(e, ERR_STATE,
				"%s%s when the time was up",
				*p->state ? "still " : "not seen yet",
				p->state);
		rc = look_pause(c, us, e);
		if (rc || c->interrupted)
			return rc;
	}
}

int wait_job(struct ctl *c, const char *id, const struct wait_options *w,
	json_t **ret, struct err *e) {
	struct progress p;
	progress_start(&p, c->loop, id);
	int rc = wait_on(c, &p, w, ret, e);
	progress_stop(&p);
	return c->interrupted ? look_interrupted(id, e) : rc;
}
