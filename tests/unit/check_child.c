/* SPDX-License-Identifier: MIT */
/* Real programs, most of them lines for /bin/sh. Each test adopts what its
 * children leave behind, so that it can wait until nothing is left: what is not
 * killed sleeps for longer than a test may take. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/child.h"
#include "common/clock.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define TEXT_MAX (8u << 20)
#define LONG_US (50 * US_PER_S)

static const char *const path_only[] = {"PATH=/usr/bin:/bin", NULL};

/* Children, and what came of them. */
struct world {
	struct loop *loop;
	struct child *child; /* NULL: ended */
	struct buf lines;    /* "1 text\n" for each, or 2 */
	bool in_batch;
	int running; /* children */
	int ended;
	int status;
	char why[ERR_MSG_MAX];
	int64_t grace_us; /* of the stop when the line "now" comes */
	bool at_once;	  /* then again, without grace */
};

static void on_line(void *ctx, int fd, const char *text, size_t len) {
	struct world *w = ctx;
	(void)buf_addc(&w->lines, (char)('0' + fd));
	(void)buf_addc(&w->lines, ' ');
	(void)buf_add(&w->lines, text, len);
	(void)buf_addc(&w->lines, '\n');
	/* one assertion: there are 400,000 lines */
	if (!w->in_batch || text[len] || len > CHILD_LINE_MAX ||
		w->lines.failed)
		ck_abort_msg("%zu bytes: %s", len, text);
	if (strcmp(text, "now") != 0)
		return;
	child_stop(w->child, w->grace_us);
	if (w->at_once)
		child_stop(w->child, 0);
}

static void on_batch(void *ctx, bool begins) {
	struct world *w = ctx;
	ck_assert(w->in_batch != begins);
	w->in_batch = begins;
}

static void on_end(void *ctx, const struct child_end *end) {
	struct world *w = ctx;
	ck_assert(!w->in_batch);
	w->child = NULL;
	w->ended++;
	w->status = end->status;
	(void)snprintf(w->why, sizeof w->why, "%s", end->why ? end->why : "");
	if (--w->running == 0)
		loop_stop(w->loop);
}

static const struct child_ops ops = {on_line, on_batch, on_end};

static struct world *open_world(void) {
	struct world *w = mem_zero(1, sizeof *w);
	struct err e = {0};
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_msg(loop_new(&w->loop, &e) == 0, "%s", e.msg);
	buf_init(&w->lines, TEXT_MAX);
	return w;
}

/* Waits for all that ever came of this process: when a thing outlives its
 * program, here the test's time runs out. */
static void wait_for_all(void) {
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	ck_assert_int_eq(errno, ECHILD);
}

static void close_world(struct world *w) {
	wait_for_all();
	loop_free(w->loop);
	buf_done(&w->lines);
	mem_free(w);
}

static void start(struct world *w, const struct child_spec *spec) {
	struct err e = {0};
	int rc = child_start(w->loop, spec, &ops, w, &w->child, &e);
	ck_assert_msg(rc == 0, "%s", e.msg);
	w->running++;
}

static void start_sh(struct world *w, const char *script) {
	const char *argv[] = {"sh", "-c", script, NULL};
	struct child_spec spec = {argv, path_only, NULL};
	start(w, &spec);
}

static void run(struct world *w) {
	struct err e = {0};
	ck_assert_msg(loop_run(w->loop, &e) == 0, "%s", e.msg);
}

/* Runs a script; what it printed is compared. Returns how it ended. */
static int sh(const char *script, const char *want) {
	struct world *w = open_world();
	start_sh(w, script);
	run(w);
	ck_assert_msg(!strcmp(buf_str(&w->lines), want), "%s: got '%s'", script,
		buf_str(&w->lines));
	ck_assert_str_eq(w->why, "");
	int status = w->status;
	close_world(w);
	return status;
}

START_TEST(exit_statuses) {
	ck_assert_int_eq(sh("exit 0", ""), 0);
	ck_assert_int_eq(sh("exit 1", ""), 1);
	ck_assert_int_eq(sh("exit 255", ""), 255);
}
END_TEST

