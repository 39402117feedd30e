/* SPDX-License-Identifier: MIT */
/* Source: the messages' public definitions (googleapis/api-common-protos). */
#include "emulator/api/schema_google.h"

#include "emulator/api/proto_table.h"

const struct proto_message schema_google_empty = {
	"google.protobuf.Empty", (const struct proto_field[]){F_END}};

MESSAGE_PUBLIC(schema_google_status, "google.rpc.Status", F_ONE("code", INT32),
	F_ONE("message", STRING), F_LIST("details", ANY_JSON));
