/* SPDX-License-Identifier: MIT */
/* Fields of a job by path: jobId, trainingInput.masterConfig.imageUri,
 * trainingOutput.trials[0].state. Pure. */
#ifndef TRAINCTL_CLIENT_FIELD_H
#define TRAINCTL_CLIENT_FIELD_H

#include <jansson.h>

#include "common/buf.h"

#define FIELD_PATH_MAX 256

/* The length of the path that s begins with; 0 if it begins with none. */
size_t field_path(const char *s);

/* The value at a path, borrowed; NULL when there is none, and for a null. */
const json_t *field_get(const json_t *o, const char *path);

/* Appends a value as text: a list as a;b and an object as k=v;l=w, what is
 * inside those as JSON. NULL is the empty text. Returns what buf_add returns.
 */
int field_text(const json_t *v, struct buf *ret);

/* The keys of a sort. */
#define FIELD_KEYS_MAX 8
struct field_order {
	size_t len; /* 0: none */
	struct {
		bool down;
		char path[FIELD_PATH_MAX + 1];
	} keys[FIELD_KEYS_MAX];
};
/* "~createTime,jobId"; ~ is downwards. Returns 0 or ERR_USAGE. */
int field_order_parse(const char *s, struct field_order *ret, struct err *e);
/* Sorts an array. What has no value comes last, and equals stay in their order.
 * Returns 0 or ERR_NOMEM. */
int field_sort(json_t *array, const struct field_order *o, struct err *e);

#endif
