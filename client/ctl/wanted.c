/* SPDX-License-Identifier: MIT */
/* Sources: facts pubsub.md, sections 1 and 4; scheduler.md, sections 1 and 6.
 */
#include "client/ctl/wanted.h"

#include <string.h>

#include "client/ctl/field.h"
#include "client/lib/train.h"
#include "common/b64.h"
#include "common/clock.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define ID_MIN 3
#define ID_MAX 255
#define ACK_MIN_US (10 * US_PER_S)
#define ACK_MAX_US (600 * US_PER_S)
#define BACKOFF_MAX_US (600 * US_PER_S)
#define JOB_MAX (100u << 10) /* bytes of a Scheduler job, by its older docs */

char *wanted_name(enum wanted_kind kind, const char *project,
	const char *location, const char *id) {
	switch (kind) {
	case WANTED_TOPIC:
		return mem_printf("projects/%s/topics/%s", project, id);
	case WANTED_SUBSCRIPTION:
		return mem_printf("projects/%s/subscriptions/%s", project, id);
	case WANTED_JOB:
		return mem_printf("projects/%s/locations/%s/jobs/%s", project,
			location, id);
	}
	return NULL;
}

int wanted_check_name(const char *name, struct err *e) {
	if (*name && strlen(name) <= ID_MAX &&
		!name[strspn(name, LETTERS DIGITS "_-")])
		return 0;
	return err_set(e, ERR_USAGE,
		"'%s' cannot be a schedule's name: up to %d letters, digits, "
		"'_' and '-'",
		name, ID_MAX);
}

/* The rule for topics and subscriptions. */
static int check_id(const char *id, struct err *e) {
	size_t n = strlen(id);
	if (n >= ID_MIN && n <= ID_MAX && strchr(LETTERS, *id) &&
		!id[strspn(id, LETTERS DIGITS "-_.~+%")] &&
		strncmp(id, "goog", 4) != 0)
		return 0;
	return err_set(e, ERR_USAGE,
		"'%s' cannot name a topic or a subscription: a letter, then "
		"letters, digits and -_.~+%%, %d to %d in all, and not goog "
		"in front",
		id, ID_MIN, ID_MAX);
}

static int check_times(const struct wanted_options *o, struct err *e) {
	if (o->ack_deadline_us < ACK_MIN_US ||
		o->ack_deadline_us > ACK_MAX_US ||
		o->ack_deadline_us % US_PER_S)
		return err_set(e, ERR_USAGE,
			"an ack deadline is from 10s to 600s, in whole "
			"seconds");
	if (o->backoff_min_us > o->backoff_max_us ||
		o->backoff_max_us > BACKOFF_MAX_US)
		return err_set(e, ERR_USAGE,
			"a backoff is at most 600s, and its least not more "
			"than its most");
	return 0;
}

/* ---- the resources ---- */

/* Takes over both name and body. */
static int add(struct wanted *w, enum wanted_kind kind, char *name,
	json_t *body, struct err *e) {
	w->items[w->len++] = (struct wanted_item){kind, name, body};
	return name && body &&
			       !json_object_set_new(
				       body, "name", json_string(name))
		       ? 0
		       : err_nomem(e);
}

static int add_topic(struct wanted *w, const struct wanted_options *o,
	const char *id, struct err *e) {
	int rc = check_id(id, e);
	return rc ? rc
		  : add(w, WANTED_TOPIC,
			    wanted_name(WANTED_TOPIC, o->project, NULL, id),
			    json_pack("{s:{s:s}}", "labels", WANTED_LABEL,
				    WANTED_LABEL_VALUE),
			    e);
}

/* A subscription that is never thrown away for want of messages: a schedule may
 * fire once a year. `more` has its other fields; it is taken over. */
static int add_subscription(struct wanted *w, const struct wanted_options *o,
	const char *id, const char *topic, json_t *more, struct err *e) {
	auto_json json_t *owned = more;
	int rc = owned ? check_id(id, e) : err_nomem(e);
	auto_json json_t *body =
		json_pack("{s:s, s:{s:s}, s:{}}", "topic", topic, "labels",
			WANTED_LABEL, WANTED_LABEL_VALUE, "expirationPolicy");
	if (!rc && (!body || json_object_update(body, owned)))
		rc = err_nomem(e);
	return rc ? rc
		  : add(w, WANTED_SUBSCRIPTION,
			    wanted_name(
				    WANTED_SUBSCRIPTION, o->project, NULL, id),
			    TAKE(body), e);
}

