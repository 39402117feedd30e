/* SPDX-License-Identifier: MIT */
#include "emulator/core/deliver.h"

#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/dead.h"
#include "emulator/core/misdeliver.h"
#include "emulator/core/order.h"
#include "emulator/core/sent.h"

/* The window: pushes under way at once for one subscription. That it is small
 * at first is documented, the number is a guess. It ends at the connections
 * that one host gets (fetch.c), production's at 3,000. */
#define WINDOW_FIRST 4
#define WINDOW_MAX 16
#define LATENCY_MAX_US US_PER_S
#define BACKOFF_FIRST_US (100 * US_PER_MS)
#define BACKOFF_MAX_US (60 * US_PER_S)

/* A push under way. */
struct push_call {
	struct sent sent; /* first */
	int64_t delivery_id, sub_id, attempt, begun_us;
	char endpoint[]; /* the subscription may have another in the end */
};

int64_t deliver_retry_us(int64_t min_us, int64_t max_us, int64_t attempt) {
	int64_t us = min_us;
	while (--attempt > 0 && us < max_us)
		us *= 2;
	return us < max_us ? us : max_us;
}

int64_t deliver_backoff_us(int64_t fails) {
	return fails <= 0 ? 0
			  : deliver_retry_us(
				    BACKOFF_FIRST_US, BACKOFF_MAX_US, fails);
}

void sub_read(struct store_rows *r, struct sub *ret) {
	*ret = (struct sub){.id = store_i64(r, 0),
		.project = store_text(r, 1),
		.name = store_text(r, 2),
		.topic = store_text(r, 4),
		.body = store_text(r, 5),
		.endpoint = store_text(r, 6),
		.ack_us = store_i64(r, 7),
		.retain_us = store_i64(r, 8),
		.retry_min_us = store_i64(r, 9),
		.retry_max_us = store_i64(r, 10),
		.fails = store_i64(r, 11),
		.hold_us = store_i64(r, 12),
		.in_flight = store_i64(r, 13),
		.topic_retain_us = store_i64(r, 14),
		.flags = store_i64(r, 15),
		.dead_topic = store_text(r, 16),
		.max_attempts = store_i64(r, 17),
		.ttl_us = store_i64(r, 18),
		.used_us = store_i64(r, 19),
		.check_us = store_i64(r, 20),
		.window = store_i64(r, 21)};
	if (!ret->window)
		ret->window = WINDOW_FIRST;
	if (ret->topic_retain_us > ret->retain_us)
		ret->retain_us = ret->topic_retain_us;
	ret->pushes = *ret->endpoint != '\0';
}

void delivery_read(struct store_rows *r, struct delivery *ret) {
	*ret = (struct delivery){.id = store_i64(r, 0),
		.sub_id = store_i64(r, 1),
		.row = store_i64(r, 2),
		.state = (enum delivery_state)store_i64(r, 3),
		.due_us = store_i64(r, 4),
		.attempt = store_i64(r, 5),
		.message_id = store_text(r, 6),
		.publish_us = store_i64(r, 7),
		.message = store_text(r, 8),
		.key = store_text(r, 9)};
}

/* The one way a delivery changes. An event is set for its new time if that is
 * what it waits for; the other states wait for the end of a push. */
static void move(struct emu *em, struct delivery *d, enum delivery_state to,
	int64_t due_us) {
	d->state = to;
	d->due_us = due_us;
	(void)store_run(em->store, Q_DELIVERY_SET, "iiii", (int64_t)to, due_us,
		d->attempt, d->id);
	if (to == DELIVERY_READY || to == DELIVERY_OUT || to == DELIVERY_ACKED)
		(void)timeline_add(&em->timeline, due_us,
			to == DELIVERY_ACKED ? EVENT_KEPT : EVENT_DELIVERY,
			d->id);
}

static void forget(struct emu *em, const struct delivery *d) {
	(void)store_run(em->store, Q_DELIVERY_DEL, "i", d->id);
	(void)store_run(em->store, Q_MESSAGE_UNREF, "i", d->row);
	(void)store_run(em->store, Q_MESSAGE_SWEEP, "i", d->row);
}

static void note(struct emu *em, const struct delivery *d, const char *outcome,
	const char *why) {
	char attempt[24], sub[24];
	(void)snprintf(attempt, sizeof attempt, "%lld", (long long)d->attempt);
	(void)snprintf(sub, sizeof sub, "%lld", (long long)d->sub_id);
	journal_add(&em->journal, emu_now(em), "delivery", "messageId",
		d->message_id, "#subscription", sub, "#attempt", attempt,
		"outcome", outcome, "why", why, NULL);
}

