/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/status.h"
#include "tests/unit/unit.h"

static void expect_json(const struct status *st, const char *want) {
	auto_json json_t *j = status_json(st);
	ck_assert_ptr_nonnull(j);
	auto_free char *got = jsn_compact(j);
	ck_assert_str_eq(got, want);
}

/* The table of facts ml-jobs.md section 9; numbers from google.rpc.Code. */
START_TEST(names_and_http) {
	static const struct {
		enum status_code code;
		int number, http;
		const char *name;
	} rows[] = {{ST_OK, 0, 200, "OK"}, {ST_CANCELLED, 1, 499, "CANCELLED"},
		{ST_UNKNOWN, 2, 500, "UNKNOWN"},
		{ST_INVALID_ARGUMENT, 3, 400, "INVALID_ARGUMENT"},
		{ST_DEADLINE_EXCEEDED, 4, 504, "DEADLINE_EXCEEDED"},
		{ST_NOT_FOUND, 5, 404, "NOT_FOUND"},
		{ST_ALREADY_EXISTS, 6, 409, "ALREADY_EXISTS"},
		{ST_PERMISSION_DENIED, 7, 403, "PERMISSION_DENIED"},
		{ST_RESOURCE_EXHAUSTED, 8, 429, "RESOURCE_EXHAUSTED"},
		{ST_FAILED_PRECONDITION, 9, 400, "FAILED_PRECONDITION"},
		{ST_ABORTED, 10, 409, "ABORTED"},
		{ST_OUT_OF_RANGE, 11, 400, "OUT_OF_RANGE"},
		{ST_UNIMPLEMENTED, 12, 501, "UNIMPLEMENTED"},
		{ST_INTERNAL, 13, 500, "INTERNAL"},
		{ST_UNAVAILABLE, 14, 503, "UNAVAILABLE"},
		{ST_DATA_LOSS, 15, 500, "DATA_LOSS"},
		{ST_UNAUTHENTICATED, 16, 401, "UNAUTHENTICATED"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct status st = {.code = rows[i].code};
		ck_assert_int_eq((int)rows[i].code, rows[i].number);
		ck_assert_str_eq(status_name(rows[i].code), rows[i].name);
		ck_assert_int_eq(status_http(&st), rows[i].http);
	}
	const struct status conflict = {.code = ST_INTERNAL, .http = 502};
	ck_assert_int_eq(status_http(&conflict), 502);
}
END_TEST

/* The body that the whole product is about; facts, first row of "Real
 * catalogue". */
START_TEST(field_body) {
	auto_status struct status st = STATUS_INIT;
	int rc = status_field(&st, ST_ALREADY_EXISTS, "job.job_id",
		"A job with this id already exists.");
	ck_assert_int_eq(rc, ST_ALREADY_EXISTS);
	expect_json(&st,
		"{\"error\":{\"code\":409,\"message\":\"Field: job.job_id "
		"Error: A job with this id already exists.\",\"status\":"
		"\"ALREADY_EXISTS\",\"details\":[{\"@type\":"
		"\"type.googleapis.com/google.rpc.BadRequest\","
		"\"fieldViolations\":[{\"field\":\"job.job_id\","
		"\"description\":\"A job with this id already exists.\"}]}]}}");
}
END_TEST

START_TEST(no_details) {
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(status_set(&st, ST_NOT_FOUND, "Job not %s.", "found"),
		ST_NOT_FOUND);
	expect_json(&st,
		"{\"error\":{\"code\":404,\"message\":\"Job not found.\","
		"\"status\":\"NOT_FOUND\"}}");
}
END_TEST

START_TEST(violations_join) {
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		status_violation(&st, "job", "one"), ST_INVALID_ARGUMENT);
	(void)status_violation(&st, "", "two");
	(void)status_violation(&st, NULL, "three");
	ck_assert_str_eq(st.message, "one\ntwo\nthree");
	auto_free char *got = jsn_compact(st.details);
	ck_assert_str_eq(got,
		"[{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\","
		"\"fieldViolations\":[{\"field\":\"job\",\"description\":"
		"\"one\"},{\"description\":\"two\"},{\"description\":"
		"\"three\"}]}]");
}
END_TEST

START_TEST(reason_keeps_message) {
	auto_status struct status st = STATUS_INIT;
	(void)status_set(&st, ST_INVALID_ARGUMENT, "said");
	status_reason(&st, "schedule", "minute %d", 60);
	status_error_info(&st, "R", "d", json_pack("{s:s}", "k", "v"));
	ck_assert_str_eq(st.message, "said");
	auto_free char *got = jsn_compact(st.details);
	ck_assert_str_eq(got,
		"[{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\","
		"\"fieldViolations\":[{\"field\":\"schedule\",\"description\":"
		"\"minute 60\"}]},{\"@type\":\"type.googleapis.com/"
		"google.rpc.ErrorInfo\",\"reason\":\"R\",\"domain\":\"d\","
		"\"metadata\":{\"k\":\"v\"}}]");
}
END_TEST

