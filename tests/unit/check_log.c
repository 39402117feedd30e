/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/jsn.h"
#include "common/log.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

/* 2026-10-04T21:40:28.000372Z */
static int64_t fixed(void *ctx) {
	(void)ctx;
	return 1791150028000372;
}

static const struct clock fixed_clock = {fixed, NULL};

static json_t *fields(const char *text) {
	json_t *j = jsn_parse(text, strlen(text), true, NULL);
	ck_assert_ptr_nonnull(j);
	return j;
}

/* The line that a message with fields gives; freed with mem_free. */
static char *line(enum log_level level, json_t *f, const char *message) {
	struct unit_capture c;
	unit_capture_start(&c, STDERR_FILENO);
	log_fields(level, f, "%s", message);
	return unit_capture_end(&c);
}

START_TEST(text_before_init) {
	struct unit_capture c;
	unit_capture_start(&c, STDERR_FILENO);
	log_line(LOG_DEBUG, "hidden");
	log_line(LOG_INFO, "ready at %s", "http://127.0.0.1:1");
	auto_free char *got = unit_capture_end(&c);
	ck_assert_str_eq(got, "trainctl: ready at http://127.0.0.1:1\n");
}
END_TEST

START_TEST(text_form) {
	log_init("prog", LOG_DEBUG, LOG_TEXT, NULL);
	auto_free char *plain =
		line(LOG_ERROR, NULL, "two\nlines\tand \x1b[1m");
	ck_assert_str_eq(plain, "prog: two lines and  [1m\n");
	auto_free char *with = line(LOG_INFO,
		fields("{\"job\":\"j_1\",\"why\":\"a b\",\"e\":\"\",\"n\":3,"
		       "\"eq\":\"a=b\",\"q\":\"x\\\"\",\"nl\":\"a\\nb\","
		       "\"o\":{\"x\":[1,true,null]}}"),
		"created");
	ck_assert_str_eq(with,
		"prog: created job=j_1 why=\"a b\" e=\"\" n=3 eq=\"a=b\" "
		"q=\"x\\\"\" nl=\"a\\nb\" o={\"x\":[1,true,null]}\n");
	log_init(NULL, LOG_INFO, LOG_TEXT, NULL);
	auto_free char *unnamed = line(LOG_INFO, NULL, "x");
	ck_assert_str_eq(unnamed, "trainctl: x\n");
}
END_TEST

START_TEST(json_form) {
	log_init("prog", LOG_INFO, LOG_JSON, &fixed_clock);
	auto_free char *got = line(LOG_NOTICE,
		fields("{\"jobId\":\"j_1\",\"n\":{\"x\":0.1},\"a\\\"b\":null}"),
		"two\n\"lines\"");
	ck_assert_str_eq(got,
		"{\"severity\":\"NOTICE\","
		"\"time\":\"2026-10-04T21:40:28.000372Z\","
		"\"message\":\"two\\n\\\"lines\\\"\",\"jobId\":\"j_1\","
		"\"n\":{\"x\":0.1},\"a\\\"b\":null}\n");
	auto_free char *bytes = line(LOG_INFO, NULL, "bad \xff byte");
	auto_json json_t *j = fields(bytes);
	ck_assert_str_eq(json_string_value(json_object_get(j, "message")),
		"bad \xef\xbf\xbd byte");
}
END_TEST

/* The names are LogSeverity's in Cloud Logging. */
START_TEST(levels) {
	static const struct {
		const char *name, *severity;
		enum log_level level;
	} rows[] = {{"debug", "DEBUG", LOG_DEBUG}, {"info", "INFO", LOG_INFO},
		{"notice", "NOTICE", LOG_NOTICE},
		{"warning", "WARNING", LOG_WARNING},
		{"error", "ERROR", LOG_ERROR}};
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(
			log_level_parse(rows[i].name), (int)rows[i].level);
		log_init("p", LOG_DEBUG, LOG_JSON, &fixed_clock);
		auto_free char *got = line(rows[i].level, NULL, "x");
		auto_json json_t *j = fields(got);
		ck_assert_str_eq(
			json_string_value(json_object_get(j, "severity")),
			rows[i].severity);
		for (size_t least = 0; least < 5; least++) {
			log_init("p", rows[least].level, LOG_TEXT, NULL);
			auto_free char *text = line(rows[i].level, NULL, "x");
			ck_assert_str_eq(text, i < least ? "" : "p: x\n");
		}
	}
	ck_assert_int_eq(log_level_parse("INFO"), -1);
	ck_assert_int_eq(log_level_parse("warn"), -1);
	ck_assert_int_eq(log_level_parse(""), -1);
}
END_TEST

START_TEST(hidden_lines_release_their_fields) {
	log_init("p", LOG_ERROR, LOG_TEXT, NULL);
	auto_json json_t *f = fields("{\"a\":1}");
	auto_free char *got = line(LOG_INFO, json_incref(f), "x");
	ck_assert_str_eq(got, "");
	ck_assert_uint_eq(f->refcount, 1);
}
END_TEST

START_TEST(huge_fields_are_left_out) {
	log_init("p", LOG_INFO, LOG_TEXT, NULL);
	auto_free char *huge = mem_alloc(100001);
	memset(huge, 'x', 100000);
	huge[100000] = '\0';
	json_t *f = json_object();
	ck_assert_int_eq(json_object_set_new(f, "a", json_string(huge)), 0);
	auto_free char *got = line(LOG_INFO, f, "said");
	ck_assert_str_eq(got, "p: said\n");
}
END_TEST

START_TEST(a_line_is_never_lost) {
	log_init("p", LOG_INFO, LOG_JSON, &fixed_clock);
	auto_free char *whole = line(LOG_INFO, fields("{\"a\":[1.5]}"), "said");
	size_t bare = 0, without = 0;
	for (long n = 0;; n++) {
		json_t *f = fields("{\"a\":[1.5]}");
		struct unit_capture c;
		unit_capture_start(&c, STDERR_FILENO);
		mem_fail_after(n);
		log_fields(LOG_INFO, f, "said");
		mem_fail_off();
		auto_free char *got = unit_capture_end(&c);
		if (!strcmp(got, whole))
			break;
		if (!strcmp(got, "p: said\n"))
			bare++;
		else
			without +=
				strstr(got, "\"message\":\"said\"}\n") != NULL;
		ck_assert_uint_eq(bare + without, (size_t)n + 1);
	}
	ck_assert_uint_eq(bare, 1);
	ck_assert_uint_gt(without, 0);
}
END_TEST

int main(void) {
	Suite *s = suite_create("log");
	unit_add(s, text_before_init);
	unit_add(s, text_form);
	unit_add(s, json_form);
	unit_add(s, levels);
	unit_add(s, hidden_lines_release_their_fields);
	unit_add(s, huge_fields_are_left_out);
	unit_add(s, a_line_is_never_lost);
	return unit_run(s);
}
