/* SPDX-License-Identifier: MIT */
/* The commands that stand in for container images, as the command line of the
 * emulator gives them. What a request brings never gets here. */
#ifndef TRAINCTL_EMULATOR_RUN_COMMANDS_H
#define TRAINCTL_EMULATOR_RUN_COMMANDS_H

#include "emulator/core/emu.h"

/* Zero-initialise. The entries are what struct emu_config takes. */
struct commands {
	struct emu_run *at;
	size_t len;
};

/* Adds "IMAGE=COMMAND"; IMAGE may have '*', '?' and '[...]', COMMAND is split
 * by words_split. Returns 0, ERR_NOMEM or ERR_USAGE. */
int commands_add(struct commands *c, const char *text, struct err *e);
void commands_done(struct commands *c);

#endif
