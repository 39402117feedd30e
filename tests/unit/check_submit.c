/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"
#include "tests/unit/wire.h"

#define LONG_US (10 * US_PER_S)

/* One submit: its requests, and how it must end. */
struct path {
	const char *steps[WIRE_STEPS_MAX];
	enum train_outcome outcome;
	unsigned attempts, retries;
	int code, http; /* of the error, or 0 */
	bool doubtful;
};
#define TAKEN                                                                  \
	"Field: job.job_id Error: A job with this id already "                 \
	"exists."

/* A job without our labels, as trainctl sends it. */
static const struct path plain[] = {
	{{"create"}, TRAIN_CREATED, 1, 0, 0, 0, false},
	/* what was not sent, or not done for certain, is sent again at once */
	{{"create!notsent", "create"}, TRAIN_CREATED, 2, 1, 0, 0, false},
	{{"odd/create_429_retry_info", "create"}, TRAIN_CREATED, 2, 1, 0, 0,
		false},
	/* what may have been done is looked for first */
	{{"create!lost", "get"}, TRAIN_ADOPTED, 2, 1, 0, 0, false},
	{{"create!timeout", "get"}, TRAIN_ADOPTED, 2, 1, 0, 0, false},
	{{"odd/create_503", "get"}, TRAIN_ADOPTED, 2, 1, 0, 0, false},
	{{"odd/create_502_html", "get"}, TRAIN_ADOPTED, 2, 1, 0, 0, false},
	{{"odd/create_cut", "get"}, TRAIN_ADOPTED, 2, 1, 0, 0, false},
	{{"create!lost", "get_404", "create"}, TRAIN_CREATED, 3, 1, 0, 0,
		false},
	{{"odd/create_503", "get_404", "odd/create_503", "get_404", "create"},
		TRAIN_CREATED, 5, 2, 0, 0, false},
	{{"create!notsent", "create!lost", "get"}, TRAIN_ADOPTED, 3, 2, 0, 0,
		false},
	{{"create!lost", "get_404", "create!notsent", "create"}, TRAIN_CREATED,
		4, 2, 0, 0, false},
	{{"create!lost", "get_404", "odd/create_429_retry_info", "create"},
		TRAIN_CREATED, 4, 2, 0, 0, false},
	/* until there is an answer */
	{{"create!lost", "odd/get_503", "get"}, TRAIN_ADOPTED, 3, 2, 0, 0,
		false},
	{{"create!lost", "get!notsent", "get!lost", "get_404", "create"},
		TRAIN_CREATED, 5, 3, 0, 0, false},
	/* who may not look, may create */
	{{"create!lost", "odd/get_403", "create"}, TRAIN_CREATED, 3, 1, 0, 0,
		false},
	/* it arrived after the look */
	{{"create!lost", "get_404", "create_409", "get"}, TRAIN_ADOPTED, 4, 1,
		0, 0, false},
	{{"create!lost", "get_404", "create_409", "odd/get_503", "get"},
		TRAIN_ADOPTED, 5, 2, 0, 0, false},
	/* the 409 answers our first request, so the job is someone else's */
	{{"create_409", "get"}, TRAIN_CONFLICT, 2, 0, ERR_HTTP, 409, false},
	{{"create!notsent", "create_409", "get"}, TRAIN_CONFLICT, 3, 1,
		ERR_HTTP, 409, false},
	{{"create!lost", "get_other_spec"}, TRAIN_CONFLICT, 2, 1, ERR_HTTP, 409,
		false},
	{{"create!lost", "get_404", "create_409", "get_other_spec"},
		TRAIN_CONFLICT, 4, 1, ERR_HTTP, 409, false},
	/* not settled */
	{{"create!lost", "get_404", "create_409", "get_404"}, TRAIN_FAILED, 4,
		1, ERR_LOST, 0, true},
	{{"create_409", "get_404"}, TRAIN_FAILED, 2, 0, ERR_LOST, 0, false},
	{{"create!lost", "get_404", "create!lost", "get_404", "create!lost",
		 "get_404", "create!lost", "get_404", "create!lost"},
		TRAIN_FAILED, 9, 4, ERR_LOST, 0, true},
	{{"odd/create_503", "odd/get_503", "odd/get_503", "odd/get_503",
		 "odd/get_503"},
		TRAIN_FAILED, 5, 4, ERR_HTTP, 503, true},
	{{"create!lost", "get_404", "odd/create_400_region"}, TRAIN_FAILED, 3,
		1, ERR_HTTP, 400, true},
	{{"create!notsent", "create!notsent", "create!notsent",
		 "create!notsent", "create!notsent"},
		TRAIN_FAILED, 5, 4, ERR_NOTSENT, 0, false},
	{{"odd/create_400_region"}, TRAIN_FAILED, 1, 0, ERR_HTTP, 400, false},
	{{"odd/create_429_quota"}, TRAIN_FAILED, 1, 0, ERR_HTTP, 429, false},
};

