/* SPDX-License-Identifier: MIT */
/* The faults in force: rules in the order in which they were added, which of
 * them strikes, and how often each has. They are set-up of a test, not state:
 * kept in memory only, so a restart begins without any. What a fault does to a
 * request is the API's business, what to a delivery is in misdeliver.h. */
#ifndef TRAINCTL_EMULATOR_FAULTS_H
#define TRAINCTL_EMULATOR_FAULTS_H

#include <stddef.h>

#include "emulator/core/fault.h"

#define FAULTS_MAX 1000 /* rules, those that are spent included */

struct emu;
struct fault_rule;

/* A message that was held back to be overtaken; one of a subscription. */
struct fault_held {
	int64_t sub, delivery, due_us;
};

struct faults {
	struct fault_rule *at;
	size_t len, cap;
	int64_t last_id;
	int64_t lose_acks_id;  /* of faults_lose_acks; 0: none */
	uint64_t seed;	       /* what rules get theirs from */
	int live[FAULT_KINDS]; /* rules of a kind that are not spent */
	struct fault_held *held;
	size_t held_len, held_cap;
};

/* Adds a rule; one with a probability gets a seed if it has none. Returns 0 and
 * its number; or as fault_parse, ERR_TOOBIG or ERR_NOMEM. */
int faults_add(
	struct faults *fs, const json_t *o, int64_t *ret_id, struct err *e);
/* All, or the one with that number: what it was given, its number, and how
 * often it was "matched" and "struck". NULL: no memory, or no such rule. */
json_t *faults_list(const struct faults *fs);
json_t *faults_get(const struct faults *fs, int64_t id);
/* The next so many acknowledgements of messages get lost, in place of what was
 * said so before; 0: none. Returns as faults_add. */
int faults_lose_acks(struct faults *fs, int64_t times, struct err *e);
/* False: there is none with that number. */
bool faults_drop(struct faults *fs, int64_t id);
/* Drops all, and numbers begin anew. What is held stays so. */
void faults_clear(struct faults *fs);
void faults_done(struct faults *fs);

/* The first rule that strikes, asked about one thing as fault_fits is; counted,
 * and noted in the journal. NULL: none does. Valid until the rules change. */
const struct fault *faults_strike(struct emu *em, enum fault_kind kind,
	const char *route, const char *resource, const char *other);

#endif
