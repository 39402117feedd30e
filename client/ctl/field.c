/* SPDX-License-Identifier: MIT */
#include "config.h" /* qsort_r */

#include "client/ctl/field.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"

#define TEXT_MAX (1u << 20) /* of one value in a list or an object */

/* ---- paths ---- */

static size_t name_len(const char *s) {
	size_t n = 0;
	while (isalnum((unsigned char)s[n]) || s[n] == '_' || s[n] == '-')
		n++;
	return n;
}

/* "[12]", or 0. */
static size_t index_len(const char *s) {
	size_t n = *s == '[' ? strspn(s + 1, "0123456789") : 0;
	return n && n <= 6 && s[n + 1] == ']' ? n + 2 : 0;
}

size_t field_path(const char *s) {
	size_t n = 0;
	for (;;) {
		size_t name = name_len(s + n);
		if (!name)
			return 0;
		n += name;
		for (size_t at; (at = index_len(s + n));)
			n += at;
		if (n > FIELD_PATH_MAX)
			return 0;
		if (s[n] != '.')
			return n;
		n++;
	}
}

const json_t *field_get(const json_t *o, const char *path) {
	while (o && *path) {
		char key[FIELD_PATH_MAX + 1];
		size_t n = name_len(path);
		if (n > FIELD_PATH_MAX)
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		path += n;
		o = json_object_get(o, key);
		for (size_t at; (at = index_len(path)); path += at)
			o = json_array_get(o, strtoul(path + 1, NULL, 10));
		path += *path == '.';
	}
	return json_is_null(o) ? NULL : o;
}

/* ---- text ---- */

static int add_leaf(const json_t *v, struct buf *ret) {
	if (json_is_string(v))
		return buf_adds(ret, json_string_value(v));
	auto_free char *text = jsn_compact(v);
	return text ? buf_adds(ret, text) : (ret->failed = ERR_NOMEM);
}

int field_text(const json_t *v, struct buf *ret) {
	if (!v)
		return 0;
	if (!json_is_object(v) && !json_is_array(v))
		return add_leaf(v, ret);
	const char *key, *between = "";
	json_t *m;
	size_t i;
	json_object_foreach ((json_t *)v, key, m) {
		(void)buf_addf(ret, "%s%s=", between, key);
		(void)add_leaf(m, ret);
		between = ";";
	}
	json_array_foreach (v, i, m) {
		(void)buf_adds(ret, between);
		(void)add_leaf(m, ret);
		between = ";";
	}
	return ret->failed;
}

/* ---- order ---- */

static int compare_text(const json_t *a, const json_t *b) {
	auto_buf struct buf x, y;
	buf_init(&x, TEXT_MAX);
	buf_init(&y, TEXT_MAX);
	(void)field_text(a, &x);
	(void)field_text(b, &y);
	return strcmp(buf_str(&x), buf_str(&y));
}

/* Less than, equal to or greater than 0, as strcmp. Numbers come before text;
 * both may not be NULL. */
static int compare(const json_t *a, const json_t *b) {
	bool x = json_is_number(a), y = json_is_number(b);
	if (x != y)
		return x ? -1 : 1;
	if (!x)
		return compare_text(a, b);
	double d = json_number_value(a) - json_number_value(b);
	return (d > 0) - (d < 0);
}

struct row {
	json_t *value;
	size_t was; /* makes the order of equals stay */
};

static int compare_rows(const void *a, const void *b, void *ctx) {
	const struct row *x = a, *y = b;
	const struct field_order *o = ctx;
	for (size_t i = 0; i < o->len; i++) {
		const json_t *u = field_get(x->value, o->keys[i].path);
		const json_t *v = field_get(y->value, o->keys[i].path);
		int c = u && v ? compare(u, v) : !u - !v;
		if (c)
			return u && v && o->keys[i].down ? -c : c;
	}
	return x->was < y->was ? -1 : 1;
}

int field_order_parse(const char *s, struct field_order *ret, struct err *e) {
	struct field_order o = {0};
	const char *at = s;
	for (;; at++) {
		bool down = *at == '~';
		at += down;
		size_t n = field_path(at);
		if (!n || (at[n] && at[n] != ',') || o.len == FIELD_KEYS_MAX)
			return err_set(e, ERR_USAGE,
				"'%s' is not a list of up to %d fields", s,
				FIELD_KEYS_MAX);
		memcpy(o.keys[o.len].path, at, n);
		o.keys[o.len++].down = down;
		at += n;
		if (!*at)
			break;
	}
	*ret = o;
	return 0;
}

int field_sort(json_t *array, const struct field_order *o, struct err *e) {
	size_t n = json_array_size(array);
	auto_free struct row *rows = mem_zero(n + 1, sizeof *rows);
	if (!rows)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		rows[i] =
			(struct row){json_incref(json_array_get(array, i)), i};
	qsort_r(rows, n, sizeof *rows, compare_rows, (void *)(uintptr_t)o);
	/* nothing grows, so nothing here can fail */
	for (size_t i = 0; i < n; i++)
		(void)json_array_set_new(array, i, rows[i].value);
	return 0;
}
