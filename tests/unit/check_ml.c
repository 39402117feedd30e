/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static const char *member(const struct wire *w, const char *key) {
	const char *s = json_string_value(json_object_get(w->answer, key));
	return s ? s : "(none)";
}

static void create(struct wire *w, const char *const *steps) {
	struct err e = {0};
	auto_json json_t *job = wire_job("create");
	wire_init(w, steps);
	ck_assert_int_eq(
		train_job_create(w->train, job, LONG_US, wire_on_done, w, &e),
		0);
	wire_run(w);
}

START_TEST(creates) {
	struct wire w;
	create(&w, STEPS("create"));
	ck_assert_str_eq(member(&w, "state"), "QUEUED");
	ck_assert_uint_eq(w.attempts, 1);
	ck_assert(!w.doubtful);
	wire_done(&w, false);
}
END_TEST

START_TEST(a_taken_id) {
	struct wire w;
	create(&w, STEPS("create_409"));
	ck_assert_int_eq(w.error.err.code, ERR_HTTP);
	ck_assert_int_eq(w.error.err.http, 409);
	ck_assert_str_eq(w.error.err.msg,
		"Field: job.job_id Error: A job with this id already exists.");
	ck_assert_str_eq(w.error.status, "ALREADY_EXISTS");
	ck_assert_str_eq(w.error.reason, "");
	ck_assert(!w.doubtful);
	wire_done(&w, false);
}
END_TEST

START_TEST(after_failures_that_pass) {
	struct wire w;
	create(&w, STEPS("odd/create_503", "get_404", "create!notsent",
			   "odd/create_502_html", "get_404", "create"));
	ck_assert_str_eq(member(&w, "jobId"), "job_7");
	ck_assert_uint_eq(w.attempts, 6);
	ck_assert_uint_eq(w.retries, 3);
	ck_assert(!w.looked);
	ck_assert(w.doubtful);
	wire_done(&w, false);
}
END_TEST

START_TEST(not_sent_is_not_doubtful) {
	struct wire w;
	create(&w, STEPS("create!notsent", "create"));
	ck_assert_uint_eq(w.attempts, 2);
	ck_assert(!w.doubtful);
	wire_done(&w, false);
}
END_TEST

START_TEST(a_cut_answer_is_a_lost_one) {
	struct wire w;
	create(&w, STEPS("odd/create_cut", "get"));
	ck_assert_str_eq(member(&w, "jobId"), "job_7");
	ck_assert_uint_eq(w.attempts, 2);
	ck_assert(w.looked && w.doubtful);
	wire_done(&w, false);
}
END_TEST

START_TEST(gives_up_after_five) {
	struct wire w;
	create(&w, STEPS("odd/create_503", "odd/get_503", "odd/get_503",
			   "odd/get_503", "odd/get_503"));
	ck_assert(w.looked);
	ck_assert_int_eq(w.error.err.http, 503);
	ck_assert_str_eq(
		w.error.err.msg, "The service is currently unavailable.");
	ck_assert_str_eq(w.error.status, "UNAVAILABLE");
	ck_assert_uint_eq(w.attempts, 5);
	wire_done(&w, false);
}
END_TEST

START_TEST(a_refusal_is_final) {
	struct wire w;
	create(&w, STEPS("odd/create_400_region"));
	ck_assert_int_eq(w.error.err.http, 400);
	ck_assert_str_eq(w.error.status, "INVALID_ARGUMENT");
	ck_assert_uint_eq(w.attempts, 1);
	wire_done(&w, false);
}
END_TEST

START_TEST(too_many_requests) {
	struct wire w;
	create(&w, STEPS("odd/create_429_quota"));
	ck_assert_int_eq(w.error.err.http, 429);
	ck_assert_uint_eq(w.attempts, 1);
	wire_done(&w, false);

	create(&w, STEPS("odd/create_429_retry_info", "create"));
	ck_assert_uint_eq(w.attempts, 2);
	wire_done(&w, false);

	/* an hour is longer than the whole may take */
	create(&w, STEPS("odd/create_429_retry_after"));
	ck_assert_int_eq(w.error.err.http, 429);
	ck_assert_int_eq(w.error.after_us, 3600 * US_PER_S);
	wire_done(&w, false);
}
END_TEST

