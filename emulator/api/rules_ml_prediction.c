/* SPDX-License-Identifier: MIT */
/* PredictionInput. That only one of modelName, versionName and uri is there is
 * the message's own rule. Any model may be named: there is no list of them. */
#include <stdlib.h>
#include <string.h>

#include "emulator/api/limits.h"
#include "emulator/api/rules_ml_int.h"
#include "emulator/api/schema_ml.h"

/* guess: the rules behind these texts are documented, their words are not. */
#define MODEL_MISSING                                                          \
	"Exactly one of model_name, version_name and uri must be specified."
#define MODEL_BAD "Must be projects/PROJECT/models/MODEL"
#define VERSION_BAD "Must be projects/PROJECT/models/MODEL/versions/VERSION"

#define FIELD(name) "prediction_input." name

#define PREDICTION_MEMBERS(X)                                                  \
	X(dataFormat)                                                          \
	X(inputPaths)                                                          \
	X(outputPath)                                                          \
	X(region)                                                              \
	X(modelName)                                                           \
	X(versionName)                                                         \
	X(uri)                                                                 \
	X(accelerator)

struct prediction_members {
	PREDICTION_MEMBERS(RULES_POINTER)
};

#define RULES_STRUCT prediction_members
static const struct rules_member prediction_table[] = {
	PREDICTION_MEMBERS(RULES_MEMBER)};
#undef RULES_STRUCT

static int check_model(const struct prediction_members *m, struct status *st) {
	const char *model = json_string_value(m->modelName);
	const char *version = json_string_value(m->versionName);
	const char *uri = json_string_value(m->uri);
	if (!model && !version && !uri)
		return REFUSE(st, FIELD("version_name"), MODEL_MISSING);
	if (model && !rules_ml_name(model, "projects/*/models/*"))
		return REFUSE(st, FIELD("model_name"), MODEL_BAD);
	if (version &&
		!rules_ml_name(version, "projects/*/models/*/versions/*"))
		return REFUSE(st, FIELD("version_name"), VERSION_BAD);
	if (uri && !rules_ml_storage(uri, true))
		return REFUSE(st, FIELD("uri"), RULE_PATH);
	return ST_OK;
}

static int check_files(const struct prediction_members *m, struct status *st) {
	if (!m->dataFormat)
		return REFUSE(st, FIELD("data_format"), RULE_REQUIRED);
	int rc = rules_ml_storage_list(m->inputPaths, FIELD("input_paths"), st);
	if (rc)
		return rc;
	if (!m->outputPath)
		return REFUSE(st, FIELD("output_path"), RULE_REQUIRED);
	if (!rules_ml_storage(json_string_value(m->outputPath), false))
		return REFUSE(st, FIELD("output_path"), RULE_PATH);
	return ST_OK;
}

int rules_ml_prediction(const json_t *in, struct status *st) {
	struct prediction_members m = {0};
	int rc = limits_check(
		&schema_ml_prediction_input, in, "prediction_input", st);
	if (rc)
		return rc;
	rules_members(in, prediction_table, COUNT_OF(prediction_table), &m);
	rc = rules_ml_check_region(m.region, FIELD("region"), st);
	if (!rc)
		rc = check_files(&m, st);
	if (!rc)
		rc = check_model(&m, st);
	if (!rc && m.accelerator)
		rc = rules_ml_accelerator(
			m.accelerator, FIELD("accelerator"), st);
	return rc;
}
