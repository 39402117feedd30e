/* SPDX-License-Identifier: MIT */
/* One delivery of one message to one subscription: ready, outstanding, waiting
 * for a free place, acknowledged. Pushes, deadlines and both backoffs are here;
 * resources and requests are in bus.c. Source: facts pubsub.md sections 6
 * and 8.3. */
#ifndef TRAINCTL_EMULATOR_DELIVER_H
#define TRAINCTL_EMULATOR_DELIVER_H

#include "emulator/core/emu.h"

enum sub_flags {
	SUB_ORDERED = 1, /* goes by ordering keys */
	SUB_RETAINS = 2, /* keeps what was acknowledged */
	SUB_DETACHED = 4,
	SUB_EXACTLY_ONCE = 8, /* an acknowledgement can be refused */
	SUB_BARE = 16,	      /* is pushed the data alone */
	SUB_METADATA = 32,    /* and the rest in headers */
	SUB_TOKEN = 64,	      /* each push has an ID token */
};

/* A subscription during a callback; texts are borrowed. */
struct sub {
	int64_t id;
	const char *project, *name;
	const char *topic;    /* full name, or "_deleted-topic_" */
	const char *body;     /* JSON, but for the topic */
	const char *endpoint; /* "" for pull */
	bool pushes;
	int64_t ack_us, retry_min_us, retry_max_us;
	int64_t retain_us;	   /* at least as long as the topic does */
	int64_t fails;		   /* pushes failed in a row */
	int64_t hold_us;	   /* no push before this instant */
	int64_t in_flight, window; /* pushes, and how many there may be */
	int64_t topic_retain_us;   /* 0: the topic keeps nothing, or is gone */
	int64_t flags;		   /* of sub_flags */
	const char *dead_topic;	   /* full name; NULL: no dead letters */
	int64_t max_attempts;	   /* 0: no dead letters */
	int64_t ttl_us;		   /* it expires unused; 0: never */
	int64_t used_us, check_us;
};

/* Numbers as in the table. */
enum delivery_state {
	DELIVERY_READY,
	DELIVERY_OUT, /* pulled */
	DELIVERY_WAITING,
	DELIVERY_PUSHING, /* ends when the push does, whatever the deadline */
	DELIVERY_ACKED,	  /* but kept: it may have to come again */
};

struct delivery {
	int64_t id, sub_id, row; /* row: the message's */
	enum delivery_state state;
	int64_t due_us, attempt; /* attempt: deliveries so far */
	const char *message_id;	 /* the texts are borrowed from the row */
	int64_t publish_us;
	const char *message;
	const char *key; /* the ordering key; NULL for none */
};

#define SUB_COLS_LEN 22
void sub_read(struct store_rows *r, struct sub *ret); /* SUB_COLS */
void delivery_read(struct store_rows *r, struct delivery *ret);

/* Pulled: outstanding until the deadline, as one more attempt. */
void delivery_out(struct emu *em, struct delivery *d, int64_t deadline_us);
void delivery_extend(struct emu *em, struct delivery *d, int64_t deadline_us);
void delivery_acked(struct emu *em, const struct sub *s, struct delivery *d);
/* Ready again, after the backoff of the retry policy and, for a push one, of
 * the subscription; or over, as a dead letter. */
void delivery_nacked(struct emu *em, struct sub *s, struct delivery *d);
/* As if it had been acknowledged; as if it never had. */
void delivery_passed(struct emu *em, const struct sub *s, struct delivery *d);
void delivery_reopened(struct emu *em, struct delivery *d);
/* An acknowledged one is dropped, unless an earlier one of its key may bring it
 * again. */
void delivery_let_go(struct emu *em, const struct delivery *d);
/* Drops a message that is older than the subscription keeps. */
bool delivery_expired(struct emu *em, const struct sub *s, struct delivery *d);

/* A delivery is due: it goes out, or its deadline is over. */
void deliver_due(struct emu *em, int64_t delivery_id, int64_t due_us);

/* The push backoff of a subscription is over: what waited for that goes, as
 * many as may be under way. */
void deliver_held(struct emu *em, int64_t sub_id, int64_t due_us);

/* Whether a message that was pulled is outstanding until due_us. */
bool delivery_pulled(struct emu *em, int64_t delivery_id, int64_t due_us);

/* The push backoff after `fails` failures in a row: 100 ms doubling to 60 s.
 * Pure. */
int64_t deliver_backoff_us(int64_t fails);
/* The retry policy's delay after `attempt` deliveries: min doubling to max.
 * Pure. */
int64_t deliver_retry_us(int64_t min_us, int64_t max_us, int64_t attempt);

#endif
