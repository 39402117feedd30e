/* SPDX-License-Identifier: MIT */
/* Jobs of cloudscheduler.googleapis.com v1. Source: facts scheduler.md,
 * sections 1 and 6. */
#include <stdio.h>
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

#define PAGE 500	   /* the most the service gives */
#define LOCATIONS_PAGE 100 /* as gcloud asks for them */

int train_scheduler_get(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	return resource_get(t, TRAIN_SCHEDULER, name, timeout_us, done, ctx, e);
}

int train_scheduler_create(struct train *t, const char *name,
	const json_t *body, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e) {
	const char *last = strrchr(name, '/');
	auto_free char *jobs = mem_dup(name, (size_t)(last - name));
	if (!jobs)
		return err_nomem(e);
	const struct resource_req rq = {.service = TRAIN_SCHEDULER,
		.method = "POST",
		.name = jobs,
		.body = body,
		.idempotent = true, /* the body has the name */
		.timeout_us = timeout_us};
	return resource_start(t, &rq, done, ctx, e);
}

int train_scheduler_patch(struct train *t, const char *name, const json_t *body,
	const char *mask, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e) {
	auto_free char *query = mem_printf("?updateMask=%s", mask);
	if (!query)
		return err_nomem(e);
	const struct resource_req rq = {.service = TRAIN_SCHEDULER,
		.method = "PATCH",
		.name = name,
		.suffix = query,
		.body = body,
		.idempotent = true, /* it names the state it leads to */
		.timeout_us = timeout_us};
	return resource_start(t, &rq, done, ctx, e);
}

int train_scheduler_delete(struct train *t, const char *name,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e) {
	return resource_delete(
		t, TRAIN_SCHEDULER, name, timeout_us, done, ctx, e);
}

static int verb(struct train *t, const char *name, const char *suffix,
	bool idempotent, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e) {
	auto_json json_t *empty = json_object();
	if (!empty)
		return err_nomem(e);
	const struct resource_req rq = {.service = TRAIN_SCHEDULER,
		.method = "POST",
		.name = name,
		.suffix = suffix,
		.body = empty,
		.idempotent = idempotent,
		.timeout_us = timeout_us};
	return resource_start(t, &rq, done, ctx, e);
}

int train_scheduler_pause(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	return verb(t, name, ":pause", true, timeout_us, done, ctx, e);
}

int train_scheduler_resume(struct train *t, const char *name,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e) {
	return verb(t, name, ":resume", true, timeout_us, done, ctx, e);
}

int train_scheduler_run(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	/* each one publishes a message of its own */
	return verb(t, name, ":run", false, timeout_us, done, ctx, e);
}

int train_scheduler_list(struct train *t, const char *parent,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e) {
	auto_free char *path = mem_printf("/v1/%s/jobs", parent);
	if (!path)
		return err_nomem(e);
	const struct pages_req rq = {.service = TRAIN_SCHEDULER,
		.path = path,
		.member = "jobs",
		.page_size = PAGE,
		.deadline_us = clock_mono_us() + timeout_us};
	return pages_start(t, &rq, done, ctx, e);
}

int train_scheduler_locations(struct train *t, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e) {
	auto_free char *path =
		mem_printf("/v1/projects/%s/locations", t->cfg.project);
	if (!path)
		return err_nomem(e);
	const struct pages_req rq = {.service = TRAIN_SCHEDULER,
		.path = path,
		.member = "locations",
		.page_size = LOCATIONS_PAGE,
		.deadline_us = clock_mono_us() + timeout_us};
	return pages_start(t, &rq, done, ctx, e);
}
