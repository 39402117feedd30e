/* SPDX-License-Identifier: MIT */
/* Stored entries, and what every entry looks like. */
#include "emulator/core/logs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/core/log_lines.h"

const char *const log_severity_names[] = {"DEFAULT", "DEBUG", "INFO", "NOTICE",
	"WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY", NULL};

/* Where the ring stands: the number of its last entry, and the bytes of all
 * there ever were up to it. */
struct ring_end {
	int64_t id, upto;
};

static struct ring_end ring_end(struct emu *em, enum store_q which) {
	struct ring_end end = {0, 0};
	struct store_rows *r = store_query(em->store, which, "");
	if (store_next(r))
		end = (struct ring_end){store_i64(r, 0), store_i64(r, 1)};
	store_end(r);
	return end;
}

/* The oldest go, one by one, until the rest is small enough. */
static int drop_old(struct emu *em, const struct ring_end *last) {
	for (;;) {
		struct ring_end first = ring_end(em, Q_LOG_FIRST);
		if (first.id > last->id - LOGS_MAX &&
			first.upto > last->upto - LOGS_BYTES_MAX)
			return 0;
		if (store_run(em->store, Q_LOG_DEL, "i", first.id))
			return ERR_IO;
	}
}

/* Between what a job's start and its end say at the same instant: log_lines.c
 * counts from 0 and from 2. */
static void make_id(int64_t id, char ret[static LOGS_ID_MAX]) {
	(void)snprintf(ret, LOGS_ID_MAX, "1%015" PRIx64, (uint64_t)id);
}

void logs_next_id(struct emu *em, char ret[static LOGS_ID_MAX]) {
	make_id(ring_end(em, Q_LOG_LAST).id + 1, ret);
}

int logs_add(struct emu *em, const struct log_entry *en) {
	struct ring_end last = ring_end(em, Q_LOG_LAST);
	last.id++;
	last.upto += (int64_t)strlen(en->body);
	int rc = store_run(em->store, Q_LOG_ADD, "iititittttt", last.id,
		last.upto, en->project, en->time_us, en->insert_id,
		(int64_t)en->severity, en->log, en->type, en->job_id, en->task,
		en->body);
	if (!rc && store_changes(em->store) > 0)
		rc = drop_old(em, &last);
	return rc;
}

int logs_line(struct emu *em, const char *project, const char *job_id,
	const char *task, int severity, const char *text) {
	char id[LOGS_ID_MAX];
	logs_next_id(em, id);
	struct log_entry en = {.project = project,
		.time_us = emu_now(em),
		.insert_id = id,
		.severity = severity,
		.log = task,
		.type = LOG_TYPE_JOB,
		.job_id = job_id,
		.task = task,
		.text = text};
	auto_buf struct buf body;
	buf_init(&body, LOGS_ENTRY_MAX);
	int rc = logs_write(&en, &body);
	if (rc)
		return rc;
	en.body = body.p;
	return logs_add(em, &en);
}

static void add_member(struct buf *b, const char *name, const char *text) {
	(void)buf_addf(b, "\"%s\":", name);
	(void)jsn_quote(b, text);
}

static void add_payload(
	struct buf *b, const struct log_entry *en, bool service) {
	if (service) {
		add_member(b, "textPayload", en->text);
		(void)buf_addc(b, ',');
	}
	add_member(b, "insertId", en->insert_id);
	if (service)
		return;
	(void)buf_adds(b, ",\"jsonPayload\":{");
	add_member(b, "levelname",
		log_severity_names[en->severity / LOG_SEVERITY_STEP]);
	(void)buf_addc(b, ',');
	add_member(b, "message", en->text);
	(void)buf_addc(b, '}');
}

static void add_resource(struct buf *b, const struct log_entry *en) {
	(void)buf_adds(b, ",\"resource\":{\"type\":\"ml_job\",\"labels\":{");
	add_member(b, "job_id", en->job_id);
	(void)buf_addc(b, ',');
	add_member(b, "project_id", en->project);
	(void)buf_addc(b, ',');
	add_member(b, "task_name", en->task);
	(void)buf_adds(b, "}}");
}

