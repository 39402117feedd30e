/* SPDX-License-Identifier: MIT */
/* Subscriptions under test: pulling, acknowledging, looking. */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static void add_word(struct core_seen *s, const char *word) {
	size_t len = strlen(s->order);
	s->count++;
	(void)snprintf(s->order + len, sizeof s->order - len, "%s ", word);
}

void core_see_name(void *ctx, const char *name, const char *body) {
	(void)body;
	add_word(ctx, name);
}

void core_see_sub(void *ctx, const struct sub *sub) {
	struct core_seen *s = ctx;
	add_word(s, sub->name);
	s->sub = *sub;
	(void)snprintf(s->topic, sizeof s->topic, "%s", sub->topic);
}

void core_see_pulled(void *ctx, const struct pulled *p) {
	struct core_seen *s = ctx;
	struct err e;
	auto_json json_t *m =
		jsn_parse(p->message, strlen(p->message), false, &e);
	const char *data = json_string_value(json_object_get(m, "data"));
	size_t len = strlen(s->data);
	(void)snprintf(
		s->data + len, sizeof s->data - len, "%s ", data ? data : "-");
	if (s->count < (int)(sizeof s->each / sizeof s->each[0]))
		s->each[s->count] = *p;
	add_word(s, p->message);
	s->p = *p;
	(void)snprintf(s->message, sizeof s->message, "%s", p->message);
	(void)snprintf(
		s->message_id, sizeof s->message_id, "%s", p->message_id);
}

/* Pulls up to max messages and gives the status code. */
int core_pull(
	struct core *c, const char *sub, int64_t max, struct core_seen *s) {
	auto_status struct status st = STATUS_INIT;
	int64_t id = 0, count = 0;
	*s = (struct core_seen){0};
	int rc = CORE_TX(c, bus_pull(c->em, CORE_P, sub, max, core_see_pulled,
				    s, &id, &count, &st));
	ck_assert_int_eq(count, s->count);
	return rc;
}

int core_pull_count(struct core *c, const char *sub, int64_t max) {
	struct core_seen s;
	ck_assert_int_eq(core_pull(c, sub, max, &s), ST_OK);
	return s.count;
}

int core_ack(struct core *c, const char *sub, const struct pulled *p,
	int64_t deadline_us) {
	auto_status struct status st = STATUS_INIT;
	return CORE_TX(c, bus_ack(c->em, CORE_P, sub, p->delivery_id,
				  p->attempt, deadline_us, &st));
}

int core_config(struct core *c, const char *sub, const char *endpoint) {
	auto_status struct status st = STATUS_INIT;
	int rc = CORE_TX(c, bus_sub_config(c->em, CORE_P, sub, "{\"new\":1}",
				    endpoint, &st));
	core_settle(c);
	return rc;
}

struct core_seen core_get_sub(struct core *c, const char *name) {
	auto_status struct status st = STATUS_INIT;
	struct core_seen s = {0};
	ck_assert_int_eq(
		bus_sub_get(c->em, CORE_P, name, core_see_sub, &s, &st), ST_OK);
	return s;
}

int64_t core_stored(struct core *c) {
	int64_t n = 0, row;
	for (int64_t id = 1; id < 1000; id++)
		n += store_one_i64(
			c->em->store, Q_DELIVERY_BY_ID, &row, "i", id);
	return n;
}

void core_open_spec(
	struct core *c, const char *data, const struct sub_spec *spec) {
	core_open(c, data);
	core_topic(c, "t");
	core_sub_of(c, spec);
}

void core_open_one(struct core *c, const char *endpoint) {
	struct sub_spec spec = core_spec("s", endpoint);
	core_open_spec(c, NULL, &spec);
}

void core_widen(struct core *c, const char *sub) {
	struct sub s = core_get_sub(c, sub).sub;
	ck_assert_int_eq(
		CORE_TX(c, store_run(c->em->store, Q_SUB_PUSH, "iiiiii",
				   s.fails, s.hold_us, s.in_flight, s.used_us,
				   (int64_t)CORE_PUSHES_MAX, s.id)),
		0);
}

void core_open_wide(struct core *c) {
	core_open_one(c, CORE_PUSH);
	core_widen(c, "s");
}

void core_publish_n(struct core *c, int n) {
	for (int i = 0; i < n; i++) {
		char data[16];
		(void)snprintf(data, sizeof data, "%d", i);
		core_publish(c, "t", data);
	}
	core_settle(c);
}
