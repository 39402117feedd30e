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

static int fail_once;

static unsigned long failures;
static int in_whole;
static unsigned long whole_from; /* of the failures */

static int may_fail(void) {
	if (in_whole && failures != whole_from)
		return 1;
	if (fail_left < 0)
		return 0;
	if (fail_left > 0) {
		fail_left--;
		return 0;
	}
	if (fail_once)
		mem_fail_off();
	return 1;
}

void mem_fail_after(long n) {
	fail_left = n;
	fail_once = 0;
}

void mem_fail_one(long n) {
	fail_left = n;
	fail_once = 1;
}

void mem_fail_off(void) {
	fail_left = -1;
}

unsigned long mem_failures(void) {
	return failures;
}

void mem_whole_begin(void) {
	in_whole = 1;
	whole_from = failures;
}

bool mem_whole_end(void) {
	in_whole = 0;
	return failures == whole_from;
}

static void *counted(void *p) {
	failures += !p;
	return p;
}

/* Freed blocks by size. A class holds blocks of exactly so many usable bytes:
 * 24, 40, 56 ... 264, which are glibc's own sizes, and then 520, 776 ... 4360,
 * to which larger requests are rounded up. A kept block's first bytes link it
 * to the next. */
#define SMALL_LEAST 24
#define SMALL_STEP 16
#define SMALL_MOST 264
#define SMALL_CLASSES 16
#define SMALL_KEPT 128 /* blocks a class */
#define LARGE_STEP 256
#define LARGE_CLASSES 16
#define LARGE_MOST (SMALL_MOST + LARGE_CLASSES * LARGE_STEP)
#define LARGE_KEPT 32
#define CLASSES (SMALL_CLASSES + LARGE_CLASSES)

static struct {
	void *first;
	unsigned len;
} kept[CLASSES];
static bool keeping;

void mem_keep_start(void) {
#ifndef __SANITIZE_ADDRESS__ /* which wants to see every block freed */
	keeping = true;
#endif
}

void mem_keep_stop(void) {
	keeping = false;
	for (size_t k = 0; k < CLASSES; k++)
		while (kept[k].first) {
			void *p = kept[k].first;
			kept[k].first = *(void **)p;
			free(p);
		}
	memset(kept, 0, sizeof kept);
}

/* The class of the least blocks that hold n bytes; CLASSES when there is none.
 */
static size_t class_for(size_t n) {
	if (n <= SMALL_LEAST)
		return 0;
	if (n <= SMALL_MOST)
		return (n - SMALL_LEAST + SMALL_STEP - 1) / SMALL_STEP;
	if (n > LARGE_MOST)
		return CLASSES;
	return SMALL_CLASSES + (n - SMALL_MOST - 1) / LARGE_STEP;
}

static size_t class_size(size_t k) {
	if (k < SMALL_CLASSES)
		return SMALL_LEAST + k * SMALL_STEP;
	return SMALL_MOST + (k - SMALL_CLASSES + 1) * LARGE_STEP;
}

static void *get_block(size_t n) {
	size_t k = keeping ? class_for(n) : CLASSES;
	if (k == CLASSES)
		return malloc(n ? n : 1);
	void *p = kept[k].first;
	if (!p)
		return malloc(class_size(k));
	kept[k].first = *(void **)p;
	kept[k].len--;
	return p;
}

/* The class of blocks of exactly n bytes; CLASSES when there is none. */
static size_t class_of(size_t n) {
	if (n < SMALL_LEAST || n > LARGE_MOST)
		return CLASSES;
	size_t over = n - SMALL_LEAST;
	if (n <= SMALL_MOST)
		return over % SMALL_STEP ? CLASSES : over / SMALL_STEP;
	over = n - SMALL_MOST;
	return over % LARGE_STEP ? CLASSES
				 : SMALL_CLASSES - 1 + over / LARGE_STEP;
}

static void put_block(void *p) {
	if (!p)
		return;
	size_t k = keeping ? class_of(malloc_usable_size(p)) : CLASSES;
	if (k == CLASSES ||
		kept[k].len == (k < SMALL_CLASSES ? SMALL_KEPT : LARGE_KEPT)) {
		free(p);
		return;
	}
	*(void **)p = kept[k].first;
	kept[k].first = p;
	kept[k].len++;
}

static void *resize_block(void *p, size_t n) {
	if (!keeping || n > LARGE_MOST)
		return realloc(p, n ? n : 1);
	size_t had = p ? malloc_usable_size(p) : 0;
	if (p && n <= had && had <= LARGE_MOST)
		return p;
	void *to = get_block(n);
	if (to && p) {
		memcpy(to, p, had < n ? had : n);
		put_block(p);
	}
	return to;
}

void *mem_alloc(size_t n) {
	return counted(may_fail() ? NULL : get_block(n));
}

void *mem_zero(size_t count, size_t size) {
	if (may_fail())
		return counted(NULL);
	size_t n;
	if (!keeping || __builtin_mul_overflow(count, size, &n) ||
		n > LARGE_MOST)
		return counted(calloc(count ? count : 1, size ? size : 1));
	void *p = get_block(n);
	return counted(p ? memset(p, 0, n) : NULL);
}

void *mem_resize(void *p, size_t n) {
	return counted(may_fail() ? NULL : resize_block(p, n));
}

void *mem_raw_alloc(size_t n) {
	return get_block(n);
}

void *mem_raw_resize(void *p, size_t n) {
	return resize_block(p, n);
}

size_t mem_raw_size(void *p) {
	return malloc_usable_size(p);
}

void mem_raw_free(void *p) {
	put_block(p);
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
	put_block(p);
}

void mem_init(void) {
	json_set_alloc_funcs(mem_alloc, mem_free);
	json_object_seed(0);
}