/* Where messages go that nobody could use, and a subscription to keep them: a
 * topic alone would drop them. */
static int add_dead_letter(
	struct wanted *w, const struct wanted_options *o, struct err *e) {
	int rc = add_topic(w, o, o->dead_letter, e);
	auto_free char *keep = mem_printf("%s-keep", o->dead_letter);
	if (rc || !keep)
		return rc ? rc : err_nomem(e);
	return add_subscription(
		w, o, keep, w->items[w->len - 1].name, json_object(), e);
}

static json_t *push_fields(
	const struct wanted_options *o, const char *dead_letter) {
	char least[WHEN_TEXT_MAX], most[WHEN_TEXT_MAX];
	duration_format(o->backoff_min_us, least);
	duration_format(o->backoff_max_us, most);
	auto_json json_t *token = NULL, *policy = NULL;
	if (o->account)
		token = json_pack("{s:s, s:s}", "serviceAccountEmail",
			o->account, "audience",
			o->audience ? o->audience : o->endpoint);
	if (dead_letter)
		policy = json_pack("{s:s, s:i}", "deadLetterTopic", dead_letter,
			"maxDeliveryAttempts", (int)o->attempts);
	if ((o->account && !token) || (dead_letter && !policy))
		return NULL;
	return json_pack("{s:{s:s, s:O*}, s:i, s:O*, s:{s:s, s:s}}",
		"pushConfig", "pushEndpoint", o->endpoint, "oidcToken", token,
		"ackDeadlineSeconds", (int)(o->ack_deadline_us / US_PER_S),
		"deadLetterPolicy", policy, "retryPolicy", "minimumBackoff",
		least, "maximumBackoff", most);
}

static json_t *attributes_of(const struct wanted_options *o) {
	auto_json json_t *all = json_pack("{s:s, s:s, s:s}",
		TRAIN_ATTRIBUTE_SCHEDULE, o->schedule, TRAIN_ATTRIBUTE_ZONE,
		o->zone, TRAIN_ATTRIBUTE_NAME, o->name);
	if (!all || (o->attributes &&
			    json_object_update(all, (json_t *)o->attributes)))
		return NULL;
	return TAKE(all);
}

int wanted_data(const json_t *job, char **ret, struct err *e) {
	auto_free char *text = jsn_canonical(job);
	return text ? b64_encode(text, strlen(text), ret, e) : err_nomem(e);
}

static int add_job(struct wanted *w, const struct wanted_options *o,
	const char *topic, struct err *e) {
	auto_free char *data = NULL;
	int rc = wanted_data(o->job, &data, e);
	if (rc)
		return rc;
	if (strlen(data) > JOB_MAX)
		return err_set(e, ERR_USAGE,
			"the job is too long for Cloud Scheduler: %zu bytes "
			"of %u",
			strlen(data), JOB_MAX);
	auto_json json_t *attributes = attributes_of(o);
	json_t *body =
		attributes ? json_pack("{s:s*, s:s, s:s, s:{s:s, s:s, s:O}}",
				     "description", o->description, "schedule",
				     o->schedule, "timeZone", o->zone,
				     "pubsubTarget", "topicName", topic, "data",
				     data, "attributes", attributes)
			   : NULL;
	return add(w, WANTED_JOB,
		wanted_name(WANTED_JOB, o->project, o->location, o->name), body,
		e);
}

static int make(
	const struct wanted_options *o, struct wanted *w, struct err *e) {
	auto_free char *dflt = mem_printf("%s-push", o->name);
	int rc = dflt ? wanted_check_name(o->name, e) : err_nomem(e);
	if (!rc)
		rc = check_times(o, e);
	if (!rc && o->dead_letter)
		rc = add_dead_letter(w, o, e);
	const char *dead = w->len ? w->items[0].name : NULL;
	if (!rc)
		rc = add_topic(w, o, o->topic ? o->topic : o->name, e);
	if (rc)
		return rc;
	const char *topic = w->items[w->len - 1].name;
	if (dead && strcmp(dead, topic) == 0)
		return err_set(e, ERR_USAGE,
			"the dead letter topic cannot be the topic itself");
	rc = add_subscription(w, o, o->subscription ? o->subscription : dflt,
		topic, push_fields(o, dead), e);
	return rc ? rc : add_job(w, o, topic, e);
}

