/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/loop.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

/* What the callbacks of a test share. */
struct world {
	struct loop *l;
	char order[64]; /* a letter a call */
	int fd[8];
	int events; /* of the last descriptor call */
	int turns;
	struct loop_timer t[4];
	struct loop_hook h[3];
};

static struct world *open_world(void) {
	struct world *w = mem_zero(1, sizeof *w);
	struct err e = {0};
	ck_assert_msg(loop_new(&w->l, &e) == 0, "%s", e.msg);
	return w;
}

static void close_world(struct world *w) {
	loop_free(w->l);
	for (size_t i = 0; i < 8; i++)
		if (w->fd[i])
			(void)close(w->fd[i]);
	mem_free(w);
}

static void note(struct world *w, char letter) {
	size_t len = strlen(w->order);
	ck_assert_uint_lt(len, sizeof w->order - 1);
	w->order[len] = letter;
}

static void run(struct world *w) {
	struct err e = {0};
	ck_assert_msg(loop_run(w->l, &e) == 0, "%s", e.msg);
}

static void stop(void *ctx) {
	struct world *w = ctx;
	loop_stop(w->l);
}

static void note_a(void *ctx) {
	note(ctx, 'a');
}

static void note_b(void *ctx) {
	note(ctx, 'b');
}

static void note_c(void *ctx) {
	note(ctx, 'c');
}

static void arm(struct world *w, int i, void (*cb)(void *), int64_t delay_us) {
	w->t[i].cb = cb;
	w->t[i].ctx = w;
	loop_timer_at(w->l, &w->t[i], loop_now_us(w->l) + delay_us);
}

/* Stops the loop in its next turn but one. */
static void stop_soon(struct world *w) {
	arm(w, 3, stop, 3000);
}

START_TEST(timers_in_order) {
	struct world *w = open_world();
	arm(w, 0, note_c, 2000);
	arm(w, 1, note_a, 1000);
	arm(w, 2, note_b, 1000); /* equal: as they were armed */
	stop_soon(w);
	int64_t before = loop_now_us(w->l);
	run(w);
	ck_assert_str_eq(w->order, "abc");
	ck_assert_int_ge(loop_now_us(w->l) - before, 3000);
	close_world(w);
}
END_TEST

START_TEST(arming_again_moves_a_timer) {
	struct world *w = open_world();
	arm(w, 0, note_a, 1000);
	arm(w, 1, note_b, 1500);
	arm(w, 0, note_a, 2000);
	arm(w, 2, note_c, 60 * US_PER_S);
	loop_timer_stop(w->l, &w->t[2]);
	loop_timer_stop(w->l, &w->t[2]); /* not armed: nothing */
	stop_soon(w);
	run(w);
	ck_assert_str_eq(w->order, "ba");
	close_world(w);
}
END_TEST

static void stop_second(void *ctx) {
	struct world *w = ctx;
	note(w, 'a');
	loop_timer_stop(w->l, &w->t[1]);
}

START_TEST(a_timer_stopped_by_another_of_the_same_instant) {
	struct world *w = open_world();
	arm(w, 0, stop_second, 1000);
	arm(w, 1, note_b, 1000);
	stop_soon(w);
	run(w);
	ck_assert_str_eq(w->order, "a");
	close_world(w);
}
END_TEST

static void always_again(void *ctx) {
	struct world *w = ctx;
	w->turns++;
	loop_timer_at(w->l, &w->t[0], -5);
	loop_timer_at(w->l, &w->t[0], loop_now_us(w->l));
}

static void read_and_stop(void *ctx, int fd, int events) {
	struct world *w = ctx;
	char c;
	w->events = events;
	ck_assert_int_eq(read(fd, &c, 1), 1);
	note(w, c);
	loop_stop(w->l);
}

static void write_byte(void *ctx) {
	struct world *w = ctx;
	ck_assert_int_eq(write(w->fd[1], "w", 1), 1);
}

