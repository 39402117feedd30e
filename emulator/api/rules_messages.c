/* SPDX-License-Identifier: MIT */
/* Publish, pull and acknowledge. */
#include <stdio.h>
#include <string.h>

#include "emulator/api/rules_int.h"
#include "emulator/api/rules_pubsub.h"

#define REQUEST_MAX 10000000 /* bytes of the request as protobuf */
#define MESSAGES_MAX 1000
#define ATTRIBUTES_MAX 100
#define ATTRIBUTE_KEY_MAX 256
#define ATTRIBUTE_VALUE_MAX 1024
#define ORDERING_KEY_MAX 1024
#define ACK_DEADLINE_MAX 600

#define TOO_SMALL                                                              \
	"The value for %s is too small. You passed %zu in the request, but "   \
	"the minimum value is %d."
#define TOO_LARGE                                                              \
	"The value for %s is too large. You passed %zu in the request, but "   \
	"the maximum value is %d."

/* guess: that these are refused is documented, the words are not; they follow
 * those of message_count. */
#define ATTRIBUTE_COUNT "attribute_count"
#define ATTRIBUTE_KEY "attribute_key_size"
#define ATTRIBUTE_VALUE "attribute_value_size"
#define ORDERING_KEY "ordering_key_size"
#define KEY_RESERVED                                                           \
	"You have passed an invalid argument to the service "                  \
	"(argument=attribute key \"%.300s\" starts with \"goog\")."

#define refuse(st, ...) status_set(st, ST_INVALID_ARGUMENT, __VA_ARGS__)

static int check_attributes(const json_t *message, struct status *st) {
	json_t *attributes = json_object_get(message, "attributes");
	size_t count = json_object_size(attributes);
	if (count > ATTRIBUTES_MAX)
		return refuse(
			st, TOO_LARGE, ATTRIBUTE_COUNT, count, ATTRIBUTES_MAX);
	const char *key;
	json_t *v;
	json_object_foreach (attributes, key, v) {
		size_t key_len = strlen(key), len = json_string_length(v);
		if (key_len == 0)
			return refuse(st, TOO_SMALL, ATTRIBUTE_KEY, key_len, 1);
		if (key_len > ATTRIBUTE_KEY_MAX)
			return refuse(st, TOO_LARGE, ATTRIBUTE_KEY, key_len,
				ATTRIBUTE_KEY_MAX);
		if (strncmp(key, "goog", 4) == 0)
			return refuse(st, KEY_RESERVED, key);
		if (len > ATTRIBUTE_VALUE_MAX)
			return refuse(st, TOO_LARGE, ATTRIBUTE_VALUE, len,
				ATTRIBUTE_VALUE_MAX);
	}
	return ST_OK;
}

static int check_message(const json_t *message, struct status *st) {
	if (!json_object_get(message, "data") &&
		!json_object_get(message, "attributes"))
		return refuse(st,
			"One or more messages in the publish request is empty. "
			"Each message must contain either non-empty data, or "
			"at least one attribute.");
	size_t len =
		json_string_length(json_object_get(message, "orderingKey"));
	if (len > ORDERING_KEY_MAX)
		return refuse(
			st, TOO_LARGE, ORDERING_KEY, len, ORDERING_KEY_MAX);
	return check_attributes(message, st);
}

int rules_pubsub_publish(const json_t *request, struct status *st) {
	const json_t *messages = json_object_get(request, "messages");
	size_t count = json_array_size(messages);
	if (count == 0)
		return refuse(st, TOO_SMALL, "message_count", count, 1);
	if (count > MESSAGES_MAX)
		return refuse(
			st, TOO_LARGE, "message_count", count, MESSAGES_MAX);
	size_t i;
	json_t *message;
	json_array_foreach (messages, i, message) {
		int rc = check_message(message, st);
		if (rc)
			return rc;
	}
	return ST_OK;
}

/* How long a field is on the wire: its tag, its length, itself. */
static size_t wire(size_t len) {
	size_t size = 2 + len;
	for (size_t n = len; n >= 0x80; n >>= 7)
		size++;
	return size;
}

static size_t wire_text(const json_t *text) {
	return text ? wire(json_string_length(text)) : 0;
}

static size_t wire_message(const json_t *message) {
	const json_t *data = json_object_get(message, "data");
	size_t len = json_string_length(data);
	const char *end = len ? json_string_value(data) + len : NULL;
	size_t bytes = len / 4 * 3;
	if (len)
		bytes -= (end[-1] == '=') + (size_t)(end[-2] == '=');
	size_t size = data ? wire(bytes) : 0;
	const char *key;
	json_t *v;
	json_object_foreach (json_object_get(message, "attributes"), key, v)
		size += wire(wire(strlen(key)) + wire_text(v));
	return size + wire_text(json_object_get(message, "orderingKey"));
}

int rules_pubsub_publish_size(
	const json_t *request, size_t topic_len, struct status *st) {
	size_t size = wire(topic_len), i;
	json_t *message;
	json_array_foreach (json_object_get(request, "messages"), i, message)
		size += wire(wire_message(message));
	return size > REQUEST_MAX ? refuse(st, TOO_LARGE, "request_size", size,
					    REQUEST_MAX)
				  : ST_OK;
}

int rules_pubsub_pull(const json_t *request, struct status *st) {
	if (rules_int(request, "maxMessages") > 0)
		return ST_OK;
	return refuse(st, "You have passed an invalid argument to the service "
			  "(argument=max_messages).");
}

int rules_pubsub_acknowledge(const json_t *request, struct status *st) {
	if (json_array_size(json_object_get(request, "ackIds")) > 0)
		return ST_OK;
	return refuse(st, "You have not specified an ack ID in the request.");
}

int rules_pubsub_modify_ack_deadline(const json_t *request, struct status *st) {
	json_int_t n = rules_int(request, "ackDeadlineSeconds");
	if (n < 0 || n > ACK_DEADLINE_MAX)
		return refuse(st,
			"Invalid ack deadline given (ack_deadline=%lld). The "
			"ack deadline must be between 0 and 600 seconds.",
			(long long)n);
	return rules_pubsub_acknowledge(request, st);
}
