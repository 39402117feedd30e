/* SPDX-License-Identifier: MIT */
/* TrainingInput (facts ml-jobs.md section 5), but for its hyperparameters. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulator/api/limits.h"
#include "emulator/api/rules_ml_int.h"
#include "emulator/api/schema_ml.h"

/* guess: the rules behind these texts are documented, their words are not. */
#define MASTER_MISSING                                                         \
	"Master type must be specified for the CUSTOM scale tier."
#define NOT_CUSTOM "May only be specified for the CUSTOM scale tier."
#define COUNT_WITHOUT_TYPE "Must be specified when %s_count is greater than 0."
#define TYPE_WITHOUT_COUNT "Must be greater than 0 when %s_type is specified."
#define FAMILY_MIXED                                                           \
	"Compute Engine machine types and legacy machine types must not be "   \
	"mixed: %s, %s"
#define ACCELERATOR_MACHINE                                                    \
	"Accelerators may only be attached to Compute Engine machine types: "  \
	"%s"
#define ACCELERATOR_TYPELESS                                                   \
	"Accelerators may only be attached to Compute Engine machine types: "  \
	"%s_type is not specified."
#define TPU_VERSION_MISSING                                                    \
	"Must be specified for a TPU worker with a custom container."
#define TPU_VERSION_ALONE                                                      \
	"May only be specified for a TPU worker with a custom container."
#define DISK_TYPE "Must be pd-ssd or pd-standard."
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
#define RUNNING_SHORT "Must be greater than 0s."
#define ACCOUNT_BAD "Must be the email address of a service account."
#define NETWORK_BAD "Must be projects/PROJECT_NUMBER/global/networks/NETWORK"
#define KEY_BAD                                                                \
	"Must be projects/PROJECT/locations/LOCATION/keyRings/KEY_RING/"       \
	"cryptoKeys/KEY"

/* Machine types from before Compute Engine's names could be used. cloud_tpu is
 * not among them: it goes with both families. */
static const char *const legacy_types[] = {"standard", "large_model",
	"complex_model_s", "complex_model_m", "complex_model_l", "standard_gpu",
	"complex_model_m_gpu", "complex_model_l_gpu", "standard_p100",
	"complex_model_m_p100", "standard_v100", "large_model_v100",
	"complex_model_m_v100", "complex_model_l_v100"};

/* In the order of the message; the others have no rule. */
#define TRAINING_MEMBERS(X)                                                    \
	X(scaleTier)                                                           \
	X(masterType)                                                          \
	X(workerType)                                                          \
	X(parameterServerType)                                                 \
	X(workerCount)                                                         \
	X(parameterServerCount)                                                \
	X(packageUris)                                                         \
	X(pythonModule)                                                        \
	X(args)                                                                \
	X(hyperparameters)                                                     \
	X(region)                                                              \
	X(runtimeVersion)                                                      \
	X(jobDir)                                                              \
	X(encryptionConfig)                                                    \
	X(masterConfig)                                                        \
	X(workerConfig)                                                        \
	X(parameterServerConfig)                                               \
	X(evaluatorConfig)                                                     \
	X(evaluatorCount)                                                      \
	X(evaluatorType)                                                       \
	X(network)                                                             \
	X(scheduling)                                                          \
	X(serviceAccount)

struct training_members {
	TRAINING_MEMBERS(RULES_POINTER)
};

#define RULES_STRUCT training_members
static const struct rules_member training_table[] = {
	TRAINING_MEMBERS(RULES_MEMBER)};
#undef RULES_STRUCT

#define CONFIG_MEMBERS(X)                                                      \
	X(acceleratorConfig)                                                   \
	X(imageUri)                                                            \
	X(diskConfig)                                                          \
	X(tpuTfVersion)                                                        \
	X(containerCommand)                                                    \
	X(containerArgs)

struct config_members {
	CONFIG_MEMBERS(RULES_POINTER)
};

#define RULES_STRUCT config_members
static const struct rules_member config_table[] = {
	CONFIG_MEMBERS(RULES_MEMBER)};
#undef RULES_STRUCT

/* A kind of machine of the job. */
struct replica {
	const char *name; /* before _type, _count and _config in errors */
	const char *type; /* NULL when absent */
	const json_t *count;
	struct config_members config;
};

enum { MASTER, WORKER, PARAMETER_SERVER, EVALUATOR, REPLICAS };

struct training {
	struct training_members m;
	struct replica replicas[REPLICAS];
};

