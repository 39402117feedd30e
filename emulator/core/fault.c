/* SPDX-License-Identifier: MIT */
#include "emulator/core/fault.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/when.h"
#include "emulator/core/attempt.h"
#include "emulator/core/status.h"

#define WAIT_MAX_US (10 * US_PER_MIN) /* of real time */
#define LATE_MAX_US (30 * US_PER_DAY) /* on the clock */
#define PAUSE_MAX_US (10 * US_PER_S)  /* of real time */
#define RETRY_MAX_US US_PER_DAY
#define PAUSE_USUAL_US (100 * US_PER_MS)
#define HELD_USUAL_US (10 * US_PER_S) /* what waits to be overtaken */
#define DRIP_USUAL 16

enum fault_kind fault_kind(enum fault_effect effect) {
#define X(name, text, kind)                                                    \
	case FAULT_##name:                                                     \
		return kind;
	switch (effect) { FAULT_EFFECTS(X) }
#undef X
	return FAULT_OF_REQUEST;
}

const char *fault_name(enum fault_effect effect) {
#define X(name, text, kind)                                                    \
	case FAULT_##name:                                                     \
		return text;
	switch (effect) { FAULT_EFFECTS(X) }
#undef X
	return "";
}

/* The effects that each member goes with, as bits. */
#define BIT(name) (1u << FAULT_##name)
#define REQUESTS                                                               \
	(BIT(STATUS) | BIT(DELAY) | BIT(CLOSE_BEFORE) | BIT(LOSE_REPLY) |      \
		BIT(FAIL_REPLY) | BIT(CUT) | BIT(DRIP))
#define REFUSALS (BIT(STATUS) | BIT(FAIL_REPLY))
#define DELIVERIES (BIT(DUPLICATE) | BIT(REORDER) | BIT(DELAY_DELIVERY))
#define ALL (REQUESTS | DELIVERIES | BIT(LOSE_ACK))
static const struct {
	const char *name;
	unsigned effects;
} members[] = {{"effect", ALL}, {"route", REQUESTS}, {"resource", ALL},
	{"after", ALL}, {"every", ALL}, {"count", ALL}, {"probability", ALL},
	{"seed", ALL}, {"status", REFUSALS}, {"message", REFUSALS},
	{"quota", REFUSALS}, {"retryDelay", REFUSALS}, {"retryAfter", REFUSALS},
	{"delay", REQUESTS | DELIVERIES}, {"bytes", BIT(CUT) | BIT(DRIP)},
	{"pause", BIT(DRIP)}};

static int read_effect(const json_t *o, struct fault *f, struct err *e) {
	static const char *const names[] = {
#define X(name, text, kind) [FAULT_##name] = text,
		FAULT_EFFECTS(X)
#undef X
	};
	const char *s;
	if (!json_is_object(o))
		return err_set(e, ERR_SHAPE, "a fault is a JSON object");
	int rc = jsn_str(o, "", "effect", &s, e);
	for (size_t i = 0; !rc && i < sizeof names / sizeof names[0]; i++)
		if (!strcmp(names[i], s)) {
			f->effect = (enum fault_effect)i;
			return 0;
		}
	return rc ? rc : err_set(e, ERR_USAGE, "effect cannot be '%.60s'", s);
}

/* A member that would have no effect is a mistake. */
static int check_members(
	const json_t *o, const struct fault *f, struct err *e) {
	const char *key;
	json_t *v;
	json_object_foreach ((json_t *)o, key, v) {
		unsigned effects = 0;
		for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
			if (!strcmp(members[i].name, key))
				effects = members[i].effects;
		if (!effects)
			return err_set(e, ERR_USAGE,
				"a fault has no member '%.60s'", key);
		if (!(effects & 1u << f->effect))
			return err_set(e, ERR_USAGE,
				"%s does not go with the effect %s", key,
				fault_name(f->effect));
	}
	return 0;
}

/* null is as good as nothing */
static bool given(const json_t *o, const char *key) {
	const json_t *v = json_object_get(o, key);
	return v && !json_is_null(v);
}

static int read_text(
	const json_t *o, const char *key, const char **ret, struct err *e) {
	int rc = jsn_str_opt(o, "", key, ret, e);
	if (rc || !*ret)
		return rc;
	if (!**ret)
		return err_set(e, ERR_RANGE, "%s is empty", key);
	return strlen(*ret) <= FAULT_TEXT_MAX
		       ? 0
		       : err_set(e, ERR_RANGE, "%s is over %d bytes", key,
				 FAULT_TEXT_MAX);
}

static int read_number(const json_t *o, const char *key, int64_t min,
	int64_t max, int64_t dflt, int64_t *ret, struct err *e) {
	int rc = jsn_i64_opt(o, "", key, dflt, ret, e);
	if (rc || !given(o, key) || (*ret >= min && *ret <= max))
		return rc;
	return err_set(e, ERR_RANGE, "%s must be %lld to %lld", key,
		(long long)min, (long long)max);
}

static int read_duration(const json_t *o, const char *key, int64_t max,
	int64_t dflt, int64_t *ret, struct err *e) {
	const char *s;
	int rc = jsn_str_opt(o, "", key, &s, e);
	if (rc)
		return rc;
	*ret = dflt;
	if (s && duration_parse(s, ret, e))
		return err_wrap(e, "%s", key);
	if (!s || *ret <= max)
		return 0;
	return err_set(e, ERR_RANGE, "%s is over %lld s", key,
		(long long)(max / US_PER_S));
}

