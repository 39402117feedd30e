/* SPDX-License-Identifier: MIT */
/* The first entries of a list, from however many are offered in whatever order:
 * by instant, then by insertId, then by the log's name. */
#ifndef TRAINCTL_EMULATOR_LOG_PAGE_H
#define TRAINCTL_EMULATOR_LOG_PAGE_H

#include "common/buf.h"
#include "emulator/core/logs.h"

struct log_item {
	int64_t time_us;
	char *key;  /* what orders entries of one instant */
	char *text; /* the entry as JSON */
};

struct log_page {
	struct log_item *items; /* in the list's order */
	size_t len, max;
	bool newest_first;
	/* where it begins: after this one; no key: at the beginning */
	int64_t after_us;
	const char *after_key;
	struct buf key; /* of the entry on offer */
};

/* Returns 0 or ERR_NOMEM. */
int log_page_init(struct log_page *p, size_t max, bool newest_first);
void log_page_done(struct log_page *p);

/* Whether an entry would be in; to ask before it is looked at any closer. The
 * key is made by this. */
bool log_page_wants(struct log_page *p, const struct log_entry *en);
/* Takes the entry that was asked about last, and narrows the range when the
 * page is full. Returns 0, ERR_NOMEM or ERR_TOOBIG. */
int log_page_add(
	struct log_page *p, const struct log_entry *en, struct logs_range *r);

#endif
