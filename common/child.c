/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pipe2, F_GETPIPE_SZ, POSIX_SPAWN_SETSID */
#include "common/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/child_int.h"
#include "common/mem.h"

/* One of the program's two outputs. */
struct output {
	struct child *child;
	int fd;	  /* -1: closed */
	int name; /* what it is to the program: 1 or 2 */
	size_t len;
	char line[CHILD_LINE_MAX + 1]; /* what has no newline yet */
};

struct child {
	struct loop *loop;
	const struct child_ops *ops;
	void *ctx;
	pid_t keeper;
	pid_t program; /* its group; 0: not started as far as is known */
	int control;
	struct keeper_note end; /* word is KEEPER_STARTED: none has come */
	struct output out[2];
	struct loop_timer grace;
	char name[]; /* the program's, for messages */
};

/* The ends of one child that the keeper gets. */
struct given {
	int out, err, control;
};

static void close_fd(int *fd) {
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* Moves a descriptor out of the way of those that the keeper will have. */
static int raise_fd(int *fd) {
	if (*fd > KEEPER_FD)
		return 0;
	int higher = fcntl(*fd, F_DUPFD_CLOEXEC, KEEPER_FD + 1);
	(void)close(*fd);
	*fd = higher;
	return higher < 0 ? -1 : 0;
}

static int open_output(struct output *o, int *ret_given) {
	int fd[2];
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	o->fd = fd[0];
	*ret_given = fd[1];
	/* our end only: the other is the program's, which may not expect it */
	return fcntl(o->fd, F_SETFL, O_NONBLOCK) < 0 ? -1 : raise_fd(ret_given);
}

static int open_ends(struct child *c, struct given *g) {
	int fd[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd) < 0)
		return -1;
	c->control = fd[0];
	g->control = fd[1];
	return raise_fd(&g->control) || open_output(&c->out[0], &g->out) ||
			       open_output(&c->out[1], &g->err)
		       ? -1
		       : 0;
}

static void close_ends(struct child *c) {
	close_fd(&c->control);
	close_fd(&c->out[0].fd);
	close_fd(&c->out[1].fd);
}

/* The keeper's arguments are the program's with two more in front. The caller
 * frees (mem_free). */
static char **keeper_argv(const struct child_spec *spec) {
	size_t n = 0;
	while (spec->argv[n])
		n++;
	const char **v = mem_zero(n + 3, sizeof *v);
	if (!v)
		return NULL;
	v[0] = KEEPER_NAME;
	v[1] = spec->dir ? spec->dir : "";
	memcpy(v + 2, spec->argv, n * sizeof *v);
	return (char **)v;
}

/* What cannot be undone by closing it, of how the keeper is born: with every
 * signal blocked, none ignored, and in a session of its own, so that what a
 * terminal sends is for this process only. Returns 0 or an errno. */
static int keeper_attr(posix_spawnattr_t *a) {
	sigset_t all;
	sigfillset(&all);
	int rc = posix_spawnattr_setsigmask(a, &all);
	if (!rc)
		rc = posix_spawnattr_setsigdefault(a, &all);
	if (!rc)
		rc = posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGMASK |
							 POSIX_SPAWN_SETSIGDEF |
							 POSIX_SPAWN_SETSID);
	return rc;
}

