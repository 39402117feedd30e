/* SPDX-License-Identifier: MIT */
/* The standard streams of a program whose output is its result: what does not
 * get out must not look like success. */
#ifndef TRAINCTL_COMMON_STD_H
#define TRAINCTL_COMMON_STD_H

#include "common/err.h"

/* Puts something in the place of standard descriptors that are closed, so that
 * no socket or file gets their numbers. Using it fails as if it was closed.
 * Before anything is opened. */
void std_init(void);

/* Writes out what stdout holds. ERR_IO with the reason when that fails, or when
 * an earlier write has. */
int std_flush(struct err *e);

#endif
