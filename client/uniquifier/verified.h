/* SPDX-License-Identifier: MIT */
/* verify.h with a memory: Pub/Sub sends a token again and again, for up to an
 * hour, and its signature is much of what a push costs. What is remembered of a
 * good one is a SHA-256 and its time; of a bad one, nothing. Pure. */
#ifndef TRAINCTL_CLIENT_VERIFIED_H
#define TRAINCTL_CLIENT_VERIFIED_H

#include "client/uniquifier/verify.h"
#include "common/hash.h"

#define VERIFIED_MAX 64 /* tokens; a new one takes the place of the oldest */

/* Begins as zeros but for `want`. */
struct verified {
	struct verify_want want;
	unsigned long edition; /* of the keys by which they were good */
	size_t next;
	struct {
		char hash[HASH_HEX_LEN + 1];
		int64_t from_s;
		double until_s;
	} tokens[VERIFIED_MAX];
};

/* As verify_token does, to the second. `edition` is another number for another
 * set of keys, with which all is forgotten: a key may be gone. */
enum verify_verdict verified_token(struct verified *d, const char *token,
	const struct keyset *keys, unsigned long edition, int64_t now_s,
	struct err *why);

#endif
