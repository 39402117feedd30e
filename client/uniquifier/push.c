/* SPDX-License-Identifier: MIT */
/* Which shape a request has. Source: facts function-events.md, sections 1 and
 * 2, pubsub.md, section 8. */
#include "client/uniquifier/push.h"

#include <string.h>
#include <strings.h>

#include "client/lib/train.h"
#include "client/uniquifier/gunzip.h"
#include "client/uniquifier/push_int.h"
#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"

#define METADATA "x-goog-pubsub-"
#define SCHEDULER "x-cloudscheduler-"
#define PUBLISHED "google.cloud.pubsub.topic.v1.messagePublished"
#define STRUCTURED "application/cloudevents+json"
#define BATCH "application/cloudevents-batch"

static bool begins(const char *s, const char *with) {
	return strncasecmp(s, with, strlen(with)) == 0;
}

bool push_wants(const char *name) {
	return begins(name, TRAIN_ATTRIBUTE) || begins(name, METADATA) ||
	       begins(name, SCHEDULER) || begins(name, "ce-") ||
	       strcasecmp(name, "content-type") == 0 ||
	       strcasecmp(name, "content-encoding") == 0;
}

const char *push_shape_name(enum push_shape s) {
	switch (s) {
	case PUSH_WRAPPED:
		return "wrapped";
	case PUSH_BARE:
		return "bare";
	case PUSH_EVENT:
		return "event";
	case PUSH_BACKGROUND:
		return "background";
	case PUSH_SCHEDULER:
		return "scheduler";
	case PUSH_PULLED:
		return "pulled";
	}
	return "";
}

/* NULL when there is none, or nothing in it. */
static const char *header(const struct push_request *rq, const char *name) {
	for (size_t i = 0; i < rq->header_count; i++)
		if (strcasecmp(rq->headers[i].name, name) == 0)
			return *rq->headers[i].value ? rq->headers[i].value
						     : NULL;
	return NULL;
}

/* ---- the payload alone ---- */

/* Headers' names have no case, and arrive in any; attributes' do. */
static int header_attributes(
	struct push *p, const struct push_request *rq, struct err *e) {
	const char *text;
	for (size_t i = 0; i < rq->header_count; i++) {
		const struct push_header *h = &rq->headers[i];
		if (!begins(h->name, TRAIN_ATTRIBUTE))
			continue;
		auto_free char *name = mem_strdup(h->name);
		if (!name)
			return err_nomem(e);
		for (char *c = name; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + ('a' - 'A'));
		/* of two values, either may be the wrong one */
		if (json_object_get(p->marks, name))
			return err_set(
				e, ERR_SHAPE, "header %s comes twice", name);
		int rc = push_keep(&p->marks, name, h->value, &text, e);
		if (rc)
			return rc;
	}
	p->attributes = p->marks;
	return 0;
}

/* The id may be absent: without writeMetadata nothing is told of a message. */
static int read_bare(struct push *p, const struct push_request *rq,
	const char *id, const char *time, struct err *e) {
	const char *subscription = header(rq, METADATA "subscription-name");
	int rc = id ? push_keep(&p->told, "id", id, &p->message_id, e) : 0;
	if (!rc && subscription)
		rc = push_keep(&p->told, "subscription", subscription,
			&p->subscription, e);
	if (!rc)
		rc = push_read_time(p, time, "the publish time", e);
	if (!rc)
		rc = header_attributes(p, rq, e);
	return rc ? rc : push_read_bytes(p, rq->body, rq->len, e);
}

/* Cloud Scheduler tells each of its jobs' runs by the time for which it was
 * planned, on all attempts of a run alike (scheduler.md, 5; that an attempt
 * made again tells the same time is a guess). */
static int read_job(
	struct push *p, const struct push_request *rq, struct err *e) {
	const char *name = header(rq, SCHEDULER "jobname");
	const char *time = header(rq, SCHEDULER "scheduletime");
	if (!name || !time)
		return read_bare(p, rq, NULL, NULL, e);
	p->shape = PUSH_SCHEDULER;
	auto_free char *id = mem_printf("%s %s", name, time);
	return id ? read_bare(p, rq, id, time, e) : err_nomem(e);
}

/* ---- bodies in JSON ---- */

static int parse(struct push *p, const struct push_request *rq, struct err *e) {
	p->root = jsn_parse(rq->body, rq->len, false, e);
	if (!p->root)
		return err_wrap(e, "push body");
	if (!json_is_object(p->root))
		return err_set(e, ERR_SHAPE, "push body is not a JSON object");
	return 0;
}

