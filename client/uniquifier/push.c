/* SPDX-License-Identifier: MIT */
/* Source: facts pubsub.md, section 8.1: production and Google's emulator send
 * both spellings of id and time; fields may be absent when empty. */
#include "client/uniquifier/push.h"

#include <string.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

/* A string of two spellings, *ret = NULL when it has neither. */
static int two_names(const json_t *message, const char *name, const char *other,
	const char **ret, struct err *e) {
	const char *a, *b;
	int rc = jsn_str_opt(message, "message", name, &a, e);
	if (!rc)
		rc = jsn_str_opt(message, "message", other, &b, e);
	if (rc)
		return rc;
	if (a && b && strcmp(a, b) != 0)
		return err_set(e, ERR_SHAPE, "message.%s and message.%s differ",
			name, other);
	*ret = a ? a : b;
	return 0;
}

static int read_id(struct push *p, const json_t *message, struct err *e) {
	const char *id;
	int rc = two_names(message, "messageId", "message_id", &id, e);
	if (rc)
		return rc;
	if (!id || !*id)
		return err_set(e, ERR_SHAPE, "message.messageId is missing");
	p->message_id = id;
	return 0;
}

static int read_time(struct push *p, const json_t *message, struct err *e) {
	const char *time;
	int rc = two_names(message, "publishTime", "publish_time", &time, e);
	p->publish_us = PUSH_NO_TIME;
	if (rc || !time)
		return rc;
	if (when_parse(time, &p->publish_us, e))
		return err_wrap(e, "message.publishTime");
	return 0;
}

static int read_attributes(
	struct push *p, const json_t *message, struct err *e) {
	json_t *attributes;
	int rc = jsn_obj_opt(message, "message", "attributes", &attributes, e);
	if (rc)
		return rc;
	const char *name;
	json_t *v;
	json_object_foreach (attributes, name, v) {
		if (!json_is_string(v))
			return err_set(e, ERR_SHAPE,
				"message.attributes.%s is not a string", name);
	}
	p->attributes = attributes;
	return 0;
}

static int read_data(struct push *p, const json_t *message, struct err *e) {
	const char *data;
	int rc = jsn_str_opt(message, "message", "data", &data, e);
	if (rc)
		return rc;
	if (!data || !*data)
		return err_set(e, ERR_SHAPE, "message has no data");
	if (b64_decode(data, strlen(data), &p->data, &p->data_len, e))
		return err_wrap(e, "message.data");
	return 0;
}

int push_parse(const char *bytes, size_t n, struct push **ret, struct err *e) {
	auto_push struct push *p = mem_zero(1, sizeof *p);
	if (!p)
		return err_nomem(e);
	p->root = jsn_parse(bytes, n, false, e);
	if (!p->root)
		return err_wrap(e, "push body");
	if (!json_is_object(p->root))
		return err_set(e, ERR_SHAPE, "push body is not a JSON object");
	json_t *message;
	const char *subscription;
	int rc = jsn_obj_opt(p->root, "", "message", &message, e);
	if (!rc)
		rc = jsn_str_opt(p->root, "", "subscription", &subscription, e);
	if (rc)
		return rc;
	if (!message)
		return err_set(e, ERR_SHAPE, "push body has no message");
	p->subscription = subscription ? subscription : "";
	rc = read_id(p, message, e);
	if (!rc)
		rc = read_time(p, message, e);
	if (!rc)
		rc = read_attributes(p, message, e);
	if (!rc)
		rc = read_data(p, message, e);
	if (rc)
		return rc;
	*ret = TAKE(p);
	return 0;
}

void push_free(struct push *p) {
	if (!p)
		return;
	json_decref(p->root);
	mem_free(p->data);
	mem_free(p);
}

const char *push_attribute(const struct push *p, const char *name) {
	return json_string_value(json_object_get(p->attributes, name));
}
