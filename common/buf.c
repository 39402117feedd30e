/* SPDX-License-Identifier: MIT */
#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "common/mem.h"

#define BUF_FIRST 256

void buf_init(struct buf *b, size_t max) {
	*b = (struct buf){.max = max};
}

void buf_done(struct buf *b) {
	mem_free(b->p);
	buf_init(b, b->max);
}

/* Makes room for n more bytes and a NUL. */
static int make_room(struct buf *b, size_t n) {
	if (b->failed)
		return b->failed;
	if (n > b->max - b->len)
		return b->failed = ERR_TOOBIG;
	size_t need = b->len + n + 1;
	if (need <= b->cap)
		return 0;
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	while (cap < need)
		cap *= 2;
	char *p = mem_resize(b->p, cap);
	if (!p)
		return b->failed = ERR_NOMEM;
	b->p = p;
	b->cap = cap;
	return 0;
}

int buf_grow_add(struct buf *b, const void *p, size_t n) {
	int rc = make_room(b, n);
	if (rc)
		return rc;
	if (n)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
	return 0;
}

int buf_addf(struct buf *b, const char *fmt, ...) {
	/* most texts fit the room that is there: formatting is the cost */
	size_t room = b->failed ? 0 : b->cap - b->len;
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(room ? b->p + b->len : NULL, room, fmt, ap);
	va_end(ap);
	int rc = n < 0 ? ERR_NOMEM : make_room(b, (size_t)n);
	if (rc) {
		if (room)
			b->p[b->len] = '\0';
		return b->failed = rc;
	}
	if ((size_t)n >= room) {
		va_start(ap, fmt);
		(void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
	return 0;
}

void buf_reserve(struct buf *b, size_t n) {
	if (b->failed || n > b->max - b->len || b->len + n < b->cap)
		return;
	char *p = mem_resize(b->p, b->len + n + 1);
	if (!p)
		return;
	b->p = p;
	b->cap = b->len + n + 1;
	p[b->len] = '\0';
}

void buf_clear(struct buf *b) {
	b->len = 0;
	b->failed = 0;
	if (b->p)
		b->p[0] = '\0';
}

const char *buf_str(struct buf *b) {
	return b->p ? b->p : "";
}

char *buf_take(struct buf *b, size_t *ret_len) {
	if (b->failed || (!b->p && make_room(b, 0)))
		return NULL;
	b->p[b->len] = '\0';
	if (ret_len)
		*ret_len = b->len;
	char *p = TAKE(b->p);
	buf_init(b, b->max);
	return p;
}

static int read_all(struct buf *b, FILE *f, struct err *e) {
	char part[4096];
	size_t n;
	while ((n = fread(part, 1, sizeof part, f)) > 0) {
		int rc = buf_add(b, part, n);
		if (rc == ERR_TOOBIG)
			return err_set(e, rc, "larger than %zu bytes", b->max);
		if (rc)
			return err_nomem(e);
	}
	return ferror(f) ? err_errno(e, "cannot read") : 0;
}

int buf_add_file(struct buf *b, const char *path, struct err *e) {
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(path, "rbe");
	if (!f)
		return err_errno(e, "cannot open");
	int rc = read_all(b, f, e);
	if (!is_stdin)
		(void)fclose(f);
	return rc;
}
