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

int vclock_parse(const char *s, struct vclock *ret, struct err *e) {
	struct vclock c = {.at_us = clock_now_us(&clock_real),
		.mono_us = clock_mono_us(),
		.rate = 1};
	static const char at[] = "virtual@";
	if (!strcmp(s, "real")) {
		c.mode = VCLOCK_REAL;
	} else if (!strcmp(s, "virtual")) {
		c.mode = VCLOCK_VIRTUAL;
		c.no_instant = true;
	} else if (!strncmp(s, at, sizeof at - 1)) {
		c.mode = VCLOCK_VIRTUAL;
		if (when_parse(s + sizeof at - 1, &c.at_us, e))
			return err_set(e, ERR_USAGE,
				"'%.100s' is not an RFC 3339 instant",
				s + sizeof at - 1);
	} else if (*s == 'x') {
		c.mode = VCLOCK_SCALED;
		if (parse_rate(s + 1, &c.rate, e))
			return e->code;
	} else {
		return err_set(e, ERR_USAGE,
			"'%.100s' is not real, virtual, virtual@TIME or xN", s);
	}
	(void)snprintf(c.text, sizeof c.text, "%.*s", (int)strcspn(s, "@"), s);
	*ret = c;
	return 0;
}

int64_t vclock_now(const struct vclock *c) {
	switch (c->mode) {
	case VCLOCK_REAL:
		break;
	case VCLOCK_VIRTUAL:
		return c->at_us;
	case VCLOCK_SCALED:
		return c->at_us + (clock_mono_us() - c->mono_us) * c->rate;
	}
	return clock_now_us(&clock_real);
}

void vclock_set(struct vclock *c, int64_t to_us) {
	assert(c->mode == VCLOCK_VIRTUAL);
	if (to_us > c->at_us)
		c->at_us = to_us;
}

int64_t vclock_wait(const struct vclock *c, int64_t due_us) {
	int64_t left = due_us - vclock_now(c);
	if (left <= 0)
		return 0;
	if (c->mode == VCLOCK_VIRTUAL)
		return -1;
	/* rounded up, so that the instant has come after the wait */
	return (left + c->rate - 1) / c->rate;
}
