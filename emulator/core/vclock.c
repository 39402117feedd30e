/* SPDX-License-Identifier: MIT */
#include "emulator/core/vclock.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/when.h"

#define RATE_MAX 100000

static int parse_rate(const char *s, int64_t *ret, struct err *e) {
	char *end;
	long n = strtol(s, &end, 10);
	if (*s < '0' || *s > '9' || *end || n < 1 || n > RATE_MAX)
		return err_set(
			e, ERR_USAGE, "'x%.40s' is not x1 to x%d", s, RATE_MAX);
	*ret = n;
	return 0;
}

/* What follows the name of a clock that can be moved: nothing or @TIME. */
static int parse_start(const char *s, struct vclock *c, struct err *e) {
	c->no_instant = !*s;
	if (!*s || when_parse(s + 1, &c->at_us, e) == 0)
		return 0;
	return err_set(
		e, ERR_USAGE, "'%.100s' is not an RFC 3339 instant", s + 1);
}

int vclock_parse(const char *s, struct vclock *ret, struct err *e) {
	struct vclock c = {.at_us = clock_now_us(&clock_real), .rate = 1};
	int rc = 0, len = (int)strcspn(s, "@");
	(void)snprintf(c.text, sizeof c.text, "%.*s", len, s);
	if (!strcmp(s, "real")) {
		c.mode = VCLOCK_REAL;
	} else if (!strcmp(c.text, "virtual")) {
		c.mode = VCLOCK_VIRTUAL;
		rc = parse_start(s + len, &c, e);
	} else if (!strcmp(c.text, "auto")) {
		c.mode = VCLOCK_AUTO;
		rc = parse_start(s + len, &c, e);
	} else if (*s == 'x') {
		c.mode = VCLOCK_SCALED;
		c.mono_us = clock_mono_us();
		rc = parse_rate(s + 1, &c.rate, e);
	} else {
		rc = err_set(e, ERR_USAGE,
			"'%.100s' is not real, virtual, auto (these two also "
			"with @TIME) or xN",
			s);
	}
	if (rc)
		return rc;
	*ret = c;
	return 0;
}

int64_t vclock_now(const struct vclock *c) {
	switch (c->mode) {
	case VCLOCK_REAL:
		break;
	case VCLOCK_VIRTUAL:
		return c->at_us;
	case VCLOCK_AUTO:
		if (!c->mono_us)
			return c->at_us;
		return c->at_us + clock_mono_us() - c->mono_us;
	case VCLOCK_SCALED:
		return c->at_us + (clock_mono_us() - c->mono_us) * c->rate;
	}
	return clock_now_us(&clock_real);
}

bool vclock_moves(const struct vclock *c) {
	return c->mode == VCLOCK_VIRTUAL || c->mode == VCLOCK_AUTO;
}

void vclock_set(struct vclock *c, int64_t to_us) {
	assert(vclock_moves(c));
	int64_t now = vclock_now(c);
	c->at_us = to_us > now ? to_us : now;
	c->mono_us = 0;
}

void vclock_go(struct vclock *c) {
	assert(c->mode == VCLOCK_AUTO);
	if (!c->mono_us)
		c->mono_us = clock_mono_us();
}

int64_t vclock_wait(const struct vclock *c, int64_t due_us) {
	int64_t left = due_us - vclock_now(c);
	if (left <= 0)
		return 0;
	if (vclock_moves(c) && !c->mono_us)
		return -1;
	/* rounded up, so that the instant has come after the wait */
	return (left + c->rate - 1) / c->rate;
}