START_TEST(ends_by_signals) {
	ck_assert_int_eq(sh("kill -KILL $$", ""), 128 + SIGKILL);
	ck_assert_int_eq(sh("kill -TERM $$", ""), 128 + SIGTERM);
	ck_assert_int_eq(sh("kill -PIPE $$", ""), 128 + SIGPIPE);
}
END_TEST

START_TEST(lines) {
	(void)sh("echo one; echo; echo 'a  b '", "1 one\n1 \n1 a  b \n");
	(void)sh("echo no >&2", "2 no\n");
	(void)sh("printf 'no newline'", "1 no newline\n");
	(void)sh("printf 'one\\ntwo'; printf 2 >&2", "1 one\n1 two\n2 2\n");
	(void)sh("printf 'part'; printf 'ed\\n'", "1 parted\n");
}
END_TEST

START_TEST(a_nul_in_a_line) {
	struct world *w = open_world();
	start_sh(w, "printf 'a\\000b\\n'");
	run(w);
	ck_assert_uint_eq(w->lines.len, 6);
	ck_assert_int_eq(memcmp(w->lines.p, "1 a\0b\n", 6), 0);
	close_world(w);
}
END_TEST

/* A line of n bytes ends as it began, with pieces of the given lengths. */
static void one_long_line(
	const char *tail, size_t first, const size_t *want, size_t nwant) {
	struct world *w = open_world();
	auto_free char *script =
		mem_printf("head -c %zu /dev/zero | tr '\\0' x;"
			   "printf '%s'",
			first, tail);
	start_sh(w, script);
	run(w);
	const char *at = buf_str(&w->lines);
	for (size_t i = 0; i < nwant; i++) {
		size_t len = strcspn(at, "\n");
		ck_assert_uint_eq(len - 2, want[i]);
		at += len + 1;
	}
	ck_assert_str_eq(at, "");
	close_world(w);
}

START_TEST(long_lines) {
	static const size_t most[] = {CHILD_LINE_MAX};
	static const size_t over[] = {CHILD_LINE_MAX, 1};
	static const size_t full[] = {CHILD_LINE_MAX, 0};
	static const size_t three[] = {CHILD_LINE_MAX, CHILD_LINE_MAX, 7};
	one_long_line("", CHILD_LINE_MAX, most, 1);
	one_long_line(
		"\\n", CHILD_LINE_MAX - 1, &(size_t){CHILD_LINE_MAX - 1}, 1);
	one_long_line("y\\n", CHILD_LINE_MAX, over, 2);
	/* how long the next piece is was not known when this one was full */
	one_long_line("\\n", CHILD_LINE_MAX, full, 2);
	one_long_line("y\\n", (size_t)2 * CHILD_LINE_MAX + 6, three, 3);
}
END_TEST

/* A character of len bytes begins `before` bytes from the end of the room. */
static void cut_at_character(const char *character, size_t len, size_t before) {
	auto_free char *tail = mem_printf("%syyyyyyyyyy", character);
	size_t fits = len <= before ? CHILD_LINE_MAX : CHILD_LINE_MAX - before;
	size_t want[] = {fits, CHILD_LINE_MAX - before + len + 10 - fits};
	one_long_line(tail, CHILD_LINE_MAX - before, want, 2);
}

START_TEST(no_cut_inside_a_character) {
	for (size_t before = 1; before <= 5; before++) {
		cut_at_character("\\302\\242", 2, before);
		cut_at_character("\\342\\202\\254", 3, before);
		cut_at_character("\\360\\237\\230\\200", 4, before);
	}
	/* what is not UTF-8 is cut where the room ends */
	static const size_t two[] = {CHILD_LINE_MAX, 6};
	one_long_line("\\200\\200\\200\\200\\200\\200\\200\\200\\200\\200",
		CHILD_LINE_MAX - 4, two, 2);
}
END_TEST

