/* SPDX-License-Identifier: MIT */
#include "emulator/run/replica.h"

#include <stdbool.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/input.h"
#include "emulator/run/tf_config.h"

/* The variables that are the service's. */
static const char *const own[] = {"CLOUD_ML_JOB", "CLOUD_ML_JOB_ID",
	"CLOUD_ML_PROJECT_ID", "CLOUD_ML_TRIAL_ID", "CLOUD_ML_HP_METRIC_FILE",
	"TF_CONFIG", "CLUSTER_SPEC"};

static bool is_own(const char *variable) {
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		size_t n = strlen(own[i]);
		if (!strncmp(variable, own[i], n) && variable[n] == '=')
			return true;
	}
	return false;
}

static int add_each(struct words *w, const json_t *list) {
	size_t i;
	json_t *v;
	json_array_foreach (list, i, v)
		if (words_add(w, mem_strdup(json_string_value(v))))
			return ERR_NOMEM;
	return 0;
}

/* The program stands for the image whatever containerCommand says, so that it
 * comes as arguments. */
static int add_args(struct words *argv, const struct input *in) {
	const json_t *master = json_object_get(in->training, "masterConfig");
	const char *job_dir =
		json_string_value(json_object_get(in->training, "jobDir"));
	if (add_each(argv, json_object_get(master, "containerCommand")) ||
		add_each(argv, json_object_get(master, "containerArgs")) ||
		add_each(argv, json_object_get(in->training, "args")))
		return ERR_NOMEM;
	if (!job_dir)
		return 0;
	return words_add(argv, mem_strdup("--job-dir")) ||
			       words_add(argv, mem_strdup(job_dir))
		       ? ERR_NOMEM
		       : 0;
}

static int add_variable(
	struct words *env, const char *name, const char *value) {
	return words_add(env, mem_printf("%s=%s", name, value));
}

static int add_cluster(struct words *env, const struct run *r,
	const json_t *training, struct err *e) {
	auto_free char *job = tf_config_job(training), *tf = NULL, *spec = NULL;
	if (!job)
		return err_nomem(e);
	int rc = tf_config_make(r, training, job, &tf, e);
	if (!rc)
		rc = tf_config_cluster_spec(r, training, job, &spec, e);
	if (!rc && (add_variable(env, "CLOUD_ML_JOB", job) ||
			   add_variable(env, "TF_CONFIG", tf) ||
			   add_variable(env, "CLUSTER_SPEC", spec)))
		rc = err_nomem(e);
	return rc;
}

static int add_env(struct words *env, const struct run *r,
	const json_t *training, const char *const *inherited, struct err *e) {
	for (; *inherited; inherited++)
		if (!is_own(*inherited) &&
			words_add(env, mem_strdup(*inherited)))
			return err_nomem(e);
	if (add_variable(env, "CLOUD_ML_JOB_ID", r->job_id) ||
		add_variable(env, "CLOUD_ML_PROJECT_ID", r->project))
		return err_nomem(e);
	return add_cluster(env, r, training, e);
}

int replica_init(struct replica *rep, const struct run *r,
	const char *const *inherited, struct err *e) {
	*rep = (struct replica){0};
	auto_input struct input in = {0};
	if (input_read(r->input, &in))
		return err_nomem(e);
	for (const char *const *at = r->argv; *at; at++)
		if (words_add(&rep->argv, mem_strdup(*at)))
			return err_nomem(e);
	if (add_args(&rep->argv, &in))
		return err_nomem(e);
	return add_env(&rep->env, r, in.training, inherited, e);
}

void replica_done(struct replica *rep) {
	words_done(&rep->argv);
	words_done(&rep->env);
}