START_TEST(set_again_drops_details) {
	auto_status struct status st = STATUS_INIT;
	(void)status_violation(&st, "job", "one");
	(void)status_set(&st, ST_UNAVAILABLE, "later");
	ck_assert_ptr_null(st.details);
	status_done(&st);
	ck_assert_int_eq(st.code, ST_OK);
	ck_assert_str_eq(st.message, "");
	const struct err e = {.code = ERR_IO, .msg = "disk"};
	ck_assert_int_eq(status_from_err(&st, &e), ST_INTERNAL);
	ck_assert_str_eq(st.message, "Internal error: disk");
}
END_TEST

/* Whatever bytes a request brings, the answer is JSON. Sequences from the
 * table 3-7 of the Unicode standard, chapter 3. */
START_TEST(text_becomes_utf8) {
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"plain", "plain"},
		{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
			"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"a\xff"
		 "b",
			"a?b"},
		{"\xc0\x80", "??"},	      /* overlong */
		{"\xe0\x80\x80", "???"},      /* overlong */
		{"\xed\xa0\x80", "???"},      /* surrogate */
		{"\xf4\x90\x80\x80", "????"}, /* past U+10FFFF */
		{"\xe2\x82", "??"},	      /* cut */
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_status struct status st = STATUS_INIT;
		(void)status_violation(&st, "f", "%s", rows[i].in);
		ck_assert_str_eq(st.message, rows[i].want);
		auto_json json_t *j = status_json(&st);
		ck_assert_ptr_nonnull(j);
		ck_assert_uint_eq(json_array_size(st.details), 1);
	}
}
END_TEST

START_TEST(cut_within_a_character) {
	char text[STATUS_MSG_MAX + 4];
	for (size_t i = 0; i + 3 < sizeof text; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 4);
	auto_status struct status st = STATUS_INIT;
	(void)status_set(&st, ST_INTERNAL, "%s", text);
	ck_assert_uint_eq(strlen(st.message), STATUS_MSG_MAX - 1);
	auto_json json_t *j = status_json(&st);
	ck_assert_ptr_nonnull(j);
	for (int i = 0; i < 40; i++)
		(void)status_violation(&st, "f", "%.200s", text);
	auto_json json_t *again = status_json(&st);
	ck_assert_ptr_nonnull(again);
}
END_TEST

/* facts section 1: the four reasons that are documented */
START_TEST(legacy_form) {
	static const struct {
		enum status_code code;
		const char *reason;
	} rows[] = {{ST_INVALID_ARGUMENT, "badRequest"},
		{ST_ALREADY_EXISTS, "alreadyExists"},
		{ST_NOT_FOUND, "notFound"},
		{ST_PERMISSION_DENIED, "forbidden"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_status struct status st = STATUS_INIT;
		(void)status_field(&st, rows[i].code, "name", "text");
		auto_json json_t *j = status_json_legacy(&st);
		auto_json json_t *want = json_pack(
			"{s:{s:i, s:s, s:[{s:s, s:s, s:s}], s:s, s:O}}",
			"error", "code", status_http(&st), "message",
			"Field: name Error: text", "errors", "message",
			"Field: name Error: text", "domain", "global", "reason",
			rows[i].reason, "status", status_name(rows[i].code),
			"details", st.details);
		ck_assert(json_equal(j, want));
		mem_fail_after(0);
		json_t *none = status_json_legacy(&st);
		mem_fail_off();
		ck_assert_ptr_null(none);
	}
}
END_TEST

/* Nothing of an earlier refusal stays, and the service is to blame. */
START_TEST(failures_of_our_own) {
	static int (*const fail[])(struct status * st) = {
		status_nomem, status_unwritten};
	static const char *const texts[] = {
		"out of memory", "the state cannot be written"};
	for (size_t i = 0; i < 2; i++) {
		auto_status struct status st = STATUS_INIT;
		(void)status_field(&st, ST_NOT_FOUND, "name", "text");
		ck_assert_int_eq(fail[i](&st), ST_INTERNAL);
		ck_assert_int_eq(status_http(&st), 500);
		ck_assert_str_eq(st.message, texts[i]);
		ck_assert_ptr_null(st.details);
	}
}
END_TEST

/* Without memory the details go, not the answer's code and message. */
START_TEST(out_of_memory) {
	for (long n = 0;; n++) {
		auto_status struct status st = STATUS_INIT;
		mem_fail_after(n);
		(void)status_field(&st, ST_NOT_FOUND, "name", "text");
		status_reason(&st, "name", "more");
		status_error_info(&st, "R", "d", NULL);
		json_t *j = status_json(&st);
		mem_fail_off();
		ck_assert_int_eq(st.code, ST_NOT_FOUND);
		ck_assert_str_eq(st.message, "Field: name Error: text");
		bool whole = json_array_size(st.details) == 2 && j;
		json_decref(j);
		if (whole)
			break;
		ck_assert_int_lt(n, 1000);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("status");
	unit_add(s, names_and_http);
	unit_add(s, field_body);
	unit_add(s, no_details);
	unit_add(s, violations_join);
	unit_add(s, reason_keeps_message);
	unit_add(s, set_again_drops_details);
	unit_add(s, text_becomes_utf8);
	unit_add(s, cut_within_a_character);
	unit_add(s, legacy_form);
	unit_add(s, failures_of_our_own);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
