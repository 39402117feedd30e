/* SPDX-License-Identifier: MIT */
/* What is asked most often is in the entry itself; for anything else its JSON
 * is made and parsed, once. */
#include "emulator/api/log_filter.h"

#include <string.h>

#include "common/jsn.h"
#include "common/when.h"
#include "emulator/api/filter_json.h"
#include "emulator/api/schema_logging.h"

#define CHARS_MAX 20000
#define NEAR_US (60 * US_PER_S)

enum {
	BY_BODY,
	BY_TIME,
	BY_INSERT_ID,
	BY_SEVERITY,
	BY_TYPE,
	BY_JOB,
	BY_TASK,
	BY_ANYTHING
};

/* Those that an entry has beside its JSON. */
static const struct {
	const char *name[3];
	int id;
} fields[] = {
	{{"timestamp"}, BY_TIME},
	{{"insertId"}, BY_INSERT_ID},
	{{"severity"}, BY_SEVERITY},
	{{"resource", "type"}, BY_TYPE},
	{{"resource", "labels", "job_id"}, BY_JOB},
	{{"resource", "labels", "task_name"}, BY_TASK},
};

static bool is_path(const struct filter_path *p, const char *const name[3]) {
	for (size_t i = 0; i < 3; i++) {
		if (!name[i])
			return p->len == i;
		if (i >= p->len || strcmp(name[i], p->name[i]) != 0)
			return false;
	}
	return p->len == 3;
}

static bool find_field(
	void *ctx, struct filter_path *p, struct filter_field *ret) {
	(void)ctx;
	if (p->len == 0) {
		*ret = (struct filter_field){
			.id = BY_ANYTHING, .type = FILTER_TEXT};
		return true;
	}
	if (!filter_json_find(&schema_logging_entry, p, ret))
		return false;
	ret->id = BY_BODY;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (is_path(p, fields[i].name))
			ret->id = fields[i].id;
	/* texts are compared whatever their case, but ids are ids */
	if (ret->type == FILTER_STRING && ret->id != BY_INSERT_ID &&
		ret->id != BY_JOB)
		ret->type = FILTER_TEXT;
	return true;
}

bool log_means_now(const struct emu *em, int64_t us) {
	int64_t real = clock_now_us(&clock_real);
	return em->clock.mode != VCLOCK_REAL && us >= real - NEAR_US &&
	       us <= real + NEAR_US;
}

static int refuse(struct status *st, const struct err *e) {
	switch (e->code) {
	case ERR_NOMEM:
		return status_from_err(st, e);
	case ERR_STATE:
		return status_set(
			st, ST_UNIMPLEMENTED, "In a filter, %s.", e->msg);
	case ERR_SYNTAX:
	case ERR_TOOBIG:
		return status_set(st, ST_INVALID_ARGUMENT,
			"Unparseable filter: %s", e->msg);
	}
	return status_set(
		st, ST_INVALID_ARGUMENT, "Invalid filter: %s", e->msg);
}

int log_filter_parse(const struct emu *em, const char *text,
	struct filter **ret, struct status *st) {
	static const struct filter_lang lang = {
		.chars_max = CHARS_MAX, .find = find_field};
	struct err e = {0};
	if (filter_parse(&lang, text, ret, &e))
		return refuse(st, &e);
	int64_t real = clock_now_us(&clock_real);
	if (em->clock.mode != VCLOCK_REAL)
		filter_move_bounds(*ret, BY_TIME, real - NEAR_US,
			real + NEAR_US, WHEN_MAX_US);
	return ST_OK;
}

void log_filter_range(const struct filter *f, struct logs_range *r) {
	r->job_id = filter_equal(f, BY_JOB);
	filter_span(f, BY_TIME, &r->from_us, &r->to_us);
}

struct view {
	const struct log_entry *en;
	json_t *body; /* parsed when it is asked for */
	bool no_memory;
};

static const json_t *body_of(struct view *v) {
	if (v->body || v->no_memory)
		return v->body;
	auto_buf struct buf text;
	buf_init(&text, LOGS_ENTRY_MAX);
	if (!logs_write(v->en, &text))
		v->body = jsn_parse(text.p, text.len, false, NULL);
	v->no_memory = !v->body;
	return v->body;
}

static bool give_text(const char *text, struct filter_value *ret) {
	ret->text = text;
	return text != NULL;
}

static bool get_value(void *ctx, const struct filter_field *f,
	const struct filter_path *p, size_t n, struct filter_value *ret) {
	struct view *v = ctx;
	const struct log_entry *en = v->en;
	if (f->id == BY_BODY)
		return filter_json_get(body_of(v), f, p, 0, n, ret);
	*ret = (struct filter_value){.type = f->type,
		.us = en->time_us,
		.number = en->severity,
		.unset =
			f->id == BY_SEVERITY && en->severity == LOG_AT_DEFAULT};
	if (f->id == BY_ANYTHING)
		return give_text(filter_json_text(body_of(v), n), ret);
	if (n > 0)
		return false;
	switch (f->id) {
	case BY_INSERT_ID:
		return give_text(en->insert_id, ret);
	case BY_TYPE:
		return give_text(en->type, ret);
	case BY_JOB:
		return give_text(en->job_id, ret);
	case BY_TASK:
		return give_text(en->task, ret);
	}
	return true; /* time, severity */
}

int log_filter_match(
	const struct filter *f, const struct log_entry *en, bool *ret) {
	struct view v = {.en = en};
	*ret = filter_match(f, get_value, &v);
	json_decref(v.body);
	return v.no_memory ? ERR_NOMEM : 0;
}
