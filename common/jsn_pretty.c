/* SPDX-License-Identifier: MIT */
/* The re-indenter of jsn.h. It runs on every answer that is stored as text, so
 * it copies whole runs (a key with its colon, a value with its comma) and looks
 * at nothing but quotes, brackets, commas and colons. */
#include <string.h>

#include "common/jsn.h"

static bool is_space(char c) {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_space(const char *p, const char *end) {
	while (p < end && is_space(*p))
		p++;
	return p;
}

/* The end of the string whose opening quote is at p. */
static const char *string_end(const char *p, const char *end) {
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

/* The end of the string, number or word at p. */
static const char *token_end(const char *p, const char *end) {
	if (*p == '"')
		return string_end(p, end);
	while (p < end && !is_space(*p) && !memchr("{}[],:\"", *p, 7))
		p++;
	return p;
}

static void new_line(struct buf *b, size_t depth) {
	static const char pad[] = "\n                                ";
	const size_t max = (sizeof pad - 2) / 2;
	size_t n = depth < max ? depth : max;
	(void)buf_add(b, pad, 1 + 2 * n);
	for (depth -= n; depth > 0; depth -= n) {
		n = depth < max ? depth : max;
		(void)buf_add(b, pad + 1, 2 * n);
	}
}

/* Appends the opening bracket at p and what it leads to; returns what comes
 * after. An empty container ends here as well. */
static const char *open_bracket(
	const char *p, const char *end, size_t *depth, struct buf *b) {
	const char *next = skip_space(p + 1, end);
	(void)buf_add(b, p, 1);
	if (next < end && (*next == '}' || *next == ']')) {
		(void)buf_add(b, next, 1);
		return next + 1;
	}
	new_line(b, ++*depth);
	return next;
}

/* Appends a token with the colon or comma that follows it. */
static const char *copy_token(
	const char *p, const char *end, size_t depth, struct buf *b) {
	const char *stop = *p == ',' ? p : token_end(p, end);
	const char *next = skip_space(stop, end);
	char mark = next < end ? *next : '\0';
	if (mark != ',' && mark != ':') {
		(void)buf_add(b, p, (size_t)(stop - p));
		return next;
	}
	if (next == stop) {
		(void)buf_add(b, p, (size_t)(stop - p) + 1);
	} else {
		(void)buf_add(b, p, (size_t)(stop - p));
		(void)buf_add(b, next, 1);
	}
	if (mark == ':')
		(void)buf_add(b, " ", 1);
	else
		new_line(b, depth);
	return skip_space(next + 1, end);
}

int jsn_pretty(const char *p, size_t n, struct buf *ret) {
	const char *end = p + n;
	size_t depth = 0;
	p = skip_space(p, end);
	while (p < end) {
		if (*p == '{' || *p == '[') {
			p = open_bracket(p, end, &depth, ret);
		} else if (*p == '}' || *p == ']') {
			depth -= depth > 0;
			new_line(ret, depth);
			(void)buf_add(ret, p, 1);
			p = skip_space(p + 1, end);
		} else {
			p = copy_token(p, end, depth, ret);
		}
	}
	return buf_addc(ret, '\n');
}
