/* SPDX-License-Identifier: MIT */
/* What comes from the service may hold anything, so control characters, with
 * which a terminal can be steered, are shown as '?'. Pure. */
#ifndef TRAINCTL_CLIENT_CLEAN_H
#define TRAINCTL_CLIENT_CLEAN_H

#include <stddef.h>

#include "common/buf.h"

/* Appends n bytes of text, made safe. Returns what buf_add returns. */
int clean_add(const char *s, size_t n, struct buf *ret);

#endif
