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

/* One request on a job or on the collection. `suffix` is a :verb or a ?query.
 */
static int request(struct train *t, const char *method, const char *id,
	const char *suffix, const char *body, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	auto_buf struct buf path;
	buf_init(&path, URL_MAX);
	if (add_path(&path, t, id, suffix))
		return path_error(&path, e);
	/* All are idempotent, patch because it names the state that it
	 * changes. */
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
	const char *id = jsn_text(job, "jobId");
	auto_buf struct buf path, look;
	buf_init(&path, URL_MAX);
	buf_init(&look, URL_MAX);
	if (!body)
		return err_nomem(e);
	/* the service would send all of it back, to be read for nothing */
	const char *fields = t->cfg.brief ? "?fields=jobId" : NULL;
	if (add_path(&path, t, NULL, fields))
		return path_error(&path, e);
	if (add_path(&look, t, id, NULL))
		return path_error(&look, e);
	const struct call_req rq = {.service = TRAIN_ML,
		.method = "POST",
		.path = buf_str(&path),
		.body = body,
		.idempotent = true, /* because the caller chose the id */
		.look = *id ? buf_str(&look) : NULL,
		.deadline_us = clock_mono_us() + timeout_us};
	return call_start(t, &rq, done, ctx, e);
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

int train_job_list(struct train *t, const struct train_list *what,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e) {
	auto_buf struct buf path;
	buf_init(&path, URL_MAX);
	if (add_path(&path, t, NULL, NULL))
		return path_error(&path, e);
	const struct pages_req rq = {.service = TRAIN_ML,
		.path = buf_str(&path),
		.member = "jobs",
		.filter = what->filter,
		.limit = what->limit,
		.page_size = what->page_size ? what->page_size : TRAIN_PAGE_MAX,
		.deadline_us = clock_mono_us() + timeout_us};
	return pages_start(t, &rq, done, ctx, e);
}
