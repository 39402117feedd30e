/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "common/clock.h"

#define PREFIX "train_uniquifier_"

/* The longest push ends with --submit-timeout, 8 s by default. */
static const struct {
	int64_t us;
	const char *text; /* in seconds */
} bounds[METRICS_BOUNDS] = {{5000, "0.005"}, {10000, "0.01"}, {25000, "0.025"},
	{50000, "0.05"}, {100000, "0.1"}, {250000, "0.25"}, {500000, "0.5"},
	{1000000, "1"}, {2500000, "2.5"}, {5000000, "5"}, {10000000, "10"}};

/* These are there from the start, so that a rate has a beginning. */
static const char *const outcomes[] = {"created", "adopted", "kept", "skipped",
	"conflict", "refused", "later"};

static const char *const away[AWAY_COUNT] = {
	[AWAY_UNAUTHENTICATED] = "unauthenticated",
	[AWAY_FORBIDDEN] = "forbidden",
	[AWAY_NO_KEYS] = "no_keys",
	[AWAY_BUSY] = "busy",
	[AWAY_TOO_BIG] = "too_big",
	[AWAY_STOPPING] = "stopping",
	[AWAY_NO_MEMORY] = "no_memory",
};

void metrics_push(struct metrics *m, const char *outcome, unsigned retries,
	int64_t took_us) {
	size_t i = 0;
	while (i + 1 < METRICS_OUTCOMES_MAX && m->outcomes[i].name &&
		strcmp(m->outcomes[i].name, outcome) != 0)
		i++;
	m->outcomes[i].name = outcome;
	m->outcomes[i].count++;
	m->retries += retries;
	size_t b = 0;
	while (b < METRICS_BOUNDS && took_us > bounds[b].us)
		b++;
	m->within[b]++;
	m->total_us += took_us;
}

void metrics_away(struct metrics *m, enum metrics_away why) {
	m->away[why]++;
}

static void head(
	struct buf *b, const char *name, const char *type, const char *help) {
	(void)buf_addf(b, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n",
		name, help, name, type);
}

static void one(struct buf *b, const char *name, const char *type,
	const char *help, uint64_t value) {
	head(b, name, type, help);
	(void)buf_addf(b, PREFIX "%s %" PRIu64 "\n", name, value);
}

/* A family of counters that one label tells apart. */
static void labelled(struct buf *b, const char *name, const char *label,
	const char *value, uint64_t count) {
	(void)buf_addf(b, PREFIX "%s{%s=\"%s\"} %" PRIu64 "\n", name, label,
		value, count);
}

static void add_outcomes(struct buf *b, const struct metrics *m) {
	static const char name[] = "pushes_total";
	uint64_t known[sizeof outcomes / sizeof outcomes[0]] = {0};
	head(b, name, "counter", "Pushes that were taken, by how they ended.");
	for (size_t i = 0; i < METRICS_OUTCOMES_MAX; i++) {
		const char *o = m->outcomes[i].name;
		size_t k = 0;
		while (o && k < sizeof known / sizeof known[0] &&
			strcmp(outcomes[k], o) != 0)
			k++;
		if (o && k < sizeof known / sizeof known[0])
			known[k] = m->outcomes[i].count;
		else if (o)
			labelled(b, name, "outcome", o, m->outcomes[i].count);
	}
	for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
		labelled(b, name, "outcome", outcomes[k], known[k]);
}

static void add_times(struct buf *b, const struct metrics *m) {
	static const char name[] = "push_duration_seconds";
	uint64_t sum = 0;
	head(b, name, "histogram",
		"Time from a push that was taken to its answer.");
	for (size_t i = 0; i < METRICS_BOUNDS; i++) {
		sum += m->within[i];
		labelled(b, "push_duration_seconds_bucket", "le",
			bounds[i].text, sum);
	}
	sum += m->within[METRICS_BOUNDS];
	labelled(b, "push_duration_seconds_bucket", "le", "+Inf", sum);
	(void)buf_addf(b,
		PREFIX "%s_sum %lld.%06lld\n" PREFIX "%s_count %" PRIu64 "\n",
		name, m->total_us / US_PER_S, m->total_us % US_PER_S, name,
		sum);
}

static void add_fetches(struct buf *b, const char *name, const char *help,
	uint64_t good, uint64_t bad) {
	head(b, name, "counter", help);
	labelled(b, name, "result", "ok", good);
	labelled(b, name, "result", "failed", bad);
}

int metrics_text(const struct metrics *m, const struct metrics_now *now,
	struct buf *ret) {
	add_outcomes(ret, m);
	head(ret, "turned_away_total", "counter",
		"Pushes that were not taken, by the reason.");
	for (size_t i = 0; i < AWAY_COUNT; i++)
		labelled(ret, "turned_away_total", "reason", away[i],
			m->away[i]);
	add_times(ret, m);
	one(ret, "submit_retries_total", "counter",
		"Requests of submits that were made again.", m->retries);
	add_fetches(ret, "key_fetches_total",
		"Fetches of the keys that verify tokens.", now->keys_fetched,
		now->keys_failed);
	add_fetches(ret, "token_refreshes_total",
		"Fetches of access tokens for the service.",
		now->tokens_fetched, now->tokens_failed);
	one(ret, "in_flight", "gauge", "Pushes that are not answered yet.",
		now->in_flight);
	one(ret, "in_flight_max", "gauge", "How many there may be.",
		now->in_flight_max);
	one(ret, "ready", "gauge", "Whether readyz says so.", now->ready);
	head(ret, "start_time_seconds", "gauge",
		"When the program started, in seconds since 1970.");
	(void)buf_addf(ret, PREFIX "start_time_seconds %lld.%06lld\n",
		now->started_us / US_PER_S, now->started_us % US_PER_S);
	head(ret, "build_info", "gauge", "Always 1; the version.");
	labelled(ret, "build_info", "version", now->version, 1);
	return ret->failed;
}
