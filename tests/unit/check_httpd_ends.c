/* SPDX-License-Identifier: MIT */
/* The server's starts, ends and limits, and clients that misbehave. */
#define _GNU_SOURCE /* POLLRDHUP */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "tests/unit/site.h"
#include "tests/unit/unit.h"

static const char keep[] = "GET /keep HTTP/1.1\r\nHost: x\r\n\r\n";
static const char plain[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

static int64_t count_turns(void *ctx) {
	++*(int *)ctx;
	return -1;
}

START_TEST(a_client_that_goes_while_its_request_is_kept) {
	struct site *s = site_open((struct httpd_config){0});
	int fd = site_connect(s, keep);
	SITE_UNTIL(s, s->kept_len == 1);
	ck_assert(!req_gone(s->kept[0]));
	ck_assert_int_eq(close(fd), 0);
	SITE_UNTIL(s, req_gone(s->kept[0]));
	site_get(s, "/", "GET /  0:");
	ck_assert_uint_eq(httpd_busy(s->h), 1); /* ours until we answer */
	ck_assert_str_eq(req_path(s->kept[0]), "/keep");
	site_reply(s->kept[0], 200, "too late");
	SITE_UNTIL(s, httpd_busy(s->h) == 0);
	site_close(s);
}
END_TEST

START_TEST(a_client_that_goes_within_its_request) {
	struct site *s = site_open((struct httpd_config){0});
	int fd = site_connect(s,
		"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab");
	SITE_UNTIL(s, httpd_busy(s->h) == 1);
	ck_assert_int_eq(close(fd), 0);
	SITE_UNTIL(s, httpd_busy(s->h) == 0);
	ck_assert_int_eq(s->handled, 0);
	site_close(s);
}
END_TEST

START_TEST(the_end_answers_what_is_kept) {
	struct site *s = site_open((struct httpd_config){0});
	int one = site_connect(s, keep), two = site_connect(s, keep);
	SITE_UNTIL(s, s->kept_len == 2);
	httpd_free(s->h);
	s->h = NULL;
	ck_assert_int_eq(strncmp(site_read(s, one), "HTTP/1.1 503 ", 13), 0);
	ck_assert_int_eq(strncmp(site_read(s, two), "HTTP/1.1 503 ", 13), 0);
	(void)close(one);
	(void)close(two);
	site_close(s);
}
END_TEST

/* A request that was waiting behind the kept one is not kept in its turn: the
 * library aborts when it is stopped with one. */
START_TEST(nothing_is_kept_after_the_end) {
	struct site *s = site_open((struct httpd_config){0});
	auto_free char *both = mem_printf("%s%s", keep, keep);
	int fd = site_connect(s, both);
	SITE_UNTIL(s, s->kept_len == 1);
	httpd_free(s->h);
	s->h = NULL;
	ck_assert_uint_eq(s->kept_len, 1);
	ck_assert_int_eq(strncmp(site_read(s, fd), "HTTP/1.1 503 ", 13), 0);
	(void)close(fd);
	site_close(s);
}
END_TEST

START_TEST(quiesce_lets_the_rest_end) {
	struct site *s = site_open((struct httpd_config){0});
	(void)site_start(s, "GET", "/keep", NULL, NULL, 0);
	site_get(s, "/", "GET /  0:");
	httpd_quiesce(s->h);
	httpd_quiesce(s->h);
	site_reply(s->kept[0], 200, "still");
	site_run(s, 1);
	ck_assert_str_eq(s->body, "still");
	/* new connections are refused; the old ones go on */
	for (int i = 0; i < 3; i++)
		(void)site_start(s, "GET", "/", NULL, NULL, 0);
	site_run(s, 3);
	ck_assert_int_eq(s->answers + s->failures, 5);
	ck_assert_int_gt(s->failures, 0);
	ck_assert_int_eq(s->code, ERR_NOTSENT);
	site_close(s);
}
END_TEST

/* Whether the server has closed it behind what is there to read. */
static bool is_closed(int fd) {
	struct pollfd p = {.fd = fd, .events = POLLRDHUP};
	return poll(&p, 1, 0) == 1 && p.revents & POLLRDHUP;
}

/* A POST with this head, of which each @ is sent as a NUL, and what follows. */
static int connect_post(struct site *s, const char *head, const char *rest) {
	auto_free char *text =
		mem_printf("POST /headers HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n%s",
			head, rest);
	size_t len = strlen(text);
	for (char *at = text; (at = strchr(at, '@'));)
		*at = '\0';
	int fd = site_connect(s, "");
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	return fd;
}

/* A proxy in front might read these otherwise, and take what follows, or its
 * answer, for somebody else's. */
START_TEST(what_can_be_read_in_two_ways) {
	static const char *const bad[] = {
		"Content-Length: 0\r\nContent-Length: 0",
		"Content-Length: 0\r\nContent-Length: 34",
		"Content-Length: 5\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: chunked\r\ncontent-length: 5",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: xchunked", "Transfer-Encoding: gzip",
		"Transfer-Encoding: identity", "Transfer-Encoding : chunked",
		"Authorization : Bearer x", "a b: c", "a\"b: c", "\x80: c",
		/* lines that are folded */
		"Content-Length:\r\n 5", "Content-Length: 5\r\n 0",
		"Content-Length: 0\r\n\t5", "Content-Length: 5\r\n ",
		"Content-Length: 5\r\n \r\nA: b", "Content-Lengt: 5\r\n h",
		"Content-Lengt:\t    5\r\n h", "Content-Len: 5\r\n g\r\n\tth",
		"Transfer-Encoding:\r\n chunked",
		"Transfer-Encoding: x\r\n chunked",
		"A: b\r\n Content-Length: 5", "A: b\r\n c\r\nContent-Length: 5",
		"Authorizatio: Bearer x\r\n n\r\nContent-Length: 5",
		/* ends of lines that are none to others */
		"A: b\rContent-Length: 5", "A: b\r\rContent-Length: 5",
		"A: b\r\r\nContent-Length: 5", "A: b\nContent-Length: 5",
		"Content-Length: 5\nA: b", "Content-Length: 5\r\nA: b\n",
		"Content-Length: 5\nA: b\n",
		/* NULs */
		"Content-Length: 5@0", "Content-Length: 0@5",
		"Content-Length: 5@", "Content-Length: 5@@",
		"Content-Length: 5@\r\nA: b", "Content-Length: 5@0\r\nA: b",
		"A: b@\r\nContent-Length: 5", "A: @b\r\nContent-Length: 5",
		"A:@ b\r\nContent-Length: 5", "A: b@Content-Length: 5",
		"@\r\nContent-Length: 5", "@A: b\r\nContent-Length: 5",
		"Content-Length: 5\r\n@A: b"};
	struct site *s = site_open((struct httpd_config){0});
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		auto_free char *rest = mem_printf("0\r\n\r\n%s", plain);
		int fd = connect_post(s, bad[i], rest);
		SITE_UNTIL(s, *site_read(s, fd) && is_closed(fd));
		const char *got = site_read(s, fd);
		ck_assert_msg(strncmp(got, "HTTP/1.1 400 ", 13) == 0 &&
				      !strstr(got + 1, "HTTP/1.1"),
			"%s: %s", bad[i], got);
		(void)close(fd);
	}
	ck_assert_int_eq(s->handled, 0);
	site_close(s);
}
END_TEST

