/* SPDX-License-Identifier: MIT */
/* The keys by which service accounts sign without having one (signBlob,
 * signJwt): in production Google keeps them. Each account's is its own, or who
 * may sign as one could pass for another; and none is among those that sign
 * tokens, for else whoever may sign anything could make any token. They are
 * state, as the accounts are (accounts.h). */
#ifndef TRAINCTL_EMULATOR_MANAGED_H
#define TRAINCTL_EMULATOR_MANAGED_H

#include "emulator/core/emu.h"
#include "emulator/core/keys.h"

#define MANAGED_MAX 1000

/* An account's key (rsa_free), which is made when it is first wanted, and its
 * name. Inside a transaction. Returns 0, ERR_TOOBIG (there are MANAGED_MAX),
 * ERR_IO, ERR_NOMEM or ERR_SYNTAX (a file that was tampered with). */
int managed_signing(struct emu *em, const char *email, struct rsa **ret,
	char ret_id[static KEY_ID_LEN + 1], struct err *e);

#endif