START_TEST(much_output) {
	struct world *w = open_world();
	start_sh(w, "seq 1 200000 & seq 1 200000 >&2; wait");
	run(w);
	ck_assert_int_eq(w->status, 0);
	long next[3] = {0, 1, 1};
	for (const char *at = buf_str(&w->lines); *at; at++) {
		int fd = *at - '0';
		char *end;
		long n = strtol(at + 2, &end, 10);
		if (n != next[fd] || *end != '\n')
			ck_abort_msg("fd %d: %ld for %ld", fd, n, next[fd]);
		next[fd]++;
		at = end;
	}
	ck_assert_int_eq(next[1], 200001);
	ck_assert_int_eq(next[2], 200001);
	close_world(w);
}
END_TEST

START_TEST(closed_outputs) {
	ck_assert_int_eq(sh("exec >&-; echo err >&2; exit 3", "2 err\n"), 3);
	ck_assert_int_eq(sh("exec >&- 2>&-; sh -c :; exit 4", ""), 4);
}
END_TEST

START_TEST(what_a_program_finds) {
	(void)sh("cat; echo end", "1 end\n"); /* an input that is empty */
	(void)sh("env -u PWD | grep -vE '^(_|OLDPWD|SHLVL)='",
		"1 PATH=/usr/bin:/bin\n");
	/* the fourth is what ls reads them by */
	(void)sh("ls /proc/self/fd | wc -l", "1 4\n");
	(void)sh("grep -E '^SigBlk' /proc/self/status",
		"1 SigBlk:\t0000000000000000\n");
	/* 32 and 33 are the C library's own */
	(void)sh("ign=$(sed -n 's/^SigIgn:.//p' /proc/self/status);"
		 "echo $((0x$ign & ~0x180000000))",
		"1 0\n");
	(void)sh("[ $(cut -d ' ' -f 5 /proc/$$/stat) = $$ ] && echo leads",
		"1 leads\n");
	struct world *w = open_world();
	const char *argv[] = {"pwd", NULL};
	struct child_spec spec = {argv, path_only, "/usr"};
	start(w, &spec);
	run(w);
	ck_assert_str_eq(buf_str(&w->lines), "1 /usr\n");
	close_world(w);
}
END_TEST

START_TEST(arguments_are_not_looked_at) {
	struct world *w = open_world();
	const char *argv[] = {"printf", "[%s]\\n", "$(kill -9 $PPID)", "a b",
		"", "'", "\"`id`\"", "; exit 9", "-n", "\n", NULL};
	struct child_spec spec = {argv, path_only, NULL};
	start(w, &spec);
	run(w);
	ck_assert_int_eq(w->status, 0);
	ck_assert_str_eq(buf_str(&w->lines),
		"1 [$(kill -9 $PPID)]\n1 [a b]\n1 []\n1 [']\n1 [\"`id`\"]\n"
		"1 [; exit 9]\n1 [-n]\n1 [\n1 ]\n");
	close_world(w);
}
END_TEST

static void not_started(
	const char *program, const char *dir, int status, const char *why) {
	struct world *w = open_world();
	const char *argv[] = {program, NULL};
	struct child_spec spec = {argv, path_only, dir};
	start(w, &spec);
	run(w);
	ck_assert_int_eq(w->ended, 1);
	ck_assert_int_eq(w->status, status);
	ck_assert_str_eq(w->why, why);
	ck_assert_str_eq(buf_str(&w->lines), "");
	close_world(w);
}

START_TEST(programs_that_cannot_be_started) {
	not_started("no-such-program", NULL, 127,
		"cannot start no-such-program: No such file or directory");
	not_started("/no/such/program", NULL, 127,
		"cannot start /no/such/program: No such file or directory");
	not_started("/usr", NULL, 126, "cannot start /usr: Permission denied");
	not_started("true", "/no/such", 126,
		"cannot start true: its folder: No such file or directory");
}
END_TEST

START_TEST(an_argument_too_long) {
	struct world *w = open_world();
	size_t n = 256 * 1024; /* Linux takes 128 KiB */
	auto_free char *arg = mem_zero(n, 1);
	memset(arg, 'x', n - 1);
	const char *argv[] = {"true", arg, NULL};
	struct child_spec spec = {argv, path_only, NULL};
	struct err e = {0};
	ck_assert_int_eq(
		child_start(w->loop, &spec, &ops, w, &w->child, &e), ERR_IO);
	ck_assert_str_eq(e.msg, "cannot start true: Argument list too long");
	ck_assert_ptr_null(w->child);
	close_world(w);
}
END_TEST

