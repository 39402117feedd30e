/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_LEN 32
#define SPAN_LEN 16

struct trace {
	char id[TRACE_LEN + 1], span[SPAN_LEN + 1]; /* span: "" for none */
	bool sampled;
};

static const char HEX[] = "0123456789abcdef";

/* n digits, not all of them zero, and then `after`. */
static bool take_hex(const char *s, size_t n, char after, char *ret) {
	if (strspn(s, HEX) != n || s[n] != after || strspn(s, "0") == n)
		return false;
	memcpy(ret, s, n);
	ret[n] = '\0';
	return true;
}

/* W3C Trace Context, section 3.2: VERSION-TRACE-SPAN-FLAGS. Later versions may
 * have more behind it. */
static bool read_w3c(const char *s, struct trace *ret) {
	if (strspn(s, HEX) != 2 || s[2] != '-' || strncmp(s, "ff", 2) == 0)
		return false;
	const char *trace = s + 3, *span = trace + TRACE_LEN + 1;
	if (!take_hex(trace, TRACE_LEN, '-', ret->id) ||
		!take_hex(span, SPAN_LEN, '-', ret->span))
		return false;
	const char *flags = span + SPAN_LEN + 1;
	bool last = !flags[strspn(flags, HEX)];
	if (strspn(flags, HEX) != 2 || (strncmp(s, "00", 2) == 0 && !last))
		return false;
	ret->sampled = strtoul(flags, NULL, 16) & 1;
	return true;
}

/* Google's own: TRACE/SPAN;o=OPTIONS, where the span is decimal. */
static bool read_cloud(const char *s, struct trace *ret) {
	const char *rest = s + strcspn(s, "/;");
	if (!take_hex(s, TRACE_LEN, *rest, ret->id))
		return false;
	ret->span[0] = '\0';
	if (*rest == '/') {
		char *end;
		errno = 0;
		unsigned long long span = strtoull(rest + 1, &end, 10);
		if (rest[1] < '0' || rest[1] > '9' || errno)
			return false;
		if (span)
			(void)snprintf(
				ret->span, sizeof ret->span, "%016llx", span);
		rest = end;
	}
	ret->sampled =
		strncmp(rest, ";o=", 3) == 0 && strtoul(rest + 3, NULL, 10) & 1;
	return !*rest || *rest == ';';
}

json_t *trace_fields(
	const char *traceparent, const char *cloud, const char *project) {
	struct trace t;
	if ((!traceparent || !read_w3c(traceparent, &t)) &&
		(!cloud || !read_cloud(cloud, &t)))
		return json_object();
	char name[TRACE_LEN + 128];
	(void)snprintf(
		name, sizeof name, "projects/%.80s/traces/%s", project, t.id);
	return json_pack("{s:s, s:s*, s:b}", "logging.googleapis.com/trace",
		name, "logging.googleapis.com/spanId", *t.span ? t.span : NULL,
		"logging.googleapis.com/trace_sampled", t.sampled);
}

json_t *trace_add(json_t *fields, const struct req *r, const char *project) {
	json_t *trace = trace_fields(req_header(r, "traceparent"),
		req_header(r, "X-Cloud-Trace-Context"), project);
	if (fields && trace)
		(void)json_object_update(fields, trace);
	json_decref(trace);
	return fields;
}
