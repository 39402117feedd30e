/* SPDX-License-Identifier: MIT */
/* Starts a program RUNS times and prints two numbers: the median of the
 * microseconds from before the fork to its first line on stdout, and its
 * resident memory in kB a moment after that line, in the last run. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS_MAX 1000
#define SETTLE_MS 200

static int64_t now_us(void) {
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static int by_value(const void *a, const void *b) {
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static long resident_kb(pid_t pid) {
	char line[128];
	long kb = 0;
	(void)snprintf(line, sizeof line, "/proc/%d/status", (int)pid);
	FILE *f = fopen(line, "r");
	while (f && fgets(line, sizeof line, f))
		if (!strncmp(line, "VmRSS:", 6))
			kb = strtol(line + 6, NULL, 10);
	if (f)
		(void)fclose(f);
	return kb;
}

static pid_t spawn(char **argv, int *ret_fd) {
	int fds[2];
	if (pipe(fds) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		(void)close(fds[0]);
		(void)close(fds[1]);
		(void)execv(argv[0], argv);
		_exit(127);
	}
	(void)close(fds[1]);
	*ret_fd = fds[0];
	return pid;
}

/* Runs it once; -1 when no line came. */
static int64_t run_once(char **argv, bool weigh, long *ret_kb) {
	int fd;
	int64_t from_us = now_us();
	pid_t pid = spawn(argv, &fd);
	if (pid < 0)
		return -1;
	char c = 0;
	while (c != '\n' && read(fd, &c, 1) == 1)
		;
	int64_t took_us = now_us() - from_us;
	if (weigh) {
		struct timespec t = {.tv_nsec = SETTLE_MS * 1000000L};
		(void)nanosleep(&t, NULL);
		*ret_kb = resident_kb(pid);
	}
	(void)kill(pid, SIGTERM);
	(void)close(fd);
	(void)waitpid(pid, NULL, 0);
	return c == '\n' ? took_us : -1;
}

int main(int argc, char **argv) {
	static int64_t took_us[RUNS_MAX];
	int runs = argc > 2 ? atoi(argv[1]) : 0;
	if (runs < 1 || runs > RUNS_MAX) {
		(void)fprintf(stderr, "usage: bench_ready RUNS PROGRAM ...\n");
		return 2;
	}
	long kb = 0;
	for (int i = 0; i < runs; i++) {
		took_us[i] = run_once(argv + 2, i == runs - 1, &kb);
		if (took_us[i] < 0) {
			(void)fprintf(stderr, "%s printed no line\n", argv[2]);
			return 1;
		}
	}
	qsort(took_us, (size_t)runs, sizeof took_us[0], by_value);
	printf("%lld %ld\n", (long long)took_us[runs / 2], kb);
	return 0;
}
