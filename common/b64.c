/* SPDX-License-Identifier: MIT */
#include "common/b64.h"

#include <stdint.h>
#include <string.h>

#include "common/mem.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

int b64_encode(const void *p, size_t n, char **ret, struct err *e) {
	if (n > SIZE_MAX / 4 * 3 - 6)
		return err_nomem(e);
	char *out = mem_alloc((n + 2) / 3 * 4 + 1);
	if (!out)
		return err_nomem(e);
	const unsigned char *in = p;
	char *o = out;
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v = (uint32_t)in[i] << 16;
		v |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
		v |= left > 2 ? in[i + 2] : 0;
		*o++ = alphabet[v >> 18];
		*o++ = alphabet[v >> 12 & 63];
		*o++ = left > 1 ? alphabet[v >> 6 & 63] : '=';
		*o++ = left > 2 ? alphabet[v & 63] : '=';
	}
	*o = '\0';
	*ret = out;
	return 0;
}

int b64_encode_url(const void *p, size_t n, char **ret, struct err *e) {
	char *out = NULL;
	int rc = b64_encode(p, n, &out, e);
	if (rc)
		return rc;
	out[strcspn(out, "=")] = '\0';
	for (char *c = out; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
	*ret = out;
	return 0;
}

/* The six bits of c in either alphabet, or -1. */
static int value_of(char c) {
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

static int bad_char(char c, size_t at, struct err *e) {
	if (c > ' ' && c <= '~')
		return err_set(e, ERR_SYNTAX,
			"character '%c' at offset %zu is not base64", c, at);
	return err_set(e, ERR_SYNTAX, "byte 0x%02x at offset %zu is not base64",
		(unsigned)(unsigned char)c, at);
}

/* Checks the alphabet of the n characters before the padding. */
static int check_chars(const char *s, size_t n, struct err *e) {
	char standard = '\0', url = '\0';
	for (size_t i = 0; i < n; i++) {
		if (value_of(s[i]) < 0)
			return bad_char(s[i], i, e);
		if (s[i] == '+' || s[i] == '/')
			standard = s[i];
		if (s[i] == '-' || s[i] == '_')
			url = s[i];
		if (standard && url)
			return err_set(e, ERR_SYNTAX,
				"'%c' and '%c' are of different base64 "
				"alphabets (offset %zu)",
				standard, url, i);
	}
	return 0;
}

/* Checks length, padding and the unused bits of the last character; n counts
 * the characters before the padding. */
static int check_end(const char *s, size_t n, size_t pad, struct err *e) {
	size_t rest = n % 4;
	if (rest == 1)
		return err_set(e, ERR_SYNTAX,
			"base64 of %zu characters is incomplete", n);
	if (pad && (rest == 0 || pad != 4 - rest))
		return err_set(
			e, ERR_SYNTAX, "wrong base64 padding at offset %zu", n);
	int unused = rest == 2 ? 15 : rest == 3 ? 3 : 0;
	if (unused && value_of(s[n - 1]) & unused)
		return err_set(e, ERR_SYNTAX,
			"character '%c' at offset %zu has stray bits at the "
			"end of the base64",
			s[n - 1], n - 1);
	return 0;
}

int b64_decode(
	const char *s, size_t n, char **ret, size_t *ret_len, struct err *e) {
	size_t pad = 0;
	while (n > 0 && pad < 2 && s[n - 1] == '=') {
		n--;
		pad++;
	}
	int rc = check_chars(s, n, e);
	if (!rc)
		rc = check_end(s, n, pad, e);
	if (rc)
		return rc;
	char *out = mem_alloc(n / 4 * 3 + 3);
	if (!out)
		return err_nomem(e);
	size_t len = 0;
	uint32_t bits = 0;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 6 | (uint32_t)value_of(s[i]);
		/* The first of four characters completes no byte. */
		if (i % 4 != 0)
			out[len++] = (char)(bits >> (6 - i % 4 * 2) & 0xff);
	}
	out[len] = '\0';
	*ret = out;
	*ret_len = len;
	return 0;
}
