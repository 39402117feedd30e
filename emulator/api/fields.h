/* SPDX-License-Identifier: MIT */
/* Partial responses, as the parameter `fields` asks for them: paths joined by
 * commas, their names by '/' or '.', sub-selections in parentheses, and '*' for
 * all names at its place. Pure. */
#ifndef TRAINCTL_EMULATOR_FIELDS_H
#define TRAINCTL_EMULATOR_FIELDS_H

#include <jansson.h>

#include "emulator/api/proto.h"
#include "emulator/core/status.h"

/* Expands a selection of message m; NULL stands for an answer that no table
 * describes, of which any name may be asked. *ret is an object of what is
 * selected: true, or an object of the same kind.
 * Returns ST_OK, ST_INVALID_ARGUMENT (a name the message does not have, or text
 * that is no selection) or ST_INTERNAL. */
int fields_parse(const char *text, const struct proto_message *m, json_t **ret,
	struct status *st);

/* What of v is selected: a new reference, or NULL when memory ran out. */
json_t *fields_select(const json_t *chosen, json_t *v);

#endif
