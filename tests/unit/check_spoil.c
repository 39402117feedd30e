/* SPDX-License-Identifier: MIT */
/* Answers that do not go out as they should: the arithmetic, then the server.
 */
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/spoil.h"
#include "tests/unit/site.h"
#include "tests/unit/unit.h"

static char *body_of(size_t len) {
	char *p = mem_zero(len + 1, 1);
	memset(p, 'x', len);
	return p;
}

/* What spoil_begin makes of the bytes asked for; -1: nothing is sent. */
static int64_t begin(struct spoil s, size_t len) {
	bool goes = spoil_begin(&s, body_of(len), len);
	mem_free(s.body);
	return goes ? s.bytes : -1;
}

START_TEST(bounds) {
	struct spoil cut = {.how = REQ_CUT};
	static const int64_t cuts[][3] = {/* asked, of, given */
		{-1, 10, 5}, {-1, 1, 0}, {0, 10, 0}, {9, 10, 9}, {10, 10, 9},
		{1000, 10, 9}, {5, 0, -1}};
	for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
		cut.bytes = cuts[i][0];
		ck_assert_int_eq(begin(cut, (size_t)cuts[i][1]), cuts[i][2]);
	}
	ck_assert_int_eq(begin((struct spoil){.how = REQ_CLOSE}, 10), -1);
	/* ten minutes with a pause of ten seconds are 61 drips at most */
	struct spoil drip = {
		.how = REQ_DRIP, .bytes = 1, .pause_us = 10 * US_PER_S};
	ck_assert_int_eq(begin(drip, 60), 1);
	int64_t n = begin(drip, 100000);
	ck_assert_int_le((100000 + n - 1) / n, 61);
	drip.bytes = 5000;
	ck_assert_int_eq(begin(drip, 100000), 5000);
	drip.pause_us = 0;
	drip.bytes = 1;
	ck_assert_int_le(begin(drip, 100000), 2);
}
END_TEST

START_TEST(the_next_bytes) {
	char to[16];
	struct spoil s = {.how = REQ_CUT, .bytes = 5, .len = 8};
	s.body = mem_strdup("abcdefgh");
	ck_assert_int_eq(spoil_next(&s, 0, to, sizeof to), 5);
	ck_assert_int_eq(strncmp(to, "abcde", 5), 0);
	ck_assert_int_eq(spoil_next(&s, 0, to, 3), 3);
	ck_assert_int_eq(spoil_next(&s, 3, to, 3), 2);
	ck_assert_int_eq(strncmp(to, "de", 2), 0);
	ck_assert_int_eq(spoil_next(&s, 5, to, 3), -1);
	s.how = REQ_DRIP;
	s.bytes = 3;
	ck_assert_int_eq(spoil_next(&s, 0, to, sizeof to), 3);
	ck_assert_int_eq(spoil_next(&s, 6, to, sizeof to), 2);
	ck_assert_int_eq(strncmp(to, "gh", 2), 0);
	mem_free(s.body);
	spoil_free(NULL);
}
END_TEST

static const char keep[] = "GET /keep HTTP/1.1\r\nHost: x\r\n\r\n";

/* The raw bytes that a client has got when the connection was closed. */
static const char *spoiled(struct site *s, int fd, enum req_spoil how,
	int64_t bytes, int64_t pause_us) {
	SITE_UNTIL(s, s->kept_len == 1);
	s->kept_len = 0;
	ck_assert_int_eq(req_spoil(s->kept[0], how, bytes, pause_us), 0);
	site_reply(s->kept[0], 200, "0123456789");
	SITE_UNTIL(s, httpd_busy(s->h) == 0);
	return site_read(s, fd);
}

