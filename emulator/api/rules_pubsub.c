/* SPDX-License-Identifier: MIT */
/* Names, topics, subscriptions, lists and masks; what is said of messages is in
 * rules_messages.c. */
#include "emulator/api/rules_pubsub.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/labels.h"
#include "emulator/api/mask.h"
#include "emulator/api/page.h"
#include "emulator/api/rules_int.h"
#include "emulator/api/schema_pubsub.h"
#include "emulator/api/url.h"
#include "emulator/core/attr_filter.h"

#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
#define RETENTION_MIN_US (10 * MINUTE_US)
#define RETENTION_MAX_US (31 * DAY_US)
#define RETENTION_DEFAULT_US (7 * DAY_US)
#define TTL_MIN_US DAY_US
#define BACKOFF_MAX_US (600 * SECOND_US)
#define MIN_BACKOFF_DEFAULT_US (10 * SECOND_US)
#define ACK_DEADLINE_MIN 10
#define ACK_DEADLINE_MAX 600
#define ATTEMPTS_MIN 5
#define ATTEMPTS_MAX 100
#define PAGE_MAX 1000

/* guess: the rules behind these texts are known, their words are not; they are
 * modelled on the service's other texts. */
#define LABELS_BAD                                                             \
	"You have passed an invalid argument to the service "                  \
	"(argument=Invalid labels: Invalid field \"labels\"; "
#define LABELS_TOO_MANY LABELS_BAD "more than 64 labels)."
#define LABEL_KEY_EMPTY_TEXT LABELS_BAD "a key is empty)."
#define LABEL_CHAR_TEXT                                                        \
	LABELS_BAD "%s \"%s\" does not conform to regular expression "         \
		   "\"%s\"; character \"%s\" is not allowed)."
#define LABEL_LONG_TEXT                                                        \
	LABELS_BAD "%s \"%s\" does not conform to regular expression "         \
		   "\"%s\"; it is longer than 63 characters)."
#define DEADLINE_BAD                                                           \
	"Invalid ack deadline given (ack_deadline=%lld). The ack deadline "    \
	"must be between 10 and 600 seconds."
#define FILTER_LONG                                                            \
	"The value for filter_length is too large. You passed %zu in the "     \
	"request, but the maximum value is 256."
#define TARGETS_MANY                                                           \
	"You have passed an invalid argument to the service "                  \
	"(argument=more than one of push_config, bigquery_config and "         \
	"cloud_storage_config)."
#define NOT_EMULATED "The emulator does not support %s."
#define MASK_UNKNOWN                                                           \
	"Invalid update_mask provided in the Update%sRequest: the '%s' field " \
	"in the %s does not exist."

/* guess, wording and all */
#define ACCOUNT_BAD                                                            \
	"Invalid service account email given (service_account_email=%.600s)."

/* guess: production answers these with 400; the texts are those of Google's
 * emulator, whose status for them is OUT_OF_RANGE. */
#define TOO_SMALL                                                              \
	"The value for %s is too small. You passed %s in the request, but "    \
	"the minimum value is %s."
#define TOO_LARGE                                                              \
	"The value for %s is too large. You passed %s in the request, but "    \
	"the maximum value is %s."
#define OUT_OF_BOUNDS                                                          \
	"The value for %s is out of bounds. You passed %s in the request, "    \
	"but the value must be between %s and %s."

#define VERSION "x-goog-version" /* among a push config's attributes */

struct kind {
	const char *collection;
	const char *message; /* as in update_mask texts */
	const struct proto_message *schema;
	const char *const *immutable;
};

static const struct kind kinds[] = {
	[PUBSUB_TOPIC] = {"topics", "Topic", &schema_pubsub_topic,
		(const char *const[]){
			"name", "kmsKeyName", "satisfiesPzs", "state", NULL}},
	[PUBSUB_SUBSCRIPTION] = {"subscriptions", "Subscription",
		&schema_pubsub_subscription,
		(const char *const[]){"name", "topic", "filter",
			"enableMessageOrdering", "detached",
			"topicMessageRetentionDuration", "state",
			"analyticsHubSubscriptionInfo", NULL}},
	[PUBSUB_SNAPSHOT] = {"snapshots", "Snapshot", &schema_pubsub_snapshot,
		(const char *const[]){"name", "topic", "expireTime", NULL}},
};

