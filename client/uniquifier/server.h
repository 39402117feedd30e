/* SPDX-License-Identifier: MIT */
/* The running program: loop, client and HTTP front, from the ready line to the
 * orderly end. What it does with a push is submit.h's. */
#ifndef TRAINCTL_CLIENT_UNIQUIFIER_SERVER_H
#define TRAINCTL_CLIENT_UNIQUIFIER_SERVER_H

#include "client/lib/train.h"
#include "client/uniquifier/access.h"
#include "client/uniquifier/policy.h"

struct server_config {	  /* all that is pointed to outlives the run */
	const char *host; /* NULL: listen nowhere */
	unsigned port;
	unsigned body_max;
	const char *subscription;    /* to pull from; NULL: take pushes */
	unsigned in_flight_max;	     /* messages at once */
	int64_t drain_us;	     /* for pushes in hand, after a signal */
	const struct access *access; /* settled */
	const char *project;	     /* NULL: the metadata server knows it */
	const struct train_target *target; /* resolved */
	const struct jobid_format *format; /* NULL: by what the key is from */
	struct policy policy;
	struct policy_images images;
	bool dry_run;
	int64_t tick_tolerance_us, submit_timeout_us, retry_initial_us;
};

/* Listens, says so on standard output, and returns after a signal or when the
 * loop fails. Returns 0, ERR_USAGE, ERR_IO or ERR_NOMEM. */
int server_run(const struct server_config *cfg, struct err *e);

#endif
