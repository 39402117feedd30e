/* SPDX-License-Identifier: MIT */
/* Labels are replaced as a whole, so two who change them at once would undo
 * each other. The etag of the job that was looked at goes with the write; the
 * service refuses a stale one with 409 ABORTED, which begins the round again.
 * The same happens after an answer that was lost, and then there is nothing
 * left to change. Source: facts ml-jobs.md, section 8. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

struct relabel {
	struct train *train;
	char *id;
	bool clear;
	json_t *remove, *set;
	int64_t deadline_us;
	unsigned rounds, attempts, retries;
	train_done *done;
	void *ctx;
};

/* All that the user set: without the others, a redelivery would not find the
 * run any more, nor would the run that follows it. */
static void clear(json_t *labels) {
	const char *key;
	void *next;
	json_t *v;
	json_object_foreach_safe(labels, next, key, v) {
		if (!spec_label_is_own(key))
			(void)json_object_del(labels, key);
	}
}

int train_relabelled(const json_t *labels, const struct train_relabel *how,
	json_t **ret, struct err *e) {
	auto_json json_t *next =
		labels ? json_deep_copy(labels) : json_object();
	if (!next)
		return err_nomem(e);
	if (how->clear)
		clear(next);
	size_t i;
	const json_t *key;
	json_array_foreach (how->remove, i, key)
		(void)json_object_del(next, json_string_value(key));
	if (how->set && json_object_update(next, (json_t *)how->set))
		return err_nomem(e);
	*ret = TAKE(next);
	return 0;
}

static void relabel_free(struct relabel *r) {
	json_decref(r->remove);
	json_decref(r->set);
	mem_free(r->id);
	mem_free(r);
}

static void relabel_end(
	struct relabel *r, const json_t *job, const struct train_error *error) {
	const struct train_end end = {.answer = job,
		.error = error,
		.attempts = r->attempts,
		.retries = r->retries};
	r->done(r->ctx, &end);
	relabel_free(r);
}

static void relabel_fail(struct relabel *r, const struct err *e) {
	struct train_error error;
	apierr_local(&error, e);
	relabel_end(r, NULL, &error);
}

static int look(struct relabel *r, struct err *e);

static void on_written(void *ctx, const struct train_end *end) {
	struct relabel *r = ctx;
	r->attempts += end->attempts;
	r->retries += end->retries;
	bool stale = end->error && end->error->err.http == 409;
	if (!stale || r->rounds == RELABEL_ROUNDS) {
		relabel_end(r, end->answer, end->error);
		return;
	}
	struct err e = {0};
	if (look(r, &e))
		relabel_fail(r, &e);
}

/* The write; a job without an etag is written without one. */
static int write_labels(struct relabel *r, const json_t *labels,
	const json_t *etag, struct err *e) {
	auto_json json_t *body =
		json_pack("{s:O, s:O*}", "labels", labels, "etag", etag);
	if (!body)
		return err_nomem(e);
	return ml_job_patch(r->train, r->id, etag ? "labels,etag" : "labels",
		body, r->deadline_us - clock_mono_us(), on_written, r, e);
}

static void on_looked(void *ctx, const struct train_end *end) {
	struct relabel *r = ctx;
	struct err e = {0};
	r->attempts += end->attempts;
	r->retries += end->retries;
	if (end->error) {
		relabel_end(r, NULL, end->error);
		return;
	}
	json_t *labels;
	auto_json json_t *next = NULL;
	const struct train_relabel how = {r->clear, r->remove, r->set};
	int rc = jsn_obj_opt(end->answer, "job", "labels", &labels, &e);
	if (!rc)
		rc = train_relabelled(labels, &how, &next, &e);
	if (!rc && (labels ? json_equal(labels, next)
			   : json_object_size(next) == 0)) {
		relabel_end(r, end->answer, NULL);
		return;
	}
	if (!rc)
		rc = write_labels(
			r, next, json_object_get(end->answer, "etag"), &e);
	if (rc)
		relabel_fail(r, &e);
}

static int look(struct relabel *r, struct err *e) {
	r->rounds++;
	return train_job_get(r->train, r->id, r->deadline_us - clock_mono_us(),
		on_looked, r, e);
}

int train_job_relabel(struct train *t, const char *id,
	const struct train_relabel *how, int64_t timeout_us, train_done *done,
	void *ctx, struct err *e) {
	struct relabel *r = mem_zero(1, sizeof *r);
	if (!r)
		return err_nomem(e);
	r->train = t;
	r->id = mem_strdup(id);
	r->clear = how->clear;
	r->remove = json_incref((json_t *)how->remove);
	r->set = json_incref((json_t *)how->set);
	r->deadline_us = clock_mono_us() + timeout_us;
	r->done = done;
	r->ctx = ctx;
	int rc = r->id ? look(r, e) : err_nomem(e);
	if (rc)
		relabel_free(r);
	return rc;
}