/* How often the server has understood this header. */
static int times_seen(struct site *s, int fd, const char *header) {
	int n = 0;
	for (const char *at = site_read(s, fd); (at = strstr(at, header)); at++)
		n++;
	return n;
}

/* Sends it twice on one connection. */
static void take_twice(struct site *s, const char *head, const char *seen) {
	auto_free char *second =
		mem_printf("0\r\n\r\nPOST /headers HTTP/1.1\r\nHost: x\r\n%s"
			   "\r\n\r\n0\r\n\r\n",
			head);
	int fd = connect_post(s, head, second), before = s->handled;
	SITE_UNTIL(s, s->handled == before + 2);
	SITE_UNTIL(s, times_seen(s, fd, seen) == 2);
	ck_assert(!is_closed(fd));
	(void)close(fd);
}

START_TEST(what_can_be_read_in_one_way_only) {
	static const struct {
		const char *head, *seen;
	} good[] = {{"A:b", "[A=b]"}, {"A: b", "[A=b]"}, {"A:", "[A=]"},
		{"A: ", "[A=]"}, {"A: \t  ", "[A=]"}, {"A:\tb", "[A=b]"},
		{"A: \t \t  b", "[A=b]"}, {"A:                    b", "[A=b]"},
		{"A: b ", "[A=b"}, {"A: b\t \t", "[A=b"},
		{"A: b c\td", "[A=b c\td]"}, {"A: \"b: c\"", "[A=\"b: c\"]"},
		{"A: \xc3\xa9", "[A=\xc3\xa9]"}, {"A: b\r\nA: b", "[A=b][A=b]"},
		{"Cookie: a=b; c=\"d\"; e", "[Cookie=a=b; c=\"d\"; e]"},
		{"Content-Encoding: gzip", "[Content-Encoding=gzip]"}};
	static const char *const ends[] = {"Content-Length: 5",
		"Content-Length:5", "Content-Length:  5",
		"Transfer-Encoding: chunked", "Transfer-Encoding:\tChunked"};
	struct site *s = site_open((struct httpd_config){0});
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++) {
			auto_free char *front =
				mem_printf("%s\r\n%s", good[i].head, ends[k]);
			auto_free char *back =
				mem_printf("%s\r\n%s", ends[k], good[i].head);
			take_twice(s, front, good[i].seen);
			take_twice(s, back, good[i].seen);
		}
	site_close(s);
}
END_TEST

