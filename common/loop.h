/* SPDX-License-Identifier: MIT */
/* The one loop: file descriptors, timers and signals of a program, in one
 * thread. It knows neither HTTP nor any service. */
#ifndef TRAINCTL_COMMON_LOOP_H
#define TRAINCTL_COMMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/heap.h"

struct loop;

int loop_new(struct loop **ret, struct err *e); /* 0, ERR_NOMEM, ERR_IO */
void loop_free(struct loop *l);			/* NULL is a no-op */

/* Runs until loop_stop. Returns 0 or ERR_IO. */
int loop_run(struct loop *l, struct err *e);
void loop_stop(struct loop *l);

/* Monotonic time as of the present turn, in microseconds. */
int64_t loop_now_us(const struct loop *l);

/* Descriptors. The callback gets LOOP_IN and/or LOOP_OUT (errors and hang-ups
 * are reported as both). The loop does not own fd. */
enum { LOOP_IN = 1, LOOP_OUT = 2 };
typedef void loop_fd_cb(void *ctx, int fd, int events);
int loop_fd_set(struct loop *l, int fd, int events, loop_fd_cb *cb, void *ctx,
	struct err *e); /* adds or changes; 0, ERR_NOMEM, ERR_IO */
void loop_fd_del(struct loop *l, int fd);

/* Timers, embedded in their owner's struct; one shot. Zero-initialise, set cb
 * and ctx, then arm. Arming an armed timer moves it. */
struct loop_timer {
	struct heap_node node;
	void (*cb)(void *ctx);
	void *ctx;
};
/* due_us is monotonic; a past one fires in the next turn. */
void loop_timer_at(struct loop *l, struct loop_timer *t, int64_t due_us);
void loop_timer_in(struct loop *l, struct loop_timer *t, int64_t delay_us);
void loop_timer_stop(struct loop *l, struct loop_timer *t);

/* A source with a deadline of its own (libmicrohttpd's daemon, the emulator's
 * timeline). Before each wait `due` gives the microseconds until `run` is
 * wanted: 0 at once, -1 never. Embedded in its owner. */
struct loop_hook {
	int64_t (*due)(void *ctx);
	void (*run)(void *ctx);
	void *ctx;
	struct loop_hook *next;
};
void loop_hook_add(struct loop *l, struct loop_hook *h);
void loop_hook_del(struct loop *l, struct loop_hook *h);

/* Blocks signo for normal delivery and calls cb from the loop instead. */
int loop_signal(struct loop *l, int signo, void (*cb)(void *ctx, int signo),
	void *ctx, struct err *e); /* 0 or ERR_IO */

#endif
