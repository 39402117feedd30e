/* SPDX-License-Identifier: MIT */
/* What the document of a service (discovery.c) takes of its messages
 * (discovery_schema.c). Nobody else includes it. */
#ifndef TRAINCTL_EMULATOR_DISCOVERY_H
#define TRAINCTL_EMULATOR_DISCOVERY_H

#include "common/buf.h"
#include "emulator/api/methods.h"

/* The member `key`, {"$ref":NAME}; nothing when m is NULL. Messages of Google's
 * first services have long names, those of the others are short. */
void doc_ref(struct buf *b, const char *key, bool short_names,
	const struct proto_message *m);

/* The member "schemas": every message that the methods of a service ("ml.")
 * take or give, and those within. */
void doc_schemas(struct buf *b, bool short_names, const char *service);

#endif
