/* SPDX-License-Identifier: MIT */
/* Field names: proto3 JSON takes lowerCamelCase and the snake_case original. */
#include <ctype.h>
#include <string.h>

#include "client/lib/train_int.h"

/* The next character in camelCase; moves *s on. */
static int next(const char **s) {
	bool up = **s == '_' && (*s)[1];
	*s += up;
	int c = (unsigned char)**s;
	*s += c != '\0';
	return up ? toupper(c) : c;
}

bool name_same(const char *a, const char *b) {
	for (;;) {
		int x = next(&a), y = next(&b);
		if (x != y)
			return false;
		if (!x)
			return true;
	}
}

json_t *name_get(const json_t *o, const char *name, const char **ret_key) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)o, key, v) {
		if (json_is_null(v) || !name_same(key, name))
			continue;
		if (ret_key)
			*ret_key = key;
		return v;
	}
	return NULL;
}
