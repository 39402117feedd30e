/* SPDX-License-Identifier: MIT */
#include "emulator/core/machines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

#define LEN(a) (sizeof(a) / sizeof(a)[0])
#define LEAST_US (10 * US_PER_MIN) /* that is charged */

/* A legacy type or a tier's machine, in today's terms. */
struct machine {
	const char *name, *type, *accelerator;
	int64_t accelerators;
};

static const struct machine legacy[] = {
	{"standard", "n1-standard-4", NULL, 0},
	{"large_model", "n1-highmem-8", NULL, 0},
	{"complex_model_s", "n1-highcpu-8", NULL, 0},
	{"complex_model_m", "n1-highcpu-16", NULL, 0},
	{"complex_model_l", "n1-highcpu-32", NULL, 0},
	{"standard_gpu", "n1-standard-8", "K80", 1},
	{"complex_model_m_gpu", "n1-standard-16", "K80", 4},
	{"complex_model_l_gpu", "n1-standard-32", "K80", 8},
	{"standard_p100", "n1-standard-8", "P100", 1},
	{"complex_model_m_p100", "n1-standard-16", "P100", 4},
	{"standard_v100", "n1-standard-8", "V100", 1},
	{"large_model_v100", "n1-highmem-8", "V100", 1},
	{"complex_model_m_v100", "n1-standard-16", "V100", 4},
	{"complex_model_l_v100", "n1-standard-32", "V100", 8},
	{"cloud_tpu", "", "TPU_V2", 8},
	{"a2-highgpu-1g", "a2-highgpu-12", "A100", 1},
	{"a2-highgpu-2g", "a2-highgpu-24", "A100", 2},
	{"a2-highgpu-4g", "a2-highgpu-48", "A100", 4},
	{"a2-highgpu-8g", "a2-highgpu-96", "A100", 8},
	{"a2-megagpu-16g", "a2-megagpu-96", "A100", 16},
};

#define MASTER "master"
#define WORKER "worker"
#define PS "ps"
#define EVALUATOR "evaluator"

/* Tiers by their names; the first is what a job has that names none. */
static const struct tier {
	const char *name;
	struct replicas of[MACHINES_ROLES];
} tiers[] = {
	{"BASIC", {{MASTER, 1, "n1-standard-4", NULL, 0}}},
	{"STANDARD_1", {{MASTER, 1, "n1-highcpu-8", NULL, 0},
			       {WORKER, 4, "n1-highcpu-8", NULL, 0},
			       {PS, 3, "n1-standard-4", NULL, 0}}},
	{"PREMIUM_1", {{MASTER, 1, "n1-highcpu-16", NULL, 0},
			      {WORKER, 19, "n1-highcpu-16", NULL, 0},
			      {PS, 11, "n1-highmem-8", NULL, 0}}},
	{"BASIC_GPU", {{MASTER, 1, "n1-standard-8", "K80", 1}}},
	{"BASIC_TPU", {{MASTER, 1, "n1-standard-4", NULL, 0},
			      {WORKER, 1, "", "TPU_V2", 8}}},
};

static const struct {
	const char *role, *type, *count, *config;
} keys[MACHINES_ROLES] = {{MASTER, "masterType", NULL, "masterConfig"},
	{WORKER, "workerType", "workerCount", "workerConfig"},
	{PS, "parameterServerType", "parameterServerCount",
		"parameterServerConfig"},
	{EVALUATOR, "evaluatorType", "evaluatorCount", "evaluatorConfig"}};

static const char *text(const json_t *o, const char *key, const char *dflt) {
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : dflt;
}

/* An int64 as proto3 JSON has it. */
static int64_t number(const json_t *o, const char *key) {
	int64_t n = strtoll(text(o, key, "0"), NULL, 10);
	return n < 0 ? 0 : n > MACHINES_MAX ? MACHINES_MAX : n;
}

static const char *short_name(const char *accelerator) {
	static const char prefix[] = "NVIDIA_TESLA_";
	size_t n = sizeof prefix - 1;
	return strncmp(accelerator, prefix, n) ? accelerator : accelerator + n;
}

static struct replicas custom(const json_t *in, size_t role) {
	struct replicas r = {.role = keys[role].role,
		.count = keys[role].count ? number(in, keys[role].count) : 1,
		.machine = text(in, keys[role].type, "")};
	for (size_t i = 0; i < LEN(legacy); i++)
		if (!strcmp(legacy[i].name, r.machine)) {
			r.machine = legacy[i].type;
			r.accelerator = legacy[i].accelerator;
			r.accelerators = legacy[i].accelerators;
			break;
		}
	const json_t *a = json_object_get(
		json_object_get(in, keys[role].config), "acceleratorConfig");
	const char *kind = text(a, "type", NULL);
	if (kind) {
		r.accelerator = short_name(kind);
		r.accelerators = number(a, "count");
	}
	return r;
}

void machines_of(
	const json_t *training, struct replicas ret[static MACHINES_ROLES]) {
	const char *name = text(training, "scaleTier", tiers[0].name);
	for (size_t i = 0; i < LEN(tiers); i++)
		if (!strcmp(tiers[i].name, name)) {
			memcpy(ret, tiers[i].of, sizeof tiers[i].of);
			return;
		}
	for (size_t i = 0; i < MACHINES_ROLES; i++)
		ret[i] = custom(training, i);
}

struct worth {
	const char *name;
	double units; /* an hour of one */
};

/* Of a virtual CPU, by the beginning of the machine's type; others count as the
 * first. */
static const struct worth cpus[] = {{"n1-standard-", 0.09694},
	{"n1-highmem-", 0.12082}, {"n1-highcpu-", 0.07235}};
static const struct worth accelerators[] = {{"K80", 0.9184}, {"P4", 1.2245},
	{"T4", 0.7143}, {"P100", 2.9796}, {"V100", 5.0612}, {"A100", 5.9871},
	{"TPU_V2", 1.1480}, {"TPU_V2_POD", 1.1480}, {"TPU_V3", 2.0408},
	{"TPU_V3_POD", 2.0408}, {"TPU_V4_POD", 2.0408}};

static double machine_worth(const char *type) {
	const char *dash = strrchr(type, '-');
	double count = dash ? (double)strtoll(dash + 1, NULL, 10) : 0;
	for (size_t i = 0; i < LEN(cpus); i++)
		if (!strncmp(type, cpus[i].name, strlen(cpus[i].name)))
			return count * cpus[i].units;
	return count * cpus[0].units;
}

static double accelerator_worth(const char *name) {
	for (size_t i = 0; name && i < LEN(accelerators); i++)
		if (!strcmp(accelerators[i].name, name))
			return accelerators[i].units;
	return 0;
}

double machines_units(
	const struct replicas of[static MACHINES_ROLES], int64_t us) {
	double rate = 0;
	for (size_t i = 0; i < MACHINES_ROLES; i++)
		rate += (double)of[i].count *
			(machine_worth(of[i].machine ? of[i].machine : "") +
				(double)of[i].accelerators *
					accelerator_worth(of[i].accelerator));
	if (us < LEAST_US)
		us = LEAST_US;
	return floor(rate * (double)us / (double)US_PER_HOUR * 100) / 100;
}
