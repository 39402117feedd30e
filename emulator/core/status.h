/* SPDX-License-Identifier: MIT */
/* The outcome of a core or API operation in Google's terms: a canonical code, a
 * message, and details. Lives on the caller's stack; only details allocate.
 * Source: facts ml-jobs.md section 9 (shape, HTTP mapping). */
#ifndef TRAINCTL_EMULATOR_STATUS_H
#define TRAINCTL_EMULATOR_STATUS_H

#include <jansson.h>
#include <stdint.h>

#include "common/err.h"

/* canonical code, number in google.rpc.Code, HTTP status, and the reason of the
 * older error form (of which the facts have badRequest, alreadyExists, notFound
 * and forbidden; the others are from memory) */
#define STATUS_CODES(X)                                                        \
	X(OK, 0, 200, "")                                                      \
	X(CANCELLED, 1, 499, "cancelled")                                      \
	X(UNKNOWN, 2, 500, "backendError")                                     \
	X(INVALID_ARGUMENT, 3, 400, "badRequest")                              \
	X(DEADLINE_EXCEEDED, 4, 504, "backendError")                           \
	X(NOT_FOUND, 5, 404, "notFound")                                       \
	X(ALREADY_EXISTS, 6, 409, "alreadyExists")                             \
	X(PERMISSION_DENIED, 7, 403, "forbidden")                              \
	X(RESOURCE_EXHAUSTED, 8, 429, "rateLimitExceeded")                     \
	X(FAILED_PRECONDITION, 9, 400, "failedPrecondition")                   \
	X(ABORTED, 10, 409, "aborted")                                         \
	X(OUT_OF_RANGE, 11, 400, "outOfRange")                                 \
	X(UNIMPLEMENTED, 12, 501, "notImplemented")                            \
	X(INTERNAL, 13, 500, "backendError")                                   \
	X(UNAVAILABLE, 14, 503, "backendError")                                \
	X(DATA_LOSS, 15, 500, "backendError")                                  \
	X(UNAUTHENTICATED, 16, 401, "required")

#define STATUS_ENUM(name, number, http, reason) ST_##name = number,
enum status_code { STATUS_CODES(STATUS_ENUM) };
#undef STATUS_ENUM

#define STATUS_MSG_MAX 2048

struct status {
	enum status_code code;
	int http; /* overrides the code's HTTP status when not 0 */
	char message[STATUS_MSG_MAX];
	json_t *details; /* array of detail objects, or NULL; owned */
};

#define STATUS_INIT                                                            \
	{ 0 }

/* Frees the details and sets OK. */
void status_done(struct status *st);
#define auto_status __attribute__((cleanup(status_done)))

/* Sets code and message, dropping what was there. Bytes of the text that are
 * not UTF-8 become '?', here and below. Returns the code. */
int status_set(struct status *st, enum status_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* INTERNAL: there is no memory, and a statement of the store failed (the
 * commit, which will be refused, knows why). Each returns the code. */
int status_nomem(struct status *st);
int status_unwritten(struct status *st);

/* The house style of ml.googleapis.com: message "Field: FIELD Error: TEXT" and
 * a BadRequest detail with that field and text. Returns the code. */
int status_field(struct status *st, enum status_code code, const char *field,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Appends one violation to the BadRequest detail (made when missing): `field`
 * may be NULL or "" (then the member is left out). The text is also appended
 * to the message, after a newline when there is one already. Sets
 * INVALID_ARGUMENT. Returns the code. */
int status_violation(struct status *st, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, but leaves message and code alone: a reason to go with a message
 * whose exact words Google's service fixes. */
void status_reason(struct status *st, const char *field, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds a google.rpc.ErrorInfo detail; metadata (taken, may be NULL). */
void status_error_info(struct status *st, const char *reason,
	const char *domain, json_t *metadata);

/* Adds a google.rpc.QuotaFailure detail with one violation. */
void status_quota(
	struct status *st, const char *subject, const char *description);

/* Adds a google.rpc.RetryInfo detail. */
void status_retry(struct status *st, int64_t delay_us);

/* INTERNAL from an error of the lower layers. Returns the code. */
int status_from_err(struct status *st, const struct err *e);

const char *status_name(enum status_code code); /* "NOT_FOUND" */
/* What Google's services say when they have nothing particular to say. */
const char *status_usual(enum status_code code);
#define STATUS_CREDENTIALS /* ends what they say of credentials */             \
	"Expected OAuth 2 access token, login cookie or other valid "          \
	"authentication credential. See "                                      \
	"https://developers.google.com/identity/sign-in/web/"                  \
	"devconsole-project."
int status_http(const struct status *st);

/* {"error":{"code","message","status","details"?}}, a new reference or NULL. */
json_t *status_json(const struct status *st);
/* The same in the older form, which has
 * "errors":[{"message","domain","reason"}] as well. */
json_t *status_json_legacy(const struct status *st);

#endif
