/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/filter.h"
#include "tests/unit/unit.h"

#define CHARS_MAX 300
#define DAY_US 1773014400000000LL /* 2026-03-09T00:00:00Z */

enum { NAME = 1, TITLE, SIZE, DONE, AT, TOOK, STATE, LABELS, TAGS, DATA, ALL };

static const char *const states[] = {"NONE", "NEW", "OPEN", "SHUT", NULL};

static const struct {
	const char *name;
	struct filter_field field;
	bool deep; /* it has members */
} fields[] = {
	{"name", {NAME, FILTER_STRING, NULL, 0}, false},
	{"title", {TITLE, FILTER_TEXT, NULL, 0}, false},
	{"size", {SIZE, FILTER_NUMBER, NULL, 0}, false},
	{"done", {DONE, FILTER_BOOL, NULL, 0}, false},
	{"at", {AT, FILTER_TIME, NULL, 0}, false},
	{"took", {TOOK, FILTER_DURATION, NULL, 0}, false},
	{"state", {STATE, FILTER_ENUM, states, 100}, false},
	{"labels", {LABELS, FILTER_MAP, NULL, 0}, true},
	{"tags", {TAGS, FILTER_STRING, NULL, 0}, false},
	{"data", {DATA, FILTER_MAP, NULL, 0}, true},
};

static bool find(void *ctx, struct filter_path *p, struct filter_field *ret) {
	(void)ctx;
	if (p->len == 0) {
		*ret = (struct filter_field){ALL, FILTER_TEXT, NULL, 0};
		return true;
	}
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (strcmp(fields[i].name, p->name[0]) != 0)
			continue;
		*ret = fields[i].field;
		if (p->len > 1 && fields[i].deep)
			ret->type =
				ret->id == DATA ? FILTER_ANY : FILTER_STRING;
		return p->len == 1 || fields[i].deep;
	}
	return false;
}

static const struct filter_lang lang = {
	.chars_max = CHARS_MAX, .stars = true, .find = find};

static bool value_of(const struct filter_field *f, const json_t *v,
	struct filter_value *ret) {
	const char *text = json_string_value(v);
	*ret = (struct filter_value){.type = f->type, .text = text};
	switch (f->type) {
	case FILTER_NUMBER:
		ret->number = json_number_value(v);
		break;
	case FILTER_BOOL:
		ret->number = json_is_true(v);
		break;
	case FILTER_TIME:
		return !when_parse(text, &ret->us, NULL);
	case FILTER_DURATION:
		return !duration_parse_proto(text, &ret->us, NULL);
	case FILTER_ENUM:
		for (int i = 0; states[i]; i++)
			if (!strcmp(states[i], text))
				ret->number = 100.0 * i;
		break;
	case FILTER_ANY:
		ret->type = json_is_number(v)	 ? FILTER_NUMBER
			    : json_is_boolean(v) ? FILTER_BOOL
						 : FILTER_STRING;
		ret->number = json_is_number(v) ? json_number_value(v)
						: json_is_true(v);
		break;
	case FILTER_STRING:
	case FILTER_TEXT:
	case FILTER_MAP:
		break;
	}
	return v != NULL;
}

/* The n-th key, or the n-th text of a whole thing. */
static bool nth(const json_t *o, bool keys, size_t n, const char **ret) {
	void *i = json_object_iter((json_t *)o);
	for (; i && n; n--)
		i = json_object_iter_next((json_t *)o, i);
	*ret = !i     ? NULL
	       : keys ? json_object_iter_key(i)
		      : json_string_value(json_object_iter_value(i));
	return *ret != NULL;
}

static bool get(void *ctx, const struct filter_field *f,
	const struct filter_path *p, size_t n, struct filter_value *ret) {
	const json_t *v = ctx;
	*ret = (struct filter_value){.type = f->type};
	if (f->id == ALL)
		return nth(v, false, n, &ret->text);
	for (size_t i = 0; i < p->len; i++)
		v = json_object_get(v, p->name[i]);
	if (f->type == FILTER_MAP)
		return nth(v, true, n, &ret->text);
	if (json_is_array(v))
		return value_of(f, json_array_get(v, n), ret);
	return n == 0 && v && value_of(f, v, ret);
}

static struct filter *parse(const char *text) {
	struct err e = {0};
	struct filter *f = NULL;
	int rc = filter_parse(&lang, text, &f, &e);
	ck_assert_msg(rc == 0, "%s: %s", text, e.msg);
	return f;
}

static void match(void *ctx, char *const *cols) {
	(void)ctx;
	auto_filter struct filter *f = parse(cols[0]);
	auto_json json_t *thing =
		jsn_parse(cols[1], strlen(cols[1]), true, NULL);
	ck_assert_msg(thing != NULL, "%s: no JSON", cols[1]);
	const char *got = filter_match(f, get, thing) ? "yes" : "no";
	ck_assert_msg(!strcmp(got, cols[2]), "%s on %s: got %s, want %s",
		cols[0], cols[1], got, cols[2]);
}

START_TEST(matches) {
	unit_tsv("filter/match.tsv", 3, match, NULL);
}
END_TEST

static int code_of(const char *name) {
	static const struct {
		const char *name;
		int code;
	} codes[] = {{"SYNTAX", ERR_SYNTAX}, {"NOTFOUND", ERR_NOTFOUND},
		{"SHAPE", ERR_SHAPE}, {"STATE", ERR_STATE}};
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (!strcmp(codes[i].name, name))
			return codes[i].code;
	ck_abort_msg("what is %s?", name);
	return 0;
}