/* Things that the program leaves: in its group, out of it, and so that their
 * parent is long gone. */
#define STRAYS                                                                 \
	"sleep 1000 & setsid sleep 1000 & (setsid sh -c 'sleep 1000 & "        \
	"sleep 1000' &) ; (trap '' TERM HUP INT; sleep 1000) & "

START_TEST(nothing_outlives_the_program) {
	ck_assert_int_eq(sh(STRAYS "echo hi; exit 5", "1 hi\n"), 5);
	ck_assert_int_eq(sh(STRAYS "exit 0", ""), 0);
}
END_TEST

START_TEST(an_orphan_that_ends_is_reaped) {
	ck_assert_int_eq(
		sh("(true &); (false &); until [ -z \"$(ps -o pid= --ppid "
		   "$PPID | grep -vw $$)\" ]; do :; done; exit 6",
			""),
		6);
}
END_TEST

/* Stops a script when it prints "now". */
static int stopped(const char *script, int64_t grace_us, const char *want) {
	struct world *w = open_world();
	w->grace_us = grace_us;
	start_sh(w, script);
	run(w);
	ck_assert_str_eq(buf_str(&w->lines), want);
	int status = w->status;
	close_world(w);
	return status;
}

START_TEST(stopping) {
	ck_assert_int_eq(stopped(STRAYS "echo now; wait", LONG_US, "1 now\n"),
		128 + SIGTERM);
	ck_assert_int_eq(stopped("trap 'echo bye; exit 3' TERM; sleep 1000 & "
				 "echo now; wait",
				 LONG_US, "1 now\n1 bye\n"),
		3);
	/* the group gets it, not the first process alone */
	ck_assert_int_eq(stopped("exec 2>/dev/null; trap : TERM; sh -c 'echo "
				 "now; exec sleep 1000' &"
				 "wait $!; wait $!; echo $?; exit 4",
				 LONG_US, "1 now\n1 143\n"),
		4);
	/* one that is stopped */
	ck_assert_int_eq(stopped("echo now; kill -STOP $$; sleep 1000", LONG_US,
				 "1 now\n"),
		128 + SIGTERM);
}
END_TEST

START_TEST(stopping_what_ignores_it) {
	static const char script[] =
		"trap '' TERM; echo now; while :; do sleep 1000; done";
	ck_assert_int_eq(
		stopped(script, 20 * US_PER_MS, "1 now\n"), 128 + SIGKILL);
	ck_assert_int_eq(stopped(script, 0, "1 now\n"), 128 + SIGKILL);
}
END_TEST

START_TEST(a_second_stop_counts) {
	struct world *w = open_world();
	w->grace_us = LONG_US;
	w->at_once = true;
	start_sh(w, "trap '' TERM; echo now; while :; do sleep 1000; done");
	run(w);
	ck_assert_int_eq(w->status, 128 + SIGKILL);
	close_world(w);
}
END_TEST

START_TEST(killing) {
	struct world *w = open_world();
	child_kill(NULL);
	start_sh(w, STRAYS "wait");
	child_kill(w->child); /* it may not even have begun */
	wait_for_all();
	w->running = 0;
	start_sh(w, STRAYS "echo 1; exec sleep 1000");
	struct child *c = w->child;
	start_sh(w, "exit 0");
	w->running = 1;
	run(w); /* until the second has ended */
	child_kill(c);
	ck_assert_int_eq(w->ended, 1);
	close_world(w);
}
END_TEST

START_TEST(a_program_that_kills_its_keeper) {
	struct world *w = open_world();
	start_sh(w, "sleep 1000 & kill -9 $PPID; sleep 1000");
	run(w);
	ck_assert_int_eq(w->status, 128 + SIGKILL);
	ck_assert_str_eq(w->why, "the keeper of sh was killed");
	close_world(w);
}
END_TEST

