/* SPDX-License-Identifier: MIT */
/* IANA time zones: offsets, and when they change. */
#ifndef TRAINCTL_COMMON_ZONE_H
#define TRAINCTL_COMMON_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct zone; /* an IANA time zone */

/* Opens a zone by its IANA name ("Europe/Zurich", "Etc/UTC", "utc"). Refuses
 * unknown names, offsets and the legacy abbreviations EST, MST and HST, as
 * Cloud Scheduler does. Returns 0, ERR_NOTFOUND or ERR_NOMEM. */
int zone_open(const char *name, struct zone **ret, struct err *e);
void zone_close(struct zone *z); /* NULL is a no-op */

/* Seconds east of UTC in force at an instant. */
int zone_offset_s(const struct zone *z, int64_t us);

/* The first instant strictly after `us` and not after `limit_us` at which the
 * offset changes; limit_us + 1 when it does not change up to then. */
int64_t zone_change_after(const struct zone *z, int64_t us, int64_t limit_us);

/* The last instant at or before `us` and not before `limit_us` at which the
 * offset changes; limit_us - 1 when it does not change from then on. */
int64_t zone_change_before(const struct zone *z, int64_t us, int64_t limit_us);

/* The first instant at which the zone's clocks show a local time (microseconds
 * as if it were UTC) or, where a change skips it, a later one. */
int64_t zone_instant(const struct zone *z, int64_t local_us);

/* Zones that stay open for who asks for the same ones again and again: opening
 * one reads a file and takes a millisecond. Zeroed at first. When it is full
 * the one that came first goes. */
#define ZONES_MAX 16
struct zones {
	struct zone *at[ZONES_MAX];
	size_t next;
};

/* As zone_open; what is found is borrowed until the next call. */
int zones_get(struct zones *zs, const char *name, const struct zone **ret,
	struct err *e);
void zones_done(struct zones *zs);

#endif
