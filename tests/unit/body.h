/* SPDX-License-Identifier: MIT */
/* Request bodies for the rules_* programs: a good one, and what a case alters.
 */
#ifndef TRAINCTL_TESTS_BODY_H
#define TRAINCTL_TESTS_BODY_H

#include "emulator/api/proto.h"

/* The normalised message of the JSON text `base` with `patch` laid over it,
 * object by object; null in the patch takes a member away. Fails the test when
 * that is not a valid message. */
json_t *body_make(const struct proto_message *m, const char *root,
	const char *base, const char *patch);

/* {"KEY0":"v","KEY1":"v",...}: n members. The caller frees it (mem_free). */
char *body_map(const char *key, int n, const char *value);

/* `c` repeated n times; the caller frees it (mem_free). */
char *body_repeat(char c, size_t n);

/* Fails the test unless rc is `code` and the status holds it with `message`;
 * "" stands for OK. */
void body_expect(const char *name, int rc, const struct status *st,
	enum status_code code, const char *message);

/* Fails the test unless fill(in) prints as `want` and leaves `in`, which is
 * taken, as it was. */
void body_expect_filled(const char *name, json_t *in,
	json_t *(*fill)(const json_t *in), const char *want);

#endif
