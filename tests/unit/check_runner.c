/* SPDX-License-Identifier: MIT */
/* Jobs whose programs are lines for /bin/sh, from the core to the processes and
 * back. What outlives its program makes the test's time run out (reap_all). */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/buf.h"
#include "common/child.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/log_lines.h"
#include "emulator/run/runner.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define IMAGE "gcr.io/p/t:1"
#define JOB_INPUT                                                              \
	"{\"trainingInput\":{\"masterConfig\":{\"imageUri\":\"" IMAGE "\"}}}"
#define TO_START (105 * US_PER_S) /* 5 queued, 100 preparing */
#define CANCELLING (5 * US_PER_S)
#define SLEEP "sleep 1000 & setsid sleep 1000 & "

static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};

struct world {
	struct core c;
	struct loop *loop;
	struct runner *runner;
	struct emu_run entry;
	const char *argv[5];
	struct loop_hook hook;
	bool (*until)(struct world *w);
};

static int64_t hook_due(void *ctx) {
	struct world *w = ctx;
	return w->until(w) ? 0 : -1;
}

static void hook_run(void *ctx) {
	struct world *w = ctx;
	loop_stop(w->loop);
}

/* Every job's program is the script. */
static struct world *open_world(const char *script) {
	struct world *w = mem_zero(1, sizeof *w);
	struct err e = {0};
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	core_open(&w->c, NULL);
	ck_assert_msg(loop_new(&w->loop, &e) == 0, "%s", e.msg);
	ck_assert_msg(runner_new(w->c.em, w->loop, env, &w->runner, &e) == 0,
		"%s", e.msg);
	w->argv[0] = "sh";
	w->argv[1] = "-c";
	w->argv[2] = script;
	w->entry = (struct emu_run){IMAGE, w->argv};
	w->c.em->runs = &w->entry;
	w->c.em->runs_len = 1;
	w->hook = (struct loop_hook){hook_due, hook_run, w, NULL};
	loop_hook_add(w->loop, &w->hook);
	return w;
}

static void reap_all(void) {
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	ck_assert_int_eq(errno, ECHILD);
}

static void close_world(struct world *w) {
	runner_free(w->runner);
	reap_all();
	core_close(&w->c);
	loop_free(w->loop);
	mem_free(w);
}

static void run_until(struct world *w, bool (*until)(struct world *w)) {
	struct err e = {0};
	w->until = until;
	ck_assert_msg(loop_run(w->loop, &e) == 0, "%s", e.msg);
	core_settle(&w->c);
}

static bool nothing_runs(struct world *w) {
	return !runner_busy(w->runner);
}

/* Counts the lines that programs of any job have written. */
static void count(void *ctx, struct logs_range *r, const struct log_entry *en) {
	(void)r;
	*(int *)ctx += en->body != NULL;
}

static int lines(struct world *w) {
	int n = 0;
	logs_each(w->c.em,
		(struct logs_range){.project = CORE_P,
			.from_us = INT64_MIN,
			.to_us = INT64_MAX},
		count, &n);
	return n;
}

static bool a_line_has_come(struct world *w) {
	return lines(w) > 0;
}

/* As the core does when a job starts. */
static void ask_for(struct world *w, int64_t job) {
	struct run r = {.job = job,
		.project = CORE_P,
		.job_id = "j",
		.input = JOB_INPUT,
		.argv = w->argv};
	ck_assert_int_eq(w->c.em->ops.run(w->c.em->ops.run_ctx, &r), 0);
}

/* Creates a job and lets the clock pass to its start. */
static struct world *start_job(const char *script) {
	struct world *w = open_world(script);
	core_submit(&w->c, "j", JOB_INPUT);
	core_set_out(&w->c, TO_START);
	ck_assert(runner_busy(w->runner));
	ck_assert_int_eq(w->c.em->in_flight, 1);
	return w;
}

struct seen {
	enum job_state state;
	char error[4000];
};

static void see(void *ctx, const struct job *j) {
	struct seen *s = ctx;
	s->state = j->state;
	(void)snprintf(s->error, sizeof s->error, "%s",
		j->error ? j->error : "(none)");
}

static struct seen get(struct world *w, const char *id) {
	auto_status struct status st = STATUS_INIT;
	struct seen s;
	ck_assert_int_eq(jobs_get(w->c.em, CORE_P, id, see, &s, &st), ST_OK);
	return s;
}

/* The start of a failure's errorMessage: facts ml-jobs.md section 12. */
static void failed(struct world *w, int status, const char *lines) {
	struct seen s = get(w, "j");
	ck_assert_int_eq(s.state, JOB_FAILED);
	auto_free char *want = mem_printf("The replica master 0 exited with a "
					  "non-zero status of %d. \n%sTo find ",
		status, lines);
	ck_assert_msg(
		!strncmp(s.error, want, strlen(want)), "got: %s", s.error);
}

