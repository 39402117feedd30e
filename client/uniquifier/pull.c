/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/pull.h"

#include <stdio.h>
#include <string.h>

#include "client/uniquifier/push.h"
#include "client/uniquifier/verdict.h"
#include "common/jsn.h"
#include "common/list.h"
#include "common/log.h"
#include "common/mem.h"

#define POLL_US (100 * US_PER_S) /* the service answers nothing after 90 s */
#define TRY_US (1 * US_PER_S)
#define TRY_MAX_US (32 * US_PER_S)
#define MESSAGES_MAX 1000 /* of one answer */
#define FEW 2		  /* fit into an answer, whatever they are */
#define FEW_US (15 * US_PER_MIN)

/* A message in hand. */
struct delivery {
	struct pull *pull;
	struct delivery *next, **link;
	json_t *ack_id;
	bool dead_letters; /* the service counts its deliveries */
	bool decided;	   /* its lease is not renewed any more */
	uint64_t lease;	   /* number of the last request that asks for one */
	bool held;	   /* is given back when those are over, and */
	unsigned again_s;  /* when it is to come again then */
};

/* A request for leases, under way. */
struct lease {
	struct pull *pull;
	struct lease *next, **link;
	uint64_t number;
};

struct pull {
	struct pull_config cfg;
	struct delivery *deliveries;
	struct lease *leases;
	uint64_t leases_begun;
	unsigned in_hand;
	bool asking, stopping;
	unsigned unsettled; /* in a row */
	unsigned asked;	    /* for so many messages */
	int64_t few_us;	    /* until then for FEW only */
	int64_t try_us;	    /* until the next try, after a failure */
	bool waiting;	    /* until then */
	struct loop_timer again, renew;
};

unsigned pull_in_hand(const struct pull *p) {
	return p ? p->in_hand : 0;
}

static void delivery_free(struct delivery *d) {
	LIST_DEL(d);
	d->pull->in_hand--;
	json_decref(d->ack_id);
	mem_free(d);
}

static void ask(struct pull *p);

/* The service was told, or could not be: then the message comes again, and its
 * job is found. */
static void on_told(void *ctx, const struct train_end *end) {
	struct delivery *d = ctx;
	struct pull *p = d->pull;
	if (end->error)
		log_line(LOG_WARNING,
			"a message could not be acknowledged or given back, "
			"and will come again: %s",
			end->error->err.msg);
	delivery_free(d);
	ask(p);
}

/* Acknowledges a message, or has it come again. */
static void tell_now(struct delivery *d, bool settled, unsigned again_s) {
	struct pull *p = d->pull;
	struct err e = {0};
	auto_json json_t *ids = json_pack("[O]", d->ack_id);
	int rc = !ids	   ? err_nomem(&e)
		 : settled ? train_pubsub_acknowledge(p->cfg.train,
				     p->cfg.subscription, ids,
				     p->cfg.timeout_us, on_told, d, &e)
			   : train_pubsub_deadline(p->cfg.train,
				     p->cfg.subscription, ids, again_s,
				     p->cfg.timeout_us, on_told, d, &e);
	if (!rc)
		return;
	log_line(LOG_WARNING, "a message will come again: %s", e.msg);
	delivery_free(d);
	ask(p);
}

/* Whether a request that may ask for its lease is under way. */
static bool being_leased(const struct delivery *d) {
	const struct lease *l = d->pull->leases;
	while (l && l->number > d->lease)
		l = l->next;
	return l != NULL;
}

/* The service takes the last word, and requests may overtake one another: what
 * comes again waits until those for its lease have ended. */
static void tell(struct delivery *d, bool settled, unsigned again_s) {
	d->decided = true;
	d->again_s = again_s;
	d->held = !settled && being_leased(d);
	if (!d->held)
		tell_now(d, settled, again_s);
}

static void on_decided(void *ctx, const struct decision *decision) {
	struct delivery *d = ctx;
	struct pull *p = d->pull;
	bool settled = decision->http < 300;
	unsigned again_s = 0;
	if (decision->http >= 500)
		p->unsettled++;
	else
		p->unsettled = 0;
	if (!settled)
		again_s = verdict_again_s(
			decision->http, d->dead_letters, p->unsettled);
	run_log(decision, decision->fields);
	metrics_push(p->cfg.metrics, decision->outcome, decision->retries,
		decision->took_us);
	tell(d, settled, again_s);
}

static struct delivery *delivery_new(struct pull *p, const json_t *received) {
	struct delivery *d = mem_zero(1, sizeof *d);
	if (!d)
		return NULL;
	d->pull = p;
	d->ack_id = json_incref(json_object_get(received, "ackId"));
	d->dead_letters = json_object_get(received, "deliveryAttempt") != NULL;
	LIST_ADD(p->deliveries, d);
	p->in_hand++;
	return d;
}

/* ---- leases ---- */

/* One that cannot be renewed runs out: the message comes twice, to one job. */
static void on_leased(void *ctx, const struct train_end *end) {
	struct lease *l = ctx;
	struct pull *p = l->pull;
	if (end->error)
		log_line(LOG_WARNING, "leases could not be renewed: %s",
			end->error->err.msg);
	LIST_DEL(l);
	mem_free(l);
	for (struct delivery *d = p->deliveries, *next; d; d = next) {
		next = d->next;
		if (d->held && !being_leased(d)) {
			d->held = false;
			tell_now(d, false, d->again_s);
		}
	}
}

