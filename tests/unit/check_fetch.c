/* SPDX-License-Identifier: MIT */
/* fetch against httpd on the same loop, and against a peer that sends what a
 * test wants, or nothing. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "tests/unit/site.h"
#include "tests/unit/unit.h"

#define PEER_MAX 128
#define ANSWER_MAX 64
#define LONG_US (20 * US_PER_S)

/* A peer: it answers the n-th request with the n-th text and closes; the ones
 * before the last stay open. */
struct peer {
	struct site *s;
	int fd; /* listens */
	unsigned port;
	const char *answers[4]; /* NULL: close without one */
	int answers_len;	/* 0: never answer */
	int requests, accepted;
	int conns[PEER_MAX];
	char got[2000]; /* the last request */
	char url[64];
};

static void on_data(void *ctx, int fd, int events) {
	struct peer *p = ctx;
	(void)events;
	char got[sizeof p->got] = "";
	ssize_t n = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);
	if (n > 0)
		memcpy(p->got, got, sizeof got);
	int i = p->requests;
	p->requests += n > 0;
	if (n <= 0)
		loop_fd_del(p->s->l, fd);
	if (n <= 0 || !p->answers_len)
		return;
	const char *text = i < p->answers_len ? p->answers[i] : NULL;
	if (text)
		(void)send(fd, text, strlen(text), MSG_NOSIGNAL);
	if (!text || i == p->answers_len - 1)
		(void)shutdown(fd, SHUT_RDWR);
}

static void on_accept(void *ctx, int fd, int events) {
	struct peer *p = ctx;
	(void)events;
	int conn = accept(fd, NULL, NULL);
	ck_assert_int_lt(p->accepted, PEER_MAX);
	p->conns[p->accepted++] = conn;
	if (loop_fd_set(p->s->l, conn, LOOP_IN, on_data, p, NULL))
		(void)shutdown(conn, SHUT_RDWR); /* a test without memory */
}

