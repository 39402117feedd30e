/* SPDX-License-Identifier: MIT */
#include "common/route.h"

#include <string.h>

/* Length of the segment at s, without its ":verb" when the pattern names one
 * or when the path's last segment carries one. */
static size_t segment_len(const char *s) {
	return strcspn(s, "/");
}

bool route_match(const char *pattern, const char *path,
	struct route_params *ret) {
	ret->count = 0;
	while (*pattern) {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		const char *after = strchr(pattern, '}') + 1;
		size_t n = segment_len(path);
		const char *colon = NULL;
		for (size_t i = n; i-- > 0 && !colon;)
			if (path[i] == ':')
				colon = path + i;
		if (*after == ':' || (*after == '\0' && colon))
			n = colon ? (size_t)(colon - path) : 0;
		if (*after == '\0' && colon)
			return false;
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
