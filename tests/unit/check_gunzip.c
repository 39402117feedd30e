/* SPDX-License-Identifier: MIT */
/* gzip bodies are made here with zlib itself, whose format RFC 1952 is. */
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "client/uniquifier/gunzip.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define ROOM (1u << 20)

/* One gzip member of n bytes. Returns its length. */
static size_t zip(const char *p, size_t n, unsigned char *ret) {
	z_stream z = {0};
	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8,
				 Z_DEFAULT_STRATEGY),
		Z_OK);
	z.next_in = (const Bytef *)p;
	z.avail_in = (uInt)n;
	z.next_out = ret;
	z.avail_out = ROOM;
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t len = ROOM - z.avail_out;
	(void)deflateEnd(&z);
	return len;
}

static int inflated(
	const void *p, size_t n, size_t max, struct buf *ret, struct err *e) {
	buf_init(ret, max);
	return gunzip(p, n, ret, e);
}

static unsigned char zipped[2 * ROOM];

START_TEST(bodies) {
	static char text[300000];
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + i * i % 23);
	static const size_t sizes[] = {0, 1, 2, 16383, 16384, 16385, 300000};
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct err e = {0};
		auto_buf struct buf got;
		size_t n = zip(text, sizes[i], zipped);
		ck_assert_msg(inflated(zipped, n, sizes[i], &got, &e) == 0,
			"%s", e.msg);
		ck_assert_uint_eq(got.len, sizes[i]);
		ck_assert_int_eq(memcmp(buf_str(&got), text, sizes[i]), 0);
	}
}
END_TEST

/* RFC 1952, 2.2: members one after the other, with nothing between. */
START_TEST(members) {
	struct err e = {0};
	auto_buf struct buf got;
	size_t n = zip("hello ", 6, zipped);
	n += zip("", 0, zipped + n);
	n += zip("world", 5, zipped + n);
	ck_assert_int_eq(inflated(zipped, n, 11, &got, &e), 0);
	ck_assert_str_eq(buf_str(&got), "hello world");
}
END_TEST

START_TEST(damaged) {
	static const char text[] = "hello hello hello hello";
	size_t len = zip(text, sizeof text, zipped);
	for (size_t n = 0; n < len; n++) {
		struct err e = {0};
		auto_buf struct buf got;
		ck_assert_msg(inflated(zipped, n, 100, &got, &e) == ERR_SYNTAX,
			"cut to %zu", n);
		ck_assert_ptr_nonnull(strstr(e.msg, "not gzip, or damaged: "));
	}
	for (size_t i = len - 8; i < len; i++) { /* checksum and length */
		struct err e = {0};
		auto_buf struct buf got;
		zipped[i] ^= 1;
		ck_assert_int_eq(
			inflated(zipped, len, 100, &got, &e), ERR_SYNTAX);
		zipped[i] ^= 1;
	}
	static const char *const others[] = {
		"hello", "{}", "x\x9c\x03\x00\x00\x00\x00\x01"};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct err e = {0};
		auto_buf struct buf got;
		ck_assert_int_eq(
			inflated(others[i], strlen(others[i]), 100, &got, &e),
			ERR_SYNTAX);
	}
	struct err e = {0};
	auto_buf struct buf got;
	zipped[len] = 'x';
	ck_assert_int_eq(inflated(zipped, len + 1, 100, &got, &e), ERR_SYNTAX);
}
END_TEST

/* A million zeros are a thousand bytes. What is inflated stays near the
 * ceiling, whatever would come. */
START_TEST(a_bomb) {
	char *zeros = mem_zero(1, ROOM);
	size_t n = zip(zeros, ROOM, zipped);
	ck_assert_uint_lt(n, 2000);
	struct err e = {0};
	auto_buf struct buf fits, over;
	ck_assert_int_eq(inflated(zipped, n, ROOM, &fits, &e), 0);
	ck_assert_int_eq(inflated(zipped, n, ROOM - 1, &over, &e), ERR_TOOBIG);
	ck_assert_str_eq(e.msg, "over 1048575 bytes when inflated");
	auto_buf struct buf small;
	ck_assert_int_eq(inflated(zipped, n, 1000, &small, &e), ERR_TOOBIG);
	ck_assert_uint_le(small.cap, 2000);
	mem_free(zeros);
}
END_TEST

static int attempt(void *ctx, struct err *e) {
	const size_t *n = ctx;
	auto_buf struct buf got;
	return inflated(zipped, *n, 100, &got, e);
}

START_TEST(out_of_memory) {
	size_t n = zip("hello", 5, zipped);
	ck_assert_int_gt(unit_nomem(attempt, &n), 1);
}
END_TEST

int main(void) {
	Suite *s = suite_create("gunzip");
	unit_add(s, bodies);
	unit_add(s, members);
	unit_add(s, damaged);
	unit_add(s, a_bomb);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
