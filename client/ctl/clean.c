/* SPDX-License-Identifier: MIT */
#include "client/ctl/clean.h"

#include <ctype.h>
#include <stdbool.h>

/* C0 and DEL are one byte, C1 is C2 80 to C2 9F in UTF-8. */
int clean_add(const char *s, size_t n, struct buf *ret) {
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		unsigned char d = i + 1 < n ? (unsigned char)s[i + 1] : 0;
		bool c1 = c == 0xc2 && d >= 0x80 && d <= 0x9f;
		i += c1;
		(void)buf_addc(ret, c1 || iscntrl(c) ? '?' : s[i]);
	}
	return ret->failed;
}
