/* SPDX-License-Identifier: MIT */
/* What carries a message to the service, in each of the shapes that Pub/Sub,
 * Eventarc and functions know: body and headers in, message out. Knows nothing
 * of HTTP or jobs. Base64 and gzip are decoded here, the payload is not read.
 * Pure. */
#ifndef TRAINCTL_CLIENT_PUSH_H
#define TRAINCTL_CLIENT_PUSH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define PUSH_NO_TIME INT64_MIN
#define PUSH_HEADERS_MAX 64 /* of those that push_wants */

enum push_shape {
	PUSH_WRAPPED,	 /* {"message": ..., "subscription": ...} */
	PUSH_BARE,	 /* the payload, with metadata in headers or none */
	PUSH_EVENT,	 /* a CloudEvent, binary or structured */
	PUSH_BACKGROUND, /* an event of a function of the first generation */
	PUSH_SCHEDULER,	 /* no push: a target of Cloud Scheduler's */
	PUSH_PULLED,	 /* no push: a message of pull's */
};
const char *push_shape_name(enum push_shape s); /* "wrapped", ... */

struct push_header {
	const char *name, *value;
};

struct push_request {
	const char *body;
	size_t len;
	const struct push_header *headers;
	size_t header_count;
	size_t body_max; /* of the body when inflated */
};

/* Whether push_parse reads a header of this name. */
bool push_wants(const char *name);

struct push {
	enum push_shape shape;
	json_t *root, *told, *marks; /* the strings below are in here */
	const char *message_id;	     /* never empty; NULL when none was told */
	const char *subscription;    /* "" when absent */
	int64_t publish_us;	     /* PUSH_NO_TIME when absent */
	const json_t *attributes;    /* strings by name; NULL when absent */
	char *data;		     /* decoded; a NUL after it */
	size_t data_len;	     /* > 0 */
};

/* Members and headers it does not know are ignored. Of a bare push's headers,
 * those that begin with "train-" are attributes, for others may be of anyone.
 * Returns 0, or ERR_JSON (not JSON), ERR_SHAPE (e->msg names the path),
 * ERR_SYNTAX (bad base64, gzip or time), ERR_TOOBIG (over body_max), ERR_HTTP
 * (e->http is 415: another encoding than gzip) or ERR_NOMEM. */
int push_parse(const struct push_request *rq, struct push **ret, struct err *e);
/* The same of a message that was pulled. ERR_SHAPE if it is none. */
int push_pulled(const json_t *message, const char *subscription,
	struct push **ret, struct err *e);
void push_free(struct push *p); /* NULL is a no-op */

/* NULL when there is none of that name. */
const char *push_attribute(const struct push *p, const char *name);

static inline void push_free_p(struct push **p) {
	push_free(*p);
}
#define auto_push __attribute__((cleanup(push_free_p)))

#endif
