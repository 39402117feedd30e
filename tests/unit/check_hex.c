/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>

#include "common/hex.h"
#include "tests/unit/unit.h"

/* The C library is asked about each byte there is. */
START_TEST(digits) {
	for (int c = CHAR_MIN; c <= CHAR_MAX; c++) {
		const char text[] = {(char)c, '\0'};
		int want = isxdigit((unsigned char)c)
				   ? (int)strtol(text, NULL, 16)
				   : -1;
		ck_assert_msg(hex_digit((char)c) == want, "%d", c);
	}
}
END_TEST

START_TEST(pairs) {
	static const struct {
		const char *text;
		int want;
	} cases[] = {{"00", 0}, {"0f", 15}, {"10", 16}, {"2F", 0x2f},
		{"fF", 255}, {"7f8", 127}, {"", -1}, {"a", -1}, {"ag", -1},
		{"ga", -1}, {" a", -1}, {"+1", -1}, {"0x", -1}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(hex_pair(cases[i].text) == cases[i].want, "'%s'",
			cases[i].text);
}
END_TEST

int main(void) {
	Suite *s = suite_create("hex");
	unit_add(s, digits);
	unit_add(s, pairs);
	return unit_run(s);
}