/* How long the requests of a create may take, which may itself take so long. */
static void times(const char *const *steps, int64_t total_us, struct wire *w) {
	struct err e = {0};
	auto_json json_t *job = wire_job("create");
	wire_init(w, steps);
	ck_assert_int_eq(
		train_job_create(w->train, job, total_us, wire_on_done, w, &e),
		0);
	wire_run(w);
}

START_TEST(deadlines) {
	struct wire w;
	/* a minute for each attempt, the look included */
	times(STEPS("create!timeout", "get_404", "create"), 600 * US_PER_S, &w);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(w.steps[i].timeout_us, 60 * US_PER_S);
	wire_done(&w, false);
	/* or half of what all have together, if that is less */
	times(STEPS("create!timeout", "get_404", "create"), 80 * US_PER_S, &w);
	for (size_t i = 0; i < 3; i++)
		ck_assert(w.steps[i].timeout_us <= 40 * US_PER_S &&
			  w.steps[i].timeout_us > 39 * US_PER_S);
	wire_done(&w, false);
	/* none is left for a second one, whoever asks to wait for it */
	times(STEPS("odd/create_429_retry_after"), 3600 * US_PER_S, &w);
	ck_assert_uint_eq(w.attempts, 1);
	wire_done(&w, false);
	times(STEPS("odd/create_503_retry_after"), 60 * US_PER_S, &w);
	ck_assert_int_eq(w.error.after_us, 3600 * US_PER_S);
	ck_assert_uint_eq(w.attempts, 1);
	wire_done(&w, false);
}
END_TEST

START_TEST(an_answer_that_is_no_json) {
	struct train_error e;
	static const char *const bodies[] = {"", "<html>", "[]", "[1]", "{}",
		"{\"error\":\"invalid_grant\"}", "{\"error\":{}}",
		"{\"error\":{\"message\":\"\"}}",
		"{\"error\":{\"message\":7,\"details\":{}}}",
		"{\"error\":{\"details\":[1,{},{\"@type\":3}]}}"};
	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		apierr_parse(502, bodies[i], strlen(bodies[i]), &e);
		ck_assert_str_eq(
			e.err.msg, "HTTP 502 without an error message");
		ck_assert_int_eq(e.err.code, ERR_HTTP);
		ck_assert_int_eq(e.err.http, 502);
		ck_assert_str_eq(e.status, "");
		ck_assert_int_eq(e.after_us, -1);
	}
	static const char lines[] = "[{\"error\":{\"message\":\"a\\nb\\u001b["
				    "31m\",\"status\":\"X\"}}]";
	apierr_parse(400, lines, strlen(lines), &e);
	ck_assert_str_eq(e.err.msg, "a b [31m");
	ck_assert_str_eq(e.status, "X");
}
END_TEST

static void get(struct wire *w, const char *id, const char *const *steps) {
	struct err e = {0};
	wire_init(w, steps);
	ck_assert_int_eq(
		train_job_get(w->train, id, LONG_US, wire_on_done, w, &e), 0);
	wire_run(w);
}

START_TEST(gets) {
	struct wire w;
	get(&w, "job_7", STEPS("get"));
	ck_assert_str_eq(member(&w, "state"), "RUNNING");
	ck_assert_str_eq(member(&w, "startTime"), "2026-11-23T11:52:09Z");
	wire_done(&w, false);

	get(&w, "job_7", STEPS("get_404"));
	ck_assert_int_eq(w.error.err.http, 404);
	ck_assert_str_eq(w.error.err.msg,
		"Field: name Error: The specified job could not be found.");
	ck_assert_str_eq(w.error.status, "NOT_FOUND");
	wire_done(&w, false);

	get(&w, "job_7", STEPS("odd/get_503", "get"));
	ck_assert_uint_eq(w.attempts, 2);
	wire_done(&w, false);

	get(&w, "a/b c?\xc3\xbc%", STEPS("odd/get_escaped"));
	ck_assert_int_eq(w.error.err.http, 404);
	wire_done(&w, false);
}
END_TEST