static int keeper_fds(posix_spawn_file_actions_t *f, const struct given *g) {
	int rc = posix_spawn_file_actions_addopen(
		f, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(f, g->out, STDOUT_FILENO);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(f, g->err, STDERR_FILENO);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(f, g->control, KEEPER_FD);
	return rc;
}

/* This program anew instead of a fork of it: that would copy the page tables of
 * all our memory, hold on to the memory, and have one thread of ours where
 * there may be several. Returns 0 or an errno. */
static int spawn_keeper(struct child *c, const struct given *g, char **argv,
	const char *const *env) {
	posix_spawnattr_t a;
	posix_spawn_file_actions_t f;
	int rc = posix_spawnattr_init(&a);
	if (rc)
		return rc;
	rc = posix_spawn_file_actions_init(&f);
	if (!rc) {
		rc = keeper_attr(&a);
		if (!rc)
			rc = keeper_fds(&f, g);
		if (!rc)
			rc = posix_spawn(&c->keeper, "/proc/self/exe", &f, &a,
				argv, (char **)env);
		(void)posix_spawn_file_actions_destroy(&f);
	}
	(void)posix_spawnattr_destroy(&a);
	return rc;
}

/* The longest beginning that does not end inside a UTF-8 character. */
static size_t whole_characters(const char *p, size_t n) {
	for (size_t back = 1; back <= 3 && back < n; back++) {
		unsigned char b = (unsigned char)p[n - back];
		size_t want = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;
		if (want > back)
			return n - back;
		if (b < 0x80 || want > 1)
			break;
	}
	return n;
}

static void give_line(struct output *o, char *text, size_t len) {
	char after = text[len];
	text[len] = '\0';
	o->child->ops->line(o->child->ctx, o->name, text, len);
	text[len] = after;
}

/* Hands on the lines that are whole, and of one that fills the buffer as much
 * as there is. */
static void cut_lines(struct output *o) {
	char *at = o->line, *end = o->line + o->len, *nl;
	while ((nl = memchr(at, '\n', (size_t)(end - at)))) {
		give_line(o, at, (size_t)(nl - at));
		at = nl + 1;
	}
	if (at == o->line && o->len == CHILD_LINE_MAX) {
		size_t n = whole_characters(o->line, o->len);
		give_line(o, o->line, n);
		at += n;
	}
	o->len = (size_t)(end - at);
	memmove(o->line, at, o->len);
}

static void batch(struct child *c, bool begins) {
	if (c->ops->batch)
		c->ops->batch(c->ctx, begins);
}

/* Reads once. Returns how much; 0 when nothing is there, or ever will be: then
 * the descriptor is closed. */
static size_t read_output(struct output *o) {
	ssize_t n = read(o->fd, o->line + o->len, CHILD_LINE_MAX - o->len);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		loop_fd_del(o->child->loop, o->fd);
		close_fd(&o->fd);
		return 0;
	}
	bool whole = memchr(o->line + o->len, '\n', (size_t)n) != NULL;
	o->len += (size_t)n;
	if (whole || o->len == CHILD_LINE_MAX) {
		batch(o->child, true);
		cut_lines(o);
		batch(o->child, false);
	}
	return (size_t)n;
}

static void output_ready(void *ctx, int fd, int events) {
	(void)fd;
	(void)events;
	(void)read_output(ctx);
}

/* All writers are dead, so what the pipe holds is all there will be. Should one
 * not be (what had outlived its keeper), it cannot keep us here. */
static void drain(struct output *o) {
	int left = o->fd < 0 ? 0 : fcntl(o->fd, F_GETPIPE_SZ);
	while (left > 0) {
		size_t n = read_output(o);
		if (n == 0)
			break;
		left -= (int)n;
	}
	if (o->len > 0) {
		batch(o->child, true);
		give_line(o, o->line, o->len);
		batch(o->child, false);
	}
}

static void reap(const struct child *c) {
	while (waitpid(c->keeper, NULL, 0) < 0 && errno == EINTR)
		;
}

static void unwatch(struct child *c) {
	loop_timer_stop(c->loop, &c->grace);
	loop_fd_del(c->loop, c->control);
	for (int i = 0; i < 2; i++)
		if (c->out[i].fd >= 0)
			loop_fd_del(c->loop, c->out[i].fd);
}

