/* SPDX-License-Identifier: MIT */
/* The filter of entries.list: the query language over the fields of LogEntry.
 * Source: the page "Logging query language"; facts ml-jobs.md section 12. */
#ifndef TRAINCTL_EMULATOR_LOG_FILTER_H
#define TRAINCTL_EMULATOR_LOG_FILTER_H

#include <jansson.h>

#include "emulator/api/filter.h"
#include "emulator/core/logs.h"
#include "emulator/core/status.h"

/* The emulator's clock need not show the real time, but a client's bounds and
 * timestamps do. On such a clock an instant this near to the real present
 * stands for the emulator's present. */
bool log_means_now(const struct emu *em, int64_t us);

/* "" is a filter that every entry fits. Returns ST_OK, ST_INVALID_ARGUMENT,
 * ST_UNIMPLEMENTED or ST_INTERNAL. Upper bounds of the timestamp that mean now
 * are taken away: what is there may be read at once. */
int log_filter_parse(const struct emu *em, const char *text,
	struct filter **ret, struct status *st);

/* Narrows a range to what may fit at all. */
void log_filter_range(const struct filter *f, struct logs_range *r);

/* Returns 0 or ERR_NOMEM. */
int log_filter_match(
	const struct filter *f, const struct log_entry *en, bool *ret);

#endif
