/* SPDX-License-Identifier: MIT */
/* What can be told wrong with a training job without asking: the service's
 * rules of which its own words help little. The rest is left to it. Source:
 * facts ml-jobs.md, section 5. */
#include <stdlib.h>
#include <string.h>

#include "client/lib/train_int.h"

static const char *text(const json_t *o, const char *name) {
	const char *s = json_string_value(name_get(o, name, NULL));
	return s && *s ? s : NULL;
}

/* YAML reads 2.10 as the number 2.1, so a version must be quoted there. */
static int check_strings(const json_t *input, struct err *e) {
	static const char *const names[] = {
		"runtimeVersion", "pythonVersion", "region", "masterType"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const json_t *v = name_get(input, names[i], NULL);
		if (v && !json_is_string(v))
			return err_set(e, ERR_SHAPE,
				"trainingInput.%s must be a string: write it "
				"in quotes",
				names[i]);
	}
	return 0;
}

/* What is run: an image, or packages with a module. */
static int check_program(const json_t *input, struct err *e) {
	const json_t *master = name_get(input, "masterConfig", NULL);
	const char *image = text(master, "imageUri");
	const json_t *packages = name_get(input, "packageUris", NULL);
	if (image && text(input, "runtimeVersion"))
		return err_set(e, ERR_SHAPE,
			"an image and a runtime version exclude each other: "
			"the version is of Google's own image");
	if (image)
		return 0;
	if (json_array_size(packages) == 0)
		return err_set(e, ERR_SHAPE,
			"nothing to run: give an image (--master-image-uri), "
			"or --packages with --module-name");
	if (!text(input, "pythonModule"))
		return err_set(e, ERR_SHAPE,
			"packages without a module to run: use --module-name");
	return 0;
}

/* An int64, which proto3 JSON takes as 3, 3.0 or "3"; 0 for anything else. */
static double count_of(const json_t *v) {
	return json_is_string(v) ? strtod(json_string_value(v), NULL)
				 : json_number_value(v);
}

/* Machines of one kind: a number and a type, or neither. */
static int check_machines(const json_t *input, struct err *e) {
	static const struct {
		const char *count, *type, *option;
	} kinds[] = {{"workerCount", "workerType", "worker"},
		{"parameterServerCount", "parameterServerType",
			"parameter-server"},
		{"evaluatorCount", "evaluatorType", "evaluator"}};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		double n = count_of(name_get(input, kinds[i].count, NULL));
		const char *type = text(input, kinds[i].type);
		if (n > 0 && !type)
			return err_set(e, ERR_SHAPE,
				"%s without a machine type: use "
				"--%s-machine-type",
				kinds[i].count, kinds[i].option);
		if (type && n <= 0)
			return err_set(e, ERR_SHAPE,
				"%s without a count: use --%s-count",
				kinds[i].type, kinds[i].option);
	}
	return 0;
}

int spec_check_training(const json_t *job, struct err *e) {
	const json_t *input = name_get(job, "trainingInput", NULL);
	if (!input)
		return 0;
	int rc = check_strings(input, e);
	if (rc)
		return rc;
	if (!text(input, "region"))
		return err_set(e, ERR_SHAPE,
			"no region: use --region, or trainingInput.region in "
			"the file");
	const char *tier = text(input, "scaleTier");
	if (tier && strcmp(tier, "CUSTOM") == 0 && !text(input, "masterType"))
		return err_set(e, ERR_SHAPE,
			"scale tier CUSTOM needs a machine type: use "
			"--master-machine-type");
	rc = check_program(input, e);
	return rc ? rc : check_machines(input, e);
}
