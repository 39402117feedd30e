/* SPDX-License-Identifier: MIT */
/* The arguments and the environment that the service gives to a replica of a
 * job. Pure: what a request brings becomes arguments and values, never the
 * program or the name of a variable. Source: facts ml-jobs.md sections 5, 6. */
#ifndef TRAINCTL_EMULATOR_RUN_REPLICA_H
#define TRAINCTL_EMULATOR_RUN_REPLICA_H

#include "emulator/core/emu.h"
#include "emulator/run/words.h"

/* Zero-initialise. */
struct replica {
	struct words argv, env;
};

/* Of the master. `inherited` is the environment that the variables of the
 * service are added to, ends with NULL; of these it takes none over. Returns 0,
 * ERR_NOMEM or ERR_RANGE; replica_done in any case. */
int replica_init(struct replica *rep, const struct run *r,
	const char *const *inherited, struct err *e);
void replica_done(struct replica *rep);

#endif
