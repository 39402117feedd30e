/* SPDX-License-Identifier: MIT */
/* Source: facts pubsub.md section 1 ("Messages": the order is that of the tag
 * numbers, in which production answers). The parts of ingestion, transforms
 * and Analytics Hub are not modelled; they are taken as any JSON. */
#include "emulator/api/schema_pubsub.h"

#include "emulator/api/proto_table.h"

#define PS "google.pubsub.v1."

ENUM(encoding, PS "Encoding", "ENCODING_UNSPECIFIED", "JSON", "BINARY");
ENUM(topic_state, PS "Topic.State", "STATE_UNSPECIFIED", "ACTIVE",
	"INGESTION_RESOURCE_ERROR");
ENUM(subscription_state, PS "Subscription.State", "STATE_UNSPECIFIED", "ACTIVE",
	"RESOURCE_ERROR");
ENUM(bigquery_state, PS "BigQueryConfig.State", "STATE_UNSPECIFIED", "ACTIVE",
	"PERMISSION_DENIED", "NOT_FOUND", "SCHEMA_MISMATCH",
	"IN_TRANSIT_LOCATION_RESTRICTION");
ENUM(storage_state, PS "CloudStorageConfig.State", "STATE_UNSPECIFIED",
	"ACTIVE", "PERMISSION_DENIED", "NOT_FOUND",
	"IN_TRANSIT_LOCATION_RESTRICTION", "SCHEMA_MISMATCH");

MESSAGE(storage_policy, PS "MessageStoragePolicy",
	F_LIST("allowedPersistenceRegions", STRING),
	F_ONE("enforceInTransit", BOOL));

MESSAGE(schema_settings, PS "SchemaSettings", F_ONE("schema", STRING),
	F_ENUM("encoding", encoding), F_ONE("firstRevisionId", STRING),
	F_ONE("lastRevisionId", STRING));

MESSAGE_PUBLIC(schema_pubsub_topic, PS "Topic", F_ONE("name", STRING),
	F_ONE("labels", STRING_MAP),
	F_MSG("messageStoragePolicy", storage_policy),
	F_ONE("kmsKeyName", STRING), F_MSG("schemaSettings", schema_settings),
	F_OUT("satisfiesPzs", BOOL),
	F_ONE("messageRetentionDuration", DURATION),
	F_ENUM_OUT("state", topic_state),
	F_ONE("ingestionDataSourceSettings", ANY_JSON),
	F_LIST("messageTransforms", ANY_JSON));

MESSAGE(oidc_token, PS "PushConfig.OidcToken",
	F_ONE("serviceAccountEmail", STRING), F_ONE("audience", STRING));

static const struct proto_message pubsub_wrapper = {
	PS "PushConfig.PubsubWrapper", (const struct proto_field[]){F_END}};

MESSAGE(no_wrapper, PS "PushConfig.NoWrapper", F_ONE("writeMetadata", BOOL));

MESSAGE(push_config, PS "PushConfig", F_ONE("pushEndpoint", STRING),
	F_ONE("attributes", STRING_MAP),
	F_ONEOF("oidcToken", "authentication_method", oidc_token),
	F_ONEOF("pubsubWrapper", "wrapper", pubsub_wrapper),
	F_ONEOF("noWrapper", "wrapper", no_wrapper));

MESSAGE(bigquery_config, PS "BigQueryConfig", F_ONE("table", STRING),
	F_ONE("useTopicSchema", BOOL), F_ONE("writeMetadata", BOOL),
	F_ONE("dropUnknownFields", BOOL), F_ENUM_OUT("state", bigquery_state),
	F_ONE("useTableSchema", BOOL), F_ONE("serviceAccountEmail", STRING));

static const struct proto_message text_config = {PS
	"CloudStorageConfig.TextConfig",
	(const struct proto_field[]){F_END}};

MESSAGE(avro_config, PS "CloudStorageConfig.AvroConfig",
	F_ONE("writeMetadata", BOOL), F_ONE("useTopicSchema", BOOL));

MESSAGE(storage_config, PS "CloudStorageConfig", F_ONE("bucket", STRING),
	F_ONE("filenamePrefix", STRING), F_ONE("filenameSuffix", STRING),
	F_ONEOF("textConfig", "output_format", text_config),
	F_ONEOF("avroConfig", "output_format", avro_config),
	F_ONE("maxDuration", DURATION), F_ONE("maxBytes", INT64),
	F_ONE("maxMessages", INT64), F_ENUM_OUT("state", storage_state),
	F_ONE("filenameDatetimeFormat", STRING),
	F_ONE("serviceAccountEmail", STRING));

MESSAGE(expiration_policy, PS "ExpirationPolicy", F_ONE("ttl", DURATION));

MESSAGE(dead_letter_policy, PS "DeadLetterPolicy",
	F_ONE("deadLetterTopic", STRING), F_ONE("maxDeliveryAttempts", INT32));

MESSAGE(retry_policy, PS "RetryPolicy", F_ONE("minimumBackoff", DURATION),
	F_ONE("maximumBackoff", DURATION));

