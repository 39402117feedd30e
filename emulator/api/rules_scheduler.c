/* SPDX-License-Identifier: MIT */
#include "emulator/api/rules_scheduler.h"

#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/schedule.h"
#include "common/zone.h"
#include "emulator/api/headers.h"
#include "emulator/api/rules_int.h"
#include "emulator/api/schema_scheduler.h"
#include "emulator/api/url.h"

#define JOB_ID_MAX 500
#define DESCRIPTION_MAX 500
#define URI_MAX 2083
#define HEADERS_MAX (80u << 10) /* bytes, names and values */
#define JOB_MAX (100u << 10)	/* bytes; 1 MB in newer documents */
#define RETRY_COUNT_MAX 5
#define DEADLINE_MIN_US (15 * SECOND_US)
#define DEADLINE_MAX_US (30 * 60 * SECOND_US)
#define DEADLINE_APP_ENGINE_MAX_US (24 * 60 * 60 * SECOND_US)
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

#define UNSPECIFIC "Request contains an invalid argument."

/* guess: the rules behind these texts are documented, their words are not. */
#define PARENT_MISMATCH                                                        \
	"Job name must be formatted: \"%s/jobs/<JOB_ID>\", as the parent of "  \
	"the request says."
#define DESCRIPTION_LONG "Job description must be at most 500 characters."
#define TARGET_MISSING                                                         \
	"Job must have a target: pubsub_target, http_target or "               \
	"app_engine_http_target."
#define TOPIC_BAD                                                              \
	"PubsubTarget.topic_name must be formatted: "                          \
	"\"projects/<PROJECT_ID>/topics/<TOPIC_ID>\"."
#define PUBSUB_EMPTY "PubsubTarget must contain data or at least one attribute."
#define URI_BAD                                                                \
	"HttpTarget.uri must be an http or https URL of at most 2083 "         \
	"characters."
#define TOKEN_BAD                                                              \
	"HttpTarget.%s.service_account_email must be the e-mail address of a " \
	"service account."
#define RELATIVE_URI_BAD                                                       \
	"AppEngineHttpTarget.relative_uri must begin with \"/\", have no "     \
	"blanks and at most 2083 characters."
#define METHOD_BAD                                                             \
	"AppEngineHttpTarget.http_method must not be PATCH or OPTIONS."
#define BODY_BAD "A body is not allowed for HTTP method %s."
#define RETRY_COUNT_BAD "RetryConfig.retry_count must be between 0 and 5."
#define RETRY_NEGATIVE "RetryConfig.%s must not be negative."
#define RETRY_ORDER                                                            \
	"RetryConfig.min_backoff_duration must not be greater than "           \
	"max_backoff_duration."
#define DEADLINE_BAD "Job.attempt_deadline must be between 15s and %s."

#define refuse(st, ...) status_set(st, ST_INVALID_ARGUMENT, __VA_ARGS__)

/* Skips `word` and then a non-empty run of allowed bytes; NULL when it is not
 * so. An empty set allows all but '/'. */
static const char *skip(const char *at, const char *word, const char *allowed) {
	size_t n = strlen(word);
	if (!at || strncmp(at, word, n) != 0)
		return NULL;
	at += n;
	size_t len = *allowed ? strspn(at, allowed) : strcspn(at, "/");
	return len ? at + len : NULL;
}

int rules_scheduler_name(const char *name, struct status *st) {
	const char *at = skip(name, "projects/", ALNUM "-:.");
	at = skip(at, "/locations/", "");
	const char *end = skip(at, "/jobs/", ALNUM "_-");
	size_t prefix = strlen("/jobs/");
	if (end && !*end && (size_t)(end - at) <= prefix + JOB_ID_MAX)
		return ST_OK;
	return refuse(st, "Job name must be formatted: \"projects/<PROJECT_ID>/"
			  "locations/<LOCATION_ID>/jobs/<JOB_ID>\".");
}

static int check_name(
	const json_t *job, const char *parent, struct status *st) {
	const char *name = rules_text(job, "name");
	if (!name)
		return ST_OK;
	int rc = rules_scheduler_name(name, st);
	size_t n = strlen(parent);
	if (rc || (strncmp(name, parent, n) == 0 &&
			  strncmp(name + n, "/jobs/", 6) == 0))
		return rc;
	return refuse(st, PARENT_MISMATCH, parent);
}

