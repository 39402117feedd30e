/* SPDX-License-Identifier: MIT */
#include "tests/unit/plain_http.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/mem.h"

#define ANSWER_MAX (64 << 20)
#define PATIENCE_S 20

static int dial(const char *host, struct err *e) {
	const char *port = strrchr(host, ':');
	auto_free char *name =
		port ? mem_dup(host, (size_t)(port - host)) : NULL;
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *ai = NULL;
	if (!name || getaddrinfo(name, port + 1, &hints, &ai)) {
		(void)err_set(e, ERR_NOTSENT, "no address: %s", host);
		return -1;
	}
	int fd = socket(ai->ai_family, ai->ai_socktype, 0);
	const struct timeval tv = {.tv_sec = PATIENCE_S};
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) ||
		connect(fd, ai->ai_addr, ai->ai_addrlen)) {
		(void)err_set(e, ERR_NOTSENT, "cannot connect to %s", host);
		if (fd >= 0)
			(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(ai);
	return fd;
}

static void add_request(struct buf *b, const char *host, const char *method,
	const char *target, const char *headers, const char *body) {
	(void)buf_addf(b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n",
		method, target, host);
	for (const char *at = headers; *at; at += strcspn(at, "\n") + 1)
		(void)buf_addf(b, "%.*s\r\n", (int)strcspn(at, "\n"), at);
	/* a GET says nothing about a body that it has not */
	if (*body || strcmp(method, "GET") != 0)
		(void)buf_addf(b, "Content-Length: %zu\r\n", strlen(body));
	(void)buf_adds(b, "\r\n");
	(void)buf_adds(b, body);
}

static int converse(int fd, struct buf *b, struct err *e) {
	for (size_t at = 0; at < b->len;) {
		ssize_t n = send(fd, b->p + at, b->len - at, MSG_NOSIGNAL);
		if (n <= 0)
			return err_errno(e, "cannot send");
		at += (size_t)n;
	}
	buf_clear(b);
	char part[16384];
	ssize_t n;
	while ((n = recv(fd, part, sizeof part, 0)) > 0)
		(void)buf_add(b, part, (size_t)n);
	return n < 0 ? err_errno(e, "cannot receive") : 0;
}

/* Cuts the answer up; carriage returns at the ends of headers go. */
static int cut(struct answer *a) {
	char *end = strstr(a->text, "\r\n\r\n");
	char *headers = strstr(a->text, "\r\n");
	if (!end || sscanf(a->text, "HTTP/1.%*1[01] %3d", &a->status) != 1)
		return -1;
	end[2] = '\0';
	a->body = end + 4;
	char *to = headers + 2;
	a->headers = to;
	for (const char *from = to; *from; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	return 0;
}

int plain_http(const char *host, const char *method, const char *target,
	const char *headers, const char *body, struct answer *ret,
	struct err *e) {
	auto_buf struct buf b;
	buf_init(&b, ANSWER_MAX);
	add_request(&b, host, method, target, headers, body);
	int fd = b.failed ? -1 : dial(host, e);
	if (fd < 0)
		return b.failed ? err_nomem(e) : e->code;
	int rc = converse(fd, &b, e);
	(void)close(fd);
	if (rc)
		return rc;
	struct answer a = {.text = buf_take(&b, NULL)};
	if (!a.text)
		return err_set(e, ERR_LOST, "no answer");
	if (cut(&a)) {
		answer_done(&a);
		return err_set(e, ERR_LOST, "the answer is no HTTP");
	}
	*ret = a;
	return 0;
}

void answer_done(struct answer *a) {
	mem_free(a->text);
	*a = (struct answer){0};
}
