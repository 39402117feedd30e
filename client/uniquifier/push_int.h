/* SPDX-License-Identifier: MIT */
/* Between push.c, which tells the shapes apart, and push_read.c, which reads
 * what they have in common. */
#ifndef TRAINCTL_CLIENT_PUSH_INT_H
#define TRAINCTL_CLIENT_PUSH_INT_H

#include "client/uniquifier/push.h"

/* Where a message stands, and what is told about it elsewhere. */
struct push_source {
	const json_t *message;
	const char *path;      /* of it, for messages */
	const char *id, *time; /* NULL when not told elsewhere */
};

/* Fills in id, time, attributes and data. */
int push_read(struct push *p, const struct push_source *s, struct err *e);

/* The time of publishing; NULL leaves it unknown. `path` is for messages. */
int push_read_time(
	struct push *p, const char *time, const char *path, struct err *e);
/* The payload of n bytes at `data`, which are copied. */
int push_read_bytes(struct push *p, const char *data, size_t n, struct err *e);
/* A header's value, kept in *object (made if it is NULL) under a name; *ret is
 * borrowed. */
int push_keep(json_t **object, const char *name, const char *value,
	const char **ret, struct err *e);

#endif
