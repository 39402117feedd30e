/* SPDX-License-Identifier: MIT */
/* When to send a request again. Source: facts client-retry.md sections 2 to 4
 * (AIP-194; which failures are ambiguous; the constants). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/lib/train_int.h"
#include "common/when.h"

#define AFTER_MAX_S 999999999 /* of a Retry-After; it is 31 years */

/* What an answer says of the same request later. */
enum later { NEVER, PERHAPS, RATHER };

/* By its status, which is more exact than HTTP's; but 429 is one wherever it
 * comes from. */
static enum later later(const struct train_error *f) {
	static const struct {
		const char *status;
		enum later later;
	} rows[] = {{"UNAVAILABLE", RATHER}, {"INTERNAL", RATHER},
		{"UNKNOWN", RATHER}, {"DEADLINE_EXCEEDED", RATHER},
		{"RESOURCE_EXHAUSTED", PERHAPS}, {"UNIMPLEMENTED", NEVER},
		{"DATA_LOSS", NEVER}};
	if (f->err.http == 429)
		return PERHAPS;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(f->status, rows[i].status) == 0)
			return rows[i].later;
	return f->err.http == 408 || (f->err.http >= 500 && f->err.http != 501)
		       ? RATHER
		       : NEVER;
}

bool retry_doubtful(const struct train_error *failure) {
	int code = failure->err.code;
	if (code == ERR_LOST || code == ERR_TIMEOUT || code == ERR_TOOBIG)
		return true;
	return failure->err.code == ERR_HTTP &&
	       (failure->err.http >= 500 || later(failure) == RATHER);
}

bool retry_unseen(int http) {
	return http == 404 || http == 403;
}

/* A quota says "not now" only with a time or a rate's name; without them it may
 * be one (of GPUs, say) that is used up for hours. */
static bool rate_limited(const struct train_error *f) {
	return f->after_us >= 0 ||
	       strcmp(f->reason, "RATE_LIMIT_EXCEEDED") == 0;
}

bool train_error_transient(const struct train_error *f) {
	switch ((enum err_code)f->err.code) {
	case ERR_NOTSENT:
	case ERR_LOST:
	case ERR_TIMEOUT:
		return true;
	case ERR_HTTP:
		break;
	case ERR_NOMEM:
	case ERR_USAGE:
	case ERR_SYNTAX:
	case ERR_JSON:
	case ERR_SHAPE:
	case ERR_RANGE:
	case ERR_TOOBIG:
	case ERR_IO:
	case ERR_NOTFOUND:
	case ERR_STATE:
	case ERR_STOPPED:
		return false;
	}
	switch (later(f)) {
	case RATHER:
		return true;
	case PERHAPS:
		return rate_limited(f);
	case NEVER:
		break;
	}
	return false;
}

/* The upper bound of the delay after the given attempt. */
static int64_t bound(const struct retry_policy *p, unsigned attempt) {
	int64_t us = p->initial_us;
	while (--attempt > 0 && us < p->cap_us)
		us *= 2;
	return us < p->cap_us ? us : p->cap_us;
}

int64_t retry_wait(const struct retry_policy *p, const struct retry_try *t,
	const struct train_error *failure) {
	if (t->attempt >= p->attempts_max || !train_error_transient(failure))
		return -1;
	if (!t->idempotent && retry_doubtful(failure))
		return -1;
	/* The bound is cut to 2^31 us so that the product stays in 63 bits. */
	int64_t most = bound(p, t->attempt);
	if (most > INT32_MAX)
		most = INT32_MAX;
	int64_t wait = (int64_t)(((uint64_t)most * t->random) >> 32);
	if (failure->after_us > wait)
		wait = failure->after_us;
	return wait < t->total_us - t->elapsed_us ? wait : -1;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110's only form for senders. */
static int64_t http_date(const char *s) {
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = {0};
	char month[4];
	int end = 0;
	if (sscanf(s, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n",
		    &c.day, month, &c.year, &c.hour, &c.minute, &c.second,
		    &end) != 6 ||
		!end || s[end] || strlen(month) != 3)
		return -1;
	const char *at = strstr(months, month);
	if (!at || (at - months) % 3 || c.day < 1 || c.day > 31 || c.year < 1)
		return -1;
	if (c.hour > 23 || c.minute > 59 || c.second > 60)
		return -1;
	c.month = (int)(at - months) / 3 + 1;
	return when_from_civil(&c);
}

int64_t retry_after(const char *value, int64_t now_us) {
	size_t digits = strspn(value, "0123456789");
	if (digits && !value[digits]) {
		long long s = strtoll(value, NULL, 10);
		return (s < AFTER_MAX_S ? s : AFTER_MAX_S) * US_PER_S;
	}
	int64_t at = http_date(value);
	if (at < 0)
		return -1;
	return at > now_us ? at - now_us : 0;
}
