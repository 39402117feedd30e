/* SPDX-License-Identifier: MIT */
/* Path patterns: "/v1/projects/{project}/jobs/{job}:cancel" against a path.
 * A {name} takes one whole segment, or the part before a fixed ":verb" suffix,
 * and is never empty. Pure. */
#ifndef TRAINCTL_COMMON_ROUTE_H
#define TRAINCTL_COMMON_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#define ROUTE_PARAMS_MAX 4

struct route_params {
	size_t count;
	struct {
		const char *p; /* into the path; not NUL-terminated */
		size_t len;
	} at[ROUTE_PARAMS_MAX];
};

/* True when path matches; ret then holds the parameters in order. A pattern
 * without a verb does not match a last segment that has a ":verb". */
bool route_match(
	const char *pattern, const char *path, struct route_params *ret);

#endif
