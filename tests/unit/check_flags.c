/* SPDX-License-Identifier: MIT */
/* The options of trainctl submit, taken as the program takes them. */
#include <string.h>

#include "client/ctl/flags.h"
#include "common/args.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define ARGS_MAX 64

static const struct args_opt opts[] = {FLAGS_OPTS,
#define FLAG(name, arg, help, kind, path) {name, 0, arg, help},
#include "client/ctl/flags.def"
#undef FLAG
	{0}};
static const struct args_spec spec = {
	.program = "check", .usage = "", .about = "", .opts = opts};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	int rc = flags_take(ctx, name, value, e);
	ck_assert_msg(rc >= 0, "--%s is not taken", name);
	return rc;
}

static int run(struct flags *f, const json_t *words, struct err *e) {
	static char program[] = "check";
	char *argv[ARGS_MAX] = {program};
	int argc = 1, end = 0, first;
	size_t i;
	const json_t *word;
	json_array_foreach (words, i, word) {
		const char *s = json_string_value(word);
		if (!end && strcmp(s, "--") == 0)
			end = argc;
		ck_assert_int_lt(argc, ARGS_MAX);
		argv[argc++] = (char *)(uintptr_t)s;
	}
	end = end ? end : argc;
	int rc = args_parse(&spec, end, argv, 0, take, f, &first, e);
	if (!rc && end < argc)
		rc = flags_args(f, argc - end - 1, argv + end + 1, e);
	return rc ? rc : flags_end(f, "test-project", e);
}

static void row(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	struct flags f = {0};
	auto_json json_t *words = jsn_parse(cols[0], strlen(cols[0]), true, &e);
	ck_assert_msg(words != NULL, "%s: %s", cols[0], e.msg);
	int rc = run(&f, words, &e);
	if (*cols[1] != '{') {
		ck_assert_msg(rc == ERR_USAGE, "%s: %d", cols[0], rc);
		ck_assert_msg(strstr(e.msg, cols[1]) != NULL, "%s: %s", cols[0],
			e.msg);
	} else {
		auto_json json_t *want =
			jsn_parse(cols[1], strlen(cols[1]), true, NULL);
		auto_free char *got = jsn_compact(f.job);
		ck_assert_msg(rc == 0, "%s: %s", cols[0], e.msg);
		ck_assert_msg(want && json_equal(f.job, want) == 1,
			"%s: got %s want %s", cols[0], got, cols[1]);
	}
	flags_done(&f);
}

START_TEST(cases) {
	unit_tsv("flags/cases.tsv", 2, row, NULL);
}
END_TEST

START_TEST(text_that_is_no_utf8) {
	struct err e = {0};
	struct flags f = {0};
	ck_assert_int_eq(flags_take(&f, "region", "\xff", &e), ERR_USAGE);
	ck_assert_str_eq(e.msg, "is not UTF-8");
	char bad[] = "\xff";
	char *const argv[] = {bad};
	ck_assert_int_eq(flags_args(&f, 1, argv, &e), ERR_USAGE);
	ck_assert_str_eq(e.msg, "argument 1 after --: is not UTF-8");
	flags_done(&f);
}
END_TEST

START_TEST(other_options) {
	struct err e = {0};
	struct flags f = {0};
	ck_assert_int_eq(flags_take(&f, "format", "json", &e), -1);
	ck_assert_int_eq(flags_end(&f, "p", &e), 0);
	ck_assert_ptr_null(f.job);
	flags_done(&f);
}
END_TEST

static int take_some(void *ctx, struct err *e) {
	struct flags f = {0};
	char word[] = "--x";
	char *const argv[] = {word};
	int rc = flags_take(&f, "region", "r", e);
	if (!rc)
		rc = flags_take(&f, "labels", "a=b", e);
	if (!rc)
		rc = flags_take(
			&f, "worker-accelerator", "count=1,type=tpu-v2", e);
	if (!rc)
		rc = flags_take(&f, "packages", "gs://a/b,gs://a/c", e);
	if (!rc)
		rc = flags_take(&f, "max-running-time", "1h", e);
	if (!rc)
		rc = flags_take(&f, "scale-tier", "custom", e);
	if (!rc)
		rc = flags_take(&f, "kms-key", "a/b", e);
	if (!rc)
		rc = flags_args(&f, 1, argv, e);
	if (!rc)
		rc = flags_end(&f, ctx, e);
	flags_done(&f);
	return rc;
}

START_TEST(out_of_memory) {
	char project[] = "p";
	ck_assert_int_gt(unit_nomem(take_some, project), 30);
}
END_TEST

int main(void) {
	Suite *s = suite_create("flags");
	unit_add(s, cases);
	unit_add(s, text_that_is_no_utf8);
	unit_add(s, other_options);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
