/* SPDX-License-Identifier: MIT */
/* Allocation, so that tests can make the n-th one fail, and scope-bound
 * ownership: auto_free frees at the end of the scope, TAKE hands over. */
#ifndef TRAINCTL_COMMON_MEM_H
#define TRAINCTL_COMMON_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *mem_alloc(size_t n);		   /* NULL when out of memory */
void *mem_zero(size_t count, size_t size); /* zeroed; overflow checked */
void *mem_resize(void *p, size_t n);	   /* p stays valid on failure */
char *mem_dup(const void *p, size_t n);	   /* n bytes and a NUL */
char *mem_strdup(const char *s);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void mem_free(void *p); /* NULL is a no-op */

/* Once at the start of a program: points jansson at these functions, so its
 * allocations can be made to fail too, and seeds its hash. */
void mem_init(void);

/* For a server that makes and frees thousands of blocks a second: from start to
 * stop a bounded number of freed ones is kept for the next allocations, at most
 * 128 of each size up to 264 bytes and 32 of each up to 4360. glibc keeps 7 of
 * a size, and none over 1 KiB; a JSON tree is some 80 blocks, a transaction of
 * SQLite some 15 of 1 KiB. Does nothing under the address sanitizer. */
void mem_keep_start(void);
void mem_keep_stop(void); /* frees what is kept */

/* The same blocks for a library that deals with failures itself: never made to
 * fail and not counted. The size is what a block has room for. */
void *mem_raw_alloc(size_t n);
void *mem_raw_resize(void *p, size_t n);
size_t mem_raw_size(void *p);
void mem_raw_free(void *p);

/* Tests only: the allocation after n more successful ones fails, and every
 * later one too, until mem_fail_off. */
void mem_fail_after(long n);
/* The same, but the later ones succeed: for where what went wrong has to be
 * told. */
void mem_fail_one(long n);
void mem_fail_off(void);

/* How many allocations have failed so far, for callers of libraries that do not
 * pass a failure on. */
unsigned long mem_failures(void);
/* The same between two points, with nothing in between that does so too; after
 * the first failure all allocations fail, for callers of libraries that would
 * go on with what they lost. False: some failed. */
void mem_whole_begin(void);
bool mem_whole_end(void);

static inline void mem_free_pp(void *p) {
	mem_free(*(void **)p);
}
#define auto_free __attribute__((cleanup(mem_free_pp)))

/* The value of a pointer variable, which is NULL from then on. */
#define TAKE(p)                                                                \
	__extension__({                                                        \
		__typeof__(p) take_ = (p);                                     \
		(p) = NULL;                                                    \
		take_;                                                         \
	})

#endif
