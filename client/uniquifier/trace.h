/* SPDX-License-Identifier: MIT */
/* Which trace a request belongs to, for the log: Cloud Logging shows the lines
 * of one trace together. Pure. */
#ifndef TRAINCTL_CLIENT_TRACE_H
#define TRAINCTL_CLIENT_TRACE_H

#include <jansson.h>

#include "common/httpd.h"

/* The fields of a line, for log_fields, from the headers traceparent (W3C
 * Trace Context) and X-Cloud-Trace-Context, either of which may be NULL: the
 * first of them that is well formed counts. An empty object without a trace;
 * NULL when memory ran out. */
json_t *trace_fields(
	const char *traceparent, const char *cloud, const char *project);
/* The same for a request, with the rest of a line's fields, which are taken. */
json_t *trace_add(json_t *fields, const struct req *r, const char *project);

#endif
