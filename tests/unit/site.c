/* SPDX-License-Identifier: MIT */
#include "tests/unit/site.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define TIMEOUT_US (20 * US_PER_S)

static void on_guard(void *ctx) {
	(void)ctx;
	ck_abort_msg("nothing happens any more");
}

static void add_pair(void *ctx, const char *name, const char *value) {
	(void)buf_addf(ctx, "[%s=%s]", name, value);
}

/* What the server understood. */
static void reply_echo(struct req *r) {
	auto_buf struct buf b;
	buf_init(&b, 60000);
	size_t len;
	const char *body = req_body(r, &len);
	(void)buf_addf(&b, "%s %s ", req_method(r), req_path(r));
	req_each_query(r, add_pair, &b);
	(void)buf_addf(&b, " %zu:", len);
	(void)buf_add(&b, body, len);
	req_reply(r, 200, "text/plain", &b);
}

void site_reply(struct req *r, int status, const char *text) {
	auto_buf struct buf b;
	buf_init(&b, 1000);
	(void)buf_adds(&b, text);
	req_reply(r, status, "text/plain", &b);
}

static void reply_headers(struct req *r) {
	const char *x = req_header(r, "x-given");
	(void)req_add_header(r, "X-Echo", x ? x : "(none)");
	auto_buf struct buf b;
	buf_init(&b, 60000);
	req_each_header(r, add_pair, &b);
	req_reply(r, 299, "application/x-own", &b);
}

/* Answers the oldest request that is kept, then itself. */
static void release_one(struct site *s, struct req *r) {
	if (s->kept_len) {
		struct req *old = s->kept[0];
		s->kept_len--;
		memmove(s->kept, s->kept + 1, s->kept_len * sizeof *s->kept);
		site_reply(old, 200, "released");
	}
	site_reply(r, 200, "releaser");
}

static void handle(void *ctx, struct req *r) {
	struct site *s = ctx;
	s->handled++;
	if (!strcmp(req_path(r), "/keep")) {
		ck_assert_uint_lt(s->kept_len, SITE_KEPT_MAX);
		s->kept[s->kept_len++] = r;
	} else if (!strcmp(req_path(r), "/release")) {
		release_one(s, r);
	} else if (!strcmp(req_path(r), "/headers")) {
		reply_headers(r);
	} else if (!strcmp(req_path(r), "/nothing")) {
		req_reply(r, 204, NULL, NULL);
	} else {
		reply_echo(r);
	}
}

struct site *site_open(struct httpd_config cfg) {
	struct site *s = mem_zero(1, sizeof *s);
	struct err e = {0};
	ck_assert_msg(loop_new(&s->l, &e) == 0, "%s", e.msg);
	ck_assert_msg(fetch_new(s->l, &s->f, &e) == 0, "%s", e.msg);
	cfg.host = "127.0.0.1";
	cfg.body_max = cfg.body_max ? cfg.body_max : SITE_BODY_MAX;
	cfg.conn_max = cfg.conn_max ? cfg.conn_max : 100;
	cfg.idle_s = 60;
	cfg.handle = handle;
	cfg.ctx = s;
	ck_assert_msg(httpd_start(s->l, &cfg, &s->h, &e) == 0, "%s", e.msg);
	s->guard = (struct loop_timer){.cb = on_guard};
	return s;
}

void site_close(struct site *s) {
	fetch_free(s->f);
	httpd_free(s->h);
	loop_free(s->l);
	mem_free(s);
}

/* Runs the loop until `want` more calls have ended. */
void site_run(struct site *s, int want) {
	s->want = s->answers + s->failures + want;
	loop_timer_in(s->l, &s->guard, TIMEOUT_US);
	ck_assert_int_eq(loop_run(s->l, NULL), 0);
	loop_timer_stop(s->l, &s->guard);
}

static void stop_loop(void *ctx) {
	loop_stop(((struct site *)ctx)->l);
}

/* Lets the loop run for a while in which nothing may end it. */
void site_idle(struct site *s, int64_t us) {
	struct loop_timer t = {.cb = stop_loop, .ctx = s};
	s->want = -1;
	loop_timer_in(s->l, &t, us);
	ck_assert_int_eq(loop_run(s->l, NULL), 0);
}

void site_ended(void *ctx, const struct fetch_res *res, const struct err *e) {
	struct site *s = ctx;
	if (res) {
		s->answers++;
		s->status = res->status;
		(void)snprintf(s->body, sizeof s->body, "%s", res->body);
		(void)snprintf(
			s->type, sizeof s->type, "%s", res->content_type);
	} else {
		s->failures++;
		s->code = e->code;
	}
	if (s->answers + s->failures == s->want)
		loop_stop(s->l);
}

struct fetch_call *site_start(struct site *s, const char *method,
	const char *path, const char *const *headers, const char *body,
	size_t len) {
	auto_free char *url = mem_printf("%s%s", httpd_url(s->h), path);
	struct fetch_req rq = {.method = method,
		.url = url,
		.headers = headers,
		.body = body,
		.body_len = len,
		.timeout_us = TIMEOUT_US,
		.answer_max = 65536};
	struct fetch_call *c = NULL;
	struct err e = {0};
	ck_assert_msg(fetch_start(s->f, &rq, site_ended, s, &c, &e) == 0, "%s",
		e.msg);
	return c;
}

void site_get(struct site *s, const char *path, const char *want) {
	(void)site_start(s, "GET", path, NULL, NULL, 0);
	site_run(s, 1);
	ck_assert_str_eq(s->body, want);
}

/* Posts len bytes and gives the status, or 0 when no answer came. */
int site_post(struct site *s, size_t len, bool chunked) {
	static const char *const chunks[] = {
		"Transfer-Encoding: chunked", NULL};
	auto_free char *body = mem_zero(len + 1, 1);
	memset(body, 'x', len);
	int before = s->answers;
	(void)site_start(s, "POST", "/p", chunked ? chunks : NULL, body, len);
	site_run(s, 1);
	return s->answers > before ? s->status : 0;
}

/* A socket of our own, with these bytes sent. */
int site_connect(struct site *s, const char *bytes) {
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)httpd_port(s->h)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	ck_assert_int_eq(
		write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	return fd;
}

/* What has come back so far. */
const char *site_read(struct site *s, int fd) {
	ssize_t n =
		recv(fd, s->body, sizeof s->body - 1, MSG_DONTWAIT | MSG_PEEK);
	s->body[n > 0 ? n : 0] = '\0';
	return s->body;
}
