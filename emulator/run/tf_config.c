/* SPDX-License-Identifier: MIT */
#include "emulator/run/tf_config.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/hash.h"
#include "common/jsn.h"
#include "common/mem.h"

#define ADDRESS_MAX 100
#define PORT ":2222"

/* How many replicas there are beside the master. */
struct counts {
	int64_t workers, servers, evaluators;
};

static const struct {
	const char *tier;
	struct counts counts;
} tiers[] = {{"STANDARD_1", {4, 3, 0}}, {"PREMIUM_1", {19, 11, 0}}};

static const char *text_of(const json_t *o, const char *key) {
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static int read_count(
	const json_t *training, const char *key, int64_t *ret, struct err *e) {
	int rc = jsn_i64_opt(training, "", key, 0, ret, e);
	if (!rc && (*ret < 0 || *ret > TF_CONFIG_KIND_MAX))
		rc = err_set(e, ERR_RANGE,
			"a %s of %" PRId64 ": no more than %d can be told to "
			"a program",
			key, *ret, TF_CONFIG_KIND_MAX);
	return rc;
}

static int read_counts(
	const json_t *training, struct counts *ret, struct err *e) {
	*ret = (struct counts){0};
	const char *tier = text_of(training, "scaleTier");
	for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++)
		if (!strcmp(tier, tiers[i].tier))
			*ret = tiers[i].counts;
	if (strcmp(tier, "CUSTOM") != 0)
		return 0;
	int rc = read_count(training, "workerCount", &ret->workers, e);
	/* a TPU is a device of the master's, not a replica */
	if (!strcmp(text_of(training, "workerType"), "cloud_tpu"))
		ret->workers = 0;
	if (!rc)
		rc = read_count(
			training, "parameterServerCount", &ret->servers, e);
	if (!rc)
		rc = read_count(
			training, "evaluatorCount", &ret->evaluators, e);
	return rc;
}

/* The part of the addresses that is each job's own. */
static int job_hash(const struct run *r, char ret[static HASH_HEX_LEN + 1]) {
	auto_free char *name = mem_printf("%s/%s", r->project, r->job_id);
	return name ? hash_hex(name, strlen(name), ret, NULL) : ERR_NOMEM;
}

/* Adds the addresses of n replicas of a kind, if there are any. */
static int add_kind(json_t *cluster, const char *key, const char *kind,
	const char *hash, int64_t n) {
	auto_json json_t *list = n > 0 ? json_array() : NULL;
	for (int64_t i = 0; i < n; i++) {
		char address[ADDRESS_MAX];
		(void)snprintf(address, sizeof address,
			"cmle-training-%s-%.10s-%" PRId64 PORT, kind, hash, i);
		if (json_array_append_new(list, json_string(address)))
			return ERR_NOMEM;
	}
	return n > 0 && json_object_set(cluster, key, list) ? ERR_NOMEM : 0;
}

/* One that is alone is told a local address. */
static int add_master(json_t *cluster, const char *key, const char *hash,
	const struct counts *n) {
	if (n->workers + n->servers + n->evaluators > 0)
		return add_kind(cluster, key, "master", hash, 1);
	return json_object_set_new(
		       cluster, key, json_pack("[s]", "127.0.0.1" PORT))
		       ? ERR_NOMEM
		       : 0;
}

static json_t *make_cluster(const struct run *r, const char *master,
	const struct counts *n, bool with_evaluators) {
	char hash[HASH_HEX_LEN + 1];
	auto_json json_t *c = json_object();
	if (!c || job_hash(r, hash) || add_master(c, master, hash, n) ||
		add_kind(c, "worker", "worker", hash, n->workers) ||
		add_kind(c, "ps", "ps", hash, n->servers) ||
		add_kind(c, "evaluator", "evaluator", hash,
			with_evaluators ? n->evaluators : 0))
		return NULL;
	return TAKE(c);
}

static int describe(const struct run *r, const json_t *training,
	const char *master, bool with_evaluators, const char *job, char **ret,
	struct err *e) {
	struct counts n;
	int rc = read_counts(training, &n, e);
	if (rc)
		return rc;
	char trial[24];
	(void)snprintf(trial, sizeof trial, "%" PRId64, r->trial);
	auto_json json_t *cluster =
		make_cluster(r, master, &n, with_evaluators);
	auto_json json_t *all =
		cluster ? json_pack("{s:O, s:s, s:{s:s, s:i, s:s*}, s:s}",
				  "cluster", cluster, "environment", "cloud",
				  "task", "type", master, "index", 0, "trial",
				  r->trial ? trial : NULL, "job", job)
			: NULL;
	char *text = jsn_compact(all);
	if (!text)
		return err_nomem(e);
	*ret = text;
	return 0;
}

int tf_config_make(const struct run *r, const json_t *training, const char *job,
	char **ret, struct err *e) {
	bool chief =
		json_is_true(json_object_get(training, "useChiefInTfConfig"));
	/* TensorFlow does not count evaluators among the cluster */
	return describe(
		r, training, chief ? "chief" : "master", false, job, ret, e);
}

int tf_config_cluster_spec(const struct run *r, const json_t *training,
	const char *job, char **ret, struct err *e) {
	return describe(r, training, "master", true, job, ret, e);
}

/* "imageUri" to "image_uri". */
static int add_name(struct buf *b, const char *name) {
	for (; *name; name++) {
		if (isupper((unsigned char)*name))
			(void)buf_addc(b, '_');
		(void)buf_addc(b, (char)tolower((unsigned char)*name));
	}
	return b->failed;
}

static json_t *in_snake_case(const json_t *v);

static json_t *object_in_snake_case(const json_t *o) {
	auto_json json_t *to = json_object();
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)o, key, v) {
		auto_buf struct buf name;
		buf_init(&name, 2 * strlen(key));
		if (add_name(&name, key) ||
			json_object_set_new(
				to, buf_str(&name), in_snake_case(v)))
			return NULL;
	}
	return TAKE(to);
}

static json_t *array_in_snake_case(const json_t *a) {
	auto_json json_t *to = json_array();
	size_t i;
	json_t *v;
	json_array_foreach (a, i, v)
		if (json_array_append_new(to, in_snake_case(v)))
			return NULL;
	return TAKE(to);
}

/* A new reference, NULL when memory ran out. As deep as the request's checked
 * shape, which has no recursion. */
static json_t *in_snake_case(const json_t *v) {
	if (json_is_object(v))
		return object_in_snake_case(v);
	if (json_is_array(v))
		return array_in_snake_case(v);
	return json_incref((json_t *)v);
}

char *tf_config_job(const json_t *training) {
	auto_json json_t *job = in_snake_case(training);
	return jsn_compact(job);
}
