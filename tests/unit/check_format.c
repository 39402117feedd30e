/* SPDX-License-Identifier: MIT */
/* Formats, fields by path, their text and their order; log lines. */
#include <string.h>

#include "client/ctl/field.h"
#include "client/ctl/format.h"
#include "client/ctl/logline.h"
#include "client/ctl/print.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static json_t *json_of(const char *text) {
	struct err e = {0};
	json_t *j = jsn_parse(text, strlen(text), true, &e);
	ck_assert_msg(j != NULL, "%s: %s", text, e.msg);
	return j;
}

static void parse_row(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	struct format f = {0};
	auto_buf struct buf b;
	buf_init(&b, 1000);
	int rc = format_parse(cols[0], &f, &e);
	if (rc) {
		ck_assert_int_eq(rc, ERR_USAGE);
		ck_assert_msg(strstr(e.msg, cols[1]) != NULL,
			"%s: got '%s' want '%s'", cols[0], e.msg, cols[1]);
		ck_assert_uint_eq(f.len, 0);
		return;
	}
	static const char *const kinds[] = {"table", "json", "value"};
	(void)buf_adds(&b, kinds[f.kind]);
	for (size_t i = 0; i < f.len; i++)
		(void)buf_addf(
			&b, " %s=%s", f.fields[i].path, f.fields[i].title);
	ck_assert_msg(strcmp(buf_str(&b), cols[1]) == 0, "%s: got '%s'",
		cols[0], buf_str(&b));
	ck_assert_int_eq(format_is_own(&f), strcmp(buf_str(&b), "table") == 0);
	format_done(&f);
}

START_TEST(formats) {
	unit_tsv("format/parse.tsv", 2, parse_row, NULL);
}
END_TEST

START_TEST(as_many_fields_as_may_be) {
	struct err e = {0};
	struct format f = {0};
	char text[128] = "value(a";
	for (size_t i = 1; i < FORMAT_FIELDS_MAX; i++)
		(void)strcat(text, ",a");
	(void)strcat(text, ")");
	ck_assert_int_eq(format_parse(text, &f, &e), 0);
	ck_assert_uint_eq(f.len, FORMAT_FIELDS_MAX);
	text[strlen(text) - 1] = ',';
	(void)strcat(text, "a)");
	ck_assert_int_eq(format_parse(text, &f, &e), ERR_USAGE);
	/* what was there stays */
	ck_assert_uint_eq(f.len, FORMAT_FIELDS_MAX);
	format_done(&f);
	char path[FIELD_PATH_MAX + 2];
	memset(path, 'a', sizeof path - 1);
	path[FIELD_PATH_MAX] = '\0';
	ck_assert_uint_eq(field_path(path), FIELD_PATH_MAX);
	path[FIELD_PATH_MAX] = 'a';
	path[FIELD_PATH_MAX + 1] = '\0';
	ck_assert_uint_eq(field_path(path), 0);
}
END_TEST

static void field_row(void *ctx, char *const *cols) {
	(void)ctx;
	auto_json json_t *o = json_of(cols[0]);
	ck_assert_msg(field_path(cols[1]) == strlen(cols[1]), "%s", cols[1]);
	auto_buf struct buf b;
	buf_init(&b, 1000);
	ck_assert_int_eq(field_text(field_get(o, cols[1]), &b), 0);
	ck_assert_msg(strcmp(buf_str(&b), cols[2]) == 0, "%s %s: got '%s'",
		cols[0], cols[1], buf_str(&b));
}

START_TEST(fields) {
	unit_tsv("format/fields.tsv", 3, field_row, NULL);
}
END_TEST

static void sort_row(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	struct field_order order;
	auto_json json_t *list = json_of(cols[1]);
	if (field_order_parse(cols[0], &order, &e)) {
		ck_assert_msg(strstr(e.msg, cols[2]) != NULL, "%s: %s", cols[0],
			e.msg);
		ck_assert_int_eq(e.code, ERR_USAGE);
		return;
	}
	ck_assert_int_eq(field_sort(list, &order, &e), 0);
	auto_buf struct buf b;
	buf_init(&b, 100);
	size_t i;
	const json_t *o;
	json_array_foreach (list, i, o)
		(void)buf_addf(&b, "%s%s", i ? " " : "",
			json_string_value(json_object_get(o, "id")));
	ck_assert_msg(strcmp(buf_str(&b), cols[2]) == 0, "%s %s: got '%s'",
		cols[0], cols[1], buf_str(&b));
}

START_TEST(sorts) {
	unit_tsv("format/sort.tsv", 3, sort_row, NULL);
}
END_TEST

/* ---- log lines ---- */

