/* SPDX-License-Identifier: MIT */
/* pubsub.googleapis.com v1: topics, subscriptions and publishing. Pulling is in
 * pull.c. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/allow.h"
#include "emulator/api/mask.h"
#include "emulator/api/pubsub.h"
#include "emulator/api/schema_pubsub.h"
#include "emulator/core/bus.h"
#include "emulator/core/publish.h"

#define RETENTION "messageRetentionDuration"
#define PAGE_DEFAULT 100 /* a guess; the maximum of 1000 is documented */

char *pubsub_full_name(struct call *c, const char *kind) {
	char *full =
		mem_printf("projects/%s/%s/%s", c->param[0], kind, c->param[1]);
	if (!full)
		(void)call_nomem(c);
	return full;
}

int pubsub_check_path(struct call *c) {
	static const struct {
		const char *methods, *collection;
		enum pubsub_kind kind;
	} all[] = {{"pubsub.projects.topics.", "topics", PUBSUB_TOPIC},
		{"pubsub.projects.subscriptions.", "subscriptions",
			PUBSUB_SUBSCRIPTION},
		{"pubsub.projects.snapshots.", "snapshots", PUBSUB_SNAPSHOT}};
	for (size_t i = 0; c->param[1] && i < sizeof all / sizeof *all; i++) {
		const char *methods = all[i].methods;
		if (strncmp(c->route->name, methods, strlen(methods)) != 0)
			continue;
		auto_free char *full = pubsub_full_name(c, all[i].collection);
		return full ? rules_pubsub_name(all[i].kind, full, &c->st)
			    : (int)c->st.code;
	}
	return ST_OK;
}

/* The object's compact text with "name" from the path, in the table's order. */
static char *named_text(
	const struct proto_message *m, json_t *o, const char *full) {
	if (json_object_set_new(o, "name", json_string(full)))
		return NULL;
	auto_json json_t *sorted = proto_arrange(m, o);
	return sorted ? jsn_compact(sorted) : NULL;
}

static void see_body(void *ctx, const char *name, const char *body) {
	(void)name;
	(void)buf_adds(&((struct call *)ctx)->out, body);
}

int pubsub_topics_create(struct call *c) {
	auto_free char *full = pubsub_full_name(c, "topics");
	if (!full)
		return (int)c->st.code;
	auto_json json_t *topic = NULL;
	int rc = call_body(c, &schema_pubsub_topic, "", &topic);
	if (rc || (rc = rules_pubsub_topic(topic, &c->st)))
		return rc;
	auto_free char *text = named_text(&schema_pubsub_topic, topic, full);
	if (!text)
		return call_nomem(c);
	rc = bus_topic_create(c->em, c->param[0], c->param[1], text,
		jsn_duration(topic, RETENTION, 0), &c->st);
	if (!rc)
		(void)buf_adds(&c->out, text);
	return rc;
}

int pubsub_patch_body(struct call *c, const struct proto_message *m,
	enum pubsub_kind kind, json_t **ret_body, const char **ret_mask) {
	int rc = call_body(c, m, "", ret_body);
	if (rc)
		return rc;
	*ret_mask = json_string_value(json_object_get(*ret_body, "updateMask"));
	return rules_pubsub_mask(kind, *ret_mask, &c->st);
}

/* Takes what a handler has just answered with back out, parsed. NULL: memory
 * ran out. */
static json_t *take_out(struct call *c) {
	json_t *o = jsn_parse(buf_str(&c->out), c->out.len, false, NULL);
	buf_clear(&c->out);
	return o;
}

int pubsub_topics_patch(struct call *c) {
	auto_json json_t *body = NULL;
	const char *mask;
	int rc = pubsub_patch_body(
		c, &schema_pubsub_update_topic, PUBSUB_TOPIC, &body, &mask);
	if (rc || (rc = pubsub_topics_get(c)))
		return rc;
	auto_json json_t *topic = take_out(c);
	if (!topic || mask_merge(topic, mask, json_object_get(body, "topic")))
		return call_nomem(c);
	if ((rc = rules_pubsub_topic(topic, &c->st)))
		return rc;
	auto_json json_t *sorted = proto_arrange(&schema_pubsub_topic, topic);
	auto_free char *text = sorted ? jsn_compact(sorted) : NULL;
	if (!text)
		return call_nomem(c);
	rc = bus_topic_update(c->em, c->param[0], c->param[1], text,
		jsn_duration(topic, RETENTION, 0), &c->st);
	if (!rc)
		(void)buf_adds(&c->out, text);
	return rc;
}

