/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/train_int.h"
#include "common/when.h"
#include "tests/unit/unit.h"

static int64_t seconds(const char *s) {
	return (int64_t)(strtod(s, NULL) * US_PER_S);
}

static const char *text(const char *s) {
	return strcmp(s, "-") == 0 ? "" : s;
}

static void fill(struct train_error *f, char *const *cols) {
	*f = (struct train_error){.after_us = -1};
	if (strcmp(cols[2], "lost") == 0)
		f->err.code = ERR_LOST;
	else if (strcmp(cols[2], "timeout") == 0)
		f->err.code = ERR_TIMEOUT;
	else if (strcmp(cols[2], "notsent") == 0)
		f->err.code = ERR_NOTSENT;
	else if (strcmp(cols[2], "nomem") == 0)
		f->err.code = ERR_NOMEM;
	else
		f->err = (struct err){.code = ERR_HTTP, .http = atoi(cols[2])};
	(void)snprintf(f->status, sizeof f->status, "%s", text(cols[3]));
	(void)snprintf(f->reason, sizeof f->reason, "%s", text(cols[4]));
	if (*text(cols[5]))
		f->after_us = seconds(cols[5]);
}

static void check_case(void *ctx, char *const *cols) {
	(void)ctx;
	struct train_error failure;
	fill(&failure, cols);
	const struct retry_policy p = {.initial_us = seconds(cols[6]),
		.cap_us = 32 * US_PER_S,
		.attempts_max = 5};
	const struct retry_try t = {.idempotent = strcmp(cols[1], "yes") == 0,
		.attempt = (unsigned)atoi(cols[7]),
		.elapsed_us = seconds(cols[8]),
		.total_us = seconds(cols[9]),
		.random = (uint32_t)(strtod(cols[10], NULL) * 4294967296.0)};
	int64_t got = retry_wait(&p, &t, &failure);
	int64_t want =
		strcmp(cols[11], "stop") == 0 ? -1 : atoi(cols[11]) * US_PER_MS;
	ck_assert_msg(got == want, "%s: %lld us, want %lld", cols[0],
		(long long)got, (long long)want);
}

START_TEST(cases) {
	unit_tsv("retry/cases.tsv", 12, check_case, NULL);
}
END_TEST

static void check_after(void *ctx, char *const *cols) {
	const int64_t *now = ctx;
	int64_t want =
		strcmp(cols[1], "-") == 0 ? -1 : atoll(cols[1]) * US_PER_S;
	int64_t got = retry_after(cols[0], *now);
	ck_assert_msg(got == want, "'%s': %lld us, want %lld", cols[0],
		(long long)got, (long long)want);
}

START_TEST(retry_after_header) {
	int64_t now;
	ck_assert_int_eq(when_parse("1994-11-06T08:49:00Z", &now, NULL), 0);
	unit_tsv("retry/after.tsv", 2, check_after, &now);
	ck_assert_int_eq(retry_after("", now), -1);
}
END_TEST

/* What may have taken effect although it failed. */
START_TEST(doubt) {
	static const struct {
		int code, http;
		bool want;
		const char *status;
	} rows[] = {{ERR_HTTP, 499, true, "UNAVAILABLE"},
		{ERR_HTTP, 499, false, "CANCELLED"},
		{ERR_HTTP, 403, false, "RESOURCE_EXHAUSTED"},
		{ERR_LOST, 0, true}, {ERR_TIMEOUT, 0, true},
		{ERR_NOTSENT, 0, false}, {ERR_NOMEM, 0, false},
		{ERR_HTTP, 500, true}, {ERR_HTTP, 503, true},
		{ERR_HTTP, 408, true}, {ERR_HTTP, 400, false},
		{ERR_HTTP, 409, false}, {ERR_HTTP, 429, false}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct train_error f = {
			.err = {.code = rows[i].code, .http = rows[i].http}};
		if (rows[i].status)
			(void)snprintf(f.status, sizeof f.status, "%s",
				rows[i].status);
		ck_assert_msg(retry_doubtful(&f) == rows[i].want, "row %zu", i);
	}
}
END_TEST

/* The jitter never leaves [0, bound). */
START_TEST(jitter_bounds) {
	const struct retry_policy p = {.initial_us = US_PER_S,
		.cap_us = 32 * US_PER_S,
		.attempts_max = 5};
	struct retry_try t = {
		.idempotent = true, .attempt = 1, .total_us = 120 * US_PER_S};
	const struct train_error f = {
		.err = {.code = ERR_LOST}, .after_us = -1};
	t.random = UINT32_MAX;
	int64_t most = retry_wait(&p, &t, &f);
	ck_assert(most < US_PER_S && most > US_PER_S - US_PER_MS);
	t.random = 0;
	ck_assert_int_eq(retry_wait(&p, &t, &f), 0);
}
END_TEST

int main(void) {
	Suite *s = suite_create("retry");
	unit_add(s, cases);
	unit_add(s, retry_after_header);
	unit_add(s, doubt);
	unit_add(s, jitter_bounds);
	return unit_run(s);
}
