/* SPDX-License-Identifier: MIT */
#include "tests/unit/core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define TURNS_MAX 100000 /* more is a loop that never ends */
#define JOURNAL_CAP 10000

static struct core_sent *next_sent(struct core *c) {
	ck_assert_uint_lt(c->sent_len, CORE_SENT_MAX);
	struct core_sent *s = &c->sent[c->sent_len++];
	*s = (struct core_sent){0};
	return s;
}

/* A row without what it must have: the commit will be refused. */
static void spoil(struct core *c) {
	if (c->spoil)
		ck_assert_int_ne(store_run(c->em->store, Q_META_SET, "ti", "k",
					 STORE_NULL),
			0);
	c->spoil = false;
}

static int take_push(
	void *ctx, const struct push *p, emu_sent *done, void *done_ctx) {
	struct core *c = ctx;
	if (c->refuse)
		return c->refuse;
	spoil(c);
	struct core_sent *s = next_sent(c);
	(void)snprintf(s->to, sizeof s->to, "%s", p->endpoint);
	(void)snprintf(s->name, sizeof s->name, "%s", p->subscription);
	(void)snprintf(s->message, sizeof s->message, "%s", p->message);
	(void)snprintf(
		s->message_id, sizeof s->message_id, "%s", p->message_id);
	s->when_us = p->publish_us;
	s->timeout_us = p->timeout_us;
	s->attempt = p->attempt;
	s->done = done;
	s->done_ctx = done_ctx;
	return 0;
}

static int take_target(
	void *ctx, const struct target *t, emu_sent *done, void *done_ctx) {
	struct core *c = ctx;
	if (c->refuse)
		return c->refuse;
	spoil(c);
	struct core_sent *s = next_sent(c);
	(void)snprintf(s->to, sizeof s->to, "%s", t->http);
	(void)snprintf(s->name, sizeof s->name, "%s", t->job_id);
	s->when_us = t->schedule_us;
	s->timeout_us = t->deadline_us;
	s->forced = t->forced;
	s->done = done;
	s->done_ctx = done_ctx;
	return 0;
}

static void note_pullable(void *ctx, int64_t sub_id) {
	struct core *c = ctx;
	c->pullable++;
	c->pull_sub = sub_id;
}

static int take_run(void *ctx, const struct run *r) {
	struct core *c = ctx;
	if (c->refuse)
		return c->refuse;
	spoil(c);
	c->runs++;
	c->run_job = r->job;
	(void)snprintf(c->run_text, sizeof c->run_text, "%s %s %s %s",
		r->argv[0], r->project, r->job_id, r->input);
	return 0;
}

static void note_stop(void *ctx, int64_t job, bool now) {
	struct core *c = ctx;
	c->stops++;
	c->stop_job = job;
	c->stop_now = now;
}

void core_open(struct core *c, const char *data) {
	*c = (struct core){0};
	struct err e = {0};
	struct emu_config cfg = {.data = data,
		.life = job_life_default,
		.journal_cap = JOURNAL_CAP};
	ck_assert_int_eq(
		vclock_parse("virtual@2026-03-09T00:00:00Z", &cfg.clock, &e),
		0);
	ck_assert_msg(emu_open(&cfg, &c->em, &e) == 0, "%s", e.msg);
	ck_assert_msg(turn_restart(c->em, &e) == 0, "%s", e.msg);
	c->em->ops = (struct emu_ops){take_push, take_target, note_pullable, c,
		take_run, note_stop, c};
}

static void end_sent(struct core_sent *s, int http) {
	s->over = true;
	s->done(s->done_ctx, http, http > 0 ? NULL : "closed");
}

void core_close(struct core *c) {
	for (size_t i = 0; i < c->sent_len; i++)
		if (!c->sent[i].over)
			end_sent(&c->sent[i], 0);
	emu_close(c->em);
	c->em = NULL;
}

static bool answer_all(struct core *c) {
	bool any = false;
	for (size_t i = 0; c->http && i < c->sent_len; i++)
		if (!c->sent[i].over) {
			end_sent(&c->sent[i], c->http);
			any = true;
		}
	return any;
}

void core_settle(struct core *c) {
	for (int i = 0; i < TURNS_MAX; i++) {
		c->em->tidy_mono_us = 0; /* no real time passes here */
		if (turn_due(c->em) == 0)
			turn_run(c->em);
		else if (!answer_all(c))
			return;
	}
	ck_abort_msg("there is always something due");
}

static void note_advanced(void *ctx, bool settled) {
	struct core *c = ctx;
	c->advanced++;
	c->settled = settled;
}