static int check_description(const json_t *job, struct status *st) {
	const char *s = rules_text(job, "description");
	size_t count = 0;
	for (; s && *s; s++)
		count += ((unsigned char)*s & 0xc0) != 0x80;
	return count > DESCRIPTION_MAX ? refuse(st, DESCRIPTION_LONG) : ST_OK;
}

/* The one text for every fault, and why in the details. */
static int schedule_bad(
	struct status *st, const char *field, const struct err *e) {
	if (e->code == ERR_NOMEM)
		return status_from_err(st, e);
	(void)refuse(st, "Schedule or time zone is invalid.");
	status_reason(st, field, "%s", e->msg);
	return st->code;
}

static int check_schedule(const json_t *job, struct status *st) {
	const char *schedule = rules_text(job, "schedule");
	const char *zone_name = rules_text(job, "timeZone");
	struct schedule parsed;
	struct err e = {0};
	if (schedule_parse(schedule ? schedule : "", &parsed, &e))
		return schedule_bad(st, "schedule", &e);
	struct zone *zone = NULL;
	if (zone_name && zone_open(zone_name, &zone, &e))
		return schedule_bad(st, "time_zone", &e);
	zone_close(zone);
	return ST_OK;
}

static int check_pubsub(const json_t *target, struct status *st) {
	const char *at = rules_text(target, "topicName");
	at = skip(skip(at, "projects/", ""), "/topics/", "");
	if (!at || *at)
		return refuse(st, TOPIC_BAD);
	if (!json_object_get(target, "data") &&
		!json_object_get(target, "attributes"))
		return refuse(st, PUBSUB_EMPTY);
	return ST_OK;
}

/* Whether a body may go with the target's method: `methods` has each allowed
 * one followed by a blank. No method means POST. */
static int check_body(
	const json_t *target, const char *methods, struct status *st) {
	const char *method = rules_text(target, "httpMethod");
	if (!method || !json_object_get(target, "body"))
		return ST_OK;
	char word[16];
	(void)snprintf(word, sizeof word, "%s ", method);
	return strstr(methods, word) ? ST_OK : refuse(st, BODY_BAD, method);
}

static int check_deadline(
	const json_t *job, int64_t most, const char *said, struct status *st) {
	int64_t us;
	if (!rules_duration(job, "attemptDeadline", &us) ||
		(us >= DEADLINE_MIN_US && us <= most))
		return ST_OK;
	return refuse(st, DEADLINE_BAD, said);
}

/* The service's unspecific text, and why in the details. */
static int headers_bad(struct status *st, const char *field, const char *name,
	const char *why) {
	(void)refuse(st, UNSPECIFIC);
	status_reason(st, field, "\"%.200s\": %s", name, why);
	return st->code;
}

static int check_headers(
	const json_t *target, const char *field, struct status *st) {
	size_t total = 0;
	const char *name;
	json_t *v;
	json_object_foreach (json_object_get(target, "headers"), name, v) {
		if (!headers_name_ok(name))
			return headers_bad(st, field, name,
				"the name is not a token (RFC 9110)");
		if (!headers_value_ok(json_string_value(v)))
			return headers_bad(st, field, name,
				"the value has control characters");
		total += strlen(name) + json_string_length(v);
		if (total > HEADERS_MAX)
			return headers_bad(st, field, name,
				"with it the headers are over 80 KB in all");
	}
	return ST_OK;
}

static int check_token(const json_t *target, const char *key, const char *said,
	struct status *st) {
	const json_t *token = json_object_get(target, key);
	const char *email = rules_text(token, "serviceAccountEmail");
	return !token || rules_email(email) ? ST_OK
					    : refuse(st, TOKEN_BAD, said);
}

