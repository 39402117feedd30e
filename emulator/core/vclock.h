/* SPDX-License-Identifier: MIT */
/* The emulator's clock: real, scaled, virtual (it stands still until it is
 * moved), or auto (a virtual one that turn.c moves by itself). Instants are
 * microseconds since 1970. */
#ifndef TRAINCTL_EMULATOR_VCLOCK_H
#define TRAINCTL_EMULATOR_VCLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/err.h"

enum vclock_mode { VCLOCK_REAL, VCLOCK_VIRTUAL, VCLOCK_SCALED, VCLOCK_AUTO };

struct vclock {
	enum vclock_mode mode;
	int64_t at_us;	 /* now, or what it was at mono_us */
	int64_t mono_us; /* SCALED: when it was started; AUTO: since when it
			  * goes with the real time, 0: it stands */
	int64_t rate;	 /* SCALED: virtual seconds a real second */
	bool no_instant; /* no instant was given, so a stored one counts */
	char text[48];	 /* as given, for the admin surface */
};

/* "real", "virtual" or "auto", these two also with "@RFC3339", or "xN" (N from
 * 1 to 100000). Without an instant the clock starts at the real time. Returns 0
 * or ERR_USAGE. */
int vclock_parse(const char *s, struct vclock *ret, struct err *e);

int64_t vclock_now(const struct vclock *c);
/* Whether it can be moved: virtual or auto. */
bool vclock_moves(const struct vclock *c);
/* Moves a clock that can be moved forward (never back); it then stands. */
void vclock_set(struct vclock *c, int64_t to_us);
/* Lets an auto clock go with the real time, until the next vclock_set. */
void vclock_go(struct vclock *c);
/* Real microseconds until the clock shows due_us: 0 if it has come, -1 if it
 * never comes by itself. */
int64_t vclock_wait(const struct vclock *c, int64_t due_us);

#endif