/* Says how it ended; text is the room for the words. */
static struct child_end read_end(
	const struct child *c, char *text, size_t text_max) {
	int v = c->end.value;
	switch ((enum keeper_word)c->end.word) {
	case KEEPER_EXITED:
		return (struct child_end){
			WIFEXITED(v) ? WEXITSTATUS(v) : 128 + WTERMSIG(v),
			NULL};
	case KEEPER_NO_DIR:
		(void)snprintf(text, text_max,
			"cannot start %s: its folder: %s", c->name,
			strerror(v));
		return (struct child_end){126, text};
	case KEEPER_NO_PROGRAM:
		(void)snprintf(text, text_max, "cannot start %s: %s", c->name,
			strerror(v));
		return (struct child_end){v == ENOENT ? 127 : 126, text};
	case KEEPER_STARTED:
		break;
	}
	(void)snprintf(text, text_max, "the keeper of %s was killed", c->name);
	return (struct child_end){128 + SIGKILL, text};
}

static void finish(struct child *c) {
	char text[ERR_MSG_MAX];
	unwatch(c);
	reap(c);
	struct child_end end = read_end(c, text, sizeof text);
	/* the program died with its keeper; this is for the rest of its group
	 */
	if (c->end.word == KEEPER_STARTED && c->program > 0)
		(void)kill(-c->program, SIGKILL);
	drain(&c->out[0]);
	drain(&c->out[1]);
	close_ends(c);
	c->ops->ended(c->ctx, &end);
	mem_free(c);
}

static void control_ready(void *ctx, int fd, int events) {
	(void)events;
	struct child *c = ctx;
	struct keeper_note n;
	ssize_t len = recv(fd, &n, sizeof n, MSG_DONTWAIT);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len != sizeof n)
		finish(c);
	else if (n.word == KEEPER_STARTED)
		c->program = n.value;
	else if (c->end.word == KEEPER_STARTED)
		c->end = n;
}

static int watch(struct child *c, struct err *e) {
	int rc = loop_fd_set(c->loop, c->control, LOOP_IN, control_ready, c, e);
	for (int i = 0; i < 2 && !rc; i++)
		rc = loop_fd_set(c->loop, c->out[i].fd, LOOP_IN, output_ready,
			&c->out[i], e);
	return rc;
}

static void order(struct child *c, char what) {
	/* a keeper that is gone has nothing left to end */
	(void)send(c->control, &what, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void grace_over(void *ctx) {
	order(ctx, KEEPER_KILL);
}

static struct child *child_new(struct loop *l, const struct child_spec *spec,
	const struct child_ops *ops, void *ctx) {
	size_t len = strlen(spec->argv[0]);
	struct child *c = mem_zero(1, sizeof *c + len + 1);
	if (!c)
		return NULL;
	c->loop = l;
	c->ops = ops;
	c->ctx = ctx;
	c->control = -1;
	c->end.word = KEEPER_STARTED;
	c->grace.cb = grace_over;
	c->grace.ctx = c;
	for (int i = 0; i < 2; i++) {
		c->out[i].child = c;
		c->out[i].fd = -1;
		c->out[i].name = i + 1;
	}
	memcpy(c->name, spec->argv[0], len);
	return c;
}

int child_start(struct loop *l, const struct child_spec *spec,
	const struct child_ops *ops, void *ctx, struct child **ret,
	struct err *e) {
	auto_free char **argv = keeper_argv(spec);
	struct child *c = argv ? child_new(l, spec, ops, ctx) : NULL;
	if (!c)
		return err_nomem(e);
	struct given g = {-1, -1, -1};
	int rc = open_ends(c, &g) < 0 ? errno : 0;
	if (!rc)
		rc = spawn_keeper(c, &g, argv, spec->env);
	close_fd(&g.out);
	close_fd(&g.err);
	close_fd(&g.control);
	if (rc) {
		close_ends(c);
		mem_free(c);
		errno = rc;
		return err_errno(e, "cannot start %s", spec->argv[0]);
	}
	rc = watch(c, e);
	if (rc) {
		child_kill(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void child_stop(struct child *c, int64_t grace_us) {
	if (grace_us <= 0) {
		order(c, KEEPER_KILL);
		return;
	}
	order(c, KEEPER_TERM);
	loop_timer_in(c->loop, &c->grace, grace_us);
}

void child_kill(struct child *c) {
	if (!c)
		return;
	unwatch(c);
	close_ends(c); /* which is the order to end all */
	reap(c);
	mem_free(c);
}
