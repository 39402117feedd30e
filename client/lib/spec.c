/* SPDX-License-Identifier: MIT */
/* Job specs: what can be told wrong without the service. Fields are left to
 * it, for it names unknown ones itself. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"

/* The service takes international letters too; ours are the plain ones. */
static const char LABEL_CHARS[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
#define LABEL_MAX 63

static int check_labels(const json_t *labels, struct err *e) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)labels, key, v) {
		if (!json_is_string(v))
			return err_set(
				e, ERR_SHAPE, "labels.%s is not a string", key);
	}
	return 0;
}

int spec_check(const json_t *job, struct err *e) {
	const char *id;
	json_t *training, *prediction, *labels;
	if (!json_is_object(job))
		return err_set(e, ERR_SHAPE, "the job is not a JSON object");
	int rc = jsn_str_opt(job, "", "jobId", &id, e);
	if (!rc)
		rc = jsn_obj_opt(job, "", "labels", &labels, e);
	if (!rc)
		rc = jsn_obj_opt(job, "", "trainingInput", &training, e);
	if (!rc)
		rc = jsn_obj_opt(job, "", "predictionInput", &prediction, e);
	if (rc)
		return rc;
	if (!training == !prediction)
		return err_set(e, ERR_SHAPE,
			training ? "the job has trainingInput and "
				   "predictionInput; it must have one"
				 : "the job has neither trainingInput nor "
				   "predictionInput");
	return labels ? check_labels(labels, e) : 0;
}

/* JSON begins with a bracket; YAML may too, but nobody writes it so. */
static json_t *parse(const char *p, size_t n, struct err *e) {
	size_t skip = strspn(p, " \t\r\n");
	return p[skip] == '{' || p[skip] == '[' ? jsn_parse(p, n, true, e)
						: yml_parse(p, n, e);
}

int spec_load(const char *path, json_t **ret, struct err *e) {
	auto_buf struct buf text;
	buf_init(&text, SPEC_MAX);
	if (buf_add_file(&text, path, e))
		return err_wrap(e, "spec '%s'", path);
	auto_json json_t *job = parse(buf_str(&text), text.len, e);
	if (job && !json_is_object(job))
		(void)err_set(e, ERR_SHAPE, "the job is not an object");
	if (!json_is_object(job))
		return err_wrap(e, "spec '%s'", path);
	*ret = TAKE(job);
	return 0;
}

int spec_set_id(json_t *job, const char *id, struct err *e) {
	int rc = jobid_check(id, e);
	if (rc)
		return rc;
	return json_object_set_new(job, "jobId", json_string(id)) ? err_nomem(e)
								  : 0;
}

bool spec_label_value_ok(const char *s) {
	size_t n = strspn(s, LABEL_CHARS);
	return !s[n] && n <= LABEL_MAX;
}

static bool label_key_ok(const char *s) {
	return *s >= 'a' && *s <= 'z' && spec_label_value_ok(s);
}

int spec_set_label(
	json_t *job, const char *key, const char *value, struct err *e) {
	if (!label_key_ok(key))
		return err_set(e, ERR_RANGE,
			"label key '%s': must be a lower-case letter, then at "
			"most 62 of a-z, 0-9, '_' and '-'",
			key);
	if (!spec_label_value_ok(value))
		return err_set(e, ERR_RANGE,
			"label %s='%s': a value is at most 63 of a-z, 0-9, "
			"'_' and '-'",
			key, value);
	json_t *labels = json_object_get(job, "labels");
	if (!json_is_object(labels)) {
		labels = json_object();
		if (json_object_set_new(job, "labels", labels))
			return err_nomem(e);
	}
	return json_object_set_new(labels, key, json_string(value))
		       ? err_nomem(e)
		       : 0;
}

int spec_set_labels(json_t *job, const char *list, struct err *e) {
	auto_free char *copy = mem_strdup(list);
	if (!copy)
		return err_nomem(e);
	for (char *pair = copy, *next; pair; pair = next) {
		next = strchr(pair, ',');
		if (next)
			*next++ = '\0';
		char *eq = strchr(pair, '=');
		if (!eq)
			return err_set(
				e, ERR_SYNTAX, "'%s' is not KEY=VALUE", pair);
		*eq = '\0';
		int rc = spec_set_label(job, pair, eq + 1, e);
		if (rc)
			return rc;
	}
	return 0;
}

static const char *const own_labels[] = {
	TRAIN_LABEL_KEY, TRAIN_LABEL_SPEC, TRAIN_LABEL_GROUP, TRAIN_LABEL_TIME};
#define OWN_LABELS (sizeof own_labels / sizeof own_labels[0])

bool spec_label_is_own(const char *key) {
	size_t i = 0;
	while (i < OWN_LABELS && strcmp(own_labels[i], key) != 0)
		i++;
	return i < OWN_LABELS;
}

bool spec_drop_own_labels(json_t *job) {
	json_t *labels = json_object_get(job, "labels");
	bool any = false;
	for (size_t i = 0; i < OWN_LABELS; i++)
		any |= json_object_del(labels, own_labels[i]) == 0;
	if (any && json_object_size(labels) == 0)
		(void)json_object_del(job, "labels");
	return any;
}

/* ---- options over a file ---- */

/* The key of the member that `key` stands for, which may be spelled the other
 * way; labels have one spelling. */
static const char *own_key(const json_t *o, const char *key, bool labels) {
	const char *there = key;
	if (!labels)
		(void)name_get(o, key, &there);
	return there;
}

static int merge(json_t *into, const json_t *over, bool labels, struct err *e) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)over, key, v) {
		const char *there = own_key(into, key, labels);
		json_t *old = json_object_get(into, there);
		if (json_is_object(v) && json_is_object(old)) {
			int rc = merge(old, v, strcmp(key, "labels") == 0, e);
			if (rc)
				return rc;
		} else if (json_object_set_new(
				   into, there, json_deep_copy(v))) {
			return err_nomem(e);
		}
	}
	return 0;
}

int spec_merge(json_t *job, const json_t *over, struct err *e) {
	return merge(job, over, false, e);
}
