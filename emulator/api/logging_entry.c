/* SPDX-License-Identifier: MIT */
/* Source: the descriptions in the generated client of logging v2, and the page
 * "Quotas and limits" of Cloud Logging. */
#include "emulator/api/logging_entry.h"

#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/log_filter.h"
#include "emulator/api/proto.h"
#include "emulator/api/schema_logging.h"

#define LOG_ID_MAX 511
#define INSERT_ID_MAX 512
#define LABELS_MAX 64
#define KEY_MAX 512
#define VALUE_MAX 65536
#define ELLIPSIS "..."

static bool is_id_char(int c) {
	return c > 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789/_-.",
				c) != NULL;
}

/* A log's id in the one way to write it: only the slash is escaped. False when
 * it is none. */
static bool read_log_id(const char *s, struct buf *ret) {
	size_t len = 0;
	for (; *s; s++, len++) {
		int c = *s == '%' ? hex_pair(s + 1) : *s == '/' ? -1 : *s;
		if (!is_id_char(c))
			return false;
		if (*s == '%')
			s += 2;
		if (c == '/')
			(void)buf_adds(ret, "%2F");
		else
			(void)buf_addc(ret, (char)c);
	}
	return len > 0 && len <= LOG_ID_MAX;
}

bool logging_other_parent(const char *name) {
	static const char *const parents[] = {
		"organizations/", "folders/", "billingAccounts/"};
	for (size_t i = 0; i < sizeof parents / sizeof parents[0]; i++)
		if (!strncmp(name, parents[i], strlen(parents[i])))
			return true;
	return false;
}

const char *logging_project(const char *name, size_t *ret_len) {
	static const char before[] = "projects/", between[] = "/logs/";
	name += *name == '/'; /* an old form */
	const char *project = name + sizeof before - 1;
	const char *id = strstr(name, between);
	if (strncmp(name, before, sizeof before - 1) != 0 || !id ||
		id <= project || memchr(project, '/', (size_t)(id - project)))
		return NULL;
	*ret_len = (size_t)(id - project);
	return project;
}

/* projects/PROJECT/logs/LOG */
static int take_name(
	struct logging_entry *le, const char *name, struct status *st) {
	static const char between[] = "/logs/";
	size_t len = 0;
	if (!name)
		return status_violation(st, "log_name",
			"A log name must be specified for all log entries.");
	const char *project = logging_project(name, &len);
	name += *name == '/';
	if (logging_other_parent(name))
		return status_set(st, ST_UNIMPLEMENTED,
			"Logs of something else than a project are not "
			"emulated yet by train-emulator.");
	auto_buf struct buf log;
	buf_init(&log, 3 * LOG_ID_MAX);
	if (!project || !read_log_id(project + len + sizeof between - 1, &log))
		return status_violation(st, "log_name",
			"'%.600s' is not a log name such as "
			"projects/[PROJECT_ID]/logs/[LOG_ID].",
			name);
	le->project = mem_dup(project, len);
	le->log = buf_take(&log, NULL);
	if (!le->project || !le->log)
		return status_nomem(st);
	auto_free char *full =
		mem_printf("projects/%s%s%s", le->project, between, le->log);
	if (!full ||
		json_object_set_new(le->json, "logName", json_string(full)) < 0)
		return status_nomem(st);
	return ST_OK;
}

/* The resource, which always says its project. */
static int take_resource(
	struct logging_entry *le, const json_t *resource, struct status *st) {
	const char *type = json_string_value(json_object_get(resource, "type"));
	if (!type)
		return status_violation(st, "resource",
			"A monitored resource with a type must be specified "
			"for all log entries.");
	auto_json json_t *labels =
		json_pack("{s:s}", "project_id", le->project);
	json_t *own = json_object_get(resource, "labels");
	if (!labels || (own && json_object_update(labels, own) < 0))
		return status_nomem(st);
	auto_json json_t *made =
		json_pack("{s:s, s:O}", "type", type, "labels", labels);
	if (!made || json_object_set(le->json, "resource", made) < 0)
		return status_nomem(st);
	le->en.type = json_string_value(json_object_get(made, "type"));
	le->en.job_id = json_string_value(json_object_get(labels, "job_id"));
	le->en.task = json_string_value(json_object_get(labels, "task_name"));
	return ST_OK;
}

/* The text, or the beginning of one that is too long, cut between characters;
 * the caller frees it. */
static char *shorten(const char *s, size_t max) {
	size_t n = strlen(s);
	if (n <= max)
		return mem_strdup(s);
	n = max - strlen(ELLIPSIS);
	while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return mem_printf("%.*s" ELLIPSIS, (int)n, s);
}

