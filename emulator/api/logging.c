/* SPDX-License-Identifier: MIT */
/* logging.googleapis.com v2, entries.list. Source: facts ml-jobs.md section 12
 * and the descriptions in the generated client. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/allow.h"
#include "emulator/api/list.h"
#include "emulator/api/log_filter.h"
#include "emulator/api/log_page.h"
#include "emulator/api/logging_entry.h"
#include "emulator/api/schema_logging.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 1000
#define RESOURCES_MAX 100
#define MARK_LEN 16

struct query {
	struct call *c;
	const json_t *body;
	const char *projects[RESOURCES_MAX];
	size_t projects_len;
	struct filter *filter;
	struct list list;
	struct log_page page;
	char mark[MARK_LEN + 1]; /* tells this list from others */
	int rc;			 /* why looking ended early, or 0 */
};

static int refuse(struct query *q, const char *field, const char *text) {
	return status_violation(&q->c->st, field, "%s", text);
}

static const char *text_of(const struct query *q, const char *key) {
	const char *s = json_string_value(json_object_get(q->body, key));
	return s ? s : "";
}

static int add_project(struct query *q, const char *project) {
	for (size_t i = 0; i < q->projects_len; i++)
		if (!strcmp(q->projects[i], project))
			return ST_OK;
	q->projects[q->projects_len++] = project;
	return ST_OK;
}

/* A project's name, or a reason why not. */
static int add_resource(struct query *q, const char *name) {
	static const char projects[] = "projects/";
	size_t n = sizeof projects - 1;
	if (!strncmp(name, projects, n) && name[n] && !strchr(name + n, '/'))
		return add_project(q, name + n);
	if (!strncmp(name, projects, n) && strstr(name + n, "/locations/"))
		return call_not_emulated(q->c, "A log view");
	if (logging_other_parent(name))
		return call_not_emulated(
			q->c, "A log of something else than a project");
	return status_violation(&q->c->st, "resource_names",
		"'%.200s' is not a resource name such as "
		"projects/[PROJECT_ID].",
		name);
}

static int take_resources(struct query *q) {
	const json_t *names = json_object_get(q->body, "resourceNames");
	const json_t *ids = json_object_get(q->body, "projectIds");
	size_t all = json_array_size(names) + json_array_size(ids);
	if (all == 0)
		return refuse(q, "resource_names",
			"At least one resource name is required.");
	if (all > RESOURCES_MAX)
		return refuse(q, "resource_names",
			"At most 100 resource names are allowed.");
	size_t i;
	const json_t *v;
	int rc = ST_OK;
	json_array_foreach (names, i, v)
		if (!rc)
			rc = add_resource(q, json_string_value(v));
	json_array_foreach (ids, i, v)
		if (!rc)
			rc = add_project(q, json_string_value(v));
	for (i = 0; !rc && i < q->projects_len; i++)
		rc = allow_need_project(q->c, q->projects[i],
			strlen(q->projects[i]), "logging.logEntries.list");
	return rc;
}

static int take_order(struct query *q, bool *ret_newest_first) {
	const char *order = text_of(q, "orderBy");
	*ret_newest_first = !strcmp(order, "timestamp desc");
	if (!*order || *ret_newest_first || !strcmp(order, "timestamp asc"))
		return ST_OK;
	return refuse(q, "order_by",
		"Only 'timestamp asc' and 'timestamp desc' are allowed.");
}

static int take_size(struct query *q, int *ret) {
	json_int_t n = json_integer_value(json_object_get(q->body, "pageSize"));
	if (n < 0)
		return refuse(
			q, "page_size", "The page size may not be negative.");
	*ret = n == 0 ? PAGE_DEFAULT : n < PAGE_MAX ? (int)n : PAGE_MAX;
	return ST_OK;
}

static int make_mark(struct query *q, bool newest_first) {
	char hex[HASH_HEX_LEN + 1];
	auto_buf struct buf b;
	buf_init(&b, API_BODY_MAX);
	for (size_t i = 0; i < q->projects_len; i++) {
		(void)buf_adds(&b, q->projects[i]);
		(void)buf_addc(&b, '\n');
	}
	(void)buf_addc(&b, newest_first ? '-' : '+');
	(void)buf_adds(&b, text_of(q, "filter"));
	if (b.failed || hash_hex(b.p, b.len, hex, NULL))
		return call_nomem(q->c);
	memcpy(q->mark, hex, MARK_LEN);
	return ST_OK;
}

/* A place is "TIME MARK KEY". */
static bool take_place(struct query *q) {
	char *at = q->list.after;
	if (!*at)
		return true;
	q->page.after_us = strtoll(at, &at, 10);
	if (*at++ != ' ' || strncmp(at, q->mark, MARK_LEN) != 0 ||
		at[MARK_LEN] != ' ')
		return false;
	q->page.after_key = at + MARK_LEN + 1;
	return true;
}

static int begin(struct query *q) {
	bool newest_first = false;
	int size = PAGE_DEFAULT, rc;
	if ((rc = take_resources(q)) || (rc = take_order(q, &newest_first)) ||
		(rc = take_size(q, &size)) ||
		(rc = make_mark(q, newest_first)) ||
		(rc = log_filter_parse(q->c->em, text_of(q, "filter"),
			 &q->filter, &q->c->st)))
		return rc;
	/* one more than are shown says that there are more */
	if (log_page_init(&q->page, (size_t)size + 1, newest_first))
		return call_nomem(q->c);
	if (!list_begin_at(
		    &q->list, q->c, "entries", size, text_of(q, "pageToken")) ||
		!take_place(q))
		return refuse(q, "page_token", "The page token is not valid.");
	return ST_OK;
}

static void see(void *ctx, struct logs_range *r, const struct log_entry *en) {
	struct query *q = ctx;
	bool fits = false;
	if (q->rc || !log_page_wants(&q->page, en))
		return;
	q->rc = log_filter_match(q->filter, en, &fits);
	if (!q->rc && fits)
		q->rc = log_page_add(&q->page, en, r);
}

static int answer(struct query *q) {
	struct log_page *p = &q->page;
	for (size_t i = 0; i < p->len; i++) {
		auto_free char *place = mem_printf("%" PRId64 " %s %s",
			p->items[i].time_us, q->mark, p->items[i].key);
		if (!place)
			return call_nomem(q->c);
		struct buf *b = list_item(&q->list, place);
		if (b)
			(void)buf_adds(b, p->items[i].text);
	}
	return list_end(&q->list);
}

static int look(struct query *q) {
	for (size_t i = 0; i < q->projects_len && !q->rc; i++) {
		struct logs_range r = {.project = q->projects[i],
			.newest_first = q->page.newest_first};
		log_filter_range(q->filter, &r);
		logs_each(q->c->em, r, see, q);
	}
	return q->rc ? call_nomem(q->c) : answer(q);
}

int logging_entries_list(struct call *c) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_logging_list, "", &body);
	if (rc)
		return rc;
	struct query q = {.c = c, .body = body};
	rc = begin(&q);
	if (!rc)
		rc = look(&q);
	log_page_done(&q.page);
	filter_free(q.filter);
	return rc;
}
