/* SPDX-License-Identifier: MIT */
/* Output for people and scripts, to stdout, made safe for a terminal
 * (clean.h). */
#ifndef TRAINCTL_CLIENT_PRINT_H
#define TRAINCTL_CLIENT_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "client/ctl/format.h"
#include "common/buf.h"

/* All return 0 or ERR_NOMEM. */

/* An array: JSON, values, or a table, of `fields` ("table(...)") if the format
 * names none. */
int print_rows(const struct format *f, const char *fields, const json_t *rows,
	struct err *e);
/* An array of jobs the same way. */
int print_jobs(const struct format *f, const json_t *jobs, struct err *e);
/* One job the same way. */
int print_job(const struct format *f, const json_t *job, struct err *e);
int print_json(const json_t *j, struct err *e);
/* A log entry to `out`: lines as logline.h makes them, one of JSON, or one of
 * values. */
int print_entry(
	const struct format *f, FILE *out, const json_t *entry, struct err *e);
/* An object as key: value lines. */
void print_tree(const json_t *j);

#endif
