/* SPDX-License-Identifier: MIT */
/* Jobs as resources, and when they are due. What an execution does is in
 * attempt.c. */
#include "emulator/core/sched.h"

#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/schedule.h"
#include "emulator/core/attempt.h"

/* More ticks than this overdue at once are made up for by one run: the machine
 * slept, and nobody wants a week of runs when it wakes. */
#define OVERDUE_MAX 100
/* So many that have passed are counted; it is a number for people. */
#define PASSED_MAX 10000

static int not_found(struct status *st) {
	/* text: a guess, see facts scheduler.md section 1 */
	return status_set(st, ST_NOT_FOUND, "Job not found.");
}

static void read_job(struct store_rows *r, struct sched_job *ret) {
	*ret = (struct sched_job){.id = store_i64(r, 0),
		.project = store_text(r, 1),
		.location = store_text(r, 2),
		.name = store_text(r, 3),
		.body = store_text(r, 4),
		.state = (enum sched_state)store_i64(r, 5),
		.next_us = store_i64(r, 6),
		.retry_us = store_i64(r, 7),
		.tick_us = store_i64(r, 8),
		.first_us = store_i64(r, 9),
		.attempt = store_i64(r, 10),
		.update_us = store_i64(r, 11),
		.last_us = store_i64(r, 12),
		.status = store_text(r, 13),
		.running = store_i64(r, 14) != 0};
}

/* The ticks that follow an instant. */
struct coming {
	int64_t first_us; /* the first of them, or STORE_NULL */
	int64_t next_us;  /* the first after now, or STORE_NULL */
	int64_t passed;	  /* how many come before that, PASSED_MAX at most */
};

static int64_t next_of(
	const struct schedule *s, const struct zone *z, int64_t after_us) {
	int64_t us;
	return schedule_next(s, z, after_us, &us, NULL) ? STORE_NULL : us;
}

static struct coming count_ticks(const struct schedule *s, const struct zone *z,
	int64_t after_us, int64_t now_us) {
	int64_t us = next_of(s, z, after_us);
	struct coming ret = {.first_us = us};
	for (; us != STORE_NULL && us <= now_us && ret.passed < PASSED_MAX;
		ret.passed++)
		us = next_of(s, z, us);
	ret.next_us =
		us != STORE_NULL && us <= now_us ? next_of(s, z, now_us) : us;
	return ret;
}

/* Returns 0 or ERR_NOMEM. */
static int ticks_after(struct emu *em, const char *body, int64_t after_us,
	int64_t now_us, struct coming *ret) {
	struct err e = {0};
	auto_json json_t *j = parsed_get(&em->parsed, body, &e);
	const char *schedule =
		json_string_value(json_object_get(j, "schedule"));
	const char *zone = json_string_value(json_object_get(j, "timeZone"));
	const struct zone *z;
	struct schedule s;
	struct coming found = {STORE_NULL, STORE_NULL, 0};
	if (schedule && zone && zones_get(&em->zones, zone, &z, &e) == 0 &&
		schedule_parse(schedule, &s, &e) == 0)
		found = count_ticks(&s, z, after_us, now_us);
	if (e.code == ERR_NOMEM)
		return ERR_NOMEM;
	*ret = found;
	return 0;
}

/* The first tick after now, or STORE_NULL when none ever comes. Returns 0 or
 * ERR_NOMEM. */
static int tick_next(struct emu *em, const char *body, int64_t *ret) {
	struct coming c;
	int rc = ticks_after(em, body, emu_now(em), emu_now(em), &c);
	if (!rc)
		*ret = c.next_us;
	return rc;
}

static void remind(struct emu *em, int64_t due_us, int64_t id) {
	if (due_us != STORE_NULL)
		(void)timeline_add(&em->timeline, due_us, EVENT_TICK, id);
}

/* The first tick of a new schedule. Whether it can have one is known only with
 * its zone: one that leaves 2:30 out on every second Sunday of March. */
