/* SPDX-License-Identifier: MIT */
/* Reads JSON text one value after the other, without making a tree of it, and
 * says what is wrong in the words of Google's front end. RFC 8259 to the
 * letter; a number too large for 64 bits is a real. Source of the words: the
 * tests of protobuf's JSON stream parser (json_stream_parser_test.cc). */
#ifndef TRAINCTL_EMULATOR_SCAN_H
#define TRAINCTL_EMULATOR_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/* Containers within one another, the outermost counted. */
#define SCAN_DEPTH_MAX 101

struct scan {
	const char *text; /* as it was given, for messages */
	size_t len;
	char *copy; /* of it: strings are unescaped and ended where they are */
	char *at;
	const char *key; /* the last member's */
	int depth;
	const char *wrong; /* NULL as long as all is well */
	size_t wrong_at;
	bool nomem; /* memory ran out: nothing more is read */
};

/* The first character tells what a value is. */
enum scan_kind {
	SCAN_OBJECT,
	SCAN_ARRAY,
	SCAN_PLAIN, /* also what is no value: scan_value tells */
	SCAN_NULL,
};

/* Begins to read; the text is borrowed until scan_done. Returns 0 or
 * ERR_NOMEM. */
int scan_init(struct scan *s, const char *text, size_t len);
void scan_done(struct scan *s);

/* What comes next, which stays to be read. */
enum scan_kind scan_peek(struct scan *s);

/* Enters the object or array that comes next. False after an error. */
bool scan_enter(struct scan *s);
/* Goes to the next member or element: its value comes next. False at the end
 * of the container, which is left, and after an error. `first` is true for the
 * first call after scan_enter. The key stays until scan_done. */
bool scan_member(struct scan *s, bool first, const char **ret_key);
bool scan_element(struct scan *s, bool first);

/* Reads the next value as a tree of its own: a new reference. NULL after an
 * error. Of members with the same key the last one stays. */
json_t *scan_value(struct scan *s);

/* Whether the text was read to its end and held one good value. */
bool scan_finish(struct scan *s);

/* Appends the words for what is wrong: what was expected, the text around the
 * place, and a mark below it. */
void scan_explain(const struct scan *s, struct buf *ret);

#endif
