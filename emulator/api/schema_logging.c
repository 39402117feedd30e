/* SPDX-License-Identifier: MIT */
/* Source: the descriptions in the generated client of logging v2; the order is
 * that of the tag numbers in its public definition (googleapis
 * google/logging/v2/log_entry.proto), in which real answers come. */
#include "emulator/api/schema_logging.h"

#include "emulator/api/proto_table.h"

#define LOG "google.logging.v2."

static const struct proto_enum severity = {"google.logging.type.LogSeverity",
	(const char *const[]){"DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING",
		"ERROR", "CRITICAL", "ALERT", "EMERGENCY", NULL},
	.step = 100};

MESSAGE(http_request, "google.logging.type.HttpRequest",
	F_ONE("requestMethod", STRING), F_ONE("requestUrl", STRING),
	F_ONE("requestSize", INT64), F_ONE("status", INT32),
	F_ONE("responseSize", INT64), F_ONE("userAgent", STRING),
	F_ONE("remoteIp", STRING), F_ONE("referer", STRING),
	F_ONE("cacheHit", BOOL), F_ONE("cacheValidatedWithOriginServer", BOOL),
	F_ONE("cacheLookup", BOOL), F_ONE("cacheFillBytes", INT64),
	F_ONE("serverIp", STRING), F_ONE("latency", DURATION),
	F_ONE("protocol", STRING));

MESSAGE(resource, "google.api.MonitoredResource", F_ONE("type", STRING),
	F_ONE("labels", STRING_MAP));

MESSAGE(operation, LOG "LogEntryOperation", F_ONE("id", STRING),
	F_ONE("producer", STRING), F_ONE("first", BOOL), F_ONE("last", BOOL));

MESSAGE(location, LOG "LogEntrySourceLocation", F_ONE("file", STRING),
	F_ONE("line", INT64), F_ONE("function", STRING));

MESSAGE(split, LOG "LogSplit", F_ONE("uid", STRING), F_ONE("index", INT32),
	F_ONE("totalSplits", INT32));

MESSAGE(error_group, LOG "LogErrorGroup", F_ONE("id", STRING));

MESSAGE_PUBLIC(schema_logging_entry, LOG "LogEntry",
	F_ONEOF_TYPE("protoPayload", "payload", ANY_JSON),
	F_ONEOF_TYPE("textPayload", "payload", STRING),
	F_ONE("insertId", STRING),
	F_ONEOF_TYPE("jsonPayload", "payload", ANY_JSON),
	F_MSG("httpRequest", http_request), F_MSG("resource", resource),
	F_ONE("timestamp", TIMESTAMP), F_ENUM("severity", severity),
	F_ONE("labels", STRING_MAP), F_ONE("logName", STRING),
	F_MSG("operation", operation), F_ONE("trace", STRING),
	F_MSG("sourceLocation", location), F_OUT("receiveTimestamp", TIMESTAMP),
	F_OUT("metadata", ANY_JSON), F_ONE("spanId", STRING),
	F_ONE("traceSampled", BOOL), F_MSG("split", split),
	{.name = "errorGroups",
		.type = PROTO_MESSAGE,
		.flags = PROTO_REPEATED | PROTO_OUTPUT,
		.message = &error_group},
	F_OUT("apphub", ANY_JSON));

MESSAGE_PUBLIC(schema_logging_list, LOG "ListLogEntriesRequest",
	F_LIST("projectIds", STRING), F_ONE("filter", STRING),
	F_ONE("orderBy", STRING), F_ONE("pageSize", INT32),
	F_ONE("pageToken", STRING), F_LIST("resourceNames", STRING));

MESSAGE_PUBLIC(schema_logging_write, LOG "WriteLogEntriesRequest",
	F_ONE("logName", STRING), F_MSG("resource", resource),
	F_ONE("labels", STRING_MAP), F_MSGS("entries", schema_logging_entry),
	F_ONE("partialSuccess", BOOL), F_ONE("dryRun", BOOL));

MESSAGE_PUBLIC(schema_logging_list_answer, LOG "ListLogEntriesResponse",
	F_MSGS("entries", schema_logging_entry),
	F_ONE("nextPageToken", STRING));

const struct proto_message schema_logging_write_answer = {
	LOG "WriteLogEntriesResponse", (const struct proto_field[]){F_END}};