static int first_tick(
	struct emu *em, const char *body, int64_t *ret, struct status *st) {
	if (tick_next(em, body, ret))
		return status_nomem(st);
	if (*ret != STORE_NULL)
		return ST_OK;
	(void)status_set(
		st, ST_INVALID_ARGUMENT, "Schedule or time zone is invalid.");
	status_reason(st, "schedule",
		"the clocks of the time zone never show such a time");
	return st->code;
}

int sched_create(struct emu *em, const char *project, const char *location,
	const char *name, const char *body, struct status *st) {
	int64_t now = emu_now(em), next;
	if (first_tick(em, body, &next, st))
		return st->code;
	if (store_run(em->store, Q_SCHED_ADD, "ttttiii", project, location,
		    name, body, (int64_t)SCHED_ENABLED, next, now))
		return status_unwritten(st);
	if (store_changes(em->store) == 0)
		return status_set(st, ST_ALREADY_EXISTS,
			"Job projects/%s/locations/%s/jobs/%s already exists.",
			project, location, name);
	remind(em, next, store_last_id(em->store));
	return ST_OK;
}

int sched_get(struct emu *em, const char *project, const char *location,
	const char *name, sched_see *see, void *ctx, struct status *st) {
	struct store_rows *r = store_query(
		em->store, Q_SCHED_GET, "ttt", project, location, name);
	bool found = store_next(r);
	if (found) {
		struct sched_job j;
		read_job(r, &j);
		see(ctx, &j);
	}
	store_end(r);
	return found ? ST_OK : not_found(st);
}

void sched_list(struct emu *em, const char *project, const char *location,
	const char *after, int64_t max, sched_see *see, void *ctx) {
	struct store_rows *r = store_query(
		em->store, Q_SCHED_LIST, "ttti", project, location, after, max);
	while (store_next(r)) {
		struct sched_job j;
		read_job(r, &j);
		see(ctx, &j);
	}
	store_end(r);
}

/* What the state changes need of a job. */
struct brief {
	int64_t id;
	enum sched_state state;
	struct emu *em;	 /* in */
	int no_memory;	 /* for what follows */
	int64_t next_us; /* the first tick after now */
};

static void take_brief(void *ctx, const struct sched_job *j) {
	struct brief *b = ctx;
	b->id = j->id;
	b->state = j->state;
	b->no_memory = tick_next(b->em, j->body, &b->next_us);
}

static int brief_of(struct emu *em, const char *project, const char *location,
	const char *name, struct brief *ret, struct status *st) {
	ret->em = em;
	return sched_get(em, project, location, name, take_brief, ret, st);
}

int sched_delete(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st) {
	struct brief b;
	if (brief_of(em, project, location, name, &b, st))
		return st->code;
	(void)store_run(em->store, Q_SCHED_DEL, "i", b.id);
	return ST_OK;
}

static bool same_member(const json_t *a, const json_t *b, const char *key) {
	return json_equal(json_object_get(a, key), json_object_get(b, key));
}

struct change {
	const char *body; /* in: the new one */
	struct emu *em;	  /* in */
	int64_t id;
	struct status *st;
	int64_t next_us; /* the next tick from then on */
};

static void take_change(void *ctx, const struct sched_job *j) {
	struct change *c = ctx;
	auto_json json_t *old =
		jsn_parse(j->body, strlen(j->body), false, NULL);
	auto_json json_t *new =
		jsn_parse(c->body, strlen(c->body), false, NULL);
	c->id = j->id;
	c->next_us = j->next_us;
	if (!old || !new) {
		(void)status_nomem(c->st);
		return;
	}
	int64_t next;
	bool same = same_member(old, new, "schedule") &&
		    same_member(old, new, "timeZone");
	if (same || first_tick(c->em, c->body, &next, c->st))
		return;
	if (j->state == SCHED_ENABLED)
		c->next_us = next;
}

