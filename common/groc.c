/* SPDX-License-Identifier: MIT */
/* The grammar, by descent. Blanks may stand between words, be repeated or be
 * left out. What is refused here and looks harmless ("every hour", "tues",
 * "last friday of month") is refused by Google's own library too. */
#include "common/groc.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/wall.h"

#define TEXT_MAX 1024
#define NUMBER_MAX_LEN 5
#define SHOWN_MAX 60 /* bytes of the schedule in a message */
#define DAY_MIN (24 * 60)

#define ALL_WEEKDAYS UINT32_C(0x7f)
#define ALL_ORDINALS UINT32_C(0x3e)
#define ALL_MONTHS UINT32_C(0x1ffe)
#define QUARTERS UINT32_C(0x492) /* January, April, July, October */

static const char *const weekday_names[] = {"sunday", "monday", "tuesday",
	"wednesday", "thursday", "friday", "saturday", NULL};
static const char *const month_names[] = {"january", "february", "march",
	"april", "may", "june", "july", "august", "september", "october",
	"november", "december", NULL};

static void skip_blanks(const char **p) {
	*p += strspn(*p, " \t\r\n");
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

/* Steps over a word, in any case, if it comes next. */
static bool word(const char **p, const char *w) {
	skip_blanks(p);
	size_t len = strlen(w);
	if (strncasecmp(*p, w, len) != 0)
		return false;
	*p += len;
	return true;
}

static int wanted(struct err *e, const char *p, const char *what) {
	skip_blanks(&p);
	if (!*p)
		return err_set(e, ERR_SYNTAX, "%s is wanted at the end", what);
	return err_set(
		e, ERR_SYNTAX, "%s is wanted at '%.*s'", what, SHOWN_MAX, p);
}

/* Blanks are not needed, but "of" is all that may follow a name at once: so a
 * message can show all of "thurs". */
static bool name_ends(const char *p) {
	bool letter = (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z';
	return !letter || strncasecmp(p, "of", 2) == 0;
}

/* A name in full or its first three letters: its place in the list, or -1. */
static int read_name(const char **p, const char *const *names) {
	for (int i = 0; names[i]; i++) {
		const char *at = *p;
		char abbreviation[4] = "";
		memcpy(abbreviation, names[i], 3);
		if (!word(&at, names[i]) && !word(&at, abbreviation))
			continue;
		if (!name_ends(at))
			break;
		*p = at;
		return i;
	}
	return -1;
}

/* A list of names into bits from `first` on. */
static int read_names(const char **p, const char *const *names, int first,
	const char *what, uint32_t *set, struct err *e) {
	do {
		int i = read_name(p, names);
		if (i < 0)
			return wanted(e, *p, what);
		*set |= UINT32_C(1) << (first + i);
	} while (word(p, ","));
	return 0;
}

/* 1 to 5, or 0 when no ordinal comes next. */
static int read_ordinal(const char **p) {
	static const char *const words[] = {"1st", "first", "2nd", "second",
		"3rd", "third", "4th", "fourth", "5th", "fifth"};
	for (int i = 0; i < 10; i++)
		if (word(p, words[i]))
			return i / 2 + 1;
	return 0;
}

static int read_ordinals(
	const char **p, int most, uint32_t *set, struct err *e) {
	do {
		const char *at = *p;
		int n = read_ordinal(p);
		if (n == 0 || n > most)
			return wanted(e, at,
				most == 5 ? "an ordinal (1st to 5th)"
					  : "one of 1st, 2nd, 3rd");
		*set |= UINT32_C(1) << n;
	} while (word(p, ","));
	return 0;
}

static int read_number(
	const char **p, const char *what, int *ret, struct err *e) {
	skip_blanks(p);
	size_t len = strspn(*p, "0123456789");
	if (len == 0 || len > NUMBER_MAX_LEN)
		return wanted(e, *p, what);
	int n = 0;
	for (; len > 0; len--, (*p)++)
		n = n * 10 + (**p - '0');
	*ret = n;
	return 0;
}

/* H:MM or HH:MM, as minutes of the day. */
static int read_time(const char **p, int *ret, struct err *e) {
	skip_blanks(p);
	const char *t = *p;
	int hour = 0;
	while (t - *p < 2 && is_digit(*t))
		hour = hour * 10 + (*t++ - '0');
	if (t == *p || hour > 23 || t[0] != ':' || t[1] < '0' || t[1] > '5' ||
		!is_digit(t[2]))
		return wanted(e, *p, "a time from 0:00 to 23:59");
	*ret = hour * 60 + (t[1] - '0') * 10 + (t[2] - '0');
	*p = t + 3;
	return 0;
}

static int read_weekdays(const char **p, uint32_t *set, struct err *e) {
	if (word(p, "day")) {
		*set = ALL_WEEKDAYS;
		return 0;
	}
	return read_names(
		p, weekday_names, 0, "a day of the week, or 'day',", set, e);
}

/* What is after "of". */
static int read_months(const char **p, uint32_t *set, struct err *e) {
	if (word(p, "month")) {
		*set = ALL_MONTHS;
		return 0;
	}
	if (word(p, "quarter")) {
		*set = QUARTERS;
		return 0;
	}
	const char *at = *p;
	if (!read_ordinal(&at))
		return read_names(p, month_names, 1,
			"a month, 'month' or 'quarter'", set, e);
	uint32_t ordinals = 0;
	if (read_ordinals(p, 3, &ordinals, e))
		return ERR_SYNTAX;
	if (!word(p, "month") || !word(p, "of") || !word(p, "quarter"))
		return wanted(e, *p, "'month of quarter'");
	for (int n = 1; n <= 3; n++)
		if (ordinals >> n & 1)
			*set |= QUARTERS << (n - 1);
	return 0;
}

static int read_monthdays(const char **p, uint32_t *set, struct err *e) {
	do {
		const char *at = *p;
		int day = 0;
		if (read_number(p, "a day of the month", &day, e))
			return ERR_SYNTAX;
		if (day < 1 || day > 31)
			return wanted(e, at, "a day of the month (1 to 31)");
		*set |= UINT32_C(1) << day;
	} while (word(p, ","));
	return 0;
}

/* The days before "of", where they are not numbers. An ordinal and "day" is a
 * day of the month, not every day of a week. */
static int read_days(
	const char **p, bool every, struct groc *g, struct err *e) {
	if (every) {
		g->ordinals = ALL_ORDINALS;
		return read_weekdays(p, &g->weekdays, e);
	}
	if (read_ordinals(p, 5, &g->ordinals, e))
		return ERR_SYNTAX;
	if (!word(p, "day"))
		return read_weekdays(p, &g->weekdays, e);
	g->monthdays = g->ordinals;
	return 0;
}

static int read_specific(
	const char **p, bool every, struct groc *g, struct err *e) {
	g->kind = GROC_DAYS;
	const char *at = *p;
	bool by_number = !every && is_digit(*at) && !read_ordinal(&at);
	int rc = by_number ? read_monthdays(p, &g->monthdays, e)
			   : read_days(p, every, g, e);
	if (rc)
		return rc;
	if (word(p, "of")) {
		if (read_months(p, &g->months, e))
			return ERR_SYNTAX;
	} else if (by_number) {
		return wanted(e, *p, "'of'");
	} else {
		g->months = ALL_MONTHS;
	}
	if (g->monthdays && !wall_has_day(g->months, g->monthdays))
		return err_set(e, ERR_SYNTAX,
			"no month of the schedule has such a day");
	return read_time(p, &g->from, e);
}

/* "from 10:00 to 14:00" or "synchronized", if there. */
static int read_range(const char **p, struct groc *g, struct err *e) {
	if (word(p, "synchronized")) {
		if (DAY_MIN * US_PER_MIN % g->period_us != 0)
			return err_set(e, ERR_SYNTAX,
				"a synchronized period must divide 24 hours");
		g->kind = GROC_SLOTS;
		g->to = DAY_MIN - 1;
	} else if (word(p, "from")) {
		g->kind = GROC_SLOTS;
		if (read_time(p, &g->from, e))
			return ERR_SYNTAX;
		if (!word(p, "to"))
			return wanted(e, *p, "'to'");
		return read_time(p, &g->to, e);
	}
	return 0;
}

/* What is after "every" where that is a number. */
static int read_interval(const char **p, struct groc *g, struct err *e) {
	g->kind = GROC_AFTER;
	int n = 0;
	if (read_number(p, "a number of at most five digits", &n, e))
		return ERR_SYNTAX;
	if (n == 0)
		return err_set(
			e, ERR_SYNTAX, "the period must be greater than zero");
	if (word(p, "hours"))
		g->period_us = n * US_PER_HOUR;
	else if (word(p, "minutes") || word(p, "mins"))
		g->period_us = n * US_PER_MIN;
	else
		return wanted(e, *p, "'hours', 'minutes' or 'mins'");
	if (read_range(p, g, e))
		return ERR_SYNTAX;
	g->weekdays = ALL_WEEKDAYS;
	if (!word(p, "on"))
		return 0;
	g->weekdays = 0;
	if (read_weekdays(p, &g->weekdays, e))
		return ERR_SYNTAX;
	if (g->weekdays != ALL_WEEKDAYS && g->period_us > US_PER_DAY)
		return err_set(e, ERR_SYNTAX,
			"days of the week go with periods of at most 24 hours");
	return 0;
}

static int check_text(const char *s, struct err *e) {
	if (strnlen(s, TEXT_MAX + 1) > TEXT_MAX)
		return err_set(e, ERR_SYNTAX,
			"the schedule is longer than %d bytes", TEXT_MAX);
	for (const char *p = s; *p; p++)
		if ((*p < ' ' || *p > '~') && !strchr("\t\r\n", *p))
			return err_set(e, ERR_SYNTAX,
				"the schedule has a byte that is not "
				"printable ASCII");
	return 0;
}

int groc_parse(const char *s, struct groc *ret, struct err *e) {
	if (check_text(s, e))
		return ERR_SYNTAX;
	const char *p = s;
	struct groc g = {0};
	bool every = word(&p, "every");
	skip_blanks(&p);
	int rc = every && is_digit(*p) ? read_interval(&p, &g, e)
				       : read_specific(&p, every, &g, e);
	if (rc)
		return rc;
	skip_blanks(&p);
	if (*p)
		return err_set(
			e, ERR_SYNTAX, "unexpected '%.*s'", SHOWN_MAX, p);
	*ret = g;
	return 0;
}
