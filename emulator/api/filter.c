/* SPDX-License-Identifier: MIT */
/* The parser: text to a tree. What a leaf's value means, and matching, is in
 * filter_match.c. */
#include "emulator/api/filter.h"

#include <string.h>

#include "common/mem.h"
#include "emulator/api/filter_int.h"

#define TOKEN_SHOWN 40 /* bytes of a token in a message */

struct parser {
	const struct filter_lang *lang;
	const char *text, *at;
	struct filter *f;
	char *room; /* where the next name or value is put */
	int depth;
	const struct filter_leaf *bound; /* inside field=( ... ) */
	struct err *e;
};

static bool is_space(char c) {
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* UTF-8 characters of the first n bytes. */
static size_t chars_in(const char *s, size_t n) {
	size_t chars = 0;
	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)s[i] & 0xc0) != 0x80;
	return chars;
}

/* " at line 1, column 7, token 'x'" is where every message ends. */
static int fail_at(
	struct parser *p, const char *at, int code, const char *what) {
	const char *line = p->text;
	int lines = 1;
	for (const char *s = p->text; s < at; s++) {
		if (*s != '\n')
			continue;
		line = s + 1;
		lines++;
	}
	size_t column = chars_in(line, (size_t)(at - line)) + 1;
	size_t n = strcspn(at, " \t\n\r()");
	if (n == 0 && *at)
		n = 1;
	while (n > TOKEN_SHOWN || (n && ((unsigned char)at[n] & 0xc0) == 0x80))
		n--;
	if (!*at)
		err_set(p->e, code, "%s at line %d, column %zu, at the end",
			what, lines, column);
	else
		err_set(p->e, code, "%s at line %d, column %zu, token '%.*s'",
			what, lines, column, (int)n, at);
	return -code;
}

static int fail_syntax(struct parser *p) {
	return fail_at(p, p->at, ERR_SYNTAX, "syntax error");
}

static void skip_space(struct parser *p) {
	for (;;) {
		while (is_space(*p->at))
			p->at++;
		if (strncmp(p->at, "--", 2) != 0)
			return;
		p->at += strcspn(p->at, "\n");
	}
}

/* Takes a keyword that stands alone. */
static bool take_word(struct parser *p, const char *word) {
	size_t n = strlen(word);
	if (strncmp(p->at, word, n) != 0)
		return false;
	char c = p->at[n];
	if (c && !is_space(c) && c != '(' && c != ')')
		return false;
	p->at += n;
	return true;
}

static bool is_keyword(struct parser *p) {
	const char *at = p->at;
	bool is = take_word(p, "AND") || take_word(p, "OR") ||
		  take_word(p, "NOT");
	p->at = at;
	return is;
}

/* A new node; its number, or -ERR_NOMEM. */
static int add_node(struct parser *p, enum node_kind kind, int first) {
	struct filter *f = p->f;
	if (f->len == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 8;
		struct filter_node *n =
			mem_resize(f->nodes, cap * sizeof *f->nodes);
		if (!n)
			return -err_nomem(p->e);
		f->nodes = n;
		f->cap = cap;
	}
	f->nodes[f->len] =
		(struct filter_node){.kind = kind, .first = first, .next = -1};
	return (int)f->len++;
}

static char unescape(char c) {
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	}
	return c;
}

/* Copies a quoted string or a bare word that ends at one of `stops`. NULL when
 * there is none, or the quote does not end. */
static char *take_text(struct parser *p, const char *stops) {
	char *start = p->room, *to = start;
	const char *s = p->at;
	char quote = *s == '"' || *s == '\'' ? *s++ : '\0';
	if (quote) {
		for (; *s && *s != quote; s++) {
			bool escape = *s == '\\' && s[1];
			*to++ = escape ? unescape(*++s) : *s;
		}
		if (!*s++)
			return NULL;
	} else {
		size_t n = strcspn(s, stops);
		if (n == 0)
			return NULL;
		memcpy(to, s, n);
		to += n;
		s += n;
	}
	*to++ = '\0';
	p->at = s;
	p->room = to;
	return start;
}

static int take_value(struct parser *p, struct filter_leaf *l) {
	const char *at = p->at;
	l->text = is_keyword(p) ? NULL : take_text(p, " \t\n\v\f\r()\"=<>!");
	if (!l->text)
		return fail_syntax(p);
	struct err why;
	if (filter_read_value(l, p->lang->stars, &why))
		return fail_at(p, at, ERR_SHAPE, why.msg);
	int n = add_node(p, NODE_LEAF, -1);
	if (n >= 0)
		p->f->nodes[n].leaf = *l;
	return n;
}

static int take_path(struct parser *p, struct filter_path *ret) {
	static const char stops[] = " \t\n\v\f\r()\"'=<>!:~,.";
	for (*ret = (struct filter_path){0};; p->at++) {
		char *name = ret->len < FILTER_NAMES_MAX ? take_text(p, stops)
							 : NULL;
		if (!name)
			return fail_syntax(p);
		ret->name[ret->len++] = name;
		if (*p->at != '.')
			return 0;
	}
}