/* A number, or its text: a command line has texts only. */
static int read_probability(const json_t *o, struct fault *f, struct err *e) {
	const json_t *v = json_object_get(o, "probability");
	const char *s = json_string_value(v);
	char *end = NULL;
	f->probability = 1;
	if (!given(o, "probability"))
		return 0;
	if (s && *s >= '0' && *s <= '9')
		f->probability = strtod(s, &end);
	else
		f->probability = json_is_number(v) ? json_number_value(v) : -1;
	if ((end && *end) || !(f->probability >= 0 && f->probability <= 1))
		return err_set(
			e, ERR_RANGE, "probability must be a number 0 to 1");
	if (given(o, "every"))
		return err_set(
			e, ERR_USAGE, "give one of every and probability");
	return 0;
}

static int read_turn(const json_t *o, struct fault *f, struct err *e) {
	int rc;
	if ((rc = read_text(o, "route", &f->route, e)) ||
		(rc = read_text(o, "resource", &f->resource, e)) ||
		(rc = read_number(
			 o, "after", 0, FAULT_TIMES_MAX, 0, &f->after, e)) ||
		(rc = read_number(
			 o, "every", 1, FAULT_TIMES_MAX, 1, &f->every, e)) ||
		(rc = read_number(
			 o, "count", 1, FAULT_TIMES_MAX, 0, &f->count, e)) ||
		(rc = read_number(
			 o, "seed", 0, FAULT_SEED_MAX - 1, -1, &f->seed, e)) ||
		(rc = read_probability(o, f, e)))
		return rc;
	if (f->seed >= 0 && !given(o, "probability"))
		return err_set(e, ERR_USAGE, "seed goes with a probability");
	return 0;
}

/* An HTTP status, as a number or its text, or the name of a code. */
static int read_status(const json_t *o, struct fault *f, struct err *e) {
	const char *s = json_string_value(json_object_get(o, "status"));
	int64_t http = 0;
	if (!given(o, "status"))
		return err_set(e, ERR_SHAPE,
			"the effect %s needs the member status",
			fault_name(f->effect));
#define X(name, number, http, reason)                                          \
	if (s && number && !strcmp(s, #name)) {                                \
		f->code = number;                                              \
		return 0;                                                      \
	}
	STATUS_CODES(X)
#undef X
	if (jsn_i64_opt(o, "", "status", 0, &http, NULL) || http < 400 ||
		http > 599)
		return err_set(e, ERR_RANGE,
			"status must be 400 to 599 or a name such as "
			"UNAVAILABLE");
	f->http = (int)http;
	f->code = attempt_code(f->http);
	return 0;
}

static int read_refusal(const json_t *o, struct fault *f, struct err *e) {
	int64_t after_us = -1;
	int rc;
	if ((rc = read_status(o, f, e)) ||
		(rc = read_text(o, "message", &f->message, e)) ||
		(rc = read_text(o, "quota", &f->quota, e)) ||
		(rc = read_duration(o, "retryDelay", RETRY_MAX_US, -1,
			 &f->retry_delay_us, e)) ||
		(rc = read_duration(
			 o, "retryAfter", RETRY_MAX_US, -1, &after_us, e)))
		return rc;
	if (after_us >= 0 && after_us % US_PER_S)
		return err_set(
			e, ERR_RANGE, "retryAfter must be whole seconds");
	f->retry_after_s = after_us < 0 ? -1 : after_us / US_PER_S;
	return 0;
}

static int read_measures(const json_t *o, struct fault *f, struct err *e) {
	bool request = fault_kind(f->effect) == FAULT_OF_REQUEST;
	bool drips = f->effect == FAULT_DRIP;
	int rc;
	if ((rc = read_duration(o, "delay", request ? WAIT_MAX_US : LATE_MAX_US,
		     f->effect == FAULT_REORDER ? HELD_USUAL_US : 0,
		     &f->delay_us, e)) ||
		(rc = read_number(o, "bytes", drips,
			 drips ? FAULT_DRIP_MAX : INT32_MAX,
			 drips ? DRIP_USUAL : FAULT_HALF, &f->bytes, e)) ||
		(rc = read_duration(o, "pause", PAUSE_MAX_US, PAUSE_USUAL_US,
			 &f->pause_us, e)))
		return rc;
	bool needs =
		f->effect == FAULT_DELAY || f->effect == FAULT_DELAY_DELIVERY;
	return needs && !given(o, "delay")
		       ? err_set(e, ERR_SHAPE,
				 "the effect %s needs the member delay",
				 fault_name(f->effect))
		       : 0;
}

int fault_parse(const json_t *o, struct fault *ret, struct err *e) {
	struct fault f = {.retry_delay_us = -1, .retry_after_s = -1};
	int rc;
	if ((rc = read_effect(o, &f, e)) || (rc = check_members(o, &f, e)) ||
		(rc = read_turn(o, &f, e)) ||
		((REFUSALS & 1u << f.effect) &&
			(rc = read_refusal(o, &f, e))) ||
		(rc = read_measures(o, &f, e)))
		return rc;
	*ret = f;
	return 0;
}

static bool resource_fits(const char *pattern, const char *name) {
	if (!name)
		return false;
	const char *last = strchr(pattern, '/') ? NULL : strrchr(name, '/');
	return fnmatch(pattern, last ? last + 1 : name, 0) == 0;
}

bool fault_fits(const struct fault *f, const char *route, const char *resource,
	const char *other) {
	if (f->route && (!route || fnmatch(f->route, route, 0) != 0))
		return false;
	return !f->resource || resource_fits(f->resource, resource) ||
	       resource_fits(f->resource, other);
}

bool fault_strikes(
	const struct fault *f, int64_t n, int64_t struck, struct rng *r) {
	if (n <= f->after || (f->count && struck >= f->count))
		return false;
	if (f->probability < 1)
		return (double)(rng_next(r) >> 11) * 0x1p-53 < f->probability;
	return (n - f->after) % f->every == 0;
}
