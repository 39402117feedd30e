/* SPDX-License-Identifier: MIT */
/* What --format takes: table, json, table(FIELD:label=TITLE,...) and
 * value(FIELD,...). Pure; print.c does the printing. */
#ifndef TRAINCTL_CLIENT_FORMAT_H
#define TRAINCTL_CLIENT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

enum format_kind { FORMAT_TABLE, FORMAT_JSON, FORMAT_VALUE };

#define FORMAT_FIELDS_MAX 32

struct format_field {
	char *path, *title;
};

struct format { /* zeros are the command's own table */
	enum format_kind kind;
	size_t len; /* 0: no fields were named */
	struct format_field fields[FORMAT_FIELDS_MAX];
};

/* Whether that: nothing else was asked for. */
bool format_is_own(const struct format *f);

/* A title comes from the path's last name: jobId gives JOB_ID. Replaces what
 * *ret held. Returns 0, ERR_USAGE (nothing is changed) or ERR_NOMEM. */
int format_parse(const char *s, struct format *ret, struct err *e);
void format_done(struct format *f);

#endif
