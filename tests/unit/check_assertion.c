/* SPDX-License-Identifier: MIT */
/* What the claims of an assertion must be. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/assertion.h"
#include "tests/unit/unit.h"

#define NOW_S 1000000
#define OWN "http://127.0.0.1:8100/token"

static void check(void *ctx, char *const *cols) {
	(void)ctx;
	auto_jwt struct jwt t = {0};
	struct err e = {0};
	t.claims = jsn_parse(cols[0], strlen(cols[0]), true, &e);
	ck_assert_msg(t.claims != NULL, "%s: %s", cols[0], e.msg);
	ck_assert_msg(assertion_timely(&t, NOW_S) == (*cols[1] == 'y'), "%s",
		cols[0]);
	ck_assert_msg(assertion_for_tokens(&t, OWN) == (*cols[2] == 'y'), "%s",
		cols[0]);
}

START_TEST(claims) {
	unit_tsv("auth/assertions.tsv", 3, check, NULL);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("assertion");
	unit_add(s, claims);
	return unit_run(s);
}
