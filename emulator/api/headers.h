/* SPDX-License-Identifier: MIT */
/* The header lines of a request that leaves, made one by one as fetch takes
 * them. Which ones a push or a target gets is in push.c and target.c. */
#ifndef TRAINCTL_EMULATOR_HEADERS_H
#define TRAINCTL_EMULATOR_HEADERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct headers {
	char **at; /* ends with NULL */
	size_t len;
	bool failed; /* memory ran out for one */
};

/* Room for max lines. Returns 0 or ERR_NOMEM. */
int headers_init(struct headers *h, size_t max);
void headers_done(struct headers *h);
#define auto_headers __attribute__((cleanup(headers_done)))

/* Adds a line (taken; NULL when memory ran out): "Name: value", or "Name:" for
 * the wish to leave out what curl would send. */
void headers_line(struct headers *h, char *line);
/* Adds a header, also one without a value. */
void headers_add(struct headers *h, const char *name, const char *value);

/* Takes those away whose lines begin so, whatever the case. */
void headers_drop(struct headers *h, const char *begins);

/* Whether a name is a token (RFC 9110, section 5.6.2), and a value of one line:
 * only such can be a header. */
bool headers_name_ok(const char *name);
bool headers_value_ok(const char *value);

/* Whether an object of the user's own headers has one of that name. */
bool headers_has(const json_t *own, const char *name);
/* Those that nobody can set: of the connection, which are for the client that
 * sends (RFC 9110, section 7.6.1), and of the body's framing. */
bool headers_reserved(const char *name);

#endif
