/* SPDX-License-Identifier: MIT */
/* What the inputs of a job have in common: ids, names, paths, regions,
 * accelerators. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulator/api/rules_ml.h"
#include "emulator/api/rules_ml_int.h"

/* guess: the rules behind these texts are documented, their words are not. */
#define REGION_MISSING "A region must be specified."
#define ACCELERATOR_TYPELESS "An accelerator type must be specified."
#define ACCELERATOR_COUNT "At least 1 accelerator must be specified."

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

size_t rules_ml_id_len(const char *id) {
	size_t n = 0;
	while (is_letter(id[n]) || (n && (is_digit(id[n]) || id[n] == '_')))
		n++;
	return id[n] ? 0 : n;
}

bool rules_ml_id(const char *id) {
	size_t n = rules_ml_id_len(id);
	return n > 0 && n <= RULES_ML_ID_MAX;
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
