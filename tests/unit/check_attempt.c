/* SPDX-License-Identifier: MIT */
/* The pure rules of an execution; what they lead to is in check_sched. */
#include <stdlib.h>
#include <string.h>

#include "emulator/core/attempt.h"
#include "tests/unit/unit.h"

static void backoff(void *ctx, char *const *cols) {
	(void)ctx;
	int64_t n = 0;
	char *save = NULL;
	for (char *w = strtok_r(cols[3], ",", &save); w;
		w = strtok_r(NULL, ",", &save), n++) {
		int64_t got = attempt_backoff_us(atoll(cols[0]) * US_PER_S,
			atoll(cols[1]) * US_PER_S, atoll(cols[2]), n);
		ck_assert_msg(got == atoll(w) * US_PER_S,
			"%s to %s, %s doublings: wait %lld is %lld us, want %s",
			cols[0], cols[1], cols[2], (long long)n, (long long)got,
			w);
	}
}

static void again(void *ctx, char *const *cols) {
	(void)ctx;
	struct retry_rule r = {
		.count = atoll(cols[0]), .total_us = atoll(cols[1]) * US_PER_S};
	bool got = attempt_again(&r, atoll(cols[2]), atoll(cols[3]) * US_PER_S);
	ck_assert_msg(got == (*cols[4] == 'y'), "%s %s %s %s", cols[0], cols[1],
		cols[2], cols[3]);
}

static void code(void *ctx, char *const *cols) {
	(void)ctx;
	int got = attempt_code(atoi(cols[0]));
	ck_assert_msg(got == atoi(cols[1]), "HTTP %s: got %d, want %s", cols[0],
		got, cols[1]);
}

START_TEST(pure_rules) {
	unit_tsv("emulator/core/sched_backoffs.tsv", 4, backoff, NULL);
	unit_tsv("emulator/core/attempts.tsv", 5, again, NULL);
	unit_tsv("emulator/core/attempt_codes.tsv", 2, code, NULL);
}
END_TEST

int main(void) {
	Suite *s = suite_create("attempt");
	unit_add(s, pure_rules);
	return unit_run(s);
}