/* {"message": ..., "subscription": ...} at `path`; id and time of an event. */
static int read_wrapped(struct push *p, const json_t *wrapper, const char *path,
	const char *id, const char *time, struct err *e) {
	json_t *message;
	const char *subscription;
	int rc = jsn_obj_opt(wrapper, path, "message", &message, e);
	if (!rc)
		rc = jsn_str_opt(
			wrapper, path, "subscription", &subscription, e);
	if (rc)
		return rc;
	if (!message)
		return err_set(e, ERR_SHAPE, "push body has no message");
	p->subscription = subscription ? subscription : "";
	return push_read(
		p, &(struct push_source){message, "message", id, time}, e);
}

/* Where the context stands beside the data, and the older form without it. */
static int read_background(struct push *p, struct err *e) {
	json_t *context, *data;
	const char *id, *time;
	int rc = jsn_obj_opt(p->root, "", "context", &context, e);
	if (!rc)
		rc = jsn_obj_opt(p->root, "", "data", &data, e);
	if (rc)
		return rc;
	const char *path = context ? "context" : "";
	const json_t *at = context ? context : p->root;
	rc = jsn_str(at, path, "eventId", &id, e);
	if (!rc)
		rc = jsn_str_opt(at, path, "timestamp", &time, e);
	if (!rc && !data)
		rc = err_set(e, ERR_SHAPE, "data is missing");
	return rc ? rc
		  : push_read(p, &(struct push_source){data, "data", id, time},
			    e);
}

/* ---- CloudEvents ---- */

struct event {
	const char *id, *source, *type, *time;
};

/* An event of others has the payload as its data. Its id is one of its source
 * alone. */
static int event_id(struct push *p, const struct event *v, const char **ret,
	struct err *e) {
	auto_free char *id = mem_printf("%s %s", v->source, v->id);
	return id ? push_keep(&p->told, "id", id, ret, e) : err_nomem(e);
}

static int check_event(const struct event *v, struct err *e) {
	const char *lacks = !v->id || !*v->id ? "id"
			    : !v->source      ? "source"
			    : !v->type	      ? "type"
					      : NULL;
	return lacks ? err_set(e, ERR_SHAPE, "the CloudEvent has no %s", lacks)
		     : 0;
}

static int read_binary(
	struct push *p, const struct push_request *rq, struct err *e) {
	const struct event v = {header(rq, "ce-id"), header(rq, "ce-source"),
		header(rq, "ce-type"), header(rq, "ce-time")};
	const char *id = NULL;
	int rc = check_event(&v, e);
	if (rc)
		return rc;
	if (strcmp(v.type, PUBLISHED) != 0) {
		rc = event_id(p, &v, &id, e);
		return rc ? rc : read_bare(p, rq, id, v.time, e);
	}
	rc = push_keep(&p->told, "id", v.id, &id, e);
	if (!rc)
		rc = parse(p, rq, e);
	return rc ? rc : read_wrapped(p, p->root, "", id, v.time, e);
}

static int read_event_data(struct push *p, struct err *e) {
	const char *bytes;
	int rc = jsn_str_opt(p->root, "", "data_base64", &bytes, e);
	if (rc)
		return rc;
	if (bytes &&
		b64_decode(bytes, strlen(bytes), &p->data, &p->data_len, e))
		return err_wrap(e, "data_base64");
	const json_t *data = json_object_get(p->root, "data");
	if (!bytes && !json_is_object(data))
		return err_set(e, ERR_SHAPE, "data must be an object");
	if (bytes)
		return p->data_len
			       ? 0
			       : err_set(e, ERR_SHAPE, "message has no data");
	p->data = jsn_compact(data);
	p->data_len = p->data ? strlen(p->data) : 0;
	return p->data ? 0 : err_nomem(e);
}

static int read_structured(
	struct push *p, const struct push_request *rq, struct err *e) {
	struct event v = {NULL};
	json_t *data;
	int rc = parse(p, rq, e);
	if (!rc)
		rc = jsn_str_opt(p->root, "", "id", &v.id, e);
	if (!rc)
		rc = jsn_str_opt(p->root, "", "source", &v.source, e);
	if (!rc)
		rc = jsn_str_opt(p->root, "", "type", &v.type, e);
	if (!rc)
		rc = jsn_str_opt(p->root, "", "time", &v.time, e);
	if (!rc)
		rc = check_event(&v, e);
	if (rc)
		return rc;
	if (strcmp(v.type, PUBLISHED) == 0) {
		rc = jsn_obj_opt(p->root, "", "data", &data, e);
		return rc ? rc : read_wrapped(p, data, "data", v.id, v.time, e);
	}
	rc = event_id(p, &v, &p->message_id, e);
	if (!rc)
		rc = push_read_time(p, v.time, "the time of the event", e);
	return rc ? rc : read_event_data(p, e);
}

