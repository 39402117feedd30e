/* SPDX-License-Identifier: MIT */
/* The cases are rows: what a case alters in a good job, and the refusal ("" for
 * none). */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/rules_scheduler.h"
#include "emulator/api/schema_scheduler.h"
#include "emulator/api/url.h"
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
	body_expect(patch, rc, &st, *want ? ST_INVALID_ARGUMENT : ST_OK, want);
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

START_TEST(same_servers) {
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {{"http://h/a?x", "http://h/b", true},
		{"http://h", "HTTP://H#f", true},
		{"http://h?q", "http://h", true},
		{"http://h:80/", "http://h:81/", false},
		{"http://h/", "https://h/", false},
		{"http://h/", "http://hh/", false},
		{"http://hh/", "http://h/", false},
		{"http://a/http://b/", "http://b/", false}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(url_same_server(cases[i].a, cases[i].b) ==
				      cases[i].same,
			"%s %s", cases[i].a, cases[i].b);
}
END_TEST

/* The length of a URI is that after encoding. */
START_TEST(encoded_lengths) {
	ck_assert_uint_eq(url_encoded_len(""), 0);
	auto_free char *encoded =
		url_encode("http://h/\xc3\xa9?\xe2\x82\xac=a%20b");
	ck_assert_str_eq(encoded, "http://h/%C3%A9?%E2%82%AC=a%20b");
	for (size_t past = 0; past < 2; past++) {
		auto_free char *path = body_repeat('u', 2083 - 15 + past);
		auto_free char *uri = mem_printf(
			"{\"httpTarget\":{\"uri\":\"http://h/\xc3\xa9%s\"}}",
			path);
		check(uri, past ? "HttpTarget.uri must be an http or https URL "
				  "of at most 2083 characters."
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

/* At most 100 KB, base64 counted by the bytes that it stands for. */
START_TEST(sizes) {
	static const struct {
		size_t text_len;
		const char *message;
	} rows[] = {{100 * 1024, ""},
		{137000, "Request contains an invalid argument."}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_free char *text = body_repeat('A', rows[i].text_len);
		auto_free char *body =
			mem_printf("{\"httpTarget\":{\"body\":\"%s\"}}", text);
		check(body, rows[i].message);
	}
	/* 102,400 bytes, and one more */
	const char *head = "{\"httpTarget\":null,\"pubsubTarget\":{"
			   "\"topicName\":\"projects/p/topics/t\","
			   "\"attributes\":{\"a\":\"%s\"}}}";
	size_t rest = strlen("{\"name\":\"" PARENT "/jobs/j\","
			     "\"pubsubTarget\":{\"topicName\":"
			     "\"projects/p/topics/t\",\"attributes\":{"
			     "\"a\":\"\"}},\"schedule\":\"0 3 * * *\"}");
	for (size_t past = 0; past < 2; past++) {
		auto_free char *text = body_repeat('v', 102400 - rest + past);
		auto_free char *body = mem_printf(head, text);
		check(body,
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

/* Patches of the job above; what one makes of a job is in check_mask and in
 * fixtures/wire/scheduler. */
static int patch(
	const char *text, const char *mask, json_t **ret, struct status *st) {
	auto_json json_t *old =
		body_make(&schema_scheduler_job, "job", base, "{}");
	auto_json json_t *change = NULL;
	ck_assert_int_eq(proto_parse_patch(&schema_scheduler_job, text,
				 strlen(text), "job", &change, st),
		ST_OK);
	return rules_scheduler_patch(old, change, mask, PARENT, ret, st);
}

START_TEST(patches) {
	static const struct {
		const char *mask, *text, *member, *want;
	} rows[] = {
		{"schedule", "{\"schedule\":\"1 * * * *\"}", "schedule",
			"1 * * * *"},
		/* its name is that of the path, whatever else is said */
		{"name,schedule", "{\"name\":\"x\",\"schedule\":\"1 * * * *\"}",
			"name", PARENT "/jobs/j"},
		{"attemptDeadline", "{}", "attemptDeadline", "180s"},
		{NULL,
			"{\"schedule\":\"2 * * * *\",\"pubsubTarget\":{"
			"\"topicName\":\"projects/p/topics/t\",\"attributes\""
			":{\"a\":\"b\",\"c\":null}}}",
			"schedule", "2 * * * *"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_status struct status st = STATUS_INIT;
		auto_json json_t *job = NULL;
		ck_assert_msg(
			patch(rows[i].text, rows[i].mask, &job, &st) == ST_OK,
			"%s: %s", rows[i].text, st.message);
		ck_assert_str_eq(
			json_string_value(json_object_get(job, rows[i].member)),
			rows[i].want);
	}
}
END_TEST

START_TEST(patches_refused) {
	static const char *const rows[][3] = {
		{"timezone", "{}", "Invalid mask for Job: timezone"},
		{"schedule,x.y", "{\"schedule\":\"1 * * * *\"}",
			"Invalid mask for Job: x.y"},
		{"schedule", "{}", "Schedule or time zone is invalid."},
		{"httpTarget", "{}",
			"Job must have a target: pubsub_target, http_target or "
			"app_engine_http_target."},
		{"*", "{\"schedule\":\"1 * * * *\"}",
			"Job must have a target: pubsub_target, http_target or "
			"app_engine_http_target."},
		{"retryConfig.retryCount",
			"{\"retryConfig\":{\"retryCount\":6}}",
			"RetryConfig.retry_count must be between 0 and 5."}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_status struct status st = STATUS_INIT;
		json_t *job = NULL;
		int rc = patch(rows[i][1], rows[i][0], &job, &st);
		body_expect(
			rows[i][0], rc, &st, ST_INVALID_ARGUMENT, rows[i][2]);
		ck_assert_ptr_null(job);
	}
}
END_TEST

START_TEST(out_of_memory) {
	auto_json json_t *job = body_make(&schema_scheduler_job, "job", base,
		"{\"timeZone\":\"Europe/Zurich\"}");
	auto_json json_t *change = body_make(&schema_scheduler_job, "job", "{}",
		"{\"httpTarget\":{\"uri\":\"http://h\",\"body\":\"Z28=\","
		"\"oidcToken\":{\"serviceAccountEmail\":\"a@b\"}}}");
	for (long n = 0, rc = -1; rc; n++) {
		auto_status struct status st = STATUS_INIT;
		json_t *out = NULL;
		mem_fail_after(n);
		rc = rules_scheduler_patch(
			job, change, "httpTarget", PARENT, &out, &st);
		mem_fail_off();
		ck_assert(rc == ST_OK || rc == ST_INTERNAL);
		ck_assert_int_eq(out == NULL, rc != ST_OK);
		json_decref(out);
	}
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
	unit_add(s, encoded_lengths);
	unit_add(s, same_servers);
	unit_add(s, header_sizes);
	unit_add(s, sizes);
	unit_add(s, header_reason);
	unit_add(s, defaults);
	unit_add(s, patches);
	unit_add(s, patches_refused);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