/* The room for them grows meanwhile. */
START_TEST(many_headers_in_one_way_only) {
	struct site *s = site_open((struct httpd_config){0});
	for (unsigned n = 1; n <= 100; n += 9) {
		auto_buf struct buf b;
		buf_init(&b, 60000);
		for (unsigned i = 0; i < n; i++)
			(void)buf_addf(&b, "X-%u: %0*u\r\n", i, 1 + (int)i, 0);
		(void)buf_adds(&b, "Content-Length: 5");
		auto_free char *head = buf_take(&b, NULL);
		take_twice(s, head, "[X-0=0]");
	}
	site_close(s);
}
END_TEST

/* They follow the body, and are not judged. */
START_TEST(trailers_are_taken) {
	struct site *s = site_open((struct httpd_config){0});
	int fd = connect_post(s, "Transfer-Encoding: chunked",
		"2\r\nab\r\n0\r\nA: b\r\nC:\r\n\r\n");
	SITE_UNTIL(s, s->handled == 1);
	(void)close(fd);
	site_close(s);
}
END_TEST

/* Taken or refused, it has one answer. */
START_TEST(a_request_without_a_host) {
	struct site *s = site_open((struct httpd_config){0});
	auto_free char *text =
		mem_printf("POST /p HTTP/1.1\r\nContent-Length: %zu\r\n\r\n%s",
			strlen(plain), plain);
	int fd = site_connect(s, text);
	SITE_UNTIL(s, *site_read(s, fd) && (s->handled || is_closed(fd)));
	ck_assert_int_eq(times_seen(s, fd, "\nDate: "), 1);
	(void)close(fd);
	site_close(s);
}
END_TEST

/* One byte after the other, until the server has enough of it. */
static bool drips_until_closed(int fd) {
	return is_closed(fd) || send(fd, "a", 1, MSG_NOSIGNAL) < 0;
}

/* What the handler has is not hurried, and a body that comes in time is taken.
 */
START_TEST(a_body_has_its_time) {
	static const char slow[] = "POST /p HTTP/1.1\r\nHost: "
				   "x\r\nContent-Length: 99999\r\n\r\nab";
	struct site *s = site_open((struct httpd_config){.body_us = 60000});
	int kept = site_connect(s, keep);
	SITE_UNTIL(s, s->kept_len == 1);
	for (int i = 0; i < 2; i++) { /* also after the first was ended */
		int fd = site_connect(s, slow), other = site_connect(s, slow);
		SITE_UNTIL(
			s, drips_until_closed(fd) && drips_until_closed(other));
		SITE_UNTIL(s, httpd_busy(s->h) == 1);
		(void)close(fd);
		(void)close(other);
	}
	ck_assert_int_eq(s->handled, 1);
	site_get(s, "/", "GET /  0:");
	ck_assert(!is_closed(kept));
	site_reply(s->kept[0], 200, "in its time");
	SITE_UNTIL(s, strstr(site_read(s, kept), "in its time"));
	(void)close(kept);
	site_close(s);
}
END_TEST

/* One over the limit waits until another goes, and nothing spins meanwhile. */
START_TEST(connections_have_a_limit) {
	struct site *s = site_open((struct httpd_config){.conn_max = 2});
	int one = site_connect(s, plain), two = site_connect(s, plain);
	SITE_UNTIL(s, s->handled == 2);
	int three = site_connect(s, plain);
	int turns = 0;
	struct loop_hook h = {.due = count_turns, .ctx = &turns};
	loop_hook_add(s->l, &h);
	site_idle(s, 50000);
	loop_hook_del(s->l, &h);
	ck_assert_int_eq(s->handled, 2);
	ck_assert_int_lt(turns, 40);
	ck_assert_int_eq(close(one), 0);
	SITE_UNTIL(s, strstr(site_read(s, three), "GET /a  0:"));
	ck_assert_int_eq(s->handled, 3);
	(void)close(two);
	(void)close(three);
	site_close(s);
}
END_TEST