/* A timer that is always due again has its turn like everything else. */
START_TEST(a_timer_of_the_past_waits_for_the_next_turn) {
	struct world *w = open_world();
	ck_assert_int_eq(pipe(w->fd), 0);
	ck_assert_int_eq(
		loop_fd_set(w->l, w->fd[0], LOOP_IN, read_and_stop, w, NULL),
		0);
	arm(w, 0, always_again, -1);
	arm(w, 1, write_byte, 2000);
	run(w);
	ck_assert_str_eq(w->order, "w");
	ck_assert_int_gt(w->turns, 1);
	ck_assert_int_eq(w->events, LOOP_IN);
	close_world(w);
}
END_TEST

START_TEST(a_timer_that_never_comes) {
	struct world *w = open_world();
	w->t[0] = (struct loop_timer){.cb = note_a, .ctx = w};
	loop_timer_in(w->l, &w->t[0], INT64_MAX);
	stop_soon(w);
	run(w);
	ck_assert_str_eq(w->order, "");
	close_world(w);
}
END_TEST

static void fd_a(void *ctx, int fd, int events) {
	struct world *w = ctx;
	(void)fd;
	w->events = events;
	note(w, 'a');
}

static void fd_b(void *ctx, int fd, int events) {
	(void)fd;
	(void)events;
	note(ctx, 'b');
}

static void watch(struct world *w, int fd, int events, loop_fd_cb *cb) {
	struct err e = {0};
	ck_assert_msg(
		loop_fd_set(w->l, fd, events, cb, w, &e) == 0, "%s", e.msg);
}

/* Whichever of two ready ones comes first takes the other out. */
static void remove_other(void *ctx, int fd, int events) {
	struct world *w = ctx;
	(void)events;
	note(w, 'x');
	loop_fd_del(w->l, fd == w->fd[0] ? w->fd[2] : w->fd[0]);
	loop_fd_del(w->l, fd);
}

START_TEST(a_watch_ended_by_another_of_the_same_turn) {
	struct world *w = open_world();
	for (int i = 0; i < 4; i += 2) {
		ck_assert_int_eq(pipe(w->fd + i), 0);
		ck_assert_int_eq(write(w->fd[i + 1], "x", 1), 1);
		watch(w, w->fd[i], LOOP_IN, remove_other);
	}
	stop_soon(w);
	run(w);
	ck_assert_str_eq(w->order, "x");
	loop_fd_del(w->l, w->fd[0]); /* not watched: nothing */
	loop_fd_del(w->l, 100000);
	close_world(w);
}
END_TEST

/* The other is closed and its number given to a pipe with nothing to read. */
static void reuse_other(void *ctx, int fd, int events) {
	struct world *w = ctx;
	(void)events;
	note(w, 'x');
	int other = fd == w->fd[0] ? 2 : 0, number = w->fd[other];
	loop_fd_del(w->l, fd);
	loop_fd_del(w->l, number);
	ck_assert_int_eq(close(number), 0);
	ck_assert_int_eq(pipe(w->fd + 4), 0);
	ck_assert_int_eq(w->fd[4], number); /* the lowest one that is free */
	w->fd[other] = 0;
	watch(w, number, LOOP_IN, fd_b);
}

START_TEST(events_of_a_reused_number) {
	struct world *w = open_world();
	for (int i = 0; i < 4; i += 2) {
		ck_assert_int_eq(pipe(w->fd + i), 0);
		ck_assert_int_eq(write(w->fd[i + 1], "x", 1), 1);
		watch(w, w->fd[i], LOOP_IN, reuse_other);
	}
	stop_soon(w);
	run(w);
	ck_assert_str_eq(w->order, "x");
	close_world(w);
}
END_TEST

/* Its owner closed it and forgot to say so; the number's next owner must not
 * suffer for it. */
