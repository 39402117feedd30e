/* SPDX-License-Identifier: MIT */
/* unix-cron schedules over bit sets. Within a stretch of one UTC offset the
 * next tick is found in local time, month by month and never minute by minute;
 * where the offset changes first, the search starts again at the change. So a
 * skipped local time never fires and a doubled one fires in both passes. */
#include "common/cron.h"

#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/when.h"

#define EXPR_MAX 1024
#define FIELDS 5
#define PREV_YEARS 40
#define YEAR_END 10000 /* reached by local time only, in zones ahead of UTC */

struct field {
	const char *label;
	unsigned lo, hi;
	unsigned count;	   /* distinct values: 7 is Sunday again */
	const char *names; /* four bytes a name, the first one is `lo` */
};

static const struct field fields[FIELDS] = {
	{"minute", 0, 59, 60, NULL},
	{"hour", 0, 23, 24, NULL},
	{"day of month", 1, 31, 31, NULL},
	{"month", 1, 12, 12,
		"JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC "},
	{"day of week", 0, 7, 7, "SUN MON TUE WED THU FRI SAT "},
};

/* What is left of a field. */
struct text {
	const char *p, *end;
};

static int lowest(uint64_t set) {
	return __builtin_ctzll(set);
}

static int highest(uint64_t set) {
	return 63 - __builtin_clzll(set);
}

/* Bits 0 to n. */
static uint64_t up_to(int n) {
	return (UINT64_C(2) << n) - 1;
}

