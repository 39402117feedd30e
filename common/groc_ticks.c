/* SPDX-License-Identifier: MIT */
/* The ticks of a parsed schedule. Where clocks change, slots come out as
 * Google's own library has them, oddities included (facts, "Time zones and
 * DST"): "every 12 hours synchronized" runs at 23:00 and 0:00 at the end of a
 * day of 25 hours. */
#include <stdbool.h>

#include "common/clock.h"
#include "common/groc.h"
#include "common/wall.h"
#include "common/when.h"

static uint32_t days_of(const void *ctx, const struct wall_month *m) {
	const struct groc *g = ctx;
	if (!(g->months >> m->month & 1))
		return 0;
	if (g->monthdays)
		return g->monthdays & (uint32_t)wall_up_to(m->len);
	uint64_t weeks =
		0; /* the n-th of a weekday is in the n-th seven days */
	for (int n = 1; n <= 5; n++)
		if (g->ordinals >> n & 1)
			weeks |= UINT64_C(0xfe) << 7 * (n - 1);
	return wall_weekdays(g->weekdays, m) & (uint32_t)weeks;
}

static struct wall wall_of(const struct groc *g) {
	return (struct wall){UINT64_C(1) << g->from % 60,
		UINT32_C(1) << g->from / 60, days_of, g};
}

static int64_t floor_to(int64_t us, int64_t unit) {
	int64_t rest = us % unit;
	return us - rest - (rest < 0 ? unit : 0);
}

/* The local midnight before an instant, in local time. */
static int64_t midnight(const struct zone *z, int64_t us) {
	return floor_to(us + zone_offset_s(z, us) * US_PER_S, US_PER_DAY);
}

static bool on_weekday(const struct groc *g, const struct zone *z, int64_t us) {
	struct civil t;
	when_civil(us + zone_offset_s(z, us) * US_PER_S, &t);
	return g->weekdays >> t.weekday & 1;
}

/* When a time of day came last, now or before. */
static int64_t last_at(const struct zone *z, int64_t us, int minute) {
	int64_t local = midnight(z, us) + minute * US_PER_MIN;
	int64_t at = zone_instant(z, local);
	while (at > us)
		at = zone_instant(z, local -= US_PER_DAY);
	return at;
}

/* When it comes next, after now. */
static int64_t first_past(const struct zone *z, int64_t us, int minute) {
	int64_t local = midnight(z, us) + minute * US_PER_MIN;
	int64_t at = zone_instant(z, local);
	while (at <= us)
		at = zone_instant(z, local += US_PER_DAY);
	return at;
}

static bool in_range(const struct groc *g, const struct zone *z, int64_t us) {
	int64_t end = last_at(z, us, g->to);
	return end == us || last_at(z, us, g->from) > end;
}

static int64_t slot_after(
	const struct groc *g, const struct zone *z, int64_t us) {
	int64_t start = last_at(z, us, g->from);
	int64_t slot = us + g->period_us - (us - start) % g->period_us;
	int64_t next_start = first_past(z, us, g->from);
	bool same_range =
		slot < next_start && in_range(g, z, us) && in_range(g, z, slot);
	return same_range ? slot : next_start;
}

static int64_t slot_before(
	const struct groc *g, const struct zone *z, int64_t us) {
	int64_t start = last_at(z, us, g->from);
	int64_t end = first_past(z, start - 1, g->to);
	int64_t last = us < end ? us : end;
	return last - (last - start) % g->period_us;
}

/* A candidate on another weekday is not where the search goes on, but one
 * period after where it began: so a plain interval keeps its step. */
static int interval_next(const struct groc *g, const struct zone *z,
	int64_t after_us, int64_t *ret_us, struct err *e) {
	int64_t at = after_us < WHEN_MIN_US ? WHEN_MIN_US - 1 : after_us;
	for (; at < WHEN_MAX_US; at += g->period_us) {
		int64_t tick =
			g->kind == GROC_SLOTS
				? slot_after(g, z, at)
				: floor_to(at + g->period_us, US_PER_MIN);
		if (tick > WHEN_MAX_US)
			break;
		if (!on_weekday(g, z, tick))
			continue;
		*ret_us = tick;
		return 0;
	}
	return err_set(
		e, ERR_RANGE, "the schedule has no tick before the year 10000");
}

/* Where clocks change, the slots that interval_next finds depend on where it
 * began; it may step over one that is found here. */
static int slots_prev(const struct groc *g, const struct zone *z, int64_t at_us,
	int64_t *ret_us, struct err *e) {
	int64_t at = at_us > WHEN_MAX_US ? WHEN_MAX_US : at_us;
	while (at >= WHEN_MIN_US) {
		int64_t tick = slot_before(g, z, at);
		if (tick < WHEN_MIN_US)
			break;
		if (on_weekday(g, z, tick)) {
			*ret_us = tick;
			return 0;
		}
		at = tick - 1;
	}
	return err_set(e, ERR_RANGE, "the schedule has no tick before");
}

int groc_next(const struct groc *g, const struct zone *z, int64_t after_us,
	int64_t *ret_us, struct err *e) {
	const struct wall w = wall_of(g);
	if (g->kind == GROC_DAYS)
		return wall_next(&w, z, after_us, ret_us, e);
	return interval_next(g, z, after_us, ret_us, e);
}

int groc_prev(const struct groc *g, const struct zone *z, int64_t at_us,
	int64_t *ret_us, struct err *e) {
	const struct wall w = wall_of(g);
	switch (g->kind) {
	case GROC_AFTER:
		return err_set(
			e, ERR_STATE, "the schedule counts from its last tick");
	case GROC_SLOTS:
		return slots_prev(g, z, at_us, ret_us, e);
	case GROC_DAYS:
		break;
	}
	return wall_prev(&w, z, at_us, ret_us, e);
}
