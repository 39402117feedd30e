/* SPDX-License-Identifier: MIT */
/* JSON on top of jansson: parsing with messages that say where, accessors that
 * say which path was missing or of another type, and pretty printing of JSON
 * text without parsing it. */
#ifndef TRAINCTL_COMMON_JSN_H
#define TRAINCTL_COMMON_JSN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

static inline void jsn_decref_p(json_t **j) {
	json_decref(*j);
}
#define auto_json __attribute__((cleanup(jsn_decref_p)))

/* Parses one JSON object or array. Returns a new reference or NULL with
 * ERR_JSON (message has line and column) or ERR_NOMEM. Duplicate keys: the
 * last one wins, as in proto3 JSON, unless `strict` is set. */
json_t *jsn_parse(const char *p, size_t n, bool strict, struct err *e);

/* Accessors: `path` names the object itself in messages ("message", "" for the
 * root). The returned strings are borrowed. An explicit null counts as absent.
 * jsn_str: required. jsn_str_opt: *ret = NULL when absent. Each returns 0 or
 * ERR_SHAPE. Strings with an embedded NUL are refused by the parser. */
int jsn_str(const json_t *o, const char *path, const char *key,
	const char **ret, struct err *e);
int jsn_str_opt(const json_t *o, const char *path, const char *key,
	const char **ret, struct err *e);
/* The same for what cannot be helped: "" for none, or for no string. */
const char *jsn_text(const json_t *o, const char *key);
/* Integers written as numbers or as decimal strings (proto3 JSON int64). */
int jsn_i64_opt(const json_t *o, const char *path, const char *key,
	int64_t dflt, int64_t *ret, struct err *e);
/* A proto3 JSON duration ("3.5s") in microseconds; dflt when it is absent or no
 * duration: for objects that were checked before. */
int64_t jsn_duration(const json_t *o, const char *key, int64_t dflt);
/* *ret = NULL when absent. */
int jsn_obj_opt(const json_t *o, const char *path, const char *key,
	json_t **ret, struct err *e);

/* Text of j: compact, or 2-space indented. The caller frees it (mem_free);
 * NULL when memory ran out or j is NULL. Reals are printed with as many digits,
 * 15 to 17, as it takes to read the same number again. */
char *jsn_compact(const json_t *j);
char *jsn_indent(const json_t *j);
/* Appends the compact text. Returns what buf_add returns; a NULL is memory that
 * ran out where j was made. */
int jsn_add(struct buf *b, const json_t *j);
/* Compact with sorted keys: equal for equal values. */
char *jsn_canonical(const json_t *j);

/* Appends a JSON string literal of s, with quotes. Bytes that are not UTF-8
 * become U+FFFD. Returns what buf_add returns. */
int jsn_quote(struct buf *b, const char *s);

/* Whether a byte may stand for itself in a string literal of ASCII. */
extern const bool jsn_plain[256];
/* Bytes of the UTF-8 character at s, which is not ASCII; 0 if it is none. s is
 * NUL-terminated. */
size_t jsn_utf8_len(const char *s);
/* Bytes of s before the first that begins no UTF-8 character, as NUL. */
size_t jsn_text_len(const char *s);
/* Makes '?' of each such byte, as where a text is cut within a character. */
void jsn_mend(char *s);
/* A string of any text, mended. NULL if s is, and without memory. */
json_t *jsn_string(const char *s);

/* Appends compact JSON text re-indented by 2 spaces, as Google's services print
 * it: one member or element a line, {} and [] for empty ones, and a newline at
 * the end. The input must be valid JSON text. Returns what buf_add returns. */
int jsn_pretty(const char *p, size_t n, struct buf *ret);

#endif
