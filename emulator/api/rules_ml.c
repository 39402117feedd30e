/* SPDX-License-Identifier: MIT */
/* The job as a whole, and what its inputs have in common. */
#include "emulator/api/rules_ml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulator/api/labels.h"
#include "emulator/api/page.h"
#include "emulator/api/rules_ml_int.h"

#define JOB_ID_MAX 128

/* guess: the rules behind these texts are documented, their words are not. */
#define ID_MISSING "A job id must be specified."
#define ID_LONG "A name should have at most 128 characters."
#define INPUT_MISSING                                                          \
	"Exactly one of training_input, prediction_input and "                 \
	"explanation_input must be specified."
#define REGION_MISSING "A region must be specified."
#define LABELS_TOO_MANY "At most 64 labels may be specified."
#define LABEL_KEY "The label key \"%s\" does not conform to \"%s\"."
#define LABEL_VALUE "The label value \"%s\" does not conform to \"%s\"."
#define ACCELERATOR_TYPELESS "An accelerator type must be specified."
#define ACCELERATOR_COUNT "At least 1 accelerator must be specified."
#define PAGE_TOKEN_BAD "The page token is not valid."
#define NOT_EMULATED "The emulator does not support %s."

/* The training regions gcloud knows, sorted. */
static const char *const regions[] = {"asia-east1", "asia-northeast1",
	"asia-southeast1", "australia-southeast1", "europe-west1",
	"europe-west2", "europe-west3", "europe-west4",
	"northamerica-northeast1", "us-central1", "us-east1", "us-east4",
	"us-west1"};

void rules_members(const json_t *o, const struct rules_member *table, size_t n,
	void *ret) {
	size_t at = 0;
	json_t *object = (json_t *)o;
	for (void *i = json_object_iter(object); i;
		i = json_object_iter_next(object, i)) {
		const char *key = json_object_iter_key(i);
		for (size_t tried = 0; tried < n; tried++) {
			const struct rules_member *m = &table[at];
			at = at + 1 < n ? at + 1 : 0;
			if (strcmp(m->name, key) != 0)
				continue;
			*(const json_t **)((char *)ret + m->offset) =
				json_object_iter_value(i);
			break;
		}
	}
}

bool rules_ml_storage(const char *uri, bool below) {
	if (strncmp(uri, "gs://", 5) != 0)
		return false;
	size_t bucket = strcspn(uri + 5, "/");
	const char *rest = uri + 5 + bucket;
	return bucket && (!below || (rest[0] && rest[1]));
}

int rules_ml_storage_list(
	const json_t *uris, const char *field, struct status *st) {
	for (size_t i = 0; i < json_array_size(uris); i++) {
		const char *uri = json_string_value(json_array_get(uris, i));
		if (!rules_ml_storage(uri, true))
			return REFUSE(st, field, RULE_PATH);
	}
	return uris ? ST_OK : REFUSE(st, field, RULE_REQUIRED);
}

static bool is_letter(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

/* The length of a name of letters, digits and underscores that begins with a
 * letter; 0 when it is none. */
static size_t id_len(const char *id) {
	size_t n = 0;
	while (is_letter(id[n]) || (n && (is_digit(id[n]) || id[n] == '_')))
		n++;
	return id[n] ? 0 : n;
}

bool rules_ml_id(const char *id) {
	size_t n = id_len(id);
	return n > 0 && n <= JOB_ID_MAX;
}

bool rules_ml_name(const char *s, const char *pattern) {
	for (; *pattern; pattern++) {
		if (*pattern != '*' && *pattern != '#') {
			if (*s++ != *pattern)
				return false;
			continue;
		}
		size_t n = *pattern == '*' ? strcspn(s, "/")
					   : strspn(s, "0123456789");
		if (!n)
			return false;
		s += n;
	}
	return !*s;
}

static int check_id(const json_t *id, struct status *st) {
	if (!id)
		return REFUSE(st, "job.job_id", ID_MISSING);
	size_t n = id_len(json_string_value(id));
	if (!n)
		return REFUSE(st, "job.job_id",
			"A name should start with a letter and contain only "
			"letters, numbers and underscores");
	return n > JOB_ID_MAX ? REFUSE(st, "job.job_id", ID_LONG) : ST_OK;
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

int rules_ml_check_region(
	const json_t *region, const char *field, struct status *st) {
	if (!region)
		return REFUSE(st, field, REGION_MISSING);
	const char *name = json_string_value(region);
	for (size_t i = 0; i < COUNT_OF(regions); i++)
		if (strcmp(regions[i], name) == 0)
			return ST_OK;
	char options[512];
	size_t n = 0;
	for (size_t i = 0; i < COUNT_OF(regions); i++)
		n += (size_t)snprintf(options + n, sizeof options - n, "%s%s",
			i ? ", " : "", regions[i]);
	return REFUSE(st, field,
		"The provided GCE region '%s' is not available. Options are "
		"[%s].",
		name, options);
}

const char *rules_ml_region(size_t i) {
	return i < COUNT_OF(regions) ? regions[i] : NULL;
}

/* Which counts go with which accelerator and machine was a page of its own, and
 * changed: any is taken. */
int rules_ml_accelerator(const json_t *accelerator_config, const char *field,
	struct status *st) {
	if (!rules_text(accelerator_config, "type"))
		return REFUSE(st, field, ACCELERATOR_TYPELESS);
	const char *count = rules_text(accelerator_config, "count");
	if (!count || strtoll(count, NULL, 10) < 1)
		return REFUSE(st, field, ACCELERATOR_COUNT);
	return ST_OK;
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
