/* SPDX-License-Identifier: MIT */
#include "common/route.h"

#include <string.h>

/* The last ':' of a segment, or NULL. */
static const char *verb_colon(const char *s, size_t n) {
	while (n-- > 0)
		if (s[n] == ':')
			return s + n;
	return NULL;
}

bool route_match(
	const char *pattern, const char *path, struct route_params *ret) {
	ret->count = 0;
	while (*pattern) {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		const char *after = strchr(pattern, '}') + 1;
		size_t n = strcspn(path, "/");
		const char *colon = verb_colon(path, n);
		if (*after == '\0' && colon)
			return false;
		if (*after == ':')
			n = colon ? (size_t)(colon - path) : 0;
		if (n == 0 || ret->count == ROUTE_PARAMS_MAX)
			return false;
		ret->at[ret->count].p = path;
		ret->at[ret->count].len = n;
		ret->count++;
		path += n;
		pattern = after;
	}
	return *path == '\0';
}