/* The operator at hand: 1 and *ret, 0 when there is none, or an error. */
static int take_op(struct parser *p, enum filter_op *ret) {
	static const struct {
		const char *text;
		enum filter_op op;
	} ops[] = {{"!=", OP_NE}, {"<=", OP_LE}, {">=", OP_GE}, {"=", OP_EQ},
		{"<", OP_LT}, {">", OP_GT}, {":", OP_HAS}};
	if (!strncmp(p->at, "=~", 2) || !strncmp(p->at, "!~", 2))
		return fail_at(p, p->at, ERR_STATE,
			"regular expressions are not emulated");
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		size_t n = strlen(ops[i].text);
		if (strncmp(p->at, ops[i].text, n) != 0)
			continue;
		p->at += n;
		*ret = ops[i].op;
		return 1;
	}
	return 0;
}

static int parse_expression(struct parser *p);

/* From an opening parenthesis to its partner. */
static int parse_group(struct parser *p) {
	if (++p->depth > FILTER_DEPTH_MAX)
		return fail_at(p, p->at, ERR_TOOBIG,
			"parentheses are nested too deep");
	p->at++;
	int n = parse_expression(p);
	if (n < 0)
		return n;
	if (*p->at != ')')
		return fail_syntax(p);
	p->at++;
	p->depth--;
	return n;
}

/* A value without a field: what is between start and here. */
static int parse_alone(
	struct parser *p, struct filter_leaf *l, const char *start) {
	const char *end = p->at;
	l->path.len = 0;
	l->op = OP_HAS;
	if (!p->lang->find(p->lang->ctx, &l->path, &l->field))
		return fail_at(p, end, ERR_SYNTAX, "an operator is missing");
	p->at = start;
	return take_value(p, l);
}

static int parse_restriction(struct parser *p) {
	const char *start = p->at;
	struct filter_leaf l = {0};
	enum filter_op op = OP_HAS;
	if (p->bound) {
		l = *p->bound;
		return take_value(p, &l);
	}
	int rc = take_path(p, &l.path);
	if (rc)
		return rc;
	if (*p->at == '(')
		return fail_at(
			p, start, ERR_STATE, "functions are not emulated");
	const char *end = p->at;
	skip_space(p);
	rc = take_op(p, &op);
	if (rc < 0)
		return rc;
	if (rc == 0) {
		p->at = end;
		return parse_alone(p, &l, start);
	}
	l.op = op;
	if (!p->lang->find(p->lang->ctx, &l.path, &l.field))
		return fail_at(p, start, ERR_NOTFOUND, "unknown field");
	skip_space(p);
	if (*p->at != '(')
		return take_value(p, &l);
	p->bound = &l;
	rc = parse_group(p);
	p->bound = NULL;
	return rc;
}

static int parse_term(struct parser *p) {
	bool no = take_word(p, "NOT");
	if (!no && *p->at == '-' && !p->bound) {
		p->at++;
		no = true;
	}
	skip_space(p);
	if (is_keyword(p))
		return fail_syntax(p);
	int n = *p->at == '(' ? parse_group(p) : parse_restriction(p);
	return n >= 0 && no ? add_node(p, NODE_NOT, n) : n;
}

typedef int parse_part(struct parser *p);

/* Parts with a keyword between them, which may be left out where `optional`. */
static int parse_chain(struct parser *p, parse_part *part, enum node_kind kind,
	const char *word, bool optional) {
	int first = part(p), last = first, group = -1;
	while (first >= 0) {
		skip_space(p);
		bool more = take_word(p, word);
		if (!more && (!optional || !*p->at || *p->at == ')'))
			break;
		skip_space(p);
		int n = part(p);
		if (n < 0)
			return n;
		if (group < 0 && (group = add_node(p, kind, first)) < 0)
			return group;
		p->f->nodes[last].next = n;
		last = n;
	}
	return group >= 0 ? group : first;
}

static int parse_or(struct parser *p) {
	return parse_chain(p, parse_term, NODE_OR, "OR", false);
}

static int parse_expression(struct parser *p) {
	skip_space(p);
	return parse_chain(p, parse_or, NODE_AND, "AND", true);
}

static int parse_all(struct parser *p) {
	skip_space(p);
	p->f->root = -1;
	if (!*p->at)
		return 0;
	int n = parse_expression(p);
	if (n < 0)
		return -n;
	if (*p->at)
		return -fail_syntax(p);
	p->f->root = n;
	return 0;
}

int filter_parse(const struct filter_lang *lang, const char *text,
	struct filter **ret, struct err *e) {
	size_t len = strlen(text);
	if (chars_in(text, len) > lang->chars_max)
		return err_set(e, ERR_TOOBIG,
			"the filter is longer than %zu characters",
			lang->chars_max);
	auto_filter struct filter *f = mem_zero(1, sizeof *f);
	if (!f)
		return err_nomem(e);
	/* a word that stands alone is read as a path first, then as a value;
	 * each text ends with a NUL */
	f->texts = mem_alloc(4 * len + 4);
	if (!f->texts)
		return err_nomem(e);
	struct parser p = {.lang = lang,
		.text = text,
		.at = text,
		.f = f,
		.room = f->texts,
		.e = e};
	int rc = parse_all(&p);
	if (!rc)
		*ret = TAKE(f);
	return rc;
}

void filter_free(struct filter *f) {
	if (!f)
		return;
	mem_free(f->nodes);
	mem_free(f->texts);
	mem_free(f);
}
