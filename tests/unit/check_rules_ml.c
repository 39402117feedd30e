/* SPDX-License-Identifier: MIT */
/* The rules' cases are the exchanges of fixtures/wire/ml: what each create
 * request is refused for, or that it is not. */
#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/rules_ml.h"
#include "emulator/api/schema_ml.h"
#include "tests/unit/body.h"
#include "tests/unit/exchange.h"
#include "tests/unit/unit.h"

#define CREATE "/v1/projects/test-project/jobs"

static size_t taken, refused;

/* Parses and checks the body of a create. */
static int judge(const struct exchange *x, struct status *st) {
	auto_json json_t *job = NULL;
	int rc = proto_parse(
		&schema_ml_job, x->body, strlen(x->body), "job", &job, st);
	return rc ? rc : rules_ml_job(job, st);
}

static void expect_refusal(
	const char *name, const struct exchange *x, const struct status *st) {
	auto_json json_t *body =
		jsn_parse(x->res_body, strlen(x->res_body), true, NULL);
	const json_t *want = json_object_get(body, "error");
	const char *message =
		json_string_value(json_object_get(want, "message"));
	if (strstr(message, "\xe2\x80\xa6")) /* "…": known in part */
		return;
	ck_assert_msg(strcmp(st->message, message) == 0,
		"%s:\n got %s\nwant %s", name, st->message, message);
	const json_t *details = json_object_get(want, "details");
	ck_assert_msg(details ? json_equal(st->details, details) : !st->details,
		"%s: other details", name);
	ck_assert_str_eq(status_name(st->code),
		json_string_value(json_object_get(want, "status")));
}

static void one_case(void *ctx, const char *name) {
	auto_free char *folder = mem_printf("%s/%s", (const char *)ctx, name);
	struct exchange x;
	struct err e = {0};
	ck_assert_msg(exchange_load(folder, &x, &e) == 0, "%s", e.msg);
	/* that an id is taken is not for the rules to say */
	if (strcmp(x.method, "POST") == 0 && strcmp(x.target, CREATE) == 0 &&
		x.status != 409) {
		auto_status struct status st = STATUS_INIT;
		int rc = judge(&x, &st);
		ck_assert_msg(rc == ST_OK ? x.status == 200
					  : x.status == status_http(&st),
			"%s: %s %s", name, status_name(st.code), st.message);
		if (rc)
			expect_refusal(name, &x, &st);
		*(rc ? &refused : &taken) += 1;
	}
	exchange_done(&x);
}

START_TEST(exchanges) {
	auto_free char *folder = mem_printf("%s/wire/ml", getenv("FIXTURES"));
	ck_assert_int_gt(exchange_each(folder, one_case, folder), 0);
	ck_assert_uint_gt(taken, 50);
	ck_assert_uint_gt(refused, 100);
}
END_TEST

/* Of all rules only the uniqueness of names needs memory. */
static int check_names(void *ctx, struct err *e) {
	auto_status struct status st = STATUS_INIT;
	int rc = rules_ml_job(ctx, &st);
	ck_assert(rc == ST_OK || rc == ST_INTERNAL);
	return rc ? err_nomem(e) : 0;
}

START_TEST(out_of_memory) {
	auto_json json_t *job = body_make(&schema_ml_job, "job",
		"{\"jobId\":\"job_1\",\"trainingInput\":{"
		"\"region\":\"us-central1\",\"masterConfig\":{"
		"\"imageUri\":\"gcr.io/p/i\"},\"hyperparameters\":{"
		"\"params\":[{\"parameterName\":\"a\",\"type\":\"DOUBLE\","
		"\"maxValue\":1},{\"parameterName\":\"b\",\"type\":\"DOUBLE\","
		"\"maxValue\":1}]}}}",
		"{}");
	ck_assert_int_gt(unit_nomem(check_names, job), 0);
}
END_TEST
static void mask_case(void *ctx, char *const *cols) {
	(void)ctx;
	auto_json json_t *job = json_object();
	auto_status struct status st = STATUS_INIT;
	unsigned mask = 77;
	int rc = rules_ml_patch(cols[0], job, &mask, &st);
	auto_free char *want =
		mem_printf("Field: update_mask Error: %s", cols[2]);
	body_expect(cols[0], rc, &st, *cols[2] ? ST_INVALID_ARGUMENT : ST_OK,
		*cols[2] ? want : "");
	unsigned bits = (strchr(cols[1], 'l') ? ML_MASK_LABELS : 0) |
			(strchr(cols[1], 'e') ? ML_MASK_ETAG : 0);
	ck_assert_msg(mask == (rc ? 77 : bits), "%s: %u", cols[0], mask);
}

START_TEST(masks) {
	unit_tsv("emulator/ml/masks.tsv", 3, mask_case, NULL);
	auto_status struct status st = STATUS_INIT;
	unsigned mask;
	ck_assert_int_eq(
		rules_ml_patch(NULL, NULL, &mask, &st), ST_INVALID_ARGUMENT);
	/* a path of any length is refused, not cut to a good one */
	for (size_t len = 1; len < 300; len++) {
		auto_free char *path = body_repeat('x', len);
		ck_assert_int_eq(rules_ml_patch(path, NULL, &mask, &st),
			ST_INVALID_ARGUMENT);
	}
}
END_TEST

/* Labels are looked at when the mask names them. */
START_TEST(patched_labels) {
	auto_json json_t *job = json_pack("{s:{s:s}}", "labels", "Upper", "x");
	auto_status struct status st = STATUS_INIT;
	unsigned mask;
	ck_assert_int_eq(rules_ml_patch("etag", job, &mask, &st), ST_OK);
	ck_assert_int_eq(rules_ml_patch("etag,labels", job, &mask, &st),
		ST_INVALID_ARGUMENT);
}
END_TEST

START_TEST(page) {
	static const struct {
		const char *text;
		int want; /* -1: refused */
		const char *message;
	} rows[] = {
		{NULL, 20, ""},
		{"", 20, ""},
		{"0", 20, ""},
		{"1", 1, ""},
		{"100", 100, ""},
		{"101", 100, ""},
		{"2147483647", 100, ""},
		{"-1", -1, "Field: page_size Error: Must not be negative."},
		{"abc", -1,
			"Invalid value at 'page_size' (TYPE_INT32), \"abc\""},
		{"1x", -1, "Invalid value at 'page_size' (TYPE_INT32), \"1x\""},
		{" 1", -1, "Invalid value at 'page_size' (TYPE_INT32), \" 1\""},
		{"-", -1, "Invalid value at 'page_size' (TYPE_INT32), \"-\""},
		{"2147483648", -1,
			"Invalid value at 'page_size' (TYPE_INT32), "
			"\"2147483648\""},
		{"99999999999999999999", -1,
			"Invalid value at 'page_size' (TYPE_INT32), "
			"\"99999999999999999999\""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_status struct status st = STATUS_INIT;
		int n = -1;
		int rc = rules_page(rows[i].text, 20, 100, &n, &st);
		body_expect(rows[i].text ? rows[i].text : "NULL", rc, &st,
			rows[i].want < 0 ? ST_INVALID_ARGUMENT : ST_OK,
			rows[i].message);
		ck_assert_int_eq(n, rows[i].want);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("rules_ml");
	unit_add(s, exchanges);
	unit_add(s, out_of_memory);
	unit_add(s, masks);
	unit_add(s, patched_labels);
	unit_add(s, page);
	return unit_run(s);
}
