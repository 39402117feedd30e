/* SPDX-License-Identifier: MIT */
#include "emulator/core/turn.h"

#include "common/when.h"
#include "emulator/core/bus.h"
#include "emulator/core/deliver.h"
#include "emulator/core/jobs.h"
#include "emulator/core/sched.h"
#include "emulator/core/sent.h"
#include "emulator/core/snapshots.h"

#define EVENTS_A_TURN 64 /* then requests get their turn */
#define TIDY_LEN_MIN 4096
/* Real time after a request in which an auto clock stands: the next one of the
 * same client finds it where it was. */
#define REST_US (50 * US_PER_MS)
#define AUTO_LAST_US 253402300799000000LL /* 9999-12-31T23:59:59Z */

/* Real microseconds until the timeline has to be made anew from the rows: 0 at
 * once, -1 when it is as it should be. Events are never taken back, so on a
 * clock that stands still the stale ones would become ever more. */
static int64_t tidy_due(const struct emu *em) {
	if (!em->timeline.incomplete &&
		timeline_len(&em->timeline) < em->tidy_len)
		return -1;
	int64_t left = em->tidy_mono_us - clock_mono_us();
	return left > 0 ? left : 0;
}

static void tidy(struct emu *em) {
	/* the rows count forced runs, those that have begun among them */
	timeline_keep(&em->timeline, EVENT_RUN);
	em->timeline.incomplete = false;
	emu_begin(em);
	jobs_remind(em);
	bus_remind(em);
	snapshots_remind(em);
	sched_remind(em);
	(void)emu_commit(em);
	if (em->timeline.incomplete)
		emu_postpone(em);
	size_t len = timeline_len(&em->timeline) * 2;
	em->tidy_len = len > TIDY_LEN_MIN ? len : TIDY_LEN_MIN;
}

int turn_restart(struct emu *em, struct err *e) {
	int rc = store_begin(em->store, e);
	if (rc)
		return rc;
	jobs_restart(em);
	bus_restart(em);
	sched_restart(em);
	rc = store_commit(em->store, e);
	if (!rc)
		tidy(em);
	return rc;
}

static void fire(struct emu *em, const struct event *ev) {
	emu_begin(em);
	/* so that the clock of a process that is killed does not go back */
	if (em->advance.active || em->clock.mode == VCLOCK_AUTO)
		emu_save_clock(em);
	switch (ev->kind) {
	case EVENT_JOB:
		jobs_due(em, ev->id, ev->due_us);
		break;
	case EVENT_DELIVERY:
	case EVENT_KEPT:
		deliver_due(em, ev->id, ev->due_us);
		break;
	case EVENT_HELD:
		deliver_held(em, ev->id, ev->due_us);
		break;
	case EVENT_TICK:
		sched_due(em, ev->id, ev->due_us);
		break;
	case EVENT_RUN:
		sched_run_now(em, ev->id);
		break;
	case EVENT_SUB:
		bus_sub_due(em, ev->id, ev->due_us);
		break;
	case EVENT_SNAPSHOT:
		snapshots_due(em, ev->id, ev->due_us);
		break;
	}
	/* what other events wait for is in the rows */
	if (emu_commit(em) && ev->kind == EVENT_RUN)
		(void)timeline_add(
			&em->timeline, ev->due_us, EVENT_RUN, ev->id);
}

static void advance_end(struct emu *em, bool settled) {
	em->advance.active = false;
	emu_begin(em);
	emu_save_clock(em);
	(void)emu_commit(em);
	em->advance.done(em->advance.ctx, settled);
}

/* One step of an advance. False when it has to wait or is over. */
static bool advance_step(struct emu *em) {
	if (em->in_flight > 0)
		return false;
	int64_t due;
	if (!timeline_next(&em->timeline, &due) || due > em->advance.to_us) {
		vclock_set(&em->clock, em->advance.to_us);
		advance_end(em, true);
		return false;
	}
	vclock_set(&em->clock, due);
	struct event ev;
	if (timeline_pop(&em->timeline, emu_now(em), &ev))
		fire(em, &ev);
	return true;
}

/* Whether the first event is the deadline of a message that somebody pulled and
 * is at work on. */
static bool someone_works(struct emu *em) {
	struct event ev;
	return timeline_work(&em->timeline, &ev) && ev.kind == EVENT_DELIVERY &&
	       delivery_pulled(em, ev.id, ev.due_us);
}