START_TEST(a_number_whose_watch_was_never_ended) {
	struct world *w = open_world();
	ck_assert_int_eq(pipe(w->fd), 0);
	watch(w, w->fd[0], LOOP_IN, fd_a);
	int number = w->fd[0];
	ck_assert_int_eq(close(number), 0);
	ck_assert_int_eq(close(w->fd[1]), 0);
	ck_assert_int_eq(pipe(w->fd), 0);
	ck_assert_int_eq(w->fd[0], number);
	watch(w, number, LOOP_IN, read_and_stop);
	ck_assert_int_eq(write(w->fd[1], "y", 1), 1);
	run(w);
	ck_assert_str_eq(w->order, "y");
	close_world(w);
}
END_TEST

START_TEST(what_is_watched_can_change) {
	struct world *w = open_world();
	ck_assert_int_eq(pipe(w->fd), 0);
	watch(w, w->fd[1], LOOP_IN, fd_b); /* never: it is for writing */
	stop_soon(w);
	run(w);
	ck_assert_str_eq(w->order, "");
	watch(w, w->fd[1], LOOP_OUT, fd_a);
	arm(w, 3, stop, 1);
	run(w);
	ck_assert_int_eq(w->order[0], 'a');
	ck_assert_int_eq(w->events, LOOP_OUT);
	/* the reader goes: an error is both */
	ck_assert_int_eq(close(w->fd[0]), 0);
	w->fd[0] = 0;
	watch(w, w->fd[1], LOOP_OUT, fd_a);
	arm(w, 3, stop, 1);
	run(w);
	ck_assert_int_eq(w->events, LOOP_IN | LOOP_OUT);
	close_world(w);
}
END_TEST

START_TEST(descriptors_that_cannot_be_watched) {
	struct world *w = open_world();
	struct err e = {0};
	ck_assert_int_eq(pipe(w->fd), 0);
	int high = fcntl(w->fd[0], F_DUPFD, 500);
	ck_assert_int_ge(high, 500);
	mem_fail_after(0);
	ck_assert_int_eq(
		loop_fd_set(w->l, high, LOOP_IN, fd_a, w, &e), ERR_NOMEM);
	mem_fail_off();
	watch(w, high, LOOP_IN, read_and_stop);
	ck_assert_int_eq(write(w->fd[1], "z", 1), 1);
	run(w);
	ck_assert_str_eq(w->order, "z");
	loop_fd_del(w->l, high);
	ck_assert_int_eq(close(high), 0);
	ck_assert_int_eq(loop_fd_set(w->l, high, LOOP_IN, fd_a, w, &e), ERR_IO);
	loop_fd_del(w->l, high);
	close_world(w);
}
END_TEST

static int64_t due_now(void *ctx) {
	((struct world *)ctx)->turns++;
	return 0;
}

static int64_t due_never(void *ctx) {
	((struct world *)ctx)->turns++;
	return -1;
}

static int64_t due_soon(void *ctx) {
	struct world *w = ctx;
	return w->turns++ ? 0 : 1500;
}

static void run_and_stop(void *ctx) {
	struct world *w = ctx;
	note(w, 'h');
	loop_stop(w->l);
}

static void add_hook(
	struct world *w, int i, int64_t (*due)(void *), void (*cb)(void *)) {
	w->h[i] = (struct loop_hook){due, cb, w, NULL};
	loop_hook_add(w->l, &w->h[i]);
}

START_TEST(hooks) {
	struct world *w = open_world();
	add_hook(w, 0, due_now, run_and_stop);
	run(w);
	ck_assert_str_eq(w->order, "h");
	loop_hook_del(w->l, &w->h[0]);
	loop_hook_del(w->l, &w->h[0]); /* not there: nothing */
	w->turns = 0;
	int64_t before = clock_mono_us();
	add_hook(w, 0, due_soon, run_and_stop);
	run(w);
	ck_assert_int_ge(clock_mono_us() - before, 1500);
	ck_assert_str_eq(w->order, "hh");
	close_world(w);
}
END_TEST

/* A loop with nothing to do sleeps. */
START_TEST(waiting_is_not_spinning) {
	struct world *w = open_world();
	add_hook(w, 0, due_never, note_a);
	arm(w, 0, stop, 20000);
	run(w);
	ck_assert_str_eq(w->order, "");
	ck_assert_int_lt(w->turns, 12);
	close_world(w);
}
END_TEST

