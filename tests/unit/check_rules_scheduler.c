/* SPDX-License-Identifier: MIT */
/* The cases are rows: what a case alters in a good job, and the refusal ("" for
 * none; "!" in front of one that is UNIMPLEMENTED). */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/rules_scheduler.h"
#include "emulator/api/schema_scheduler.h"
#include "tests/unit/body.h"
#include "tests/unit/unit.h"

#define PARENT "projects/p/locations/us-central1"

static const char base[] =
	"{\"name\":\"" PARENT "/jobs/j\",\"schedule\":\"0 3 * * *\","
	"\"httpTarget\":{\"uri\":\"https://example.com/do\"}}";

static void check(const char *patch, const char *want) {
	auto_json json_t *job =
		body_make(&schema_scheduler_job, "job", base, patch);
	auto_status struct status st = STATUS_INIT;
	int rc = rules_scheduler_job(job, PARENT, &st);
	bool later = *want == '!';
	body_expect(patch, rc, &st,
		later	? ST_UNIMPLEMENTED
		: *want ? ST_INVALID_ARGUMENT
			: ST_OK,
		want + later);
}

static void one_job(void *ctx, char *const *cols) {
	(void)ctx;
	check(cols[0], cols[1]);
}

START_TEST(jobs) {
	unit_tsv("emulator/scheduler/jobs.tsv", 2, one_job, NULL);
}
END_TEST

static void one_name(void *ctx, char *const *cols) {
	(void)ctx;
	bool good = strcmp(cols[0], "good") == 0;
	auto_status struct status st = STATUS_INIT;
	int rc = rules_scheduler_name(cols[1], &st);
	body_expect(cols[1], rc, &st, good ? ST_OK : ST_INVALID_ARGUMENT,
		good ? ""
		     : "Job name must be formatted: \"projects/<PROJECT_ID>/"
		       "locations/<LOCATION_ID>/jobs/<JOB_ID>\".");
}

START_TEST(names) {
	unit_tsv("emulator/scheduler/names.tsv", 2, one_name, NULL);
	for (size_t n = 500; n <= 501; n++) {
		auto_free char *id = body_repeat('a', n);
		auto_free char *name = mem_printf(PARENT "/jobs/%s", id);
		auto_status struct status st = STATUS_INIT;
		ck_assert_int_eq(rules_scheduler_name(name, &st),
			n == 500 ? ST_OK : ST_INVALID_ARGUMENT);
	}
}
END_TEST

/* One text for every fault of the schedule; which it was is in the details. */
START_TEST(schedule_reason) {
	static const char *const rows[][2] = {
		{"{\"schedule\":\"60 * * * *\"}", "schedule"},
		{"{\"schedule\":null}", "schedule"},
		{"{\"timeZone\":\"Mars/Base\"}", "time_zone"},
		{"{\"timeZone\":\"EST\"}", "time_zone"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_json json_t *job = body_make(
			&schema_scheduler_job, "job", base, rows[i][0]);
		auto_status struct status st = STATUS_INIT;
		int rc = rules_scheduler_job(job, PARENT, &st);
		body_expect(rows[i][0], rc, &st, ST_INVALID_ARGUMENT,
			"Schedule or time zone is invalid.");
		const json_t *v = json_array_get(
			json_object_get(json_array_get(st.details, 0),
				"fieldViolations"),
			0);
		ck_assert_str_eq(json_string_value(json_object_get(v, "field")),
			rows[i][1]);
		ck_assert_uint_gt(
			json_string_length(json_object_get(v, "description")),
			0);
	}
}
END_TEST

START_TEST(lengths) {
	for (size_t past = 0; past < 2; past++) {
		auto_free char *text = body_repeat('d', 499 + past);
		auto_free char *description =
			mem_printf("{\"description\":\"%s\xc3\xa9\"}", text);
		check(description,
			past ? "Job description must be at most 500 characters."
			     : "");

		auto_free char *path = body_repeat('u', 2083 - 9 + past);
		auto_free char *uri = mem_printf(
			"{\"httpTarget\":{\"uri\":\"http://h/%s\"}}", path);
		check(uri, past ? "HttpTarget.uri must be an http or https URL "
				  "of at most 2083 characters."
				: "");

		auto_free char *relative = mem_printf(
			"{\"httpTarget\":null,\"appEngineHttpTarget\":"
			"{\"relativeUri\":\"/%s12345678\"}}",
			path);
		check(relative,
			past ? "AppEngineHttpTarget.relative_uri must begin "
			       "with \"/\", have no blanks and at most 2083 "
			       "characters."
			     : "");
	}
}
END_TEST

/* Under 80 KB in all, names and values; why not is in the details. */
START_TEST(header_sizes) {
	for (size_t past = 0; past < 2; past++) {
		auto_free char *value = body_repeat('v', 80 * 1024 - 5 + past);
		auto_free char *headers = mem_printf(
			"{\"httpTarget\":{\"headers\":{\"X-A\":\"%s\","
			"\"B\":\"b\"}}}",
			value);
		check(headers,
			past ? "Request contains an invalid argument." : "");
	}
}
END_TEST

START_TEST(header_reason) {
	auto_json json_t *job = body_make(&schema_scheduler_job, "job", base,
		"{\"httpTarget\":{\"headers\":{\"X-A\":\"\\n\"}}}");
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		rules_scheduler_job(job, PARENT, &st), ST_INVALID_ARGUMENT);
	const json_t *v =
		json_array_get(json_object_get(json_array_get(st.details, 0),
				       "fieldViolations"),
			0);
	ck_assert_str_eq(json_string_value(json_object_get(v, "field")),
		"http_target.headers");
	const char *why = json_string_value(json_object_get(v, "description"));
	ck_assert_ptr_nonnull(strstr(why, "X-A"));
}
END_TEST

static void one_default(void *ctx, char *const *cols) {
	(void)ctx;
	body_expect_filled(cols[0],
		body_make(&schema_scheduler_job, "job", base, cols[0]),
		rules_scheduler_defaults, cols[1]);
}

START_TEST(defaults) {
	unit_tsv("emulator/scheduler/defaults.tsv", 2, one_default, NULL);
}
END_TEST

START_TEST(out_of_memory) {
	auto_json json_t *job = body_make(&schema_scheduler_job, "job", base,
		"{\"timeZone\":\"Europe/Zurich\"}");
	for (long n = 0;; n++) {
		mem_fail_after(n);
		json_t *out = rules_scheduler_defaults(job);
		mem_fail_off();
		if (out) {
			json_decref(out);
			ck_assert_int_gt(n, 5);
			break;
		}
	}
	for (long n = 0;; n++) {
		auto_status struct status st = STATUS_INIT;
		mem_fail_after(n);
		int rc = rules_scheduler_job(job, PARENT, &st);
		mem_fail_off();
		if (rc == ST_OK)
			break;
		ck_assert_int_eq(rc, ST_INTERNAL);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("rules_scheduler");
	unit_add(s, jobs);
	unit_add(s, names);
	unit_add(s, schedule_reason);
	unit_add(s, lengths);
	unit_add(s, header_sizes);
	unit_add(s, header_reason);
	unit_add(s, defaults);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
