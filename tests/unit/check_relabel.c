/* SPDX-License-Identifier: MIT */
/* Changing labels while others do, and reading log entries. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"
#include "tests/unit/wire.h"

#define LONG_US (10 * US_PER_S)
#define STEPS(...)                                                             \
	(const char *const[]) {                                                \
		__VA_ARGS__, NULL                                              \
	}

static json_t *json_of(const char *text) {
	struct err e = {0};
	json_t *j = jsn_parse(text, strlen(text), true, &e);
	ck_assert_msg(j != NULL, "%s: %s", text, e.msg);
	return j;
}

/* labels, clear, remove, set, want */
static void relabelled_row(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	auto_json json_t *labels = *cols[0] ? json_of(cols[0]) : NULL;
	auto_json json_t *remove = *cols[2] ? json_of(cols[2]) : NULL;
	auto_json json_t *set = *cols[3] ? json_of(cols[3]) : NULL;
	auto_json json_t *want = json_of(cols[4]), *got = NULL;
	const struct train_relabel how = {
		strcmp(cols[1], "clear") == 0, remove, set};
	ck_assert_int_eq(train_relabelled(labels, &how, &got, &e), 0);
	auto_free char *text = jsn_compact(got);
	ck_assert_msg(json_equal(got, want) == 1, "%s %s %s %s: %s", cols[0],
		cols[1], cols[2], cols[3], text);
}

START_TEST(what_is_left) {
	unit_tsv("relabel/cases.tsv", 5, relabelled_row, NULL);
}
END_TEST

/* owner=bob on job_7. */
static void relabel(struct wire *w, const char *const *steps) {
	struct err e = {0};
	auto_json json_t *set = json_pack("{s:s}", "owner", "bob");
	const struct train_relabel how = {.set = set};
	wire_init(w, steps);
	ck_assert_int_eq(train_job_relabel(w->train, "job_7", &how, LONG_US,
				 wire_on_done, w, &e),
		0);
	wire_run(w);
}

static const char *label(const struct wire *w, const char *key) {
	const char *s = json_string_value(
		json_object_get(json_object_get(w->answer, "labels"), key));
	return s ? s : "(none)";
}

START_TEST(alone) {
	struct wire w;
	relabel(&w, STEPS("relabel_get", "relabel_write"));
	ck_assert_str_eq(label(&w, "owner"), "bob");
	ck_assert_str_eq(label(&w, "team"), "forecast");
	ck_assert_uint_eq(w.attempts, 2);
	wire_done(&w, false);
}
END_TEST

START_TEST(another_change_meanwhile_stays) {
	struct wire w;
	relabel(&w, STEPS("relabel_get", "relabel_stale", "relabel_get_again",
			    "relabel_write_again"));
	ck_assert_str_eq(label(&w, "owner"), "bob");
	ck_assert_str_eq(label(&w, "a"), "b");
	ck_assert_str_eq(label(&w, "team"), "batch");
	wire_done(&w, false);
}
END_TEST

START_TEST(a_lost_answer) {
	struct wire w;
	relabel(&w, STEPS("relabel_get", "relabel_write!lost", "relabel_twice",
			    "relabel_get_done"));
	ck_assert_str_eq(label(&w, "owner"), "bob");
	ck_assert_uint_eq(w.attempts, 4);
	wire_done(&w, false);
}
END_TEST

START_TEST(nothing_to_change) {
	struct wire w;
	relabel(&w, STEPS("relabel_get_done"));
	ck_assert_str_eq(label(&w, "owner"), "bob");
	wire_done(&w, false);
}
END_TEST

START_TEST(without_an_etag) {
	struct wire w;
	relabel(&w,
		STEPS("odd/relabel_get_no_etag", "odd/relabel_write_no_etag"));
	ck_assert_str_eq(label(&w, "owner"), "bob");
	wire_done(&w, false);
}
END_TEST

START_TEST(rounds_have_an_end) {
	struct wire w;
	relabel(&w, STEPS("relabel_get", "relabel_stale", "relabel_get",
			    "relabel_stale", "relabel_get", "relabel_stale",
			    "relabel_get", "relabel_stale", "relabel_get",
			    "relabel_stale"));
	ck_assert_int_eq(w.error.err.http, 409);
	ck_assert_str_eq(w.error.status, "ABORTED");
	ck_assert_uint_eq(w.attempts, 2 * RELABEL_ROUNDS);
	wire_done(&w, false);
}
END_TEST

