/* SPDX-License-Identifier: MIT */
/* The job as a whole, and how lists are asked for. */
#include "emulator/api/rules_ml.h"

#include "emulator/api/labels.h"
#include "emulator/api/page.h"
#include "emulator/api/rules_ml_int.h"

/* guess: the rules behind these texts are documented, their words are not. */
#define ID_MISSING "A job id must be specified."
#define ID_LONG "A name should have at most 128 characters."
#define INPUT_MISSING                                                          \
	"Exactly one of training_input, prediction_input and "                 \
	"explanation_input must be specified."
#define LABELS_TOO_MANY "At most 64 labels may be specified."
#define LABEL_KEY "The label key \"%s\" does not conform to \"%s\"."
#define LABEL_VALUE "The label value \"%s\" does not conform to \"%s\"."
#define PAGE_TOKEN_BAD "The page token is not valid."
#define NOT_EMULATED "The emulator does not support %s."

static int check_id(const json_t *id, struct status *st) {
	if (!id)
		return REFUSE(st, "job.job_id", ID_MISSING);
	size_t n = rules_ml_id_len(json_string_value(id));
	if (!n)
		return REFUSE(st, "job.job_id",
			"A name should start with a letter and contain only "
			"letters, numbers and underscores");
	return n > RULES_ML_ID_MAX ? REFUSE(st, "job.job_id", ID_LONG) : ST_OK;
}

int rules_ml_labels(const json_t *job, struct status *st) {
	struct label_problem p;
	switch (labels_check(json_object_get(job, "labels"), &p)) {
	case LABEL_FINE:
		return ST_OK;
	case LABEL_TOO_MANY:
		return REFUSE(st, "job.labels", LABELS_TOO_MANY);
	case LABEL_KEY_EMPTY:
	case LABEL_KEY_FIRST:
	case LABEL_KEY_CHAR:
	case LABEL_KEY_LONG:
		return REFUSE(
			st, "job.labels", LABEL_KEY, p.key, LABEL_KEY_PATTERN);
	case LABEL_VALUE_CHAR:
	case LABEL_VALUE_LONG:
		break;
	}
	return REFUSE(
		st, "job.labels", LABEL_VALUE, p.value, LABEL_VALUE_PATTERN);
}

#define JOB_MEMBERS(X)                                                         \
	X(jobId)                                                               \
	X(trainingInput)                                                       \
	X(predictionInput)                                                     \
	X(explanationInput)

struct job_members {
	JOB_MEMBERS(RULES_POINTER)
};

#define RULES_STRUCT job_members
static const struct rules_member job_table[] = {JOB_MEMBERS(RULES_MEMBER)};
#undef RULES_STRUCT

static int check_input(const struct job_members *job, struct status *st) {
	int inputs = (job->trainingInput != NULL) +
		     (job->predictionInput != NULL) +
		     (job->explanationInput != NULL);
	if (inputs != 1)
		return REFUSE(st, "job", INPUT_MISSING);
	if (job->trainingInput)
		return rules_ml_training(job->trainingInput, st);
	if (job->predictionInput)
		return rules_ml_prediction(job->predictionInput, st);
	return status_set(
		st, ST_UNIMPLEMENTED, NOT_EMULATED, "explanation jobs");
}

int rules_ml_job(const json_t *job, struct status *st) {
	struct job_members m = {0};
	rules_members(job, job_table, COUNT_OF(job_table), &m);
	int rc = check_id(m.jobId, st);
	if (!rc)
		rc = rules_ml_labels(job, st);
	return rc ? rc : check_input(&m, st);
}

int rules_page(const char *page_size_text, int dflt, int max, int *ret,
	struct status *st) {
	int n;
	int rc = page_parse(page_size_text, &n, st);
	if (rc)
		return rc;
	if (n < 0)
		return REFUSE(st, "page_size", RULE_NEGATIVE);
	*ret = n == 0 ? dflt : n < max ? n : max;
	return ST_OK;
}

int rules_bad_page_token(struct status *st) {
	return REFUSE(st, "page_token", PAGE_TOKEN_BAD);
}
