/* SPDX-License-Identifier: MIT */
/* Pub/Sub push envelope: bytes in, message out. Knows nothing of HTTP or jobs;
 * the caller has already bounded the length. Base64 is decoded here, the
 * payload is not read. Pure. */
#ifndef TRAINCTL_CLIENT_PUSH_H
#define TRAINCTL_CLIENT_PUSH_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define PUSH_NO_TIME INT64_MIN

struct push {
	json_t *root;		  /* the strings below are in here */
	const char *message_id;	  /* never empty */
	const char *subscription; /* "" when absent */
	int64_t publish_us;	  /* PUSH_NO_TIME when absent */
	const json_t *attributes; /* strings by name; NULL when absent */
	char *data;		  /* decoded; a NUL after it */
	size_t data_len;	  /* > 0 */
};

/* Parses one wrapped push body. Members it does not know are ignored. Returns
 * 0, or ERR_JSON (not JSON), ERR_SHAPE (e->msg names the path), ERR_SYNTAX
 * (bad base64 or time) or ERR_NOMEM. */
int push_parse(const char *p, size_t n, struct push **ret, struct err *e);
void push_free(struct push *p); /* NULL is a no-op */

/* NULL when there is none of that name. */
const char *push_attribute(const struct push *p, const char *name);

static inline void push_free_p(struct push **p) {
	push_free(*p);
}
#define auto_push __attribute__((cleanup(push_free_p)))

#endif
