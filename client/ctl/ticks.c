/* SPDX-License-Identifier: MIT */
#include "client/ctl/ticks.h"

#include "common/clock.h"
#include "common/when.h"

#define AROUND_US (2 * US_PER_DAY) /* no change moves the clocks further */

/* Whether a skipped local time is a lost tick; other kinds count from what
 * came before, so a gap moves their ticks and takes none away. */
static bool by_the_wall(const struct schedule *s) {
	return !s->english || s->groc.kind == GROC_DAYS;
}

static void add_note(struct buf *note, const char *what) {
	if (note->len)
		(void)buf_adds(note, "; ");
	(void)buf_adds(note, what);
}

/* " 02:30" of a local time that is written as if it were UTC. */
static void add_hour(struct buf *note, int64_t local_us) {
	struct civil c;
	when_civil(local_us, &c);
	(void)buf_addf(note, " %02d:%02d", c.hour, c.minute);
}

/* The ticks that a wall without the change would show from local time `from` up
 * to before `to`. */
static void note_gap(
	const struct ticks *t, int64_t from, int64_t to, struct buf *note) {
	int64_t first = 0, last = 0, at = from - 1;
	unsigned count = 0;
	while (schedule_next(t->schedule, t->utc, at, &at, NULL) == 0 &&
		at < to) {
		first = count++ ? first : at;
		last = at;
	}
	if (!count)
		return;
	struct civil c;
	when_civil(first, &c);
	add_note(note, "skipped by the clocks:");
	add_hour(note, first);
	if (count > 1) {
		(void)buf_adds(note, " to");
		add_hour(note, last);
		(void)buf_addf(note, " (%u ticks)", count);
	}
	(void)buf_addf(note, " on %04d-%02d-%02d", c.year, c.month, c.day);
}

static void note_gaps(
	const struct ticks *t, int64_t after_us, int64_t us, struct buf *note) {
	if (!by_the_wall(t->schedule))
		return;
	for (int64_t c = after_us;
		(c = zone_change_after(t->zone, c, us)) <= us;) {
		int64_t before = zone_offset_s(t->zone, c - 1) * US_PER_S;
		int64_t now = zone_offset_s(t->zone, c) * US_PER_S;
		if (now > before)
			note_gap(t, c + before, c + now, note);
	}
}

/* By how much the clocks were put back at a change. */
static int64_t put_back(const struct zone *z, int64_t change_us) {
	return (zone_offset_s(z, change_us - 1) - zone_offset_s(z, change_us)) *
	       US_PER_S;
}

static void note_twice(const struct ticks *t, int64_t us, struct buf *note) {
	int64_t was = zone_change_before(t->zone, us, us - AROUND_US);
	int64_t next = zone_change_after(t->zone, us, us + AROUND_US);
	const char *pass = NULL;
	if (was >= us - AROUND_US && us - was < put_back(t->zone, was))
		pass = "second pass of";
	else if (next <= us + AROUND_US && next - us <= put_back(t->zone, next))
		pass = "first pass of";
	if (!pass)
		return;
	add_note(note, pass);
	add_hour(note, us + zone_offset_s(t->zone, us) * US_PER_S);
}

int ticks_next(const struct ticks *t, int64_t after_us, int64_t *ret_us,
	struct buf *note, struct err *e) {
	int64_t us;
	int rc = schedule_next(t->schedule, t->zone, after_us, &us, e);
	if (rc)
		return rc;
	note_gaps(t, after_us, us, note);
	note_twice(t, us, note);
	if (note->failed == ERR_NOMEM)
		return err_nomem(e);
	*ret_us = us;
	return 0;
}