static void hand_out(struct emu *em, struct delivery *d, enum delivery_state to,
	int64_t deadline_us) {
	d->attempt++;
	em->counters.deliveries++;
	move(em, d, to, deadline_us);
	note(em, d, "sent", NULL);
}

void delivery_out(struct emu *em, struct delivery *d, int64_t deadline_us) {
	hand_out(em, d, DELIVERY_OUT, deadline_us);
}

void delivery_extend(struct emu *em, struct delivery *d, int64_t deadline_us) {
	move(em, d, DELIVERY_OUT, deadline_us);
}

/* It need not come again, unless it is retained or an earlier one of its key
 * brings it. */
static void end(struct emu *em, const struct sub *s, struct delivery *d) {
	if (s->flags & SUB_RETAINS || order_follows(em, d)) {
		move(em, d, DELIVERY_ACKED, d->publish_us + s->retain_us);
	} else {
		forget(em, d);
		order_settled(em, d, forget);
	}
	order_go_on(em, d);
}

void delivery_passed(struct emu *em, const struct sub *s, struct delivery *d) {
	note(em, d, "passed", NULL);
	end(em, s, d);
}

void delivery_reopened(struct emu *em, struct delivery *d) {
	move(em, d, DELIVERY_READY, emu_now(em));
}

void delivery_let_go(struct emu *em, const struct delivery *d) {
	if (!order_follows(em, d))
		forget(em, d);
}

void delivery_acked(struct emu *em, const struct sub *s, struct delivery *d) {
	em->counters.deliveriesAcked++;
	note(em, d, "acked", NULL);
	end(em, s, d);
}

void delivery_nacked(struct emu *em, struct sub *s, struct delivery *d) {
	int64_t due = emu_now(em);
	em->counters.deliveriesFailed++;
	if (dead_letter(em, s, d)) {
		em->counters.deadLetters++;
		note(em, d, "dead letter", s->dead_topic);
		end(em, s, d);
		return;
	}
	if (s->retry_max_us)
		due += deliver_retry_us(
			s->retry_min_us, s->retry_max_us, d->attempt);
	/* the push backoff is the subscription's, the retry policy the
	 * message's: the longer one counts */
	if (s->pushes && s->hold_us > due)
		due = s->hold_us;
	move(em, d, DELIVERY_READY, due);
	order_again(em, d, due);
}

bool delivery_expired(struct emu *em, const struct sub *s, struct delivery *d) {
	if (emu_now(em) - d->publish_us <= s->retain_us)
		return false;
	em->counters.messagesExpired++;
	note(em, d, "expired", NULL);
	forget(em, d);
	order_go_on(em, d);
	return true;
}

static void save_push(struct emu *em, const struct sub *s) {
	(void)store_run(em->store, Q_SUB_PUSH, "iiiiii", s->fails, s->hold_us,
		s->in_flight, s->used_us, s->window, s->id);
}

static bool is_held(const struct emu *em, const struct sub *s) {
	return s->hold_us > emu_now(em);
}

/* The first of those that wait for a place. */
static bool oldest_waits(struct emu *em, int64_t sub_id, int64_t *ret_id) {
	return store_one_i64(
		em->store, Q_DELIVERY_WAITING, ret_id, "i", sub_id);
}

static void set_end_of_hold(struct emu *em, const struct sub *s) {
	(void)timeline_add(&em->timeline, s->hold_us, EVENT_HELD, s->id);
}

/* However many come during a backoff, one event at its end looks after them
 * (deliver_held). What has been pushed before keeps its turn. */
static void wait_for_hold(
	struct emu *em, const struct sub *s, struct delivery *d) {
	int64_t other;
	if (!oldest_waits(em, s->id, &other))
		set_end_of_hold(em, s);
	move(em, d, DELIVERY_WAITING,
		d->attempt > 0 ? d->publish_us : d->due_us);
}

/* Should it have to wait again, it still is the oldest. */
static void wake_one(struct emu *em, int64_t sub_id) {
	int64_t id;
	if (oldest_waits(em, sub_id, &id)) {
		(void)store_run(em->store, Q_DELIVERY_WAKE, "i", id);
		(void)timeline_add(
			&em->timeline, emu_now(em), EVENT_DELIVERY, id);
	}
}

