/* SPDX-License-Identifier: MIT */
#include "common/mem.h"

#include <jansson.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>
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

/* Freed small blocks by size: class k holds those of exactly 24 + 16 k usable
 * bytes, as glibc's are; others are never kept. A kept block's first bytes
 * link it to the next. */
#define KEEP_CLASSES 16
#define KEEP_MAX 128 /* blocks a class */
#define KEEP_LEAST 24
#define KEEP_STEP 16

static struct {
	void *first;
	unsigned len;
} kept[KEEP_CLASSES];
static bool keeping;

void mem_keep_start(void) {
#ifndef __SANITIZE_ADDRESS__ /* which wants to see every block freed */
	keeping = true;
#endif
}

void mem_keep_stop(void) {
	keeping = false;
	for (size_t k = 0; k < KEEP_CLASSES; k++)
		while (kept[k].first) {
			void *p = kept[k].first;
			kept[k].first = *(void **)p;
			free(p);
		}
	memset(kept, 0, sizeof kept);
}

/* A kept block of at least n bytes, or NULL. */
static void *take_kept(size_t n) {
	size_t k = n <= KEEP_LEAST
			   ? 0
			   : (n - KEEP_LEAST + KEEP_STEP - 1) / KEEP_STEP;
	if (k >= KEEP_CLASSES || !kept[k].first)
		return NULL;
	void *p = kept[k].first;
	kept[k].first = *(void **)p;
	kept[k].len--;
	return p;
}

static bool keep(void *p) {
	size_t n = malloc_usable_size(p);
	size_t k = (n - KEEP_LEAST) / KEEP_STEP;
	if (n < KEEP_LEAST || (n - KEEP_LEAST) % KEEP_STEP ||
		k >= KEEP_CLASSES || kept[k].len == KEEP_MAX)
		return false;
	*(void **)p = kept[k].first;
	kept[k].first = p;
	kept[k].len++;
	return true;
}

void *mem_alloc(size_t n) {
	if (may_fail())
		return counted(NULL);
	void *p = keeping ? take_kept(n) : NULL;
	return p ? p : counted(malloc(n ? n : 1));
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
	if (!keeping || !p || !keep(p))
		free(p);
}

void mem_init(void) {
	json_set_alloc_funcs(mem_alloc, mem_free);
	json_object_seed(0);
}
