/* SPDX-License-Identifier: MIT */
/* The compact writers of jsn.h. jansson's own guards every container of a tree
 * against loops, which costs more than the writing; ours come from its parser
 * or are built a piece at a time, and have none. */
#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"

#define TEXT_MAX (SIZE_MAX / 2) /* a tree in memory has its own ceilings */

/* How the members of objects follow each other. */
enum order { AS_THEY_CAME, BY_NAME };

static int write_value(struct buf *b, const json_t *j, enum order order);

static void write_member(
	struct buf *b, const char *key, const json_t *v, enum order order) {
	(void)jsn_quote(b, key);
	(void)buf_addc(b, ':');
	(void)write_value(b, v, order);
}

static int compare(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int write_sorted(struct buf *b, const json_t *o) {
	size_t n = 0;
	const char *key;
	json_t *v;
	auto_free const char **keys =
		mem_zero(json_object_size(o), sizeof *keys);
	if (!keys)
		return b->failed = ERR_NOMEM;
	json_object_foreach ((json_t *)o, key, v)
		keys[n++] = key;
	qsort(keys, n, sizeof *keys, compare);
	(void)buf_addc(b, '{');
	for (size_t i = 0; i < n; i++) {
		if (i)
			(void)buf_addc(b, ',');
		write_member(b, keys[i], json_object_get(o, keys[i]), BY_NAME);
	}
	return buf_addc(b, '}');
}

static int write_object(struct buf *b, const json_t *o) {
	const char *key, *sep = "{";
	json_t *v;
	json_object_foreach ((json_t *)o, key, v) {
		(void)buf_adds(b, sep);
		write_member(b, key, v, AS_THEY_CAME);
		sep = ",";
	}
	return buf_adds(b, *sep == '{' ? "{}" : "}");
}

static int write_array(struct buf *b, const json_t *a, enum order order) {
	(void)buf_addc(b, '[');
	for (size_t i = 0; i < json_array_size(a); i++) {
		if (i)
			(void)buf_addc(b, ',');
		(void)write_value(b, json_array_get(a, i), order);
	}
	return buf_addc(b, ']');
}

/* 15 digits print 0.1 as 0.1; where they are those of another number, 17 are
 * enough for any (IEEE 754, section 5.12.2). */
static int write_real(struct buf *b, const json_t *j) {
	for (size_t digits = 15;; digits++) {
		auto_free char *text = json_dumps(
			j, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
		if (!text)
			return b->failed = ERR_NOMEM;
		if (digits == 17 || strtod(text, NULL) == json_real_value(j))
			return buf_adds(b, text);
	}
}

static int write_value(struct buf *b, const json_t *j, enum order order) {
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return order == BY_NAME ? write_sorted(b, j)
					: write_object(b, j);
	case JSON_ARRAY:
		return write_array(b, j, order);
	case JSON_STRING:
		return jsn_quote(b, json_string_value(j));
	case JSON_INTEGER:
		return buf_addf(
			b, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
	case JSON_REAL:
		return write_real(b, j);
	case JSON_TRUE:
		return buf_adds(b, "true");
	case JSON_FALSE:
		return buf_adds(b, "false");
	case JSON_NULL:
		break;
	}
	return buf_adds(b, "null");
}

int jsn_add(struct buf *b, const json_t *j) {
	return j ? write_value(b, j, AS_THEY_CAME) : (b->failed = ERR_NOMEM);
}

char *jsn_compact(const json_t *j) {
	auto_buf struct buf b;
	buf_init(&b, TEXT_MAX);
	(void)jsn_add(&b, j);
	return buf_take(&b, NULL);
}

char *jsn_indent(const json_t *j) {
	auto_buf struct buf b;
	buf_init(&b, TEXT_MAX);
	auto_free char *text = jsn_compact(j);
	if (!text || jsn_pretty(text, strlen(text), &b))
		return NULL;
	b.len--; /* the end of the line */
	return buf_take(&b, NULL);
}

char *jsn_canonical(const json_t *j) {
	auto_buf struct buf b;
	buf_init(&b, TEXT_MAX);
	if (j)
		(void)write_value(&b, j, BY_NAME);
	return j ? buf_take(&b, NULL) : NULL;
}
