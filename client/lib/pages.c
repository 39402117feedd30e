/* SPDX-License-Identifier: MIT */
/* Lists: page after page until the limit or the end. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

struct list {
	struct train *train;
	enum train_service service;
	const char *member;
	char *path;
	char *filter; /* NULL for none */
	size_t limit; /* 0: all */
	size_t page_size;
	int64_t deadline_us;
	json_t *jobs;
	char *token; /* of the next page; NULL at first */
	unsigned attempts, retries;
	train_done *done;
	void *ctx;
};

static void list_free(struct list *l) {
	json_decref(l->jobs);
	mem_free(l->path);
	mem_free(l->filter);
	mem_free(l->token);
	mem_free(l);
}

static void list_end(struct list *l, const struct train_error *error) {
	const struct train_end end = {.answer = error ? NULL : l->jobs,
		.error = error,
		.attempts = l->attempts,
		.retries = l->retries};
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
	const json_t *jobs = json_object_get(page, l->member);
	if (jobs && !json_is_array(jobs))
		return err_set(e, ERR_SHAPE, "the answer's %s are not an array",
			l->member);
	size_t i;
	json_t *job;
	json_array_foreach (jobs, i, job) {
		size_t have = json_array_size(l->jobs);
		if (l->limit && have == l->limit)
			return 0;
		if (have == TRAIN_LIST_MAX)
			return err_set(e, ERR_TOOBIG,
				"more than %d %s: use a filter or a limit",
				TRAIN_LIST_MAX, l->member);
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
	l->retries += end->retries;
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
	(void)buf_adds(&path, l->path);
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
	const struct call_req rq = {.service = l->service,
		.method = "GET",
		.path = buf_str(&path),
		.idempotent = true, /* it only reads */
		.deadline_us = l->deadline_us};
	return call_start(t, &rq, on_page, l, e);
}

int pages_start(struct train *t, const struct pages_req *rq, train_done *done,
	void *ctx, struct err *e) {
	struct list *l = mem_zero(1, sizeof *l);
	if (!l)
		return err_nomem(e);
	l->train = t;
	l->service = rq->service;
	l->member = rq->member;
	l->limit = rq->limit;
	l->page_size = rq->page_size;
	l->deadline_us = rq->deadline_us;
	l->done = done;
	l->ctx = ctx;
	l->jobs = json_array();
	l->path = mem_strdup(rq->path);
	l->filter = rq->filter ? mem_strdup(rq->filter) : NULL;
	int rc = !l->jobs || !l->path || (rq->filter && !l->filter)
			 ? err_nomem(e)
			 : next_page(l, e);
	if (rc)
		list_free(l);
	return rc;
}
