/* SPDX-License-Identifier: MIT */
/* The copy is altered while it is read: a string always needs less room than
 * its literal, so it is unescaped where it stands and ended with a NUL. What is
 * left to read begins behind it. */
#include "emulator/api/scan.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsn.h"
#include "common/mem.h"

#define CONTEXT 20 /* bytes shown on either side of an error */

int scan_init(struct scan *s, const char *text, size_t len) {
	*s = (struct scan){.text = text, .len = len, .key = ""};
	s->copy = mem_dup(text, len);
	s->at = s->copy;
	return s->copy ? 0 : ERR_NOMEM;
}

void scan_done(struct scan *s) {
	mem_free(s->copy);
	s->copy = NULL;
}

static bool at_end(const struct scan *s) {
	return s->at == s->copy + s->len;
}

static bool fail_at(struct scan *s, const char *at, const char *wrong) {
	if (!s->wrong) {
		s->wrong = wrong;
		s->wrong_at = (size_t)(at - s->copy);
	}
	return false;
}

static bool fail(struct scan *s, const char *wrong) {
	return fail_at(s, s->at, wrong);
}

/* After an error nothing comes next. */
static char next_char(struct scan *s) {
	if (s->wrong || s->nomem)
		return '\0';
	while (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' ||
		*s->at == '\t')
		s->at++;
	return *s->at;
}

enum scan_kind scan_peek(struct scan *s) {
	switch (next_char(s)) {
	case '{':
		return SCAN_OBJECT;
	case '[':
		return SCAN_ARRAY;
	case 'n':
		return SCAN_NULL;
	default:
		return SCAN_PLAIN;
	}
}

/* The four digits after "\u" at p. */
static bool read_hex(struct scan *s, const char *p, unsigned *ret) {
	unsigned u = 0;
	for (int i = 0; i < 4; i++) {
		if (p + i >= s->copy + s->len)
			return fail_at(s, p - 2, "Illegal hex string.");
		int d = hex_digit(p[i]);
		if (d < 0)
			return fail_at(s, p - 2, "Invalid escape sequence.");
		u = u << 4 | (unsigned)d;
	}
	*ret = u;
	return true;
}

