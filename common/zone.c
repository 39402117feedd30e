/* SPDX-License-Identifier: MIT */
/* GLib's GTimeZone behind a one-interval memo. GLib numbers the intervals
 * between changes but does not tell where they end, so the ends are found by
 * bisection over that number, which sees every change however short. */
#include "common/zone.h"

#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"

#define NAME_MAX_LEN 64
#define DAY_S 86400LL

/* The Gregorian calendar, weekdays included, repeats after 400 years, and so
 * do the zones once only their standing rules are left. GLib 2.74 knows no
 * change past the year 2999, so later instants are looked up in 2100-2499. */
#define CYCLE_S (146097 * DAY_S)
#define FOLD_S 4102444800LL		       /* 2100-01-01 */
#define BEGIN_S (-62135596800LL - 366 * DAY_S) /* before any change */

/* A stretch of one offset; a neighbour may have the same one. */
struct span {
	int64_t from_s; /* its first second, INT64_MIN for ever */
	int64_t to_s;	/* the first second after it */
	int offset_s;
};

struct zone {
	char name[NAME_MAX_LEN + 1];
	GTimeZone *tz;
	struct span *last; /* the span of the last lookup: they cluster */
	struct span memo;  /* where `last` points, writable in a const zone */
};

static int64_t floor_s(int64_t us) {
	return us / US_PER_S - (us % US_PER_S < 0);
}