/* A job with our labels, as the uniquifier sends it. */
static const struct path labelled[] = {
	{{"create_labelled"}, TRAIN_CREATED, 1, 0, 0, 0, false},
	{{"odd/create_labelled_503", "get_404", "create_labelled"},
		TRAIN_CREATED, 3, 1, 0, 0, false},
	{{"create_labelled_409", "get_labelled"}, TRAIN_ADOPTED, 2, 0, 0, 0,
		false},
	{{"create_labelled!lost", "get_labelled"}, TRAIN_ADOPTED, 2, 1, 0, 0,
		false},
	{{"create_labelled!lost", "get_404", "create_labelled_409",
		 "get_labelled"},
		TRAIN_ADOPTED, 4, 1, 0, 0, false},
	{{"create_labelled_409", "get_labelled_other_spec"}, TRAIN_KEPT, 2, 0,
		0, 0, false},
	{{"create_labelled!lost", "get_labelled_other_spec"}, TRAIN_KEPT, 2, 1,
		0, 0, false},
	{{"create_labelled_409", "get_labelled_other_key"}, TRAIN_CONFLICT, 2,
		0, ERR_HTTP, 409, false},
	{{"create_labelled!lost", "get_labelled_other_key"}, TRAIN_CONFLICT, 2,
		1, ERR_HTTP, 409, false},
	/* no labels there: not ours, even after a lost answer */
	{{"create_labelled!lost", "get"}, TRAIN_CONFLICT, 2, 1, ERR_HTTP, 409,
		false},
	{{"create_labelled!lost", "get_404", "create_labelled_409", "get"},
		TRAIN_CONFLICT, 4, 1, ERR_HTTP, 409, false},
};

static void walk(const struct path *p, size_t row, const char *job_name) {
	struct wire w;
	struct err e = {0};
	const char *steps[WIRE_STEPS_MAX + 1] = {0};
	memcpy(steps, p->steps, sizeof p->steps);
	auto_json json_t *job = wire_job(job_name);
	wire_init(&w, steps);
	ck_assert_int_eq(
		train_submit(w.train, job, LONG_US, wire_on_submitted, &w, &e),
		0);
	wire_run(&w);
	ck_assert_msg(w.outcome == p->outcome, "row %zu: %s, want %s", row,
		train_outcome_name(w.outcome), train_outcome_name(p->outcome));
	ck_assert_msg(w.attempts == p->attempts && w.retries == p->retries,
		"row %zu: %u attempts, %u retries", row, w.attempts, w.retries);
	ck_assert_msg(
		w.error.err.code == p->code && w.error.err.http == p->http,
		"row %zu: error %d, HTTP %d: %s", row, w.error.err.code,
		w.error.err.http, w.error.err.msg);
	ck_assert_msg(w.doubtful == p->doubtful, "row %zu: doubtful", row);
	if (p->outcome == TRAIN_CONFLICT)
		ck_assert_str_eq(w.error.err.msg, TAKEN);
	if (p->outcome != TRAIN_FAILED)
		ck_assert_str_eq(
			json_string_value(json_object_get(w.answer, "jobId")),
			"job_7");
	wire_done(&w, false);
}