/* What is undecided, each marked with the number of the request to come. */
static int to_lease(struct pull *p, json_t **ret_ids, struct err *e) {
	json_t *ids = *ret_ids = json_array();
	for (struct delivery *d = p->deliveries; ids && d; d = d->next) {
		if (d->decided)
			continue;
		if (json_array_append(ids, d->ack_id))
			return err_nomem(e);
		d->lease = p->leases_begun;
	}
	return ids ? 0 : err_nomem(e);
}

static int lease(struct pull *p, const json_t *ids, struct err *e) {
	struct lease *l = mem_zero(1, sizeof *l);
	if (!l)
		return err_nomem(e);
	l->pull = p;
	l->number = p->leases_begun;
	LIST_ADD(p->leases, l);
	int rc = train_pubsub_deadline(p->cfg.train, p->cfg.subscription, ids,
		PULL_LEASE_S, PULL_RENEW_US, on_leased, l, e);
	if (rc) {
		LIST_DEL(l);
		mem_free(l);
	}
	return rc;
}

static void renew(void *ctx) {
	struct pull *p = ctx;
	struct err e = {0};
	auto_json json_t *ids = NULL;
	p->leases_begun++;
	int rc = to_lease(p, &ids, &e);
	if (!rc && json_array_size(ids))
		rc = lease(p, ids, &e);
	if (rc)
		log_line(LOG_WARNING, "leases are not renewed: %s", e.msg);
	if (p->deliveries)
		loop_timer_in(p->cfg.loop, &p->renew, p->cfg.renew_us);
}

/* ---- pulling ---- */

/* What comes when the program is stopping is for others. */
static void take(struct pull *p, struct delivery *d, const json_t *received) {
	const json_t *message = json_object_get(received, "message");
	struct push *push = NULL;
	struct err e = {0};
	if (p->stopping)
		tell(d, false, 0);
	else if (push_pulled(message, p->cfg.subscription, &push, &e))
		run_refuse(&e, on_decided, d);
	else
		run_start(p->cfg.runner, push, on_decided, d);
}

/* All are leased before the first is begun. */
static void take_all(struct pull *p, const json_t *all) {
	struct delivery *d[MESSAGES_MAX];
	size_t n = json_array_size(all);
	n = n < MESSAGES_MAX ? n : MESSAGES_MAX;
	for (size_t i = 0; i < n; i++)
		d[i] = delivery_new(p, json_array_get(all, i));
	if (n && !p->stopping)
		renew(p);
	for (size_t i = 0; i < n; i++)
		if (d[i])
			take(p, d[i], json_array_get(all, i));
}

static void try_later(struct pull *p, const struct err *e) {
	log_line(LOG_ERROR, "cannot pull from %s: %s", p->cfg.subscription,
		e->msg);
	loop_timer_in(p->cfg.loop, &p->again, p->try_us);
	p->waiting = true;
	p->try_us = p->try_us * 2 < TRY_MAX_US ? p->try_us * 2 : TRY_MAX_US;
}

/* What was in an answer that is too big comes again when its lease is over, in
 * ten minutes at the latest, and each time counts as a delivery. So from then
 * on it is asked for in such a way that it can be had, until it was. */
static void ask_for_few(struct pull *p, const struct err *e) {
	log_line(LOG_WARNING, "pulling a few messages at once from %s: %s",
		p->cfg.subscription, e->msg);
	p->few_us = loop_now_us(p->cfg.loop) + FEW_US;
	ask(p);
}

static void on_pulled(void *ctx, const struct train_end *end) {
	struct pull *p = ctx;
	const struct err *e = end->error ? &end->error->err : NULL;
	p->asking = false;
	if (e && e->code == ERR_TOOBIG && p->asked > FEW) {
		ask_for_few(p, e);
		return;
	}
	if (e && e->code != ERR_TIMEOUT) {
		if (!p->stopping && e->code != ERR_STOPPED)
			try_later(p, e);
		return;
	}
	p->try_us = TRY_US;
	if (end->answer)
		take_all(p, json_object_get(end->answer, "receivedMessages"));
	ask(p);
}

static void ask(struct pull *p) {
	struct err e = {0};
	if (p->asking || p->stopping || p->in_hand >= p->cfg.in_flight_max ||
		p->waiting)
		return;
	unsigned room = p->cfg.in_flight_max - p->in_hand;
	bool few = loop_now_us(p->cfg.loop) < p->few_us;
	unsigned most = few ? FEW : MESSAGES_MAX;
	p->asked = room < most ? room : most;
	int rc = train_pubsub_pull(p->cfg.train, p->cfg.subscription, p->asked,
		POLL_US, on_pulled, p, &e);
	p->asking = !rc;
	if (rc && rc != ERR_STOPPED)
		try_later(p, &e);
}

static void on_again(void *ctx) {
	struct pull *p = ctx;
	p->waiting = false;
	ask(p);
}

int pull_new(const struct pull_config *cfg, struct pull **ret, struct err *e) {
	struct pull *p = mem_zero(1, sizeof *p);
	if (!p)
		return err_nomem(e);
	p->cfg = *cfg;
	if (!p->cfg.renew_us)
		p->cfg.renew_us = PULL_RENEW_US;
	p->try_us = TRY_US;
	p->again = (struct loop_timer){.cb = on_again, .ctx = p};
	p->renew = (struct loop_timer){.cb = renew, .ctx = p};
	ask(p);
	*ret = p;
	return 0;
}

void pull_stop(struct pull *p) {
	p->stopping = true;
}

void pull_free(struct pull *p) {
	if (!p)
		return;
	p->stopping = true;
	loop_timer_stop(p->cfg.loop, &p->again);
	loop_timer_stop(p->cfg.loop, &p->renew);
	while (p->deliveries)
		delivery_free(p->deliveries);
	mem_free(p);
}
