/* SPDX-License-Identifier: MIT */
/* Fills a project with jobs: bench_fill PORT BODY FROM COUNT. BODY is a file
 * with a job whose id holds @ID@; the ids are numbered from FROM on. Keeps one
 * request under way on each of a few connections. Prints the microseconds that
 * it took. Ends with 1 when an answer is not 200. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 16
#define BODY_MAX 4096
#define ANSWER_MAX 65536

static char body[BODY_MAX];
static char *body_tail; /* what follows the id */

static int64_t now_us(void) {
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static bool read_body(const char *path) {
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(body, 1, sizeof body - 1, f) : 0;
	if (f)
		(void)fclose(f);
	body[n] = '\0';
	char *mark = strstr(body, "@ID@");
	if (!mark)
		return false;
	*mark = '\0';
	body_tail = mark + strlen("@ID@");
	return true;
}

static int connect_to(int port) {
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

static void send_create(int fd, long n) {
	char id[32], request[BODY_MAX + 512];
	int id_len = snprintf(id, sizeof id, "fill_%ld", n);
	size_t body_len = strlen(body) + (size_t)id_len + strlen(body_tail);
	int len = snprintf(request, sizeof request,
		"POST /v1/projects/bench/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
		"%s%s%s",
		body_len, body, id, body_tail);
	if (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len) {
		perror("send");
		exit(1);
	}
}

/* Reads one answer whole. */
static bool take_answer(int fd) {
	static char text[ANSWER_MAX];
	size_t len = 0, want = SIZE_MAX;
	while (len < want) {
		ssize_t n = recv(fd, text + len, sizeof text - 1 - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		const char *end = strstr(text, "\r\n\r\n");
		const char *size = strstr(text, "\r\nContent-Length:");
		if (end && size && want == SIZE_MAX)
			want = (size_t)(end + 4 - text) +
			       strtoul(size + 17, NULL, 10);
	}
	return strncmp(text, "HTTP/1.1 200", 12) == 0;
}

int main(int argc, char **argv) {
	if (argc != 5 || !read_body(argv[2])) {
		(void)fprintf(
			stderr, "usage: bench_fill PORT BODY FROM COUNT\n");
		return 2;
	}
	int fds[CONNECTIONS];
	for (int i = 0; i < CONNECTIONS; i++)
		fds[i] = connect_to(atoi(argv[1]));
	long next = atol(argv[3]), left = atol(argv[4]);
	int64_t began = now_us();
	while (left > 0) {
		int n = left < CONNECTIONS ? (int)left : CONNECTIONS;
		for (int i = 0; i < n; i++)
			send_create(fds[i], next++);
		for (int i = 0; i < n; i++)
			if (!take_answer(fds[i])) {
				(void)fprintf(stderr, "not 200\n");
				return 1;
			}
		left -= n;
	}
	printf("%lld\n", (long long)(now_us() - began));
	return 0;
}
