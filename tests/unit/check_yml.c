/* SPDX-License-Identifier: MIT */
/* YAML against fixtures/yaml: a folder a document, a row a scalar. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

/* Compared as text, which tells 3 from 3.0. */
static void same(const char *name, const json_t *got, const char *want) {
	json_error_t je;
	auto_json json_t *j = json_loads(want, JSON_DECODE_ANY, &je);
	ck_assert_msg(j != NULL, "%s: the fixture: %s", name, je.text);
	auto_free char *a = json_dumps(got, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	auto_free char *b = json_dumps(j, JSON_ENCODE_ANY | JSON_SORT_KEYS);
	ck_assert_msg(strcmp(a, b) == 0, "%s: got %s want %s", name, a, b);
}

static void scalar(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	auto_free char *text = mem_printf("[%s]", cols[0]);
	auto_json json_t *j = yml_parse(text, strlen(text), &e);
	ck_assert_msg(j != NULL, "%s: %s", cols[0], e.msg);
	same(cols[0], json_array_get(j, 0), cols[1]);
}

START_TEST(scalars) {
	unit_tsv("yaml/scalars.tsv", 2, scalar, NULL);
}
END_TEST

static void accept_one(const char *name, const char *text, size_t n) {
	struct err e = {0};
	auto_json json_t *j = yml_parse(text, n, &e);
	ck_assert_msg(j != NULL, "%s: %s", name, e.msg);
	auto_free char *path = mem_printf("yaml/accept/%s/want.json", name);
	auto_free char *want = unit_fixture(path, NULL);
	same(name, j, want);
}

static void reject_one(const char *name, const char *text, size_t n) {
	struct err e = {0};
	ck_assert_msg(yml_parse(text, n, &e) == NULL, "%s", name);
	ck_assert_msg(e.code == ERR_JSON, "%s: %d", name, e.code);
	auto_free char *path = mem_printf("yaml/reject/%s/error", name);
	auto_free char *want = unit_fixture(path, NULL);
	want[strcspn(want, "\n")] = '\0';
	ck_assert_msg(strstr(e.msg, want) != NULL, "%s: got '%s' want '%s'",
		name, e.msg, want);
}

static void each(const char *kind,
	void (*check)(const char *name, const char *text, size_t n)) {
	auto_free char *folder =
		mem_printf("%s/yaml/%s", getenv("FIXTURES"), kind);
	DIR *d = opendir(folder);
	ck_assert_ptr_nonnull(d);
	unsigned cases = 0;
	for (const struct dirent *at; (at = readdir(d));) {
		if (at->d_name[0] == '.')
			continue;
		size_t n;
		auto_free char *path =
			mem_printf("yaml/%s/%s/input.yaml", kind, at->d_name);
		auto_free char *text = unit_fixture(path, &n);
		check(at->d_name, text, n);
		cases++;
	}
	(void)closedir(d);
	ck_assert_uint_gt(cases, 0);
}

START_TEST(accepts) {
	each("accept", accept_one);
}
END_TEST

START_TEST(rejects) {
	each("reject", reject_one);
}
END_TEST

START_TEST(bytes_that_are_no_text) {
	static const char *const texts[] = {"a: \xff\xfe", "a: \x01",
		"\"a\": \"\xc3\"", "[\"\xed\xa0\x80\"]"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct err e = {0};
		ck_assert_msg(yml_parse(texts[i], strlen(texts[i]), &e) == NULL,
			"row %zu", i);
		ck_assert_int_eq(e.code, ERR_JSON);
		ck_assert_msg(strncmp(e.msg, "byte ", 5) == 0, "%s", e.msg);
	}
	ck_assert_ptr_null(yml_parse("{", 1, NULL));
	auto_json json_t *none = yml_parse(NULL, 0, NULL);
	ck_assert(json_is_null(none));
}
END_TEST

static int parse(void *ctx, struct err *e) {
	auto_json json_t *j = yml_parse(ctx, strlen(ctx), e);
	return j ? 0 : e->code;
}

START_TEST(out_of_memory) {
	char text[] = "a: &x [1, 2.5, true, word, null]\nb: {c: *x, d: 'e'}\n";
	ck_assert_int_gt(unit_nomem(parse, text), 15);
}
END_TEST

int main(void) {
	Suite *s = suite_create("yml");
	unit_add(s, scalars);
	unit_add(s, accepts);
	unit_add(s, rejects);
	unit_add(s, bytes_that_are_no_text);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
