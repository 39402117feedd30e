/* SPDX-License-Identifier: MIT */
#include "client/ctl/logline.h"

#include <string.h>

#include "client/ctl/clean.h"
#include "common/when.h"

static const char *text(const json_t *o, const char *name) {
	return json_string_value(json_object_get(o, name));
}

/* The first label of these names; the older services wrote other ones. */
static const char *label(const json_t *entry, const char *name,
	const char *long_name, const char *dflt) {
	const json_t *labels = json_object_get(entry, "labels");
	const char *s = text(labels, name);
	if (!s)
		s = text(labels, long_name);
	return s ? s : dflt;
}

static const char *task_of(const json_t *entry) {
	const json_t *resource = json_object_get(entry, "resource");
	const char *s = text(json_object_get(resource, "labels"), "task_name");
	return s ? s
		 : label(entry, "task_name", "ml.googleapis.com/task_name",
			   "unknown_task");
}

static const char *message_of(const json_t *entry) {
	const char *s = text(json_object_get(entry, "jsonPayload"), "message");
	if (!s)
		s = text(entry, "textPayload");
	return s ? s : "";
}

/* 2026-03-09 00:00:05 +0000; what is no time is shown as it is. */
static void add_time(const char *s, struct buf *ret) {
	int64_t us;
	char at[WHEN_TEXT_MAX];
	if (when_parse(s, &us, NULL) == 0) {
		when_format(us, 0, at);
		(void)buf_addf(ret, "%.10s %.8s +0000", at, at + 11);
	} else {
		clean_add(s, strlen(s), ret);
	}
}

static void add_column(const char *s, struct buf *ret) {
	clean_add(s, strlen(s), ret);
	(void)buf_addc(ret, '\t');
}

/* The text keeps its tabs. */
static void add_text(const char *s, size_t n, struct buf *ret) {
	const char *tab;
	while ((tab = memchr(s, '\t', n))) {
		(void)clean_add(s, (size_t)(tab - s), ret);
		(void)buf_addc(ret, '\t');
		n -= (size_t)(tab - s) + 1;
		s = tab + 1;
	}
	(void)clean_add(s, n, ret);
}

int logline_add(const json_t *entry, struct buf *ret) {
	const char *severity = text(entry, "severity");
	const char *time = text(entry, "timestamp");
	const char *message = message_of(entry);
	do {
		size_t n = strcspn(message, "\r\n");
		add_column(severity ? severity : "DEFAULT", ret);
		add_time(time ? time : "", ret);
		(void)buf_addc(ret, '\t');
		add_column(task_of(entry), ret);
		add_column(label(entry, "trial_id",
				   "ml.googleapis.com/trial_id", ""),
			ret);
		add_text(message, n, ret);
		(void)buf_addc(ret, '\n');
		message += n;
		message += strncmp(message, "\r\n", 2) == 0 ? 2 : *message != 0;
	} while (*message);
	return ret->failed;
}