static void error(void *ctx, char *const *cols) {
	(void)ctx;
	struct filter *f = NULL;
	struct err e = {0};
	char *end = strstr(cols[0], "\\n");
	if (end) {
		end[0] = ' ';
		end[1] = '\n';
	}
	int rc = filter_parse(&lang, cols[0], &f, &e);
	ck_assert_msg(
		rc == code_of(cols[1]), "%s: %d (%s)", cols[0], rc, e.msg);
	ck_assert_str_eq(e.msg, cols[2]);
	ck_assert_ptr_null(f);
}

START_TEST(errors) {
	unit_tsv("filter/errors.tsv", 3, error, NULL);
}
END_TEST

/* An instant of the table, or what stands for "no bound". */
static int64_t instant(const char *s, int64_t none) {
	double us = strtod(s, NULL) * 1e6;
	return strcmp(s, "-") ? DAY_US + (int64_t)(us + 0.5) : none;
}

static void bound(void *ctx, char *const *cols) {
	(void)ctx;
	auto_filter struct filter *f = parse(cols[0]);
	const char *name = filter_equal(f, NAME);
	ck_assert_str_eq(name ? name : "-", cols[1]);
	int64_t from, to;
	filter_span(f, AT, &from, &to);
	ck_assert_msg(from == instant(cols[2], INT64_MIN), "%s", cols[0]);
	ck_assert_msg(to == instant(cols[3], INT64_MAX), "%s", cols[0]);
}

START_TEST(bounds) {
	unit_tsv("filter/bounds.tsv", 4, bound, NULL);
}
END_TEST

START_TEST(moved_bounds) {
	auto_filter struct filter *f = parse("at<\"2026-03-09T00:00:10Z\" "
					     "OR at>=\"2026-03-09T00:00:30Z\"");
	auto_json json_t *late =
		json_pack("{s:s}", "at", "2026-03-09T00:00:20Z");
	ck_assert(!filter_match(f, get, late));
	/* only upper bounds, and only between the two */
	filter_move_bounds(f, AT, DAY_US + 10000001, DAY_US + 60000000, 0);
	ck_assert(!filter_match(f, get, late));
	filter_move_bounds(
		f, AT, DAY_US + 10000000, DAY_US + 60000000, WHEN_MAX_US);
	ck_assert(filter_match(f, get, late));
	filter_move_bounds(f, NAME, 0, WHEN_MAX_US, 0);
	ck_assert(filter_match(f, get, late));
}
END_TEST

/* n times `part` in parentheses, or after one another. */
static int parse_many(int n, const char *before, const char *part,
	const char *after, struct err *e) {
	auto_buf struct buf b;
	buf_init(&b, 100000);
	for (int i = 0; i < n; i++)
		buf_adds(&b, before);
	buf_adds(&b, part);
	for (int i = 0; i < n; i++)
		buf_adds(&b, after);
	struct filter *f = NULL;
	int rc = filter_parse(&lang, buf_str(&b), &f, e);
	filter_free(f);
	return rc;
}

START_TEST(limits) {
	struct err e = {0};
	ck_assert_int_eq(
		parse_many(FILTER_DEPTH_MAX, "(", "size=1", ")", &e), 0);
	ck_assert_int_eq(
		parse_many(FILTER_DEPTH_MAX + 1, "(", "size=1", ")", &e),
		ERR_TOOBIG);
	ck_assert_str_eq(e.msg, "parentheses are nested too deep at line 1, "
				"column 51, token '('");
	/* characters, not bytes */
	ck_assert_int_eq(
		parse_many(CHARS_MAX - 5, "", "name=", "\u00e4", &e), 0);
	ck_assert_int_eq(parse_many(CHARS_MAX - 4, "", "name=", "\u00e4", &e),
		ERR_TOOBIG);
	ck_assert_str_eq(e.msg, "the filter is longer than 300 characters");
}
END_TEST

static bool no_words(
	void *ctx, struct filter_path *p, struct filter_field *ret) {
	return p->len > 0 && find(ctx, p, ret);
}

START_TEST(words_and_stars_are_the_language_s_choice) {
	struct filter_lang plain = {.chars_max = 100, .find = no_words};
	struct filter *f = NULL;
	struct err e = {0};
	ck_assert_int_eq(filter_parse(&plain, "hello", &f, &e), ERR_SYNTAX);
	ck_assert_str_eq(e.msg,
		"an operator is missing at line 1, column 6, at the end");
	ck_assert_int_eq(filter_parse(&plain, "name=\"a*\"", &f, &e), 0);
	ck_assert_str_eq(filter_equal(f, NAME), "a*");
	filter_free(f);
}
END_TEST

static int parse_all(void *ctx, struct err *e) {
	auto_filter struct filter *f = NULL;
	int rc = filter_parse(&lang,
		"name=(a OR b) (size>1 OR NOT done=true) labels.x:* word", &f,
		e);
	ck_assert(rc == 0 || f == NULL);
	*(bool *)ctx = f != NULL;
	return rc;
}

START_TEST(out_of_memory) {
	bool parsed = false;
	ck_assert_int_gt(unit_nomem(parse_all, &parsed), 2);
	ck_assert(parsed);
	filter_free(NULL);
}
END_TEST

int main(void) {
	Suite *s = suite_create("filter");
	unit_add(s, matches);
	unit_add(s, errors);
	unit_add(s, bounds);
	unit_add(s, moved_bounds);
	unit_add(s, limits);
	unit_add(s, words_and_stars_are_the_language_s_choice);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
