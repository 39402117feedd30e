/* SPDX-License-Identifier: MIT */
/* Programs run as children, on the loop: started without a shell, their output
 * read line by line, their end learnt of, and none of their processes left
 * behind. Between this process and a program stands a keeper, a process of ours
 * that adopts what the program leaves: when the program ends, or this process
 * does (also by SIGKILL), the keeper kills all that came of the program, in
 * whatever session or group it is. What a line means is left to the caller. */
#ifndef TRAINCTL_COMMON_CHILD_H
#define TRAINCTL_COMMON_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/loop.h"

/* A longer line comes in pieces, none of which ends inside a UTF-8 character.
 */
#define CHILD_LINE_MAX 16384

struct child;

/* The program is looked for in PATH of env if its name has no slash. Its input
 * is empty, its signals are as usual, it leads a process group, and has no
 * descriptor but 0 to 2. */
struct child_spec {
	const char *const *argv; /* ends with NULL; argv[0] is the program */
	const char *const *env;	 /* the whole of it; ends with NULL */
	const char *dir;	 /* where it starts, or NULL: here */
};

/* How a program ended. */
struct child_end {
	int status; /* its exit status, or 128 and the signal that ended it;
		     * not started: as in a shell, 127 when there is no such
		     * program and else 126 */
	const char *why; /* when it was not started, or nobody can tell how it
			  * ended; else NULL */
};

/* All are called from the loop, with what is borrowed during the call, and
 * none may call child_kill. */
struct child_ops {
	/* A line of descriptor 1 or 2 without its newline; text ends with NUL
	 * and may hold others. */
	void (*line)(void *ctx, int fd, const char *text, size_t len);
	/* Around the lines that were read together; may be NULL. */
	void (*batch)(void *ctx, bool begins);
	/* The end, once, after the last line: the child is gone with it. */
	void (*ended)(void *ctx, const struct child_end *end);
};

/* Starts a program; all of spec may be freed on return. That it cannot be
 * executed is learnt by ops->ended. Returns 0, ERR_NOMEM or ERR_IO (also when
 * arguments and environment are more than the system takes). */
int child_start(struct loop *l, const struct child_spec *spec,
	const struct child_ops *ops, void *ctx, struct child **ret,
	struct err *e);

/* Asks it to end: SIGTERM to its group, and after grace_us SIGKILL to all of
 * its processes (0: at once). May be called again, and the new grace counts. */
void child_stop(struct child *c, int64_t grace_us);

/* Ends it at once and waits for that, without any callback. NULL is a no-op. */
void child_kill(struct child *c);

/* To be called first thing in main() of every program that starts children:
 * the keeper is that same program, told so by its arguments. Returns if this
 * process is no keeper. */
void child_keeper(int argc, char **argv);

#endif