void core_set_out(struct core *c, int64_t us) {
	struct err e = {0};
	ck_assert_msg(turn_advance(c->em, emu_now(c->em) + us, 60 * US_PER_S,
			      note_advanced, c, &e) == 0,
		"%s", e.msg);
	core_settle(c);
}

void core_advance(struct core *c, int64_t us) {
	int before = c->advanced;
	int64_t to = emu_now(c->em) + us;
	core_set_out(c, us);
	ck_assert_int_eq(c->advanced, before + 1);
	ck_assert(c->settled);
	ck_assert_int_eq(emu_now(c->em), to);
}

void core_sent_by(struct core *c, int64_t us, size_t n) {
	core_advance(c, us);
	ck_assert_uint_eq(c->sent_len, n);
}

void core_answer(struct core *c, size_t n, int http) {
	ck_assert_uint_lt(n, c->sent_len);
	ck_assert(!c->sent[n].over);
	end_sent(&c->sent[n], http);
	core_settle(c);
}

void core_answer_unwritten(struct core *c, size_t n, int http) {
	ck_assert_uint_lt(n, c->sent_len);
	ck_assert(!c->sent[n].over);
	/* the transaction of the answer cannot begin inside another */
	ck_assert_int_eq(store_begin(c->em->store, NULL), 0);
	end_sent(&c->sent[n], http);
}

void core_topic(struct core *c, const char *name) {
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(CORE_TX(c, bus_topic_create(c->em, CORE_P, name,
					    "{\"name\":\"t\"}", 0, &st)),
		ST_OK);
}

struct sub_spec core_spec(const char *name, const char *endpoint) {
	return (struct sub_spec){.project = CORE_P,
		.name = name,
		.topic_project = CORE_P,
		.topic = "t",
		.body = "{\"name\":\"s\"}",
		.endpoint = endpoint,
		.ack_us = 10 * US_PER_S,
		.retain_us = 7 * US_PER_DAY};
}

void core_sub_of(struct core *c, const struct sub_spec *spec) {
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(CORE_TX(c, bus_sub_create(c->em, spec, &st)), ST_OK);
}

void core_sub(struct core *c, const char *name, const char *topic,
	const char *endpoint) {
	struct sub_spec spec = core_spec(name, endpoint);
	spec.topic = topic;
	core_sub_of(c, &spec);
}

static void publish(struct core *c, const char *topic, const json_t *m) {
	auto_status struct status st = STATUS_INIT;
	char id[BUS_ID_MAX];
	ck_assert_int_eq(
		CORE_TX(c, bus_publish(c->em, CORE_P, topic, m, id, &st)),
		ST_OK);
}

void core_publish(struct core *c, const char *topic, const char *data) {
	auto_json json_t *m = json_pack("{s:s}", "data", data);
	publish(c, topic, m);
}

void core_publish_keyed(struct core *c, const char *data, const char *key,
	const char *attributes) {
	json_t *map = attributes ? json_loads(attributes, 0, NULL) : NULL;
	auto_json json_t *m = json_pack("{s:s, s:o*, s:s*}", "data", data,
		"attributes", map, "orderingKey", key);
	publish(c, "t", m);
	core_settle(c);
}

int core_end(struct core *c, int rc) {
	if (rc)
		emu_rollback(c->em);
	else
		ck_assert_int_eq(emu_commit(c->em), 0);
	return rc;
}

static void see_nothing(void *ctx, const struct job *j) {
	(void)ctx;
	(void)j;
}

void core_submit(struct core *c, const char *id, const char *input) {
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(CORE_TX(c, jobs_create(c->em, CORE_P, id, input, NULL,
					    see_nothing, NULL, &st)),
		ST_OK);
}

void core_cancel(struct core *c, const char *id) {
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(c, jobs_cancel(c->em, CORE_P, id, &st)), ST_OK);
}

int core_journal(struct core *c, const char *text, const char *other) {
	int n = 0;
	const struct journal *j = &c->em->journal;
	for (size_t i = 0; i < j->cap; i++)
		n += j->ring[i].text && strstr(j->ring[i].text, text) &&
		     strstr(j->ring[i].text, other);
	return n;
}

char *core_temp(const char *name) {
	const char *dir = getenv("TMPDIR");
	char *path = mem_printf("%s/check_core.%ld.%s", dir ? dir : "/tmp",
		(long)getpid(), name);
	ck_assert_ptr_nonnull(path);
	core_remove(path);
	return path;
}

void core_remove(const char *path) {
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		char *s = mem_printf("%s%s", path, ends[i]);
		(void)unlink(s);
		mem_free(s);
	}
}
