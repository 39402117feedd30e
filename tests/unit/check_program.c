/* SPDX-License-Identifier: MIT */
/* Jobs for whose image the command line has a program; the program is the
 * test. The life is 5 s queued, 100 s preparing, 300 s running if no program
 * decides, 5 s cancelling. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define INPUT(image)                                                           \
	"{\"trainingInput\":{\"masterConfig\":{\"imageUri\":\"" image "\"}}}"
#define OURS INPUT("gcr.io/p/ours:1")

static const char *const first_argv[] = {"/bin/first", "-x", NULL};
static const char *const second_argv[] = {"/bin/second", NULL};
static const struct emu_run entries[] = {
	{"gcr.io/p/ours:?", first_argv}, {"gcr.io/p/*", second_argv}};

static void open_with(struct core *c, const char *data) {
	core_open(c, data);
	c->em->runs = entries;
	c->em->runs_len = 2;
}

struct seen {
	enum job_state state;
	int64_t start_us, end_us;
	char error[3000];
};

static void see(void *ctx, const struct job *j) {
	struct seen *s = ctx;
	*s = (struct seen){j->state, j->start_us, j->end_us, ""};
	(void)snprintf(s->error, sizeof s->error, "%s",
		j->error ? j->error : "(none)");
}

static struct seen get(struct core *c, const char *id) {
	auto_status struct status st = STATUS_INIT;
	struct seen s;
	ck_assert_int_eq(jobs_get(c->em, CORE_P, id, see, &s, &st), ST_OK);
	return s;
}

/* Lets the clock pass to the job's start; the advance then waits. */
static void to_the_start(struct core *c) {
	core_set_out(c, 105 * US_PER_S);
	ck_assert_int_eq(c->runs, 1);
	ck_assert_int_eq(c->em->in_flight, 1);
}

static void exits(struct core *c, int code, const char *lines) {
	jobs_exited(c->em, c->run_job, code, lines);
	core_settle(c);
}

START_TEST(the_first_entry_that_matches_runs) {
	static const struct {
		const char *input, *text;
	} cases[] = {{OURS, "/bin/first p1 j " OURS},
		{INPUT("gcr.io/p/ours:10"),
			"/bin/second p1 j " INPUT("gcr.io/p/ours:10")},
		{INPUT("gcr.io/q/ours:1"), ""}, {"{\"trainingInput\":{}}", ""},
		{"{}", ""},
		/* trials are simulated */
		{"{\"trainingInput\":{\"hyperparameters\":{\"params\":[]},"
		 "\"masterConfig\":{\"imageUri\":\"gcr.io/p/ours:1\"}}}",
			""}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct core c;
		open_with(&c, NULL);
		core_submit(&c, "j", cases[i].input);
		core_set_out(&c, 1000 * US_PER_S);
		ck_assert_str_eq(c.run_text, cases[i].text);
		ck_assert_int_eq(get(&c, "j").state,
			*cases[i].text ? JOB_RUNNING : JOB_SUCCEEDED);
		core_close(&c);
	}
}
END_TEST

START_TEST(time_waits_for_the_program) {
	struct core c;
	open_with(&c, NULL);
	core_submit(&c, "j", OURS);
	to_the_start(&c);
	core_settle(&c);
	ck_assert_int_eq(c.advanced, 0);
	ck_assert_int_eq(get(&c, "j").state, JOB_RUNNING);
	exits(&c, 0, "");
	ck_assert_int_eq(c.advanced, 1);
	ck_assert_int_eq(c.em->in_flight, 0);
	struct seen s = get(&c, "j");
	ck_assert_int_eq(s.state, JOB_SUCCEEDED);
	ck_assert_str_eq(s.error, "(none)");
	ck_assert_int_eq(s.start_us, CORE_START_US + 105 * US_PER_S);
	ck_assert_int_eq(s.end_us, s.start_us);
	ck_assert_int_eq(c.stops, 0);
	core_close(&c);
}
END_TEST

/* Facts ml-jobs.md section 12: the words of a failure. The project is named by
 * its number: check_iam says how that is made. */
