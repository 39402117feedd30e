/* SPDX-License-Identifier: MIT */
/* Source: facts scheduler.md section 1. */
#include "emulator/api/schema_scheduler.h"

#include "emulator/api/proto_table.h"
#include "emulator/api/schema_google.h"

#define CS "google.cloud.scheduler.v1."

ENUM(method, CS "HttpMethod", "HTTP_METHOD_UNSPECIFIED", "POST", "GET", "HEAD",
	"PUT", "DELETE", "PATCH", "OPTIONS");
ENUM(state, CS "Job.State", "STATE_UNSPECIFIED", "ENABLED", "PAUSED",
	"DISABLED", "UPDATE_FAILED");

MESSAGE(pubsub_target, CS "PubsubTarget", F_ONE("topicName", STRING),
	F_ONE("data", BYTES), F_ONE("attributes", STRING_MAP));

MESSAGE(routing, CS "AppEngineRouting", F_ONE("service", STRING),
	F_ONE("version", STRING), F_ONE("instance", STRING),
	F_OUT("host", STRING));

MESSAGE(app_engine_target, CS "AppEngineHttpTarget",
	F_ENUM("httpMethod", method), F_MSG("appEngineRouting", routing),
	F_ONE("relativeUri", STRING), F_ONE("headers", STRING_MAP),
	F_ONE("body", BYTES));

MESSAGE(oauth_token, CS "OAuthToken", F_ONE("serviceAccountEmail", STRING),
	F_ONE("scope", STRING));

MESSAGE(oidc_token, CS "OidcToken", F_ONE("serviceAccountEmail", STRING),
	F_ONE("audience", STRING));

MESSAGE(http_target, CS "HttpTarget", F_ONE("uri", STRING),
	F_ENUM("httpMethod", method), F_ONE("headers", STRING_MAP),
	F_ONE("body", BYTES),
	F_ONEOF("oauthToken", "authorization_header", oauth_token),
	F_ONEOF("oidcToken", "authorization_header", oidc_token));

MESSAGE(retry_config, CS "RetryConfig", F_ONE("retryCount", INT32),
	F_ONE("maxRetryDuration", DURATION),
	F_ONE("minBackoffDuration", DURATION),
	F_ONE("maxBackoffDuration", DURATION), F_ONE("maxDoublings", INT32));

MESSAGE_PUBLIC(schema_scheduler_job, CS "Job", F_ONE("name", STRING),
	F_ONE("description", STRING),
	F_ONEOF("pubsubTarget", "target", pubsub_target),
	F_ONEOF("appEngineHttpTarget", "target", app_engine_target),
	F_ONEOF("httpTarget", "target", http_target),
	F_OUT("userUpdateTime", TIMESTAMP), F_ENUM_OUT("state", state),
	F_MSG_OUT("status", schema_google_status),
	F_OUT("scheduleTime", TIMESTAMP), F_OUT("lastAttemptTime", TIMESTAMP),
	F_MSG("retryConfig", retry_config), F_ONE("schedule", STRING),
	F_ONE("timeZone", STRING), F_ONE("attemptDeadline", DURATION));

MESSAGE_PUBLIC(schema_scheduler_list_jobs, CS "ListJobsResponse",
	F_MSGS("jobs", schema_scheduler_job), F_ONE("nextPageToken", STRING));

const struct proto_message schema_scheduler_pause = {
	CS "PauseJobRequest", (const struct proto_field[]){F_END}};
const struct proto_message schema_scheduler_resume = {
	CS "ResumeJobRequest", (const struct proto_field[]){F_END}};
const struct proto_message schema_scheduler_run = {
	CS "RunJobRequest", (const struct proto_field[]){F_END}};