/* ---- one or another ---- */

/* A job, where a message was looked for. */
static bool is_job(const json_t *o) {
	return json_object_get(o, "jobId") ||
	       json_object_get(o, "trainingInput") ||
	       json_object_get(o, "predictionInput");
}

static int read_plain(
	struct push *p, const struct push_request *rq, struct err *e) {
	int rc = parse(p, rq, e);
	if (rc)
		return rc;
	if (json_object_get(p->root, "message")) {
		p->shape = PUSH_WRAPPED;
		return read_wrapped(p, p->root, "", NULL, NULL, e);
	}
	if (json_object_get(p->root, "context") ||
		json_object_get(p->root, "eventId")) {
		p->shape = PUSH_BACKGROUND;
		return read_background(p, e);
	}
	p->shape = PUSH_BARE;
	return is_job(p->root) ? read_job(p, rq, e)
			       : read_wrapped(p, p->root, "", NULL, NULL, e);
}

static int read_shape(
	struct push *p, const struct push_request *rq, struct err *e) {
	const char *id = header(rq, METADATA "message-id");
	const char *type = header(rq, "content-type");
	if (id) {
		p->shape = PUSH_BARE;
		return read_bare(
			p, rq, id, header(rq, METADATA "publish-time"), e);
	}
	if (type && begins(type, BATCH))
		return err_set(e, ERR_SHAPE,
			"a batch of CloudEvents is not taken: send each alone");
	bool structured = type && begins(type, STRUCTURED);
	if (!structured && !header(rq, "ce-id"))
		return read_plain(p, rq, e);
	p->shape = PUSH_EVENT;
	return structured ? read_structured(p, rq, e) : read_binary(p, rq, e);
}

/* The request as it was before it was encoded; its body is in `plain` then. */
static int decode(const struct push_request *rq, struct buf *plain,
	struct push_request *ret, struct err *e) {
	const char *encoding = header(rq, "content-encoding");
	*ret = *rq;
	if (!encoding || strcasecmp(encoding, "identity") == 0)
		return 0;
	if (strcasecmp(encoding, "gzip") != 0 &&
		strcasecmp(encoding, "x-gzip") != 0) {
		(void)err_set(e, ERR_HTTP,
			"content encoding '%s' is not known: gzip is",
			encoding);
		e->http = 415;
		return ERR_HTTP;
	}
	int rc = gunzip(rq->body, rq->len, plain, e);
	if (rc)
		return err_wrap(e, "push body");
	ret->body = buf_str(plain);
	ret->len = plain->len;
	return 0;
}

int push_parse(
	const struct push_request *rq, struct push **ret, struct err *e) {
	auto_push struct push *p = mem_zero(1, sizeof *p);
	if (!p)
		return err_nomem(e);
	auto_buf struct buf plain;
	buf_init(&plain, rq->body_max);
	struct push_request decoded;
	p->subscription = "";
	p->publish_us = PUSH_NO_TIME;
	int rc = decode(rq, &plain, &decoded, e);
	if (!rc)
		rc = read_shape(p, &decoded, e);
	if (rc)
		return rc;
	*ret = TAKE(p);
	return 0;
}

int push_pulled(const json_t *message, const char *subscription,
	struct push **ret, struct err *e) {
	if (!json_is_object(message))
		return err_set(e, ERR_SHAPE, "what was pulled has no message");
	auto_push struct push *p = mem_zero(1, sizeof *p);
	if (!p)
		return err_nomem(e);
	p->shape = PUSH_PULLED;
	p->root = json_incref((json_t *)message);
	int rc = push_keep(
		&p->told, "subscription", subscription, &p->subscription, e);
	if (!rc)
		rc = push_read(p,
			&(struct push_source){message, "message", NULL, NULL},
			e);
	if (rc)
		return rc;
	*ret = TAKE(p);
	return 0;
}

void push_free(struct push *p) {
	if (!p)
		return;
	json_decref(p->root);
	json_decref(p->told);
	json_decref(p->marks);
	mem_free(p->data);
	mem_free(p);
}

const char *push_attribute(const struct push *p, const char *name) {
	return json_string_value(json_object_get(p->attributes, name));
}