START_TEST(an_exit_code_is_the_outcome) {
	static const char tail[] =
		"To find out more about why your job exited please check the "
		"logs: "
		"https://console.cloud.google.com/logs/"
		"viewer?project=281707762362"
		"&resource=ml_job%2Fjob_id%2Fj&advancedFilter=resource.type"
		"%3D%22ml_job%22%0Aresource.labels.job_id%3D%22j%22";
	static const struct {
		int code;
		const char *lines, *error;
	} cases[] = {{1, "Traceback\nError: x\n", "1. \nTraceback\nError: x\n"},
		{139, "no end of line", "139. \nno end of line\n"},
		{255, "", "255. \n"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct core c;
		open_with(&c, NULL);
		core_submit(&c, "j", OURS);
		to_the_start(&c);
		exits(&c, cases[i].code, cases[i].lines);
		auto_free char *want = mem_printf(
			"The replica master 0 exited with a non-zero status of "
			"%s%s",
			cases[i].error, tail);
		struct seen s = get(&c, "j");
		ck_assert_int_eq(s.state, JOB_FAILED);
		ck_assert_str_eq(s.error, want);
		core_close(&c);
	}
}
END_TEST

START_TEST(a_cancel_ends_it_politely) {
	struct core c;
	open_with(&c, NULL);
	core_submit(&c, "j", OURS);
	to_the_start(&c);
	core_cancel(&c, "j");
	ck_assert_int_eq(c.stops, 1);
	ck_assert_int_eq(c.stop_job, c.run_job);
	ck_assert(!c.stop_now);
	core_cancel(&c, "j");
	ck_assert_int_eq(c.stops, 1);
	/* it is not over before the program is */
	core_settle(&c);
	ck_assert_int_eq(get(&c, "j").state, JOB_CANCELLING);
	exits(&c, 143, "");
	struct seen s = get(&c, "j");
	ck_assert_int_eq(s.state, JOB_CANCELLING);
	core_advance(&c, 5 * US_PER_S);
	s = get(&c, "j");
	ck_assert_int_eq(s.state, JOB_CANCELLED);
	ck_assert_int_eq(s.end_us, CORE_START_US + 110 * US_PER_S);
	core_close(&c);
}
END_TEST

START_TEST(one_that_cannot_start_is_a_failure) {
	struct core c;
	open_with(&c, NULL);
	core_submit(&c, "j", OURS);
	c.refuse = ERR_IO;
	core_advance(&c, 105 * US_PER_S);
	struct seen s = get(&c, "j");
	ck_assert_int_eq(s.state, JOB_FAILED);
	ck_assert_msg(
		strstr(s.error, "could not be started") != NULL, "%s", s.error);
	ck_assert_int_eq(s.end_us, s.start_us);
	core_close(&c);
}
END_TEST

/* What is not known to run is not heard: twice over, or of no job. */
START_TEST(an_end_counts_once) {
	struct core c;
	open_with(&c, NULL);
	core_submit(&c, "j", OURS);
	to_the_start(&c);
	jobs_exited(c.em, c.run_job + 1, 1, "");
	ck_assert_int_eq(get(&c, "j").state, JOB_RUNNING);
	exits(&c, 0, "");
	exits(&c, 1, "");
	ck_assert_int_eq(get(&c, "j").state, JOB_SUCCEEDED);
	ck_assert_int_eq(c.em->in_flight, 0);
	core_close(&c);
}
END_TEST

/* Its end comes while the state cannot be written: it is written later. */
START_TEST(an_end_that_cannot_be_written_is_kept) {
	struct core c;
	open_with(&c, NULL);
	core_submit(&c, "j", OURS);
	to_the_start(&c);
	ck_assert_int_eq(store_begin(c.em->store, NULL), 0);
	jobs_exited(c.em, c.run_job, 0, "");
	ck_assert_int_eq(c.em->in_flight, 1);
	core_settle(&c);
	ck_assert_int_eq(c.em->in_flight, 0);
	ck_assert_int_eq(get(&c, "j").state, JOB_SUCCEEDED);
	core_close(&c);
}
END_TEST

/* A start that the rows do not know of: that program is killed, and the job
 * starts again. */
START_TEST(a_start_that_cannot_be_written_is_taken_back) {
	struct core c;
	open_with(&c, NULL);
	core_submit(&c, "j", OURS);
	c.spoil = true;
	core_set_out(&c, 105 * US_PER_S);
	ck_assert_int_eq(c.runs, 2);
	ck_assert_int_eq(c.stops, 1);
	ck_assert(c.stop_now);
	ck_assert_int_eq(c.em->in_flight, 1);
	exits(&c, 0, "");
	ck_assert_int_eq(get(&c, "j").state, JOB_SUCCEEDED);
	core_close(&c);
}
END_TEST

START_TEST(a_reset_kills_it) {
	struct core c;
	open_with(&c, NULL);
	core_submit(&c, "j", OURS);
	to_the_start(&c);
	turn_advance_stop(c.em);
	int64_t job = c.run_job;
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, NULL)), 0);
	core_settle(&c);
	ck_assert_int_eq(c.stops, 1);
	ck_assert(c.stop_now);
	ck_assert_int_eq(c.em->in_flight, 0);
	/* the next job has the same row, and its own program */
	core_submit(&c, "j", OURS);
	core_set_out(&c, 105 * US_PER_S);
	ck_assert_int_eq(c.runs, 2);
	ck_assert_int_eq(c.run_job, job);
	ck_assert_int_eq(get(&c, "j").state, JOB_RUNNING);
	core_close(&c);
}
END_TEST

