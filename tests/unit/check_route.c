/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/buf.h"
#include "common/route.h"
#include "tests/unit/unit.h"

static void match(void *ctx, char *const *cols) {
	(void)ctx;
	auto_buf struct buf got;
	buf_init(&got, 1000);
	struct route_params params;
	bool matches = route_match(cols[0], cols[1], &params);
	for (size_t i = 0; matches && i < params.count; i++) {
		(void)buf_adds(&got, i ? "|" : "");
		(void)buf_add(&got, params.at[i].p, params.at[i].len);
	}
	const char *text = matches ? buf_str(&got) : "-";
	ck_assert_msg(!strcmp(text, cols[2]), "%s on %s: got %s, want %s",
		cols[1], cols[0], text, cols[2]);
}

START_TEST(cases) {
	unit_tsv("route/cases.tsv", 3, match, NULL);
}
END_TEST

int main(void) {
	Suite *s = suite_create("route");
	unit_add(s, cases);
	return unit_run(s);
}