static int add_labels(json_t *to, const json_t *labels) {
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)labels, key, value) {
		auto_free char *k = shorten(key, KEY_MAX);
		auto_free char *v =
			shorten(json_string_value(value), VALUE_MAX);
		if (!k || !v || json_object_set_new(to, k, json_string(v)) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

/* The entry's own labels, and of the request's those that it has not. */
static int take_labels(struct logging_entry *le, const json_t *request,
	const json_t *entry, struct status *st) {
	auto_json json_t *labels = json_object();
	if (!labels || add_labels(labels, json_object_get(request, "labels")) ||
		add_labels(labels, json_object_get(entry, "labels")))
		return status_nomem(st);
	if (json_object_size(labels) > LABELS_MAX)
		return status_violation(st, "labels",
			"An entry may have at most %d labels.", LABELS_MAX);
	if (json_object_size(labels) > 0 &&
		json_object_set(le->json, "labels", labels) < 0)
		return status_nomem(st);
	return ST_OK;
}

static int set_time(struct logging_entry *le, const char *key, int64_t us) {
	char text[WHEN_TEXT_MAX];
	when_format(us, 9, text);
	return json_object_set_new(le->json, key, json_string(text));
}

static int take_times(
	struct emu *em, struct logging_entry *le, struct status *st) {
	int64_t now = emu_now(em), us = now;
	const char *sent =
		json_string_value(json_object_get(le->json, "timestamp"));
	if (sent && (when_parse(sent, &us, NULL) || log_means_now(em, us)))
		us = now;
	le->en.time_us = us;
	if (set_time(le, "timestamp", us) < 0 ||
		set_time(le, "receiveTimestamp", now) < 0)
		return status_nomem(st);
	return ST_OK;
}

static int take_insert_id(
	struct emu *em, struct logging_entry *le, struct status *st) {
	const char *sent =
		json_string_value(json_object_get(le->json, "insertId"));
	if (sent && strlen(sent) > INSERT_ID_MAX)
		return status_violation(st, "insert_id",
			"An insert_id may have at most %d bytes.",
			INSERT_ID_MAX);
	if (!sent) {
		logs_next_id(em, le->id);
		if (json_object_set_new(
			    le->json, "insertId", json_string(le->id)) < 0)
			return status_nomem(st);
	}
	le->en.insert_id =
		json_string_value(json_object_get(le->json, "insertId"));
	return ST_OK;
}

static void take_severity(struct logging_entry *le) {
	const char *name =
		json_string_value(json_object_get(le->json, "severity"));
	for (int i = 0; name && log_severity_names[i]; i++)
		if (!strcmp(name, log_severity_names[i]))
			le->en.severity = i * LOG_SEVERITY_STEP;
}

/* The whole of it as text. The words of the refusal are the service's. */
static int take_body(struct logging_entry *le, struct status *st) {
	auto_json json_t *in_order =
		proto_arrange(&schema_logging_entry, le->json);
	le->body = in_order ? jsn_compact(in_order) : NULL;
	if (!le->body)
		return status_nomem(st);
	size_t len = strlen(le->body);
	if (len > LOGS_ENTRY_MAX)
		return status_set(st, ST_INVALID_ARGUMENT,
			"Log entry with size %.1fK exceeds maximum size of "
			"%.1fK",
			(double)len / 1024, LOGS_ENTRY_MAX / 1024.0);
	le->en.body = le->body;
	le->en.project = le->project;
	le->en.log = le->log;
	return ST_OK;
}

/* What an entry says, or else the request. */
static const json_t *either(
	const json_t *entry, const json_t *request, const char *key) {
	const json_t *own = json_object_get(entry, key);
	return own ? own : json_object_get(request, key);
}

int logging_entry_make(struct emu *em, const json_t *request,
	const json_t *entry, struct logging_entry *ret, struct status *st) {
	int rc;
	*ret = (struct logging_entry){.json = json_copy((json_t *)entry)};
	if (!ret->json)
		return status_nomem(st);
	if ((rc = take_name(ret,
		     json_string_value(either(entry, request, "logName")),
		     st)) ||
		(rc = take_resource(
			 ret, either(entry, request, "resource"), st)) ||
		(rc = take_labels(ret, request, entry, st)) ||
		(rc = take_times(em, ret, st)) ||
		(rc = take_insert_id(em, ret, st)))
		return rc;
	take_severity(ret);
	return take_body(ret, st);
}

void logging_entry_done(struct logging_entry *le) {
	json_decref(le->json);
	mem_free(le->project);
	mem_free(le->log);
	mem_free(le->body);
}
