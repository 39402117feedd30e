/* SPDX-License-Identifier: MIT */
#include "common/mem.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long fail_left = -1; /* successes left before failing; -1: never */

static unsigned long failures;

static int may_fail(void) {
	if (fail_left < 0)
		return 0;
	if (fail_left == 0)
		return 1;
	fail_left--;
	return 0;
}

void mem_fail_after(long n) {
	fail_left = n;
}

void mem_fail_off(void) {
	fail_left = -1;
}

unsigned long mem_failures(void) {
	return failures;
}

static void *counted(void *p) {
	failures += !p;
	return p;
}

void *mem_alloc(size_t n) {
	return counted(may_fail() ? NULL : malloc(n ? n : 1));
}

void *mem_zero(size_t count, size_t size) {
	return counted(
		may_fail() ? NULL : calloc(count ? count : 1, size ? size : 1));
}

void *mem_resize(void *p, size_t n) {
	return counted(may_fail() ? NULL : realloc(p, n ? n : 1));
}

char *mem_dup(const void *p, size_t n) {
	if (n == SIZE_MAX)
		return NULL;
	char *d = mem_alloc(n + 1);
	if (!d)
		return NULL;
	if (n)
		memcpy(d, p, n);
	d[n] = '\0';
	return d;
}

char *mem_strdup(const char *s) {
	return mem_dup(s, strlen(s));
}

char *mem_printf(const char *fmt, ...) {
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *s = n < 0 ? NULL : mem_alloc((size_t)n + 1);
	if (s)
		(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

void mem_free(void *p) {
	free(p);
}

void mem_init(void) {
	json_set_alloc_funcs(mem_alloc, mem_free);
	json_object_seed(0);
}
