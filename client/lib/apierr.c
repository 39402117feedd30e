/* SPDX-License-Identifier: MIT */
/* Google's error bodies. What is copied out of an answer is cut to one line
 * without control characters, for it ends up on terminals and in logs. */
#include <stdio.h>
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/when.h"

#define DETAIL(name) "type.googleapis.com/google.rpc." name

/* Copies a string member if there is one. */
static void copy(const json_t *o, const char *key, char *ret, size_t max) {
	const char *s = json_string_value(json_object_get(o, key));
	if (!s)
		return;
	(void)snprintf(ret, max, "%s", s);
	ret[jsn_text_len(ret)] = '\0'; /* cut within a character */
	err_one_line(ret);
}

static void read_detail(const json_t *detail, struct train_error *ret) {
	const char *type = json_string_value(json_object_get(detail, "@type"));
	if (!type)
		return;
	if (strcmp(type, DETAIL("ErrorInfo")) == 0)
		copy(detail, "reason", ret->reason, sizeof ret->reason);
	const char *delay =
		json_string_value(json_object_get(detail, "retryDelay"));
	int64_t us;
	if (strcmp(type, DETAIL("RetryInfo")) == 0 && delay &&
		duration_parse_proto(delay, &us, NULL) == 0 && us >= 0)
		ret->after_us = us;
}

void apierr_parse(
	int http, const char *body, size_t len, struct train_error *ret) {
	*ret = (struct train_error){.after_us = -1};
	(void)err_set(
		&ret->err, ERR_HTTP, "HTTP %d without an error message", http);
	ret->err.http = http;
	auto_json json_t *root = jsn_parse(body, len, false, NULL);
	const json_t *error = json_object_get(
		json_is_array(root) ? json_array_get(root, 0) : root, "error");
	if (!json_is_object(error))
		return;
	const char *message =
		json_string_value(json_object_get(error, "message"));
	if (message && *message)
		copy(error, "message", ret->err.msg, sizeof ret->err.msg);
	copy(error, "status", ret->status, sizeof ret->status);
	size_t i;
	const json_t *detail;
	json_array_foreach (json_object_get(error, "details"), i, detail)
		read_detail(detail, ret);
}

void apierr_local(struct train_error *ret, const struct err *e) {
	*ret = (struct train_error){.err = *e, .after_us = -1};
}