/* "\t" and "\n" as the characters. */
static void unescape(char *s) {
	char *to = s;
	for (; *s; s++) {
		char c = *s;
		if (c == '\\' && s[1])
			c = *++s == 't' ? '\t' : '\n';
		*to++ = c;
	}
	*to = '\0';
}

static void logline_row(void *ctx, char *const *cols) {
	(void)ctx;
	auto_json json_t *entry = json_of(cols[0]);
	auto_buf struct buf b;
	buf_init(&b, 4000);
	ck_assert_int_eq(logline_add(entry, &b), 0);
	unescape(cols[1]);
	ck_assert_msg(strcmp(buf_str(&b), cols[1]) == 0, "%s: got '%s'",
		cols[0], buf_str(&b));
}

START_TEST(log_lines) {
	unit_tsv("logline/cases.tsv", 2, logline_row, NULL);
}
END_TEST

/* Entries of a recorded answer, and what gcloud printed for them. */
START_TEST(log_lines_of_gcloud) {
	auto_free char *text = unit_fixture("logline/gcloud.json", NULL);
	auto_free char *want = unit_fixture("logline/gcloud.txt", NULL);
	auto_json json_t *entries = json_of(text);
	auto_buf struct buf b;
	buf_init(&b, 4000);
	size_t i;
	const json_t *entry;
	json_array_foreach (entries, i, entry)
		ck_assert_int_eq(logline_add(entry, &b), 0);
	ck_assert_str_eq(buf_str(&b), want);
}
END_TEST

/* ---- printing ---- */

static char *printed(const char *format, const char *jobs) {
	struct err e = {0};
	struct format f = {0};
	ck_assert_int_eq(format_parse(format, &f, &e), 0);
	auto_json json_t *list = json_of(jobs);
	struct unit_capture c;
	unit_capture_start(&c, 1);
	int rc = print_jobs(&f, list, &e);
	char *text = unit_capture_end(&c);
	ck_assert_int_eq(rc, 0);
	format_done(&f);
	return text;
}

START_TEST(tables) {
	static const char jobs[] =
		"[{\"jobId\":\"\xc3\xa9t\xc3\xa9\",\"n\":10},"
		"{\"jobId\":\"longer\\u001b\",\"s\":\"a\\nb\"}]";
	auto_free char *table = printed("table(jobId,n,s:label=Text)", jobs);
	ck_assert_str_eq(table, "JOB_ID   N   Text\n"
				"\xc3\xa9t\xc3\xa9      10  -\n"
				"longer?  -   a?b\n");
	auto_free char *values = printed("value(jobId,n,s)", jobs);
	ck_assert_str_eq(values, "\xc3\xa9t\xc3\xa9\t10\t\nlonger?\t\ta?b\n");
	auto_free char *none = printed("table(a,b)", "[]");
	ck_assert_str_eq(none, "A  B\n");
	auto_free char *empty = printed("value(a)", "[]");
	ck_assert_str_eq(empty, "");
}
END_TEST

/* ---- memory ---- */

static int parse_nomem(void *ctx, struct err *e) {
	struct format f = {0};
	int rc = format_parse(ctx, &f, e);
	ck_assert_uint_eq(f.len, rc ? 0 : 2);
	format_done(&f);
	return rc;
}

static int sort_nomem(void *ctx, struct err *e) {
	struct field_order order;
	int rc = field_order_parse("a", &order, e);
	return rc ? rc : field_sort(ctx, &order, e);
}

static int text_nomem(void *ctx, struct err *e) {
	auto_buf struct buf b;
	buf_init(&b, 4000);
	int rc = field_text(ctx, &b);
	if (!rc)
		rc = logline_add(ctx, &b);
	return rc ? err_set(e, rc, "buf") : 0;
}

START_TEST(out_of_memory) {
	char format[] = "table(jobId,state:label=X)";
	ck_assert_int_ge(unit_nomem(parse_nomem, format), 4);
	auto_json json_t *list = json_of("[{\"a\":2},{\"a\":1}]");
	ck_assert_int_ge(unit_nomem(sort_nomem, list), 1);
	auto_json json_t *o =
		json_of("{\"a\":{\"b\":1},\"textPayload\":\"x\"}");
	ck_assert_int_ge(unit_nomem(text_nomem, o), 2);
}
END_TEST

int main(void) {
	Suite *s = suite_create("format");
	unit_add(s, formats);
	unit_add(s, as_many_fields_as_may_be);
	unit_add(s, fields);
	unit_add(s, sorts);
	unit_add(s, log_lines);
	unit_add(s, log_lines_of_gcloud);
	unit_add(s, tables);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
