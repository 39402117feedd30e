/* SPDX-License-Identifier: MIT */
/* A filter is so short that it is evaluated while it is read: no tree. */
#include "emulator/core/attr_filter.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"

enum token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_TEXT, /* in quotes */
	TOKEN_NOT_EQUAL,
	TOKEN_OTHER, /* one character: ( ) : . , = - or what fits nowhere */
};

struct reader {
	const char *text;
	const json_t *attributes;
	const char *at; /* the token that comes next */
	size_t len;
	enum token token;
	bool failed; /* at that token */
	char key[ATTR_FILTER_MAX + 1];
};

static bool in_word(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

/* The length of a text in quotes, or 0 when it does not end. */
static size_t text_len(const char *s) {
	const char *p = s + 1;
	while (*p && *p != '"')
		p += *p == '\\' && p[1] ? 2 : 1;
	return *p ? (size_t)(p - s) + 1 : 0;
}

/* A '-' belongs to a word but for its beginning. */
static void next(struct reader *r) {
	const char *s = r->at + r->len;
	s += strspn(s, " \t\r\n");
	r->at = s;
	r->len = 1;
	r->token = TOKEN_OTHER;
	if (!*s) {
		r->token = TOKEN_END;
		r->len = 0;
	} else if (in_word(*s)) {
		r->token = TOKEN_WORD;
		while (in_word(s[r->len]) || s[r->len] == '-')
			r->len++;
	} else if (*s == '"' && text_len(s)) {
		r->token = TOKEN_TEXT;
		r->len = text_len(s);
	} else if (s[0] == '!' && s[1] == '=') {
		r->token = TOKEN_NOT_EQUAL;
		r->len = 2;
	}
}

static bool is_word(const struct reader *r, const char *word) {
	return r->token == TOKEN_WORD && strlen(word) == r->len &&
	       strncmp(r->at, word, r->len) == 0;
}

static bool take_word(struct reader *r, const char *word) {
	if (!is_word(r, word))
		return false;
	next(r);
	return true;
}

static bool take_char(struct reader *r, char c) {
	if (r->token != TOKEN_OTHER || *r->at != c)
		return false;
	next(r);
	return true;
}

static void want(struct reader *r, bool taken) {
	r->failed = r->failed || !taken;
}

/* A key or a value; operators are none. */
static void take_text(struct reader *r, char ret[static ATTR_FILTER_MAX + 1]) {
	bool word = r->token == TOKEN_WORD && !is_word(r, "AND") &&
		    !is_word(r, "OR") && !is_word(r, "NOT");
	want(r, word || r->token == TOKEN_TEXT);
	if (r->failed)
		return;
	const char *from = r->at, *end = r->at + r->len;
	if (!word) {
		from++;
		end--;
	}
	while (from < end) {
		from += !word && *from == '\\';
		*ret++ = *from++;
	}
	*ret = '\0';
	next(r);
}

static const char *attribute(const struct reader *r) {
	return json_string_value(json_object_get(r->attributes, r->key));
}

/* attributes.KEY */
static void take_attribute(struct reader *r) {
	want(r, take_word(r, "attributes"));
	want(r, !r->failed && take_char(r, '.'));
	if (!r->failed)
		take_text(r, r->key);
}

static bool has_prefix(struct reader *r) {
	char value[ATTR_FILTER_MAX + 1] = "";
	want(r, take_char(r, '('));
	if (!r->failed)
		take_attribute(r);
	want(r, !r->failed && take_char(r, ','));
	if (!r->failed)
		take_text(r, value);
	want(r, !r->failed && take_char(r, ')'));
	const char *got = r->failed ? NULL : attribute(r);
	return got && strncmp(got, value, strlen(value)) == 0;
}

static bool compare(struct reader *r) {
	char value[ATTR_FILTER_MAX + 1] = "";
	if (!take_char(r, '.')) {
		want(r, take_char(r, ':'));
		if (!r->failed)
			take_text(r, r->key);
		return !r->failed && attribute(r);
	}
	take_text(r, r->key);
	bool differs = !r->failed && r->token == TOKEN_NOT_EQUAL;
	if (differs)
		next(r);
	else
		want(r, !r->failed && take_char(r, '='));
	if (!r->failed)
		take_text(r, value);
	const char *got = r->failed ? NULL : attribute(r);
	return (got && strcmp(got, value) == 0) != differs;
}

static bool either(struct reader *r);

static bool one(struct reader *r) {
	if (r->failed)
		return false;
	if (take_word(r, "NOT") || take_char(r, '-'))
		return !one(r);
	if (take_char(r, '(')) {
		bool fits = either(r);
		want(r, !r->failed && take_char(r, ')'));
		return fits;
	}
	if (take_word(r, "hasPrefix"))
		return has_prefix(r);
	want(r, take_word(r, "attributes"));
	return !r->failed && compare(r);
}

/* All joined by the same operator; another one is where it cannot be. */
static bool either(struct reader *r) {
	bool fits = one(r);
	bool any = is_word(r, "OR");
	while (!r->failed && take_word(r, any ? "OR" : "AND")) {
		bool other = one(r);
		fits = any ? fits || other : fits && other;
	}
	return fits;
}

static void locate(const struct reader *r, struct attr_fault *ret) {
	ret->line = ret->column = 1;
	for (const char *s = r->text; s < r->at; s++) {
		if (*s == '\n') {
			ret->line++;
			ret->column = 0;
		}
		ret->column += ((unsigned char)*s & 0xc0) != 0x80;
	}
	(void)snprintf(
		ret->token, sizeof ret->token, "%.*s", (int)r->len, r->at);
}

int attr_filter(const char *filter, const json_t *attributes, bool *ret,
	struct attr_fault *ret_fault) {
	assert(strlen(filter) <= ATTR_FILTER_MAX);
	struct reader r = {
		.text = filter, .at = filter, .attributes = attributes};
	next(&r);
	bool fits = either(&r);
	if (!r.failed && r.token == TOKEN_END) {
		*ret = fits;
		return 0;
	}
	locate(&r, ret_fault);
	return ERR_SYNTAX;
}

bool attr_filter_fits(const char *filter, const json_t *message) {
	struct attr_fault fault;
	bool fits = true;
	return !filter ||
	       (attr_filter(filter, json_object_get(message, "attributes"),
			&fits, &fault) == 0 &&
		       fits);
}
