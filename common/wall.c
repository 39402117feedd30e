/* SPDX-License-Identifier: MIT */
/* Within a stretch of one UTC offset the next tick is found in local time,
 * month by month and never minute by minute; where the offset changes first,
 * the search starts again at the change. */
#include "common/wall.h"

#include "common/clock.h"
#include "common/when.h"

#define NEXT_YEARS 400
#define PREV_YEARS 40

static int lowest(uint64_t set) {
	return __builtin_ctzll(set);
}

static int highest(uint64_t set) {
	return 63 - __builtin_clzll(set);
}

static int month_len(int year, int month) {
	if (month == 2)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
			       ? 29
			       : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static struct wall_month month_of(const struct civil *d) {
	return (struct wall_month){
		.year = d->year,
		.month = d->month,
		.len = month_len(d->year, d->month),
		.first = (d->weekday + 36 - d->day) % 7,
	};
}

static void month_up(struct wall_month *m) {
	m->first = (m->first + m->len) % 7;
	m->year += m->month == 12;
	m->month = m->month == 12 ? 1 : m->month + 1;
	m->len = month_len(m->year, m->month);
}

static void month_down(struct wall_month *m) {
	m->year -= m->month == 1;
	m->month = m->month == 1 ? 12 : m->month - 1;
	m->len = month_len(m->year, m->month);
	m->first = (m->first + 35 - m->len) % 7;
}

uint32_t wall_weekdays(uint32_t weekdays, const struct wall_month *m) {
	uint64_t weeks = weekdays;
	weeks |= weeks << 7 | weeks << 14;
	weeks |= weeks << 21;
	return (uint32_t)(weeks >> m->first << 1 & wall_up_to(m->len));
}

bool wall_has_day(uint32_t months, uint32_t days) {
	const int leap = 2024;
	for (int m = 1; m <= 12; m++)
		if (months >> m & 1 && days & wall_up_to(month_len(leap, m)))
			return true;
	return false;
}

/* Moves the time of day to the first match at or after it, if there is one. */
static bool time_up(const struct wall *w, struct civil *t) {
	uint64_t minutes = w->minute & ~(wall_up_to(t->minute) >> 1);
	if (w->hour >> t->hour & 1 && minutes) {
		t->minute = lowest(minutes);
		return true;
	}
	uint64_t hours = w->hour & ~wall_up_to(t->hour);
	if (!hours)
		return false;
	t->hour = lowest(hours);
	t->minute = lowest(w->minute);
	return true;
}

static bool time_down(const struct wall *w, struct civil *t) {
	uint64_t minutes = w->minute & wall_up_to(t->minute);
	if (w->hour >> t->hour & 1 && minutes) {
		t->minute = highest(minutes);
		return true;
	}
	uint64_t hours = w->hour & (wall_up_to(t->hour) >> 1);
	if (!hours)
		return false;
	t->hour = highest(hours);
	t->minute = highest(w->minute);
	return true;
}

/* The first local time at or after `us` that matches. */
static bool local_up(
	const struct wall *w, int64_t us, int year_max, int64_t *ret) {
	struct civil t;
	when_civil(us + US_PER_MIN - 1, &t);
	struct wall_month m = month_of(&t);
	uint64_t days = w->days(w->ctx, &m) & ~wall_up_to(t.day - 1);
	if (!(days >> t.day & 1) || !time_up(w, &t)) {
		days &= ~(UINT64_C(1) << t.day);
		t.hour = lowest(w->hour);
		t.minute = lowest(w->minute);
	}
	while (!days) {
		month_up(&m);
		if (m.year > year_max)
			return false;
		days = w->days(w->ctx, &m);
	}
	*ret = when_from_civil(&(struct civil){.year = m.year,
		.month = m.month,
		.day = lowest(days),
		.hour = t.hour,
		.minute = t.minute});
	return true;
}

/* The last local time at or before `us` that matches. */
static bool local_down(
	const struct wall *w, int64_t us, int year_min, int64_t *ret) {
	struct civil t;
	when_civil(us, &t);
	struct wall_month m = month_of(&t);
	uint64_t days = w->days(w->ctx, &m) & wall_up_to(t.day);
	if (!(days >> t.day & 1) || !time_down(w, &t)) {
		days &= ~(UINT64_C(1) << t.day);
		t.hour = highest(w->hour);
		t.minute = highest(w->minute);
	}
	while (!days) {
		month_down(&m);
		if (m.year < year_min)
			return false;
		days = w->days(w->ctx, &m);
	}
	*ret = when_from_civil(&(struct civil){.year = m.year,
		.month = m.month,
		.day = highest(days),
		.hour = t.hour,
		.minute = t.minute});
	return true;
}

/* `at` is the instant the search has passed: no tick lies in (after, at]. */
int wall_next(const struct wall *w, const struct zone *z, int64_t after_us,
	int64_t *ret_us, struct err *e) {
	int64_t at = after_us < WHEN_MIN_US ? WHEN_MIN_US - 1 : after_us;
	struct civil first;
	when_civil(at, &first);
	while (at < WHEN_MAX_US) {
		int64_t offset = zone_offset_s(z, at + 1) * US_PER_S;
		int64_t local = 0;
		if (!local_up(w, at + 1 + offset, first.year + NEXT_YEARS,
			    &local))
			break;
		int64_t tick = local - offset;
		int64_t change = zone_change_after(z, at + 1, tick);
		if (change > tick && tick <= WHEN_MAX_US) {
			*ret_us = tick;
			return 0;
		}
		at = change - 1;
	}
	return err_set(e, ERR_RANGE,
		"the schedule has no tick in the %d years after, or before the "
		"year 10000",
		NEXT_YEARS);
}

int wall_prev(const struct wall *w, const struct zone *z, int64_t at_us,
	int64_t *ret_us, struct err *e) {
	int64_t at = at_us > WHEN_MAX_US ? WHEN_MAX_US : at_us;
	int64_t oldest = WHEN_MIN_US;
	if (at > oldest + PREV_YEARS * 366 * US_PER_DAY)
		oldest = at - PREV_YEARS * 366 * US_PER_DAY;
	struct civil first;
	when_civil(oldest - US_PER_DAY, &first);
	while (at >= oldest) {
		int64_t offset = zone_offset_s(z, at) * US_PER_S;
		int64_t local = 0;
		if (!local_down(w, at + offset, first.year, &local))
			break;
		int64_t tick = local - offset;
		int64_t change = zone_change_before(z, at, tick + 1);
		if (change <= tick && tick >= oldest) {
			*ret_us = tick;
			return 0;
		}
		at = change - 1;
	}
	return err_set(e, ERR_RANGE,
		"the schedule has no tick in the %d years before", PREV_YEARS);
}
