/* SPDX-License-Identifier: MIT */
/* Pub/Sub: a message is stored, and a delivery of it for each subscription that
 * wants it. Topics and subscriptions are in bus.h, what becomes of a delivery
 * in deliver.h. Source: facts pubsub.md. */
#ifndef TRAINCTL_EMULATOR_PUBLISH_H
#define TRAINCTL_EMULATOR_PUBLISH_H

#include <jansson.h>

#include "emulator/core/emu.h"
#include "emulator/core/status.h"

/* Publishes one message (a JSON object without id and time) to every
 * subscription of the topic. ret_id gets its id. Returns ST_OK, ST_NOT_FOUND
 * or ST_INTERNAL. */
#define BUS_ID_MAX 24
int bus_publish(struct emu *em, const char *project, const char *topic,
	const json_t *message, char ret_id[static BUS_ID_MAX],
	struct status *st);

/* Another delivery of a stored message, by its row and, for a subscription that
 * goes by them, its ordering key. Returns ST_OK or ST_RESOURCE_EXHAUSTED. */
int bus_deliver(struct emu *em, int64_t sub_id, int64_t row, const char *key,
	struct status *st);

#endif