#define refuse(st, ...) status_set(st, ST_INVALID_ARGUMENT, __VA_ARGS__)

/* 9m59s, 744h, 1h: as production prints a duration outside its bounds. */
static const char *spoken(int64_t us, char ret[static WHEN_TEXT_MAX]) {
	int64_t left = us < 0 ? -us : us;
	int n = snprintf(ret, WHEN_TEXT_MAX, "%s", us < 0 ? "-" : "");
	static const struct {
		int64_t us;
		char letter;
	} units[] = {{HOUR_US, 'h'}, {MINUTE_US, 'm'}};
	for (size_t i = 0; i < 2; i++) {
		if (left >= units[i].us)
			n += snprintf(ret + n, (size_t)(WHEN_TEXT_MAX - n),
				"%lld%c", (long long)(left / units[i].us),
				units[i].letter);
		left %= units[i].us;
	}
	if (left || !us) {
		char seconds[WHEN_TEXT_MAX];
		duration_format(left, seconds);
		(void)snprintf(
			ret + n, (size_t)(WHEN_TEXT_MAX - n), "%.20s", seconds);
	}
	return ret;
}

static bool id_good(const char *id) {
	size_t len = strlen(id);
	bool letter = (*id >= 'a' && *id <= 'z') || (*id >= 'A' && *id <= 'Z');
	return letter && len >= 3 && len <= 255 &&
	       strncmp(id, "goog", 4) != 0 &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyz"
			  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~+%") == len;
}

static bool name_good(const char *collection, const char *name) {
	if (strncmp(name, "projects/", 9) != 0)
		return false;
	const char *project = name + 9;
	size_t len = strcspn(project, "/");
	const char *rest = project + len;
	size_t n = strlen(collection);
	return len && *rest++ == '/' && strncmp(rest, collection, n) == 0 &&
	       rest[n] == '/' && id_good(rest + n + 1);
}

int rules_pubsub_name(
	enum pubsub_kind kind, const char *name, struct status *st) {
	if (name && name_good(kinds[kind].collection, name))
		return ST_OK;
	return refuse(st,
		"Invalid resource name given (name=%.600s). Refer to "
		"https://cloud.google.com/pubsub/docs/"
		"pubsub-basics#resource_names for more information.",
		name ? name : "");
}

int rules_pubsub_labels(const json_t *o, struct status *st) {
	struct label_problem p;
	switch (labels_check(json_object_get(o, "labels"), &p)) {
	case LABEL_FINE:
		break;
	case LABEL_TOO_MANY:
		return refuse(st, LABELS_TOO_MANY);
	case LABEL_KEY_EMPTY:
		return refuse(st, LABEL_KEY_EMPTY_TEXT);
	case LABEL_KEY_FIRST:
		return refuse(st,
			LABELS_BAD "key \"%.200s\" does not conform to regular "
				   "expression \"%s\"; first character \"%s\" "
				   "is not a non-uppercased letter (Unicode "
				   "character class Ll or Lo)).",
			p.key, LABEL_KEY_PATTERN, p.character);
	case LABEL_KEY_CHAR:
		return refuse(st, LABEL_CHAR_TEXT, "key", p.key,
			LABEL_KEY_PATTERN, p.character);
	case LABEL_KEY_LONG:
		return refuse(
			st, LABEL_LONG_TEXT, "key", p.key, LABEL_KEY_PATTERN);
	case LABEL_VALUE_CHAR:
		return refuse(st, LABEL_CHAR_TEXT, "value", p.value,
			LABEL_VALUE_PATTERN, p.character);
	case LABEL_VALUE_LONG:
		return refuse(st, LABEL_LONG_TEXT, "value", p.value,
			LABEL_VALUE_PATTERN);
	}
	return ST_OK;
}

static int check_retention(const json_t *o, struct status *st) {
	int64_t us;
	if (!rules_duration(o, "messageRetentionDuration", &us) ||
		(us >= RETENTION_MIN_US && us <= RETENTION_MAX_US))
		return ST_OK;
	char got[WHEN_TEXT_MAX], least[WHEN_TEXT_MAX], most[WHEN_TEXT_MAX];
	return refuse(st, OUT_OF_BOUNDS, "message retention duration",
		spoken(us, got), spoken(RETENTION_MIN_US, least),
		spoken(RETENTION_MAX_US, most));
}