/* A port of our own; it refuses connections unless it listens. */
static int bind_port(unsigned *ret_port) {
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static void peer_open(struct peer *p, struct site *s) {
	p->s = s;
	p->fd = bind_port(&p->port);
	(void)snprintf(p->url, sizeof p->url, "http://127.0.0.1:%u/x", p->port);
	ck_assert_int_eq(listen(p->fd, PEER_MAX), 0);
	ck_assert_int_eq(
		loop_fd_set(s->l, p->fd, LOOP_IN, on_accept, p, NULL), 0);
}

static void peer_close(struct peer *p) {
	for (int i = 0; i < p->accepted; i++) {
		loop_fd_del(p->s->l, p->conns[i]);
		(void)close(p->conns[i]);
	}
	loop_fd_del(p->s->l, p->fd);
	(void)close(p->fd);
}

static int try_peer(struct site *s, unsigned port, const char *method,
	int64_t timeout_us, struct fetch_call **ret) {
	char url[64];
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/x", port);
	struct fetch_req rq = {.method = method,
		.url = url,
		.body = strcmp(method, "POST") == 0 ? "body" : NULL,
		.body_len = strcmp(method, "POST") == 0 ? 4 : 0,
		.timeout_us = timeout_us,
		.answer_max = ANSWER_MAX};
	return fetch_start(s->f, &rq, site_ended, s, ret, NULL);
}

static void call_peer(struct peer *p, const char *method, int64_t timeout_us) {
	ck_assert_int_eq(try_peer(p->s, p->port, method, timeout_us, NULL), 0);
}

static struct site *open_site(void) {
	return site_open((struct httpd_config){0});
}

static void url_case(void *ctx, char *const *cols) {
	(void)ctx;
	ck_assert_msg(
		fetch_url_ok(cols[0]) == (*cols[1] == 'y'), "%s", cols[0]);
}

START_TEST(urls) {
	unit_tsv("fetch/urls.tsv", 2, url_case, NULL);
	struct site *s = open_site();
	struct fetch_req rq = {.method = "GET",
		.url = "ftp://example.com/",
		.timeout_us = 1,
		.answer_max = 1};
	struct err e = {0};
	struct fetch_call *c = NULL;
	ck_assert_int_eq(
		fetch_start(s->f, &rq, site_ended, s, &c, &e), ERR_USAGE);
	ck_assert_ptr_null(c);
	ck_assert_msg(strstr(e.msg, "ftp://") != NULL, "%s", e.msg);
	site_close(s);
}
END_TEST

struct want {
	int status;
	const char *body, *retry_after, *redirect, *kept, *raw;
	int error;
	bool seen;
	struct site *s;
};

static void compare(
	void *ctx, const struct fetch_res *res, const struct err *e) {
	struct want *w = ctx;
	w->seen = true;
	loop_stop(w->s->l);
	if (!w->status) {
		ck_assert_msg(res == NULL, "an answer to %s", w->raw);
		ck_assert_msg(
			e->code == w->error, "got %d: %s", e->code, e->msg);
		ck_assert_uint_gt(strlen(e->msg), 0);
		return;
	}
	ck_assert_msg(res != NULL, "want %d: %s", w->status, e->msg);
	ck_assert_int_eq(res->status, w->status);
	ck_assert_str_eq(res->body, w->body);
	ck_assert_uint_eq(res->body_len, strlen(w->body));
	ck_assert_str_eq(res->retry_after, w->retry_after);
	ck_assert_str_eq(res->redirect, w->redirect);
	ck_assert_str_eq(res->kept, w->kept);
	ck_assert_str_eq(res->content_type, "");
}

static void answer_row(struct site *s, char *const *cols, bool status_counts) {
	char raw[2000];
	size_t n = 0;
	for (const char *c = cols[0]; *c; c++) {
		raw[n++] = *c == '|' ? '\r' : *c;
		if (*c == '|')
			raw[n++] = '\n';
	}
	raw[n] = '\0';
	struct peer p = {.answers = {raw}, .answers_len = 1};
	peer_open(&p, s);
	struct fetch_req rq = {.method = "GET",
		.url = p.url,
		.timeout_us = LONG_US,
		.answer_max = ANSWER_MAX,
		.status_counts = status_counts,
		.keep = "X-Kept"};
	struct want w = {atoi(cols[1]), cols[2], cols[3], cols[4], cols[5], raw,
		strcmp(cols[1], "!toobig") ? ERR_LOST : ERR_TOOBIG, false, s};
	ck_assert_int_eq(fetch_start(s->f, &rq, compare, &w, NULL, NULL), 0);
	ck_assert(!w.seen);
	ck_assert_int_eq(loop_run(s->l, NULL), 0);
	ck_assert(w.seen);
	peer_close(&p);
}

static void answer_case(void *ctx, char *const *cols) {
	answer_row(ctx, cols, false);
}
START_TEST(answers) {
	struct site *s = open_site();
	unit_tsv("fetch/answers.tsv", 6, answer_case, s);
	site_close(s);
}
END_TEST

static void status_case(void *ctx, char *const *cols) {
	answer_row(ctx, cols, true);
}
START_TEST(answers_of_which_the_status_counts) {
	struct site *s = open_site();
	unit_tsv("fetch/status.tsv", 6, status_case, s);
	site_close(s);
}
END_TEST

/* It holds the connection and says no more. */
START_TEST(a_102_until_time_runs_out) {
	struct site *s = open_site();
	struct peer p = {.answers = {"HTTP/1.1 102 Processing\r\n\r\n"},
		.answers_len = 2};
	peer_open(&p, s);
	struct fetch_req rq = {.method = "POST",
		.url = p.url,
		.timeout_us = 50 * US_PER_MS,
		.answer_max = 1,
		.status_counts = true};
	ck_assert_int_eq(fetch_start(s->f, &rq, site_ended, s, NULL, NULL), 0);
	site_run(s, 1);
	ck_assert_int_eq(s->status, 102);
	peer_close(&p);
	site_close(s);
}
END_TEST

START_TEST(what_is_sent) {
	struct site *s = open_site();
	struct peer p = {
		.answers = {"HTTP/1.1 204 No\r\n\r\n"}, .answers_len = 1};
	peer_open(&p, s);
	static const char *const headers[] = {
		"X-One: 1", "Content-Type: text/x", "Accept:", NULL};
	char url[64];
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/a?b=%%20", p.port);
	char body[] = "a\0b";
	struct fetch_req rq = {.method = "PATCH",
		.url = url,
		.headers = headers,
		.body = body,
		.body_len = 3,
		.timeout_us = LONG_US,
		.answer_max = ANSWER_MAX};
	ck_assert_int_eq(fetch_start(s->f, &rq, site_ended, s, NULL, NULL), 0);
	memset(body, 'z', 3); /* it was copied */
	memset(url, 'z', 20);
	site_run(s, 1);
	ck_assert_int_eq(s->status, 204);
	ck_assert_int_eq(strncmp(p.got, "PATCH /a?b=%20 HTTP/1.1\r\n", 25), 0);
	ck_assert_ptr_nonnull(strstr(p.got, "\r\nX-One: 1\r\n"));
	ck_assert_ptr_nonnull(strstr(p.got, "\r\nContent-Type: text/x\r\n"));
	ck_assert_ptr_nonnull(strstr(p.got, "\r\nContent-Length: 3\r\n"));
	ck_assert_ptr_null(strstr(p.got, "\r\nAccept:"));
	ck_assert_ptr_null(strstr(p.got, "Expect"));
	ck_assert_int_eq(memcmp(strstr(p.got, "\r\n\r\n") + 4, "a\0b", 4), 0);
	peer_close(&p);
	(void)site_start(s, "HEAD", "/", NULL, NULL, 0);
	site_run(s, 1);
	ck_assert_int_eq(s->status, 200);
	ck_assert_str_eq(s->body, "");
	site_close(s);
}
END_TEST

START_TEST(a_port_that_refuses) {
	struct site *s = open_site();
	struct peer p = {.s = s};
	p.fd = bind_port(&p.port);
	call_peer(&p, "POST", LONG_US);
	site_run(s, 1);
	ck_assert_int_eq(s->failures, 1);
	ck_assert_int_eq(s->code, ERR_NOTSENT);
	peer_close(&p);
	site_close(s);
}
END_TEST

START_TEST(a_peer_that_says_nothing) {
	struct site *s = open_site();
	struct peer p = {0};
	peer_open(&p, s);
	call_peer(&p, "POST", 30000);
	int64_t before = clock_mono_us();
	site_run(s, 1);
	ck_assert_int_eq(s->failures, 1);
	ck_assert_int_eq(s->code, ERR_TIMEOUT);
	ck_assert_int_ge(clock_mono_us() - before, 29000);
	ck_assert_int_eq(p.requests, 1);
	peer_close(&p);
	site_close(s);
}
END_TEST

/* curl would send a request again that found a kept connection closing; ours
 * goes out once, and the caller decides. */
START_TEST(nothing_is_sent_twice) {
	static const char *const methods[] = {"POST", "GET", "DELETE"};
	for (size_t i = 0; i < 3; i++) {
		struct site *s = open_site();
		struct peer p = {
			.answers = {"HTTP/1.1 200 OK\r\nContent-Length: "
				    "0\r\n\r\n",
				NULL, "HTTP/1.1 201 No\r\n\r\n"},
			.answers_len = 3};
		peer_open(&p, s);
		call_peer(&p, "GET", LONG_US);
		site_run(s, 1);
		ck_assert_int_eq(s->status, 200);
		call_peer(&p, methods[i], LONG_US);
		site_run(s, 1);
		ck_assert_int_eq(s->failures, 1);
		ck_assert_int_eq(s->code, ERR_LOST);
		ck_assert_int_eq(p.requests, 2);
		/* the next call is a new one */
		call_peer(&p, "GET", LONG_US);
		site_run(s, 1);
		ck_assert_int_eq(s->status, 201);
		peer_close(&p);
		site_close(s);
	}
}
END_TEST

START_TEST(loopback_needs_no_proxy) {
	unsigned port;
	int fd = bind_port(&port);
	char proxy[64];
	(void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", port);
	ck_assert_int_eq(setenv("http_proxy", proxy, 1), 0);
	ck_assert_int_eq(setenv("all_proxy", proxy, 1), 0);
	struct site *s = open_site();
	site_get(s, "/", "GET /  0:");
	struct fetch_req rq = {.method = "GET",
		.url = "http://example.invalid/",
		.timeout_us = LONG_US,
		.answer_max = 1};
	ck_assert_int_eq(fetch_start(s->f, &rq, site_ended, s, NULL, NULL), 0);
	site_run(s, 1); /* others go there: it refuses */
	ck_assert_int_eq(s->code, ERR_NOTSENT);
	ck_assert_int_eq(unsetenv("http_proxy"), 0);
	ck_assert_int_eq(unsetenv("all_proxy"), 0);
	site_close(s);
	(void)close(fd);
}
END_TEST

START_TEST(many_in_parallel) {
	struct site *s = open_site();
	for (int i = 0; i < 20; i++)
		(void)site_start(s, "GET", "/keep", NULL, NULL, 0);
	struct peer p = {0};
	peer_open(&p, s);
	for (int i = 0; i < 3; i++)
		call_peer(&p, "GET", 20000);
	site_run(s, 3); /* these end meanwhile */
	ck_assert_int_eq(s->failures, 3);
	/* so many connections to one host, the rest waits for them */
	SITE_UNTIL(s, s->kept_len == 16);
	site_idle(s, 5000);
	ck_assert_uint_eq(s->kept_len, 16);
	for (size_t i = 0; i < s->kept_len; i++)
		site_reply(s->kept[i], 200, "");
	s->kept_len = 0;
	site_run(s, 16);
	SITE_UNTIL(s, s->kept_len == 4);
	for (size_t i = 0; i < 4; i++)
		site_reply(s->kept[i], 200, "");
	site_run(s, 4);
	ck_assert_int_eq(s->answers, 20);
	peer_close(&p);
	site_close(s);
}
END_TEST

/* What a callback does: starts another, or ends the other calls. */
struct chain {
	struct site *s;
	struct fetch_call *others[3];
	int left, ended;
};

static void ended_next(
	void *ctx, const struct fetch_res *res, const struct err *e);

static void start_next(struct chain *c) {
	auto_free char *url = mem_printf("%s/", httpd_url(c->s->h));
	struct fetch_req rq = {.method = "GET",
		.url = url,
		.timeout_us = LONG_US,
		.answer_max = 1000};
	ck_assert_int_eq(
		fetch_start(c->s->f, &rq, ended_next, c, NULL, NULL), 0);
}

static void ended_next(
	void *ctx, const struct fetch_res *res, const struct err *e) {
	struct chain *c = ctx;
	ck_assert_msg(res != NULL, "%s", e->msg);
	c->ended++;
	for (int i = 0; i < 3; i++)
		if (c->others[i])
			fetch_cancel(TAKE(c->others[i]));
	if (c->left-- > 0)
		start_next(c);
	else
		loop_stop(c->s->l);
	ck_assert_str_eq(res->body, "GET /  0:"); /* still there */
}

START_TEST(calls_started_and_ended_in_a_callback) {
	struct site *s = open_site();
	struct chain c = {.s = s, .left = 20};
	for (int i = 0; i < 3; i++)
		c.others[i] = site_start(s, "GET", "/keep", NULL, NULL, 0);
	start_next(&c);
	ck_assert_int_eq(loop_run(s->l, NULL), 0);
	ck_assert_int_eq(c.ended, 21);
	ck_assert_int_eq(s->answers + s->failures, 0);
	site_get(s, "/a", "GET /a  0:");
	site_close(s);
}
END_TEST

/* Both answers are there before the first callback, which ends the other. */
static struct fetch_call *pair[2];
static int pair_ended;

static void end_other(
	void *ctx, const struct fetch_res *res, const struct err *e) {
	(void)res;
	(void)e;
	struct fetch_call **mine = ctx;
	pair_ended++;
	fetch_cancel(mine == &pair[0] ? pair[1] : pair[0]);
}

START_TEST(an_ended_call_is_cancelled_by_another) {
	struct site *s = open_site();
	unsigned port;
	int fd = bind_port(&port); /* refuses */
	char url[64];
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
	for (int i = 0; i < 2; i++) {
		struct fetch_req rq = {.method = "GET",
			.url = url,
			.timeout_us = LONG_US,
			.answer_max = 1};
		ck_assert_int_eq(fetch_start(s->f, &rq, end_other, &pair[i],
					 &pair[i], NULL),
			0);
	}
	SITE_UNTIL(s, pair_ended > 0);
	site_idle(s, 5000);
	ck_assert_int_eq(pair_ended, 1);
	(void)close(fd);
	site_close(s);
}
END_TEST

START_TEST(calls_cancelled_before_and_under_way) {
	struct site *s = open_site();
	fetch_cancel(site_start(s, "GET", "/", NULL, NULL, 0));
	struct fetch_call *c = site_start(s, "GET", "/keep", NULL, NULL, 0);
	site_get(s, "/", "GET /  0:");
	ck_assert_uint_eq(s->kept_len, 1);
	fetch_cancel(c);
	site_reply(s->kept[0], 200, "");
	site_get(s, "/", "GET /  0:");
	ck_assert_int_eq(s->answers, 2);
	ck_assert_int_eq(s->failures, 0);
	site_close(s);
}
END_TEST

struct last {
	struct site *s;
	struct fetch_call *other;
	int ends, code, again;
};

/* Wants to go on, as a caller that repeats would. */
static void end_last(
	void *ctx, const struct fetch_res *res, const struct err *e) {
	struct last *last = ctx;
	ck_assert_ptr_null(res);
	last->ends++;
	last->code = e->code;
	struct fetch_req rq = {.method = "GET",
		.url = "http://127.0.0.1/",
		.timeout_us = LONG_US,
		.answer_max = 1};
	last->again = fetch_start(last->s->f, &rq, end_last, last, NULL, NULL);
	if (last->other)
		fetch_cancel(last->other);
	last->other = NULL;
}

START_TEST(the_end_of_the_engine_ends_the_rest) {
	struct site *s = open_site();
	struct peer p = {0};
	peer_open(&p, s);
	struct fetch_req rq = {.method = "POST",
		.url = p.url,
		.timeout_us = LONG_US,
		.answer_max = ANSWER_MAX};
	struct last last = {.s = s};
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(fetch_start(s->f, &rq, end_last, &last,
					 i ? NULL : &last.other, NULL),
			0);
	site_get(s, "/", "GET /  0:");
	(void)site_start(s, "GET", "/", NULL, NULL, 0); /* not yet sent */
	fetch_free(s->f);
	s->f = NULL;
	/* the first of the three was cancelled by another's end */
	ck_assert_int_eq(last.ends, 2);
	ck_assert_int_eq(last.code, ERR_STOPPED);
	ck_assert_int_eq(last.again, ERR_STOPPED);
	ck_assert_int_eq(s->failures, 1);
	ck_assert_int_eq(s->code, ERR_STOPPED);
	peer_close(&p);
	site_close(s);
}
END_TEST

/* Memory that runs out at any point: the call is refused, or it ends. */
START_TEST(out_of_memory) {
	bool whole = false;
	long n = 0;
	for (; !whole && n < 50; n++) {
		struct site *s = open_site();
		struct peer p = {.answers = {"HTTP/1.1 200 OK\r\n\r\nbody"},
			.answers_len = 1};
		peer_open(&p, s);
		/* the next descriptor is beyond the loop's table */
		int spare[40];
		for (int i = 0; i < 40; i++)
			spare[i] = dup(p.fd);
		mem_fail_after(n);
		int rc = try_peer(s, p.port, "POST", LONG_US, NULL);
		if (rc)
			ck_assert_int_eq(rc, ERR_NOMEM);
		else
			site_run(s, 1);
		mem_fail_off();
		whole = s->answers == 1 && !strcmp(s->body, "body");
		for (int i = 0; i < 40; i++)
			(void)close(spare[i]);
		peer_close(&p);
		site_close(s);
	}
	ck_assert(whole);
	ck_assert_int_gt(n, 2);
}
END_TEST

static int start_engine(void *ctx, struct err *e) {
	struct fetch *f = NULL;
	int rc = fetch_new(ctx, &f, e);
	ck_assert_int_eq(f == NULL, rc != 0);
	fetch_free(f);
	return rc;
}

START_TEST(out_of_memory_at_the_start) {
	struct loop *l = NULL;
	ck_assert_int_eq(loop_new(&l, NULL), 0);
	ck_assert_int_eq(unit_nomem(start_engine, l), 1);
	fetch_free(NULL);
	loop_free(l);
}
END_TEST

int main(void) {
	Suite *s = suite_create("fetch");
	unit_add(s, urls);
	unit_add(s, answers);
	unit_add(s, answers_of_which_the_status_counts);
	unit_add(s, a_102_until_time_runs_out);
	unit_add(s, what_is_sent);
	unit_add(s, a_port_that_refuses);
	unit_add(s, a_peer_that_says_nothing);
	unit_add(s, nothing_is_sent_twice);
	unit_add(s, loopback_needs_no_proxy);
	unit_add(s, many_in_parallel);
	unit_add(s, calls_started_and_ended_in_a_callback);
	unit_add(s, an_ended_call_is_cancelled_by_another);
	unit_add(s, calls_cancelled_before_and_under_way);
	unit_add(s, the_end_of_the_engine_ends_the_rest);
	unit_add(s, out_of_memory);
	unit_add(s, out_of_memory_at_the_start);
	return unit_run(s);
}
