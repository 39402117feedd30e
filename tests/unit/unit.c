/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define TSV_COLS_MAX 16

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
