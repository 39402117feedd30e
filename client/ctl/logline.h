/* SPDX-License-Identifier: MIT */
/* A log entry as lines, in the form of gcloud's stream-logs. Pure. */
#ifndef TRAINCTL_CLIENT_LOGLINE_H
#define TRAINCTL_CLIENT_LOGLINE_H

#include <jansson.h>

#include "common/buf.h"

/* Appends SEVERITY, time, task, trial and text with tabs between them, a row
 * for each line of the text. Control characters become '?'. Returns what
 * buf_add returns. */
int logline_add(const json_t *entry, struct buf *ret);

#endif