/* Appends "SEVERITY text|" of what the replica said. */
static void show(void *ctx, struct logs_range *r, const struct log_entry *en) {
	(void)r;
	if (!en->body || !en->task || strcmp(en->task, LOG_TASK_MASTER) != 0)
		return;
	auto_json json_t *entry =
		jsn_parse(en->body, strlen(en->body), true, NULL);
	const char *text = json_string_value(json_object_get(
		json_object_get(entry, "jsonPayload"), "message"));
	ck_assert_ptr_nonnull(text);
	(void)buf_addf(ctx, "%s %s|",
		log_severity_names[en->severity / LOG_SEVERITY_STEP], text);
}

static void logged(struct world *w, const char *job, const char *want) {
	auto_buf struct buf got;
	buf_init(&got, 1 << 20);
	logs_each(w->c.em,
		(struct logs_range){.project = CORE_P,
			.job_id = job,
			.from_us = INT64_MIN,
			.to_us = INT64_MAX},
		show, &got);
	ck_assert_str_eq(buf_str(&got), want);
}

START_TEST(success) {
	struct world *w = start_job("echo one; echo; echo three");
	ck_assert_int_eq(get(w, "j").state, JOB_RUNNING);
	run_until(w, nothing_runs);
	ck_assert_int_eq(get(w, "j").state, JOB_SUCCEEDED);
	ck_assert_str_eq(get(w, "j").error, "(none)");
	logged(w, "j", "INFO one|INFO |INFO three|");
	/* time waited for it, and goes on */
	ck_assert_int_eq(w->c.em->in_flight, 0);
	ck_assert_int_eq(w->c.advanced, 1);
	ck_assert_int_eq(emu_now(w->c.em), CORE_START_US + TO_START);
	close_world(w);
}
END_TEST

START_TEST(failure) {
	struct world *w = start_job(
		"echo 'Traceback' >&2; printf 'Error: no' >&2; exit 7");
	run_until(w, nothing_runs);
	failed(w, 7, "Traceback\nError: no\n");
	logged(w, "j", "ERROR Traceback|ERROR Error: no|");
	close_world(w);
	w = start_job("echo only this; kill -KILL $$");
	run_until(w, nothing_runs);
	failed(w, 137, "");
	close_world(w);
}
END_TEST

START_TEST(bytes_that_are_no_text) {
	struct world *w = start_job("printf 'a\\000b\\377c\\n'");
	run_until(w, nothing_runs);
	logged(w, "j",
		"INFO a?b\xef\xbf\xbd"
		"c|");
	close_world(w);
}
END_TEST

START_TEST(no_such_program) {
	struct world *w = open_world("");
	w->argv[0] = "/no/such/trainer";
	core_submit(&w->c, "j", JOB_INPUT);
	core_set_out(&w->c, TO_START);
	run_until(w, nothing_runs);
	failed(w, 127,
		"cannot start /no/such/trainer: No such file or directory\n");
	close_world(w);
}
END_TEST

START_TEST(arguments_that_are_too_long) {
	struct world *w = open_world("");
	size_t n = 256 * 1024; /* Linux takes 128 KiB */
	auto_free char *word = mem_zero(n, 1);
	memset(word, 'x', n - 1);
	auto_free char *input = mem_printf("{\"trainingInput\":{\"args\":["
					   "\"%s\"],\"masterConfig\":{"
					   "\"imageUri\":\"" IMAGE "\"}}}",
		word);
	core_submit(&w->c, "j", input);
	core_set_out(&w->c, TO_START);
	run_until(w, nothing_runs);
	failed(w, 126, "cannot start sh: Argument list too long\n");
	close_world(w);
}
END_TEST

START_TEST(cancelling) {
	struct world *w = start_job(SLEEP "echo up; wait");
	run_until(w, a_line_has_come);
	core_cancel(&w->c, "j");
	ck_assert_int_eq(get(w, "j").state, JOB_CANCELLING);
	run_until(w, nothing_runs);
	core_advance(&w->c, CANCELLING);
	ck_assert_int_eq(get(w, "j").state, JOB_CANCELLED);
	close_world(w);
}
END_TEST

START_TEST(a_reset_ends_all) {
	struct world *w = start_job(SLEEP "yes");
	run_until(w, a_line_has_come);
	ck_assert_int_eq(CORE_TX(&w->c, emu_reset(w->c.em, NULL, NULL)), 0);
	core_settle(&w->c);
	ck_assert(!runner_busy(w->runner));
	ck_assert_int_eq(w->c.em->in_flight, 0);
	reap_all();
	logged(w, "j", "");
	close_world(w);
}
END_TEST