static void restart_case(bool cancelled, enum job_state state) {
	auto_free char *path = core_temp("program");
	struct core c;
	open_with(&c, path);
	core_submit(&c, "j", OURS);
	to_the_start(&c);
	if (cancelled)
		core_cancel(&c, "j");
	turn_stop(c.em);
	core_close(&c);
	open_with(&c, path);
	struct seen s = get(&c, "j");
	ck_assert_int_eq(s.state, state);
	ck_assert_int_eq(s.end_us, emu_now(c.em));
	ck_assert_int_eq(c.em->in_flight, 0);
	ck_assert_msg(cancelled || strstr(s.error, "train-emulator ended"),
		"%s", s.error);
	core_close(&c);
	core_remove(path);
}

START_TEST(a_restart_finds_it_gone) {
	restart_case(false, JOB_FAILED);
	restart_case(true, JOB_CANCELLED);
}
END_TEST

START_TEST(out_of_memory) {
	for (long n = 0; n < 20; n++) {
		struct core c;
		open_with(&c, NULL);
		core_submit(&c, "j", OURS);
		core_advance(&c, 5 * US_PER_S);
		vclock_set(&c.em->clock, CORE_START_US + 105 * US_PER_S);
		mem_fail_after(n);
		turn_run(c.em);
		mem_fail_off();
		core_settle(&c);
		/* without memory for the program that is its failure */
		struct seen s = get(&c, "j");
		ck_assert_int_eq(s.state, c.runs ? JOB_RUNNING : JOB_FAILED);
		mem_fail_after(n);
		if (c.runs)
			jobs_exited(c.em, c.run_job, 3, "x");
		mem_fail_off();
		core_settle(&c);
		s = get(&c, "j");
		ck_assert_int_eq(s.state, JOB_FAILED);
		ck_assert_str_ne(s.error, "(none)");
		ck_assert_int_eq(c.em->in_flight, 0);
		core_close(&c);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("program");
	unit_add(s, the_first_entry_that_matches_runs);
	unit_add(s, time_waits_for_the_program);
	unit_add(s, an_exit_code_is_the_outcome);
	unit_add(s, a_cancel_ends_it_politely);
	unit_add(s, one_that_cannot_start_is_a_failure);
	unit_add(s, an_end_counts_once);
	unit_add(s, an_end_that_cannot_be_written_is_kept);
	unit_add(s, a_start_that_cannot_be_written_is_taken_back);
	unit_add(s, a_reset_kills_it);
	unit_add(s, a_restart_finds_it_gone);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