int rules_pubsub_topic(const json_t *topic, struct status *st) {
	int rc = rules_pubsub_labels(topic, st);
	if (!rc)
		rc = check_retention(topic, st);
	if (rc)
		return rc;
	static const char *const missing[][2] = {{"schemaSettings", "schemas"},
		{"ingestionDataSourceSettings", "ingestion"},
		{"messageTransforms", "message transforms"}};
	for (size_t i = 0; i < COUNT_OF(missing); i++)
		if (json_object_get(topic, missing[i][0]))
			return status_set(st, ST_UNIMPLEMENTED, NOT_EMULATED,
				missing[i][1]);
	return ST_OK;
}

/* A PushConfig; NULL is an empty one. */
static int check_push_config(const json_t *push_config, struct status *st) {
	const char *url = rules_text(push_config, "pushEndpoint");
	if (url && !url_is_http(url))
		return refuse(st,
			"Invalid push endpoint given (endpoint=%.600s). Refer "
			"to https://cloud.google.com/pubsub/subscriber#create "
			"for more information.",
			url);
	const json_t *token = json_object_get(push_config, "oidcToken");
	const char *email = rules_text(token, "serviceAccountEmail");
	if (token && !rules_email(email))
		return refuse(st, ACCOUNT_BAD, email ? email : "");
	const json_t *attributes = json_object_get(push_config, "attributes");
	const char *version = rules_text(attributes, VERSION);
	if (version && strcmp(version, "v1") != 0)
		return status_set(st, ST_UNIMPLEMENTED, NOT_EMULATED,
			"push messages of other versions than v1");
	return ST_OK;
}

static int check_ack_deadline(const json_t *sub, struct status *st) {
	json_int_t n = rules_int(sub, "ackDeadlineSeconds");
	if (n == 0 || (n >= ACK_DEADLINE_MIN && n <= ACK_DEADLINE_MAX))
		return ST_OK;
	return refuse(st, DEADLINE_BAD, (long long)n);
}

static int check_expiration(const json_t *sub, struct status *st) {
	int64_t us;
	const json_t *policy = json_object_get(sub, "expirationPolicy");
	if (!rules_duration(policy, "ttl", &us) || us >= TTL_MIN_US)
		return ST_OK;
	char got[WHEN_TEXT_MAX], least[WHEN_TEXT_MAX];
	return refuse(st, TOO_SMALL, "expiration duration", spoken(us, got),
		spoken(TTL_MIN_US, least));
}

static int check_dead_letter(const json_t *sub, struct status *st) {
	const json_t *policy = json_object_get(sub, "deadLetterPolicy");
	if (!policy)
		return ST_OK;
	char got[24];
	json_int_t n = rules_int(policy, "maxDeliveryAttempts");
	(void)snprintf(got, sizeof got, "%lld", (long long)n);
	if (n != 0 && n < ATTEMPTS_MIN)
		return refuse(st, TOO_SMALL, "max_delivery_attempts", got, "5");
	if (n > ATTEMPTS_MAX)
		return refuse(
			st, TOO_LARGE, "max_delivery_attempts", got, "100");
	return rules_pubsub_name(
		PUBSUB_TOPIC, rules_text(policy, "deadLetterTopic"), st);
}

static int check_backoff(int64_t us, const char *what, struct status *st) {
	if (us >= 0 && us <= BACKOFF_MAX_US)
		return ST_OK;
	char got[WHEN_TEXT_MAX];
	duration_format(us, got);
	return refuse(st, OUT_OF_BOUNDS, what, got, "0s", "600s");
}

static int check_retry(const json_t *sub, struct status *st) {
	const json_t *policy = json_object_get(sub, "retryPolicy");
	int64_t least = MIN_BACKOFF_DEFAULT_US, most = BACKOFF_MAX_US;
	(void)rules_duration(policy, "minimumBackoff", &least);
	(void)rules_duration(policy, "maximumBackoff", &most);
	int rc = check_backoff(least, "minimum_backoff", st);
	if (!rc)
		rc = check_backoff(most, "maximum_backoff", st);
	if (rc || most >= least)
		return rc;
	char got[WHEN_TEXT_MAX], bound[WHEN_TEXT_MAX];
	duration_format(most, got);
	duration_format(least, bound);
	return refuse(st, TOO_SMALL, "maximum_backoff", got, bound);
}