MESSAGE_PUBLIC(schema_pubsub_subscription, PS "Subscription",
	F_ONE("name", STRING), F_ONE("topic", STRING),
	F_MSG("pushConfig", push_config),
	F_MSG("bigqueryConfig", bigquery_config),
	F_MSG("cloudStorageConfig", storage_config),
	F_ONE("ackDeadlineSeconds", INT32), F_ONE("retainAckedMessages", BOOL),
	F_ONE("messageRetentionDuration", DURATION),
	F_ONE("labels", STRING_MAP), F_ONE("enableMessageOrdering", BOOL),
	F_MSG("expirationPolicy", expiration_policy), F_ONE("filter", STRING),
	F_MSG("deadLetterPolicy", dead_letter_policy),
	F_MSG("retryPolicy", retry_policy), F_ONE("detached", BOOL),
	F_ONE("enableExactlyOnceDelivery", BOOL),
	F_OUT("topicMessageRetentionDuration", DURATION),
	F_ENUM_OUT("state", subscription_state),
	F_OUT("analyticsHubSubscriptionInfo", ANY_JSON),
	F_LIST("messageTransforms", ANY_JSON));

MESSAGE(message, PS "PubsubMessage", F_ONE("data", BYTES),
	F_ONE("attributes", STRING_MAP), F_OUT("messageId", STRING),
	F_OUT("publishTime", TIMESTAMP), F_ONE("orderingKey", STRING));

/* The fields that the path gives are taken from the body too, and lose. */
MESSAGE_PUBLIC(schema_pubsub_publish, PS "PublishRequest", F_PATH("topic"),
	F_MSGS("messages", message));

MESSAGE_PUBLIC(schema_pubsub_pull, PS "PullRequest", F_PATH("subscription"),
	F_ONE("returnImmediately", BOOL), F_ONE("maxMessages", INT32));

MESSAGE_PUBLIC(schema_pubsub_acknowledge, PS "AcknowledgeRequest",
	F_PATH("subscription"), F_LIST("ackIds", STRING));

MESSAGE_PUBLIC(schema_pubsub_modify_ack_deadline, PS "ModifyAckDeadlineRequest",
	F_PATH("subscription"), F_ONE("ackDeadlineSeconds", INT32),
	F_LIST("ackIds", STRING));

MESSAGE_PUBLIC(schema_pubsub_modify_push_config, PS "ModifyPushConfigRequest",
	F_PATH("subscription"), F_MSG("pushConfig", push_config));

MESSAGE_PUBLIC(schema_pubsub_update_topic, PS "UpdateTopicRequest",
	F_MSG("topic", schema_pubsub_topic), F_MASK("updateMask"));

MESSAGE_PUBLIC(schema_pubsub_update_subscription,
	PS "UpdateSubscriptionRequest",
	F_MSG("subscription", schema_pubsub_subscription),
	F_MASK("updateMask"));

MESSAGE_PUBLIC(schema_pubsub_snapshot, PS "Snapshot", F_ONE("name", STRING),
	F_ONE("topic", STRING), F_ONE("expireTime", TIMESTAMP),
	F_ONE("labels", STRING_MAP));

MESSAGE_PUBLIC(schema_pubsub_create_snapshot, PS "CreateSnapshotRequest",
	F_PATH("name"), F_ONE("subscription", STRING),
	F_ONE("labels", STRING_MAP));

MESSAGE_PUBLIC(schema_pubsub_update_snapshot, PS "UpdateSnapshotRequest",
	F_MSG("snapshot", schema_pubsub_snapshot), F_MASK("updateMask"));

MESSAGE_PUBLIC(schema_pubsub_seek, PS "SeekRequest", F_PATH("subscription"),
	F_ONEOF_TYPE("time", "target", TIMESTAMP),
	F_ONEOF_TYPE("snapshot", "target", STRING));

/* Answers. */
MESSAGE_PUBLIC(schema_pubsub_published, PS "PublishResponse",
	F_LIST("messageIds", STRING));

MESSAGE(received, PS "ReceivedMessage", F_ONE("ackId", STRING),
	F_MSG("message", message), F_ONE("deliveryAttempt", INT32));

MESSAGE_PUBLIC(schema_pubsub_pulled, PS "PullResponse",
	F_MSGS("receivedMessages", received));

MESSAGE_PUBLIC(schema_pubsub_list_topics, PS "ListTopicsResponse",
	F_MSGS("topics", schema_pubsub_topic), F_ONE("nextPageToken", STRING));

MESSAGE_PUBLIC(schema_pubsub_list_topic_subscriptions,
	PS "ListTopicSubscriptionsResponse", F_LIST("subscriptions", STRING),
	F_ONE("nextPageToken", STRING));

MESSAGE_PUBLIC(schema_pubsub_list_subscriptions, PS "ListSubscriptionsResponse",
	F_MSGS("subscriptions", schema_pubsub_subscription),
	F_ONE("nextPageToken", STRING));

MESSAGE_PUBLIC(schema_pubsub_list_snapshots, PS "ListSnapshotsResponse",
	F_MSGS("snapshots", schema_pubsub_snapshot),
	F_ONE("nextPageToken", STRING));

MESSAGE_PUBLIC(schema_pubsub_list_topic_snapshots,
	PS "ListTopicSnapshotsResponse", F_LIST("snapshots", STRING),
	F_ONE("nextPageToken", STRING));

const struct proto_message schema_pubsub_seeked = {
	PS "SeekResponse", (const struct proto_field[]){F_END}};

const struct proto_message schema_pubsub_detached = {
	PS "DetachSubscriptionResponse", (const struct proto_field[]){F_END}};
