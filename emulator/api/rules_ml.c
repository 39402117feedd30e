/* SPDX-License-Identifier: MIT */
#include "emulator/api/rules_ml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulator/api/labels.h"
#include "emulator/api/page.h"
#include "emulator/api/rules_int.h"

#define JOB_ID_MAX 128
#define PACKAGES_MAX 100
#define PRIORITY_MAX 1000
#define WAIT_MIN_US (1800 * SECOND_US)

/* guess: the rules behind these texts are documented, their words are not. */
#define ID_MISSING "A job id must be specified."
#define ID_LONG "A name should have at most 128 characters."
#define INPUT_MISSING                                                          \
	"Exactly one of training_input, prediction_input and "                 \
	"explanation_input must be specified."
#define REGION_MISSING "A region must be specified."
#define MASTER_MISSING                                                         \
	"Master type must be specified for the CUSTOM scale tier."
#define NOT_CUSTOM "May only be specified for the CUSTOM scale tier."
#define COUNT_NEGATIVE "Must not be negative."
#define COUNT_WITHOUT_TYPE "Must be specified when %s is greater than 0."
#define TYPE_WITHOUT_COUNT "Must be greater than 0 when %s is specified."
#define FAMILY_MIXED                                                           \
	"Compute Engine machine types and legacy machine types must not be "   \
	"mixed: %s, %s"
#define LEGACY_ACCELERATOR                                                     \
	"Accelerators may only be attached to Compute Engine machine types: "  \
	"%s"
#define IMAGE_AND_PACKAGE                                                      \
	"Must not be specified together with master_config.image_uri."
#define PROGRAM_MISSING                                                        \
	"Either master_config.image_uri or runtime_version, python_module "    \
	"and package_uris must be specified."
#define CONTAINER_WITHOUT_IMAGE                                                \
	"Container command and arguments need an image_uri."
#define CONTAINER_AND_ARGS                                                     \
	"Must not be specified together with container_args or "               \
	"container_command."
#define PACKAGES_TOO_MANY "At most 100 package URIs may be specified."
#define WAIT_SHORT "Must be at least 1800s."
#define RUNNING_SHORT "Must be greater than 0s."
#define PRIORITY_RANGE "Must be between 0 and 1000."
#define JOB_DIR_BAD "Must be a Cloud Storage path: gs://BUCKET/PATH"
#define LABELS_TOO_MANY "At most 64 labels may be specified."
#define LABEL_KEY "The label key \"%s\" does not conform to \"%s\"."
#define LABEL_VALUE "The label value \"%s\" does not conform to \"%s\"."
#define NOT_EMULATED "The emulator does not support %s."
#define PAGE_NEGATIVE "Must not be negative."
#define PAGE_TOKEN_BAD "The page token is not valid."

/* The training regions gcloud knows, sorted. */
static const char *const regions[] = {"asia-east1", "asia-northeast1",
	"asia-southeast1", "australia-southeast1", "europe-west1",
	"europe-west2", "europe-west3", "europe-west4",
	"northamerica-northeast1", "us-central1", "us-east1", "us-east4",
	"us-west1"};

/* Machine types from before Compute Engine's names could be used. cloud_tpu is
 * not among them: it goes with both families. */
static const char *const legacy_types[] = {"standard", "large_model",
	"complex_model_s", "complex_model_m", "complex_model_l", "standard_gpu",
	"complex_model_m_gpu", "complex_model_l_gpu", "standard_p100",
	"complex_model_m_p100", "standard_v100", "large_model_v100",
	"complex_model_m_v100", "complex_model_l_v100"};

/* The four replicas; each member by its JSON name and its name in errors. */
struct replica {
	const char *type, *type_field;
	const char *count, *count_field; /* NULL for the master */
	const char *config, *config_field;
};

static const struct replica replicas[] = {
	{"masterType", "master_type", NULL, NULL, "masterConfig",
		"master_config"},
	{"workerType", "worker_type", "workerCount", "worker_count",
		"workerConfig", "worker_config"},
	{"parameterServerType", "parameter_server_type", "parameterServerCount",
		"parameter_server_count", "parameterServerConfig",
		"parameter_server_config"},
	{"evaluatorType", "evaluator_type", "evaluatorCount", "evaluator_count",
		"evaluatorConfig", "evaluator_config"},
};

/* INVALID_ARGUMENT in the service's house style. */
#define refuse(st, ...) status_field(st, ST_INVALID_ARGUMENT, __VA_ARGS__)

