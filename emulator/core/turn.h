/* SPDX-License-Identifier: MIT */
/* How time passes: takes events off the timeline in order and hands each to its
 * service, on a clock that runs or on one that is moved. */
#ifndef TRAINCTL_EMULATOR_TURN_H
#define TRAINCTL_EMULATOR_TURN_H

#include "emulator/core/emu.h"

/* Once after emu_open: what was under way when the process ended goes out
 * again, and all that is due is put on the timeline. Returns 0 or ERR_IO. */
int turn_restart(struct emu *em, struct err *e);

/* Runs what is due now, a bounded number of events. */
void turn_run(struct emu *em);
/* Real microseconds until turn_run is wanted again; -1 when nothing waits. */
int64_t turn_due(const struct emu *em);

/* A client has asked for something and may be about to ask for more: an auto
 * clock stands for a moment. */
void turn_rest(struct emu *em);

/* Lets a virtual or auto clock pass to to_us: every event up to it in order,
 * each followed by waiting until what it sent has been answered. done is called
 * once from turn_run: settled is false when limit_us (real time) was over
 * first; the clock then stays where it had come to. Returns 0 or ERR_STATE
 * (another clock mode, a past instant, or an advance under way). */
int turn_advance(struct emu *em, int64_t to_us, int64_t limit_us,
	void (*done)(void *ctx, bool settled), void *ctx, struct err *e);
/* Ends an advance that is under way as one that was given up. */
void turn_advance_stop(struct emu *em);

/* The process is about to end. Ends of calls that come from here on are not
 * written: nobody knows how those end, and turn_restart sends them again. */
void turn_stop(struct emu *em);

#endif
