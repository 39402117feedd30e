/* SPDX-License-Identifier: MIT */
/* jobs.list: pages, and the filter. A row is read as far as the filter asks:
 * its JSON is parsed only for a field that is in it. Source: facts ml-jobs.md
 * section 8. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/hash.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/filter_json.h"
#include "emulator/api/list.h"
#include "emulator/api/ml.h"
#include "emulator/api/rules_ml.h"
#include "emulator/api/schema_ml.h"

#define PAGE_DEFAULT 20
#define PAGE_MAX 100
#define FILTER_CHARS_MAX 20000
#define MARK_LEN 16

enum {
	BY_ID,
	BY_STATE,
	BY_CREATE,
	BY_START,
	BY_END,
	BY_ERROR,
	BY_LABEL,
	BY_INPUT
};

/* Which of the Job's fields can be asked for. */
static const struct {
	const char *name;
	int id;
} fields[] = {
	{"jobId", BY_ID},
	{"state", BY_STATE},
	{"createTime", BY_CREATE},
	{"startTime", BY_START},
	{"endTime", BY_END},
	{"errorMessage", BY_ERROR},
	{"labels", BY_LABEL},
	{"trainingInput", BY_INPUT},
	{"predictionInput", BY_INPUT},
};

static bool find_field(
	void *ctx, struct filter_path *p, struct filter_field *ret) {
	(void)ctx;
	if (!p->len || !filter_json_find(&schema_ml_job, p, ret))
		return false;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (strcmp(fields[i].name, p->name[0]) != 0)
			continue;
		ret->id = fields[i].id;
		return true;
	}
	return false;
}

static const struct filter_lang lang = {
	.chars_max = FILTER_CHARS_MAX, .stars = true, .find = find_field};

struct job_list {
	struct list list;
	struct filter *filter; /* NULL: all */
	char mark[MARK_LEN + 1];
	/* of the row at hand, parsed when they are asked for */
	json_t *labels, *input;
	bool no_memory;
};

static const json_t *parsed(struct job_list *l, json_t **at, const char *text) {
	if (!*at && text) {
		*at = jsn_parse(text, strlen(text), false, NULL);
		l->no_memory = l->no_memory || !*at;
	}
	return *at;
}

struct row {
	struct job_list *list;
	const struct job *job;
};

static bool give_text(const char *text, struct filter_value *ret) {
	ret->text = text;
	return text != NULL;
}

/* As it is shown: whole seconds. */
static bool give_time(int64_t us, struct filter_value *ret) {
	ret->us = us / US_PER_S * US_PER_S;
	return us != STORE_NULL;
}

static bool get_value(void *ctx, const struct filter_field *f,
	const struct filter_path *p, size_t n, struct filter_value *ret) {
	const struct row *row = ctx;
	const struct job *j = row->job;
	struct job_list *l = row->list;
	if (f->id == BY_LABEL)
		return filter_json_get(
			parsed(l, &l->labels, j->labels), f, p, 1, n, ret);
	if (f->id == BY_INPUT)
		return filter_json_get(
			parsed(l, &l->input, j->input), f, p, 0, n, ret);
	*ret = (struct filter_value){
		.type = f->type, .number = (double)j->state};
	if (n > 0)
		return false;
	switch (f->id) {
	case BY_ID:
		return give_text(j->job_id, ret);
	case BY_ERROR:
		return give_text(j->error, ret);
	case BY_CREATE:
		return give_time(j->create_us, ret);
	case BY_START:
		return give_time(j->start_us, ret);
	case BY_END:
		return give_time(j->end_us, ret);
	}
	return f->id == BY_STATE;
}

static bool is_wanted(struct job_list *l, const struct job *j) {
	if (!l->filter)
		return true;
	bool fits = filter_match(
		l->filter, get_value, &(struct row){.list = l, .job = j});
	json_decref(l->labels);
	json_decref(l->input);
	l->labels = l->input = NULL;
	return fits;
}

static bool list_job(void *ctx, const struct job *j) {
	struct job_list *l = ctx;
	bool wanted = is_wanted(l, j);
	if (l->no_memory)
		return false;
	if (!wanted)
		return true;
	char place[48];
	(void)snprintf(place, sizeof place, "%" PRId64 " %s", j->id, l->mark);
	struct buf *b = list_item(&l->list, place);
	if (b)
		ml_write_job(b, j, emu_now(l->list.c->em));
	return b != NULL;
}

/* A page token goes on with the list that it came from: this tells lists
 * apart. */
static int mark_list(
	struct job_list *l, const char *project, const char *filter) {
	char hex[HASH_HEX_LEN + 1];
	auto_free char *what = mem_printf("%s\n%s", project, filter);
	if (!what || hash_hex(what, strlen(what), hex, NULL))
		return ERR_NOMEM;
	memcpy(l->mark, hex, MARK_LEN);
	return 0;
}

/* The row below which a page begins; 0 when the place is none of this list. */
static int64_t place_row(const struct job_list *l) {
	if (!*l->list.after)
		return INT64_MAX;
	char *end;
	long long row = strtoll(l->list.after, &end, 10);
	return row > 0 && *end == ' ' && !strcmp(end + 1, l->mark) ? row : 0;
}

static int begin(struct job_list *l, struct call *c) {
	const char *filter = call_query(c, "filter");
	struct err e = {0};
	int size, rc;
	if ((rc = rules_page(call_query(c, "pageSize"), PAGE_DEFAULT, PAGE_MAX,
		     &size, &c->st)))
		return rc;
	if (filter && *filter && filter_parse(&lang, filter, &l->filter, &e)) {
		if (e.code == ERR_NOMEM)
			return call_nomem(c);
		/* this and the next: guesses in the house style, see the facts
		 */
		return status_field(&c->st,
			e.code == ERR_STATE ? ST_UNIMPLEMENTED
					    : ST_INVALID_ARGUMENT,
			"filter", "%s.", e.msg);
	}
	if (mark_list(l, c->param[0], filter ? filter : ""))
		return call_nomem(c);
	if (!list_begin(&l->list, c, "jobs", size) || place_row(l) == 0)
		return rules_bad_page_token(&c->st);
	return ST_OK;
}

int ml_jobs_list(struct call *c) {
	struct job_list l = {0};
	int rc = begin(&l, c);
	if (!rc)
		jobs_list(c->em, c->param[0], place_row(&l), list_job, &l);
	filter_free(l.filter);
	if (rc)
		return rc;
	return l.no_memory ? call_nomem(c) : list_end(&l.list);
}
