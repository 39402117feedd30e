/* SPDX-License-Identifier: MIT */
#include "common/jsn_quick.h"

#include <stdint.h>
#include <string.h>

#include "common/mem.h"

#define DEPTH_MAX 64
#define DIGITS_MAX 18 /* always fit into 64 bits */

/* The text's copy ends in NUL, which is in no well-formed text: whoever reads
 * on after a character that was none of the wanted is stopped there. */
struct quick {
	char *at; /* of a copy, in which strings are unescaped */
	bool strict;
	int depth;
};

static json_t *value(struct quick *q);

static char skip(struct quick *q) {
	while (*q->at == ' ' || *q->at == '\n' || *q->at == '\r' ||
		*q->at == '\t')
		q->at++;
	return *q->at;
}

static int hex(char c) {
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character of \u00XX, or 0: it is another one, or none. */
static char ascii(const char *digits) {
	if (digits[0] != '0' || digits[1] != '0')
		return 0;
	int high = hex(digits[2]), low = high < 0 ? -1 : hex(digits[3]);
	return high >= 0 && high < 8 && low >= 0 ? (char)(high << 4 | low) : 0;
}

/* Unescapes the character at *from, behind its backslash, and moves on. */
static char unescape(const char **from) {
	static const char names[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
	char c = *(*from)++;
	const char *name = c ? strchr(names, c) : NULL;
	if (name)
		return chars[name - names];
	if (c != 'u' || !(c = ascii(*from)))
		return 0;
	*from += 4;
	return c;
}

/* The string that comes next, ended where it is. NULL when it is not plain. */
static char *string(struct quick *q, size_t *ret_len) {
	if (*q->at != '"')
		return NULL;
	char *start = q->at + 1, *to = start;
	for (const char *from = start;;) {
		char c = *from++;
		if (c == '"') {
			q->at += from - q->at;
			*to = '\0';
			*ret_len = (size_t)(to - start);
			return start;
		}
		/* a control character, the end, or beyond ASCII */
		if ((signed char)c < ' ' ||
			(c == '\\' && !(c = unescape(&from))))
			return NULL;
		*to++ = c;
	}
}

static json_t *number(struct quick *q) {
	const char *digits = q->at + (*q->at == '-');
	int64_t n = 0;
	size_t len = 0;
	for (; digits[len] >= '0' && digits[len] <= '9'; len++) {
		if (len == DIGITS_MAX)
			return NULL;
		n = n * 10 + (digits[len] - '0');
	}
	/* no digits, a zero before others or alone behind a minus */
	if (!len || (*digits == '0' && (len > 1 || *q->at == '-')) ||
		strchr(".eE", digits[len]))
		return NULL;
	n = *q->at == '-' ? -n : n;
	q->at += digits + len - q->at;
	return json_integer(n);
}

static json_t *literal(struct quick *q, const char *name, json_t *ret) {
	size_t n = strlen(name);
	if (strncmp(q->at, name, n) != 0)
		return NULL;
	q->at += n;
	return ret;
}

/* After an element: true when another one comes. *ret_bad when neither. */
static bool more(struct quick *q, char end, bool *ret_bad) {
	char c = skip(q);
	*ret_bad = c != ',' && c != end;
	if (!*ret_bad)
		q->at++;
	return c == ',';
}

static json_t *array(struct quick *q) {
	json_t *a = json_array();
	bool bad = false;
	q->at++;
	if (skip(q) == ']') {
		q->at++;
		return a;
	}
	do {
		json_t *v = value(q);
		if (!v || json_array_append_new(a, v)) {
			bad = true;
			break;
		}
	} while (more(q, ']', &bad));
	if (bad)
		json_decref(a);
	return bad ? NULL : a;
}

static bool member(struct quick *q, json_t *o) {
	size_t len;
	(void)skip(q);
	const char *key = string(q, &len);
	if (!key || skip(q) != ':' || (q->strict && json_object_get(o, key)))
		return false;
	q->at++;
	json_t *v = value(q);
	return v && json_object_set_new_nocheck(o, key, v) == 0;
}

static json_t *object(struct quick *q) {
	json_t *o = json_object();
	bool bad = false;
	q->at++;
	if (skip(q) == '}') {
		q->at++;
		return o;
	}
	do {
		if (!o || !member(q, o)) {
			bad = true;
			break;
		}
	} while (more(q, '}', &bad));
	if (bad)
		json_decref(o);
	return bad ? NULL : o;
}

static json_t *nested(struct quick *q, json_t *(*read)(struct quick *q)) {
	if (q->depth == DEPTH_MAX)
		return NULL;
	q->depth++;
	json_t *v = read(q);
	q->depth--;
	return v;
}

static json_t *value(struct quick *q) {
	size_t len;
	const char *s;
	switch (skip(q)) {
	case '{':
		return nested(q, object);
	case '[':
		return nested(q, array);
	case '"':
		s = string(q, &len);
		return s ? json_stringn_nocheck(s, len) : NULL;
	case 't':
		return literal(q, "true", json_true());
	case 'f':
		return literal(q, "false", json_false());
	case 'n':
		return literal(q, "null", json_null());
	default:
		return number(q);
	}
}

json_t *jsn_quick(const char *p, size_t n, bool strict) {
	auto_free char *copy = mem_dup(p ? p : "", n);
	struct quick q = {.at = copy, .strict = strict};
	if (!copy || (skip(&q) != '{' && *q.at != '['))
		return NULL;
	json_t *v = value(&q);
	/* a NUL is the end only where the text has it */
	if (!v || (!skip(&q) && q.at == copy + n))
		return v;
	json_decref(v);
	return NULL;
}
