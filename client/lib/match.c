/* SPDX-License-Identifier: MIT */
/* Whether a job on the service is the one that was sent. The service returns
 * proto3 JSON: names in camelCase, int64 as strings, default values left out
 * (facts ml-jobs.md, sections 2, 5 and 9). */
#include <stdlib.h>
#include <string.h>

#include "client/lib/train_int.h"

static bool same(const char *key, const json_t *sent, const json_t *got);

/* Set by the service alone; what a client sends there is ignored. */
static bool output_only(const char *key) {
	static const char *const names[] = {"state", "createTime", "startTime",
		"endTime", "errorMessage", "trainingOutput", "predictionOutput",
		"explanationOutput", "etag", "jobPosition"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(key, names[i]) == 0)
			return true;
	return false;
}

static bool ends_with(const char *s, const char *end) {
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

/* A value that proto3 JSON may leave out. The names are those of the enums'
 * zero values. */
static bool is_default(const char *key, const json_t *v) {
	if (json_is_string(v)) {
		const char *s = json_string_value(v);
		return !*s || strcmp(s, "0") == 0 ||
		       ends_with(s, "_UNSPECIFIED") ||
		       (strcmp(key, "scaleTier") == 0 &&
			       strcmp(s, "BASIC") == 0) ||
		       (strcmp(key, "scaleType") == 0 &&
			       strcmp(s, "NONE") == 0);
	}
	if (json_is_number(v))
		return json_number_value(v) == 0;
	return json_is_null(v) || json_is_false(v) ||
	       (json_is_array(v) && json_array_size(v) == 0) ||
	       (json_is_object(v) && json_object_size(v) == 0);
}

static bool same_number(const json_t *a, const json_t *b) {
	if (json_is_integer(a) && json_is_integer(b))
		return json_integer_value(a) == json_integer_value(b);
	if (json_is_number(a) && json_is_number(b))
		return json_number_value(a) == json_number_value(b);
	const char *s = json_string_value(json_is_string(a) ? a : b);
	const json_t *n = json_is_string(a) ? b : a;
	if (!s || !json_is_integer(n))
		return false;
	char *end;
	long long v = strtoll(s, &end, 10);
	return end != s && !*end && v == json_integer_value(n);
}

static bool same_members(const json_t *sent, const json_t *got) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)sent, key, v) {
		const json_t *there = name_get(got, key, NULL);
		if (there ? !same(key, v, there) : !is_default(key, v))
			return false;
	}
	return true;
}

static bool same(const char *key, const json_t *sent, const json_t *got) {
	if (json_is_null(sent) || json_is_null(got))
		return is_default(key, sent) && is_default(key, got);
	if (json_is_object(sent) && json_is_object(got))
		return same_members(sent, got);
	if (json_is_number(sent) || json_is_number(got))
		return same_number(sent, got);
	if (!json_is_array(sent) || !json_is_array(got))
		return json_equal(sent, got);
	if (json_array_size(sent) != json_array_size(got))
		return false;
	for (size_t i = 0; i < json_array_size(sent); i++)
		if (!same("", json_array_get(sent, i), json_array_get(got, i)))
			return false;
	return true;
}

bool match_job(const json_t *sent, const json_t *got) {
	if (!json_is_object(sent) || !json_is_object(got))
		return false;
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)sent, key, v) {
		if (output_only(key))
			continue;
		const json_t *there = name_get(got, key, NULL);
		if (there ? !same(key, v, there) : !is_default(key, v))
			return false;
	}
	return true;
}