static char *put_utf8(char *to, unsigned u) {
	if (u < 0x80) {
		*to++ = (char)u;
		return to;
	}
	if (u < 0x800) {
		*to++ = (char)(0xc0 | u >> 6);
	} else {
		if (u < 0x10000) {
			*to++ = (char)(0xe0 | u >> 12);
		} else {
			*to++ = (char)(0xf0 | u >> 18);
			*to++ = (char)(0x80 | (u >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (u >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (u & 0x3f));
	return to;
}

/* The escape \uXXXX at p, or two of them for one character. Its text goes to
 * `to`; p moves on. NUL cannot be in a string of ours. */
static char *unescape_unicode(struct scan *s, char **p, char *to) {
	char *at = *p;
	unsigned u, low;
	if (!read_hex(s, at + 2, &u))
		return NULL;
	*p = at + 6;
	if (u >= 0xd800 && u < 0xdc00) {
		if (at[6] != '\\' || at[7] != 'u') {
			fail_at(s, at, "Missing low surrogate.");
			return NULL;
		}
		if (!read_hex(s, at + 8, &low))
			return NULL;
		if (low < 0xdc00 || low > 0xdfff) {
			fail_at(s, at, "Invalid low surrogate.");
			return NULL;
		}
		u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
		*p = at + 12;
	}
	if (u == 0 || (u >= 0xdc00 && u < 0xe000)) {
		fail_at(s, at, "Invalid unicode code point.");
		return NULL;
	}
	return put_utf8(to, u);
}

/* The same for any escape. */
static char *unescape(struct scan *s, char **p, char *to) {
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	char c = (*p)[1];
	if (c == 'u')
		return unescape_unicode(s, p, to);
	const char *found = c ? strchr(from, c) : NULL;
	if (!found) {
		fail_at(s, *p,
			*p + 1 == s->copy + s->len
				? "Closing quote expected in string."
				: "Invalid escape sequence.");
		return NULL;
	}
	*p += 2;
	*to++ = into[found - from];
	return to;
}

/* One character that is not plain ASCII: an escape, UTF-8, or an error. */
static char *special(struct scan *s, char *open, char **p, char *to) {
	unsigned char c = (unsigned char)**p;
	if (c == '\\')
		return unescape(s, p, to);
	if (*p == s->copy + s->len) {
		fail_at(s, open, "Closing quote expected in string.");
		return NULL;
	}
	size_t n = c < ' ' ? 0 : jsn_utf8_len(*p);
	if (!n) {
		fail_at(s, *p,
			c < ' ' ? "Control characters must be escaped."
				: "Encountered non UTF-8 code points.");
		return NULL;
	}
	memmove(to, *p, n);
	*p += n;
	return to + n;
}

/* The string whose opening quote comes next. */
static char *read_string(struct scan *s, size_t *ret_len) {
	char *open = s->at, *p = open + 1;
	while (jsn_plain[(unsigned char)*p])
		p++;
	char *to = p;
	while (*p != '"') {
		if (jsn_plain[(unsigned char)*p])
			*to++ = *p++;
		else if (!(to = special(s, open, &p, to)))
			return NULL;
	}
	*to = '\0';
	s->at = p + 1;
	*ret_len = (size_t)(to - (open + 1));
	return open + 1;
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *p) {
	while (is_digit(*p))
		p++;
	return p;
}

/* The end of the number at p, or NULL; *whole when it has neither fraction nor
 * exponent. */
static const char *number_end(const char *p, bool *whole) {
	*whole = true;
	p += *p == '-';
	const char *digits = p;
	p = skip_digits(p);
	if (p == digits || (*digits == '0' && p > digits + 1))
		return NULL;
	if (*p == '.') {
		*whole = false;
		digits = ++p;
		if ((p = skip_digits(p)) == digits)
			return NULL;
	}
	if (*p == 'e' || *p == 'E') {
		*whole = false;
		p++;
		p += *p == '+' || *p == '-';
		digits = p;
		if ((p = skip_digits(p)) == digits)
			return NULL;
	}
	return p;
}

static json_t *made(struct scan *s, json_t *v) {
	if (!v)
		s->nomem = true;
	return v;
}

static json_t *read_number(struct scan *s) {
	bool whole;
	const char *end = number_end(s->at, &whole);
	if (!end) {
		fail(s, "Unable to parse number.");
		return NULL;
	}
	const char *text = s->at;
	errno = 0;
	long long n = whole ? strtoll(text, NULL, 10) : 0;
	if (whole && !errno) {
		s->at += end - text;
		return made(s, json_integer(n));
	}
	double d = strtod(text, NULL);
	if (!isfinite(d)) {
		fail(s, "Number exceeds the range of double.");
		return NULL;
	}
	s->at += end - text;
	return made(s, json_real(d));
}

static json_t *read_word(struct scan *s) {
	if (strncmp(s->at, "true", 4) == 0) {
		s->at += 4;
		return json_true();
	}
	if (strncmp(s->at, "false", 5) == 0) {
		s->at += 5;
		return json_false();
	}
	if (strncmp(s->at, "null", 4) == 0) {
		s->at += 4;
		return json_null();
	}
	bool named = memchr("}],:", *s->at, 4) ||
		     (*s->at >= 'a' && *s->at <= 'z') ||
		     (*s->at >= 'A' && *s->at <= 'Z');
	fail(s, named ? "Unexpected token." : "Expected a value.");
	return NULL;
}

static json_t *read_plain(struct scan *s) {
	size_t len;
	if (*s->at == '"') {
		const char *text = read_string(s, &len);
		return text ? made(s, json_stringn_nocheck(text, len)) : NULL;
	}
	if (*s->at == '-' || is_digit(*s->at))
		return read_number(s);
	return read_word(s);
}

bool scan_enter(struct scan *s) {
	if (++s->depth > SCAN_DEPTH_MAX)
		return fail(s, "Message too deep. Max recursion depth reached");
	s->at++;
	return true;
}

/* Whether another member or element comes; leaves the container if not. */
static bool another(struct scan *s, bool first, char close, const char *wrong) {
	char c = next_char(s);
	if (s->wrong || s->nomem)
		return false;
	if (c == close) {
		s->at++;
		s->depth--;
		return false;
	}
	if (first)
		return true;
	if (c != ',')
		return fail(s, wrong);
	s->at++;
	(void)next_char(s);
	return true;
}

bool scan_member(struct scan *s, bool first, const char **ret_key) {
	size_t len;
	if (!another(s, first, '}', "Expected , or } after key:value pair."))
		return false;
	if (*s->at != '"')
		return fail(s, first ? "Expected an object key or }."
				     : "Expected an object key.");
	const char *key = read_string(s, &len);
	if (!key)
		return false;
	if (next_char(s) != ':')
		return fail(s, "Expected : between key:value pair.");
	s->at++;
	s->key = *ret_key = key;
	return true;
}

bool scan_element(struct scan *s, bool first) {
	return another(s, first, ']', "Expected , or ] after array value.");
}

static json_t *read_object(struct scan *s) {
	auto_json json_t *o = made(s, json_object());
	const char *key;
	bool more = o && scan_enter(s);
	for (bool first = true; more && scan_member(s, first, &key);
		first = false) {
		json_t *v = scan_value(s);
		if (v && json_object_set_new_nocheck(o, key, v))
			s->nomem = true;
	}
	return s->wrong || s->nomem ? NULL : TAKE(o);
}

static json_t *read_array(struct scan *s) {
	auto_json json_t *a = made(s, json_array());
	bool more = a && scan_enter(s);
	for (bool first = true; more && scan_element(s, first); first = false) {
		json_t *v = scan_value(s);
		if (v && json_array_append_new(a, v))
			s->nomem = true;
	}
	return s->wrong || s->nomem ? NULL : TAKE(a);
}

json_t *scan_value(struct scan *s) {
	enum scan_kind kind = scan_peek(s);
	if (s->wrong || s->nomem)
		return NULL;
	return kind == SCAN_OBJECT  ? read_object(s)
	       : kind == SCAN_ARRAY ? read_array(s)
				    : read_plain(s);
}

bool scan_finish(struct scan *s) {
	(void)next_char(s);
	if (!s->wrong && !s->nomem && !at_end(s))
		fail(s, "Parsing terminated before end of input.");
	return !s->wrong && !s->nomem;
}

void scan_explain(const struct scan *s, struct buf *ret) {
	size_t from = s->wrong_at > CONTEXT ? s->wrong_at - CONTEXT : 0;
	size_t to =
		s->wrong_at + CONTEXT < s->len ? s->wrong_at + CONTEXT : s->len;
	bool ended = s->wrong_at == s->len;
	if (ended) /* nothing is left to be shown */
		from = to = s->len;
	if (ended && strncmp(s->wrong, "Expected", 8) == 0)
		(void)buf_adds(ret, "Unexpected end of string. ");
	(void)buf_adds(ret, s->wrong);
	if (s->depth > SCAN_DEPTH_MAX)
		(void)buf_addf(ret, " for key '%.100s'", s->key);
	(void)buf_addc(ret, '\n');
	for (size_t i = from; i < to; i++)
		(void)buf_addc(ret, s->text[i] ? s->text[i] : ' ');
	(void)buf_addf(ret, "\n%*s^", (int)(s->wrong_at - from), "");
}