/* Whether an auto clock has to stand where it is. */
static bool auto_stands(const struct emu *em) {
	return em->in_flight > 0 || clock_mono_us() < em->rest_mono_us;
}

/* Whether there is something that an auto clock jumps to; it passes by upkeep
 * on the way. */
static bool auto_has_aim(const struct emu *em) {
	struct event ev;
	return timeline_work(&em->timeline, &ev) && ev.due_us <= AUTO_LAST_US;
}

/* One step of an auto clock. False when it has to wait. It jumps, but not to a
 * deadline at the cost of whoever has to keep it: for that one it goes with the
 * real time, until something happens. */
static bool auto_step(struct emu *em) {
	struct event ev;
	int64_t due;
	if (!timeline_next(&em->timeline, &due))
		return false;
	if (due > emu_now(em)) {
		if (auto_stands(em) || !auto_has_aim(em))
			return false;
		if (someone_works(em)) {
			vclock_go(&em->clock);
			em->auto_waits = true;
			return false;
		}
		vclock_set(&em->clock, due);
	}
	if (timeline_pop(&em->timeline, emu_now(em), &ev))
		fire(em, &ev);
	return true;
}

static bool step(struct emu *em) {
	struct event ev;
	if (em->advance.active)
		return advance_step(em);
	if (em->clock.mode == VCLOCK_AUTO)
		return auto_step(em);
	if (!timeline_pop(&em->timeline, emu_now(em), &ev))
		return false;
	fire(em, &ev);
	return true;
}

void turn_run(struct emu *em) {
	for (int i = 0; i < EVENTS_A_TURN; i++) {
		if (em->advance.active &&
			clock_mono_us() > em->advance.give_up_mono_us) {
			advance_end(em, false);
			return;
		}
		/* the failure of the first makes it due again later */
		if (tidy_due(em) == 0 && sent_settle_all(em) == 0)
			tidy(em);
		/* with events missing time must not pass */
		if (em->timeline.incomplete)
			return;
		if (!step(em))
			return;
	}
}

/* Real microseconds until an auto clock is to be looked after: its rest is
 * over, or the time has come for which it goes with the real time. */
static int64_t auto_due(const struct emu *em, int64_t due_us) {
	int64_t wait = vclock_wait(&em->clock, due_us);
	if (wait == 0 || em->in_flight > 0 || em->auto_waits ||
		!auto_has_aim(em))
		return wait;
	int64_t rest = em->rest_mono_us - clock_mono_us();
	if (rest < 0)
		rest = 0;
	return wait < 0 || rest < wait ? rest : wait;
}

int64_t turn_due(const struct emu *em) {
	int64_t tidy_us = tidy_due(em);
	if (tidy_us >= 0)
		return tidy_us;
	if (em->advance.active) {
		if (em->in_flight == 0)
			return 0;
		int64_t left = em->advance.give_up_mono_us - clock_mono_us();
		return left > 0 ? left : 0;
	}
	int64_t due;
	if (!timeline_next(&em->timeline, &due))
		return -1;
	return em->clock.mode == VCLOCK_AUTO ? auto_due(em, due)
					     : vclock_wait(&em->clock, due);
}

int turn_advance(struct emu *em, int64_t to_us, int64_t limit_us,
	void (*done)(void *ctx, bool settled), void *ctx, struct err *e) {
	if (!vclock_moves(&em->clock))
		return err_set(e, ERR_STATE,
			"the clock is '%s'; only a virtual or an auto one can "
			"be moved (start train-emulator with --clock=virtual)",
			em->clock.text);
	if (em->advance.active)
		return err_set(e, ERR_STATE, "another advance is under way");
	int64_t now = emu_now(em);
	if (to_us < now) {
		char text[WHEN_TEXT_MAX];
		when_format(now, -1, text);
		return err_set(e, ERR_STATE,
			"the clock cannot go back: it is %s", text);
	}
	em->advance = (struct emu_advance){.active = true,
		.from_us = now,
		.to_us = to_us,
		.give_up_mono_us = clock_mono_us() + limit_us,
		.before = em->counters,
		.done = done,
		.ctx = ctx};
	return 0;
}

void turn_rest(struct emu *em) {
	if (em->clock.mode == VCLOCK_AUTO)
		em->rest_mono_us = clock_mono_us() + REST_US;
}

void turn_advance_stop(struct emu *em) {
	if (em->advance.active)
		advance_end(em, false);
}

void turn_stop(struct emu *em) {
	turn_advance_stop(em);
	em->epoch++;
}
