/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"

#define TSV_COLS_MAX 16
#define NOMEM_MAX 100000 /* allocations of one call; more is a loop */
#define CAPTURE_MAX 65536

int unit_run(Suite *s) {
	mem_init();
	SRunner *sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

char *unit_fixture(const char *path, size_t *ret_len) {
	const char *root = getenv("FIXTURES");
	ck_assert_msg(root != NULL, "FIXTURES is not set");
	char *name = mem_printf("%s/%s", root, path);
	FILE *f = fopen(name, "rb");
	ck_assert_msg(f != NULL, "cannot open %s", name);
	size_t len = 0, cap = 4096;
	char *p = mem_alloc(cap + 1);
	for (size_t n; (n = fread(p + len, 1, cap - len, f)) > 0;) {
		len += n;
		if (len == cap)
			p = mem_resize(p, (cap *= 2) + 1);
	}
	(void)fclose(f);
	mem_free(name);
	p[len] = '\0';
	if (ret_len)
		*ret_len = len;
	return p;
}

void unit_tsv(const char *path, size_t ncols,
	void (*fn)(void *ctx, char *const *cols), void *ctx) {
	ck_assert_uint_le(ncols, TSV_COLS_MAX);
	char *text = unit_fixture(path, NULL);
	size_t rows = 0;
	static char empty[] = "";
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (*line == '\0' || *line == '#')
			continue;
		char *cols[TSV_COLS_MAX];
		char *at = line;
		for (size_t i = 0; i < ncols; i++) {
			cols[i] = at ? at : empty;
			char *tab =
				at && i + 1 < ncols ? strchr(at, '\t') : NULL;
			if (tab)
				*tab = '\0';
			at = tab ? tab + 1 : NULL;
		}
		fn(ctx, cols);
		rows++;
	}
	mem_free(text);
	ck_assert_msg(rows > 0, "%s has no rows", path);
}

long unit_nomem(int (*fn)(void *ctx, struct err *e), void *ctx) {
	for (long n = 0; n < NOMEM_MAX; n++) {
		struct err e = {0};
		mem_fail_after(n);
		int rc = fn(ctx, &e);
		mem_fail_off();
		if (rc == 0)
			return n;
		ck_assert_msg(rc == ERR_NOMEM,
			"allocation %ld: %d (%s), want ERR_NOMEM", n, rc,
			e.msg);
	}
	ck_abort_msg("it fails whatever the number of allocations");
	return 0;
}

const char *const *unit_environment;

char *unit_env(const char *name) {
	size_t n = strlen(name);
	for (const char *const *at = unit_environment; at && *at; at++)
		if (strncmp(*at, name, n) == 0 && (*at)[n] == '=')
			return (char *)(uintptr_t)(*at + n + 1);
	return NULL;
}

void unit_capture_start(struct unit_capture *c, int fd) {
	(void)fflush(NULL);
	*c = (struct unit_capture){tmpfile(), fd, dup(fd)};
	ck_assert(c->to != NULL && c->saved >= 0);
	ck_assert_int_eq(dup2(fileno(c->to), fd), fd);
}

char *unit_capture_end(struct unit_capture *c) {
	(void)fflush(NULL);
	ck_assert_int_eq(dup2(c->saved, c->fd), c->fd);
	(void)close(c->saved);
	rewind(c->to);
	char *text = mem_zero(CAPTURE_MAX + 1, 1);
	ck_assert_uint_lt(fread(text, 1, CAPTURE_MAX, c->to), CAPTURE_MAX);
	(void)fclose(c->to);
	return text;
}
