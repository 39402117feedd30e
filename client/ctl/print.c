/* SPDX-License-Identifier: MIT */
/* Output for people. What comes from the service may hold anything, so control
 * characters, with which a terminal can be steered, are shown as '?'. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "common/jsn.h"
#include "common/mem.h"

int print_json(const json_t *j, struct err *e) {
	auto_free char *text = jsn_indent(j);
	if (!text)
		return err_nomem(e);
	(void)puts(text);
	return 0;
}

static void put_safe(const char *s) {
	for (; *s; s++)
		(void)putchar(iscntrl((unsigned char)*s) ? '?' : *s);
}

/* ---- the table ---- */

static const struct {
	const char *title, *member;
} columns[] = {
	{"JOB_ID", "jobId"},
	{"STATE", "state"},
	{"CREATED", "createTime"},
	{"STARTED", "startTime"},
	{"ENDED", "endTime"},
};
#define COLUMNS (sizeof columns / sizeof columns[0])

static const char *cell(const json_t *job, size_t column) {
	const char *s =
		json_string_value(json_object_get(job, columns[column].member));
	return s && *s ? s : "-";
}

/* One line; job is NULL for the titles. Nothing follows the last cell. */
static void put_row(const json_t *job, const size_t width[COLUMNS]) {
	for (size_t i = 0; i < COLUMNS; i++) {
		const char *s = job ? cell(job, i) : columns[i].title;
		put_safe(s);
		if (i + 1 < COLUMNS)
			(void)printf(
				"%*s", (int)(width[i] - strlen(s)) + 2, "");
	}
	(void)putchar('\n');
}

void print_jobs(const json_t *jobs) {
	size_t width[COLUMNS], i;
	for (i = 0; i < COLUMNS; i++)
		width[i] = strlen(columns[i].title);
	const json_t *job;
	json_array_foreach (jobs, i, job) {
		for (size_t k = 0; k < COLUMNS; k++)
			if (strlen(cell(job, k)) > width[k])
				width[k] = strlen(cell(job, k));
	}
	put_row(NULL, width);
	json_array_foreach (jobs, i, job)
		put_row(job, width);
}

/* ---- the tree ---- */

static bool is_branch(const json_t *v) {
	return json_object_size(v) > 0 || json_array_size(v) > 0;
}

static void put_leaf(const json_t *v) {
	auto_free char *text = json_is_string(v) ? NULL : jsn_compact(v);
	put_safe(text ? text : json_string_value(v));
	(void)putchar('\n');
}

/* The members or elements of v, each on a line of its own. The first is not
 * indented when it stands behind a dash. */
static void put_branch(const json_t *v, int indent, bool after_dash) {
	const char *key;
	json_t *m;
	size_t i;
	json_object_foreach ((json_t *)v, key, m) {
		(void)printf("%*s", after_dash ? 0 : indent, "");
		after_dash = false;
		put_safe(key);
		(void)fputs(is_branch(m) ? ":\n" : ": ", stdout);
		if (is_branch(m))
			put_branch(m, indent + 2 * json_is_object(m), false);
		else
			put_leaf(m);
	}
	json_array_foreach (v, i, m) {
		(void)printf("%*s- ", after_dash ? 0 : indent, "");
		after_dash = false;
		if (is_branch(m))
			put_branch(m, indent + 2, true);
		else
			put_leaf(m);
	}
}

void print_tree(const json_t *j) {
	put_branch(j, 0, false);
}
