/* SPDX-License-Identifier: MIT */
/* What happened, newest last: requests and events, a bounded number of them in
 * memory. Entries are JSON text, numbered from 1 without gaps as long as the
 * program runs: a reader who goes on where it was misses nothing. */
#ifndef TRAINCTL_EMULATOR_JOURNAL_H
#define TRAINCTL_EMULATOR_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

struct journal_entry {
	int64_t time_us;
	char *text; /* the members after the time, as JSON; NULL: not kept */
};

struct journal {
	struct journal_entry *ring;
	size_t cap;
	uint64_t first; /* number of the first one since it was cleared */
	uint64_t next;	/* number of the entry to come */
};

int journal_init(struct journal *j, size_t cap); /* 0 or ERR_NOMEM */
void journal_done(struct journal *j);
/* Drops the entries; the numbers go on. */
void journal_clear(struct journal *j);
/* Takes back the entries from number `from` on, before anybody has read them.
 * Older ones that they had pushed out do not come back. */
void journal_rewind(struct journal *j, uint64_t from);

/* Adds {"seq","time","kind", ...}: then come pairs of key and text up to NULL;
 * the value of a key that begins with '#' is written as it is (a number), and
 * a pair whose value is NULL is left out. Out of memory leaves a gap. */
void journal_add(struct journal *j, int64_t now_us, const char *kind, ...)
	__attribute__((sentinel));

/* Appends {"entries":[...],"next":N}: those numbered from `from` (0: the oldest
 * kept) on, at most max; `next` is where to go on, never past the entry to
 * come. Returns 0 or an err_code. */
int journal_write(
	const struct journal *j, uint64_t from, size_t max, struct buf *ret);

#endif
