/* SPDX-License-Identifier: MIT */
/* The cases are rows: what a case alters in a good job, and the field and the
 * text of the refusal ("" for none). */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/rules_ml.h"
#include "emulator/api/schema_ml.h"
#include "tests/unit/body.h"
#include "tests/unit/unit.h"

static const char base[] =
	"{\"jobId\":\"job_1\",\"trainingInput\":{\"region\":\"us-central1\","
	"\"masterConfig\":{\"imageUri\":\"gcr.io/p/i\"}}}";

static void check(const char *patch, const char *field, const char *text) {
	auto_json json_t *job = body_make(&schema_ml_job, "job", base, patch);
	auto_status struct status st = STATUS_INIT;
	int rc = rules_ml_job(job, &st);
	if (!*field) {
		body_expect(patch, rc, &st, ST_OK, "");
		return;
	}
	auto_free char *want = mem_printf("Field: %s Error: %s", field, text);
	body_expect(patch, rc, &st, ST_INVALID_ARGUMENT, want);
	auto_free char *details = jsn_compact(st.details);
	auto_json json_t *all = json_pack("[{s:s, s:[{s:s, s:s}]}]", "@type",
		"type.googleapis.com/google.rpc.BadRequest", "fieldViolations",
		"field", field, "description", text);
	ck_assert_msg(json_equal(st.details, all), "%s: %s", patch, details);
}

static void one_case(void *ctx, char *const *cols) {
	(void)ctx;
	check(cols[0], cols[1], cols[2]);
}

START_TEST(jobs) {
	unit_tsv("emulator/ml/jobs.tsv", 3, one_case, NULL);
}
END_TEST

START_TEST(explanations_are_not_emulated) {
	static const char patch[] = "{\"trainingInput\":null,"
				    "\"explanationInput\":{}}";
	auto_json json_t *job = body_make(&schema_ml_job, "job", base, patch);
	auto_status struct status st = STATUS_INIT;
	body_expect(patch, rules_ml_job(job, &st), &st, ST_UNIMPLEMENTED,
		"The emulator does not support explanation jobs.");
}
END_TEST

/* The limits whose bodies are too long for a row: at the limit, one past. */
START_TEST(limits) {
	for (int past = 0; past < 2; past++) {
		auto_free char *id = body_repeat('a', 128 + (size_t)past);
		auto_free char *patch = mem_printf("{\"jobId\":\"%s\"}", id);
		check(patch, past ? "job.job_id" : "",
			"A name should have at most 128 characters.");

		auto_free char *labels = body_map("k", 64 + past, "v");
		auto_free char *many = mem_printf("{\"labels\":%s}", labels);
		check(many, past ? "job.labels" : "",
			"At most 64 labels may be specified.");

		auto_free char *key = body_repeat('k', 63 + (size_t)past);
		auto_free char *long_key =
			mem_printf("{\"labels\":{\"%s\":\"v\"}}", key);
		auto_free char *key_text = mem_printf(
			"The label key \"%s\" does not conform to "
			"\"[\\p{Ll}\\p{Lo}][\\p{Ll}\\p{Lo}\\p{N}_-]{0,62}\".",
			key);
		check(long_key, past ? "job.labels" : "", key_text);

		auto_free char *long_value =
			mem_printf("{\"labels\":{\"k\":\"%s\"}}", key);
		auto_free char *value_text =
			mem_printf("The label value \"%s\" does not conform to "
				   "\"[\\p{Ll}\\p{Lo}\\p{N}_-]{0,63}\".",
				key);
		check(long_value, past ? "job.labels" : "", value_text);
	}
}
END_TEST

START_TEST(packages) {
	for (size_t n = 100; n <= 101; n++) {
		auto_json json_t *job = body_make(&schema_ml_job, "job", base,
			"{\"trainingInput\":{\"masterConfig\":null,"
			"\"runtimeVersion\":\"2.1\",\"pythonModule\":\"m\"}}");
		json_t *uris = json_array();
		while (json_array_size(uris) < n)
			(void)json_array_append_new(
				uris, json_string("gs://b/p"));
		(void)json_object_set_new(json_object_get(job, "trainingInput"),
			"packageUris", uris);
		auto_status struct status st = STATUS_INIT;
		int rc = rules_ml_job(job, &st);
		body_expect("packages", rc, &st,
			n == 100 ? ST_OK : ST_INVALID_ARGUMENT,
			n == 100 ? ""
				 : "Field: package_uris Error: At most 100 "
				   "package URIs may be specified.");
	}
}
END_TEST