START_TEST(no_such_job) {
	struct wire w;
	relabel(&w, STEPS("get_404"));
	ck_assert_int_eq(w.error.err.http, 404);
	wire_done(&w, false);
}
END_TEST

START_TEST(stopped) {
	struct wire w;
	struct err e = {0};
	const struct train_relabel how = {.clear = true};
	wire_init(&w, STEPS("relabel_get"));
	ck_assert_int_eq(train_job_relabel(w.train, "job_7", &how, LONG_US,
				 wire_on_done, &w, &e),
		0);
	train_stop(w.train);
	ck_assert_uint_eq(w.calls, 1);
	ck_assert_int_eq(w.error.err.code, ERR_STOPPED);
	ck_assert_int_eq(train_job_relabel(w.train, "job_7", &how, LONG_US,
				 wire_on_done, &w, &e),
		ERR_STOPPED);
	wire_done(&w, true);
}
END_TEST

/* ---- log entries ---- */

static void logs(struct wire *w, const struct train_logs *what,
	const char *const *steps) {
	struct err e = {0};
	wire_init(w, steps);
	ck_assert_int_eq(
		train_log_page(w->train, what, LONG_US, wire_on_done, w, &e),
		0);
	wire_run(w);
}

START_TEST(pages_of_a_log) {
	struct wire w;
	const struct train_logs first = {.job_id = "fin_1"};
	logs(&w, &first, STEPS("odd/logs_page_1"));
	ck_assert_uint_eq(
		json_array_size(json_object_get(w.answer, "entries")), 2);
	wire_done(&w, false);
	const struct train_logs second = {
		"fin_1", "a\"b", "2025-01-02T03:04:05.500000Z", "EAA4mKn"};
	logs(&w, &second, STEPS("odd/logs_page_2"));
	ck_assert_uint_eq(
		json_array_size(json_object_get(w.answer, "entries")), 1);
	wire_done(&w, false);
	logs(&w, &first, STEPS("odd/logs_none"));
	ck_assert_uint_eq(json_object_size(w.answer), 0);
	wire_done(&w, false);
	logs(&w, &first, STEPS("odd/logs_403"));
	ck_assert_str_eq(w.error.err.msg, "Access to project denied.");
	wire_done(&w, false);
}
END_TEST

START_TEST(a_task_too_long) {
	struct wire w;
	struct err e = {0};
	static char task[20001];
	memset(task, 'x', sizeof task - 1);
	const struct train_logs what = {.job_id = "a", .task = task};
	wire_init(&w, STEPS("odd/logs_none"));
	ck_assert_int_eq(
		train_log_page(w.train, &what, LONG_US, wire_on_done, &w, &e),
		ERR_USAGE);
	wire_done(&w, true);
}
END_TEST

/* ---- memory ---- */

/* Every allocation of the operation fails in turn. Those of the wire and of its
 * end do not count. */
static bool fails(long n, bool of_logs) {
	struct wire w;
	struct err e = {0};
	auto_json json_t *set = json_pack("{s:s}", "owner", "bob");
	const struct train_relabel how = {.set = set};
	const struct train_logs what = {.job_id = "fin_1"};
	wire_init(&w, of_logs ? STEPS("odd/logs_page_1")
			      : STEPS("relabel_get", "relabel_write"));
	mem_fail_after(n);
	int rc = of_logs ? train_log_page(w.train, &what, LONG_US, wire_on_done,
				   &w, &e)
			 : train_job_relabel(w.train, "job_7", &how, LONG_US,
				   wire_on_done, &w, &e);
	bool failed = wire_fails(&w, rc);
	wire_done(&w, failed);
	return failed;
}

START_TEST(out_of_memory) {
	long n = 0, m = 0;
	while (fails(n, false))
		n++;
	while (fails(m, true))
		m++;
	ck_assert_int_gt(n, 20);
	ck_assert_int_gt(m, 10);
}
END_TEST

int main(void) {
	Suite *s = suite_create("relabel");
	unit_add(s, what_is_left);
	unit_add(s, alone);
	unit_add(s, another_change_meanwhile_stays);
	unit_add(s, a_lost_answer);
	unit_add(s, nothing_to_change);
	unit_add(s, without_an_etag);
	unit_add(s, rounds_have_an_end);
	unit_add(s, no_such_job);
	unit_add(s, stopped);
	unit_add(s, pages_of_a_log);
	unit_add(s, a_task_too_long);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
