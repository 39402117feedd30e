/* SPDX-License-Identifier: MIT */
/* What the service counts, and how Prometheus reads it (text format 0.0.4).
 * Counts are since the start; a replica counts its own. */
#ifndef TRAINCTL_CLIENT_METRICS_H
#define TRAINCTL_CLIENT_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

#define METRICS_OUTCOMES_MAX 16
#define METRICS_BOUNDS 11
#define METRICS_TEXT_MAX (64u << 10)
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Why a push was not taken. */
enum metrics_away {
	AWAY_UNAUTHENTICATED, /* 401 */
	AWAY_FORBIDDEN,	      /* 403 */
	AWAY_NO_KEYS,
	AWAY_BUSY,
	AWAY_TOO_BIG,
	AWAY_STOPPING,
	AWAY_NO_MEMORY,
	AWAY_COUNT
};

/* Zero-initialise. */
struct metrics {
	struct {
		const char *name; /* a literal */
		uint64_t count;
	} outcomes[METRICS_OUTCOMES_MAX];
	uint64_t away[AWAY_COUNT];
	uint64_t retries;
	/* of pushes that were taken, from the first byte judged to the answer:
	 * how many took up to each bound, and longer than all */
	uint64_t within[METRICS_BOUNDS + 1];
	int64_t total_us;
};

/* What is asked for at the time. */
struct metrics_now {
	unsigned in_flight, in_flight_max;
	bool ready;
	uint64_t keys_fetched, keys_failed;
	uint64_t tokens_fetched, tokens_failed;
	int64_t started_us; /* wall time */
	const char *version;
};

/* A push that was settled with an outcome, a literal, after so many attempts.
 */
void metrics_push(struct metrics *m, const char *outcome, unsigned retries,
	int64_t took_us);
void metrics_away(struct metrics *m, enum metrics_away why);

/* Appends the text. Returns what buf_add returns. */
int metrics_text(const struct metrics *m, const struct metrics_now *now,
	struct buf *ret);

#endif
