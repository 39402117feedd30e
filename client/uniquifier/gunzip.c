/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/gunzip.h"

#include <stdint.h>
#define ZLIB_CONST /* what is read is const */
#include <zlib.h>

#include "common/mem.h"

#define PART (16u << 10)
#define GZIP_ONLY (16 + MAX_WBITS) /* as inflateInit2 has it */

static voidpf take(voidpf ctx, uInt count, uInt size) {
	(void)ctx;
	return mem_zero(count, size);
}

static void give(voidpf ctx, voidpf p) {
	(void)ctx;
	mem_free(p);
}

/* What there is up to the end of a member or of the input. */
static int inflate_some(
	z_stream *z, struct buf *ret, int *ret_state, struct err *e) {
	char part[PART];
	do {
		z->next_out = (Bytef *)part;
		z->avail_out = sizeof part;
		int state = inflate(z, Z_NO_FLUSH);
		if (state == Z_MEM_ERROR)
			return err_nomem(e);
		if (state != Z_OK && state != Z_STREAM_END)
			return err_set(e, ERR_SYNTAX,
				"not gzip, or damaged: %s",
				z->msg ? z->msg : "cut");
		int rc = buf_add(ret, part, sizeof part - z->avail_out);
		if (rc == ERR_TOOBIG)
			return err_set(e, rc, "over %zu bytes when inflated",
				ret->max);
		if (rc)
			return err_nomem(e);
		*ret_state = state;
	} while (*ret_state == Z_OK && (z->avail_in || !z->avail_out));
	return 0;
}

static int inflate_all(z_stream *z, struct buf *ret, struct err *e) {
	for (;;) {
		int state = Z_OK;
		int rc = inflate_some(z, ret, &state, e);
		if (rc)
			return rc;
		if (state != Z_STREAM_END)
			return err_set(
				e, ERR_SYNTAX, "not gzip, or damaged: cut");
		if (!z->avail_in)
			return 0;
		(void)inflateReset(z);
	}
}

int gunzip(const char *p, size_t n, struct buf *ret, struct err *e) {
	z_stream z = {.zalloc = take, .zfree = give};
	z.next_in = (const Bytef *)p;
	z.avail_in = (uInt)n;
	if (z.avail_in != n)
		return err_set(e, ERR_TOOBIG, "over %u bytes", UINT32_MAX);
	if (inflateInit2(&z, GZIP_ONLY) != Z_OK)
		return err_nomem(e);
	int rc = inflate_all(&z, ret, e);
	(void)inflateEnd(&z);
	return rc;
}
