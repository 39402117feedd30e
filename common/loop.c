/* SPDX-License-Identifier: MIT */
#include "common/loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"

#define EVENTS_A_TURN 64
#define WAIT_MAX_US (60 * US_PER_S)

struct watch {
	loop_fd_cb *cb; /* NULL: not watched */
	void *ctx;
	uint32_t gen; /* tells a reused descriptor from the one before */
};

struct signal_cb {
	void (*cb)(void *ctx, int signo);
	void *ctx;
};

struct loop {
	int epoll_fd;
	int signal_fd; /* -1 until the first loop_signal */
	sigset_t signals;
	struct signal_cb on_signal[NSIG];
	struct watch *watch; /* by descriptor */
	size_t watch_cap;
	struct heap timers;
	struct loop_hook *hooks;
	struct loop_hook *next_hook; /* the one to be asked next */
	int64_t now_us;
	bool stopping;
};

int loop_new(struct loop **ret, struct err *e) {
	struct loop *l = mem_zero(1, sizeof *l);
	if (!l)
		return err_nomem(e);
	l->signal_fd = -1;
	sigemptyset(&l->signals);
	l->now_us = clock_mono_us();
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0) {
		mem_free(l);
		return err_errno(e, "epoll_create1");
	}
	*ret = l;
	return 0;
}

void loop_free(struct loop *l) {
	if (!l)
		return;
	if (l->signal_fd >= 0)
		(void)close(l->signal_fd);
	(void)close(l->epoll_fd);
	mem_free(l->watch);
	mem_free(l);
}

int64_t loop_now_us(const struct loop *l) {
	return l->now_us;
}

void loop_stop(struct loop *l) {
	l->stopping = true;
}

static int grow_watch(struct loop *l, int fd) {
	size_t need = (size_t)fd + 1;
	if (need <= l->watch_cap)
		return 0;
	size_t cap = l->watch_cap ? l->watch_cap : 32;
	while (cap < need)
		cap *= 2;
	struct watch *w = mem_resize(l->watch, cap * sizeof *w);
	if (!w)
		return ERR_NOMEM;
	for (size_t i = l->watch_cap; i < cap; i++)
		w[i] = (struct watch){0};
	l->watch = w;
	l->watch_cap = cap;
	return 0;
}

static int control(struct loop *l, int op, int fd, int events) {
	struct epoll_event ev = {.events = (events & LOOP_IN ? EPOLLIN : 0u) |
					   (events & LOOP_OUT ? EPOLLOUT : 0u),
		.data.u64 = (uint64_t)l->watch[fd].gen << 32 | (uint32_t)fd};
	return epoll_ctl(l->epoll_fd, op, fd, &ev);
}

int loop_fd_set(struct loop *l, int fd, int events, loop_fd_cb *cb, void *ctx,
	struct err *e) {
	if (grow_watch(l, fd))
		return err_nomem(e);
	struct watch *w = &l->watch[fd];
	int rc = w->cb ? control(l, EPOLL_CTL_MOD, fd, events) : -1;
	/* one that was closed without a word has left epoll by itself */
	if (!w->cb || (rc < 0 && errno == ENOENT)) {
		w->cb = NULL;
		w->gen++;
		rc = control(l, EPOLL_CTL_ADD, fd, events);
	}
	if (rc < 0)
		return err_errno(e, "epoll_ctl");
	w->cb = cb;
	w->ctx = ctx;
	return 0;
}