static void read_replica(struct replica *r, const char *name,
	const json_t *type, const json_t *count, const json_t *config) {
	*r = (struct replica){
		.name = name, .type = json_string_value(type), .count = count};
	rules_members(config, config_table, COUNT_OF(config_table), &r->config);
}

static void read_training(const json_t *in, struct training *ret) {
	struct training_members *m = &ret->m;
	*m = (struct training_members){0};
	rules_members(in, training_table, COUNT_OF(training_table), m);
	struct replica *r = ret->replicas;
	read_replica(
		&r[MASTER], "master", m->masterType, NULL, m->masterConfig);
	read_replica(&r[WORKER], "worker", m->workerType, m->workerCount,
		m->workerConfig);
	read_replica(&r[PARAMETER_SERVER], "parameter_server",
		m->parameterServerType, m->parameterServerCount,
		m->parameterServerConfig);
	read_replica(&r[EVALUATOR], "evaluator", m->evaluatorType,
		m->evaluatorCount, m->evaluatorConfig);
}

/* Refuses a field of a replica: "worker" and "_type", or "_config.image_uri".
 */
__attribute__((format(printf, 4, 5))) static int refuse_replica(
	struct status *st, const struct replica *r, const char *field,
	const char *fmt, ...) {
	char path[64], text[256];
	(void)snprintf(path, sizeof path, "%s%s", r->name, field);
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return REFUSE(st, path, "%s", text);
}

static int64_t count_of(const struct replica *r) {
	const char *s = json_string_value(r->count);
	return s ? strtoll(s, NULL, 10) : 0;
}

static bool is_tpu(const struct replica *r) {
	return r->type && strcmp(r->type, "cloud_tpu") == 0;
}

static bool is_legacy(const char *type) {
	for (size_t i = 0; i < COUNT_OF(legacy_types); i++)
		if (strcmp(legacy_types[i], type) == 0)
			return true;
	return false;
}

/* A replica without an image of its own runs the master's. */
static bool has_image(const struct training *in, const struct replica *r) {
	return r->config.imageUri || in->replicas[MASTER].config.imageUri;
}

static int check_region(const struct training *in, struct status *st) {
	return rules_ml_check_region(in->m.region, "region", st);
}

static int check_tier(const struct training *in, struct status *st) {
	const struct replica *master = &in->replicas[MASTER];
	const char *tier = json_string_value(in->m.scaleTier);
	if (tier && strcmp(tier, "CUSTOM") == 0) {
		if (!master->type)
			return REFUSE(st, "master_type", MASTER_MISSING);
		if (is_tpu(master))
			return REFUSE(st, "master_type",
				"The specified machine type for masteris not "
				"supported in TPU training jobs: %s",
				master->type);
		return ST_OK;
	}
	for (const struct replica *r = master; r < master + REPLICAS; r++) {
		if (r->type)
			return refuse_replica(st, r, "_type", NOT_CUSTOM);
		if (r->count)
			return refuse_replica(st, r, "_count", NOT_CUSTOM);
	}
	return ST_OK;
}

static int check_counts(const struct training *in, struct status *st) {
	for (size_t i = WORKER; i < REPLICAS; i++) {
		const struct replica *r = &in->replicas[i];
		int64_t n = count_of(r);
		if (n > 0 && !r->type)
			return refuse_replica(
				st, r, "_type", COUNT_WITHOUT_TYPE, r->name);
		if (n == 0 && r->type)
			return refuse_replica(
				st, r, "_count", TYPE_WITHOUT_COUNT, r->name);
	}
	return ST_OK;
}

static int check_families(const struct training *in, struct status *st) {
	const char *first = NULL;
	for (size_t i = 0; i < REPLICAS; i++) {
		const struct replica *r = &in->replicas[i];
		if (!r->type || is_tpu(r))
			continue;
		if (first && is_legacy(r->type) != is_legacy(first))
			return refuse_replica(
				st, r, "_type", FAMILY_MIXED, first, r->type);
		first = r->type;
	}
	return ST_OK;
}

static int check_accelerator(const struct replica *r, struct status *st) {
	const json_t *accelerator = r->config.acceleratorConfig;
	if (!accelerator)
		return ST_OK;
	if (!r->type)
		return refuse_replica(
			st, r, "_config", ACCELERATOR_TYPELESS, r->name);
	if (is_legacy(r->type))
		return refuse_replica(
			st, r, "_config", ACCELERATOR_MACHINE, r->type);
	char field[64];
	(void)snprintf(
		field, sizeof field, "%s_config.accelerator_config", r->name);
	return rules_ml_accelerator(accelerator, field, st);
}