START_TEST(cancels) {
	struct wire w;
	struct err e = {0};
	wire_init(&w, STEPS("cancel"));
	ck_assert_int_eq(train_job_cancel(w.train, "job_7", LONG_US,
				 wire_on_done, &w, &e),
		0);
	wire_run(&w);
	ck_assert_uint_eq(json_object_size(w.answer), 0);
	ck_assert(json_is_object(w.answer));
	wire_done(&w, false);

	wire_init(&w, STEPS("cancel_404"));
	ck_assert_int_eq(train_job_cancel(w.train, "job_7", LONG_US,
				 wire_on_done, &w, &e),
		0);
	wire_run(&w);
	ck_assert_int_eq(w.error.err.http, 404);
	wire_done(&w, false);
}
END_TEST

static void list(struct wire *w, const char *filter, size_t limit,
	const char *const *steps) {
	struct err e = {0};
	wire_init(w, steps);
	const struct train_list what = {.filter = filter, .limit = limit};
	ck_assert_int_eq(
		train_job_list(w->train, &what, LONG_US, wire_on_done, w, &e),
		0);
	wire_run(w);
}

static void want_jobs(struct wire *w, size_t n) {
	static const char *const ids[] = {"job_3", "job_2", "job_1"};
	ck_assert_msg(w->answer != NULL, "%s", w->error.err.msg);
	ck_assert_uint_eq(json_array_size(w->answer), n);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(
			json_string_value(json_object_get(
				json_array_get(w->answer, i), "jobId")),
			ids[i]);
	wire_done(w, false);
}

START_TEST(lists) {
	struct wire w;
	list(&w, NULL, 0, STEPS("odd/list_page_1", "odd/list_page_2"));
	ck_assert_uint_eq(w.attempts, 2);
	want_jobs(&w, 3);
	list(&w, NULL, 0, STEPS("list_empty"));
	want_jobs(&w, 0);
	list(&w, NULL, 2, STEPS("odd/list_limit_2"));
	want_jobs(&w, 2);
	list(&w, NULL, 3, STEPS("odd/list_limit_3", "odd/list_limit_rest"));
	want_jobs(&w, 3);
	list(&w, "jobId:rnn* AND state:FAILED", 0, STEPS("odd/list_filter"));
	ck_assert_uint_eq(json_array_size(w.answer), 1);
	wire_done(&w, false);
	list(&w, NULL, 0, STEPS("odd/list_empty_page", "odd/list_page_2"));
	ck_assert_uint_eq(json_array_size(w.answer), 1);
	wire_done(&w, false);
}
END_TEST

START_TEST(lists_that_go_wrong) {
	struct wire w;
	list(&w, NULL, 0, STEPS("odd/list_page_1", "odd/list_same_page"));
	ck_assert_int_eq(w.error.err.code, ERR_SHAPE);
	ck_assert_str_eq(
		w.error.err.msg, "the service gives the same page again");
	wire_done(&w, false);
	list(&w, NULL, 0, STEPS("odd/list_bad_shape"));
	ck_assert_int_eq(w.error.err.code, ERR_SHAPE);
	wire_done(&w, false);

	struct err e = {0};
	static char filter[20000];
	memset(filter, 'x', sizeof filter - 1);
	wire_init(&w, STEPS("list_empty"));
	const struct train_list what = {.filter = filter};
	ck_assert_int_eq(
		train_job_list(w.train, &what, LONG_US, wire_on_done, &w, &e),
		ERR_USAGE);
	wire_done(&w, true);
}
END_TEST

/* A page of n jobs instead of the recorded answer. */
static void list_many(struct wire *w, size_t n) {
	struct err e = {0};
	auto_buf struct buf b;
	buf_init(&b, 1 << 20);
	(void)buf_adds(&b, "{\"jobs\":[{}");
	for (size_t i = 1; i < n; i++)
		(void)buf_adds(&b, ",{}");
	(void)buf_adds(&b, "]}");
	ck_assert_int_eq(b.failed, 0);
	wire_init(w, STEPS("list_empty"));
	w->steps[0].res.body = buf_str(&b);
	w->steps[0].res.body_len = b.len;
	ck_assert_int_eq(train_job_list(w->train, &(struct train_list){0},
				 LONG_US, wire_on_done, w, &e),
		0);
	wire_run(w);
}