void loop_fd_del(struct loop *l, int fd) {
	if ((size_t)fd >= l->watch_cap || !l->watch[fd].cb)
		return;
	l->watch[fd].cb = NULL;
	/* fails harmlessly when the owner has closed fd already */
	(void)epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void loop_timer_at(struct loop *l, struct loop_timer *t, int64_t due_us) {
	heap_del(&l->timers, &t->node);
	/* not in this turn, which would never end if it is always due again */
	t->node.key = due_us > l->now_us ? due_us : l->now_us + 1;
	heap_add(&l->timers, &t->node);
}

void loop_timer_in(struct loop *l, struct loop_timer *t, int64_t delay_us) {
	int64_t now = clock_mono_us();
	loop_timer_at(
		l, t, delay_us < INT64_MAX - now ? now + delay_us : INT64_MAX);
}

void loop_timer_stop(struct loop *l, struct loop_timer *t) {
	heap_del(&l->timers, &t->node);
}

void loop_hook_add(struct loop *l, struct loop_hook *h) {
	h->next = l->hooks;
	l->hooks = h;
}

void loop_hook_del(struct loop *l, struct loop_hook *h) {
	if (l->next_hook == h)
		l->next_hook = h->next;
	for (struct loop_hook **at = &l->hooks; *at; at = &(*at)->next)
		if (*at == h) {
			*at = h->next;
			return;
		}
}

static void signal_ready(void *ctx, int fd, int events) {
	(void)events;
	struct loop *l = ctx;
	struct signalfd_siginfo si;
	while (read(fd, &si, sizeof si) == sizeof si) {
		struct signal_cb *s = &l->on_signal[si.ssi_signo];
		if (s->cb)
			s->cb(s->ctx, (int)si.ssi_signo);
	}
}

int loop_signal(struct loop *l, int signo, void (*cb)(void *ctx, int signo),
	void *ctx, struct err *e) {
	l->on_signal[signo] = (struct signal_cb){cb, ctx};
	sigaddset(&l->signals, signo);
	if (sigprocmask(SIG_BLOCK, &l->signals, NULL) < 0)
		return err_errno(e, "sigprocmask");
	int fd =
		signalfd(l->signal_fd, &l->signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "signalfd");
	l->signal_fd = fd;
	return loop_fd_set(l, fd, LOOP_IN, signal_ready, l, e);
}

/* Microseconds until the next thing that is not a descriptor. */
static int64_t wait_us(const struct loop *l) {
	int64_t wait = WAIT_MAX_US;
	const struct heap_node *n = heap_min(&l->timers);
	if (n) {
		int64_t left = n->key - clock_mono_us();
		wait = left < 0 ? 0 : left < wait ? left : wait;
	}
	for (const struct loop_hook *h = l->hooks; h && wait > 0; h = h->next) {
		int64_t due = h->due(h->ctx);
		if (due >= 0 && due < wait)
			wait = due;
	}
	return wait;
}

static void dispatch(struct loop *l, const struct epoll_event *ev) {
	int fd = (int)(uint32_t)ev->data.u64;
	const struct watch *w = &l->watch[fd];
	/* an earlier callback of this turn may have ended this watch */
	if (!w->cb || w->gen != (uint32_t)(ev->data.u64 >> 32))
		return;
	int events = (ev->events & EPOLLIN ? LOOP_IN : 0) |
		     (ev->events & EPOLLOUT ? LOOP_OUT : 0);
	if (ev->events & (EPOLLERR | EPOLLHUP))
		events = LOOP_IN | LOOP_OUT;
	w->cb(w->ctx, fd, events);
}

static void run_timers(struct loop *l) {
	struct heap_node *n;
	while ((n = heap_min(&l->timers)) && n->key <= l->now_us) {
		heap_del(&l->timers, n);
		struct loop_timer *t = (struct loop_timer *)(void *)n;
		t->cb(t->ctx);
	}
}

/* A hook may take out itself and others, which may be gone then. */
static void run_hooks(struct loop *l) {
	struct loop_hook *h = l->hooks;
	for (; h; h = l->next_hook) {
		l->next_hook = h->next;
		if (h->due(h->ctx) == 0)
			h->run(h->ctx);
	}
}

int loop_run(struct loop *l, struct err *e) {
	struct epoll_event ev[EVENTS_A_TURN];
	l->stopping = false;
	while (!l->stopping) {
		/* rounded up: waking early would only turn the loop idly */
		int ms = (int)((wait_us(l) + US_PER_MS - 1) / US_PER_MS);
		int n = epoll_wait(l->epoll_fd, ev, EVENTS_A_TURN, ms);
		if (n < 0 && errno != EINTR)
			return err_errno(e, "epoll_wait");
		l->now_us = clock_mono_us();
		for (int i = 0; i < n; i++)
			dispatch(l, &ev[i]);
		run_timers(l);
		run_hooks(l);
	}
	return 0;
}
