/* SPDX-License-Identifier: MIT */
/* The messages that Google's services share. */
#ifndef TRAINCTL_EMULATOR_SCHEMA_GOOGLE_H
#define TRAINCTL_EMULATOR_SCHEMA_GOOGLE_H

#include "emulator/api/proto.h"

extern const struct proto_message schema_google_empty;
extern const struct proto_message schema_google_status;
extern const struct proto_message schema_google_operation;
extern const struct proto_message schema_google_list_operations;
extern const struct proto_message schema_google_location;
extern const struct proto_message schema_google_list_locations;

#endif
