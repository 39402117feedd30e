/* SPDX-License-Identifier: MIT */
/* What every unit program shares: running its suite, and reading fixtures. */
#ifndef TRAINCTL_TESTS_UNIT_H
#define TRAINCTL_TESTS_UNIT_H

#include <check.h>
#include <stddef.h>
#include <stdio.h>

#include "common/err.h"

/* main() of a unit program: runs the suite and gives the exit status. */
int unit_run(Suite *s);

/* Adds one test case with one plain test function to a suite. */
#define unit_add(suite, fn)                                                    \
	do {                                                                   \
		TCase *tc_ = tcase_create(#fn);                                \
		tcase_set_timeout(tc_, 60);                                    \
		tcase_add_test(tc_, fn);                                       \
		suite_add_tcase(suite, tc_);                                   \
	} while (0)

/* The bytes of $FIXTURES/path, NUL-terminated; fails the test when it cannot
 * be read. The caller frees with mem_free. */
char *unit_fixture(const char *path, size_t *ret_len);

/* Calls fn for each row of a tab-separated fixture; lines that are empty or
 * begin with '#' are skipped. cols holds ncols strings (missing ones are "").
 * Fails the test when there is no row. */
void unit_tsv(const char *path, size_t ncols,
	void (*fn)(void *ctx, char *const *cols), void *ctx);

/* Runs fn with its first allocation failing, then its second and so on, until
 * it returns 0. Each failure must be ERR_NOMEM; fn checks its own outputs.
 * Returns how many times it failed. */
long unit_nomem(int (*fn)(void *ctx, struct err *e), void *ctx);

/* An environment for what takes a getenv: NAME=value strings that end in NULL,
 * or NULL for none. */
extern const char *const *unit_environment;
char *unit_env(const char *name);

/* What is written to a descriptor (1 or 2) between start and end. The result of
 * end is freed with mem_free. */
struct unit_capture {
	FILE *to;
	int fd, saved;
};
void unit_capture_start(struct unit_capture *c, int fd);
char *unit_capture_end(struct unit_capture *c);

#endif
