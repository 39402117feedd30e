/* SPDX-License-Identifier: MIT */
/* pubsub.googleapis.com v1: snapshots, and seeking to them or to an instant. */
#include "emulator/core/snapshots.h"

#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/allow.h"
#include "emulator/api/mask.h"
#include "emulator/api/pubsub.h"
#include "emulator/api/rules_pubsub.h"
#include "emulator/api/schema_pubsub.h"
#include "emulator/core/seek.h"

static void write_snapshot(struct buf *b, const struct snapshot *s) {
	char time[WHEN_TEXT_MAX];
	when_format(s->expire_us, -1, time);
	(void)buf_addf(b,
		"{\"name\":\"projects/%s/snapshots/%s\",\"topic\":\"%s\","
		"\"expireTime\":\"%s\"",
		s->project, s->name, s->topic, time);
	if (s->labels)
		(void)buf_addf(b, ",\"labels\":%s", s->labels);
	(void)buf_addc(b, '}');
}

static void see_snapshot(void *ctx, const struct snapshot *s) {
	write_snapshot(&((struct call *)ctx)->out, s);
}

int pubsub_snapshots_get(struct call *c) {
	return snapshots_get(
		c->em, c->param[0], c->param[1], see_snapshot, c, &c->st);
}

int pubsub_snapshots_delete(struct call *c) {
	return snapshots_delete(c->em, c->param[0], c->param[1], &c->st);
}

static void list_snapshot(void *ctx, const struct snapshot *s) {
	struct buf *b = list_item(ctx, s->name);
	if (b)
		write_snapshot(b, s);
}

int pubsub_snapshots_list(struct call *c) {
	struct list l;
	int rc = pubsub_list_begin(&l, c, "snapshots");
	if (rc)
		return rc;
	snapshots_list(
		c->em, c->param[0], l.after, l.max + 1, list_snapshot, &l);
	return list_end(&l);
}

int pubsub_topics_snapshots(struct call *c) {
	struct list l;
	int rc = pubsub_list_begin(&l, c, "snapshots");
	if (!rc)
		rc = snapshots_of_topic(c->em, c->param[0], c->param[1],
			l.after, l.max + 1, pubsub_list_name, &l, &c->st);
	return rc ? rc : list_end(&l);
}

/* The labels of a snapshot that is checked, as text; *ret is NULL for none. */
static int labels_text(struct call *c, const json_t *o, char **ret) {
	const json_t *labels = json_object_get(o, "labels");
	int rc = rules_pubsub_labels(o, &c->st);
	if (rc)
		return rc;
	*ret = labels ? jsn_compact(labels) : NULL;
	return labels && !*ret ? call_nomem(c) : ST_OK;
}

int pubsub_snapshots_create(struct call *c) {
	auto_json json_t *body = NULL;
	auto_free char *full = pubsub_full_name(c, "snapshots");
	auto_free char *labels = NULL, *sub = NULL;
	if (!full)
		return (int)c->st.code;
	int rc = call_body(c, &schema_pubsub_create_snapshot, "", &body);
	const char *name =
		json_string_value(json_object_get(body, "subscription"));
	if (rc || (rc = rules_pubsub_name(PUBSUB_SUBSCRIPTION, name, &c->st)) ||
		(rc = labels_text(c, body, &labels)) ||
		(rc = allow_need_pubsub(
			 c, name, "pubsub.subscriptions.consume")))
		return rc;
	sub = mem_strdup(name);
	if (!sub)
		return call_nomem(c);
	struct pubsub_name n = pubsub_split(sub);
	rc = snapshots_create(c->em, c->param[0], c->param[1], n.project, n.id,
		labels, &c->st);
	return rc ? rc : pubsub_snapshots_get(c);
}

int pubsub_snapshots_patch(struct call *c) {
	auto_json json_t *body = NULL;
	auto_free char *labels = NULL;
	const char *mask;
	int rc = pubsub_patch_body(c, &schema_pubsub_update_snapshot,
		PUBSUB_SNAPSHOT, &body, &mask);
	if (rc || (rc = labels_text(
			   c, json_object_get(body, "snapshot"), &labels)))
		return rc;
	/* all that a mask can name */
	rc = snapshots_label(c->em, c->param[0], c->param[1], labels, &c->st);
	return rc ? rc : pubsub_snapshots_get(c);
}

int pubsub_subscriptions_seek(struct call *c) {
	auto_json json_t *body = NULL;
	auto_free char *full = NULL;
	struct seek_target to = {0};
	int rc = call_body(c, &schema_pubsub_seek, "", &body);
	if (rc || (rc = rules_pubsub_seek(body, &c->st)))
		return rc;
	const char *snapshot =
		json_string_value(json_object_get(body, "snapshot"));
	const char *time = json_string_value(json_object_get(body, "time"));
	if (snapshot &&
		(rc = allow_need_pubsub(c, snapshot, "pubsub.snapshots.seek")))
		return rc;
	if (snapshot) {
		full = mem_strdup(snapshot);
		if (!full)
			return call_nomem(c);
		struct pubsub_name n = pubsub_split(full);
		to.snapshot_project = n.project;
		to.snapshot = n.id;
	} else {
		(void)when_parse(time, &to.time_us, NULL);
	}
	return bus_seek(c->em, c->param[0], c->param[1], &to, &c->st);
}
