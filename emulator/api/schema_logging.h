/* SPDX-License-Identifier: MIT */
/* The messages of logging.googleapis.com v2 entries. */
#ifndef TRAINCTL_EMULATOR_SCHEMA_LOGGING_H
#define TRAINCTL_EMULATOR_SCHEMA_LOGGING_H

#include "emulator/api/proto.h"

extern const struct proto_message
	schema_logging_list; /* ListLogEntriesRequest */
extern const struct proto_message
	schema_logging_write; /* WriteLogEntriesRequest */
extern const struct proto_message schema_logging_entry; /* LogEntry */
extern const struct proto_message schema_logging_list_answer;
extern const struct proto_message schema_logging_write_answer;

#endif
