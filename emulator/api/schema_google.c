/* SPDX-License-Identifier: MIT */
/* Source: the messages' public definitions (googleapis/api-common-protos). */
#include "emulator/api/schema_google.h"

#include "emulator/api/proto_table.h"

const struct proto_message schema_google_empty = {
	"google.protobuf.Empty", (const struct proto_field[]){F_END}};

MESSAGE_PUBLIC(schema_google_status, "google.rpc.Status", F_ONE("code", INT32),
	F_ONE("message", STRING), F_LIST("details", ANY_JSON));

MESSAGE_PUBLIC(schema_google_operation, "google.longrunning.Operation",
	F_ONE("name", STRING), F_ONE("metadata", ANY_JSON), F_ONE("done", BOOL),
	F_MSG("error", schema_google_status), F_ONE("response", ANY_JSON));

MESSAGE_PUBLIC(schema_google_list_operations,
	"google.longrunning.ListOperationsResponse",
	F_MSGS("operations", schema_google_operation),
	F_ONE("nextPageToken", STRING));

MESSAGE_PUBLIC(schema_google_location, "google.cloud.location.Location",
	F_ONE("name", STRING), F_ONE("locationId", STRING),
	F_ONE("displayName", STRING), F_ONE("labels", STRING_MAP),
	F_ONE("metadata", ANY_JSON));

MESSAGE_PUBLIC(schema_google_list_locations,
	"google.cloud.location.ListLocationsResponse",
	F_MSGS("locations", schema_google_location),
	F_ONE("nextPageToken", STRING));
