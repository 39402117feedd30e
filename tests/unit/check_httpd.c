/* SPDX-License-Identifier: MIT */
/* What is asked and answered; comings and goings are in check_httpd_ends. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "tests/unit/site.h"
#include "tests/unit/unit.h"

static const char plain[] = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

START_TEST(names) {
	struct site *s = site_open((struct httpd_config){0});
	char url[64];
	(void)snprintf(
		url, sizeof url, "http://127.0.0.1:%u", httpd_port(s->h));
	ck_assert_str_eq(httpd_url(s->h), url);
	ck_assert_uint_gt(httpd_port(s->h), 0);
	site_close(s);
	httpd_free(NULL);
}
END_TEST

START_TEST(requests_are_understood) {
	struct site *s = site_open((struct httpd_config){0});
	site_get(s, "/", "GET /  0:");
	ck_assert_int_eq(s->status, 200);
	ck_assert_str_eq(s->type, "text/plain");
	site_get(s, "/a/b%20c%3Ad%2Fe%C3%A9", "GET /a/b c:d/e\xc3\xa9  0:");
	site_get(s, "/a?x=1&y=%26%3D+z&x=2&bare&e=",
		"GET /a [x=1][y=&= z][x=2][bare=][e=] 0:");
	site_get(s, "/a?", "GET /a  0:");
	site_get(s, "/100%", "GET /100%  0:");
	site_get(s, "/a%zz", "GET /a%zz  0:");
	(void)site_start(s, "POST", "/p", NULL, "a\0b", 3);
	site_run(s, 1);
	ck_assert_str_eq(s->body, "POST /p  3:a");
	(void)site_start(s, "DELETE", "/d", NULL, NULL, 0);
	site_run(s, 1);
	ck_assert_str_eq(s->body, "DELETE /d  0:");
	(void)site_start(s, "PUT", "/p", NULL, "", 0);
	site_run(s, 1);
	ck_assert_str_eq(s->body, "PUT /p  0:");
	(void)site_start(s, "GET", "/nothing", NULL, NULL, 0);
	site_run(s, 1);
	ck_assert_int_eq(s->status, 204);
	ck_assert_str_eq(s->body, "");
	site_close(s);
}
END_TEST

/* A zero byte would end the path early: /a%00b is not /a. */
START_TEST(a_zero_byte_cuts_nothing) {
	struct site *s = site_open((struct httpd_config){0});
	site_get(s, "/a%00b", "GET /a%00b  0:");
	site_get(s, "/a?x=1%002", "GET /a [x=1%002] 0:");
	site_close(s);
}
END_TEST

START_TEST(headers_come_and_go) {
	static const char *const given[] = {"X-Given: some value", NULL};
	struct site *s = site_open((struct httpd_config){0});
	(void)site_start(s, "GET", "/headers", given, NULL, 0);
	site_run(s, 1);
	ck_assert_int_eq(s->status, 299);
	ck_assert_str_eq(s->type, "application/x-own");
	ck_assert_ptr_nonnull(strstr(s->body, "[X-Given=some value]"));
	ck_assert_ptr_nonnull(strstr(s->body, "[Host=127.0.0.1:"));
	site_close(s);
}
END_TEST

START_TEST(many_requests) {
	struct site *s = site_open((struct httpd_config){0});
	for (int i = 0; i < 500; i++) {
		char path[16], want[32];
		(void)snprintf(path, sizeof path, "/%d", i);
		(void)snprintf(want, sizeof want, "GET %s  0:", path);
		site_get(s, path, want);
		ck_assert_uint_eq(httpd_busy(s->h), 0);
	}
	for (int i = 0; i < 200; i++)
		(void)site_start(s, "POST", "/p", NULL, "x", 1);
	site_run(s, 200);
	ck_assert_int_eq(s->failures, 0);
	ck_assert_int_eq(s->handled, 700);
	site_close(s);
}
END_TEST

START_TEST(an_answer_may_come_later) {
	struct site *s = site_open((struct httpd_config){0});
	(void)site_start(s, "GET", "/keep", NULL, NULL, 0);
	site_get(s, "/", "GET /  0:"); /* others are served meanwhile */
	ck_assert_uint_eq(s->kept_len, 1);
	ck_assert_uint_eq(httpd_busy(s->h), 1);
	site_reply(s->kept[0], 201, "late");
	site_run(s, 1);
	ck_assert_int_eq(s->status, 201);
	ck_assert_str_eq(s->body, "late");
	ck_assert_uint_eq(httpd_busy(s->h), 0);
	site_close(s);
}
END_TEST

