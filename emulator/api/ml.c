/* SPDX-License-Identifier: MIT */
/* ml.googleapis.com v1, projects.jobs. */
#include <inttypes.h>
#include <string.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/ml.h"
#include "emulator/api/rules_ml.h"
#include "emulator/api/schema_ml.h"
#include "emulator/core/life.h"
#include "emulator/core/output.h"

/* A member whose text needs no escapes. */
static void add_text(struct buf *b, const char *key, const char *text) {
	(void)buf_adds(b, ",\"");
	(void)buf_adds(b, key);
	(void)buf_adds(b, "\":\"");
	(void)buf_adds(b, text);
	(void)buf_addc(b, '"');
}

/* Real jobs carry whole seconds (facts ml-jobs.md section 2). */
static void add_time(struct buf *b, const char *key, int64_t us) {
	if (us == STORE_NULL)
		return;
	char text[WHEN_TEXT_MAX];
	when_format(us, 0, text);
	add_text(b, key, text);
}

static void add_etag(struct buf *b, uint64_t etag) {
	auto_free char *text = NULL;
	if (b64_encode(&etag, sizeof etag, &text, NULL))
		b->failed = ERR_NOMEM;
	else
		add_text(b, "etag", text);
}

/* The members of a stored object without its braces, after a comma. */
static void add_members(struct buf *b, const char *object) {
	size_t len = strlen(object);
	if (len <= 2)
		return;
	(void)buf_addc(b, ',');
	(void)buf_add(b, object + 1, len - 2);
}

void ml_write_job(struct buf *b, const struct job *j, int64_t now_us) {
	(void)buf_adds(b, "{\"jobId\":");
	(void)jsn_quote(b, j->job_id);
	add_members(b, j->input);
	add_time(b, "createTime", j->create_us);
	add_time(b, "startTime", j->start_us);
	add_time(b, "endTime", j->end_us);
	add_text(b, "state", job_state_name(j->state));
	if (j->error) {
		(void)buf_adds(b, ",\"errorMessage\":");
		(void)jsn_quote(b, j->error);
	}
	output_add(b, j, now_us);
	int64_t position = j->fate ? life_position(j) : 0;
	if (position)
		(void)buf_addf(b, ",\"jobPosition\":\"%" PRId64 "\"", position);
	if (j->labels) {
		(void)buf_adds(b, ",\"labels\":");
		(void)buf_adds(b, j->labels);
	}
	add_etag(b, j->etag);
	(void)buf_addc(b, '}');
}

static void see_job(void *ctx, const struct job *j) {
	struct call *c = ctx;
	ml_write_job(&c->out, j, emu_now(c->em));
}

/* What is stored of a job as it was sent: its one input, as an object. */
static char *input_text(const json_t *job) {
	static const char *const inputs[] = {
		"trainingInput", "predictionInput"};
	for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
		const json_t *v = json_object_get(job, inputs[i]);
		if (!v)
			continue;
		auto_buf struct buf b;
		buf_init(&b, API_ANSWER_MAX);
		(void)buf_adds(&b, "{\"");
		(void)buf_adds(&b, inputs[i]);
		(void)buf_adds(&b, "\":");
		(void)jsn_add(&b, v);
		(void)buf_addc(&b, '}');
		return buf_take(&b, NULL);
	}
	return mem_strdup("{}");
}

int ml_jobs_create(struct call *c) {
	auto_json json_t *job = NULL;
	int rc = call_body(c, &schema_ml_job, "job", &job);
	if (rc || (rc = rules_ml_job(job, &c->st)))
		return rc;
	const char *id = json_string_value(json_object_get(job, "jobId"));
	const json_t *labels = json_object_get(job, "labels");
	auto_free char *input = input_text(job);
	auto_free char *labels_text = labels ? jsn_compact(labels) : NULL;
	if (!input || (labels && !labels_text))
		return call_nomem(c);
	rc = jobs_create(
		c->em, c->param[0], id, input, labels_text, see_job, c, &c->st);
	c->keep = rc == ST_RESOURCE_EXHAUSTED;
	return rc;
}

int ml_jobs_get(struct call *c) {
	return jobs_get(c->em, c->param[0], c->param[1], see_job, c, &c->st);
}

int ml_jobs_cancel(struct call *c) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_ml_cancel, "", &body);
	return rc ? rc : jobs_cancel(c->em, c->param[0], c->param[1], &c->st);
}

/* The bytes of the etag that a patch brings, none without one; freed by the
 * caller. NULL: memory ran out, for the text is known to be base64. */
static char *known_etag(const json_t *job, size_t *ret_len) {
	const json_t *etag = json_object_get(job, "etag");
	const char *text = etag ? json_string_value(etag) : "";
	char *bytes;
	return b64_decode(text, strlen(text), &bytes, ret_len, NULL) ? NULL
								     : bytes;
}

int ml_jobs_patch(struct call *c) {
	auto_json json_t *job = NULL;
	unsigned mask;
	int rc = call_body(c, &schema_ml_job, "job", &job);
	if (rc || (rc = rules_ml_patch(
			   call_query(c, "updateMask"), job, &mask, &c->st)))
		return rc;
	struct job_patch p = {.set_labels = mask & ML_MASK_LABELS};
	const json_t *labels = json_object_get(job, "labels");
	auto_free char *labels_text = labels ? jsn_compact(labels) : NULL;
	auto_free char *etag = known_etag(job, &p.if_etag_len);
	if (!etag || (labels && !labels_text))
		return call_nomem(c);
	/* one that the mask names must be there, and one that is given is
	 * never ignored */
	if (mask & ML_MASK_ETAG || p.if_etag_len)
		p.if_etag = etag;
	p.labels = labels_text;
	return jobs_patch(
		c->em, c->param[0], c->param[1], &p, see_job, c, &c->st);
}