START_TEST(the_most_a_list_takes) {
	struct wire w;
	list_many(&w, TRAIN_LIST_MAX);
	ck_assert_uint_eq(json_array_size(w.answer), TRAIN_LIST_MAX);
	wire_done(&w, false);
	list_many(&w, TRAIN_LIST_MAX + 1);
	ck_assert_int_eq(w.error.err.code, ERR_TOOBIG);
	ck_assert_ptr_null(w.answer);
	wire_done(&w, false);
}
END_TEST

static void write_token(const char *path, const char *token) {
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(token, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* A get that meets a 503 first; meanwhile the token's file is replaced, or
 * removed when `second` is NULL. */
static void get_with_token(struct wire *w, const char *second) {
	char path[] = "/tmp/check_ml.XXXXXX";
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(close(fd), 0);
	write_token(path, "first");
	struct err e = {0};
	wire_init(w, STEPS("odd/get_503", "get"));
	ck_assert_int_eq(train_target_token_file(&w->target, path, &e), 0);
	ck_assert_int_eq(
		train_job_get(w->train, "job_7", LONG_US, wire_on_done, w, &e),
		0);
	if (second)
		write_token(path, second);
	else
		ck_assert_int_eq(unlink(path), 0);
	wire_run(w);
	(void)unlink(path);
}

START_TEST(the_token_is_read_each_time) {
	struct wire w;
	get_with_token(&w, "second\n");
	ck_assert_ptr_nonnull(w.answer);
	ck_assert_ptr_nonnull(
		strstr(w.steps[0].headers, "Authorization: Bearer first\r\n"));
	ck_assert_ptr_nonnull(
		strstr(w.steps[1].headers, "Authorization: Bearer second\r\n"));
	wire_done(&w, false);

	get_with_token(&w, NULL);
	ck_assert_int_eq(w.error.err.code, ERR_IO);
	ck_assert_ptr_null(strstr(w.error.err.msg, "first"));
	ck_assert_uint_eq(w.attempts, 1);
	wire_done(&w, true);
}
END_TEST

START_TEST(stopped_under_way) {
	struct wire w;
	struct err e = {0};
	wire_init(&w, STEPS("get"));
	ck_assert_int_eq(
		train_job_get(w.train, "job_7", LONG_US, wire_on_done, &w, &e),
		0);
	train_free(w.train);
	w.train = NULL;
	ck_assert_uint_eq(w.calls, 1);
	ck_assert_uint_eq(w.cancelled, 1);
	ck_assert_int_eq(w.error.err.code, ERR_STOPPED);
	wire_done(&w, true);
}
END_TEST

/* Each allocation fails in turn, until none is left that could. */
START_TEST(out_of_memory) {
	for (long n = 0, done = 0; !done; n++) {
		struct wire w;
		struct err e = {0};
		wire_init(&w, STEPS("odd/list_page_1", "odd/list_page_2"));
		mem_fail_after(n);
		const struct train_list what = {.filter = "x"};
		int rc = train_job_list(
			w.train, &what, LONG_US, wire_on_done, &w, &e);
		done = !wire_fails(&w, rc);
		ck_assert_int_eq(w.answer != NULL, done);
		wire_done(&w, true);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("ml");
	unit_add(s, creates);
	unit_add(s, a_taken_id);
	unit_add(s, after_failures_that_pass);
	unit_add(s, not_sent_is_not_doubtful);
	unit_add(s, a_cut_answer_is_a_lost_one);
	unit_add(s, gives_up_after_five);
	unit_add(s, a_refusal_is_final);
	unit_add(s, too_many_requests);
	unit_add(s, deadlines);
	unit_add(s, an_answer_that_is_no_json);
	unit_add(s, gets);
	unit_add(s, cancels);
	unit_add(s, lists);
	unit_add(s, lists_that_go_wrong);
	unit_add(s, the_most_a_list_takes);
	unit_add(s, the_token_is_read_each_time);
	unit_add(s, stopped_under_way);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
