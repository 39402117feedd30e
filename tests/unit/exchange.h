/* SPDX-License-Identifier: MIT */
/* A recorded exchange: a folder of fixtures/wire/ with request.http and
 * response.http. Both are HTTP as text with plain newlines; what every request
 * or answer has and no one would write by hand (Host, Content-Length) may be
 * missing. The newline that ends the file is not part of a request's body. */
#ifndef TRAINCTL_TESTS_EXCHANGE_H
#define TRAINCTL_TESTS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

struct exchange {
	char *request, *response; /* the texts, cut up; owned */
	const char *method, *target, *body;
	const char *headers; /* "Name: value" lines, each with its newline */
	int status;
	const char *res_headers, *res_body;
};

#define EXCHANGES_MAX 2000

/* Calls fn with the name of each case in a folder, in alphabetical order.
 * Returns how many there are, or -1 when they cannot be listed. */
int exchange_each(
	const char *folder, void (*fn)(void *ctx, const char *name), void *ctx);

/* The bytes of folder/name, NUL-terminated; freed with mem_free. NULL with
 * ERR_IO or ERR_TOOBIG. */
char *exchange_file(const char *folder, const char *name, struct err *e);

/* Returns 0, ERR_IO, ERR_TOOBIG or ERR_SYNTAX; on failure there is nothing to
 * free. */
int exchange_load(const char *folder, struct exchange *ret, struct err *e);
void exchange_done(struct exchange *x);

/* The value of a header among such lines, whatever its case, cut to fit. False
 * when there is none. */
bool exchange_header(
	const char *headers, const char *name, char *ret, size_t max);

#endif
