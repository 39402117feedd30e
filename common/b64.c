/* SPDX-License-Identifier: MIT */
#include "common/b64.h"

#include <stddef.h>
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

/* The last characters that are of one alphabet alone. */
struct marks {
	char standard, url;
};

static int check_mark(struct marks *m, char c, size_t at, struct err *e) {
	if (c == '+' || c == '/')
		m->standard = c;
	else
		m->url = c;
	if (!m->standard || !m->url)
		return 0;
	return err_set(e, ERR_SYNTAX,
		"'%c' and '%c' are of different base64 alphabets (offset %zu)",
		m->standard, m->url, at);
}

/* Decodes the n characters before the padding; returns how many bytes they
 * make, or -1. */
static ptrdiff_t decode(const char *s, size_t n, char *to, struct err *e) {
	struct marks marks = {'\0', '\0'};
	ptrdiff_t len = 0;
	uint32_t bits = 0;
	for (size_t i = 0; i < n; i++) {
		int v = value_of(s[i]);
		if (v < 0)
			(void)bad_char(s[i], i, e);
		if (v < 0 || (v >= 62 && check_mark(&marks, s[i], i, e)))
			return -1;
		bits = bits << 6 | (uint32_t)v;
		/* The first of four characters completes no byte. */
		if (i % 4 != 0)
			to[len++] = (char)(bits >> (6 - i % 4 * 2) & 0xff);
	}
	return len;
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
	auto_free char *out = mem_alloc(n / 4 * 3 + 3);
	if (!out)
		return err_nomem(e);
	ptrdiff_t len = decode(s, n, out, e);
	if (len < 0)
		return ERR_SYNTAX;
	int rc = check_end(s, n, pad, e);
	if (rc)
		return rc;
	out[len] = '\0';
	*ret = TAKE(out);
	*ret_len = (size_t)len;
	return 0;
}