static int64_t int64_of(const json_t *o, const char *key) {
	const char *s = rules_text(o, key);
	return s ? strtoll(s, NULL, 10) : 0;
}

static bool listed(const char *s, const char *const *list, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], s) == 0)
			return true;
	return false;
}

static int check_id(const json_t *job, struct status *st) {
	const char *id = rules_text(job, "jobId");
	if (!id)
		return refuse(st, "job.job_id", ID_MISSING);
	bool letter = (*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z');
	size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (!letter || id[len])
		return refuse(st, "job.job_id",
			"A name should start with a letter and contain only "
			"letters, numbers and underscores");
	if (len > JOB_ID_MAX)
		return refuse(st, "job.job_id", ID_LONG);
	return ST_OK;
}

int rules_ml_labels(const json_t *job, struct status *st) {
	struct label_problem p;
	switch (labels_check(json_object_get(job, "labels"), &p)) {
	case LABEL_FINE:
		return ST_OK;
	case LABEL_TOO_MANY:
		return refuse(st, "job.labels", LABELS_TOO_MANY);
	case LABEL_KEY_EMPTY:
	case LABEL_KEY_FIRST:
	case LABEL_KEY_CHAR:
	case LABEL_KEY_LONG:
		return refuse(
			st, "job.labels", LABEL_KEY, p.key, LABEL_KEY_PATTERN);
	case LABEL_VALUE_CHAR:
	case LABEL_VALUE_LONG:
		break;
	}
	return refuse(
		st, "job.labels", LABEL_VALUE, p.value, LABEL_VALUE_PATTERN);
}

static int check_region(const json_t *input, struct status *st) {
	const char *region = rules_text(input, "region");
	if (!region || !*region)
		return refuse(st, "region", REGION_MISSING);
	if (listed(region, regions, COUNT_OF(regions)))
		return ST_OK;
	char options[512];
	size_t n = 0;
	for (size_t i = 0; i < COUNT_OF(regions); i++)
		n += (size_t)snprintf(options + n, sizeof options - n, "%s%s",
			i ? ", " : "", regions[i]);
	return refuse(st, "region",
		"The provided GCE region '%s' is not available. Options are "
		"[%s].",
		region, options);
}

const char *rules_ml_region(size_t i) {
	return i < COUNT_OF(regions) ? regions[i] : NULL;
}

static int check_tier(const json_t *in, struct status *st) {
	const char *tier = rules_text(in, "scaleTier");
	const char *master = rules_text(in, "masterType");
	if (tier && strcmp(tier, "CUSTOM") == 0) {
		if (!master)
			return refuse(st, "master_type", MASTER_MISSING);
		if (strcmp(master, "cloud_tpu") == 0)
			return refuse(st, "master_type",
				"The specified machine type for masteris not "
				"supported in TPU training jobs: %s",
				master);
		return ST_OK;
	}
	for (size_t i = 0; i < COUNT_OF(replicas); i++) {
		const struct replica *r = &replicas[i];
		if (json_object_get(in, r->type))
			return refuse(st, r->type_field, NOT_CUSTOM);
		if (r->count && json_object_get(in, r->count))
			return refuse(st, r->count_field, NOT_CUSTOM);
	}
	return ST_OK;
}

static int check_counts(const json_t *in, struct status *st) {
	for (size_t i = 0; i < COUNT_OF(replicas); i++) {
		const struct replica *r = &replicas[i];
		if (!r->count)
			continue;
		int64_t n = int64_of(in, r->count);
		bool typed = rules_text(in, r->type) != NULL;
		if (n < 0)
			return refuse(st, r->count_field, COUNT_NEGATIVE);
		if (n > 0 && !typed)
			return refuse(st, r->type_field, COUNT_WITHOUT_TYPE,
				r->count_field);
		if (n == 0 && typed)
			return refuse(st, r->count_field, TYPE_WITHOUT_COUNT,
				r->type_field);
	}
	return ST_OK;
}

static int check_machines(const json_t *in, struct status *st) {
	const char *first = NULL;
	bool first_legacy = false;
	for (size_t i = 0; i < COUNT_OF(replicas); i++) {
		const struct replica *r = &replicas[i];
		const char *type = rules_text(in, r->type);
		if (!type || strcmp(type, "cloud_tpu") == 0)
			continue;
		bool legacy =
			listed(type, legacy_types, COUNT_OF(legacy_types));
		if (first && legacy != first_legacy)
			return refuse(
				st, r->type_field, FAMILY_MIXED, first, type);
		const json_t *config = json_object_get(in, r->config);
		if (legacy && json_object_get(config, "acceleratorConfig"))
			return refuse(
				st, r->config_field, LEGACY_ACCELERATOR, type);
		first = type;
		first_legacy = legacy;
	}
	return ST_OK;
}

/* An image, or a package with all that runs it. */
static int check_program(const json_t *in, struct status *st) {
	static const char *const parts[][2] = {
		{"runtimeVersion", "runtime_version"},
		{"pythonModule", "python_module"},
		{"packageUris", "package_uris"}};
	bool image =
		rules_text(json_object_get(in, "masterConfig"), "imageUri");
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		bool set = json_object_get(in, parts[i][0]) != NULL;
		if (image && set)
			return refuse(st, parts[i][1], IMAGE_AND_PACKAGE);
		if (!image && !set)
			return refuse(st, parts[i][1], PROGRAM_MISSING);
	}
	if (json_array_size(json_object_get(in, "packageUris")) > PACKAGES_MAX)
		return refuse(st, "package_uris", PACKAGES_TOO_MANY);
	return ST_OK;
}

