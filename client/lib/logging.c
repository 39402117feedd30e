/* SPDX-License-Identifier: MIT */
/* entries.list of logging.googleapis.com v2, with the filter that gcloud sends
 * for a job's log. Source: facts ml-jobs.md, section 12. */
#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

#define FILTER_MAX 20000 /* the service's own limit */
#define BEGINNING "1970-01-01T00:00:00Z"

/* name="value" with the value quoted as JSON does, which the filter language
 * understands. */
static int add_equal(struct buf *b, const char *name, const char *value) {
	(void)buf_addf(b, "%s=", name);
	return jsn_quote(b, value);
}

static int add_filter(struct buf *b, const struct train_logs *what) {
	(void)buf_adds(b, "(resource.type=\"ml_job\" OR "
			  "resource.type=\"cloudml_job\") AND ");
	(void)add_equal(b, "resource.labels.job_id", what->job_id);
	if (what->task) {
		(void)buf_adds(b, " AND (");
		(void)add_equal(b, "resource.labels.task_name", what->task);
		(void)buf_adds(b, " OR ");
		(void)add_equal(b, "labels.task_name", what->task);
		(void)buf_addc(b, ')');
	}
	(void)buf_adds(b, " AND timestamp>=");
	return jsn_quote(b, what->since ? what->since : BEGINNING);
}

int train_log_page(struct train *t, const struct train_logs *what,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e) {
	auto_buf struct buf filter;
	buf_init(&filter, FILTER_MAX);
	int rc = add_filter(&filter, what);
	if (rc == ERR_TOOBIG)
		return err_set(e, ERR_USAGE,
			"the filter would be over %d bytes", FILTER_MAX);
	auto_free char *resource = mem_printf("projects/%s", t->cfg.project);
	auto_json json_t *rq =
		rc || !resource
			? NULL
			: json_pack("{s:[s], s:s, s:s, s:i, s:s*}",
				  "resourceNames", resource, "filter",
				  buf_str(&filter), "orderBy", "timestamp asc",
				  "pageSize", TRAIN_LOGS_PAGE, "pageToken",
				  what->page);
	auto_free char *body = rq ? jsn_compact(rq) : NULL;
	if (!body)
		return err_nomem(e);
	const struct call_req call = {.service = TRAIN_LOGGING,
		.method = "POST",
		.path = "/v2/entries:list",
		.body = body,
		.idempotent = true, /* it only reads */
		.deadline_us = clock_mono_us() + timeout_us};
	return call_start(t, &call, done, ctx, e);
}
