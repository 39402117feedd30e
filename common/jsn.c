/* SPDX-License-Identifier: MIT */
#include "common/jsn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsn_quick.h"
#include "common/mem.h"
#include "common/when.h"

/* The text quotes the input, which may hold control characters. */
static int parse_failed(const json_error_t *je, struct err *e) {
	err_set(e, ERR_JSON, "line %d column %d: %s", je->line, je->column,
		je->text);
	for (char *p = e ? e->msg : NULL; p && *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	return ERR_JSON;
}

/* jansson reports some failed allocations as a syntax error and drops bytes at
 * others, for which it makes too little room when there is memory again. So
 * there is none until it has ended, and that is what tells. */
json_t *jsn_parse(const char *p, size_t n, bool strict, struct err *e) {
	json_error_t je;
	mem_whole_begin();
	json_t *j = jsn_quick(p, n, strict);
	if (!j)
		j = json_loadb(p ? p : "", n,
			strict ? JSON_REJECT_DUPLICATES : 0, &je);
	if (!mem_whole_end()) {
		json_decref(j);
		(void)err_nomem(e);
		return NULL;
	}
	if (!j)
		(void)parse_failed(&je, e);
	return j;
}

static const char *type_name(const json_t *j) {
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		break;
	}
	return "null";
}

static int bad_shape(struct err *e, const char *path, const char *key,
	const char *why, const json_t *v) {
	return err_set(e, ERR_SHAPE, "%s%s%s %s%s%s", path, *path ? "." : "",
		key, why, v ? ", not " : "", v ? type_name(v) : "");
}

/* Finds the member; *ret = NULL when it is absent or null. */
static int get(const json_t *o, const char *path, const char *key,
	const json_t **ret, struct err *e) {
	if (!json_is_object(o))
		return err_set(e, ERR_SHAPE, "%s must be an object%s%s",
			*path ? path : "the JSON text", o ? ", not " : "",
			o ? type_name(o) : "");
	const json_t *v = json_object_get(o, key);
	*ret = json_is_null(v) ? NULL : v;
	return 0;
}

int jsn_str_opt(const json_t *o, const char *path, const char *key,
	const char **ret, struct err *e) {
	const json_t *v = NULL;
	int rc = get(o, path, key, &v, e);
	if (rc)
		return rc;
	if (v && !json_is_string(v))
		return bad_shape(e, path, key, "must be a string", v);
	*ret = json_string_value(v);
	return 0;
}

const char *jsn_text(const json_t *o, const char *key) {
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

int jsn_str(const json_t *o, const char *path, const char *key,
	const char **ret, struct err *e) {
	const char *s = NULL;
	int rc = jsn_str_opt(o, path, key, &s, e);
	if (rc)
		return rc;
	if (!s)
		return bad_shape(e, path, key, "is missing", NULL);
	*ret = s;
	return 0;
}

/* Decimal digits with an optional minus; strtoll alone would also take white
 * space, a plus sign and trailing text. */
static bool i64_of_text(const char *s, int64_t *ret) {
	const char *digits = s + (*s == '-');
	if (!*digits || digits[strspn(digits, "0123456789")])
		return false;
	errno = 0;
	int64_t v = strtoll(s, NULL, 10);
	if (errno == ERANGE)
		return false;
	*ret = v;
	return true;
}

/* proto3 JSON takes 3.0 and 1e3 where it wants an integer. */
static bool i64_of_real(double d, int64_t *ret) {
	if (!(d >= -0x1p63 && d < 0x1p63) || d != (double)(int64_t)d)
		return false;
	*ret = (int64_t)d;
	return true;
}

int jsn_i64_opt(const json_t *o, const char *path, const char *key,
	int64_t dflt, int64_t *ret, struct err *e) {
	const json_t *v = NULL;
	int rc = get(o, path, key, &v, e);
	if (rc)
		return rc;
	int64_t n = v ? json_integer_value(v) : dflt;
	if (json_is_string(v)	  ? !i64_of_text(json_string_value(v), &n)
		: json_is_real(v) ? !i64_of_real(json_real_value(v), &n)
				  : false)
		return bad_shape(
			e, path, key, "must be a 64-bit integer", NULL);
	if (v && !json_is_string(v) && !json_is_number(v))
		return bad_shape(e, path, key, "must be an integer", v);
	*ret = n;
	return 0;
}

int64_t jsn_duration(const json_t *o, const char *key, int64_t dflt) {
	int64_t us = dflt;
	const char *s = json_string_value(json_object_get(o, key));
	if (s)
		(void)duration_parse_proto(s, &us, NULL);
	return us;
}

int jsn_obj_opt(const json_t *o, const char *path, const char *key,
	json_t **ret, struct err *e) {
	const json_t *v = NULL;
	int rc = get(o, path, key, &v, e);
	if (rc)
		return rc;
	if (v && !json_is_object(v))
		return bad_shape(e, path, key, "must be an object", v);
	*ret = (json_t *)v;
	return 0;
}

const bool jsn_plain[256] = {
	[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... 0x7f] = true};

/* The table gives the range of the second byte, which is what keeps out
 * overlong forms, surrogates and code points over U+10FFFF (RFC 3629,
 * section 4). */
size_t jsn_utf8_len(const char *text) {
	const unsigned char *s = (const unsigned char *)text;
	static const struct {
		unsigned char first, last, low, high, len;
	} rows[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t row = 0, rows_len = sizeof rows / sizeof rows[0];
	while (row < rows_len && s[0] > rows[row].last)
		row++;
	if (row == rows_len || s[0] < rows[row].first)
		return 0;
	size_t len = rows[row].len;
	if (s[1] < rows[row].low || s[1] > rows[row].high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return len;
}

size_t jsn_text_len(const char *s) {
	size_t len = 0, n = 1;
	while (s[len] && n) {
		n = (unsigned char)s[len] < 0x80 ? 1 : jsn_utf8_len(s + len);
		len += n;
	}
	return len;
}

void jsn_mend(char *s) {
	while (*(s += jsn_text_len(s)))
		*s = '?';
}

json_t *jsn_string(const char *s) {
	auto_free char *mended = s && s[jsn_text_len(s)] ? mem_strdup(s) : NULL;
	if (mended)
		jsn_mend(mended);
	return json_string(mended ? mended : s);
}

/* Appends what stands for the one byte c that cannot stand for itself. */
static int quote_byte(struct buf *b, unsigned char c) {
	switch (c) {
	case '"':
		return buf_adds(b, "\\\"");
	case '\\':
		return buf_adds(b, "\\\\");
	case '\n':
		return buf_adds(b, "\\n");
	case '\r':
		return buf_adds(b, "\\r");
	case '\t':
		return buf_adds(b, "\\t");
	}
	return c < ' ' ? buf_addf(b, "\\u%04x", c)
		       : buf_adds(b, "\xef\xbf\xbd");
}

/* The first byte from s on that is neither plain nor of a whole character. */
static const char *plain_end(const char *s) {
	for (;;) {
		while (jsn_plain[(unsigned char)*s])
			s++;
		size_t n = (unsigned char)*s >= 0x80 ? jsn_utf8_len(s) : 0;
		if (!n)
			return s;
		s += n;
	}
}

int jsn_quote(struct buf *b, const char *s) {
	(void)buf_addc(b, '"');
	for (;;) {
		const char *run = s;
		s = plain_end(s);
		(void)buf_add(b, run, (size_t)(s - run));
		if (!*s)
			return buf_addc(b, '"');
		(void)quote_byte(b, (unsigned char)*s++);
	}
}
