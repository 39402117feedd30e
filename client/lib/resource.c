/* SPDX-License-Identifier: MIT */
/* A request on a resource by its full name. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

/* The name's slashes stay, what is between them is escaped. */
static int add_name(struct buf *b, const char *name) {
	auto_free char *copy = mem_strdup(name);
	if (!copy)
		return b->failed = ERR_NOMEM;
	for (char *part = copy, *next; part; part = next) {
		next = strchr(part, '/');
		if (next)
			*next++ = '\0';
		(void)buf_addc(b, '/');
		(void)url_escape(b, part);
	}
	return b->failed;
}

int resource_start(struct train *t, const struct resource_req *rq,
	train_done *done, void *ctx, struct err *e) {
	auto_buf struct buf path;
	buf_init(&path, URL_MAX);
	(void)buf_adds(&path, "/v1");
	(void)add_name(&path, rq->name);
	(void)buf_adds(&path, rq->suffix ? rq->suffix : "");
	if (path.failed)
		return path_error(&path, e);
	auto_free char *body = rq->body ? jsn_compact(rq->body) : NULL;
	if (rq->body && !body)
		return err_nomem(e);
	const struct call_req call = {.service = rq->service,
		.method = rq->method,
		.path = buf_str(&path),
		.body = body,
		.idempotent = rq->idempotent,
		.attempt_us = rq->attempt_us,
		.answer_max = rq->answer_max,
		.deadline_us = clock_mono_us() + rq->timeout_us};
	return call_start(t, &call, done, ctx, e);
}

int resource_get(struct train *t, enum train_service service, const char *name,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e) {
	const struct resource_req rq = {.service = service,
		.method = "GET",
		.name = name,
		.idempotent = true,
		.timeout_us = timeout_us};
	return resource_start(t, &rq, done, ctx, e);
}

int resource_delete(struct train *t, enum train_service service,
	const char *name, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e) {
	const struct resource_req rq = {.service = service,
		.method = "DELETE",
		.name = name,
		.idempotent = true, /* a second one finds nothing */
		.timeout_us = timeout_us};
	return resource_start(t, &rq, done, ctx, e);
}