/* A replica without an image of its own runs the master's. */
static int check_containers(const json_t *in, struct status *st) {
	bool master =
		rules_text(json_object_get(in, "masterConfig"), "imageUri");
	for (size_t i = 0; i < COUNT_OF(replicas); i++) {
		const struct replica *r = &replicas[i];
		const json_t *config = json_object_get(in, r->config);
		if (!json_object_get(config, "containerArgs") &&
			!json_object_get(config, "containerCommand"))
			continue;
		if (!master && !rules_text(config, "imageUri"))
			return refuse(
				st, r->config_field, CONTAINER_WITHOUT_IMAGE);
		if (json_object_get(in, "args"))
			return refuse(st, "args", CONTAINER_AND_ARGS);
	}
	return ST_OK;
}

static int check_limits(const json_t *in, struct status *st) {
	const json_t *scheduling = json_object_get(in, "scheduling");
	int64_t us;
	if (rules_duration(scheduling, "maxWaitTime", &us) && us < WAIT_MIN_US)
		return refuse(st, "scheduling.max_wait_time", WAIT_SHORT);
	if (rules_duration(scheduling, "maxRunningTime", &us) && us <= 0)
		return refuse(st, "scheduling.max_running_time", RUNNING_SHORT);
	json_int_t priority = rules_int(scheduling, "priority");
	if (priority < 0 || priority > PRIORITY_MAX)
		return refuse(st, "scheduling.priority", PRIORITY_RANGE);
	const char *dir = rules_text(in, "jobDir");
	if (dir && (strncmp(dir, "gs://", 5) != 0 || !dir[5] || dir[5] == '/'))
		return refuse(st, "job_dir", JOB_DIR_BAD);
	return ST_OK;
}

static int check_training(const json_t *in, struct status *st) {
	static int (*const checks[])(const json_t *, struct status *) = {
		check_region, check_tier, check_counts, check_machines,
		check_program, check_containers, check_limits};
	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		int rc = checks[i](in, st);
		if (rc)
			return rc;
	}
	return ST_OK;
}

static int check_input(const json_t *job, struct status *st) {
	static const char *const inputs[] = {
		"trainingInput", "predictionInput", "explanationInput"};
	const json_t *found = NULL;
	for (size_t i = 0; i < COUNT_OF(inputs); i++) {
		const json_t *in = json_object_get(job, inputs[i]);
		if (found && in)
			return refuse(st, "job", INPUT_MISSING);
		found = in ? in : found;
	}
	if (!found)
		return refuse(st, "job", INPUT_MISSING);
	if (found == json_object_get(job, inputs[0]))
		return check_training(found, st);
	if (found == json_object_get(job, inputs[2]))
		return status_set(
			st, ST_UNIMPLEMENTED, NOT_EMULATED, "explanation jobs");
	return check_region(found, st);
}

int rules_ml_job(const json_t *job, struct status *st) {
	int rc = check_id(job, st);
	if (!rc)
		rc = rules_ml_labels(job, st);
	return rc ? rc : check_input(job, st);
}

int rules_page(const char *page_size_text, int dflt, int max, int *ret,
	struct status *st) {
	int n;
	int rc = page_parse(page_size_text, &n, st);
	if (rc)
		return rc;
	if (n < 0)
		return refuse(st, "page_size", PAGE_NEGATIVE);
	*ret = n == 0 ? dflt : n < max ? n : max;
	return ST_OK;
}

int rules_bad_page_token(struct status *st) {
	return refuse(st, "page_token", PAGE_TOKEN_BAD);
}
