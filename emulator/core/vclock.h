/* SPDX-License-Identifier: MIT */
/* The emulator's clock: real, scaled, or virtual (it stands still until it is
 * moved). Instants are microseconds since 1970. */
#ifndef TRAINCTL_EMULATOR_VCLOCK_H
#define TRAINCTL_EMULATOR_VCLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/err.h"

enum vclock_mode { VCLOCK_REAL, VCLOCK_VIRTUAL, VCLOCK_SCALED };

struct vclock {
	enum vclock_mode mode;
	int64_t at_us;	 /* VIRTUAL: now; SCALED: now at mono_us */
	int64_t mono_us; /* SCALED: when it was started */
	int64_t rate;	 /* SCALED: virtual seconds a real second */
	bool no_instant; /* VIRTUAL: none was given, so a stored one counts */
	char text[48];	 /* as given, for the admin surface */
};

/* "real", "virtual", "virtual@RFC3339" or "xN" (N from 1 to 100000). Without
 * an instant, virtual and scaled clocks start at the real time. Returns 0 or
 * ERR_USAGE. */
int vclock_parse(const char *s, struct vclock *ret, struct err *e);

int64_t vclock_now(const struct vclock *c);
/* Moves a virtual clock forward (never back). */
void vclock_set(struct vclock *c, int64_t to_us);
/* Real microseconds until the clock shows due_us: 0 if it has come, -1 if it
 * never comes by itself. */
int64_t vclock_wait(const struct vclock *c, int64_t due_us);

#endif
