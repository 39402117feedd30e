/* SPDX-License-Identifier: MIT */
#include "client/ctl/print.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/ctl/clean.h"
#include "client/ctl/field.h"
#include "client/ctl/logline.h"
#include "common/jsn.h"
#include "common/mem.h"

#define LINE_MAX_LEN (4u << 20)
#define CELL_GAP 2

static int put(const char *line, struct err *e) {
	return puts(line) < 0 ? err_errno(e, "standard output") : 0;
}

static int put_line(struct buf *line, struct err *e) {
	return line->failed ? err_nomem(e) : put(buf_str(line), e);
}

int print_json(const json_t *j, struct err *e) {
	auto_free char *text = jsn_indent(j);
	return text ? put(text, e) : err_nomem(e);
}

/* ---- fields ---- */

/* A field's text, made safe. */
static int add_field(const json_t *o, const char *path, struct buf *ret) {
	auto_buf struct buf text;
	buf_init(&text, LINE_MAX_LEN);
	(void)field_text(field_get(o, path), &text);
	if (text.failed)
		return ret->failed = text.failed;
	return clean_add(buf_str(&text), text.len, ret);
}

/* Tab-separated fields. */
static int add_values(
	const struct format *f, const json_t *o, struct buf *ret) {
	for (size_t i = 0; i < f->len; i++) {
		if (i)
			(void)buf_addc(ret, '\t');
		(void)add_field(o, f->fields[i].path, ret);
	}
	return ret->failed;
}

/* Characters, as far as each takes one column. */
static size_t columns_of(const char *s) {
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* A cell of the table; o is NULL for the title. */
static int add_cell(
	const struct format_field *f, const json_t *o, struct buf *ret) {
	size_t before = ret->len;
	int rc = o ? add_field(o, f->path, ret)
		   : clean_add(f->title, strlen(f->title), ret);
	return ret->len == before && !rc ? buf_addc(ret, '-') : rc;
}

static size_t width_of(
	const struct format_field *f, const json_t *o, struct buf *part) {
	buf_clear(part);
	(void)add_cell(f, o, part);
	return columns_of(buf_str(part));
}

/* One line; job is NULL for the titles. Nothing follows the last cell. */
static int put_row(const struct format *f, const json_t *job,
	const size_t *width, struct err *e) {
	auto_buf struct buf line;
	buf_init(&line, LINE_MAX_LEN);
	for (size_t i = 0; i < f->len; i++) {
		size_t before = line.len;
		(void)add_cell(&f->fields[i], job, &line);
		size_t n = columns_of(buf_str(&line) + before);
		if (i + 1 < f->len)
			(void)buf_addf(&line, "%*s",
				(int)(width[i] - n + CELL_GAP), "");
	}
	return put_line(&line, e);
}

static int put_table(
	const struct format *f, const json_t *jobs, struct err *e) {
	size_t width[FORMAT_FIELDS_MAX], i;
	const json_t *job;
	auto_buf struct buf part;
	buf_init(&part, LINE_MAX_LEN);
	for (size_t k = 0; k < f->len; k++) {
		width[k] = width_of(&f->fields[k], NULL, &part);
		json_array_foreach (jobs, i, job) {
			size_t n = width_of(&f->fields[k], job, &part);
			width[k] = n > width[k] ? n : width[k];
		}
	}
	int rc = put_row(f, NULL, width, e);
	json_array_foreach (jobs, i, job)
		rc = rc ? rc : put_row(f, job, width, e);
	return rc;
}

static int put_default_table(
	const char *fields, const json_t *rows, struct err *e) {
	struct format f = {0};
	int rc = format_parse(fields, &f, e);
	if (!rc)
		rc = put_table(&f, rows, e);
	format_done(&f);
	return rc;
}

int print_rows(const struct format *f, const char *fields, const json_t *rows,
	struct err *e) {
	if (f->kind == FORMAT_JSON)
		return print_json(rows, e);
	if (f->kind == FORMAT_TABLE)
		return f->len ? put_table(f, rows, e)
			      : put_default_table(fields, rows, e);
	size_t i;
	const json_t *row;
	json_array_foreach (rows, i, row) {
		auto_buf struct buf line;
		buf_init(&line, LINE_MAX_LEN);
		(void)add_values(f, row, &line);
		int rc = put_line(&line, e);
		if (rc)
			return rc;
	}
	return 0;
}

int print_jobs(const struct format *f, const json_t *jobs, struct err *e) {
	return print_rows(f,
		"table(jobId,state,createTime:label=CREATED,"
		"startTime:label=STARTED,endTime:label=ENDED)",
		jobs, e);
}

int print_job(const struct format *f, const json_t *job, struct err *e) {
	if (f->kind == FORMAT_JSON)
		return print_json(job, e);
	auto_json json_t *jobs = json_pack("[O]", job);
	return jobs ? print_jobs(f, jobs, e) : err_nomem(e);
}

/* ---- log entries ---- */

int print_entry(
	const struct format *f, FILE *out, const json_t *entry, struct err *e) {
	auto_buf struct buf text;
	buf_init(&text, LINE_MAX_LEN);
	if (f->kind == FORMAT_JSON) {
		auto_free char *json = jsn_compact(entry);
		if (!json)
			return err_nomem(e);
		(void)buf_addf(&text, "%s\n", json);
	} else if (f->kind == FORMAT_VALUE) {
		(void)add_values(f, entry, &text);
		(void)buf_addc(&text, '\n');
	} else {
		(void)logline_add(entry, &text);
	}
	if (text.failed)
		return err_nomem(e);
	(void)fputs(buf_str(&text), out);
	return ferror(out) ? err_errno(e, "cannot write") : 0;
}

/* ---- the tree ---- */

static void put_safe(const char *s) {
	auto_buf struct buf b;
	buf_init(&b, LINE_MAX_LEN);
	(void)clean_add(s, strlen(s), &b);
	(void)fputs(buf_str(&b), stdout);
}

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
