/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/attr_filter.h"
#include "tests/unit/body.h"
#include "tests/unit/unit.h"

/* "fits", "no", or "LINE:COLUMN TOKEN" */
static void judge(const char *filter, const json_t *attributes,
	char ret[static ATTR_FILTER_MAX + 32]) {
	bool fits = false;
	struct attr_fault f = {0};
	int rc = attr_filter(filter, attributes, &fits, &f);
	if (rc) {
		ck_assert_int_eq(rc, ERR_SYNTAX);
		(void)snprintf(ret, ATTR_FILTER_MAX + 32, "%d:%d %s", f.line,
			f.column, f.token);
	} else {
		(void)snprintf(
			ret, ATTR_FILTER_MAX + 32, "%s", fits ? "fits" : "no");
	}
}

static void one_filter(void *ctx, char *const *cols) {
	(void)ctx;
	auto_json json_t *attributes = json_loads(cols[1], 0, NULL);
	ck_assert_ptr_nonnull(attributes);
	char got[ATTR_FILTER_MAX + 32], bare[ATTR_FILTER_MAX + 32];
	judge(cols[0], attributes, got);
	ck_assert_msg(strcmp(got, cols[2]) == 0, "%s with %s: got %s, want %s",
		cols[0], cols[1], got, cols[2]);
	/* that it parses does not depend on what it is tried with */
	judge(cols[0], NULL, bare);
	ck_assert_int_eq(strchr(bare, ':') != NULL, strchr(got, ':') != NULL);
}

START_TEST(filters) {
	unit_tsv("emulator/pubsub/filters.tsv", 3, one_filter, NULL);
}
END_TEST

START_TEST(lines_are_counted) {
	char got[ATTR_FILTER_MAX + 32];
	judge("attributes:a\n\n AND\t?", NULL, got);
	ck_assert_str_eq(got, "3:6 ?");
	judge("attributes:a\nAND", NULL, got);
	ck_assert_str_eq(got, "2:4 ");
}
END_TEST

/* As deep, and as long a token, as a filter can be. */
START_TEST(the_longest) {
	char got[ATTR_FILTER_MAX + 32];
	auto_free char *open = body_repeat('(', ATTR_FILTER_MAX);
	judge(open, NULL, got);
	ck_assert_str_eq(got, "1:257 ");
	auto_free char *word = body_repeat('x', ATTR_FILTER_MAX);
	judge(word, NULL, got);
	ck_assert_int_eq(strncmp(got, "1:1 xxx", 7), 0);
	ck_assert_uint_eq(strlen(got), ATTR_FILTER_MAX + 4);
	auto_free char *key = body_repeat('k', ATTR_FILTER_MAX - 11);
	auto_free char *filter = mem_printf("attributes:%s", key);
	auto_json json_t *attributes = json_pack("{s:s}", key, "v");
	judge(filter, attributes, got);
	ck_assert_str_eq(got, "fits");
}
END_TEST

int main(void) {
	Suite *s = suite_create("attr_filter");
	unit_add(s, filters);
	unit_add(s, lines_are_counted);
	unit_add(s, the_longest);
	return unit_run(s);
}
