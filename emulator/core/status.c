/* SPDX-License-Identifier: MIT */
#include "emulator/core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/when.h"

#define TEXT_MAX (STATUS_MSG_MAX / 2) /* of what goes into a message */
#define TYPE_BAD_REQUEST "type.googleapis.com/google.rpc.BadRequest"
#define TYPE_QUOTA_FAILURE "type.googleapis.com/google.rpc.QuotaFailure"
#define TYPE_RETRY_INFO "type.googleapis.com/google.rpc.RetryInfo"
#define TYPE_ERROR_INFO "type.googleapis.com/google.rpc.ErrorInfo"

static void print_text(char *ret, size_t max, const char *fmt, va_list ap) {
	(void)vsnprintf(ret, max, fmt, ap);
	jsn_mend(ret); /* it may quote a request */
}

void status_done(struct status *st) {
	json_decref(st->details);
	st->details = NULL;
	st->code = ST_OK;
	st->http = 0;
	st->message[0] = '\0';
}

int status_set(struct status *st, enum status_code code, const char *fmt, ...) {
	status_done(st);
	st->code = code;
	va_list ap;
	va_start(ap, fmt);
	print_text(st->message, sizeof st->message, fmt, ap);
	va_end(ap);
	return code;
}

int status_nomem(struct status *st) {
	return status_set(st, ST_INTERNAL, "out of memory");
}

int status_unwritten(struct status *st) {
	return status_set(st, ST_INTERNAL, "the state cannot be written");
}

static void add_detail(struct status *st, json_t *detail) {
	if (!st->details)
		st->details = json_array();
	(void)json_array_append_new(st->details, detail);
}

/* The fieldViolations array of the BadRequest detail; borrowed, or NULL. */
static json_t *find_violations(const struct status *st) {
	size_t i;
	json_t *d;
	json_array_foreach (st->details, i, d) {
		json_t *v = json_object_get(d, "fieldViolations");
		if (v)
			return v;
	}
	return NULL;
}

/* The same, made when there is none. NULL when memory ran out: then the answer
 * goes without its details. */
static json_t *violations(struct status *st) {
	json_t *found = find_violations(st);
	if (found)
		return found;
	add_detail(st, json_pack("{s:s, s:[]}", "@type", TYPE_BAD_REQUEST,
			       "fieldViolations"));
	return find_violations(st);
}

static void add_violation(
	struct status *st, const char *field, const char *text) {
	if (field && !*field)
		field = NULL;
	(void)json_array_append_new(violations(st),
		json_pack("{s:s*, s:s}", "field", field, "description", text));
}

int status_field(struct status *st, enum status_code code, const char *field,
	const char *fmt, ...) {
	char text[TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	print_text(text, sizeof text, fmt, ap);
	va_end(ap);
	status_set(st, code, "Field: %s Error: %s", field, text);
	add_violation(st, field, text);
	return code;
}

int status_violation(
	struct status *st, const char *field, const char *fmt, ...) {
	char text[TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	print_text(text, sizeof text, fmt, ap);
	va_end(ap);
	size_t len = strlen(st->message);
	(void)snprintf(st->message + len, sizeof st->message - len, "%s%s",
		len ? "\n" : "", text);
	jsn_mend(st->message);
	st->code = ST_INVALID_ARGUMENT;
	add_violation(st, field, text);
	return st->code;
}

void status_reason(struct status *st, const char *field, const char *fmt, ...) {
	char text[TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	print_text(text, sizeof text, fmt, ap);
	va_end(ap);
	add_violation(st, field, text);
}

void status_error_info(struct status *st, const char *reason,
	const char *domain, json_t *metadata) {
	add_detail(st, json_pack("{s:s, s:s, s:s, s:o*}", "@type",
			       TYPE_ERROR_INFO, "reason", reason, "domain",
			       domain, "metadata", metadata));
}

void status_quota(
	struct status *st, const char *subject, const char *description) {
	add_detail(st, json_pack("{s:s, s:[{s:s, s:s}]}", "@type",
			       TYPE_QUOTA_FAILURE, "violations", "subject",
			       subject, "description", description));
}

void status_retry(struct status *st, int64_t delay_us) {
	char text[WHEN_TEXT_MAX];
	duration_format(delay_us, text);
	add_detail(st, json_pack("{s:s, s:s}", "@type", TYPE_RETRY_INFO,
			       "retryDelay", text));
}

int status_from_err(struct status *st, const struct err *e) {
	return status_set(st, ST_INTERNAL, "Internal error: %s", e->msg);
}

const char *status_name(enum status_code code) {
#define STATUS_NAME(name, number, http, reason)                                \
	case ST_##name:                                                        \
		return #name;
	switch (code) { STATUS_CODES(STATUS_NAME) }
#undef STATUS_NAME
	return "UNKNOWN";
}

const char *status_usual(enum status_code code) {
	switch (code) {
	case ST_CANCELLED:
		return "The operation was cancelled.";
	case ST_INVALID_ARGUMENT:
		return "Request contains an invalid argument.";
	case ST_DEADLINE_EXCEEDED:
		return "Deadline expired before operation could complete.";
	case ST_NOT_FOUND:
		return "Requested entity was not found.";
	case ST_ALREADY_EXISTS:
		return "Requested entity already exists";
	case ST_PERMISSION_DENIED:
		return "The caller does not have permission";
	case ST_RESOURCE_EXHAUSTED:
		return "Resource has been exhausted (e.g. check quota).";
	case ST_FAILED_PRECONDITION:
		return "Precondition check failed.";
	case ST_ABORTED:
		return "The operation was aborted.";
	case ST_OUT_OF_RANGE:
		return "The operation was attempted past the valid range.";
	case ST_UNIMPLEMENTED:
		return "Operation is not implemented, or supported, or "
		       "enabled.";
	case ST_INTERNAL:
		return "Internal error encountered.";
	case ST_UNAVAILABLE:
		return "The service is currently unavailable.";
	case ST_UNAUTHENTICATED:
		return "Request had invalid authentication "
		       "credentials. " STATUS_CREDENTIALS;
	case ST_OK:
	case ST_UNKNOWN:
	case ST_DATA_LOSS:
		break;
	}
	return "Unknown error.";
}

int status_http(const struct status *st) {
	if (st->http)
		return st->http;
#define STATUS_HTTP(name, number, http, reason)                                \
	case ST_##name:                                                        \
		return http;
	switch (st->code) { STATUS_CODES(STATUS_HTTP) }
#undef STATUS_HTTP
	return 500;
}

json_t *status_json(const struct status *st) {
	return json_pack("{s:{s:i, s:s, s:s, s:O*}}", "error", "code",
		status_http(st), "message", st->message, "status",
		status_name(st->code), "details", st->details);
}

static const char *legacy_reason(enum status_code code) {
#define STATUS_REASON(name, number, http, reason)                              \
	case ST_##name:                                                        \
		return reason;
	switch (code) { STATUS_CODES(STATUS_REASON) }
#undef STATUS_REASON
	return "backendError";
}

json_t *status_json_legacy(const struct status *st) {
	return json_pack("{s:{s:i, s:s, s:[{s:s, s:s, s:s}], s:s, s:O*}}",
		"error", "code", status_http(st), "message", st->message,
		"errors", "message", st->message, "domain", "global", "reason",
		legacy_reason(st->code), "status", status_name(st->code),
		"details", st->details);
}