int pubsub_topics_get(struct call *c) {
	return bus_topic_get(
		c->em, c->param[0], c->param[1], see_body, c, &c->st);
}

int pubsub_topics_delete(struct call *c) {
	return bus_topic_delete(c->em, c->param[0], c->param[1], &c->st);
}

int pubsub_list_begin(struct list *l, struct call *c, const char *key) {
	int size;
	int rc = rules_pubsub_page(
		call_query(c, "pageSize"), PAGE_DEFAULT, &size, &c->st);
	if (rc || list_begin(l, c, key, size))
		return rc;
	return rules_pubsub_bad_page_token(call_query(c, "pageToken"), &c->st);
}

static void list_body(void *ctx, const char *name, const char *body) {
	struct buf *b = list_item(ctx, name);
	if (b)
		(void)buf_adds(b, body);
}

int pubsub_topics_list(struct call *c) {
	struct list l;
	int rc = pubsub_list_begin(&l, c, "topics");
	if (rc)
		return rc;
	bus_topic_list(c->em, c->param[0], l.after, l.max + 1, list_body, &l);
	return list_end(&l);
}

void pubsub_list_name(void *ctx, const char *name, const char *body) {
	(void)body;
	struct buf *b = list_item(ctx, name);
	if (b)
		(void)jsn_quote(b, name);
}

int pubsub_topics_subscriptions(struct call *c) {
	struct list l;
	int rc = pubsub_list_begin(&l, c, "subscriptions");
	if (!rc)
		rc = bus_topic_subs(c->em, c->param[0], c->param[1], l.after,
			l.max + 1, pubsub_list_name, &l, &c->st);
	return rc ? rc : list_end(&l);
}

int pubsub_topics_publish(struct call *c) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_pubsub_publish, "", &body);
	size_t topic_len = strlen("projects//topics/") + strlen(c->param[0]) +
			   strlen(c->param[1]);
	if (rc || (rc = rules_pubsub_publish(body, &c->st)) ||
		(rc = rules_pubsub_publish_size(body, topic_len, &c->st)))
		return rc;
	(void)buf_adds(&c->out, "{\"messageIds\":[");
	size_t i;
	json_t *m;
	json_array_foreach (json_object_get(body, "messages"), i, m) {
		char id[BUS_ID_MAX];
		rc = bus_publish(
			c->em, c->param[0], c->param[1], m, id, &c->st);
		if (rc)
			return rc;
		(void)buf_addf(&c->out, "%s\"%s\"", i ? "," : "", id);
	}
	(void)buf_adds(&c->out, "]}");
	return ST_OK;
}

static const char *endpoint_of(const json_t *push_config) {
	const char *s =
		json_string_value(json_object_get(push_config, "pushEndpoint"));
	return s ? s : "";
}

struct pubsub_name pubsub_split(char *full) {
	char *project = strchr(full, '/') + 1;
	char *kind = strchr(project, '/');
	*kind = '\0';
	return (struct pubsub_name){project, strchr(kind + 1, '/') + 1};
}

static int64_t flags_of(const json_t *sub) {
	static const struct {
		const char *key;
		enum sub_flags flag;
	} all[] = {{"enableMessageOrdering", SUB_ORDERED},
		{"retainAckedMessages", SUB_RETAINS},
		{"enableExactlyOnceDelivery", SUB_EXACTLY_ONCE},
		{"detached", SUB_DETACHED}};
	int64_t flags = 0;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (json_is_true(json_object_get(sub, all[i].key)))
			flags |= all[i].flag;
	const json_t *push = json_object_get(sub, "pushConfig");
	if (json_object_get(push, "oidcToken"))
		flags |= SUB_TOKEN;
	const json_t *bare = json_object_get(push, "noWrapper");
	if (bare)
		flags |= SUB_BARE;
	if (json_is_true(json_object_get(bare, "writeMetadata")))
		flags |= SUB_METADATA;
	return flags;
}