static bool in_list(const char *name, const char *const *list) {
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* Keeps from GLib what it would take beside IANA names: paths, offsets, POSIX
 * TZ strings, and the lower-case files that lie beside the zones. */
static bool name_ok(const char *name) {
	static const char *const legacy[] = {"EST", "MST", "HST", NULL};
	static const char *const digits[] = {
		"EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", NULL};
	size_t len = strlen(name);
	if (len == 0 || len > NAME_MAX_LEN || !g_ascii_isupper(name[0]))
		return false;
	bool has_digit = false;
	for (size_t i = 0; i < len; i++) {
		if (!g_ascii_isalnum(name[i]) && !strchr("_+-/", name[i]))
			return false;
		has_digit = has_digit || g_ascii_isdigit(name[i]);
	}
	if (strstr(name, "//") || in_list(name, legacy))
		return false;
	return !has_digit || strchr(name, '/') || in_list(name, digits);
}

/* UTC is there even where no tz data is installed; its names with a digit are
 * here because GLib takes them for rules where the files are missing. */
static GTimeZone *look_up(const char *name) {
	static const char *const utc[] = {
		"utc", "UTC", "Etc/UTC", "GMT0", "GMT+0", "GMT-0", NULL};
	if (in_list(name, utc))
		return g_time_zone_new_utc();
	return name_ok(name) ? g_time_zone_new_identifier(name) : NULL;
}

int zone_open(const char *name, struct zone **ret, struct err *e) {
	GTimeZone *tz = look_up(name);
	if (!tz) {
		int shown = 0; /* a message is one printable line */
		while (shown < NAME_MAX_LEN && g_ascii_isprint(name[shown]))
			shown++;
		return err_set(e, ERR_NOTFOUND,
			"'%.*s' is not an IANA time zone name", shown, name);
	}
	struct zone *z = mem_zero(1, sizeof *z);
	if (!z) {
		g_time_zone_unref(tz);
		return err_nomem(e);
	}
	(void)strcpy(z->name, name); /* no longer than that, or no zone */
	z->tz = tz;
	z->last = &z->memo; /* from 0 to 0 as yet: holds no instant */
	*ret = z;
	return 0;
}

void zone_close(struct zone *z) {
	if (!z)
		return;
	g_time_zone_unref(z->tz);
	mem_free(z);
}

/* GLib 2.74 takes a daylight saving offset of 0 in a standing rule for one that
 * is not given: Irish winters from 2038 on would be at +02:00 and end that much
 * early. Their name tells: GMT is 0. (The change of March 2038 stays early: the
 * winter before it is not by the rule.) How far off an interval is: */
static int error_of(const struct zone *z, int i) {
	if (strcmp(g_time_zone_get_abbreviation(z->tz, i), "GMT") != 0)
		return 0;
	return g_time_zone_get_offset(z->tz, i);
}

static int interval_at(const struct zone *z, int64_t s) {
	int i = g_time_zone_find_interval(z->tz, G_TIME_TYPE_UNIVERSAL, s);
	int early = i > 0 ? error_of(z, i - 1) : 0;
	if (early == 0)
		return i;
	return g_time_zone_find_interval(
		z->tz, G_TIME_TYPE_UNIVERSAL, s - early);
}

/* The last second of interval `i` on the way from `in`, which is in it, to
 * `out`, which is not or is where the search ends. */
static int64_t interval_edge(
	const struct zone *z, int i, int64_t in, int64_t out) {
	int64_t step = out > in ? 64 * DAY_S : -64 * DAY_S;
	for (; llabs(step) < llabs(out - in); step *= 2) {
		if (interval_at(z, in + step) != i) {
			out = in + step;
			break;
		}
		in += step;
	}
	while (llabs(out - in) > 1) {
		int64_t mid = in + (out - in) / 2;
		if (interval_at(z, mid) == i)
			in = mid;
		else
			out = mid;
	}
	return in;
}

static void span_find(const struct zone *z, int64_t s, struct span *ret) {
	int64_t shift = 0;
	if (s >= FOLD_S + CYCLE_S)
		shift = (s - FOLD_S) / CYCLE_S * CYCLE_S;
	int64_t t = s < BEGIN_S ? BEGIN_S : s - shift;
	int64_t first = shift ? FOLD_S : BEGIN_S;
	int i = interval_at(z, t);
	int64_t from = interval_edge(z, i, t, first - 1);
	int64_t to = interval_edge(z, i, t, FOLD_S + CYCLE_S) + 1;
	*ret = (struct span){
		.from_s = from == BEGIN_S ? INT64_MIN : from + shift,
		.to_s = to + shift,
		.offset_s = g_time_zone_get_offset(z->tz, i) - error_of(z, i),
	};
}

static const struct span *span_at(const struct zone *z, int64_t s) {
	if (s < z->last->from_s || s >= z->last->to_s)
		span_find(z, s, z->last);
	return z->last;
}

int zone_offset_s(const struct zone *z, int64_t us) {
	return span_at(z, floor_s(us))->offset_s;
}

int64_t zone_change_after(const struct zone *z, int64_t us, int64_t limit_us) {
	const int64_t limit_s = floor_s(limit_us);
	const struct span *now = span_at(z, floor_s(us));
	const int offset_s = now->offset_s;
	int64_t edge = now->to_s;
	for (; edge <= limit_s; edge = now->to_s) {
		now = span_at(z, edge);
		if (now->offset_s != offset_s)
			return edge * US_PER_S;
	}
	return limit_us + 1;
}

int64_t zone_change_before(const struct zone *z, int64_t us, int64_t limit_us) {
	const int64_t before_s = floor_s(limit_us - 1);
	const struct span *now = span_at(z, floor_s(us));
	const int offset_s = now->offset_s;
	int64_t edge = now->from_s;
	for (; edge > before_s; edge = now->from_s) {
		now = span_at(z, edge - 1);
		if (now->offset_s != offset_s)
			return edge * US_PER_S;
	}
	return limit_us - 1;
}

/* No offset is a day long, so the search begins before that local time. */
int64_t zone_instant(const struct zone *z, int64_t local_us) {
	int64_t from = local_us - US_PER_DAY;
	for (;;) {
		int64_t at = local_us - zone_offset_s(z, from) * US_PER_S;
		if (at <= from)
			return from; /* the change to here skipped it */
		int64_t change = zone_change_after(z, from, at);
		if (change > at)
			return at;
		from = change;
	}
}

int zones_get(struct zones *zs, const char *name, const struct zone **ret,
	struct err *e) {
	for (size_t i = 0; i < ZONES_MAX && zs->at[i]; i++) {
		if (strcmp(zs->at[i]->name, name) == 0) {
			*ret = zs->at[i];
			return 0;
		}
	}
	struct zone *z = NULL;
	int rc = zone_open(name, &z, e);
	if (rc)
		return rc;
	zone_close(zs->at[zs->next]);
	zs->at[zs->next] = z;
	zs->next = (zs->next + 1) % ZONES_MAX;
	*ret = z;
	return 0;
}

void zones_done(struct zones *zs) {
	for (size_t i = 0; i < ZONES_MAX; i++)
		zone_close(zs->at[i]);
	*zs = (struct zones){0};
}
