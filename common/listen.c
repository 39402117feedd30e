/* SPDX-License-Identifier: MIT */
#include "common/listen.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 511

int listen_open(const char *host, unsigned port, int *ret_fd, struct err *e) {
	char text[16];
	(void)snprintf(text, sizeof text, "%u", port);
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM};
	struct addrinfo *ai = NULL;
	if (!strcmp(host, "localhost"))
		host = "127.0.0.1";
	if (getaddrinfo(host, text, &hints, &ai))
		return err_set(e, ERR_USAGE,
			"cannot listen on '%.100s': not a numeric address",
			host);
	int on = 1;
	int fd = socket(
		ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = 0;
	if (fd < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
		bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 ||
		listen(fd, BACKLOG) < 0)
		rc = err_errno(e, "cannot listen on %s:%s", host, text);
	freeaddrinfo(ai);
	if (rc && fd >= 0)
		(void)close(fd);
	if (!rc)
		*ret_fd = fd;
	return rc;
}

void listen_name(int fd, char *ret_url, size_t max, unsigned *ret_port) {
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof ss;
	char host[64] = "", port[16] = "";
	(void)getsockname(fd, (struct sockaddr *)&ss, &len);
	(void)getnameinfo((struct sockaddr *)&ss, len, host, sizeof host, port,
		sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
	*ret_port = (unsigned)strtoul(port, NULL, 10);
	(void)snprintf(ret_url, max,
		ss.ss_family == AF_INET6 ? "http://[%s]:%s" : "http://%s:%s",
		host, port);
}