/* So many places have come free; a window that has shrunk takes them, and so
 * does a backoff until its end. */
static void wake(struct emu *em, const struct sub *s, int64_t places) {
	int64_t room = is_held(em, s) ? 0 : s->window - s->in_flight;
	for (int64_t n = places < room ? places : room; n > 0; n--)
		wake_one(em, s->id);
}

/* Ack codes of push, facts pubsub.md section 8.3. */
static bool is_ack(int http) {
	return http == 102 || http == 200 || http == 201 || http == 202 ||
	       http == 204;
}

/* Pushes that were under way together and fail together are one failure: an
 * endpoint that is down for a moment is not held for a minute. */
static void count_failure(struct emu *em, struct sub *s) {
	int64_t waits;
	if (is_held(em, s))
		return;
	s->fails++;
	s->hold_us = emu_now(em) + deliver_backoff_us(s->fails);
	if (oldest_waits(em, s->id, &waits))
		set_end_of_hold(em, s);
	if (s->window > 1)
		s->window /= 2;
}

/* Each success widens the window by one, so that it doubles in the time of one
 * push, but not for an endpoint that is slow. */
static void count_success(
	const struct emu *em, struct sub *s, int64_t begun_us) {
	s->fails = s->hold_us = 0;
	if (s->window < WINDOW_MAX && emu_now(em) - begun_us < LATENCY_MAX_US)
		s->window++;
}

/* The end of a push in the subscription's numbers. Says how many places it
 * makes. What an endpoint of before does is not the present one's fault. */
static int64_t count_end(
	struct emu *em, struct sub *s, const struct push_call *c, bool acked) {
	int64_t window = s->window;
	bool current = strcmp(c->endpoint, s->endpoint) == 0;
	s->in_flight--;
	if (acked)
		s->used_us = emu_now(em);
	if (current && acked)
		count_success(em, s, c->begun_us);
	else if (current)
		count_failure(em, s);
	save_push(em, s);
	return s->window > window ? 2 : 1;
}

static void settle(struct emu *em, const struct sent *sent) {
	const struct push_call *c = (const void *)sent;
	int http = sent->http;
	struct store_rows *sr =
		store_query(em->store, Q_SUB_BY_ID, "i", c->sub_id);
	struct store_rows *dr =
		store_query(em->store, Q_DELIVERY_BY_ID, "i", c->delivery_id);
	struct sub s;
	struct delivery d = {0};
	int64_t places = 0;
	bool known = store_next(sr);
	if (known) {
		sub_read(sr, &s);
		places = count_end(em, &s, c, is_ack(http));
	}
	if (known && store_next(dr))
		delivery_read(dr, &d);
	if (d.id && d.state == DELIVERY_PUSHING && d.attempt == c->attempt) {
		char text[ERR_MSG_MAX + 16];
		(void)snprintf(text, sizeof text, "HTTP %d%s%s", http,
			*sent->why ? ": " : "", sent->why);
		if (is_ack(http)) {
			delivery_acked(em, &s, &d);
		} else {
			note(em, &d, "failed", http > 0 ? text : sent->why);
			delivery_nacked(em, &s, &d);
		}
	}
	store_end(dr);
	store_end(sr);
	if (known)
		wake(em, &s, places);
}

static void tell(struct emu *em, const struct sent *sent, struct buf *b) {
	const struct push_call *c = (const void *)sent;
	struct store_rows *r =
		store_query(em->store, Q_SUB_BY_ID, "i", c->sub_id);
	(void)buf_adds(b, ",\"kind\":\"push\"");
	if (store_next(r))
		(void)buf_addf(b,
			",\"subscription\":\"projects/%s/subscriptions/%s\"",
			store_text(r, 1), store_text(r, 2));
	store_end(r);
	r = store_query(em->store, Q_DELIVERY_BY_ID, "i", c->delivery_id);
	if (store_next(r))
		(void)buf_addf(b, ",\"messageId\":\"%s\",\"attempt\":%lld",
			store_text(r, 6), (long long)c->attempt);
	store_end(r);
}

static void push_ended(void *ctx, int http, const char *why) {
	const struct push_call *c = ctx;
	if (is_ack(http) && misdeliver_ack(c->sent.em, c->sub_id)) {
		http = 0;
		why = MISDELIVER_WHY;
	}
	sent_ended(ctx, http, why);
}

