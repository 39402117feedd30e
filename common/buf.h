/* SPDX-License-Identifier: MIT */
/* A byte buffer that grows to a ceiling given at birth and no further. The
 * first failure sticks: later additions do nothing and report it again, so a
 * run of additions needs one check at its end. */
#ifndef TRAINCTL_COMMON_BUF_H
#define TRAINCTL_COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "common/err.h"

struct buf {
	char *p;    /* NUL-terminated once anything was added, else NULL */
	size_t len; /* bytes without the NUL */
	size_t cap; /* allocated */
	size_t max; /* ceiling of len */
	int failed; /* 0, ERR_NOMEM or ERR_TOOBIG */
};

void buf_init(struct buf *b, size_t max); /* cannot fail */
void buf_done(struct buf *b);		  /* frees; b may be used again */

/* Each returns 0, or ERR_NOMEM or ERR_TOOBIG; on failure nothing is added. */
static inline int buf_add(struct buf *b, const void *p, size_t n);
static inline int buf_adds(struct buf *b, const char *s);
static inline int buf_addc(struct buf *b, char c);
int buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds the bytes of a whole file ("-" is standard input). Returns 0, ERR_IO,
 * ERR_TOOBIG or ERR_NOMEM. The messages do not name the file: the caller wraps
 * them. */
int buf_add_file(struct buf *b, const char *path, struct err *e);

/* Makes room for n more bytes at once, so that they are added without growing
 * step by step. More than the ceiling allows is not reserved, and no failure:
 * the addition itself will tell. */
void buf_reserve(struct buf *b, size_t n);

void buf_clear(struct buf *b);	    /* len = 0, failed = 0, memory kept */
const char *buf_str(struct buf *b); /* never NULL: "" when empty */

/* Hands the NUL-terminated bytes over to the caller (mem_free) and empties b.
 * NULL when b had failed or memory ran out. */
char *buf_take(struct buf *b, size_t *ret_len);

/* buf_add where the buffer must grow first, or has failed. */
int buf_grow_add(struct buf *b, const void *p, size_t n);

/* What fits is the usual case, and every answer is made of many. */
static inline int buf_add(struct buf *b, const void *p, size_t n) {
	if (b->cap - b->len <= n || b->max - b->len < n || b->failed)
		return buf_grow_add(b, p, n);
	if (n)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
	return 0;
}

static inline int buf_adds(struct buf *b, const char *s) {
	return buf_add(b, s, strlen(s));
}

static inline int buf_addc(struct buf *b, char c) {
	return buf_add(b, &c, 1);
}

static inline void buf_done_p(struct buf *b) {
	buf_done(b);
}
#define auto_buf __attribute__((cleanup(buf_done_p)))

#endif