static int check_disk(const struct replica *r, struct status *st) {
	const char *type = rules_text(r->config.diskConfig, "bootDiskType");
	if (type && strcmp(type, "pd-ssd") != 0 &&
		strcmp(type, "pd-standard") != 0)
		return refuse_replica(
			st, r, "_config.disk_config.boot_disk_type", DISK_TYPE);
	return ST_OK;
}

static int check_container(
	const struct training *in, const struct replica *r, struct status *st) {
	bool image = has_image(in, r), tpu = is_tpu(r) && image;
	if (tpu && !r->config.tpuTfVersion)
		return refuse_replica(
			st, r, "_config.tpu_tf_version", TPU_VERSION_MISSING);
	if (!tpu && r->config.tpuTfVersion)
		return refuse_replica(
			st, r, "_config.tpu_tf_version", TPU_VERSION_ALONE);
	if (!r->config.containerArgs && !r->config.containerCommand)
		return ST_OK;
	if (!image)
		return refuse_replica(
			st, r, "_config", CONTAINER_WITHOUT_IMAGE);
	return in->m.args ? REFUSE(st, "args", CONTAINER_AND_ARGS) : ST_OK;
}

static int check_configs(const struct training *in, struct status *st) {
	for (size_t i = 0; i < REPLICAS; i++) {
		const struct replica *r = &in->replicas[i];
		int rc = check_accelerator(r, st);
		if (!rc && r->config.diskConfig)
			rc = check_disk(r, st);
		if (!rc)
			rc = check_container(in, r, st);
		if (rc)
			return rc;
	}
	return ST_OK;
}

/* An image, or a package with all that runs it. Which versions of the runtime
 * and of Python there were, and which go together, is not checked. */
static int check_program(const struct training *in, struct status *st) {
	bool image = in->replicas[MASTER].config.imageUri;
	const json_t *uris = in->m.packageUris;
	const struct {
		const json_t *v;
		const char *field;
	} parts[] = {{in->m.runtimeVersion, "runtime_version"},
		{in->m.pythonModule, "python_module"}, {uris, "package_uris"}};
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		if (image && parts[i].v)
			return REFUSE(st, parts[i].field, IMAGE_AND_PACKAGE);
		if (!image && !parts[i].v)
			return REFUSE(st, parts[i].field, PROGRAM_MISSING);
	}
	return uris ? rules_ml_storage_list(uris, "package_uris", st) : ST_OK;
}

static int check_scheduling(const json_t *scheduling, struct status *st) {
	int64_t us;
	if (rules_duration(scheduling, "maxRunningTime", &us) && us <= 0)
		return REFUSE(st, "scheduling.max_running_time", RUNNING_SHORT);
	return ST_OK;
}

/* After the '@' is a name with a dot. */
static bool is_email(const char *s) {
	const char *dot = rules_email(s) ? strchr(strchr(s, '@'), '.') : NULL;
	return dot && dot[-1] != '@' && dot[1];
}

/* What a job names outside of itself. */
static int check_names(const struct training *in, struct status *st) {
	const char *dir = json_string_value(in->m.jobDir);
	if (dir && !rules_ml_storage(dir, false))
		return REFUSE(st, "job_dir", RULE_PATH);
	const char *account = json_string_value(in->m.serviceAccount);
	if (account && !is_email(account))
		return REFUSE(st, "service_account", ACCOUNT_BAD);
	const char *network = json_string_value(in->m.network);
	if (network && !rules_ml_name(network, "projects/#/global/networks/*"))
		return REFUSE(st, "network", NETWORK_BAD);
	const char *key =
		in->m.encryptionConfig
			? rules_text(in->m.encryptionConfig, "kmsKeyName")
			: NULL;
	if (key && !rules_ml_name(key,
			   "projects/*/locations/*/keyRings/*/cryptoKeys/*"))
		return REFUSE(st, "encryption_config.kms_key_name", KEY_BAD);
	return ST_OK;
}

int rules_ml_training(const json_t *in, struct status *st) {
	static int (*const checks[])(const struct training *,
		struct status *) = {check_region, check_tier, check_counts,
		check_families, check_program, check_configs, check_names};
	struct training t;
	int rc = limits_check(&schema_ml_training_input, in, "", st);
	if (rc)
		return rc;
	read_training(in, &t);
	for (size_t i = 0; i < COUNT_OF(checks); i++)
		if ((rc = checks[i](&t, st)))
			return rc;
	rc = t.m.scheduling ? check_scheduling(t.m.scheduling, st) : ST_OK;
	if (!rc && t.m.hyperparameters)
		rc = rules_ml_hyperparameters(t.m.hyperparameters, st);
	return rc;
}
