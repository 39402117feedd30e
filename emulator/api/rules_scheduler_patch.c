/* SPDX-License-Identifier: MIT */
/* What a patch makes of a job: facts scheduler.md section 6. */
#include <string.h>

#include "common/jsn.h"
#include "emulator/api/mask.h"
#include "emulator/api/mask_apply.h"
#include "emulator/api/rules_int.h"
#include "emulator/api/rules_scheduler.h"
#include "emulator/api/schema_scheduler.h"

/* Without a mask all fields are meant, so that what the body leaves out goes
 * back to its default. */
static int replace_all(const json_t *patch, json_t *job, struct status *st) {
	const struct proto_message *m = &schema_scheduler_job;
	for (const struct proto_field *f = m->fields; f->name; f++)
		if (mask_apply(m, f->name, patch, job))
			return status_nomem(st);
	return ST_OK;
}

static int apply(
	const char *mask, const json_t *patch, json_t *job, struct status *st) {
	char path[MASK_PATH_MAX];
	while (mask_next(&mask, path)) {
		/* the name is output only once there is a job */
		if (strcmp(path, "name") == 0)
			continue;
		int rc = mask_apply(&schema_scheduler_job, path, patch, job);
		if (rc == ERR_NOTFOUND)
			return status_set(st, ST_INVALID_ARGUMENT,
				"Invalid mask for Job: %s", path);
		if (rc)
			return status_nomem(st);
	}
	return ST_OK;
}

/* `gcloud ... --clear-auth-token` clears the members of both tokens. */
static void drop_empty_tokens(json_t *job) {
	static const char *const tokens[] = {"oauthToken", "oidcToken"};
	json_t *http = json_object_get(job, "httpTarget");
	for (size_t i = 0; i < COUNT_OF(tokens); i++) {
		const json_t *token = json_object_get(http, tokens[i]);
		if (token && !json_object_size(token))
			(void)json_object_del(http, tokens[i]);
	}
}

int rules_scheduler_patch(const json_t *old, const json_t *patch,
	const char *mask, const char *parent, json_t **ret, struct status *st) {
	bool all = !mask || !*mask || strcmp(mask, "*") == 0;
	auto_json json_t *job = all ? json_object() : json_deep_copy(old);
	if (!job)
		return status_nomem(st);
	int rc =
		all ? replace_all(patch, job, st) : apply(mask, patch, job, st);
	if (rc)
		return rc;
	drop_empty_tokens(job);
	if (json_object_set(job, "name", json_object_get(old, "name")))
		return status_nomem(st);
	rc = rules_scheduler_job(job, parent, st);
	if (rc)
		return rc;
	json_t *whole = rules_scheduler_defaults(job);
	if (!whole)
		return status_nomem(st);
	*ret = whole;
	return ST_OK;
}
