/* SPDX-License-Identifier: MIT */
/* What a filter's values mean, and whether a thing fits. Case is that of ASCII
 * letters. */
#include "config.h" /* first: it makes strcasestr known */

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/when.h"
#include "emulator/api/filter_int.h"

static bool read_number(const char *s, double *ret) {
	/* strtod alone would take "inf", "nan" and hexadecimal */
	if (!*s || s[strspn(s, "+-.0123456789eE")])
		return false;
	char *end;
	*ret = strtod(s, &end);
	return !*end && isfinite(*ret);
}

static bool read_bool(const char *s, double *ret) {
	*ret = !strcasecmp(s, "true");
	return *ret != 0 || !strcasecmp(s, "false");
}

static bool read_duration(const char *s, int64_t *ret) {
	return !duration_parse_proto(s, ret, NULL) ||
	       !duration_parse(s, ret, NULL);
}

static bool read_enum(
	const struct filter_field *f, const char *s, double *ret) {
	for (int i = 0; f->names[i]; i++) {
		if (strcasecmp(f->names[i], s) != 0)
			continue;
		*ret = (double)i * f->step;
		return true;
	}
	return false;
}

static void take_stars(struct filter_leaf *l) {
	size_t n = strlen(l->text);
	if (n && l->text[n - 1] == '*') {
		l->text[--n] = '\0';
		l->stars |= STAR_AFTER;
	}
	if (n && l->text[0] == '*') {
		l->text++;
		l->stars |= STAR_BEFORE;
	}
}

static bool read_typed(struct filter_leaf *l, const char **ret_what) {
	switch (l->field.type) {
	case FILTER_STRING:
	case FILTER_TEXT:
	case FILTER_MAP:
		return true;
	case FILTER_NUMBER:
		*ret_what = "this is not a number";
		return read_number(l->text, &l->number);
	case FILTER_BOOL:
		*ret_what = "this is neither true nor false";
		return read_bool(l->text, &l->number);
	case FILTER_TIME:
		*ret_what = "this is not an RFC 3339 time";
		return !when_parse(l->text, &l->us, NULL);
	case FILTER_DURATION:
		*ret_what = "this is not a duration";
		return read_duration(l->text, &l->us);
	case FILTER_ENUM:
		*ret_what = "this is none of the field's values";
		return l->stars || read_enum(&l->field, l->text, &l->number);
	case FILTER_ANY:
		l->is_number = read_number(l->text, &l->number) ||
			       read_bool(l->text, &l->number);
		return true;
	}
	return true;
}

static bool has_order(enum filter_type t) {
	return t != FILTER_BOOL && t != FILTER_MAP;
}

int filter_read_value(struct filter_leaf *l, bool stars, struct err *e) {
	bool equal = l->op == OP_EQ || l->op == OP_NE;
	enum filter_type t = l->field.type;
	l->stars = 0;
	if (t == FILTER_MAP && l->op != OP_HAS)
		return err_set(
			e, ERR_SHAPE, "this field is compared with ':' only");
	if (!equal && l->op != OP_HAS && !has_order(t))
		return err_set(e, ERR_SHAPE, "this field has no order");
	l->there = l->op == OP_HAS && !strcmp(l->text, "*");
	if (l->there)
		return 0;
	if (l->op == OP_HAS || (stars && equal))
		take_stars(l);
	const char *what = "";
	return read_typed(l, &what) ? 0 : err_set(e, ERR_SHAPE, "%s", what);
}

/* Whether s has the leaf's text where its stars say. */
static bool fits_stars(const struct filter_leaf *l, const char *s, bool fold) {
	int (*cmp)(const char *, const char *, size_t) =
		fold ? strncasecmp : strncmp;
	size_t n = strlen(s), want = strlen(l->text);
	if (n < want)
		return false;
	switch (l->stars) {
	case STAR_AFTER:
		return !cmp(s, l->text, want);
	case STAR_BEFORE:
		return !cmp(s + n - want, l->text, want);
	case STAR_BEFORE | STAR_AFTER:
		return fold ? strcasestr(s, l->text) != NULL
			    : strstr(s, l->text) != NULL;
	}
	return n == want && !cmp(s, l->text, n);
}

static bool fits_order(enum filter_op op, int order) {
	switch (op) {
	case OP_HAS:
	case OP_EQ:
		return order == 0;
	case OP_NE:
		return order != 0;
	case OP_LT:
		return order < 0;
	case OP_LE:
		return order <= 0;
	case OP_GT:
		return order > 0;
	case OP_GE:
		return order >= 0;
	}
	return false;
}

static bool fits_text(
	const struct filter_leaf *l, const struct filter_value *v) {
	bool fold = l->op == OP_HAS || v->type == FILTER_TEXT;
	if (l->stars)
		return fits_stars(l, v->text, fold) == (l->op != OP_NE);
	if (l->op == OP_HAS)
		return strcasestr(v->text, l->text) != NULL;
	return fits_order(l->op,
		fold ? strcasecmp(v->text, l->text) : strcmp(v->text, l->text));
}

