/* SPDX-License-Identifier: MIT */
/* A fault: what goes wrong with which requests, deliveries or acknowledgements,
 * and how often. Pure: reading one, and whether its turn has come; the rules in
 * force are in faults.h. The members of one in JSON are in train-emulator(8).
 */
#ifndef TRAINCTL_EMULATOR_FAULT_H
#define TRAINCTL_EMULATOR_FAULT_H

#include <stdbool.h>

#include "common/jsn.h"
#include "common/rng.h"

/* What a rule is asked about. */
enum fault_kind { FAULT_OF_REQUEST, FAULT_OF_DELIVERY, FAULT_OF_ACK };
#define FAULT_KINDS 3

/* name in JSON, and what it is about */
#define FAULT_EFFECTS(X)                                                       \
	X(STATUS, "status", FAULT_OF_REQUEST)                                  \
	X(DELAY, "delay", FAULT_OF_REQUEST)                                    \
	X(CLOSE_BEFORE, "close-before", FAULT_OF_REQUEST)                      \
	X(LOSE_REPLY, "lose-reply", FAULT_OF_REQUEST)                          \
	X(FAIL_REPLY, "fail-reply", FAULT_OF_REQUEST)                          \
	X(CUT, "cut", FAULT_OF_REQUEST)                                        \
	X(DRIP, "drip", FAULT_OF_REQUEST)                                      \
	X(DUPLICATE, "duplicate", FAULT_OF_DELIVERY)                           \
	X(REORDER, "reorder", FAULT_OF_DELIVERY)                               \
	X(DELAY_DELIVERY, "delay-delivery", FAULT_OF_DELIVERY)                 \
	X(LOSE_ACK, "lose-ack", FAULT_OF_ACK)

enum fault_effect {
#define X(name, text, kind) FAULT_##name,
	FAULT_EFFECTS(X)
#undef X
};

#define FAULT_TIMES_MAX 1000000	   /* of after, count and every */
#define FAULT_TEXT_MAX 1000	   /* bytes of a pattern or message */
#define FAULT_SEED_MAX (1LL << 53) /* JSON readers keep what is below */
#define FAULT_DRIP_MAX 65536	   /* bytes at a time */
#define FAULT_HALF (-1)		   /* bytes of a cut: half of them */

struct fault {
	enum fault_effect effect;
	const char *route, *resource; /* patterns; NULL: any; borrowed */
	int64_t after;		      /* so many matches are let pass */
	int64_t every;		      /* of the others, each n-th; 1: all */
	int64_t count;		      /* strikes at most; 0: no bound */
	double probability;	      /* 1: always */
	int64_t seed;		      /* of its chance; -1: the emulator's */
	/* of status and fail-reply; texts are borrowed, NULL when not given */
	int code, http; /* canonical code; HTTP status, 0: the code's */
	const char *message, *quota;
	int64_t retry_delay_us, retry_after_s; /* -1: not given */
	/* of the others */
	int64_t delay_us; /* real time for a request, else the clock's */
	int64_t bytes;	  /* of a cut (FAULT_HALF) or, at a time, of a drip */
	int64_t pause_us; /* between two drips, real time */
};

/* Reads one; texts are borrowed from o. Returns 0, or ERR_USAGE, ERR_SHAPE,
 * ERR_SYNTAX or ERR_RANGE with the member's name in the message. */
int fault_parse(const json_t *o, struct fault *ret, struct err *e);

enum fault_kind fault_kind(enum fault_effect effect);
const char *fault_name(enum fault_effect effect); /* "lose-reply" */

/* Whether a rule is about this; NULL for what there is not. A pattern without a
 * slash is held against the last part of a resource's name. `other` is another
 * name that will do. */
bool fault_fits(const struct fault *f, const char *route, const char *resource,
	const char *other);

/* Whether the n-th match, from 1 on, is struck; struck: how many were before.
 * Draws from r once where there is a probability, never else. */
bool fault_strikes(
	const struct fault *f, int64_t n, int64_t struck, struct rng *r);

#endif
