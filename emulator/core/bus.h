/* SPDX-License-Identifier: MIT */
/* Pub/Sub: topics, subscriptions, and their deliveries on the clock; how a
 * message comes in is in publish.h. Bodies are JSON text that was checked and
 * completed before. Production's behaviour is followed where it is known.
 * Source: facts pubsub.md. */
#ifndef TRAINCTL_EMULATOR_BUS_H
#define TRAINCTL_EMULATOR_BUS_H

#include "emulator/core/deliver.h"
#include "emulator/core/emu.h"
#include "emulator/core/status.h"

/* A resource during a callback: short name and JSON text, both borrowed. */
typedef void bus_see(void *ctx, const char *name, const char *body);

/* retain_us: how long the topic keeps its messages; 0 for not at all. */
int bus_topic_create(struct emu *em, const char *project, const char *name,
	const char *body, int64_t retain_us,
	struct status *st); /* or ST_ALREADY_EXISTS */
int bus_topic_get(struct emu *em, const char *project, const char *name,
	bus_see *see, void *ctx, struct status *st); /* or ST_NOT_FOUND */
/* What a topic's row says, without the texts. */
struct topic {
	int64_t id;
	int64_t retain_us;    /* 0: it keeps no message */
	int64_t snapshots_us; /* until when snapshots need what comes */
};
int bus_topic_read(struct emu *em, const char *project, const char *name,
	struct topic *ret, struct status *st); /* or ST_NOT_FOUND */
int bus_topic_update(struct emu *em, const char *project, const char *name,
	const char *body, int64_t retain_us, struct status *st);
/* Subscriptions stay, with topic "_deleted-topic_" and their backlog. */
int bus_topic_delete(struct emu *em, const char *project, const char *name,
	struct status *st);
/* In order of name, those after `after` ("": from the first), at most max. */
void bus_topic_list(struct emu *em, const char *project, const char *after,
	int64_t max, bus_see *see, void *ctx);
/* Full names of what hangs on a topic (q: Q_SUB_NAMES_OF_TOPIC or
 * Q_SNAPSHOT_OF_TOPIC), as name, in that order. */
int bus_topic_names(struct emu *em, enum store_q q, const char *project,
	const char *name, const char *after, int64_t max, bus_see *see,
	void *ctx, struct status *st);
/* Those of a topic's subscriptions. */
int bus_topic_subs(struct emu *em, const char *project, const char *name,
	const char *after, int64_t max, bus_see *see, void *ctx,
	struct status *st);

/* NOT_FOUND and ALREADY_EXISTS of any resource, by its full name. Each returns
 * the code. */
int bus_not_found(struct status *st, const char *name);
int bus_exists(struct status *st, const char *name);

typedef void sub_see(void *ctx, const struct sub *s);

/* What a subscription is to be; all is borrowed. */
struct sub_spec {
	const char *project, *name;
	const char *topic_project, *topic;
	const char *body;     /* with every default filled in */
	const char *endpoint; /* "" for pull */
	int64_t ack_us, retain_us;
	int64_t retry_min_us, retry_max_us; /* 0: no retry policy */
	int64_t ttl_us;		/* so long unused, it is deleted; 0: never */
	int64_t flags;		/* of sub_flags */
	const char *dead_topic; /* full name; NULL: no dead letters */
	int64_t max_attempts;	/* with a dead topic, from 1 on */
	const char *filter; /* one that parses (attr_filter.h); NULL: none */
};
int bus_sub_create(struct emu *em, const struct sub_spec *spec,
	struct status *st); /* ST_NOT_FOUND: the topic; or ST_ALREADY_EXISTS */
int bus_sub_get(struct emu *em, const char *project, const char *name,
	sub_see *see, void *ctx, struct status *st);
int bus_sub_delete(struct emu *em, const char *project, const char *name,
	struct status *st);
/* For ever: what waits is dropped. body is the subscription's new text. */
int bus_sub_detach(struct emu *em, const char *project, const char *name,
	const char *body, struct status *st);
int bus_detached(struct status *st); /* ST_FAILED_PRECONDITION, and why */
void bus_sub_list(struct emu *em, const char *project, const char *after,
	int64_t max, sub_see *see, void *ctx);
/* Everything but the topic, as a new one would have it; what waits goes the
 * new way. */
int bus_sub_update(
	struct emu *em, const struct sub_spec *spec, struct status *st);
/* Switches between push and pull; body is the subscription's new text. */
int bus_sub_config(struct emu *em, const char *project, const char *name,
	const char *body, const char *endpoint, struct status *st);

/* A message handed to a puller; all borrowed. */
struct pulled {
	int64_t sub_id, delivery_id, attempt; /* together: the ack id */
	const char *message; /* JSON object without id and time */
	const char *message_id;
	int64_t publish_us;
	bool tell_attempt; /* there is a dead letter policy */
};
#define BUS_PULL_BYTES_MAX ((size_t)48 << 20) /* below API_ANSWER_MAX */
typedef void bus_pulled(void *ctx, const struct pulled *p);

/* Hands out up to max ready messages, but no more than BUS_PULL_BYTES_MAX bytes
 * of them together (of one any number), outstanding until the ack deadline.
 * Returns ST_OK, ST_NOT_FOUND, or ST_FAILED_PRECONDITION on a push one.
 * *ret_sub_id names the subscription for emu_ops.pullable; *ret_count. */
int bus_pull(struct emu *em, const char *project, const char *name, int64_t max,
	bus_pulled *see, void *ctx, int64_t *ret_sub_id, int64_t *ret_count,
	struct status *st);

/* One ack id of a subscription: acknowledges it (deadline_us < 0), or moves its
 * deadline (0: ready again at once, a nack). An id whose delivery has moved on
 * does nothing; where delivery is exactly once, that is ST_INVALID_ARGUMENT,
 * unless it is a nack of what has come back and was not handed out again.
 * Returns ST_OK, that, or ST_NOT_FOUND (the subscription). */
int bus_ack(struct emu *em, const char *project, const char *name,
	int64_t delivery_id, int64_t attempt, int64_t deadline_us,
	struct status *st);

/* Nobody may have used a subscription for long: pulls, pushes that were taken
 * and changes are uses. */
void bus_sub_due(struct emu *em, int64_t sub_id, int64_t due_us);

/* Pushes that were under way when the process ended go out again. */
void bus_restart(struct emu *em);
/* Puts all that the rows say is due on the timeline. */
void bus_remind(struct emu *em);

#endif