static bool fits_enum(
	const struct filter_leaf *l, const struct filter_value *v) {
	int n = (int)v->number / l->field.step;
	if (l->stars)
		return fits_stars(l, l->field.names[n], true) ==
		       (l->op != OP_NE);
	return fits_order(
		l->op, (v->number > l->number) - (v->number < l->number));
}

static bool fits_value(
	const struct filter_leaf *l, const struct filter_value *v) {
	switch (v->type) {
	case FILTER_STRING:
	case FILTER_TEXT:
		return fits_text(l, v);
	case FILTER_MAP:
		return fits_stars(l, v->text, false);
	case FILTER_ENUM:
		return fits_enum(l, v);
	case FILTER_NUMBER:
	case FILTER_BOOL:
		if (l->field.type == FILTER_ANY && !l->is_number)
			return l->op == OP_NE;
		return fits_order(l->op,
			(v->number > l->number) - (v->number < l->number));
	case FILTER_TIME:
	case FILTER_DURATION:
		return fits_order(l->op, (v->us > l->us) - (v->us < l->us));
	case FILTER_ANY:
		break;
	}
	return false;
}

/* Of several values one must fit; but for != every one. */
static bool fits_leaf(const struct filter_leaf *l, filter_get *get, void *ctx) {
	bool all = l->op == OP_NE;
	struct filter_value v;
	size_t n = 0;
	for (; get(ctx, &l->field, &l->path, n, &v); n++) {
		if (l->there && !v.unset)
			return true;
		if (!l->there && fits_value(l, &v) != all)
			return !all;
	}
	return all && n > 0;
}

static bool fits(const struct filter *f, int at, filter_get *get, void *ctx) {
	const struct filter_node *n = &f->nodes[at];
	switch (n->kind) {
	case NODE_LEAF:
		return fits_leaf(&n->leaf, get, ctx);
	case NODE_NOT:
		return !fits(f, n->first, get, ctx);
	case NODE_AND:
	case NODE_OR:
		break;
	}
	bool any = n->kind == NODE_OR;
	for (int i = n->first; i >= 0; i = f->nodes[i].next)
		if (fits(f, i, get, ctx) == any)
			return any;
	return !any;
}

bool filter_match(const struct filter *f, filter_get *get, void *ctx) {
	return f->root < 0 || fits(f, f->root, get, ctx);
}

static const char *equal_at(const struct filter *f, int at, int id) {
	const struct filter_node *n = &f->nodes[at];
	const char *text = NULL;
	switch (n->kind) {
	case NODE_LEAF:
		return n->leaf.field.id == id && n->leaf.op == OP_EQ &&
				       !n->leaf.stars
			       ? n->leaf.text
			       : NULL;
	case NODE_NOT:
		return NULL;
	case NODE_AND:
		for (int i = n->first; i >= 0 && !text; i = f->nodes[i].next)
			text = equal_at(f, i, id);
		return text;
	case NODE_OR:
		break;
	}
	for (int i = n->first; i >= 0; i = f->nodes[i].next) {
		const char *one = equal_at(f, i, id);
		if (!one || (text && strcmp(one, text) != 0))
			return NULL;
		text = one;
	}
	return text;
}

const char *filter_equal(const struct filter *f, int id) {
	return f->root < 0 ? NULL : equal_at(f, f->root, id);
}

struct span {
	int64_t from, to;
};

static const struct span always = {INT64_MIN, INT64_MAX};

static struct span span_leaf(const struct filter_leaf *l, int id) {
	if (l->field.id != id || l->there)
		return always;
	switch (l->op) {
	case OP_HAS:
	case OP_EQ:
		return (struct span){l->us, l->us};
	case OP_LT:
		return (struct span){INT64_MIN, l->us - 1};
	case OP_LE:
		return (struct span){INT64_MIN, l->us};
	case OP_GT:
		return (struct span){l->us + 1, INT64_MAX};
	case OP_GE:
		return (struct span){l->us, INT64_MAX};
	case OP_NE:
		break;
	}
	return always;
}

static struct span span_at(const struct filter *f, int at, int id) {
	const struct filter_node *n = &f->nodes[at];
	if (n->kind == NODE_LEAF)
		return span_leaf(&n->leaf, id);
	if (n->kind == NODE_NOT)
		return always;
	struct span all = span_at(f, n->first, id);
	for (int i = f->nodes[n->first].next; i >= 0; i = f->nodes[i].next) {
		struct span s = span_at(f, i, id);
		bool both = n->kind == NODE_AND;
		if (both == (s.from > all.from))
			all.from = s.from;
		if (both == (s.to < all.to))
			all.to = s.to;
	}
	return all;
}

void filter_span(
	const struct filter *f, int id, int64_t *ret_from, int64_t *ret_to) {
	struct span s = f->root < 0 ? always : span_at(f, f->root, id);
	*ret_from = s.from;
	*ret_to = s.to;
}

void filter_move_bounds(
	struct filter *f, int id, int64_t from_us, int64_t to_us, int64_t us) {
	for (size_t i = 0; i < f->len; i++) {
		struct filter_leaf *l = &f->nodes[i].leaf;
		if (f->nodes[i].kind == NODE_LEAF && l->field.id == id &&
			!l->there && (l->op == OP_LT || l->op == OP_LE) &&
			l->us >= from_us && l->us <= to_us)
			l->us = us;
	}
}
