/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/mask.h"
#include "emulator/api/mask_apply.h"
#include "emulator/api/schema_scheduler.h"
#include "tests/unit/unit.h"

static json_t *parsed(const char *text) {
	struct err e = {0};
	json_t *j = jsn_parse(text, strlen(text), true, &e);
	ck_assert_msg(j != NULL, "%s: %s", text, e.msg);
	return j;
}

static void one(void *ctx, char *const *cols) {
	(void)ctx;
	bool unknown = strcmp(cols[3], "!") == 0;
	auto_json json_t *to = parsed(cols[1]);
	auto_json json_t *from = parsed(cols[2]);
	auto_json json_t *want = parsed(unknown ? cols[1] : cols[3]);
	int rc = mask_apply(&schema_scheduler_job, cols[0], from, to);
	ck_assert_msg(
		rc == (unknown ? ERR_NOTFOUND : 0), "%s: %d", cols[0], rc);
	auto_free char *got = jsn_compact(to);
	ck_assert_msg(json_equal(to, want), "%s of %s:\n got %s\nwant %s",
		cols[0], cols[2], got, unknown ? cols[1] : cols[3]);
}

START_TEST(paths) {
	unit_tsv("emulator/mask.tsv", 4, one, NULL);
}
END_TEST

static void one_mask(const char *mask, const char *want) {
	char path[MASK_PATH_MAX], got[MASK_PATH_MAX * 3] = "";
	while (mask_next(&mask, path)) {
		strcat(got, path);
		strcat(got, "|");
	}
	ck_assert_str_eq(got, want);
}

START_TEST(lists_of_paths) {
	one_mask(NULL, "");
	one_mask("", "|");
	one_mask("a", "a|");
	one_mask("a,b.c,", "a|b.c||");
	char mask[2 * MASK_PATH_MAX];
	memset(mask, 'm', sizeof mask);
	strcpy(mask + MASK_PATH_MAX, ",n");
	char want[MASK_PATH_MAX + 3];
	memset(want, 'm', sizeof want);
	strcpy(want + MASK_PATH_MAX - 1, "|n|");
	one_mask(mask, want);
}
END_TEST

/* A value that was there is never half of the new one. */
START_TEST(out_of_memory) {
	auto_json json_t *from = parsed(
		"{\"httpTarget\":{\"uri\":\"u\",\"headers\":{\"b\":\"2\"}}}");
	long n = 0;
	for (int rc = -1; rc; n++) {
		auto_json json_t *to = parsed("{\"schedule\":\"s\"}");
		mem_fail_after(n);
		rc = mask_apply(
			&schema_scheduler_job, "httpTarget.headers", from, to);
		mem_fail_off();
		ck_assert(rc == 0 || rc == ERR_NOMEM);
	}
	ck_assert_int_gt(n, 3);
}
END_TEST

int main(void) {
	Suite *s = suite_create("mask");
	unit_add(s, paths);
	unit_add(s, lists_of_paths);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
