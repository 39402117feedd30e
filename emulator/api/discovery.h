/* SPDX-License-Identifier: MIT */
/* Shared by discovery.c (documents, methods) and discovery_schema.c (messages):
 * writing JSON text a piece at a time. Nobody else includes it. */
#ifndef TRAINCTL_EMULATOR_DISCOVERY_H
#define TRAINCTL_EMULATOR_DISCOVERY_H

#include "common/buf.h"
#include "emulator/api/methods.h"

/* Each adds a member of an object or, with key NULL, an element of an array,
 * and sees to the comma before it. A text of NULL is left out. */
void doc_open(struct buf *b, const char *key, char bracket);
void doc_text(struct buf *b, const char *key, const char *text);
void doc_true(struct buf *b, const char *key);
void doc_close(struct buf *b, char bracket);

/* {"type":...,"format":...} of a field's single value, without the braces. */
void doc_type(struct buf *b, bool short_names, const struct proto_field *f);

/* The member `key`, {"$ref":NAME}; nothing when m is NULL. Messages of Google's
 * first services have long names, those of the others are short. */
void doc_ref(struct buf *b, const char *key, bool short_names,
	const struct proto_message *m);

/* The member "schemas": every message that the methods of a service ("ml.")
 * take or give, and those within. */
void doc_schemas(struct buf *b, bool short_names, const char *service);

#endif