/* A process that runs the script and never looks at it. Returns its id when the
 * script has said something into the FIFO. */
static pid_t parent_of_script(const char *fifo, const char *script) {
	pid_t pid = fork();
	if (pid == 0) {
		struct world *w = open_world();
		start_sh(w, script);
		run(w);
		_exit(0);
	}
	int fd = open(fifo, O_RDONLY);
	char c;
	ck_assert_int_eq(read(fd, &c, 1), 1);
	(void)close(fd);
	return pid;
}

START_TEST(nothing_outlives_this_process) {
	char dir[] = "/tmp/check_child.XXXXXX";
	ck_assert_ptr_nonnull(mkdtemp(dir));
	auto_free char *fifo = mem_printf("%s/fifo", dir);
	auto_free char *script =
		mem_printf(STRAYS "echo > %s; sleep 1000", fifo);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t pid = parent_of_script(fifo, script);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	wait_for_all();
	(void)unlink(fifo);
	(void)rmdir(dir);
}
END_TEST

START_TEST(many_at_once) {
	struct world *w = open_world();
	for (int i = 0; i < 40; i++)
		start_sh(w, "echo 1; echo 2 >&2");
	run(w);
	ck_assert_int_eq(w->ended, 40);
	ck_assert_uint_eq(w->lines.len, (size_t)40 * 2 * 4);
	close_world(w);
}
END_TEST

START_TEST(without_descriptors_of_its_own) {
	/* what is opened next gets the numbers that a keeper wants */
	for (int fd = 0; fd <= 3; fd++)
		(void)close(fd);
	struct world *w = open_world();
	start_sh(w, "echo out; echo err >&2; ls /proc/self/fd | wc -l; exit 8");
	run(w);
	bool good = w->status == 8 && strstr(buf_str(&w->lines), "1 out\n") &&
		    strstr(buf_str(&w->lines), "2 err\n") &&
		    strstr(buf_str(&w->lines), "1 4\n");
	close_world(w);
	ck_assert(good);
}
END_TEST

START_TEST(nothing_with_that_name_is_no_keeper) {
	char name[] = "child-keeper", other[] = "check";
	char *few[] = {name, NULL}, *another[] = {other, name, name, NULL};
	child_keeper(0, NULL);
	child_keeper(1, few);
	child_keeper(3, another);
}
END_TEST

static int start_and_kill(void *ctx, struct err *e) {
	struct world *w = ctx;
	const char *argv[] = {"true", NULL};
	struct child_spec spec = {argv, path_only, NULL};
	int rc = child_start(w->loop, &spec, &ops, w, &w->child, e);
	if (rc)
		ck_assert_ptr_null(w->child);
	child_kill(TAKE(w->child));
	return rc;
}

START_TEST(out_of_memory) {
	struct world *w = open_world();
	ck_assert_int_ge(unit_nomem(start_and_kill, w), 2);
	close_world(w);
}
END_TEST

int main(int argc, char **argv) {
	child_keeper(argc, argv);
	Suite *s = suite_create("child");
	unit_add(s, exit_statuses);
	unit_add(s, ends_by_signals);
	unit_add(s, lines);
	unit_add(s, a_nul_in_a_line);
	unit_add(s, long_lines);
	unit_add(s, no_cut_inside_a_character);
	unit_add(s, much_output);
	unit_add(s, closed_outputs);
	unit_add(s, what_a_program_finds);
	unit_add(s, arguments_are_not_looked_at);
	unit_add(s, programs_that_cannot_be_started);
	unit_add(s, an_argument_too_long);
	unit_add(s, nothing_outlives_the_program);
	unit_add(s, an_orphan_that_ends_is_reaped);
	unit_add(s, stopping);
	unit_add(s, stopping_what_ignores_it);
	unit_add(s, a_second_stop_counts);
	unit_add(s, killing);
	unit_add(s, a_program_that_kills_its_keeper);
	unit_add(s, nothing_outlives_this_process);
	unit_add(s, many_at_once);
	unit_add(s, without_descriptors_of_its_own);
	unit_add(s, nothing_with_that_name_is_no_keeper);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