static bool is_blank(char c) {
	return c == ' ' || c == '\t';
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool skip(struct text *t, char c) {
	if (t->p == t->end || *t->p != c)
		return false;
	t->p++;
	return true;
}

/* Digits; false when there are none. Stops counting well above any limit. */
static bool read_number(struct text *t, unsigned *ret) {
	const char *start = t->p;
	unsigned n = 0;
	for (; t->p < t->end && is_digit(*t->p); t->p++)
		n = n < 100000 ? n * 10 + (unsigned)(*t->p - '0') : n;
	if (t->p == start)
		return false;
	*ret = n;
	return true;
}

static bool read_name(const struct field *f, struct text *t, unsigned *ret) {
	size_t len = f->names && t->end - t->p >= 3 ? strlen(f->names) : 0;
	for (size_t i = 0; i < len; i += 4) {
		if (strncasecmp(t->p, f->names + i, 3) != 0)
			continue;
		t->p += 3;
		*ret = f->lo + (unsigned)(i / 4);
		return true;
	}
	return false;
}

static int read_value(
	const struct field *f, struct text *t, unsigned *ret, struct err *e) {
	if (read_name(f, t, ret))
		return 0;
	unsigned n = 0;
	if (!read_number(t, &n))
		return err_set(e, ERR_SYNTAX,
			"%s: a number%s is wanted at '%.*s'", f->label,
			f->names ? " or a three-letter name" : "",
			(int)(t->end - t->p), t->p);
	if (n < f->lo || n > f->hi)
		return err_set(e, ERR_SYNTAX, "%s: %u is not within %u-%u",
			f->label, n, f->lo, f->hi);
	*ret = n;
	return 0;
}

/* A step over the number of values is taken for a slip: crontab readers make
 * "every 90 minutes" hourly out of it without a word. */
static int read_step(
	const struct field *f, struct text *t, unsigned *ret, struct err *e) {
	unsigned n = 0;
	if (!read_number(t, &n))
		return err_set(e, ERR_SYNTAX,
			"%s: a number is wanted after '/'", f->label);
	if (n == 0 || n > f->count)
		return err_set(e, ERR_SYNTAX, "%s: step %u is not within 1-%u",
			f->label, n, f->count);
	*ret = n;
	return 0;
}

/* "-b" after a. SUN is the end of a week there, so FRI-SUN is 5-7; only
 * SUN-SUN stays the single day it says. */
static int read_range_end(const struct field *f, struct text *t, unsigned from,
	unsigned *ret, struct err *e) {
	bool named = t->p < t->end && !is_digit(*t->p);
	unsigned to = 0;
	if (read_value(f, t, &to, e))
		return e->code;
	if (named && to == 0 && from > 0)
		to = 7;
	if (from > to)
		return err_set(e, ERR_SYNTAX, "%s: range %u-%u runs backwards",
			f->label, from, to);
	*ret = to;
	return 0;
}

/* One item of a list: *, a, a-b, each but a with an optional step. */
static int read_item(
	const struct field *f, struct text *t, uint64_t *set, struct err *e) {
	unsigned from = f->lo, to = f->hi, step = 1;
	bool range = skip(t, '*');
	if (!range) {
		if (read_value(f, t, &from, e))
			return e->code;
		to = from;
		range = skip(t, '-');
		if (range && read_range_end(f, t, from, &to, e))
			return e->code;
	}
	if (skip(t, '/')) {
		if (!range)
			return err_set(e, ERR_SYNTAX,
				"%s: a step needs '*' or a range before it",
				f->label);
		if (read_step(f, t, &step, e))
			return e->code;
	}
	for (unsigned v = from; v <= to; v += step)
		*set |= UINT64_C(1) << v;
	return 0;
}

static int read_field(
	const struct field *f, struct text t, uint64_t *ret, struct err *e) {
	uint64_t set = 0;
	do {
		if (read_item(f, &t, &set, e))
			return e->code;
	} while (skip(&t, ','));
	if (t.p < t.end)
		return err_set(e, ERR_SYNTAX, "%s: unexpected '%.*s'", f->label,
			(int)(t.end - t.p), t.p);
	*ret = set;
	return 0;
}

/* Cuts the expression into its five fields. */
static int split(const char *s, struct text at[FIELDS], struct err *e) {
	if (strnlen(s, EXPR_MAX + 1) > EXPR_MAX)
		return err_set(e, ERR_SYNTAX,
			"the schedule is longer than %d bytes", EXPR_MAX);
	int n = 0;
	for (const char *p = s; *p; p++) {
		if (!is_blank(*p) && (*p < ' ' || *p > '~'))
			return err_set(e, ERR_SYNTAX,
				"the schedule has a byte that is not "
				"printable ASCII");
		if (is_blank(*p))
			continue;
		if (p == s || is_blank(p[-1]))
			n++;
		if (n > FIELDS)
			continue;
		if (p == s || is_blank(p[-1]))
			at[n - 1].p = p;
		at[n - 1].end = p + 1;
	}
	if (n == 0)
		return err_set(e, ERR_SYNTAX, "the schedule is empty");
	if (*at[0].p == '@')
		return err_set(e, ERR_SYNTAX,
			"macros such as @hourly are not supported: write five "
			"fields");
	if (n == FIELDS + 1)
		return err_set(
			e, ERR_SYNTAX, "six fields: seconds are not supported");
	if (n != FIELDS)
		return err_set(
			e, ERR_SYNTAX, "five fields are wanted, %d given", n);
	return 0;
}

/* crontab(5): when both day fields are restricted, either may match. */
static bool either_day(const struct cron *c) {
	return !c->dom_star && !c->dow_star;
}

static bool can_match(const struct cron *c) {
	static const int longest[] = {
		31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	if (either_day(c))
		return true;
	for (int m = 0; m < 12; m++)
		if (c->month >> (m + 1) & 1 && c->dom & up_to(longest[m]))
			return true;
	return false;
}

int cron_parse(const char *s, struct cron *ret, struct err *e) {
	struct err local = {0}; /* codes are read back from it */
	e = e ? e : &local;
	struct text at[FIELDS];
	if (split(s, at, e))
		return e->code;
	uint64_t set[FIELDS];
	for (int i = 0; i < FIELDS; i++)
		if (read_field(&fields[i], at[i], &set[i], e))
			return e->code;
	const struct cron c = {
		.minute = set[0],
		.hour = (uint32_t)set[1],
		.dom = (uint32_t)set[2],
		.month = (uint32_t)set[3],
		.dow = (uint32_t)((set[4] | set[4] >> 7) & 0x7f),
		.dom_star = *at[2].p == '*',
		.dow_star = *at[4].p == '*',
	};
	if (!can_match(&c))
		return err_set(e, ERR_SYNTAX,
			"day of month: no month of the schedule has such a "
			"day");
	*ret = c;
	return 0;
}

struct month {
	int year, month, len;
	int first; /* weekday of its 1st */
};

static int month_len(int year, int month) {
	if (month == 2)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
			       ? 29
			       : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static struct month month_of(const struct civil *d) {
	return (struct month){
		.year = d->year,
		.month = d->month,
		.len = month_len(d->year, d->month),
		.first = (d->weekday + 36 - d->day) % 7,
	};
}

static void month_up(struct month *m) {
	m->first = (m->first + m->len) % 7;
	m->year += m->month == 12;
	m->month = m->month == 12 ? 1 : m->month + 1;
	m->len = month_len(m->year, m->month);
}

static void month_down(struct month *m) {
	m->year -= m->month == 1;
	m->month = m->month == 1 ? 12 : m->month - 1;
	m->len = month_len(m->year, m->month);
	m->first = (m->first + 35 - m->len) % 7;
}

/* The matching days of a month, bits 1..31. */
static uint32_t days_of(const struct cron *c, const struct month *m) {
	if (!(c->month >> m->month & 1))
		return 0;
	uint64_t weeks = c->dow;
	weeks |= weeks << 7 | weeks << 14;
	weeks |= weeks << 21;
	uint64_t days = weeks >> m->first << 1;
	days = either_day(c) ? days | c->dom : days & c->dom;
	return (uint32_t)(days & up_to(m->len) & ~UINT64_C(1));
}

/* Moves the time of day to the first match at or after it, if there is one. */
static bool time_up(const struct cron *c, struct civil *t) {
	uint64_t minutes = c->minute & ~(up_to(t->minute) >> 1);
	if (c->hour >> t->hour & 1 && minutes) {
		t->minute = lowest(minutes);
		return true;
	}
	uint64_t hours = c->hour & ~up_to(t->hour);
	if (!hours)
		return false;
	t->hour = lowest(hours);
	t->minute = lowest(c->minute);
	return true;
}

static bool time_down(const struct cron *c, struct civil *t) {
	uint64_t minutes = c->minute & up_to(t->minute);
	if (c->hour >> t->hour & 1 && minutes) {
		t->minute = highest(minutes);
		return true;
	}
	uint64_t hours = c->hour & (up_to(t->hour) >> 1);
	if (!hours)
		return false;
	t->hour = highest(hours);
	t->minute = highest(c->minute);
	return true;
}

/* The first local time at or after `us` that matches. */
static bool local_up(const struct cron *c, int64_t us, int64_t *ret) {
	struct civil t;
	when_civil(us + US_PER_MIN - 1, &t);
	struct month m = month_of(&t);
	uint64_t days = days_of(c, &m) & ~up_to(t.day - 1);
	if (!(days >> t.day & 1) || !time_up(c, &t)) {
		days &= ~(UINT64_C(1) << t.day);
		t.hour = lowest(c->hour);
		t.minute = lowest(c->minute);
	}
	while (!days) {
		month_up(&m);
		if (m.year > YEAR_END)
			return false;
		days = days_of(c, &m);
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
	const struct cron *c, int64_t us, int year_min, int64_t *ret) {
	struct civil t;
	when_civil(us, &t);
	struct month m = month_of(&t);
	uint64_t days = days_of(c, &m) & up_to(t.day);
	if (!(days >> t.day & 1) || !time_down(c, &t)) {
		days &= ~(UINT64_C(1) << t.day);
		t.hour = highest(c->hour);
		t.minute = highest(c->minute);
	}
	while (!days) {
		month_down(&m);
		if (m.year < year_min)
			return false;
		days = days_of(c, &m);
	}
	*ret = when_from_civil(&(struct civil){.year = m.year,
		.month = m.month,
		.day = highest(days),
		.hour = t.hour,
		.minute = t.minute});
	return true;
}

/* `at` is the instant the search has passed: no tick lies in (after, at]. */
int cron_next(const struct cron *c, const struct zone *z, int64_t after_us,
	int64_t *ret_us, struct err *e) {
	int64_t at = after_us < WHEN_MIN_US ? WHEN_MIN_US - 1 : after_us;
	while (at < WHEN_MAX_US) {
		int64_t offset = zone_offset_s(z, at + 1) * US_PER_S;
		int64_t local = 0;
		if (!local_up(c, at + 1 + offset, &local))
			break;
		int64_t tick = local - offset;
		int64_t change = zone_change_after(z, at + 1, tick);
		if (change > tick && tick <= WHEN_MAX_US) {
			*ret_us = tick;
			return 0;
		}
		at = change - 1;
	}
	return err_set(
		e, ERR_RANGE, "the schedule has no tick before the year 10000");
}

int cron_prev(const struct cron *c, const struct zone *z, int64_t at_us,
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
		if (!local_down(c, at + offset, first.year, &local))
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
