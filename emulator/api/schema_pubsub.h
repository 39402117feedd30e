/* SPDX-License-Identifier: MIT */
/* The messages of Pub/Sub v1. Those of requests are whole bodies (root ""). */
#ifndef TRAINCTL_EMULATOR_SCHEMA_PUBSUB_H
#define TRAINCTL_EMULATOR_SCHEMA_PUBSUB_H

#include "emulator/api/proto.h"

extern const struct proto_message schema_pubsub_topic;
extern const struct proto_message schema_pubsub_subscription;
extern const struct proto_message schema_pubsub_publish;
extern const struct proto_message schema_pubsub_pull;
extern const struct proto_message schema_pubsub_acknowledge;
extern const struct proto_message schema_pubsub_modify_ack_deadline;
extern const struct proto_message schema_pubsub_modify_push_config;
extern const struct proto_message schema_pubsub_update_topic;
extern const struct proto_message schema_pubsub_update_subscription;
extern const struct proto_message schema_pubsub_snapshot;
extern const struct proto_message schema_pubsub_create_snapshot;
extern const struct proto_message schema_pubsub_update_snapshot;
extern const struct proto_message schema_pubsub_seek;
/* Of answers. */
extern const struct proto_message schema_pubsub_published;
extern const struct proto_message schema_pubsub_pulled;
extern const struct proto_message schema_pubsub_list_topics;
extern const struct proto_message schema_pubsub_list_topic_subscriptions;
extern const struct proto_message schema_pubsub_list_subscriptions;
extern const struct proto_message schema_pubsub_list_snapshots;
extern const struct proto_message schema_pubsub_list_topic_snapshots;
extern const struct proto_message schema_pubsub_seeked;
extern const struct proto_message schema_pubsub_detached;

#endif
