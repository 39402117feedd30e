/* SPDX-License-Identifier: MIT */
/* Reading a job's log. Entries reach the log late and out of order, so each
 * poll asks again for the last LATE_US before the newest one, and what was
 * shown from there on is remembered. (gcloud instead stays 5 s behind its own
 * clock, and loses what comes later than that.) */
#include <stdio.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

#define LATE_US (10 * US_PER_S)
#define SEEN_MAX 100000	  /* entries remembered */
#define PAGES_MAX 1000000 /* of a poll: an end to a service that gives none */
/* Polls after the job's end: the last lines come late, and somebody may go on
 * to write to its log. At least two, one of which brings nothing. */
#define POLLS_AFTER_END 10

struct follow {
	struct ctl *c;
	const struct follow_options *o;
	json_t *seen; /* "timestamp insertId" -> timestamp in microseconds */
	int64_t newest_us; /* of an entry; WHEN_MIN_US before the first */
	int64_t from_us;   /* where a poll begins, unless it is the first */
	size_t fresh;	   /* entries that this poll brought */
	unsigned failures; /* polls in a row */
	bool transient;	   /* whether the last failure may pass */
};

/* True when the entry was shown before; notes it. */
static int is_seen(
	struct follow *f, const json_t *entry, bool *ret, struct err *e) {
	const char *at, *id;
	int64_t us;
	int rc = jsn_str(entry, "entries[]", "timestamp", &at, e);
	if (!rc)
		rc = jsn_str_opt(entry, "entries[]", "insertId", &id, e);
	if (!rc)
		rc = when_parse(at, &us, e);
	if (rc)
		return rc;
	auto_free char *key = mem_printf("%s %s", at, id ? id : "");
	if (!key)
		return err_nomem(e);
	*ret = json_object_get(f->seen, key) != NULL;
	if (us > f->newest_us)
		f->newest_us = us;
	return json_object_set_new(f->seen, key, json_integer(us))
		       ? err_nomem(e)
		       : 0;
}

/* Forgets what was before an instant, which is where the next poll begins. */
static void forget_before(struct follow *f, int64_t us) {
	const char *key;
	json_t *at;
	void *next;
	f->from_us = us;
	json_object_foreach_safe(f->seen, next, key, at) {
		if (json_integer_value(at) < us)
			(void)json_object_del(f->seen, key);
	}
}

/* Keeps what a late entry may come before. When that is too much, so many came
 * at once that the rest is taken to be on time. */
static void forget(struct follow *f) {
	forget_before(f, f->newest_us - LATE_US);
	if (json_object_size(f->seen) > SEEN_MAX)
		forget_before(f, f->newest_us);
	if (json_object_size(f->seen) > SEEN_MAX)
		forget_before(f, f->newest_us + 1);
}

static int put_page(struct follow *f, const json_t *page, struct err *e) {
	const json_t *entries = json_object_get(page, "entries"), *entry;
	if (entries && !json_is_array(entries))
		return err_set(
			e, ERR_SHAPE, "the answer's entries are not an array");
	size_t i;
	json_array_foreach (entries, i, entry) {
		bool seen = false;
		int rc = is_seen(f, entry, &seen, e);
		if (!rc && !seen)
			rc = f->o->put(f->o->ctx, entry, e);
		if (rc)
			return rc;
		f->fresh += !seen;
	}
	return fflush(stdout) == 0 ? 0 : err_errno(e, "standard output");
}

static int get_page(struct follow *f, const char *since_text, const char *token,
	json_t **ret, struct err *e) {
	struct ctl *c = f->c;
	struct ctl_answer a = {.loop = c->loop};
	const struct train_logs what = {
		f->o->id, f->o->task, since_text, token};
	int rc = train_log_page(
		c->train, &what, CTL_TIMEOUT_US, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, ret, e);
	f->transient = rc && train_error_transient(&a.error);
	return rc;
}

/* All pages from where the last poll ended. */
static int poll_pages(struct follow *f, struct err *e) {
	char text[WHEN_TEXT_MAX];
	const char *from = f->newest_us > WHEN_MIN_US ? text : NULL;
	when_format(f->from_us, 6, text);
	auto_free char *token = NULL;
	f->fresh = 0;
	for (size_t n = 0; n < PAGES_MAX; n++) {
		auto_json json_t *page = NULL;
		const char *next;
		int rc = get_page(f, from, token, &page, e);
		if (!rc)
			rc = put_page(f, page, e);
		if (!rc)
			rc = jsn_str_opt(page, "", "nextPageToken", &next, e);
		if (rc)
			return rc;
		if (!next || !*next) {
			if (f->newest_us > WHEN_MIN_US)
				forget(f);
			return 0;
		}
		mem_free(token);
		token = mem_strdup(next);
		if (!token)
			return err_nomem(e);
	}
	return err_set(e, ERR_TOOBIG, "the service gives pages without end");
}

/* A poll. One that fails in a way that may pass is as good as one that brings
 * something: another must follow. */
static int poll_logs(struct follow *f, struct err *e) {
	int rc = poll_pages(f, e);
	f->failures = rc ? f->failures + 1 : 0;
	if (!rc || !f->transient || !f->o->until_end ||
		f->failures == LOOKS_FAILED_MAX)
		return rc;
	f->fresh = 1;
	return 0;
}

/* One look at the job, then one at its log: what is in the log when the job has
 * ended is all, but for what is late. */
static int round_of(struct follow *f, unsigned *failures, bool *ret_ended,
	json_t **ret, struct err *e) {
	json_t *job = NULL;
	struct err how = {0};
	int rc = look_job(f->c, f->o->id, failures, &job, e);
	if (!rc && job) {
		json_decref(*ret);
		*ret = job;
		rc = look_judge(job, ret_ended, &how);
		if (rc == ERR_STATE)
			rc = 0; /* how it ended is the caller's business */
		else if (rc)
			*e = how;
	}
	return rc ? rc : poll_logs(f, e);
}

static int follow(struct follow *f, json_t **ret, struct err *e) {
	const struct follow_options *o = f->o;
	const int64_t started_us = clock_mono_us();
	unsigned failures = 0; /* looks in a row */
	for (unsigned after = 0;;) {
		bool ended = after > 0;
		int rc = round_of(f, &failures, &ended, ret, e);
		if (rc || f->c->interrupted)
			return rc;
		after += ended;
		int64_t us = look_next(started_us, o->timeout_us, o->poll_us);
		if (!o->until_end || after == POLLS_AFTER_END ||
			(after > 1 && !f->fresh) || (after && !us))
			return 0;
		if (!us)
			return err_set(e, ERR_STATE,
				"the job had not ended when the time was up");
		rc = look_pause(f->c, us, e);
		if (rc || f->c->interrupted)
			return rc;
	}
}

int follow_logs(struct ctl *c, const struct follow_options *o, json_t **ret,
	struct err *e) {
	struct follow f = {.c = c,
		.o = o,
		.seen = json_object(),
		.newest_us = WHEN_MIN_US};
	auto_json json_t *job = NULL;
	int rc = f.seen ? follow(&f, &job, e) : err_nomem(e);
	json_decref(f.seen);
	if (c->interrupted)
		return look_interrupted(o->id, e);
	if (!rc)
		*ret = TAKE(job);
	return rc;
}