static int check_filter(const json_t *sub, struct status *st) {
	const json_t *filter = json_object_get(sub, "filter");
	size_t len = json_string_length(filter);
	bool fits;
	struct attr_fault f;
	if (len > ATTR_FILTER_MAX)
		return refuse(st, FILTER_LONG, len);
	if (!filter || !attr_filter(json_string_value(filter), NULL, &fits, &f))
		return ST_OK;
	refuse(st,
		"Invalid filter expression: failed to parse (syntax error at "
		"line %d, column %d, token '%s').",
		f.line, f.column, f.token);
	char line[12], column[12];
	(void)snprintf(line, sizeof line, "%d", f.line);
	(void)snprintf(column, sizeof column, "%d", f.column);
	status_error_info(st, "FILTER_EXPRESSION_FAILED_TO_PARSE",
		"pubsub.googleapis.com",
		json_pack("{s:s, s:s, s:s, s:s}", "line", line, "column",
			column, "token", f.token, "message", "syntax error"));
	return (int)st->code;
}

static int check_targets(const json_t *sub, struct status *st) {
	static const char *const others[][2] = {
		{"bigqueryConfig", "BigQuery subscriptions"},
		{"cloudStorageConfig", "Cloud Storage subscriptions"},
		{"messageTransforms", "message transforms"}};
	const json_t *push = json_object_get(sub, "pushConfig");
	int targets = (rules_text(push, "pushEndpoint") != NULL) +
		      (json_object_get(sub, others[0][0]) != NULL) +
		      (json_object_get(sub, others[1][0]) != NULL);
	if (targets > 1)
		return refuse(st, TARGETS_MANY);
	for (size_t i = 0; i < 3; i++)
		if (json_object_get(sub, others[i][0]))
			return status_set(st, ST_UNIMPLEMENTED, NOT_EMULATED,
				others[i][1]);
	return check_push_config(push, st);
}

int rules_pubsub_subscription(const json_t *sub, struct status *st) {
	static int (*const checks[])(const json_t *, struct status *) = {
		check_ack_deadline, check_retention, rules_pubsub_labels,
		check_expiration, check_filter, check_dead_letter, check_retry,
		check_targets};
	int rc = rules_pubsub_name(PUBSUB_TOPIC, rules_text(sub, "topic"), st);
	for (size_t i = 0; !rc && i < COUNT_OF(checks); i++)
		rc = checks[i](sub, st);
	return rc;
}

/* Sets a member that is missing; takes v. False when memory ran out. */
static bool fill(json_t *o, const char *key, json_t *v) {
	if (v && json_object_get(o, key)) {
		json_decref(v);
		return true;
	}
	return json_object_set_new_nocheck(o, key, v) == 0;
}

/* The nested message `key`, where it is set, with the members of `defaults`
 * (taken) that it lacks. It is copied first: the old one is shared. */
static bool fill_nested(json_t *o, const char *key, json_t *defaults) {
	auto_json json_t *d = defaults;
	const json_t *old = json_object_get(o, key);
	if (!d || !old)
		return d != NULL;
	auto_json json_t *all = json_copy((json_t *)old);
	if (!all || json_object_update_missing(all, d))
		return false;
	const struct proto_field *f =
		proto_field(&schema_pubsub_subscription, key);
	return !json_object_set_new_nocheck(
		o, key, proto_arrange(f->message, all));
}

/* A time to live under the default retention shortens it. */
static json_t *default_retention(const json_t *sub) {
	int64_t us = RETENTION_DEFAULT_US;
	const json_t *policy = json_object_get(sub, "expirationPolicy");
	if (rules_duration(policy, "ttl", &us) && us > RETENTION_DEFAULT_US)
		us = RETENTION_DEFAULT_US;
	char text[WHEN_TEXT_MAX];
	duration_format(us, text);
	return json_string_nocheck(text);
}