START_TEST(without_labels) {
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		walk(&plain[i], i, "create");
}
END_TEST

START_TEST(with_labels) {
	for (size_t i = 0; i < sizeof labelled / sizeof labelled[0]; i++)
		walk(&labelled[i], i, "create_labelled");
}
END_TEST

START_TEST(names) {
	static const char *const want[] = {
		"created", "adopted", "kept", "conflict", "failed"};
	for (int i = TRAIN_CREATED; i <= TRAIN_FAILED; i++)
		ck_assert_str_eq(
			train_outcome_name((enum train_outcome)i), want[i]);
}
END_TEST

START_TEST(no_time_left) {
	struct wire w;
	struct err e = {0};
	auto_json json_t *job = wire_job("create");
	wire_init(&w, (const char *const[]){"odd/create_503", NULL});
	/* a look would come later than this, so one request is all */
	ck_assert_int_eq(
		train_submit(w.train, job, 0, wire_on_submitted, &w, &e), 0);
	wire_run(&w);
	ck_assert_int_eq(w.outcome, TRAIN_FAILED);
	ck_assert_int_eq(w.error.err.http, 503);
	ck_assert_uint_eq(w.attempts, 1);
	wire_done(&w, false);
}
END_TEST

START_TEST(without_an_id) {
	struct wire w;
	struct err e = {0};
	auto_json json_t *job = json_object();
	wire_init(&w, (const char *const[]){NULL});
	ck_assert_int_eq(
		train_submit(w.train, job, LONG_US, wire_on_submitted, &w, &e),
		ERR_SHAPE);
	wire_done(&w, false);
}
END_TEST

START_TEST(out_of_memory) {
	auto_json json_t *job = wire_job("create_labelled");
	for (long n = 0, done = 0; !done; n++) {
		struct wire w;
		struct err e = {0};
		wire_init(&w, (const char *const[]){"odd/create_labelled_503",
				      "get_404", "create_labelled_409",
				      "get_labelled", NULL});
		mem_fail_after(n);
		int rc = train_submit(
			w.train, job, LONG_US, wire_on_submitted, &w, &e);
		if (!rc)
			rc = loop_run(w.loop, &e);
		mem_fail_off();
		ck_assert_uint_le(w.calls, 1);
		ck_assert(w.calls || rc == ERR_NOMEM);
		done = w.calls && w.outcome == TRAIN_ADOPTED;
		if (w.calls && !done) {
			ck_assert_int_eq(w.outcome, TRAIN_FAILED);
			ck_assert_int_eq(w.error.err.code, ERR_NOMEM);
			ck_assert_ptr_null(w.answer);
		}
		wire_done(&w, true);
	}
}
END_TEST

static void match(void *ctx, char *const *cols) {
	(void)ctx;
	auto_json json_t *sent = json_loads(cols[1], 0, NULL);
	auto_json json_t *got = json_loads(cols[2], 0, NULL);
	ck_assert_msg(sent && got, "%s: bad JSON", cols[0]);
	ck_assert_msg(match_job(sent, got) == (strcmp(cols[3], "yes") == 0),
		"%s: want %s", cols[0], cols[3]);
}

START_TEST(what_is_the_same_job) {
	unit_tsv("match/cases.tsv", 4, match, NULL);
}
END_TEST

int main(void) {
	Suite *s = suite_create("submit");
	unit_add(s, without_labels);
	unit_add(s, with_labels);
	unit_add(s, names);
	unit_add(s, no_time_left);
	unit_add(s, without_an_id);
	unit_add(s, out_of_memory);
	unit_add(s, what_is_the_same_job);
	return unit_run(s);
}
