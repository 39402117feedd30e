/* SPDX-License-Identifier: MIT */
#include "emulator/core/dead.h"

#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/core/publish.h"

#define SOURCE "CloudPubSubDeadLetterSource"

/* The message with the attributes of a dead letter added. NULL: no memory. */
static json_t *letter(const struct sub *s, const struct delivery *d) {
	char time[WHEN_TEXT_MAX], count[24], zoned[WHEN_TEXT_MAX + 8];
	when_format(d->publish_us, 3, time);
	/* production writes the zone as an offset */
	(void)snprintf(zoned, sizeof zoned, "%.*s+00:00",
		(int)(strlen(time) - 1), time);
	(void)snprintf(count, sizeof count, "%lld", (long long)d->attempt);
	auto_json json_t *m =
		jsn_parse(d->message, strlen(d->message), false, NULL);
	auto_json json_t *source = json_pack("{s:s, s:s, s:s, s:s}",
		SOURCE "DeliveryCount", count, SOURCE "Subscription", s->name,
		SOURCE "SubscriptionProject", s->project,
		SOURCE "TopicPublishTime", zoned);
	if (!m || !source)
		return NULL;
	json_t *attributes = json_object_get(m, "attributes");
	if (attributes ? json_object_update(attributes, source)
		       : json_object_set(m, "attributes", source))
		return NULL;
	return TAKE(m);
}

bool dead_letter(
	struct emu *em, const struct sub *s, const struct delivery *d) {
	if (!s->dead_topic || d->attempt < s->max_attempts)
		return false;
	char project[256], topic[256], id[BUS_ID_MAX];
	if (sscanf(s->dead_topic, "projects/%255[^/]/topics/%255[^/]", project,
		    topic) != 2)
		return false;
	auto_json json_t *m = letter(s, d);
	auto_status struct status st = STATUS_INIT;
	return m && bus_publish(em, project, topic, m, id, &st) == ST_OK;
}