json_t *rules_pubsub_defaults(const json_t *sub) {
	auto_json json_t *out = json_copy((json_t *)sub);
	if (!out)
		return NULL;
	bool good =
		fill(out, "pushConfig", json_object()) &&
		fill(out, "ackDeadlineSeconds",
			json_integer(ACK_DEADLINE_MIN)) &&
		fill(out, "messageRetentionDuration", default_retention(sub)) &&
		fill(out, "expirationPolicy",
			json_pack("{s:s}", "ttl", "2678400s")) &&
		fill(out, "state", json_string_nocheck("ACTIVE")) &&
		fill_nested(out, "deadLetterPolicy",
			json_pack("{s:i}", "maxDeliveryAttempts",
				ATTEMPTS_MIN)) &&
		fill_nested(out, "retryPolicy",
			json_pack("{s:s, s:s}", "minimumBackoff", "10s",
				"maximumBackoff", "600s"));
	return good ? proto_arrange(&schema_pubsub_subscription, out) : NULL;
}

json_t *rules_pubsub_created(const json_t *sub) {
	json_t *push = json_object_get(sub, "pushConfig");
	if (!rules_text(push, "pushEndpoint"))
		return json_copy((json_t *)sub);
	json_t *old = json_object_get(push, "attributes");
	auto_json json_t *attributes = old ? json_copy(old) : json_object();
	auto_json json_t *all = json_copy(push);
	auto_json json_t *out = json_copy((json_t *)sub);
	if (!attributes || !all || !out ||
		json_object_set_new(attributes, VERSION, json_string("v1")) ||
		json_object_set(all, "attributes", attributes))
		return NULL;
	const struct proto_field *f =
		proto_field(&schema_pubsub_subscription, "pushConfig");
	if (json_object_set_new(
		    out, "pushConfig", proto_arrange(f->message, all)))
		return NULL;
	return TAKE(out);
}

int rules_pubsub_page(
	const char *page_size_text, int dflt, int *ret, struct status *st) {
	int n;
	int rc = page_parse(page_size_text, &n, st);
	if (rc)
		return rc;
	char got[16];
	(void)snprintf(got, sizeof got, "%d", n);
	if (n < 0 || n > PAGE_MAX)
		return refuse(st, OUT_OF_BOUNDS, "page_size", got, "0", "1000");
	*ret = n ? n : dflt;
	return ST_OK;
}

int rules_pubsub_bad_page_token(const char *token, struct status *st) {
	return refuse(st, "Invalid page token given (token=%.600s).", token);
}

/* Whether a path leads to a field; *ret_top is the first on its way. */
static bool path_known(const struct proto_message *m, const char *path,
	const struct proto_field **ret_top) {
	*ret_top = NULL;
	for (;;) {
		char name[MASK_PATH_MAX];
		size_t len = strcspn(path, ".");
		(void)snprintf(name, sizeof name, "%.*s", (int)len, path);
		const struct proto_field *f = m ? proto_field(m, name) : NULL;
		if (f && !*ret_top)
			*ret_top = f;
		if (!f || !path[len])
			return f;
		bool one = !(f->flags & PROTO_REPEATED);
		m = one ? f->message : NULL;
		path += len + 1;
	}
}

static int check_path(
	const struct kind *k, const char *path, struct status *st) {
	const struct proto_field *f;
	if (!path_known(k->schema, path, &f))
		return refuse(st, MASK_UNKNOWN, k->message, path, k->message);
	for (const char *const *i = k->immutable; *i; i++) {
		char name[MASK_PATH_MAX];
		if (strcmp(*i, f->name) != 0)
			continue;
		proto_snake(f->name, name, sizeof name);
		return refuse(st,
			"Invalid update_mask provided in the Update%sRequest: "
			"the '%s' field in the %s is not mutable.",
			k->message, name, k->message);
	}
	return ST_OK;
}

int rules_pubsub_mask(
	enum pubsub_kind kind, const char *mask, struct status *st) {
	const struct kind *k = &kinds[kind];
	if (!mask || !*mask)
		return refuse(st,
			"The update_mask in the Update%sRequest must be set, "
			"and must contain a non-empty paths list.",
			k->message);
	char path[MASK_PATH_MAX];
	int rc = ST_OK;
	while (!rc && mask_next(&mask, path))
		rc = check_path(k, path, st);
	return rc;
}

int rules_pubsub_seek(const json_t *request, struct status *st) {
	const char *snapshot = rules_text(request, "snapshot");
	if (snapshot)
		return rules_pubsub_name(PUBSUB_SNAPSHOT, snapshot, st);
	if (rules_text(request, "time"))
		return ST_OK;
	return refuse(st, "No target was specified in the SeekRequest. Must "
			  "specify either a time or a snapshot");
}
