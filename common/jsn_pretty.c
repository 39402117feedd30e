/* SPDX-License-Identifier: MIT */
/* The re-indenter of jsn.h. It runs on every answer, so it looks at nothing but
 * quotes, brackets, commas and colons, and hands its work over in large pieces.
 */
#include <string.h>

#include "common/jsn.h"

#define PIECE 1024
#define PAD 32 /* spaces of one step of indentation */

struct writer {
	struct buf *b;
	size_t depth;
	size_t len; /* of what is in the piece */
	char piece[PIECE];
};

static void hand_over(struct writer *w) {
	(void)buf_add(w->b, w->piece, w->len);
	w->len = 0;
}

static inline void put_char(struct writer *w, char c) {
	if (w->len == PIECE)
		hand_over(w);
	w->piece[w->len++] = c;
}

static void put(struct writer *w, const char *p, size_t n) {
	if (n > PIECE - w->len)
		hand_over(w);
	if (n > PIECE) {
		(void)buf_add(w->b, p, n);
		return;
	}
	memcpy(w->piece + w->len, p, n);
	w->len += n;
}

static void new_line(struct writer *w) {
	static const char pad[PAD + 1] = "                                ";
	size_t spaces = 2 * w->depth;
	put_char(w, '\n');
	for (; spaces > PAD; spaces -= PAD)
		put(w, pad, PAD);
	if (PIECE - w->len < PAD)
		hand_over(w);
	/* a copy of known size is cheaper than one of the right size */
	memcpy(w->piece + w->len, pad, PAD);
	w->len += spaces;
}

static bool is_space(char c) {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_space(const char *p, const char *end) {
	while (p < end && is_space(*p))
		p++;
	return p;
}

/* The end of the string whose opening quote is at p: a quote after an even
 * number of backslashes. */
static const char *string_end(const char *p, const char *end) {
	for (const char *q = p + 1; q < end; q++) {
		q = memchr(q, '"', (size_t)(end - q));
		if (!q)
			break;
		const char *back = q;
		while (back[-1] == '\\')
			back--;
		if ((q - back) % 2 == 0)
			return q + 1;
	}
	return end;
}

static const char *put_string(
	struct writer *w, const char *p, const char *end) {
	const char *stop = string_end(p, end);
	put(w, p, (size_t)(stop - p));
	return stop;
}

/* An empty container ends here as well. */
static const char *open_bracket(
	struct writer *w, const char *p, const char *end) {
	const char *next = skip_space(p + 1, end);
	put_char(w, *p);
	if (next < end && (*next == '}' || *next == ']')) {
		put_char(w, *next);
		return next + 1;
	}
	w->depth++;
	new_line(w);
	return next;
}

static void close_bracket(struct writer *w, char c) {
	w->depth -= w->depth > 0;
	new_line(w);
	put_char(w, c);
}

/* Writes what stands at p; returns what comes after. */
static const char *step(struct writer *w, const char *p, const char *end) {
	switch (*p) {
	case '"':
		return put_string(w, p, end);
	case '{':
	case '[':
		return open_bracket(w, p, end);
	case '}':
	case ']':
		close_bracket(w, *p);
		break;
	case ',':
		put_char(w, ',');
		new_line(w);
		break;
	case ':':
		put_char(w, ':');
		put_char(w, ' ');
		break;
	case ' ':
	case '\n':
	case '\t':
	case '\r':
		break;
	default: /* of a number or a word */
		put_char(w, *p);
	}
	return p + 1;
}

int jsn_pretty(const char *p, size_t n, struct buf *ret) {
	struct writer w; /* the piece needs no beginning */
	w.b = ret;
	w.depth = w.len = 0;
	for (const char *end = p + n; p < end;)
		p = step(&w, p, end);
	put_char(&w, '\n');
	hand_over(&w);
	return ret->failed;
}