static void end_all_hooks(void *ctx) {
	struct world *w = ctx;
	note(w, 'h');
	for (int i = 0; i < 3; i++) {
		loop_hook_del(w->l, &w->h[i]);
		/* as its owner would when it frees it */
		memset(&w->h[i], 0xa5, sizeof w->h[i]);
	}
	loop_stop(w->l);
}

START_TEST(hooks_taken_out_by_a_hook) {
	struct world *w = open_world();
	for (int i = 0; i < 3; i++)
		add_hook(w, i, due_now, end_all_hooks);
	run(w);
	ck_assert_str_eq(w->order, "h");
	stop_soon(w);
	run(w);
	ck_assert_str_eq(w->order, "h");
	close_world(w);
}
END_TEST

static void end_last_added(void *ctx) {
	struct world *w = ctx;
	note(w, 'h');
	loop_hook_del(w->l, &w->h[2]);
	loop_hook_del(w->l, &w->h[1]);
	loop_hook_add(w->l, &w->h[1]);
	loop_stop(w->l);
}

START_TEST(hooks_added_by_a_hook) {
	struct world *w = open_world();
	add_hook(w, 0, due_now, end_last_added);
	add_hook(w, 1, due_never, note_b);
	add_hook(w, 2, due_never, note_c);
	run(w);
	ck_assert_str_eq(w->order, "h");
	close_world(w);
}
END_TEST

static void on_signal(void *ctx, int signo) {
	struct world *w = ctx;
	note(w, signo == SIGUSR1 ? '1' : '2');
	if (strlen(w->order) == 2)
		loop_stop(w->l);
}

START_TEST(signals) {
	struct world *w = open_world();
	struct err e = {0};
	ck_assert_int_eq(loop_signal(w->l, SIGUSR1, on_signal, w, &e), 0);
	ck_assert_int_eq(loop_signal(w->l, SIGUSR2, on_signal, w, &e), 0);
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(raise(SIGUSR2), 0);
	run(w);
	ck_assert_str_eq(w->order, "12");
	ck_assert_int_eq(raise(SIGUSR1), 0); /* blocked: it does not kill */
	stop_soon(w);
	run(w);
	ck_assert_str_eq(w->order, "121");
	close_world(w);
}
END_TEST

static int start(void *ctx, struct err *e) {
	(void)ctx;
	struct loop *l = NULL;
	int rc = loop_new(&l, e);
	ck_assert_int_eq(l == NULL, rc != 0);
	loop_free(l);
	return rc;
}

START_TEST(out_of_memory) {
	ck_assert_int_eq(unit_nomem(start, NULL), 1);
	loop_free(NULL);
	/* timers need none */
	struct world *w = open_world();
	mem_fail_after(0);
	arm(w, 0, note_a, 0);
	stop_soon(w);
	run(w);
	mem_fail_off();
	ck_assert_str_eq(w->order, "a");
	close_world(w);
}
END_TEST

int main(void) {
	Suite *s = suite_create("loop");
	unit_add(s, timers_in_order);
	unit_add(s, arming_again_moves_a_timer);
	unit_add(s, a_timer_stopped_by_another_of_the_same_instant);
	unit_add(s, a_timer_of_the_past_waits_for_the_next_turn);
	unit_add(s, a_timer_that_never_comes);
	unit_add(s, a_watch_ended_by_another_of_the_same_turn);
	unit_add(s, events_of_a_reused_number);
	unit_add(s, a_number_whose_watch_was_never_ended);
	unit_add(s, what_is_watched_can_change);
	unit_add(s, descriptors_that_cannot_be_watched);
	unit_add(s, hooks);
	unit_add(s, waiting_is_not_spinning);
	unit_add(s, hooks_taken_out_by_a_hook);
	unit_add(s, hooks_added_by_a_hook);
	unit_add(s, signals);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