/* The numbers of a subscription that has its defaults; texts are borrowed. */
static struct sub_spec spec_of(
	const struct call *c, const json_t *whole, const char *text) {
	const json_t *retry = json_object_get(whole, "retryPolicy");
	const json_t *ack = json_object_get(whole, "ackDeadlineSeconds");
	const json_t *dead = json_object_get(whole, "deadLetterPolicy");
	const json_t *push = json_object_get(whole, "pushConfig");
	struct sub_spec spec = {.project = c->param[0],
		.name = c->param[1],
		.body = text,
		.endpoint = endpoint_of(push),
		.ack_us = json_integer_value(ack) * US_PER_S,
		.retain_us = jsn_duration(whole, RETENTION, 7 * US_PER_DAY),
		.filter = json_string_value(json_object_get(whole, "filter")),
		.flags = flags_of(whole),
		.ttl_us = jsn_duration(
			json_object_get(whole, "expirationPolicy"), "ttl", 0)};
	if (dead) {
		spec.dead_topic = json_string_value(
			json_object_get(dead, "deadLetterTopic"));
		spec.max_attempts = json_integer_value(
			json_object_get(dead, "maxDeliveryAttempts"));
	}
	if (retry) {
		spec.retry_min_us =
			jsn_duration(retry, "minimumBackoff", 10 * US_PER_S);
		spec.retry_max_us =
			jsn_duration(retry, "maximumBackoff", 600 * US_PER_S);
	}
	return spec;
}

static void see_topic_retention(void *ctx, const struct sub *s) {
	*(int64_t *)ctx = s->topic_retain_us;
}

/* Sets what the topic says; false when memory ran out. */
static bool tell_topic_retention(json_t *sub, int64_t us) {
	char time[WHEN_TEXT_MAX];
	duration_format(us, time);
	return !json_object_set_new(
		sub, "topicMessageRetentionDuration", json_string(time));
}

/* Answers a create: `shown` is what the request alone makes of it. */
static int show_created(struct call *c, json_t *shown, const char *full) {
	int64_t retain_us = 0;
	int rc = bus_sub_get(c->em, c->param[0], c->param[1],
		see_topic_retention, &retain_us, &c->st);
	if (rc)
		return rc;
	if (retain_us && !tell_topic_retention(shown, retain_us))
		return call_nomem(c);
	auto_free char *text =
		named_text(&schema_pubsub_subscription, shown, full);
	if (!text)
		return call_nomem(c);
	(void)buf_adds(&c->out, text);
	return ST_OK;
}

/* Whether its writer may have it push and bury messages as it says. */
static int check_rights(struct call *c, const json_t *sub) {
	const json_t *token = json_object_get(
		json_object_get(sub, "pushConfig"), "oidcToken");
	const json_t *dead = json_object_get(
		json_object_get(sub, "deadLetterPolicy"), "deadLetterTopic");
	int rc = allow_need_act_as(c, json_string_value(json_object_get(
					      token, "serviceAccountEmail")));
	return rc ? rc : allow_need_agent(c, "pubsub", json_string_value(dead));
}

static int add_sub(struct call *c, json_t *sub, const char *full) {
	auto_json json_t *whole = rules_pubsub_defaults(sub);
	auto_json json_t *shown = whole ? rules_pubsub_created(whole) : NULL;
	if (!shown)
		return call_nomem(c);
	auto_free char *text =
		named_text(&schema_pubsub_subscription, whole, full);
	auto_free char *topic =
		mem_strdup(json_string_value(json_object_get(sub, "topic")));
	if (!text || !topic)
		return call_nomem(c);
	struct sub_spec spec = spec_of(c, whole, text);
	struct pubsub_name n = pubsub_split(topic);
	spec.topic_project = n.project;
	spec.topic = n.id;
	int rc = bus_sub_create(c->em, &spec, &c->st);
	return rc ? rc : show_created(c, shown, full);
}

int pubsub_subscriptions_create(struct call *c) {
	auto_free char *full = pubsub_full_name(c, "subscriptions");
	if (!full)
		return (int)c->st.code;
	auto_json json_t *sub = NULL;
	int rc = call_body(c, &schema_pubsub_subscription, "", &sub);
	if (rc || (rc = rules_pubsub_subscription(sub, &c->st)))
		return rc;
	if (json_object_get(sub, "detached"))
		return call_not_emulated(c, "a subscription born detached");
	rc = allow_need_pubsub(c,
		json_string_value(json_object_get(sub, "topic")),
		"pubsub.topics.attachSubscription");
	if (!rc)
		rc = check_rights(c, sub);
	return rc ? rc : add_sub(c, sub, full);
}

