/* SPDX-License-Identifier: MIT */
/* The page_size of list queries, as the front end of every service reads it. */
#ifndef TRAINCTL_EMULATOR_PAGE_H
#define TRAINCTL_EMULATOR_PAGE_H

#include "emulator/core/status.h"

/* An int32 in decimal; NULL and "" give 0. Returns ST_OK, or INVALID_ARGUMENT
 * (Invalid value at 'page_size' (TYPE_INT32), "abc"). */
int page_parse(const char *s, int *ret, struct status *st);

#endif
