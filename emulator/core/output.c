/* SPDX-License-Identifier: MIT */
#include "emulator/core/output.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/fate.h"
#include "emulator/core/input.h"
#include "emulator/core/machines.h"
#include "emulator/core/trials.h"

#define TASKS_MAX 100 /* of a role, that have an address shown */
#define METRIC_TAG "training/hptuning/metric" /* facts section 7 */

static bool is_over(const struct job *j) {
	return j->end_us != STORE_NULL;
}

static bool ran(const struct job *j) {
	return is_over(j) && j->start_us != STORE_NULL;
}

static int set(json_t *o, const char *key, json_t *value) {
	return json_object_set_new(o, key, value) ? ERR_NOMEM : 0;
}

/* Trials that still run when their job is cancelled or ends go with it. */
static int add_trials(const struct job *j, const json_t *spec, int64_t now_us,
	json_t *o, int64_t *ret_busy_us) {
	auto_json json_t *root = NULL;
	struct fate f;
	if (fate_read(j->fate, &f, &root))
		return ERR_NOMEM;
	struct trials t = {.spec = spec,
		.job_id = j->job_id,
		.start_us = j->plan_us == STORE_NULL ? STORE_NULL : j->start_us,
		.plan_us = j->plan_us,
		.until_us = now_us,
		.failed = f.failed_trials};
	if (is_over(j))
		t.until_us = j->end_us;
	if (j->cancel_us != STORE_NULL)
		t.until_us = j->cancel_us;
	t.stopped = is_over(j) || j->cancel_us != STORE_NULL;
	return trials_output(&t, o, ret_busy_us);
}

static int add_units(const json_t *training, int64_t us, json_t *o) {
	struct replicas machines[MACHINES_ROLES];
	machines_of(training, machines);
	return set(
		o, "consumedMLUnits", json_real(machines_units(machines, us)));
}

/* An address for each replica; NULL when memory ran out. They are made up: only
 * their names are known. */
static json_t *web_access(const json_t *training, uint64_t seed) {
	const char *region =
		json_string_value(json_object_get(training, "region"));
	auto_json json_t *uris = json_object();
	struct replicas machines[MACHINES_ROLES];
	machines_of(training, machines);
	for (size_t i = 0; i < MACHINES_ROLES; i++)
		for (int64_t n = 0; n < machines[i].count && n < TASKS_MAX;
			n++) {
			char task[64], uri[256];
			(void)snprintf(task, sizeof task, "%s-replica-%" PRId64,
				machines[i].role, n);
			(void)snprintf(uri, sizeof uri,
				"https://%016" PRIx64 "-dot-%.40s.aiplatform-"
				"training.googleusercontent.com",
				(seed ^ (uint64_t)(i << 32)) + (uint64_t)n,
				region ? region : "global");
			if (set(uris, task, json_string(uri)))
				return NULL;
		}
	return json_incref(uris);
}

/* The machines of a tuning job are those of its trials. */
static int add_web_access(
	const struct job *j, const struct input *in, json_t *o) {
	static const char key[] = "webAccessUris";
	if (!in->tuning)
		return set(o, key, web_access(in->training, j->etag));
	size_t i;
	json_t *trial;
	json_array_foreach (json_object_get(o, "trials"), i, trial) {
		const char *id =
			json_string_value(json_object_get(trial, "trialId"));
		if (json_object_get(trial, "endTime"))
			continue;
		uint64_t seed = j->etag ^ strtoull(id, NULL, 10) << 48;
		if (set(trial, key, web_access(in->training, seed)))
			return ERR_NOMEM;
	}
	return 0;
}

static int training_output(const struct job *j, const struct input *in,
	int64_t now_us, json_t *o) {
	int64_t busy = ran(j) ? j->end_us - j->start_us : 0;
	int rc = in->tuning ? add_trials(j, in->tuning, now_us, o, &busy) : 0;
	if (!rc && ran(j))
		rc = add_units(in->training, busy, o);
	if (!rc && in->tuning) {
		const char *tag = json_string_value(
			json_object_get(in->tuning, "hyperparameterMetricTag"));
		rc = set(o, "isHyperparameterTuningJob", json_true());
		if (!rc)
			rc = set(o, "hyperparameterMetricTag",
				json_string(tag ? tag : METRIC_TAG));
	}
	if (!rc && j->state == JOB_RUNNING &&
		json_is_true(json_object_get(in->training, "enableWebAccess")))
		rc = add_web_access(j, in, o);
	return rc;
}

static int prediction_output(
	const struct job *j, const json_t *prediction, json_t *o) {
	json_t *path = json_object_get(prediction, "outputPath");
	int rc = path ? set(o, "outputPath", json_incref(path)) : 0;
	if (rc || !ran(j))
		return rc;
	double hours = (double)(j->end_us - j->start_us) / (double)US_PER_HOUR;
	return set(o, "nodeHours", json_real(rint(hours * 100) / 100));
}

int output_text(const struct job *j, int64_t now_us, char **ret) {
	auto_input struct input in = {0};
	auto_json json_t *o = json_object();
	if (!o || input_read(j->input, &in))
		return ERR_NOMEM;
	int rc = in.training
			 ? training_output(j, &in, now_us, o)
			 : prediction_output(j,
				   json_object_get(in.root, "predictionInput"),
				   o);
	char *text = NULL;
	if (!rc && json_object_size(o) && !(text = jsn_compact(o)))
		rc = ERR_NOMEM;
	if (!rc)
		*ret = text;
	return rc;
}

static bool begins(const char *s, const char *with) {
	return strncmp(s, with, strlen(with)) == 0;
}

/* Whether there is anything to show before a job is over. */
static bool shows(const struct job *j) {
	return input_has(j->input, INPUT_TUNING) ||
	       (j->state == JOB_RUNNING &&
		       input_has(j->input, INPUT_WEB_ACCESS)) ||
	       begins(j->input, "{\"predictionInput\"");
}

void output_add(struct buf *b, const struct job *j, int64_t now_us) {
	if (begins(j->input, "{\"trainingInput\""))
		(void)buf_adds(b, ",\"trainingOutput\":");
	else if (begins(j->input, "{\"predictionInput\""))
		(void)buf_adds(b, ",\"predictionOutput\":");
	else
		return;
	auto_free char *text = NULL;
	if (!is_over(j) && shows(j) && output_text(j, now_us, &text))
		b->failed = ERR_NOMEM;
	(void)buf_adds(b, text ? text : j->output ? j->output : "{}");
}
