/* SPDX-License-Identifier: MIT */
/* The cases are rows: message, selection, answer, and what is left of it; or,
 * for a selection that is refused, the reason after "!err ". */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/fields.h"
#include "emulator/api/schema_ml.h"
#include "tests/unit/unit.h"

static json_t *parse(const char *text) {
	struct err e = {0};
	json_t *j = jsn_parse(text, strlen(text), true, &e);
	ck_assert_msg(j != NULL, "%s: %s", text, e.msg);
	return j;
}

static const struct proto_message *find(const char *name) {
	if (!strcmp(name, "job"))
		return &schema_ml_job;
	if (!strcmp(name, "list"))
		return &schema_ml_list_jobs;
	ck_assert_str_eq(name, "any");
	return NULL;
}

static void expect_refusal(
	const char *text, const struct status *st, const char *reason) {
	ck_assert_int_eq(st->code, ST_INVALID_ARGUMENT);
	ck_assert_str_eq(st->message, "Request contains an invalid argument.");
	json_t *v =
		json_array_get(json_object_get(json_array_get(st->details, 0),
				       "fieldViolations"),
			0);
	ck_assert_str_eq(json_string_value(json_object_get(v, "field")), text);
	auto_buf struct buf want;
	buf_init(&want, 1000);
	(void)buf_addf(&want, "Error expanding 'fields' parameter. %s", reason);
	ck_assert_str_eq(json_string_value(json_object_get(v, "description")),
		buf_str(&want));
}

static void one_case(void *ctx, char *const *col) {
	(void)ctx;
	auto_status struct status st = STATUS_INIT;
	auto_json json_t *chosen = NULL;
	int rc = fields_parse(col[1], find(col[0]), &chosen, &st);
	if (!strncmp(col[3], "!err ", 5)) {
		ck_assert_msg(rc != 0, "%s: taken", col[1]);
		ck_assert_ptr_null(chosen);
		expect_refusal(col[1], &st, col[3] + 5);
		return;
	}
	ck_assert_msg(!rc, "%s: %s", col[1], st.message);
	auto_json json_t *all = parse(col[2]), *want = parse(col[3]);
	auto_json json_t *got = fields_select(chosen, all);
	/* the text, for the order of members too */
	auto_free char *got_text = jsn_compact(got);
	auto_free char *want_text = jsn_compact(want);
	ck_assert_msg(!strcmp(got_text, want_text), "%s:\n got %s\nwant %s",
		col[1], got_text, want_text);
}

START_TEST(cases) {
	unit_tsv("emulator/fields/cases.tsv", 4, one_case, NULL);
}
END_TEST

START_TEST(levels) {
	auto_buf struct buf b;
	buf_init(&b, 1000);
	for (int i = 0; i < 32; i++)
		(void)buf_adds(&b, i ? "/a" : "a");
	auto_json json_t *chosen = NULL;
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(fields_parse(buf_str(&b), NULL, &chosen, &st), ST_OK);
	(void)buf_adds(&b, "(a)");
	json_decref(chosen);
	chosen = NULL;
	ck_assert_int_eq(fields_parse(buf_str(&b), NULL, &chosen, &st),
		ST_INVALID_ARGUMENT);
	ck_assert_ptr_null(chosen);
}
END_TEST

static int select_once(void *ctx, struct err *e) {
	auto_status struct status st = STATUS_INIT;
	auto_json json_t *chosen = NULL;
	int rc = fields_parse("jobs(jobId,labels/a),nextPageToken",
		&schema_ml_list_jobs, &chosen, &st);
	ck_assert_int_eq(rc != 0, chosen == NULL);
	ck_assert(!rc || rc == ST_INTERNAL);
	auto_json json_t *part = rc ? NULL : fields_select(chosen, ctx);
	return part ? 0 : err_nomem(e);
}

START_TEST(without_memory) {
	auto_json json_t *all =
		parse("{\"jobs\":[{\"jobId\":\"a\",\"labels\":{"
		      "\"a\":\"b\"}}],\"nextPageToken\":\"t\"}");
	ck_assert_int_gt(unit_nomem(select_once, all), 10);
}
END_TEST

int main(void) {
	Suite *s = suite_create("fields");
	unit_add(s, cases);
	unit_add(s, levels);
	unit_add(s, without_memory);
	return unit_run(s);
}
