/* SPDX-License-Identifier: MIT */
#include "common/when.h"

#include <stdbool.h>
#include <string.h>

#include "common/clock.h"

/* The limit of google.protobuf.Duration: 10,000 years of 365.25 days. */
#define DURATION_MAX_US (315576000000LL * US_PER_S)

static int64_t floor_div(int64_t a, int64_t b) {
	return a / b - (a % b < 0);
}

/* Days since 1970-01-01. Years are counted from March, so that the leap day is
 * the last of its year and 153 days fall on every five months; 400 years (an
 * era) have 146097 days, and 1970-01-01 is day 719468 from 0000-03-01. */
static int64_t days_from_civil(int64_t year, int month, int day) {
	int64_t y = year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

static void civil_from_days(int64_t days, struct civil *ret) {
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t d = z - era * 146097;
	int64_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
	int64_t of_year = d - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153;
	ret->day = (int)(of_year - (153 * m + 2) / 5 + 1);
	ret->month = (int)(m < 10 ? m + 3 : m - 9);
	ret->year = (int)(y + era * 400 + (ret->month <= 2));
	int64_t since_sunday = days + 4; /* 1970-01-01 was a Thursday */
	ret->weekday = (int)(since_sunday - floor_div(since_sunday, 7) * 7);
}

void when_civil(int64_t us, struct civil *ret) {
	int64_t days = floor_div(us, US_PER_DAY);
	int64_t rest = us - days * US_PER_DAY;
	civil_from_days(days, ret);
	ret->hour = (int)(rest / US_PER_HOUR);
	ret->minute = (int)(rest / US_PER_MIN % 60);
	ret->second = (int)(rest / US_PER_S % 60);
	ret->us = (int)(rest % US_PER_S);
}

int64_t when_from_civil(const struct civil *c) {
	return days_from_civil(c->year, c->month, c->day) * US_PER_DAY +
	       c->hour * US_PER_HOUR + c->minute * US_PER_MIN +
	       c->second * US_PER_S + c->us;
}

static int days_in_month(int year, int month) {
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

/* Reads exactly n digits at *s and steps over them. */
static bool take_digits(const char **s, int n, int *ret) {
	int v = 0;
	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		v = v * 10 + (**s - '0');
	}
	*ret = v;
	return true;
}

static bool take_char(const char **s, char c) {
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* Reads any number of digits as a fraction scaled to `digits` places; those
 * past them are dropped. Returns how many were there. */
static size_t take_fraction(const char **s, int digits, int64_t *ret) {
	size_t n = strspn(*s, "0123456789");
	int64_t v = 0;
	for (size_t i = 0; i < (size_t)digits; i++)
		v = v * 10 + (i < n ? (*s)[i] - '0' : 0);
	*s += n;
	*ret = v;
	return n;
}

static bool take_date(const char **s, struct civil *c) {
	return take_digits(s, 4, &c->year) && take_char(s, '-') &&
	       take_digits(s, 2, &c->month) && take_char(s, '-') &&
	       take_digits(s, 2, &c->day) && c->year >= 1 && c->month >= 1 &&
	       c->month <= 12 && c->day >= 1 &&
	       c->day <= days_in_month(c->year, c->month);
}

/* No leap second: neither Google's timestamps nor ours can say one. */
static bool take_time(const char **s, struct civil *c) {
	if (!take_digits(s, 2, &c->hour) || !take_char(s, ':') ||
		!take_digits(s, 2, &c->minute) || !take_char(s, ':') ||
		!take_digits(s, 2, &c->second) || c->hour > 23 ||
		c->minute > 59 || c->second > 59)
		return false;
	if (!take_char(s, '.'))
		return true;
	int64_t us = 0;
	if (take_fraction(s, 6, &us) == 0)
		return false;
	c->us = (int)us;
	return true;
}

static bool take_offset(const char **s, int64_t *ret_us) {
	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		*ret_us = 0;
		return true;
	}
	int sign = **s == '-' ? -1 : 1;
	int hours = 0, minutes = 0;
	if (!(take_char(s, '+') || take_char(s, '-')) ||
		!take_digits(s, 2, &hours) || !take_char(s, ':') ||
		!take_digits(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_us = sign * (hours * US_PER_HOUR + minutes * US_PER_MIN);
	return true;
}

int when_parse(const char *s, int64_t *ret_us, struct err *e) {
	struct civil c = {0};
	int64_t offset_us = 0;
	const char *p = s;
	if (!take_date(&p, &c) || !(take_char(&p, 'T') || take_char(&p, 't')) ||
		!take_time(&p, &c) || !take_offset(&p, &offset_us) || *p)
		return err_set(e, ERR_SYNTAX,
			"'%s' is not an RFC 3339 time such as "
			"2026-10-04T21:40:28Z",
			s);
	int64_t us = when_from_civil(&c) - offset_us;
	if (us < WHEN_MIN_US || us > WHEN_MAX_US)
		return err_set(e, ERR_SYNTAX,
			"'%s' is outside the years 0001 to 9999 in UTC", s);
	*ret_us = us;
	return 0;
}

/* Writes v as exactly n digits. */
static char *put_digits(char *p, int64_t v, int n) {
	for (int i = n - 1; i >= 0; i--, v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + n;
}

static char *put_fraction(char *p, int64_t us, int digits) {
	if (digits < 0)
		digits = us == 0 ? 0 : us % 1000 == 0 ? 3 : 6;
	if (digits == 0)
		return p;
	*p++ = '.';
	if (digits == 3)
		return put_digits(p, us / 1000, 3);
	p = put_digits(p, us, 6);
	return digits == 9 ? put_digits(p, 0, 3) : p;
}

static int64_t clamp_us(int64_t us) {
	if (us < WHEN_MIN_US)
		return WHEN_MIN_US;
	return us > WHEN_MAX_US ? WHEN_MAX_US : us;
}

/* Date, time and fraction, without the zone. */
static char *put_instant(char *p, int64_t us, int digits) {
	struct civil c;
	when_civil(us, &c);
	const int part[] = {c.month, c.day, c.hour, c.minute, c.second};
	p = put_digits(p, c.year, 4);
	for (size_t i = 0; i < 5; i++) {
		*p++ = "--T::"[i];
		p = put_digits(p, part[i], 2);
	}
	return put_fraction(p, c.us, digits);
}

void when_format(int64_t us, int digits, char ret[static WHEN_TEXT_MAX]) {
	char *p = put_instant(ret, clamp_us(us), digits);
	*p++ = 'Z';
	*p = '\0';
}

void when_format_offset(
	int64_t us, int offset_s, int digits, char ret[static WHEN_TEXT_MAX]) {
	int64_t local = clamp_us(us) + offset_s * US_PER_S;
	char *p = put_instant(ret, clamp_us(local), digits);
	int minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
	*p++ = offset_s < 0 ? '-' : '+';
	p = put_digits(p, minutes / 60, 2);
	*p++ = ':';
	p = put_digits(p, minutes % 60, 2);
	*p = '\0';
}

/* A decimal number without sign: whole part and billionths. The whole part
 * stops growing far above any limit of ours, so it cannot overflow. */
struct decimal {
	int64_t whole, nano;
};

static bool take_decimal(const char **s, struct decimal *ret) {
	const char *start = *s;
	int64_t v = 0;
	for (; **s >= '0' && **s <= '9'; (*s)++)
		if (v <= DURATION_MAX_US)
			v = v * 10 + (**s - '0');
	if (*s == start)
		return false;
	*ret = (struct decimal){.whole = v};
	if (!take_char(s, '.'))
		return true;
	size_t n = take_fraction(s, 9, &ret->nano);
	return n >= 1 && n <= 9;
}

/* Adds d units to *sum; false when that goes over the limit. */
static bool add_part(int64_t *sum, const struct decimal *d, int64_t unit_us) {
	if (d->whole > DURATION_MAX_US / unit_us)
		return false;
	/* Every unit is whole milliseconds: this keeps the product small. */
	int64_t part =
		d->whole * unit_us + d->nano * (unit_us / 1000) / 1000000;
	if (part > DURATION_MAX_US - *sum)
		return false;
	*sum += part;
	return true;
}

/* Steps over a unit name. Returns its length in microseconds, or 0. */
static int64_t take_unit(const char **s) {
	static const struct {
		const char *name;
		int64_t us;
	} units[] = {
		{"ms", US_PER_MS},
		{"s", US_PER_S},
		{"m", US_PER_MIN},
		{"h", US_PER_HOUR},
		{"d", US_PER_DAY},
	};
	size_t n = strspn(*s, "abcdefghijklmnopqrstuvwxyz");
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strlen(units[i].name) == n &&
			!memcmp(units[i].name, *s, n)) {
			*s += n;
			return units[i].us;
		}
	}
	return 0;
}

static int over_limit(const char *s, struct err *e) {
	return err_set(e, ERR_RANGE, "duration '%s' is over 10,000 years", s);
}

int duration_parse(const char *s, int64_t *ret_us, struct err *e) {
	if (s[0] == '-' && s[1] >= '0' && s[1] <= '9')
		return err_set(e, ERR_RANGE, "duration '%s' is negative", s);
	int64_t sum = 0;
	const char *p = s;
	do {
		struct decimal d;
		if (!take_decimal(&p, &d))
			return err_set(e, ERR_SYNTAX,
				"'%s' is not a duration such as 90s, 1h30m or "
				"7d",
				s);
		int64_t unit_us = take_unit(&p);
		if (!unit_us)
			return err_set(e, ERR_SYNTAX,
				"duration '%s' needs a unit after each number: "
				"ms, s, m, h or d",
				s);
		if (!add_part(&sum, &d, unit_us))
			return over_limit(s, e);
	} while (*p);
	*ret_us = sum;
	return 0;
}

int duration_parse_proto(const char *s, int64_t *ret_us, struct err *e) {
	const char *p = s;
	bool negative = take_char(&p, '-');
	struct decimal d;
	if (!take_decimal(&p, &d) || !take_char(&p, 's') || *p)
		return err_set(e, ERR_SYNTAX,
			"'%s' is not a duration in seconds such as 3.5s", s);
	int64_t us = 0;
	if (!add_part(&us, &d, US_PER_S))
		return over_limit(s, e);
	*ret_us = negative ? -us : us;
	return 0;
}

void duration_format(int64_t us, char ret[static WHEN_TEXT_MAX]) {
	char *p = ret;
	if (us < 0)
		*p++ = '-';
	uint64_t size = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
	int64_t seconds = (int64_t)(size / US_PER_S);
	int n = 1;
	for (int64_t v = seconds; v >= 10; v /= 10)
		n++;
	p = put_digits(p, seconds, n);
	p = put_fraction(p, (int64_t)(size % US_PER_S), -1);
	*p++ = 's';
	*p = '\0';
}