static enum push_form form_of(const struct sub *s) {
	if (!(s->flags & SUB_BARE))
		return PUSH_WRAPPED;
	return s->flags & SUB_METADATA ? PUSH_BARE_METADATA : PUSH_BARE;
}

static void send_push(struct emu *em, struct sub *s, struct delivery *d) {
	hand_out(em, d, DELIVERY_PUSHING, emu_now(em) + s->ack_us);
	s->in_flight++;
	save_push(em, s);
	size_t len = strlen(s->endpoint) + 1;
	auto_free struct push_call *c = mem_alloc(sizeof *c + len);
	auto_free char *full =
		mem_printf("projects/%s/subscriptions/%s", s->project, s->name);
	if (c && full) {
		*c = (struct push_call){.delivery_id = d->id,
			.sub_id = s->id,
			.attempt = d->attempt,
			.begun_us = emu_now(em)};
		memcpy(c->endpoint, s->endpoint, len);
		sent_init(&c->sent, em, settle, tell);
		struct push p = {.endpoint = s->endpoint,
			.subscription = full,
			.topic = s->topic,
			.message = d->message,
			.message_id = d->message_id,
			.publish_us = d->publish_us,
			.timeout_us = s->ack_us,
			.attempt = s->dead_topic ? d->attempt : 0,
			.form = form_of(s),
			.signed_for = s->flags & SUB_TOKEN ? s->body : NULL};
		if (em->ops.push(em->ops.ctx, &p, push_ended, c) == 0) {
			sent_begun(&c->sent);
			c = NULL;
			return;
		}
	}
	/* not even sent: as a failed push */
	s->in_flight--;
	count_failure(em, s);
	save_push(em, s);
	note(em, d, "failed", "the push could not be sent");
	delivery_nacked(em, s, d);
}

/* A delivery that is ready and whose time has come. */
static void deliver(struct emu *em, struct sub *s, struct delivery *d) {
	if (delivery_expired(em, s, d)) {
		/* the place it was woken for is the next one's */
		wake_one(em, s->id);
		return;
	}
	if (order_follows(em, d)) {
		/* the end of the one ahead lets it go */
		if (s->in_flight < s->window)
			wake_one(em, s->id);
		return;
	}
	if (!s->pushes)
		em->ops.pullable(em->ops.ctx, s->id);
	else if (is_held(em, s))
		wait_for_hold(em, s, d);
	else if (s->in_flight >= s->window)
		move(em, d, DELIVERY_WAITING, d->due_us);
	else
		send_push(em, s, d);
}

void deliver_held(struct emu *em, int64_t sub_id, int64_t due_us) {
	struct store_rows *r = store_query(em->store, Q_SUB_BY_ID, "i", sub_id);
	if (store_next(r)) {
		struct sub s;
		sub_read(r, &s);
		if (s.hold_us == due_us)
			wake(em, &s, s.window);
	}
	store_end(r);
}

bool delivery_pulled(struct emu *em, int64_t delivery_id, int64_t due_us) {
	struct delivery d = {0};
	struct store_rows *r =
		store_query(em->store, Q_DELIVERY_BY_ID, "i", delivery_id);
	if (store_next(r))
		delivery_read(r, &d);
	store_end(r);
	return d.id && d.state == DELIVERY_OUT && d.due_us == due_us;
}

void deliver_due(struct emu *em, int64_t delivery_id, int64_t due_us) {
	struct store_rows *dr =
		store_query(em->store, Q_DELIVERY_BY_ID, "i", delivery_id);
	struct delivery d;
	if (!store_next(dr)) {
		store_end(dr);
		return;
	}
	delivery_read(dr, &d);
	struct store_rows *sr =
		store_query(em->store, Q_SUB_BY_ID, "i", d.sub_id);
	/* what was woken has been due for some time */
	bool due = d.due_us == due_us ||
		   (d.state == DELIVERY_READY && d.due_us < due_us);
	if (due && store_next(sr)) {
		struct sub s;
		sub_read(sr, &s);
		if (d.state == DELIVERY_READY) {
			deliver(em, &s, &d);
		} else if (d.state == DELIVERY_OUT) {
			note(em, &d, "deadline", NULL);
			delivery_nacked(em, &s, &d);
		} else if (d.state == DELIVERY_ACKED) {
			forget(em, &d);
		}
	}
	store_end(sr);
	store_end(dr);
}
