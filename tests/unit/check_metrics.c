/* SPDX-License-Identifier: MIT */
/* What is counted. That the text is well-formed is for a reader of its own to
 * say (tests/system/uniquifier_service.sh). */
#include "client/uniquifier/metrics.h"

#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static char *text_of(const struct metrics *m) {
	const struct metrics_now now = {.in_flight = 3,
		.in_flight_max = 9,
		.keys_fetched = 4,
		.keys_failed = 5,
		.tokens_fetched = 6,
		.tokens_failed = 7,
		.started_us = 1772000000 * US_PER_S + 5,
		.version = "1.2"};
	struct buf b;
	buf_init(&b, METRICS_TEXT_MAX);
	ck_assert_int_eq(metrics_text(m, &now, &b), 0);
	return buf_take(&b, NULL);
}

/* One whole line. */
static void has(const char *text, const char *line) {
	auto_free char *whole = mem_printf("\ntrain_uniquifier_%s\n", line);
	ck_assert_msg(strstr(text, whole), "no '%s' in: %s", line, text);
}

START_TEST(nothing_yet) {
	const struct metrics m = {0};
	auto_free char *text = text_of(&m);
	has(text, "pushes_total{outcome=\"created\"} 0");
	has(text, "turned_away_total{reason=\"no_memory\"} 0");
	has(text, "push_duration_seconds_bucket{le=\"+Inf\"} 0");
	has(text, "push_duration_seconds_sum 0.000000");
	has(text, "in_flight 3");
	has(text, "in_flight_max 9");
	has(text, "ready 0");
	has(text, "key_fetches_total{result=\"failed\"} 5");
	has(text, "token_refreshes_total{result=\"ok\"} 6");
	has(text, "start_time_seconds 1772000000.000005");
	ck_assert_ptr_nonnull(strstr(text, "build_info{version=\"1.2\"} 1"));
}
END_TEST

/* A bound belongs to its bucket. */
START_TEST(times) {
	struct metrics m = {0};
	metrics_push(&m, "created", 0, 5000);
	metrics_push(&m, "created", 2, 5001);
	metrics_push(&m, "created", 1, 10 * US_PER_S);
	metrics_push(&m, "adopted", 0, 10 * US_PER_S + 1);
	auto_free char *text = text_of(&m);
	has(text, "push_duration_seconds_bucket{le=\"0.005\"} 1");
	has(text, "push_duration_seconds_bucket{le=\"0.01\"} 2");
	has(text, "push_duration_seconds_bucket{le=\"5\"} 2");
	has(text, "push_duration_seconds_bucket{le=\"10\"} 3");
	has(text, "push_duration_seconds_bucket{le=\"+Inf\"} 4");
	has(text, "push_duration_seconds_sum 20.010002");
	has(text, "push_duration_seconds_count 4");
	has(text, "pushes_total{outcome=\"created\"} 3");
	has(text, "pushes_total{outcome=\"adopted\"} 1");
	has(text, "submit_retries_total 3");
}
END_TEST

/* More outcomes than there are places: the last ones share one. */
START_TEST(other_outcomes) {
	static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g",
		"h", "i", "j", "k", "l", "m", "n", "o", "p", "q"};
	struct metrics m = {0};
	metrics_push(&m, "skipped", 0, 1);
	metrics_push(&m, "skipped", 0, 1);
	auto_free char *one = text_of(&m);
	has(one, "pushes_total{outcome=\"skipped\"} 2");
	has(one, "pushes_total{outcome=\"later\"} 0");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		metrics_push(&m, names[i], 0, 1);
	auto_free char *many = text_of(&m);
	has(many, "pushes_total{outcome=\"q\"} 3");
	has(many, "push_duration_seconds_count 19");
}
END_TEST

START_TEST(turned_away) {
	struct metrics m = {0};
	for (int i = 0; i < AWAY_COUNT; i++)
		for (int n = 0; n <= i; n++)
			metrics_away(&m, (enum metrics_away)i);
	auto_free char *text = text_of(&m);
	has(text, "turned_away_total{reason=\"unauthenticated\"} 1");
	has(text, "turned_away_total{reason=\"forbidden\"} 2");
	has(text, "turned_away_total{reason=\"no_keys\"} 3");
	has(text, "turned_away_total{reason=\"busy\"} 4");
	has(text, "turned_away_total{reason=\"too_big\"} 5");
	has(text, "turned_away_total{reason=\"stopping\"} 6");
	has(text, "turned_away_total{reason=\"no_memory\"} 7");
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("metrics");
	unit_add(s, nothing_yet);
	unit_add(s, times);
	unit_add(s, other_outcomes);
	unit_add(s, turned_away);
	return unit_run(s);
}
