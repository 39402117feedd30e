/* SPDX-License-Identifier: MIT */
/* Whether an answer's body is the recorded one. JSON is compared by value, and
 * its form by Google's rules. Some values cannot be known beforehand:
 * - in a recorded text, "…" stands for any run of characters, and as the whole
 *   of it for any value;
 * - etags, page tokens, ack ids and the ids of entries and messages are names
 * for what the service chose. Where the record has one twice, the service must
 * have too; where it has two, the service must have changed it. */
#ifndef TRAINCTL_TESTS_SAME_H
#define TRAINCTL_TESTS_SAME_H

#include <jansson.h>
#include <stdbool.h>

struct same {
	json_t *chosen; /* recorded value -> the service's */
};

void same_init(struct same *s);
void same_done(struct same *s);

/* A recorded request's text with the values that the service has chosen, as
 * they are and percent-encoded. The caller frees it (mem_free). */
char *same_current(const struct same *s, const char *text);

/* NULL when got is as recorded, else why not; the caller frees it (mem_free).
 * `pretty` is whether JSON must come indented, or else compact. */
char *same_body(struct same *s, const char *want, const char *got, bool pretty);

#endif
