/* SPDX-License-Identifier: MIT */
/* What Pub/Sub refuses beyond the shape of a body, in production's words (facts
 * pubsub.md sections 1 to 6), and what it fills in. Pure. All bodies are
 * normalised ones. Each check returns ST_OK, or INVALID_ARGUMENT with the first
 * fault found. */
#ifndef TRAINCTL_EMULATOR_RULES_PUBSUB_H
#define TRAINCTL_EMULATOR_RULES_PUBSUB_H

#include <jansson.h>

#include "emulator/core/status.h"

enum pubsub_kind { PUBSUB_TOPIC, PUBSUB_SUBSCRIPTION, PUBSUB_SNAPSHOT };

/* projects/P/topics/T and so on; NULL counts as "". */
int rules_pubsub_name(
	enum pubsub_kind kind, const char *name, struct status *st);

/* A Topic of a create request; its name is not looked at. UNIMPLEMENTED where
 * it asks for what is not emulated (schemas, ingestion, transforms). */
int rules_pubsub_topic(const json_t *topic, struct status *st);

/* A Subscription of a create request: all but its own name. Where it is valid
 * but asks for what is not emulated (BigQuery, Cloud Storage, transforms), the
 * answer is UNIMPLEMENTED. */
int rules_pubsub_subscription(const json_t *sub, struct status *st);

/* The labels of any resource. */
int rules_pubsub_labels(const json_t *o, struct status *st);

/* A new Subscription with the defaults of a created one filled in, or NULL when
 * memory ran out. */
json_t *rules_pubsub_defaults(const json_t *sub);

/* A stored Subscription as the answer to its create shows it, a new object: a
 * push one names the version of its messages, which later answers leave out.
 * NULL when memory ran out. */
json_t *rules_pubsub_created(const json_t *sub);

int rules_pubsub_publish(const json_t *request, struct status *st);
/* How big a request is that passes those rules; topic_len is the length of the
 * topic's full name, which counts too. */
int rules_pubsub_publish_size(
	const json_t *request, size_t topic_len, struct status *st);
int rules_pubsub_seek(const json_t *request, struct status *st);
int rules_pubsub_pull(const json_t *request, struct status *st);
int rules_pubsub_acknowledge(const json_t *request, struct status *st);
int rules_pubsub_modify_ack_deadline(const json_t *request, struct status *st);

/* The pageSize of a list query as text; 0, "" and NULL give dflt. */
int rules_pubsub_page(
	const char *page_size_text, int dflt, int *ret, struct status *st);
int rules_pubsub_bad_page_token(const char *token, struct status *st);

/* The updateMask of a patch, in either spelling (NULL counts as ""). Paths
 * below a top-level field lead to fields of messages, not into maps. */
int rules_pubsub_mask(
	enum pubsub_kind kind, const char *mask, struct status *st);

#endif