int sched_patch(struct emu *em, const char *project, const char *location,
	const char *name, const char *body, struct status *st) {
	struct change c = {.body = body, .em = em, .st = st};
	if (sched_get(em, project, location, name, take_change, &c, st) ||
		st->code)
		return st->code;
	(void)store_run(em->store, Q_SCHED_PATCH, "tiii", body, c.next_us,
		emu_now(em), c.id);
	remind(em, c.next_us, c.id);
	return ST_OK;
}

/* The texts of both refusals are guesses: the facts state the precondition
 * only (scheduler.md section 1). */
int sched_pause(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st) {
	struct brief b;
	if (brief_of(em, project, location, name, &b, st))
		return st->code;
	if (b.state != SCHED_ENABLED)
		return status_set(st, ST_FAILED_PRECONDITION,
			"Job must be in state ENABLED to be paused.");
	(void)store_run(em->store, Q_SCHED_STATE, "iiii", (int64_t)SCHED_PAUSED,
		STORE_NULL, STORE_NULL, b.id);
	return ST_OK;
}

int sched_resume(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st) {
	struct brief b;
	if (brief_of(em, project, location, name, &b, st))
		return st->code;
	if (b.state != SCHED_PAUSED)
		return status_set(st, ST_FAILED_PRECONDITION,
			"Job must be in state PAUSED to be resumed.");
	if (b.no_memory)
		return status_nomem(st);
	(void)store_run(em->store, Q_SCHED_STATE, "iiii",
		(int64_t)SCHED_ENABLED, b.next_us, STORE_NULL, b.id);
	remind(em, b.next_us, b.id);
	return ST_OK;
}

int sched_run(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st) {
	struct brief b;
	if (brief_of(em, project, location, name, &b, st))
		return st->code;
	if (timeline_add(&em->timeline, emu_now(em), EVENT_RUN, b.id))
		return status_nomem(st);
	(void)store_run(em->store, Q_SCHED_FORCED, "ii", (int64_t)1, b.id);
	return ST_OK;
}

static void save_run(struct emu *em, const struct sched_job *j) {
	(void)store_run(em->store, Q_SCHED_RUN, "iiiiiitii", j->next_us,
		j->retry_us, j->tick_us, j->first_us, j->attempt, j->last_us,
		j->status, (int64_t)j->running, j->id);
}

/* Turns from the job's due tick to the next one. While the job is free each
 * tick happens, late if it must be; those that came while it was held up (by an
 * execution, its retries, or because no process ran) are made up for by one
 * run. Returns 0 or ERR_NOMEM. */
static int take_tick(struct emu *em, struct sched_job *j, bool held) {
	int64_t now = emu_now(em);
	/* a scaled clock outruns a busy machine, but nothing slept there */
	bool may_merge = held || em->clock.mode != VCLOCK_SCALED;
	struct coming c;
	if (ticks_after(em, j->body, j->next_us, may_merge ? now : j->next_us,
		    &c)) {
		emu_postpone(em);
		return ERR_NOMEM;
	}
	bool merge = c.passed > 0 && (held || c.passed >= OVERDUE_MAX);
	char merged[24];
	(void)snprintf(merged, sizeof merged, "%lld", (long long)c.passed);
	j->tick_us = j->next_us;
	j->next_us = merge ? c.next_us : c.first_us;
	j->first_us = now;
	j->attempt = 0;
	em->counters.ticks++;
	if (merge)
		em->counters.ticksMerged += c.passed;
	journal_add(&em->journal, now, "tick", "job", j->name, "#merged",
		merge ? merged : NULL, NULL);
	return 0;
}

/* After an attempt began or ended: what the job waits for next. */
static void plan_next(struct emu *em, const struct sched_job *j) {
	if (j->retry_us != STORE_NULL)
		remind(em, j->retry_us, j->id);
	else if (!j->running)
		remind(em, j->next_us, j->id);
}

