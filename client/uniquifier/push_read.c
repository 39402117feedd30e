/* SPDX-License-Identifier: MIT */
/* Source: facts pubsub.md, section 8.1: production and Google's emulator send
 * both spellings of id and time; fields may be absent when empty. */
#include <string.h>

#include "client/uniquifier/push_int.h"
#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

/* A string of two spellings, *ret = NULL when it has neither. */
static int two_names(const struct push_source *s, const char *name,
	const char *other, const char **ret, struct err *e) {
	const char *a, *b;
	int rc = jsn_str_opt(s->message, s->path, name, &a, e);
	if (!rc)
		rc = jsn_str_opt(s->message, s->path, other, &b, e);
	if (rc)
		return rc;
	if (a && b && strcmp(a, b) != 0)
		return err_set(e, ERR_SHAPE, "%s.%s and %s.%s differ", s->path,
			name, s->path, other);
	*ret = a ? a : b;
	return 0;
}

static int read_id(struct push *p, const struct push_source *s, struct err *e) {
	const char *id;
	int rc = two_names(s, "messageId", "message_id", &id, e);
	if (rc)
		return rc;
	if (id && s->id && strcmp(id, s->id) != 0)
		return err_set(e, ERR_SHAPE,
			"%s.messageId and the id of the event differ", s->path);
	if (!id)
		id = s->id;
	if (!id || !*id)
		return err_set(
			e, ERR_SHAPE, "%s.messageId is missing", s->path);
	p->message_id = id;
	return 0;
}

int push_read_time(
	struct push *p, const char *time, const char *path, struct err *e) {
	p->publish_us = PUSH_NO_TIME;
	if (time && when_parse(time, &p->publish_us, e))
		return err_wrap(e, "%s", path);
	return 0;
}

static int read_time(
	struct push *p, const struct push_source *s, struct err *e) {
	const char *time;
	int rc = two_names(s, "publishTime", "publish_time", &time, e);
	if (rc)
		return rc;
	if (!time)
		return push_read_time(p, s->time, "the time of the event", e);
	return when_parse(time, &p->publish_us, e)
		       ? err_wrap(e, "%s.publishTime", s->path)
		       : 0;
}

static int read_attributes(
	struct push *p, const struct push_source *s, struct err *e) {
	json_t *attributes;
	int rc = jsn_obj_opt(s->message, s->path, "attributes", &attributes, e);
	if (rc)
		return rc;
	const char *name;
	json_t *v;
	json_object_foreach (attributes, name, v) {
		if (!json_is_string(v))
			return err_set(e, ERR_SHAPE,
				"%s.attributes.%s is not a string", s->path,
				name);
	}
	p->attributes = attributes;
	return 0;
}

static int read_data(
	struct push *p, const struct push_source *s, struct err *e) {
	const char *data;
	int rc = jsn_str_opt(s->message, s->path, "data", &data, e);
	if (rc)
		return rc;
	if (!data || !*data)
		return err_set(e, ERR_SHAPE, "%s has no data", s->path);
	if (b64_decode(data, strlen(data), &p->data, &p->data_len, e))
		return err_wrap(e, "%s.data", s->path);
	return 0;
}

int push_read(struct push *p, const struct push_source *s, struct err *e) {
	int rc = read_id(p, s, e);
	if (!rc)
		rc = read_time(p, s, e);
	if (!rc)
		rc = read_attributes(p, s, e);
	return rc ? rc : read_data(p, s, e);
}

int push_read_bytes(struct push *p, const char *data, size_t n, struct err *e) {
	if (!n)
		return err_set(e, ERR_SHAPE, "message has no data");
	p->data = mem_dup(data, n);
	p->data_len = n;
	return p->data ? 0 : err_nomem(e);
}

int push_keep(json_t **object, const char *name, const char *value,
	const char **ret, struct err *e) {
	if (name[jsn_text_len(name)] || value[jsn_text_len(value)])
		return err_set(e, ERR_SHAPE, "a header is not UTF-8");
	if (!*object)
		*object = json_object();
	if (!*object || json_object_set_new(*object, name, json_string(value)))
		return err_nomem(e);
	*ret = json_string_value(json_object_get(*object, name));
	return 0;
}