/* A stored subscription with what its topic says now; NULL: no memory. */
static char *current_text(const struct sub *s, bool deleted) {
	auto_json json_t *o = jsn_parse(s->body, strlen(s->body), false, NULL);
	if (!o || (deleted && json_object_set_new(
				      o, "topic", json_string(s->topic))))
		return NULL;
	if (s->topic_retain_us && !tell_topic_retention(o, s->topic_retain_us))
		return NULL;
	auto_json json_t *sorted =
		proto_arrange(&schema_pubsub_subscription, o);
	return sorted ? jsn_compact(sorted) : NULL;
}

static void write_sub(struct buf *b, const struct sub *s) {
	bool deleted = strcmp(s->topic, "_deleted-topic_") == 0;
	if (!deleted && !s->topic_retain_us) {
		(void)buf_adds(b, s->body);
		return;
	}
	auto_free char *text = current_text(s, deleted);
	if (text)
		(void)buf_adds(b, text);
	else
		b->failed = ERR_NOMEM;
}

static void see_sub(void *ctx, const struct sub *s) {
	write_sub(&((struct call *)ctx)->out, s);
}

int pubsub_subscriptions_get(struct call *c) {
	return bus_sub_get(c->em, c->param[0], c->param[1], see_sub, c, &c->st);
}

int pubsub_subscriptions_delete(struct call *c) {
	pubsub_changed(c->api);
	return bus_sub_delete(c->em, c->param[0], c->param[1], &c->st);
}

static void list_sub(void *ctx, const struct sub *s) {
	struct buf *b = list_item(ctx, s->name);
	if (b)
		write_sub(b, s);
}

int pubsub_subscriptions_list(struct call *c) {
	struct list l;
	int rc = pubsub_list_begin(&l, c, "subscriptions");
	if (rc)
		return rc;
	bus_sub_list(c->em, c->param[0], l.after, l.max + 1, list_sub, &l);
	return list_end(&l);
}

static void see_stored(void *ctx, const struct sub *s) {
	(void)buf_adds(&((struct call *)ctx)->out, s->body);
}

/* A subscription as it was written, its topic's fate aside. */
static int read_sub(struct call *c, json_t **ret) {
	int rc = bus_sub_get(
		c->em, c->param[0], c->param[1], see_stored, c, &c->st);
	if (rc)
		return rc;
	*ret = take_out(c);
	return *ret ? ST_OK : call_nomem(c);
}

/* Writes a subscription that was changed. */
static int write_changed(struct call *c, json_t *sub) {
	int rc = rules_pubsub_subscription(sub, &c->st);
	if (rc || (rc = check_rights(c, sub)))
		return rc;
	auto_json json_t *whole = rules_pubsub_defaults(sub);
	auto_free char *text = whole ? jsn_compact(whole) : NULL;
	if (!text)
		return call_nomem(c);
	struct sub_spec spec = spec_of(c, whole, text);
	pubsub_changed(c->api);
	return bus_sub_update(c->em, &spec, &c->st);
}

int pubsub_subscriptions_patch(struct call *c) {
	auto_json json_t *body = NULL, *sub = NULL;
	const char *mask;
	int rc = pubsub_patch_body(c, &schema_pubsub_update_subscription,
		PUBSUB_SUBSCRIPTION, &body, &mask);
	if (rc || (rc = read_sub(c, &sub)))
		return rc;
	if (mask_merge(sub, mask, json_object_get(body, "subscription")))
		return call_nomem(c);
	rc = write_changed(c, sub);
	return rc ? rc : pubsub_subscriptions_get(c);
}

int pubsub_subscriptions_detach(struct call *c) {
	auto_json json_t *sub = NULL;
	int rc = read_sub(c, &sub);
	if (rc)
		return rc;
	if (json_object_set_new(sub, "detached", json_true()))
		return call_nomem(c);
	auto_json json_t *whole = rules_pubsub_defaults(sub);
	auto_free char *text = whole ? jsn_compact(whole) : NULL;
	if (!text)
		return call_nomem(c);
	pubsub_changed(c->api);
	return bus_sub_detach(c->em, c->param[0], c->param[1], text, &c->st);
}

int pubsub_subscriptions_modify_push(struct call *c) {
	auto_json json_t *body = NULL, *sub = NULL;
	int rc = call_body(c, &schema_pubsub_modify_push_config, "", &body);
	if (rc || (rc = read_sub(c, &sub)))
		return rc;
	if (mask_merge(sub, "pushConfig", body))
		return call_nomem(c);
	return write_changed(c, sub);
}