int wanted_make(
	const struct wanted_options *o, struct wanted *ret, struct err *e) {
	struct wanted w = {0};
	int rc = make(o, &w, e);
	if (rc)
		wanted_done(&w);
	else
		*ret = w;
	return rc;
}

void wanted_done(struct wanted *w) {
	for (size_t i = 0; i < w->len; i++) {
		mem_free(w->items[i].name);
		json_decref(w->items[i].body);
	}
	*w = (struct wanted){0};
}

/* ---- what is, and what should be ---- */

bool wanted_is_ours(enum wanted_kind kind, const json_t *there) {
	if (kind == WANTED_JOB)
		return field_get(there,
			"pubsubTarget.attributes." TRAIN_ATTRIBUTE_SCHEDULE);
	const char *label =
		json_string_value(field_get(there, "labels." WANTED_LABEL));
	return label && strcmp(label, WANTED_LABEL_VALUE) == 0;
}

/* What is compared, and the field that is written when it differs. A push
 * config and a policy may come back with fields that nobody set. */
static const struct {
	enum wanted_kind kind;
	const char *path, *mask;
} fields[] = {
	{WANTED_SUBSCRIPTION, "pushConfig.pushEndpoint", "pushConfig"},
	{WANTED_SUBSCRIPTION, "pushConfig.oidcToken", "pushConfig"},
	{WANTED_SUBSCRIPTION, "ackDeadlineSeconds", "ackDeadlineSeconds"},
	{WANTED_SUBSCRIPTION, "expirationPolicy.ttl", "expirationPolicy"},
	{WANTED_SUBSCRIPTION, "deadLetterPolicy", "deadLetterPolicy"},
	{WANTED_SUBSCRIPTION, "retryPolicy", "retryPolicy"},
	{WANTED_JOB, "description", "description"},
	{WANTED_JOB, "schedule", "schedule"},
	{WANTED_JOB, "timeZone", "timeZone"},
	{WANTED_JOB, "pubsubTarget.topicName", "pubsubTarget.topicName"},
	{WANTED_JOB, "pubsubTarget.data", "pubsubTarget.data"},
	{WANTED_JOB, "pubsubTarget.attributes", "pubsubTarget.attributes"},
};

/* The pull subscription of a dead letter topic is only there to keep. */
static bool is_compared(const struct wanted_item *item, const char *path) {
	return item->kind != WANTED_SUBSCRIPTION ||
	       json_object_get(item->body, "pushConfig") ||
	       strcmp(path, "expirationPolicy.ttl") == 0;
}

static bool same(const json_t *a, const json_t *b) {
	return a && b ? json_equal(a, b) : !a && !b;
}

static int check_topic(
	const struct wanted_item *item, const json_t *there, struct err *e) {
	if (item->kind != WANTED_SUBSCRIPTION)
		return 0;
	/* it names its topic still, and gets nothing from it */
	if (json_is_true(json_object_get(there, "detached")))
		return err_set(e, ERR_STATE,
			"%s is detached from its topic, for good: delete it",
			item->name);
	if (same(field_get(item->body, "topic"), field_get(there, "topic")))
		return 0;
	const char *other = json_string_value(field_get(there, "topic"));
	return err_set(e, ERR_STATE,
		"%s belongs to the topic %s: a subscription cannot change its "
		"topic",
		item->name, other ? other : "(none)");
}

int wanted_mask(const struct wanted_item *item, const json_t *there,
	struct buf *ret, struct err *e) {
	int rc = check_topic(item, there, e);
	if (rc)
		return rc;
	const char *last = "";
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const char *path = fields[i].path;
		if (fields[i].kind != item->kind || !is_compared(item, path) ||
			same(field_get(item->body, path),
				field_get(there, path)) ||
			strcmp(fields[i].mask, last) == 0)
			continue;
		last = fields[i].mask;
		(void)buf_addf(ret, "%s%s", ret->len ? "," : "", last);
	}
	return ret->failed ? err_nomem(e) : 0;
}

json_t *wanted_patch(const struct wanted_item *item, const json_t *there) {
	auto_json json_t *body = json_deep_copy(item->body);
	json_t *attributes =
		(json_t *)field_get(body, "pubsubTarget.attributes");
	const char *key;
	json_t *v;
	json_object_foreach (
		(json_t *)field_get(there, "pubsubTarget.attributes"), key, v) {
		if (attributes && !json_object_get(attributes, key) &&
			json_object_set_new(attributes, key, json_null()))
			return NULL;
	}
	return TAKE(body);
}