START_TEST(lines_after_a_reset) {
	struct world *w = start_job("trap 'echo late; exit' TERM; echo up; "
				    "while :; do sleep 1000 & wait $!; done");
	run_until(w, a_line_has_come);
	ck_assert_int_eq(CORE_TX(&w->c, emu_reset(w->c.em, NULL, NULL)), 0);
	w->c.em->ops.stop(w->c.em->ops.run_ctx, 1, false);
	run_until(w, nothing_runs);
	logged(w, "j", "");
	close_world(w);
}
END_TEST

START_TEST(the_end_of_the_emulator) {
	struct world *w = start_job(SLEEP "exec yes");
	run_until(w, a_line_has_come);
	close_world(w);		       /* at once */
	close_world(start_job("yes")); /* not even begun */
	w = start_job(SLEEP "echo up; wait");
	run_until(w, a_line_has_come);
	runner_stop(w->runner);
	run_until(w, nothing_runs);
	/* as if the emulator had been killed */
	ck_assert_int_eq(get(w, "j").state, JOB_RUNNING);
	ck_assert_int_eq(w->c.em->in_flight, 1);
	/* one that is to start now has the same end */
	ask_for(w, 2);
	ck_assert(!runner_busy(w->runner));
	close_world(w);
}
END_TEST

START_TEST(several_at_once) {
	struct world *w =
		open_world("echo $CLOUD_ML_JOB_ID; [ $CLOUD_ML_JOB_ID = a ]");
	core_submit(&w->c, "a", JOB_INPUT);
	core_submit(&w->c, "b", JOB_INPUT);
	core_set_out(&w->c, TO_START);
	run_until(w, nothing_runs);
	core_settle(&w->c);
	run_until(w, nothing_runs); /* they wait for each other on this clock */
	ck_assert_int_eq(get(w, "a").state, JOB_SUCCEEDED);
	ck_assert_int_eq(get(w, "b").state, JOB_FAILED);
	logged(w, "a", "INFO a|");
	logged(w, "b", "INFO b|");
	close_world(w);
}
END_TEST

START_TEST(cancelling_before_it_has_begun) {
	struct world *w = start_job("echo never");
	core_cancel(&w->c, "j");
	run_until(w, nothing_runs);
	ck_assert_int_eq(lines(w), 0);
	core_advance(&w->c, CANCELLING);
	ck_assert_int_eq(get(w, "j").state, JOB_CANCELLED);
	close_world(w);
}
END_TEST

static bool as_many_as_may(struct world *w) {
	return lines(w) == RUNNER_MAX;
}

static bool two_more(struct world *w) {
	return lines(w) == RUNNER_MAX + 2;
}

START_TEST(so_many_at_once) {
	struct world *w = open_world("echo up; exec sleep 1000");
	for (int i = 0; i < RUNNER_MAX + 3; i++)
		ask_for(w, i);
	run_until(w, as_many_as_may);
	/* of those that wait one gives up, and two get their turn */
	w->c.em->ops.stop(w->c.em->ops.run_ctx, RUNNER_MAX + 1, false);
	w->c.em->ops.stop(w->c.em->ops.run_ctx, 0, true);
	w->c.em->ops.stop(w->c.em->ops.run_ctx, 5, false);
	run_until(w, two_more);
	close_world(w);
}
END_TEST

START_TEST(stopping_what_does_not_run) {
	struct world *w = open_world("");
	w->c.em->ops.stop(w->c.em->ops.run_ctx, 5, true);
	w->c.em->ops.stop(w->c.em->ops.run_ctx, 5, false);
	runner_free(NULL);
	close_world(w);
}
END_TEST

static int run_and_stop(void *ctx, struct err *e) {
	struct world *w = ctx;
	struct run r = {.job = 1,
		.project = CORE_P,
		.job_id = "j",
		.input = JOB_INPUT,
		.argv = w->argv};
	int rc = w->c.em->ops.run(w->c.em->ops.run_ctx, &r);
	ck_assert(runner_busy(w->runner) == (rc == 0));
	w->c.em->ops.stop(w->c.em->ops.run_ctx, 1, true);
	return rc ? err_set(e, rc, "run") : 0;
}

START_TEST(out_of_memory) {
	struct world *w = open_world(SLEEP "wait");
	ck_assert_int_ge(unit_nomem(run_and_stop, w), 4);
	close_world(w);
}
END_TEST

int main(int argc, char **argv) {
	child_keeper(argc, argv);
	Suite *s = suite_create("runner");
	unit_add(s, success);
	unit_add(s, failure);
	unit_add(s, bytes_that_are_no_text);
	unit_add(s, no_such_program);
	unit_add(s, arguments_that_are_too_long);
	unit_add(s, cancelling);
	unit_add(s, a_reset_ends_all);
	unit_add(s, lines_after_a_reset);
	unit_add(s, the_end_of_the_emulator);
	unit_add(s, several_at_once);
	unit_add(s, cancelling_before_it_has_begun);
	unit_add(s, so_many_at_once);
	unit_add(s, stopping_what_does_not_run);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