static void add_labels(
	struct buf *b, const struct log_entry *en, bool service) {
	(void)buf_adds(b, ",\"labels\":{");
	if (service) {
		(void)buf_adds(b, "\"ml.googleapis.com/endpoint\":\"\"}");
		return;
	}
	add_member(b, "ml.googleapis.com/job_id", en->job_id);
	(void)buf_adds(b, ",\"ml.googleapis.com/trial_id\":\"\"}");
}

static void add_log_name(struct buf *b, const struct log_entry *en) {
	auto_free char *name =
		mem_printf("projects/%s/logs/%s", en->project, en->log);
	(void)buf_addc(b, ',');
	if (name)
		add_member(b, "logName", name);
	else
		b->failed = ERR_NOMEM;
}

/* A line of a job, in the order of LogEntry's tag numbers. The service speaks
 * in plain text, replicas in JSON. */
static void write_line(struct buf *b, const struct log_entry *en) {
	bool service = !strcmp(en->task, LOG_TASK_SERVICE);
	char when[WHEN_TEXT_MAX];
	when_format(en->time_us, 9, when);
	(void)buf_addc(b, '{');
	add_payload(b, en, service);
	add_resource(b, en);
	(void)buf_addf(b, ",\"timestamp\":\"%s\"", when);
	if (en->severity)
		(void)buf_addf(b, ",\"severity\":\"%s\"",
			log_severity_names[en->severity / LOG_SEVERITY_STEP]);
	add_labels(b, en, service);
	add_log_name(b, en);
	(void)buf_addf(b, ",\"receiveTimestamp\":\"%s\"}", when);
}

int logs_write(const struct log_entry *en, struct buf *ret) {
	if (en->body)
		return buf_adds(ret, en->body);
	auto_buf struct buf command;
	buf_init(&command, LOGS_ENTRY_MAX);
	struct log_entry line = *en;
	if (!line.text) {
		int rc = log_command(en->input, &command);
		if (rc)
			return rc;
		line.text = command.p;
	}
	write_line(ret, &line);
	return ret->failed;
}

static void read_entry(struct store_rows *r, struct log_entry *ret) {
	*ret = (struct log_entry){.project = store_text(r, 0),
		.time_us = store_i64(r, 1),
		.insert_id = store_text(r, 2),
		.severity = (int)store_i64(r, 3),
		.log = store_text(r, 4),
		.type = store_text(r, 5),
		.job_id = store_text(r, 6),
		.task = store_text(r, 7),
		.body = store_text(r, 8)};
}

static void each_stored(
	struct emu *em, struct logs_range *r, logs_see *see, void *ctx) {
	static const enum store_q queries[2][2] = {{Q_LOG_OLDEST, Q_LOG_NEWEST},
		{Q_LOG_OLDEST_OF_JOB, Q_LOG_NEWEST_OF_JOB}};
	enum store_q q = queries[r->job_id != NULL][r->newest_first];
	struct store_rows *rows =
		r->job_id ? store_query(em->store, q, "tiit", r->project,
				    r->from_us, r->to_us, r->job_id)
			  : store_query(em->store, q, "tii", r->project,
				    r->from_us, r->to_us);
	while (store_next(rows)) {
		struct log_entry en;
		read_entry(rows, &en);
		if (en.time_us < r->from_us || en.time_us > r->to_us)
			break; /* narrowed in the meantime */
		see(ctx, r, &en);
	}
	store_end(rows);
}

void logs_each(struct emu *em, struct logs_range r, logs_see *see, void *ctx) {
	int64_t now = emu_now(em);
	if (r.from_us < now - LOGS_KEPT_US)
		r.from_us = now - LOGS_KEPT_US;
	if (r.to_us > now + LOGS_AHEAD_US)
		r.to_us = now + LOGS_AHEAD_US;
	each_stored(em, &r, see, ctx);
	log_lines_each(em, &r, see, ctx);
}
