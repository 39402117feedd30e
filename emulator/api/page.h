/* SPDX-License-Identifier: MIT */
/* Numbers in queries, as the front end of every service reads them. */
#ifndef TRAINCTL_EMULATOR_PAGE_H
#define TRAINCTL_EMULATOR_PAGE_H

#include "emulator/core/status.h"

/* An int32 in decimal; NULL and "" give 0. Returns ST_OK, or INVALID_ARGUMENT
 * (Invalid value at 'FIELD' (TYPE_INT32), "abc"). */
int query_int32(const char *field, const char *s, int *ret, struct status *st);

/* The page_size of a list. */
int page_parse(const char *s, int *ret, struct status *st);

#endif
