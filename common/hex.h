/* SPDX-License-Identifier: MIT */
/* Hexadecimal digits of either case. Inline: a parser asks for each byte. */
#ifndef TRAINCTL_COMMON_HEX_H
#define TRAINCTL_COMMON_HEX_H

/* The value of a digit, or -1. */
static inline int hex_digit(char c) {
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* The value of the two digits that a text goes on with, or -1. */
static inline int hex_pair(const char *s) {
	int high = hex_digit(s[0]);
	int low = high < 0 ? -1 : hex_digit(s[1]);
	return low < 0 ? -1 : high << 4 | low;
}

#endif
