/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static void check(const char *p, size_t n, const char *want) {
	char got[HASH_HEX_LEN + 1];
	struct err e = {0};
	ck_assert_int_eq(hash_hex(p, n, got, &e), 0);
	ck_assert_str_eq(got, want);
}

/* The examples of FIPS 180-2, appendix B, and the empty message. */
START_TEST(known_answers) {
	check("abc", 3,
		"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ad");
	const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijk"
				 "ijkljklmklmnlmnomnopnopq";
	check(two_blocks, strlen(two_blocks),
		"248d6a61d20638b8e5c026930c3e6039"
		"a33ce45964ff2167f6ecedd419db06c1");
	auto_free char *million = mem_alloc(1000000);
	memset(million, 'a', 1000000);
	check(million, 1000000,
		"cdc76e5c9914fb9281a1c7e284d73e67"
		"f1809a48a497200e046d39ccc7112cd0");
	check(NULL, 0,
		"e3b0c44298fc1c149afbf4c8996fb924"
		"27ae41e4649b934ca495991b7852b855");
}
END_TEST

START_TEST(some_digits) {
	static const struct {
		size_t digits;
		const char *want;
	} cases[] = {{0, ""}, {1, "b"}, {8, "ba7816bf"},
		{HASH_HEX_LEN, "ba7816bf8f01cfea414140de5dae2223"
			       "b00361a396177a9cb410ff61f20015ad"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char got[HASH_HEX_LEN + 1];
		struct err e = {0};
		ck_assert_int_eq(
			hash_digits("abc", cases[i].digits, got, &e), 0);
		ck_assert_str_eq(got, cases[i].want);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("hash");
	unit_add(s, known_answers);
	unit_add(s, some_digits);
	return unit_run(s);
}
