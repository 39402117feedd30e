/* SPDX-License-Identifier: MIT */
/* The compact writer of jsn.h. jansson's own guards every container of a tree
 * against loops, which costs more than the writing; ours come from its parser
 * or are built a piece at a time, and have none. */
#include "common/jsn.h"
#include "common/mem.h"

#define TEXT_MAX (SIZE_MAX / 2) /* a tree in memory has its own ceilings */

static int write_value(struct buf *b, const json_t *j);

static int write_object(struct buf *b, const json_t *o) {
	const char *key, *sep = "{";
	json_t *v;
	json_object_foreach ((json_t *)o, key, v) {
		(void)buf_adds(b, sep);
		(void)jsn_quote(b, key);
		(void)buf_addc(b, ':');
		(void)write_value(b, v);
		sep = ",";
	}
	return buf_adds(b, *sep == '{' ? "{}" : "}");
}

static int write_array(struct buf *b, const json_t *a) {
	(void)buf_addc(b, '[');
	for (size_t i = 0; i < json_array_size(a); i++) {
		if (i)
			(void)buf_addc(b, ',');
		(void)write_value(b, json_array_get(a, i));
	}
	return buf_addc(b, ']');
}

static int write_real(struct buf *b, const json_t *j) {
	auto_free char *text =
		json_dumps(j, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	return text ? buf_adds(b, text) : (b->failed = ERR_NOMEM);
}

static int write_value(struct buf *b, const json_t *j) {
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return write_object(b, j);
	case JSON_ARRAY:
		return write_array(b, j);
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
	return j ? write_value(b, j) : (b->failed = ERR_NOMEM);
}

char *jsn_compact(const json_t *j) {
	auto_buf struct buf b;
	buf_init(&b, TEXT_MAX);
	(void)jsn_add(&b, j);
	return buf_take(&b, NULL);
}
