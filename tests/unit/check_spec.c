/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/lib/train.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

/* A file in the temporary folder that holds n bytes. */
static void write_file(char path[static 32], const char *p, size_t n) {
	(void)snprintf(path, 32, "/tmp/check_spec.XXXXXX");
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	FILE *f = fdopen(fd, "wb");
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

static int load(const char *p, size_t n, json_t **ret, struct err *e) {
	char path[32];
	write_file(path, p, n);
	int rc = spec_load(path, ret, e);
	(void)unlink(path);
	return rc;
}

START_TEST(the_fixtures) {
	static const char *const names[] = {
		"custom_image", "package", "distributed"};
	for (size_t i = 0; i < 3; i++) {
		struct err e = {0};
		auto_json json_t *job = NULL;
		auto_free char *path = mem_printf(
			"%s/jobspec/%s.json", getenv("FIXTURES"), names[i]);
		ck_assert_msg(spec_load(path, &job, &e) == 0, "%s", e.msg);
		const char *id =
			json_string_value(json_object_get(job, "jobId"));
		ck_assert_int_eq(jobid_check(id, &e), 0);
	}
}
END_TEST

START_TEST(bad_specs) {
	static const struct {
		const char *text;
		int code;
		const char *msg;
	} rows[] = {{"", ERR_SHAPE, "the job is not an object"},
		{"jobId: [\n", ERR_JSON, "line 2 column 1: "},
		{"{\"jobId\":\"a\",\"jobId\":\"b\"}", ERR_JSON, ""},
		{" \n[1,", ERR_JSON, "line 2 column 3: "},
		{"[]", ERR_SHAPE, "the job is not an object"},
		{"word\n", ERR_SHAPE, "the job is not an object"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err e = {0};
		json_t *job = NULL;
		int rc = load(rows[i].text, strlen(rows[i].text), &job, &e);
		ck_assert_msg(rc == rows[i].code, "%s: %d", rows[i].text, rc);
		ck_assert_msg(strstr(e.msg, rows[i].msg) != NULL, "%s: '%s'",
			rows[i].text, e.msg);
		ck_assert_msg(
			strncmp(e.msg, "spec '/tmp/", 11) == 0, "%s", e.msg);
		ck_assert_ptr_null(job);
	}
	struct err e = {0};
	json_t *job = NULL;
	ck_assert_int_eq(spec_load("/nonexistent/x", &job, &e), ERR_IO);
}
END_TEST

/* The same file in both languages. */
START_TEST(yaml) {
	static const char text[] = "jobId: a\ntrainingInput:\n  region: r\n";
	static const char json[] =
		"{\"jobId\":\"a\",\"trainingInput\":{\"region\":\"r\"}}";
	struct err e = {0};
	auto_json json_t *a = NULL, *b = NULL;
	ck_assert_int_eq(load(text, sizeof text - 1, &a, &e), 0);
	ck_assert_int_eq(load(json, sizeof json - 1, &b, &e), 0);
	ck_assert_int_eq(json_equal(a, b), 1);
}
END_TEST

START_TEST(bad_shapes) {
	static const struct {
		const char *text, *msg;
	} rows[] = {{"[]", "the job is not a JSON object"},
		{"{}", "the job has neither trainingInput nor "
		       "predictionInput"},
		{"{\"trainingInput\":{},\"predictionInput\":{}}",
			"the job has trainingInput and predictionInput; it "
			"must have one"},
		{"{\"trainingInput\":null}",
			"the job has neither trainingInput nor "
			"predictionInput"},
		{"{\"trainingInput\":\"x\"}",
			"trainingInput must be an object"},
		{"{\"trainingInput\":{},\"jobId\":1}",
			"jobId must be a string"},
		{"{\"trainingInput\":{},\"labels\":[]}",
			"labels must be an object"},
		{"{\"trainingInput\":{},\"labels\":{\"a\":true}}",
			"labels.a is not a string"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err e = {0};
		auto_json json_t *job =
			jsn_parse(rows[i].text, strlen(rows[i].text), true, &e);
		ck_assert_int_eq(spec_check(job, &e), ERR_SHAPE);
		ck_assert_msg(strstr(e.msg, rows[i].msg) != NULL, "%s: '%s'",
			rows[i].text, e.msg);
	}
}
END_TEST

static json_t *json_of(const char *text) {
	struct err e = {0};
	json_t *j = jsn_parse(text, strlen(text), true, &e);
	ck_assert_msg(j != NULL, "%s: %s", text, e.msg);
	return j;
}

static void merge_row(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	auto_json json_t *job = json_of(cols[0]), *over = json_of(cols[1]);
	auto_json json_t *want = json_of(cols[2]);
	ck_assert_int_eq(spec_merge(job, over, &e), 0);
	auto_free char *got = jsn_compact(job);
	ck_assert_msg(json_equal(job, want) == 1, "%s + %s = %s", cols[0],
		cols[1], got);
}

START_TEST(merges) {
	unit_tsv("jobspec/merge.tsv", 3, merge_row, NULL);
}
END_TEST

static int merge_nomem(void *ctx, struct err *e) {
	auto_json json_t *job = json_deep_copy(ctx);
	return job ? spec_merge(job, ctx, e) : err_nomem(e);
}

START_TEST(merging_out_of_memory) {
	auto_json json_t *job = json_of("{\"a\":{\"b\":[1,\"c\"],\"d\":{}}}");
	ck_assert_int_gt(unit_nomem(merge_nomem, job), 5);
}
END_TEST

static void rule_row(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	auto_json json_t *job = json_of(cols[0]);
	int rc = spec_check_training(job, &e);
	if (strcmp(cols[1], "ok") == 0) {
		ck_assert_msg(rc == 0, "%s: %s", cols[0], e.msg);
		return;
	}
	ck_assert_msg(rc == ERR_SHAPE, "%s: %d", cols[0], rc);
	ck_assert_msg(strstr(e.msg, cols[1]) != NULL, "%s: %s", cols[0], e.msg);
}

START_TEST(rules) {
	unit_tsv("jobspec/rules.tsv", 2, rule_row, NULL);
}
END_TEST

START_TEST(size_limit) {
	/* white space after the object brings it to the limit, and past it */
	static const char spec[] = "{\"trainingInput\":{}}";
	char *text = mem_alloc(SPEC_MAX + 1);
	memset(text, ' ', SPEC_MAX + 1);
	memcpy(text, spec, sizeof spec - 1);
	struct err e = {0};
	auto_json json_t *job = NULL;
	ck_assert_int_eq(load(text, SPEC_MAX, &job, &e), 0);
	json_t *none = NULL;
	ck_assert_int_eq(load(text, SPEC_MAX + 1, &none, &e), ERR_TOOBIG);
	ck_assert_ptr_null(none);
	mem_free(text);
}
END_TEST

START_TEST(ids) {
	struct err e = {0};
	auto_json json_t *job = json_pack("{s:s}", "jobId", "old");
	ck_assert_int_eq(spec_set_id(job, "a-b", &e), ERR_RANGE);
	ck_assert_str_eq(
		json_string_value(json_object_get(job, "jobId")), "old");
	ck_assert_int_eq(spec_set_id(job, "new_1", &e), 0);
	ck_assert_str_eq(
		json_string_value(json_object_get(job, "jobId")), "new_1");
}
END_TEST

START_TEST(labels) {
	struct err e = {0};
	auto_json json_t *job = json_pack("{s:{s:s}}", "labels", "a", "old");
	ck_assert_int_eq(spec_set_labels(job, "a=new,b=,c_-9=x_-9", &e), 0);
	auto_json json_t *want = json_pack("{s:{s:s,s:s,s:s}}", "labels", "a",
		"new", "b", "", "c_-9", "x_-9");
	ck_assert(json_equal(job, want));
	auto_json json_t *bare = json_object();
	ck_assert_int_eq(spec_set_label(bare, "a", "b", &e), 0);
	ck_assert_uint_eq(json_object_size(bare), 1);
}
END_TEST

/* What is left of the job, which may be no labels at all. */
START_TEST(own_labels) {
	static const struct {
		const char *job, *left;
		bool any;
	} rows[] = {{"{}", "{}", false},
		{"{\"labels\":{}}", "{\"labels\":{}}", false},
		{"{\"labels\":{\"a\":\"b\"}}", "{\"labels\":{\"a\":\"b\"}}",
			false},
		{"{\"labels\":{\"train\":\"\",\"train_\":\"\",\"train_keys\":"
		 "\"\",\"train-key\":\"\",\"train_group\":\"g\"}}",
			"{\"labels\":{\"train\":\"\",\"train_\":\"\","
			"\"train_keys\":\"\",\"train-key\":\"\"}}",
			true},
		{"{\"labels\":{\"train_time\":\"1\"},\"train_key\":\"k\"}",
			"{\"train_key\":\"k\"}", true},
		{"{\"labels\":{\"train_key\":\"k\",\"train_spec\":\"s\","
		 "\"train_group\":\"g\",\"train_time\":\"1\"}}",
			"{}", true}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_json json_t *job = json_of(rows[i].job);
		auto_json json_t *left = json_of(rows[i].left);
		ck_assert_msg(spec_drop_own_labels(job) == rows[i].any, "%s",
			rows[i].job);
		ck_assert_msg(json_equal(job, left) == 1, "%s", rows[i].job);
	}
}
END_TEST

START_TEST(bad_labels) {
	static const struct {
		const char *list;
		int code;
	} rows[] = {{"", ERR_SYNTAX}, {"a", ERR_SYNTAX}, {"a=b,", ERR_SYNTAX},
		{"=b", ERR_RANGE}, {"A=b", ERR_RANGE}, {"9=b", ERR_RANGE},
		{"a.b=c", ERR_RANGE}, {"a=B", ERR_RANGE}, {"a=b c", ERR_RANGE},
		{"a=b=c", ERR_RANGE}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err e = {0};
		auto_json json_t *job = json_object();
		int rc = spec_set_labels(job, rows[i].list, &e);
		ck_assert_msg(rc == rows[i].code, "'%s': %d", rows[i].list, rc);
	}
	char long_value[65];
	memset(long_value, 'v', 64);
	long_value[64] = '\0';
	ck_assert(!spec_label_value_ok(long_value));
	long_value[63] = '\0';
	ck_assert(spec_label_value_ok(long_value));
	ck_assert(spec_label_value_ok(""));
}
END_TEST

START_TEST(out_of_memory) {
	for (long n = 0, rc = -1; rc != 0; n++) {
		struct err e = {0};
		auto_json json_t *job = json_object();
		mem_fail_after(n);
		rc = spec_set_labels(job, "a=b,c=d", &e);
		mem_fail_off();
		ck_assert_int_eq(e.code, rc ? ERR_NOMEM : 0);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("spec");
	unit_add(s, the_fixtures);
	unit_add(s, bad_specs);
	unit_add(s, yaml);
	unit_add(s, bad_shapes);
	unit_add(s, merges);
	unit_add(s, merging_out_of_memory);
	unit_add(s, rules);
	unit_add(s, size_limit);
	unit_add(s, ids);
	unit_add(s, labels);
	unit_add(s, own_labels);
	unit_add(s, bad_labels);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
