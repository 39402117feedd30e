/* SPDX-License-Identifier: MIT */
/* The process between: starts one program, adopts its orphans, and leaves only
 * when nothing of it is alive. Its own death takes the program along, but not
 * what had left the program's group. */
#define _GNU_SOURCE /* close_range */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/child.h"
#include "common/child_int.h"

static void tell(int word, int value) {
	struct keeper_note n = {word, value};
	(void)send(KEEPER_FD, &n, sizeof n, MSG_NOSIGNAL);
}

/* In the program's process: becomes the program, or says why not. It speaks for
 * itself, so that whoever knows of a program knows its group. */
static _Noreturn void become(pid_t keeper, const char *dir, char **argv) {
	sigset_t none;
	sigemptyset(&none);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setpgid(0, 0);
	if (getppid() != keeper) /* died before it could take us along */
		_exit(127);
	tell(KEEPER_STARTED, getpid());
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (*dir && chdir(dir) < 0)
		tell(KEEPER_NO_DIR, errno);
	else {
		(void)execvp(argv[0], argv);
		tell(KEEPER_NO_PROGRAM, errno);
	}
	_exit(127);
}

/* Returns the program's process id, or -1 when it did not come to be. */
static pid_t start(const char *dir, char **argv) {
	pid_t keeper = getpid(), pid = fork();
	if (pid == 0)
		become(keeper, dir, argv);
	if (pid < 0)
		return -1;
	(void)setpgid(pid, pid); /* whoever of the two comes first */
	/* what the program closes shall be closed */
	(void)dup2(STDIN_FILENO, STDOUT_FILENO);
	(void)dup2(STDIN_FILENO, STDERR_FILENO);
	return pid;
}

/* The parent of a process, or -1. */
static pid_t parent_of(const char *pid) {
	char path[64], text[512];
	(void)snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* "12 (name) S 11 ...", where the name may hold anything */
	const char *after = strrchr(text, ')');
	int parent;
	return after && sscanf(after + 1, " %*c %d", &parent) == 1 ? parent
								   : -1;
}

/* None of them is waited for meanwhile, so that no id is another's. */
static void kill_children(void) {
	DIR *d = opendir("/proc");
	if (!d)
		return;
	pid_t self = getpid();
	for (struct dirent *at; (at = readdir(d));)
		if (*at->d_name >= '1' && *at->d_name <= '9' &&
			parent_of(at->d_name) == self)
			(void)kill(
				(pid_t)strtol(at->d_name, NULL, 10), SIGKILL);
	(void)closedir(d);
}

/* Kills all that is left; the children of what dies become ours, so that it
 * ends when we have none. Returns how the program ended. */
static int end_all(pid_t program) {
	int status = 0, st;
	/* not waited for yet, so the group is still its own */
	(void)kill(-program, SIGKILL);
	for (;;) {
		pid_t pid = waitpid(-1, &st, WNOHANG);
		if (pid == 0) {
			kill_children();
			pid = waitpid(-1, &st, 0);
		}
		if (pid == program)
			status = st;
		if (pid < 0 && errno != EINTR)
			return status;
	}
}

/* Takes the ends of orphans. True when the program has ended, whose own end is
 * left where it is. */
static bool program_ended(int signal_fd, pid_t program) {
	struct signalfd_siginfo si;
	(void)!read(signal_fd, &si, sizeof si);
	for (;;) {
		siginfo_t who = {0};
		if (waitid(P_ALL, 0, &who, WEXITED | WNOHANG | WNOWAIT) < 0 ||
			who.si_pid == 0)
			return false;
		if (who.si_pid == program)
			return true;
		(void)waitpid(who.si_pid, NULL, 0);
	}
}

/* False when all has to end. */
static bool obey(pid_t program) {
	char order;
	ssize_t n = recv(KEEPER_FD, &order, 1, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0 || order != KEEPER_TERM)
		return false;
	(void)kill(-program, SIGTERM);
	(void)kill(-program, SIGCONT); /* one that is stopped takes it too */
	return true;
}

static void watch(int signal_fd, pid_t program) {
	struct pollfd p[] = {{.fd = KEEPER_FD, .events = POLLIN},
		{.fd = signal_fd, .events = POLLIN}};
	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return;
		if (p[0].revents && !obey(program))
			return;
		if (p[1].revents && program_ended(signal_fd, program))
			return;
	}
}

/* Signals are blocked since before this program began. */
void child_keeper(int argc, char **argv) {
	if (argc < 3 || strcmp(argv[0], KEEPER_NAME) != 0)
		return;
	sigset_t chld;
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	int signal_fd = -1;
	pid_t program = -1;
	if (close_range(KEEPER_FD + 1, ~0U, 0) == 0 &&
		fcntl(KEEPER_FD, F_SETFD, FD_CLOEXEC) == 0 &&
		prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 &&
		(signal_fd = signalfd(-1, &chld, SFD_CLOEXEC)) >= 0)
		program = start(argv[1], argv + 2);
	if (program < 0) {
		tell(KEEPER_NO_PROGRAM, errno);
		_exit(1);
	}
	watch(signal_fd, program);
	tell(KEEPER_EXITED, end_all(program));
	_exit(0);
}
