/* SPDX-License-Identifier: MIT */
/* The filter language of Google's list methods (AIP-160, and Cloud Logging's
 * query language, which is the same one): fields, comparisons, AND, OR, NOT.
 * Pure: which fields there are, and what a thing's values are, is asked from
 * the caller. Source of the grammar: https://google.aip.dev/160, and the page
 * "Logging query language".
 *
 *   expression: term { ["AND"] term }      AND is also implied
 *   with OR binding tighter than AND:      a AND b OR c  is  a AND (b OR c)
 *   and NOT or a leading '-' tightest:     NOT a OR b    is  (NOT a) OR b
 *   field OP value, or a value alone;      field=(x OR y) spreads the operator
 *   OP is = != < <= > >= or : (has);       field:* is there at all
 *   field is name.name."any name"; value is bare or in quotes, \ escapes
 *   -- begins a comment                    that ends with its line
 *
 * A field without a value fits no comparison, != included; NOT does. */
#ifndef TRAINCTL_EMULATOR_FILTER_H
#define TRAINCTL_EMULATOR_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define FILTER_DEPTH_MAX 50 /* of parentheses */
#define FILTER_NAMES_MAX 16 /* of a field's path */

enum filter_type {
	FILTER_STRING, /* its case counts, but not for ':' */
	FILTER_TEXT,   /* its case never counts */
	FILTER_NUMBER,
	FILTER_BOOL, /* number is 0 or 1 */
	FILTER_TIME,
	FILTER_DURATION,
	FILTER_ENUM, /* by name; the order is that of the numbers */
	FILTER_MAP,  /* the values are the keys; ':' only */
	FILTER_ANY,  /* a field whose values have types of their own */
};

/* labels."a.b" is two names. No name: a value that stands alone. */
struct filter_path {
	size_t len;
	const char *name[FILTER_NAMES_MAX];
};

struct filter_field {
	int id; /* the caller's own */
	enum filter_type type;
	const char *const *names; /* of an enum: the i-th is step * i */
	int step;
	bool unset; /* for the caller: one that is left out has its default */
};

struct filter_value {
	enum filter_type type;
	const char *text; /* string, text, key */
	double number;	  /* number, bool, enum */
	int64_t us;	  /* time, duration */
	bool unset;	  /* a default that nobody set: not there for ':*' */
};

struct filter_lang {
	size_t chars_max;
	bool stars; /* a '*' at an end is a wildcard with = and != too */
	/* What a path is; false when there is no such field. It may put other
	 * spellings of the names in their place. */
	bool (*find)(
		void *ctx, struct filter_path *p, struct filter_field *ret);
	void *ctx;
};

/* The n-th value of a field (most have one); false when there is none. Texts
 * are borrowed until the next call. */
typedef bool filter_get(void *ctx, const struct filter_field *field,
	const struct filter_path *p, size_t n, struct filter_value *ret);

struct filter;

/* An empty text is a filter that everything fits. Returns 0, ERR_SYNTAX (the
 * message says line, column and token), ERR_TOOBIG, ERR_NOTFOUND (no such
 * field), ERR_SHAPE (a value or operator that does not go with the field),
 * ERR_STATE (regular expressions and functions: not emulated) or ERR_NOMEM. */
int filter_parse(const struct filter_lang *lang, const char *text,
	struct filter **ret, struct err *e);
void filter_free(struct filter *f); /* NULL is a no-op */

bool filter_match(const struct filter *f, filter_get *get, void *ctx);

/* What a field must be equal to in all that fits, or NULL. */
const char *filter_equal(const struct filter *f, int id);
/* The shortest span that holds a time field in all that fits. */
void filter_span(
	const struct filter *f, int id, int64_t *ret_from, int64_t *ret_to);
/* Upper bounds of a time field between two instants become another. */
void filter_move_bounds(
	struct filter *f, int id, int64_t from_us, int64_t to_us, int64_t us);

static inline void filter_free_p(struct filter **f) {
	filter_free(*f);
}
#define auto_filter __attribute__((cleanup(filter_free_p)))

#endif
