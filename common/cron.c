/* SPDX-License-Identifier: MIT */
/* The five fields of unix-cron as bit sets; wall.c finds the ticks. */
#include "common/cron.h"

#include <string.h>
#include <strings.h>

#include "common/wall.h"

#define EXPR_MAX 1024
#define FIELDS 5

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
	if (!either_day(&c) && !wall_has_day(c.month, c.dom))
		return err_set(e, ERR_SYNTAX,
			"day of month: no month of the schedule has such a "
			"day");
	*ret = c;
	return 0;
}

static uint32_t days_of(const void *ctx, const struct wall_month *m) {
	const struct cron *c = ctx;
	if (!(c->month >> m->month & 1))
		return 0;
	uint32_t weekdays = wall_weekdays(c->dow, m);
	uint32_t days = c->dom & (uint32_t)wall_up_to(m->len);
	return either_day(c) ? days | weekdays : days & weekdays;
}

static struct wall wall_of(const struct cron *c) {
	return (struct wall){c->minute, c->hour, days_of, c};
}

int cron_next(const struct cron *c, const struct zone *z, int64_t after_us,
	int64_t *ret_us, struct err *e) {
	const struct wall w = wall_of(c);
	return wall_next(&w, z, after_us, ret_us, e);
}

int cron_prev(const struct cron *c, const struct zone *z, int64_t at_us,
	int64_t *ret_us, struct err *e) {
	const struct wall w = wall_of(c);
	return wall_prev(&w, z, at_us, ret_us, e);
}