/* From inside a handler, for another request: it must not wait for more. */
START_TEST(an_answer_from_inside_another_request) {
	struct site *s = site_open((struct httpd_config){0});
	for (int i = 0; i < 3; i++) {
		(void)site_start(s, "GET", "/keep", NULL, NULL, 0);
		site_get(s, "/", "GET /  0:");
		(void)site_start(s, "GET", "/release", NULL, NULL, 0);
		site_run(s, 2);
		ck_assert_uint_eq(s->kept_len, 0);
		ck_assert_uint_eq(httpd_busy(s->h), 0);
	}
	ck_assert_int_eq(s->failures, 0);
	site_close(s);
}
END_TEST

/* The limit, one over it, and far over it; announced or in chunks. */
START_TEST(bodies_have_a_ceiling) {
	for (int chunked = 0; chunked < 2; chunked++) {
		struct site *s = site_open((struct httpd_config){0});
		ck_assert_int_eq(site_post(s, SITE_BODY_MAX, chunked), 200);
		ck_assert_int_eq(s->handled, 1);
		ck_assert_int_eq(site_post(s, SITE_BODY_MAX + 1, chunked), 413);
		ck_assert_str_eq(s->body, "request body over 1000 bytes\n");
		ck_assert_int_eq(site_post(s, 3000000, chunked), 413);
		ck_assert_int_eq(s->handled, 1);
		ck_assert_uint_eq(httpd_busy(s->h), 0);
		ck_assert_int_eq(site_post(s, SITE_BODY_MAX, chunked), 200);
		site_close(s);
	}
}
END_TEST

static void too_big(void *ctx, struct req *r) {
	struct site *s = ctx;
	s->too_big_called = true;
	site_reply(r, 400, "too big");
}

START_TEST(the_refusal_can_be_worded) {
	for (int chunked = 0; chunked < 2; chunked++) {
		struct site *s =
			site_open((struct httpd_config){.too_big = too_big});
		ck_assert_int_eq(site_post(s, SITE_BODY_MAX + 1, chunked), 400);
		ck_assert_str_eq(s->body, "too big");
		ck_assert(s->too_big_called);
		ck_assert_int_eq(s->handled, 0);
		site_close(s);
	}
}
END_TEST

static void crowded(void *ctx, struct req *r) {
	(void)ctx;
	site_reply(r, req_crowded(r) ? 429 : 413, "no");
}

/* Bodies of requests that are kept count, until they are answered. */
START_TEST(bodies_have_a_ceiling_together) {
	static char body[800];
	memset(body, 'x', sizeof body);
	struct site *s = site_open(
		(struct httpd_config){.bodies_max = 1500, .too_big = crowded});
	ck_assert_int_eq(site_post(s, 1000, false), 200);
	(void)site_start(s, "POST", "/keep", NULL, body, sizeof body);
	SITE_UNTIL(s, s->kept_len == 1);
	ck_assert_int_eq(site_post(s, 701, false), 429);
	ck_assert_int_eq(site_post(s, 701, true), 429);
	ck_assert_int_eq(site_post(s, 1001, false), 413);
	ck_assert_int_eq(site_post(s, 700, false), 200);
	ck_assert_int_eq(site_post(s, 700, true), 200);
	(void)site_start(s, "GET", "/release", NULL, NULL, 0);
	site_run(s, 2);
	ck_assert_int_eq(site_post(s, 1000, true), 200);
	site_close(s);
}
END_TEST

START_TEST(requests_one_after_the_other_on_a_connection) {
	struct site *s = site_open((struct httpd_config){0});
	auto_free char *both = mem_printf("%s%s", plain, plain);
	int fd = site_connect(s, both);
	site_get(s, "/", "GET /  0:");
	const char *first = NULL;
	SITE_UNTIL(s, (first = strstr(site_read(s, fd), "GET /a  0:")) &&
			      strstr(first + 1, "GET /a  0:"));
	(void)close(fd);
	site_close(s);
}
END_TEST

int main(void) {
	Suite *s = suite_create("httpd");
	unit_add(s, names);
	unit_add(s, requests_are_understood);
	unit_add(s, a_zero_byte_cuts_nothing);
	unit_add(s, headers_come_and_go);
	unit_add(s, many_requests);
	unit_add(s, an_answer_may_come_later);
	unit_add(s, an_answer_from_inside_another_request);
	unit_add(s, bodies_have_a_ceiling);
	unit_add(s, the_refusal_can_be_worded);
	unit_add(s, bodies_have_a_ceiling_together);
	unit_add(s, requests_one_after_the_other_on_a_connection);
	return unit_run(s);
}