static int check_http(
	const json_t *job, const json_t *target, struct status *st) {
	const char *uri = rules_text(target, "uri");
	if (!uri || url_encoded_len(uri) > URI_MAX || !url_is_http(uri))
		return refuse(st, URI_BAD);
	int rc = check_body(target, "POST PUT PATCH ", st);
	if (!rc)
		rc = check_headers(target, "http_target.headers", st);
	if (!rc)
		rc = check_token(target, "oauthToken", "oauth_token", st);
	if (!rc)
		rc = check_token(target, "oidcToken", "oidc_token", st);
	return rc ? rc : check_deadline(job, DEADLINE_MAX_US, "1800s", st);
}

static int check_app_engine(
	const json_t *job, const json_t *target, struct status *st) {
	const char *uri = rules_text(target, "relativeUri");
	const char *method = rules_text(target, "httpMethod");
	if (uri && (*uri != '/' || strpbrk(uri, " \t") ||
			   url_encoded_len(uri) > URI_MAX))
		return refuse(st, RELATIVE_URI_BAD);
	if (method && (strcmp(method, "PATCH") == 0 ||
			      strcmp(method, "OPTIONS") == 0))
		return refuse(st, METHOD_BAD);
	int rc = check_body(target, "POST PUT ", st);
	if (!rc)
		rc = check_headers(
			target, "app_engine_http_target.headers", st);
	int64_t us = 0;
	bool unset = rules_duration(job, "attemptDeadline", &us) && us == 0;
	return rc || unset ? rc
			   : check_deadline(job, DEADLINE_APP_ENGINE_MAX_US,
				     "86400s", st);
}

static int check_target(const json_t *job, struct status *st) {
	const json_t *pubsub = json_object_get(job, "pubsubTarget");
	const json_t *http = json_object_get(job, "httpTarget");
	const json_t *app_engine = json_object_get(job, "appEngineHttpTarget");
	if (pubsub)
		return check_pubsub(pubsub, st);
	if (http)
		return check_http(job, http, st);
	if (app_engine)
		return check_app_engine(job, app_engine, st);
	return refuse(st, TARGET_MISSING);
}

static int check_retry(const json_t *job, struct status *st) {
	const json_t *retry = json_object_get(job, "retryConfig");
	json_int_t count = rules_int(retry, "retryCount");
	if (count < 0 || count > RETRY_COUNT_MAX)
		return refuse(st, RETRY_COUNT_BAD);
	if (rules_int(retry, "maxDoublings") < 0)
		return refuse(st, RETRY_NEGATIVE, "max_doublings");
	int64_t total = 0, least = 5 * SECOND_US, most = 3600 * SECOND_US;
	(void)rules_duration(retry, "maxRetryDuration", &total);
	(void)rules_duration(retry, "minBackoffDuration", &least);
	(void)rules_duration(retry, "maxBackoffDuration", &most);
	if (total < 0)
		return refuse(st, RETRY_NEGATIVE, "max_retry_duration");
	if (least < 0)
		return refuse(st, RETRY_NEGATIVE, "min_backoff_duration");
	if (most < 0)
		return refuse(st, RETRY_NEGATIVE, "max_backoff_duration");
	return least > most ? refuse(st, RETRY_ORDER) : ST_OK;
}

/* What base64 takes beyond the bytes that it stands for. */
static size_t base64_extra(
	const json_t *job, const char *target, const char *key) {
	return json_string_length(
		       json_object_get(json_object_get(job, target), key)) /
	       4;
}

static int check_size(const json_t *job, struct status *st) {
	auto_free char *text = jsn_compact(job);
	if (!text)
		return status_nomem(st);
	size_t len = strlen(text) - base64_extra(job, "pubsubTarget", "data") -
		     base64_extra(job, "httpTarget", "body") -
		     base64_extra(job, "appEngineHttpTarget", "body");
	if (len <= JOB_MAX)
		return ST_OK;
	(void)refuse(st, UNSPECIFIC);
	status_reason(
		st, "job", "it has %zu bytes; at most 100 KB are allowed", len);
	return st->code;
}

int rules_scheduler_job(
	const json_t *job, const char *parent, struct status *st) {
	static int (*const checks[])(const json_t *, struct status *) = {
		check_description, check_schedule, check_target, check_retry,
		check_size};
	int rc = check_name(job, parent, st);
	for (size_t i = 0; !rc && i < COUNT_OF(checks); i++)
		rc = checks[i](job, st);
	return rc;
}