START_TEST(a_server_at_rest_sleeps) {
	struct site *s = site_open((struct httpd_config){0});
	int fd = site_connect(s, keep);
	site_get(s, "/", "GET /  0:");
	int turns = 0;
	struct loop_hook h = {.due = count_turns, .ctx = &turns};
	loop_hook_add(s->l, &h);
	site_idle(s, 50000);
	loop_hook_del(s->l, &h);
	ck_assert_int_lt(turns, 40);
	(void)close(fd);
	site_close(s);
}
END_TEST

START_TEST(bad_addresses) {
	static const struct {
		const char *host;
		int code;
	} cases[] = {{"example.invalid", ERR_USAGE}, {"", ERR_USAGE},
		{"192.0.2.1", ERR_IO}, {"1.2.3.4.5", ERR_USAGE}};
	struct loop *l = NULL;
	ck_assert_int_eq(loop_new(&l, NULL), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct httpd_config cfg = {
			.host = cases[i].host, .conn_max = 9};
		struct httpd *h = NULL;
		struct err e = {0};
		int rc = httpd_start(l, &cfg, &h, &e);
		ck_assert_msg(
			rc == cases[i].code, "%s: %d %s", cfg.host, rc, e.msg);
		ck_assert_ptr_null(h);
	}
	loop_free(l);
}
END_TEST

START_TEST(a_port_that_is_taken) {
	struct site *s = site_open((struct httpd_config){0});
	struct httpd_config cfg = {
		.host = "localhost", .port = httpd_port(s->h), .conn_max = 9};
	struct httpd *h = NULL;
	struct err e = {0};
	ck_assert_int_eq(httpd_start(s->l, &cfg, &h, &e), ERR_IO);
	ck_assert_ptr_null(h);
	ck_assert_msg(strstr(e.msg, "in use") != NULL, "%s", e.msg);
	site_close(s);
}
END_TEST

static int start_server(void *ctx, struct err *e) {
	struct httpd_config cfg = {.host = "127.0.0.1", .conn_max = 9};
	struct httpd *h = NULL;
	int rc = httpd_start(ctx, &cfg, &h, e);
	ck_assert_int_eq(h == NULL, rc != 0);
	httpd_free(h);
	return rc;
}

START_TEST(out_of_memory_at_the_start) {
	struct loop *l = NULL;
	ck_assert_int_eq(loop_new(&l, NULL), 0);
	ck_assert_int_ge(unit_nomem(start_server, l), 1);
	loop_free(l);
}
END_TEST

/* Memory that runs out within a request costs that request and no other. */
START_TEST(out_of_memory_within_a_request) {
	struct site *s = site_open((struct httpd_config){0});
	bool whole = false;
	for (long n = 0; !whole && n < 50; n++) {
		(void)site_start(s, "POST", "/headers", NULL, "abc", 3);
		s->status = 0;
		mem_fail_after(n);
		site_run(s, 1);
		mem_fail_off();
		whole = s->status == 299;
		ck_assert_uint_eq(httpd_busy(s->h), 0);
		site_get(s, "/", "GET /  0:");
	}
	ck_assert(whole);
	site_close(s);
}
END_TEST

int main(void) {
	Suite *s = suite_create("httpd_ends");
	unit_add(s, a_client_that_goes_while_its_request_is_kept);
	unit_add(s, a_client_that_goes_within_its_request);
	unit_add(s, the_end_answers_what_is_kept);
	unit_add(s, nothing_is_kept_after_the_end);
	unit_add(s, quiesce_lets_the_rest_end);
	unit_add(s, what_can_be_read_in_two_ways);
	unit_add(s, what_can_be_read_in_one_way_only);
	unit_add(s, many_headers_in_one_way_only);
	unit_add(s, trailers_are_taken);
	unit_add(s, a_request_without_a_host);
	unit_add(s, a_body_has_its_time);
	unit_add(s, connections_have_a_limit);
	unit_add(s, a_server_at_rest_sleeps);
	unit_add(s, bad_addresses);
	unit_add(s, a_port_that_is_taken);
	unit_add(s, out_of_memory_at_the_start);
	unit_add(s, out_of_memory_within_a_request);
	return unit_run(s);
}
