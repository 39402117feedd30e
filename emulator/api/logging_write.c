/* SPDX-License-Identifier: MIT */
/* logging.googleapis.com v2, entries.write. With partialSuccess entries stay
 * although the answer is an error, so the transaction is this file's own. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/allow.h"
#include "emulator/api/logging_entry.h"
#include "emulator/api/schema_logging.h"

#define PARTIAL_ERRORS                                                         \
	"type.googleapis.com/google.logging.v2.WriteLogEntriesPartialErrors"

struct writer {
	struct call *c;
	const json_t *request;
	json_t *errors; /* by the entry's index */
	size_t refused;
	char *allowed; /* the project that was asked last; NULL: none */
};

/* Who may not write to one of the projects writes nothing. */
static int check_project(struct writer *w, const char *project, size_t len) {
	if (!project || (w->allowed && strlen(w->allowed) == len &&
				!strncmp(w->allowed, project, len)))
		return ST_OK;
	mem_free(w->allowed);
	w->allowed = mem_dup(project, len);
	return w->allowed ? allow_need_project(w->c, project, len,
				    "logging.logEntries.create")
			  : call_nomem(w->c);
}

/* Notes why an entry is refused; the first one's reason is the answer's. */
static void note(struct writer *w, size_t index, struct status *st) {
	char key[24];
	(void)snprintf(key, sizeof key, "%zu", index);
	(void)json_object_set_new(w->errors, key,
		json_pack("{s:i, s:s}", "code", (int)st->code, "message",
			st->message));
	if (w->refused++ > 0)
		return;
	w->c->st = *st;
	*st = (struct status)STATUS_INIT; /* its details went along */
}

/* What lies too far in the future is taken and never seen again, as with the
 * service. */
static int keep(struct writer *w, const struct log_entry *en) {
	if (en->time_us > emu_now(w->c->em) + LOGS_AHEAD_US)
		return 0;
	return logs_add(w->c->em, en);
}

/* An error only when nothing more can be done. */
static int write_entry(struct writer *w, size_t index, const json_t *entry) {
	auto_status struct status st = STATUS_INIT;
	auto_logging_entry struct logging_entry le;
	int rc = logging_entry_make(w->c->em, w->request, entry, &le, &st);
	if (rc == ST_INTERNAL)
		return call_nomem(w->c);
	const char *project = le.project;
	int refused = check_project(w, project, project ? strlen(project) : 0);
	if (refused)
		return refused;
	if (rc)
		note(w, index, &st);
	else if (keep(w, &le.en))
		return status_set(&w->c->st, ST_INTERNAL,
			"Internal error: the entry could not be written.");
	return ST_OK;
}

static int write_all(struct writer *w) {
	const json_t *entries = json_object_get(w->request, "entries"), *entry;
	size_t i, len = 0;
	const char *name =
		json_string_value(json_object_get(w->request, "logName"));
	const char *project = name ? logging_project(name, &len) : NULL;
	int may = check_project(w, project, len);
	if (may)
		return may;
	if (json_array_size(entries) == 0)
		return status_violation(&w->c->st, "entries",
			"At least one log entry is required.");
	json_array_foreach (entries, i, entry) {
		int rc = write_entry(w, i, entry);
		if (rc)
			return rc;
	}
	return ST_OK;
}

static bool is_set(const struct writer *w, const char *key) {
	return json_is_true(json_object_get(w->request, key));
}

static void add_errors(struct writer *w) {
	struct status *st = &w->c->st;
	if (!st->details)
		st->details = json_array();
	(void)json_array_append_new(
		st->details, json_pack("{s:s, s:O}", "@type", PARTIAL_ERRORS,
				     "logEntryErrors", w->errors));
}

/* Ends the transaction: what stays, stays now. */
static int settle(struct writer *w, int rc) {
	size_t all = json_array_size(json_object_get(w->request, "entries"));
	bool partial = w->refused < all && is_set(w, "partialSuccess");
	if (rc || is_set(w, "dryRun") || (w->refused && !partial)) {
		emu_rollback(w->c->em);
	} else if (emu_commit(w->c->em)) {
		return status_set(&w->c->st, ST_INTERNAL,
			"Internal error: the state could not be written.");
	}
	if (rc || !w->refused)
		return rc;
	if (partial)
		add_errors(w);
	return (int)w->c->st.code;
}

int logging_entries_write(struct call *c) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_logging_write, "", &body);
	if (rc)
		return rc;
	auto_json json_t *errors = json_object();
	if (!errors)
		return call_nomem(c);
	struct writer w = {.c = c, .request = body, .errors = errors};
	emu_begin(c->em);
	rc = settle(&w, write_all(&w));
	mem_free(w.allowed);
	return rc;
}