static void mask_case(void *ctx, char *const *cols) {
	(void)ctx;
	auto_json json_t *job = json_object();
	auto_status struct status st = STATUS_INIT;
	unsigned mask = 77;
	int rc = rules_ml_patch(cols[0], job, &mask, &st);
	auto_free char *want =
		mem_printf("Field: update_mask Error: %s", cols[2]);
	body_expect(cols[0], rc, &st, *cols[2] ? ST_INVALID_ARGUMENT : ST_OK,
		*cols[2] ? want : "");
	unsigned bits = (strchr(cols[1], 'l') ? ML_MASK_LABELS : 0) |
			(strchr(cols[1], 'e') ? ML_MASK_ETAG : 0);
	ck_assert_msg(mask == (rc ? 77 : bits), "%s: %u", cols[0], mask);
}

START_TEST(masks) {
	unit_tsv("emulator/ml/masks.tsv", 3, mask_case, NULL);
	auto_status struct status st = STATUS_INIT;
	unsigned mask;
	ck_assert_int_eq(
		rules_ml_patch(NULL, NULL, &mask, &st), ST_INVALID_ARGUMENT);
	/* a path of any length is refused, not cut to a good one */
	for (size_t len = 1; len < 300; len++) {
		auto_free char *path = body_repeat('x', len);
		ck_assert_int_eq(rules_ml_patch(path, NULL, &mask, &st),
			ST_INVALID_ARGUMENT);
	}
}
END_TEST

/* Labels are looked at when the mask names them. */
START_TEST(patched_labels) {
	auto_json json_t *job = json_pack("{s:{s:s}}", "labels", "Upper", "x");
	auto_status struct status st = STATUS_INIT;
	unsigned mask;
	ck_assert_int_eq(rules_ml_patch("etag", job, &mask, &st), ST_OK);
	ck_assert_int_eq(rules_ml_patch("etag,labels", job, &mask, &st),
		ST_INVALID_ARGUMENT);
}
END_TEST

START_TEST(page) {
	static const struct {
		const char *text;
		int want; /* -1: refused */
		const char *message;
	} rows[] = {
		{NULL, 20, ""},
		{"", 20, ""},
		{"0", 20, ""},
		{"1", 1, ""},
		{"100", 100, ""},
		{"101", 100, ""},
		{"2147483647", 100, ""},
		{"-1", -1, "Field: page_size Error: Must not be negative."},
		{"abc", -1,
			"Invalid value at 'page_size' (TYPE_INT32), \"abc\""},
		{"1x", -1, "Invalid value at 'page_size' (TYPE_INT32), \"1x\""},
		{" 1", -1, "Invalid value at 'page_size' (TYPE_INT32), \" 1\""},
		{"-", -1, "Invalid value at 'page_size' (TYPE_INT32), \"-\""},
		{"2147483648", -1,
			"Invalid value at 'page_size' (TYPE_INT32), "
			"\"2147483648\""},
		{"99999999999999999999", -1,
			"Invalid value at 'page_size' (TYPE_INT32), "
			"\"99999999999999999999\""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_status struct status st = STATUS_INIT;
		int n = -1;
		int rc = rules_page(rows[i].text, 20, 100, &n, &st);
		body_expect(rows[i].text ? rows[i].text : "NULL", rc, &st,
			rows[i].want < 0 ? ST_INVALID_ARGUMENT : ST_OK,
			rows[i].message);
		ck_assert_int_eq(n, rows[i].want);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("rules_ml");
	unit_add(s, jobs);
	unit_add(s, explanations_are_not_emulated);
	unit_add(s, limits);
	unit_add(s, packages);
	unit_add(s, masks);
	unit_add(s, patched_labels);
	unit_add(s, page);
	return unit_run(s);
}
