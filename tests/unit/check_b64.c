/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/b64.h"
#include "common/mem.h"
#include "common/rng.h"
#include "tests/unit/unit.h"

static void decode(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	auto_free char *got = NULL;
	size_t len = 0;
	int rc = b64_decode(cols[0], strlen(cols[0]), &got, &len, &e);
	ck_assert_msg(rc == 0, "%s: %s", cols[0], e.msg);
	ck_assert_msg(
		len == strlen(cols[1]) / 2, "%s: %zu bytes", cols[0], len);
	for (size_t i = 0; i < len; i++) {
		char hex[3] = {cols[1][2 * i], cols[1][2 * i + 1], '\0'};
		long byte = strtol(hex, NULL, 16);
		ck_assert_msg((unsigned char)got[i] == byte,
			"%s: byte %zu is %02x, want %s", cols[0], i,
			(unsigned)(unsigned char)got[i], hex);
	}
	ck_assert_int_eq(got[len], '\0');
}

START_TEST(decodes) {
	unit_tsv("b64/decode.tsv", 2, decode, NULL);
}
END_TEST

static void reject(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	char *got = NULL;
	size_t len = 77;
	int rc = b64_decode(cols[0], strlen(cols[0]), &got, &len, &e);
	ck_assert_msg(rc == ERR_SYNTAX, "%s: %d", cols[0], rc);
	ck_assert_int_eq(e.code, ERR_SYNTAX);
	ck_assert_msg(strstr(e.msg, cols[1]), "%s: '%s', want '%s'", cols[0],
		e.msg, cols[1]);
	ck_assert_ptr_null(got);
	ck_assert_uint_eq(len, 77);
}

START_TEST(rejects) {
	unit_tsv("b64/reject.tsv", 2, reject, NULL);
	char *got = NULL;
	size_t len = 0;
	struct err e = {0};
	ck_assert_int_eq(b64_decode("Zg\0=", 4, &got, &len, &e), ERR_SYNTAX);
	ck_assert_str_eq(e.msg, "byte 0x00 at offset 2 is not base64");
}
END_TEST

START_TEST(nothing) {
	struct err e = {0};
	auto_free char *text = NULL;
	ck_assert_int_eq(b64_encode(NULL, 0, &text, &e), 0);
	ck_assert_str_eq(text, "");
	auto_free char *bytes = NULL;
	size_t len = 77;
	ck_assert_int_eq(b64_decode("", 0, &bytes, &len, &e), 0);
	ck_assert_uint_eq(len, 0);
	ck_assert_str_eq(bytes, "");
}
END_TEST

/* RFC 4648, section 10. */
START_TEST(encodes) {
	static const char *const want[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	for (size_t n = 0; n < 7; n++) {
		struct err e = {0};
		auto_free char *got = NULL;
		ck_assert_int_eq(b64_encode("foobar", n, &got, &e), 0);
		ck_assert_str_eq(got, want[n]);
		auto_free char *url = NULL;
		ck_assert_int_eq(b64_encode_url("foobar", n, &url, &e), 0);
		ck_assert_uint_eq(strlen(url), strcspn(want[n], "="));
		ck_assert_int_eq(strncmp(url, want[n], strlen(url)), 0);
	}
	struct err e = {0};
	auto_free char *got = NULL;
	ck_assert_int_eq(b64_encode("\xfb\xff\xbf", 3, &got, &e), 0);
	ck_assert_str_eq(got, "+/+/");
	auto_free char *url = NULL;
	ck_assert_int_eq(b64_encode_url("\xfb\xff\xbf", 3, &url, &e), 0);
	ck_assert_str_eq(url, "-_-_");
}
END_TEST

START_TEST(round_trip) {
	struct rng r;
	rng_seed(&r, 3);
	unsigned char bytes[300];
	for (size_t n = 0; n < sizeof bytes; n++) {
		for (size_t i = 0; i < n; i++)
			bytes[i] = (unsigned char)rng_next(&r);
		struct err e = {0};
		auto_free char *text = NULL, *back = NULL;
		size_t len = 0;
		ck_assert_int_eq(b64_encode(bytes, n, &text, &e), 0);
		ck_assert_uint_eq(strlen(text), (n + 2) / 3 * 4);
		ck_assert_int_eq(
			b64_decode(text, strlen(text), &back, &len, &e), 0);
		ck_assert_uint_eq(len, n);
		ck_assert_int_eq(memcmp(back, bytes, n), 0);
	}
}
END_TEST

static int both_ways(void *ctx, struct err *e) {
	(void)ctx;
	auto_free char *text = NULL, *back = NULL;
	size_t len = 77;
	int rc = b64_encode("foobar", 6, &text, e);
	if (rc) {
		ck_assert_ptr_null(text);
		return rc;
	}
	rc = b64_decode(text, 8, &back, &len, e);
	if (rc) {
		ck_assert_ptr_null(back);
		ck_assert_uint_eq(len, 77);
	}
	return rc;
}

START_TEST(out_of_memory) {
	ck_assert_int_eq(unit_nomem(both_ways, NULL), 2);
	struct err e = {0};
	char *text = NULL;
	volatile size_t huge = (size_t)-1;
	ck_assert_int_eq(b64_encode("", huge, &text, &e), ERR_NOMEM);
	ck_assert_ptr_null(text);
}
END_TEST

int main(void) {
	Suite *s = suite_create("b64");
	unit_add(s, decodes);
	unit_add(s, rejects);
	unit_add(s, nothing);
	unit_add(s, encodes);
	unit_add(s, round_trip);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
