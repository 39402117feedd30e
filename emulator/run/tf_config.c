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
#include "emulator/core/machines.h"

#define ADDRESS_MAX 100
#define PORT ":2222"
#define MASTER "master"
#define EVALUATOR "evaluator"

static bool is_role(const struct replicas *r, const char *role) {
	return r->role && !strcmp(r->role, role);
}

/* The replicas of a job. What has no machine, a TPU, is a device of the
 * master's. */
static int read_replicas(const json_t *training,
	struct replicas ret[static MACHINES_ROLES], struct err *e) {
	machines_of(training, ret);
	for (size_t i = 0; i < MACHINES_ROLES; i++) {
		if (!ret[i].machine || !*ret[i].machine)
			ret[i].count = is_role(&ret[i], MASTER);
		if (ret[i].count > TF_CONFIG_ROLE_MAX)
			return err_set(e, ERR_RANGE,
				"a program can be told of %d replicas of a "
				"role at most; this job has more of %s",
				TF_CONFIG_ROLE_MAX, ret[i].role);
	}
	return 0;
}

/* The part of the addresses that is each job's own. */
static int job_hash(const struct run *r, char ret[static HASH_HEX_LEN + 1]) {
	auto_free char *name = mem_printf("%s/%s", r->project, r->job_id);
	return name ? hash_hex(name, strlen(name), ret, NULL) : ERR_NOMEM;
}

/* The addresses of a role's replicas; one that is alone has a local one. */
static json_t *addresses(
	const struct replicas *of, const char *hash, bool alone) {
	if (alone)
		return json_pack("[s]", "127.0.0.1" PORT);
	auto_json json_t *list = json_array();
	for (int64_t i = 0; i < of->count; i++) {
		char address[ADDRESS_MAX];
		(void)snprintf(address, sizeof address,
			"cmle-training-%s-%.10s-%" PRId64 PORT, of->role, hash,
			i);
		if (json_array_append_new(list, json_string(address)))
			return NULL;
	}
	return TAKE(list);
}

static json_t *make_cluster(const struct run *r,
	const struct replicas of[static MACHINES_ROLES], const char *master,
	bool with_evaluators) {
	int64_t all = 0;
	for (size_t i = 0; i < MACHINES_ROLES; i++)
		all += of[i].count;
	char hash[HASH_HEX_LEN + 1];
	auto_json json_t *c = job_hash(r, hash) ? NULL : json_object();
	for (size_t i = 0; c && i < MACHINES_ROLES; i++) {
		if (of[i].count == 0 ||
			(is_role(&of[i], EVALUATOR) && !with_evaluators))
			continue;
		const char *key = is_role(&of[i], MASTER) ? master : of[i].role;
		if (json_object_set_new(
			    c, key, addresses(&of[i], hash, all == 1)))
			return NULL;
	}
	return TAKE(c);
}

static int describe(const struct run *r, const json_t *training,
	const char *master, bool with_evaluators, const char *job, char **ret,
	struct err *e) {
	struct replicas of[MACHINES_ROLES];
	int rc = read_replicas(training, of, e);
	if (rc)
		return rc;
	auto_json json_t *cluster =
		make_cluster(r, of, master, with_evaluators);
	auto_json json_t *all =
		cluster ? json_pack("{s:O, s:s, s:{s:s, s:i}, s:s}", "cluster",
				  cluster, "environment", "cloud", "task",
				  "type", master, "index", 0, "job", job)
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
		r, training, chief ? "chief" : MASTER, false, job, ret, e);
}

int tf_config_cluster_spec(const struct run *r, const json_t *training,
	const char *job, char **ret, struct err *e) {
	return describe(r, training, MASTER, true, job, ret, e);
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
