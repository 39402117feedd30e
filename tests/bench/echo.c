/* SPDX-License-Identifier: MIT */
/* The yardstick of `make bench`: a bare libmicrohttpd program in the loop mode
 * of common/httpd.c (the library's epoll descriptor in an outer epoll, no
 * thread). It reads a request's body and answers with as many bytes as its
 * argument says, and does nothing else: no server of ours can be faster. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX (1u << 20)
#define CONN_MEMORY (32u * 1024)
#define IDLE_S 60u
#define BACKLOG 511

static char answer[ANSWER_MAX];
static size_t answer_len;
static volatile sig_atomic_t stopping;

static void on_signal(int signo) {
	(void)signo;
	stopping = 1;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *conn,
	const char *path, const char *method, const char *version,
	const char *data, size_t *data_len, void **state) {
	(void)ctx, (void)path, (void)method, (void)version, (void)data;
	if (!*state) {
		*state = answer; /* an answer in the first call would close */
		return MHD_YES;
	}
	if (*data_len) {
		*data_len = 0;
		return MHD_YES;
	}
	struct MHD_Response *m = MHD_create_response_from_buffer(
		answer_len, answer, MHD_RESPMEM_PERSISTENT);
	if (!m)
		return MHD_NO;
	(void)MHD_add_response_header(m, "Content-Type", "application/json");
	enum MHD_Result rc = MHD_queue_response(conn, MHD_HTTP_OK, m);
	MHD_destroy_response(m);
	return rc;
}

/* A listening socket on a free port of the loopback; says which. */
static int listen_anywhere(void) {
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 ||
		listen(fd, BACKLOG) < 0 ||
		getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		return -1;
	printf("ready http://127.0.0.1:%d\n", ntohs(at.sin_port));
	(void)fflush(stdout);
	return fd;
}

static int serve(struct MHD_Daemon *d) {
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD);
	int outer = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = {.events = EPOLLIN};
	if (!info || outer < 0 ||
		epoll_ctl(outer, EPOLL_CTL_ADD, info->epoll_fd, &ev) < 0)
		return 1;
	while (!stopping) {
		MHD_UNSIGNED_LONG_LONG due;
		int ms = MHD_get_timeout(d, &due) == MHD_YES ? (int)due : -1;
		(void)epoll_wait(outer, &ev, 1, ms);
		(void)MHD_run(d);
	}
	(void)close(outer);
	return 0;
}

int main(int argc, char **argv) {
	answer_len = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	if (!answer_len || answer_len > ANSWER_MAX) {
		(void)fprintf(stderr, "usage: bench_echo BYTES\n");
		return 2;
	}
	for (size_t i = 0; i < answer_len; i++)
		answer[i] = 'x';
	/* no SA_RESTART: the wait must end */
	struct sigaction act = {.sa_handler = on_signal};
	(void)sigaction(SIGTERM, &act, NULL);
	int fd = listen_anywhere();
	struct MHD_Daemon *d =
		fd < 0 ? NULL
		       : MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL,
				 on_request, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
				 MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
				 MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				 (size_t)CONN_MEMORY, MHD_OPTION_END);
	if (!d) {
		(void)fprintf(stderr, "bench_echo: cannot start\n");
		return 1;
	}
	int rc = serve(d);
	MHD_stop_daemon(d);
	return rc;
}
