/* SPDX-License-Identifier: MIT */
/* projects.jobs of ml.googleapis.com v1. Source: facts ml-jobs.md, sections 1
 * and 8. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

/* "/v1/projects/P/jobs", then "/ID" and the suffix unless NULL. */
static int add_path(struct buf *b, const struct train *t, const char *id,
	const char *suffix) {
	(void)buf_adds(b, "/v1/projects/");
	(void)url_escape(b, t->cfg.project);
	(void)buf_adds(b, "/jobs");
	if (id) {
		(void)buf_addc(b, '/');
		(void)url_escape(b, id);
	}
	if (suffix)
		(void)buf_adds(b, suffix);
	return b->failed;
}

static int path_error(const struct buf *b, struct err *e) {
	if (b->failed == ERR_TOOBIG)
		return err_set(e, ERR_USAGE, "the URL would be over %u bytes",
			URL_MAX);
	return err_nomem(e);
}

/* One request on a job or on the collection. `suffix` is a :verb or a ?query.
 */
static int request(struct train *t, const char *method, const char *id,
	const char *suffix, const char *body, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	auto_buf struct buf path;
	buf_init(&path, URL_MAX);
	if (add_path(&path, t, id, suffix))
		return path_error(&path, e);
	/* All are idempotent: create because the caller chose the id, patch
	 * because it names the state that it changes. */
	const struct call_req rq = {.service = TRAIN_ML,
		.method = method,
		.path = buf_str(&path),
		.body = body,
		.idempotent = true,
		.deadline_us = clock_mono_us() + timeout_us};
	return call_start(t, &rq, done, ctx, e);
}

int train_job_create(struct train *t, const json_t *job, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	auto_free char *body = jsn_compact(job);
	if (!body)
		return err_nomem(e);
	return request(t, "POST", NULL, NULL, body, timeout_us, done, ctx, e);
}

int train_job_get(struct train *t, const char *id, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	return request(t, "GET", id, NULL, NULL, timeout_us, done, ctx, e);
}

int train_job_cancel(struct train *t, const char *id, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	return request(
		t, "POST", id, ":cancel", "{}", timeout_us, done, ctx, e);
}

int ml_job_patch(struct train *t, const char *id, const char *mask,
	const json_t *job, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e) {
	auto_free char *query = mem_printf("?updateMask=%s", mask);
	auto_free char *body = jsn_compact(job);
	if (!query || !body)
		return err_nomem(e);
	return request(t, "PATCH", id, query, body, timeout_us, done, ctx, e);
}

/* ---- list: page after page ---- */

struct list {
	struct train *train;
	char *filter; /* NULL for none */
	size_t limit; /* 0: all */
	size_t page_size;
	int64_t deadline_us;
	json_t *jobs;
	char *token; /* of the next page; NULL at first */
	unsigned attempts;
	train_done *done;
	void *ctx;
};

static void list_free(struct list *l) {
	json_decref(l->jobs);
	mem_free(l->filter);
	mem_free(l->token);
	mem_free(l);
}

static void list_end(struct list *l, const struct train_error *error) {
	const struct train_end end = {.answer = error ? NULL : l->jobs,
		.error = error,
		.attempts = l->attempts};
	l->done(l->ctx, &end);
	list_free(l);
}

static void list_fail(struct list *l, const struct err *e) {
	struct train_error error;
	apierr_local(&error, e);
	list_end(l, &error);
}

/* Appends a page's jobs up to the limit. */
static int take_page(struct list *l, const json_t *page, struct err *e) {
	const json_t *jobs = json_object_get(page, "jobs");
	if (jobs && !json_is_array(jobs))
		return err_set(
			e, ERR_SHAPE, "the answer's jobs are not an array");
	size_t i;
	json_t *job;
	json_array_foreach (jobs, i, job) {
		size_t have = json_array_size(l->jobs);
		if (l->limit && have == l->limit)
			return 0;
		if (have == TRAIN_LIST_MAX)
			return err_set(e, ERR_TOOBIG,
				"more than %d jobs: use a filter or a limit",
				TRAIN_LIST_MAX);
		if (json_array_append(l->jobs, job))
			return err_nomem(e);
	}
	return 0;
}

/* Sets l->token from the page, NULL at the end. A token that comes twice would
 * never end. */
static int take_token(struct list *l, const json_t *page, struct err *e) {
	const char *token;
	int rc = jsn_str_opt(page, "", "nextPageToken", &token, e);
	if (rc)
		return rc;
	char *next = NULL;
	if (token && *token) {
		if (l->token && strcmp(l->token, token) == 0)
			return err_set(e, ERR_SHAPE,
				"the service gives the same page again");
		next = mem_strdup(token);
		if (!next)
			return err_nomem(e);
	}
	mem_free(l->token);
	l->token = next;
	return 0;
}

static int next_page(struct list *l, struct err *e);

static void on_page(void *ctx, const struct train_end *end) {
	struct list *l = ctx;
	struct err e = {0};
	l->attempts += end->attempts;
	if (end->error) {
		list_end(l, end->error);
		return;
	}
	int rc = take_page(l, end->answer, &e);
	if (!rc)
		rc = take_token(l, end->answer, &e);
	bool full = l->limit && json_array_size(l->jobs) == l->limit;
	if (!rc && l->token && !full) {
		rc = next_page(l, &e);
		if (!rc)
			return;
	}
	if (rc)
		list_fail(l, &e);
	else
		list_end(l, NULL);
}

static int next_page(struct list *l, struct err *e) {
	struct train *t = l->train;
	auto_buf struct buf path;
	buf_init(&path, URL_MAX);
	(void)add_path(&path, t, NULL, NULL);
	size_t want = l->page_size;
	if (l->limit && l->limit - json_array_size(l->jobs) < want)
		want = l->limit - json_array_size(l->jobs);
	(void)buf_addf(&path, "?pageSize=%zu", want);
	if (l->filter) {
		(void)buf_adds(&path, "&filter=");
		(void)url_escape(&path, l->filter);
	}
	if (l->token) {
		(void)buf_adds(&path, "&pageToken=");
		(void)url_escape(&path, l->token);
	}
	if (path.failed)
		return path_error(&path, e);
	const struct call_req rq = {.service = TRAIN_ML,
		.method = "GET",
		.path = buf_str(&path),
		.idempotent = true,
		.deadline_us = l->deadline_us};
	return call_start(t, &rq, on_page, l, e);
}

int train_job_list(struct train *t, const struct train_list *what,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e) {
	struct list *l = mem_zero(1, sizeof *l);
	if (!l)
		return err_nomem(e);
	l->train = t;
	l->limit = what->limit;
	l->page_size = what->page_size ? what->page_size : TRAIN_PAGE_MAX;
	l->deadline_us = clock_mono_us() + timeout_us;
	l->done = done;
	l->ctx = ctx;
	l->jobs = json_array();
	l->filter = what->filter ? mem_strdup(what->filter) : NULL;
	int rc = !l->jobs || (what->filter && !l->filter) ? err_nomem(e)
							  : next_page(l, e);
	if (rc)
		list_free(l);
	return rc;
}
