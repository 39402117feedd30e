/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/uniq.h"

#include <string.h>

#include "common/hash.h"
#include "common/jsn.h"
#include "common/mem.h"

#define SPEC_HEX 16
#define KEY_HEX 32

/* The message's data as a job whose jobId is the base of the id to come. */
static int read_job(const struct push *p, json_t **ret, const char **ret_base,
	struct err *e) {
	/* strict: of two values for one name, either may be the wrong one */
	auto_json json_t *job = jsn_parse(p->data, p->data_len, true, e);
	const char *base;
	if (!job || spec_check(job, e) || jsn_str(job, "", "jobId", &base, e))
		return err_wrap(e, "message.data");
	*ret_base = base;
	*ret = TAKE(job);
	return 0;
}

/* The hash of what is asked for: the job but for its name and labels. */
static int spec_hash(
	const json_t *job, char ret[static SPEC_HEX + 1], struct err *e) {
	auto_json json_t *bare = json_copy((json_t *)job);
	if (!bare)
		return err_nomem(e);
	(void)json_object_del(bare, "jobId");
	(void)json_object_del(bare, "labels");
	auto_free char *text = jsn_canonical(bare);
	if (!text)
		return err_nomem(e);
	return hash_digits(text, SPEC_HEX, ret, e);
}

static int add_labels(json_t *job, const char *key, struct err *e) {
	char spec[SPEC_HEX + 1], hashed[KEY_HEX + 1];
	int rc = spec_hash(job, spec, e);
	if (!rc && !spec_label_value_ok(key)) {
		rc = hash_digits(key, KEY_HEX, hashed, e);
		key = hashed;
	}
	if (!rc)
		rc = spec_set_label(job, TRAIN_LABEL_KEY, key, e);
	if (!rc)
		rc = spec_set_label(job, TRAIN_LABEL_SPEC, spec, e);
	return rc;
}

/* The id for the message. */
static int make_id(const struct push *p, const struct jobid_format *format,
	const char *base, struct uniq *u, struct err *e) {
	const char *own = push_attribute(p, UNIQ_ATTRIBUTE);
	struct jobid_format dflt;
	if (own && !*own)
		return err_set(e, ERR_SHAPE, "message.attributes.%s is empty",
			UNIQ_ATTRIBUTE);
	if (!format) {
		int rc = jobid_format_parse(
			own ? JOBID_FORMAT_OWN_KEY : JOBID_FORMAT, &dflt, e);
		if (rc)
			return rc;
		format = &dflt;
	}
	if (format->has_time && p->publish_us == PUSH_NO_TIME)
		return err_set(e, ERR_SHAPE, "message.publishTime is missing");
	u->key = own ? own : p->message_id;
	return jobid_make(format, base, p->publish_us, u->key, u->job_id, e);
}

int uniq_make(const struct push *p, const struct jobid_format *format,
	struct uniq **ret, struct err *e) {
	auto_uniq struct uniq *u = mem_zero(1, sizeof *u);
	if (!u)
		return err_nomem(e);
	const char *base = NULL;
	int rc = read_job(p, &u->job, &base, e);
	if (!rc)
		rc = make_id(p, format, base, u, e);
	if (!rc)
		rc = add_labels(u->job, u->key, e);
	if (!rc)
		rc = spec_set_id(u->job, u->job_id, e);
	if (rc)
		return rc;
	*ret = TAKE(u);
	return 0;
}

void uniq_free(struct uniq *u) {
	if (!u)
		return;
	json_decref(u->job);
	mem_free(u);
}