START_TEST(closed_without_an_answer) {
	struct site *s = site_open((struct httpd_config){0});
	int fd = site_connect(s, keep);
	ck_assert_str_eq(spoiled(s, fd, REQ_CLOSE, 0, 0), "");
	char c;
	ck_assert_int_eq(read(fd, &c, 1), 0);
	(void)close(fd);
	site_get(s, "/", "GET /  0:");
	site_close(s);
}
END_TEST

START_TEST(cut_within_the_body) {
	static const struct {
		int64_t bytes;
		const char *end;
	} cases[] = {{-1, "\r\n\r\n01234"}, {0, "\r\n\r\n"},
		{99, "\r\n\r\n012345678"}};
	for (size_t i = 0; i < 3; i++) {
		struct site *s = site_open((struct httpd_config){0});
		int fd = site_connect(s, keep);
		const char *got = spoiled(s, fd, REQ_CUT, cases[i].bytes, 0);
		size_t len = strlen(got), end = strlen(cases[i].end);
		ck_assert_ptr_nonnull(strstr(got, "Content-Length: 10\r\n"));
		ck_assert_uint_gt(len, end);
		ck_assert_str_eq(got + len - end, cases[i].end);
		(void)close(fd);
		site_close(s);
	}
}
END_TEST

/* Five drips with four pauses between them, and then the next request. */
START_TEST(a_drip_takes_its_time_and_is_whole) {
	struct site *s = site_open((struct httpd_config){0});
	int64_t begun = clock_mono_us();
	(void)site_start(s, "GET", "/keep", NULL, NULL, 0);
	SITE_UNTIL(s, s->kept_len == 1);
	s->kept_len = 0;
	ck_assert_int_eq(req_spoil(s->kept[0], REQ_DRIP, 2, 10 * US_PER_MS), 0);
	site_reply(s->kept[0], 200, "0123456789");
	site_run(s, 1);
	ck_assert_str_eq(s->body, "0123456789");
	ck_assert_int_ge(clock_mono_us() - begun, 40 * US_PER_MS);
	site_get(s, "/", "GET /  0:");
	site_close(s);
}
END_TEST

START_TEST(a_client_that_goes_while_it_drips) {
	struct site *s = site_open((struct httpd_config){0});
	int fd = site_connect(s, keep);
	SITE_UNTIL(s, s->kept_len == 1);
	s->kept_len = 0;
	ck_assert_int_eq(req_spoil(s->kept[0], REQ_DRIP, 1, 10 * US_PER_MS), 0);
	site_reply(s->kept[0], 200, "0123456789");
	SITE_UNTIL(s, strstr(site_read(s, fd), "\r\n\r\n0"));
	(void)close(fd);
	SITE_UNTIL(s, httpd_busy(s->h) == 0);
	site_get(s, "/", "GET /  0:");
	site_close(s);
}
END_TEST

/* The end does not wait for the pauses, and what is left still comes. */
START_TEST(the_end_while_it_drips) {
	struct site *s = site_open((struct httpd_config){0});
	int fd = site_connect(s, keep);
	SITE_UNTIL(s, s->kept_len == 1);
	ck_assert_int_eq(req_spoil(s->kept[0], REQ_DRIP, 1, 10 * US_PER_S), 0);
	site_reply(s->kept[0], 200, "0123456789");
	SITE_UNTIL(s, strstr(site_read(s, fd), "\r\n\r\n0"));
	httpd_free(s->h);
	s->h = NULL;
	ck_assert_ptr_nonnull(strstr(site_read(s, fd), "\r\n\r\n0123456789"));
	(void)close(fd);
	site_close(s);
}
END_TEST

int main(void) {
	Suite *s = suite_create("spoil");
	unit_add(s, bounds);
	unit_add(s, the_next_bytes);
	unit_add(s, closed_without_an_answer);
	unit_add(s, cut_within_the_body);
	unit_add(s, a_drip_takes_its_time_and_is_whole);
	unit_add(s, a_client_that_goes_while_it_drips);
	unit_add(s, the_end_while_it_drips);
	return unit_run(s);
}