static void begin_tick(struct emu *em, struct sched_job *j, bool held) {
	if (take_tick(em, j, held))
		return;
	attempt_start(em, j, false, sched_ended);
	save_run(em, j);
	plan_next(em, j);
}

/* An execution may be over, and tick n+1 starts when n ends. */
static void go_on(struct emu *em, struct sched_job *j) {
	bool free = !j->running && j->retry_us == STORE_NULL;
	if (free && j->state == SCHED_ENABLED && j->next_us != STORE_NULL &&
		j->next_us <= emu_now(em))
		begin_tick(em, j, true);
	else
		plan_next(em, j);
}

static void begin_retry(struct emu *em, struct sched_job *j) {
	j->retry_us = STORE_NULL;
	attempt_start(em, j, false, sched_ended);
	save_run(em, j);
	go_on(em, j);
}

void sched_due(struct emu *em, int64_t id, int64_t due_us) {
	struct store_rows *r = store_query(em->store, Q_SCHED_BY_ID, "i", id);
	struct sched_job j;
	if (store_next(r)) {
		read_job(r, &j);
		bool enabled = j.state == SCHED_ENABLED;
		/* one execution at a time: a tick that finds one running or
		 * waiting to be retried is taken up when that has ended */
		bool free = !j.running && j.retry_us == STORE_NULL;
		if (enabled && !j.running && j.retry_us == due_us)
			begin_retry(em, &j);
		else if (enabled && free && j.next_us == due_us)
			begin_tick(em, &j, false);
	}
	store_end(r);
}

void sched_run_now(struct emu *em, int64_t id) {
	struct store_rows *r = store_query(em->store, Q_SCHED_BY_ID, "i", id);
	struct sched_job j;
	if (store_next(r)) {
		read_job(r, &j);
		journal_add(
			&em->journal, emu_now(em), "run", "job", j.name, NULL);
		/* beside the schedule: only the outcome is kept */
		struct sched_job forced = j;
		forced.tick_us = emu_now(em);
		attempt_start(em, &forced, true, sched_ended);
		j.last_us = forced.last_us;
		j.status = forced.status;
		save_run(em, &j);
	}
	store_end(r);
}

void sched_ended(
	struct emu *em, int64_t id, bool forced, int code, const char *why) {
	struct store_rows *r = store_query(em->store, Q_SCHED_BY_ID, "i", id);
	struct sched_job j;
	if (store_next(r)) {
		read_job(r, &j);
		attempt_finish(em, &j, forced, code, why);
		save_run(em, &j);
		if (!forced)
			go_on(em, &j);
	}
	store_end(r);
}

/* Forced runs that were accepted and have not ended. */
static void restart_forced(struct emu *em, int64_t now) {
	struct store_rows *r = store_query(em->store, Q_SCHED_TO_FORCE, "");
	while (store_next(r))
		for (int64_t n = store_i64(r, 1); n > 0; n--)
			(void)timeline_add(
				&em->timeline, now, EVENT_RUN, store_i64(r, 0));
	store_end(r);
}

void sched_restart(struct emu *em) {
	int64_t now = emu_now(em);
	restart_forced(em, now);
	(void)store_run(em->store, Q_SCHED_RESTART, "i", now);
	struct store_rows *r =
		store_query(em->store, Q_SCHED_OVERDUE, "i", now);
	while (store_next(r)) {
		struct sched_job j;
		read_job(r, &j);
		/* without memory for that it is a tick that is late */
		if (take_tick(em, &j, true))
			continue;
		j.retry_us = now;
		save_run(em, &j);
	}
	store_end(r);
}

void sched_remind(struct emu *em) {
	struct store_rows *r = store_query(em->store, Q_SCHED_DUE, "");
	while (store_next(r)) {
		remind(em, store_i64(r, 1), store_i64(r, 0));
		remind(em, store_i64(r, 2), store_i64(r, 0));
	}
	store_end(r);
}
