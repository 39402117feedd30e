/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/err.h"
#include "tests/unit/unit.h"

START_TEST(set_returns_the_code) {
	struct err e = {.http = 500};
	ck_assert_int_eq(err_set(&e, ERR_RANGE, "%s is %d", "x", 3), ERR_RANGE);
	ck_assert_int_eq(e.code, ERR_RANGE);
	ck_assert_int_eq(e.http, 0);
	ck_assert_str_eq(e.msg, "x is 3");
	ck_assert_int_eq(err_set(NULL, ERR_IO, "dropped"), ERR_IO);
}
END_TEST

START_TEST(wrap_puts_context_in_front) {
	struct err e = {0};
	(void)err_set(&e, ERR_HTTP, "HTTP 401");
	e.http = 401;
	ck_assert_int_eq(err_wrap(&e, "token"), ERR_HTTP);
	ck_assert_int_eq(err_wrap(&e, "submit '%s'", "job_7"), ERR_HTTP);
	ck_assert_str_eq(e.msg, "submit 'job_7': token: HTTP 401");
	ck_assert_int_eq(e.http, 401);
}
END_TEST

START_TEST(errno_becomes_text) {
	struct err e = {0};
	errno = ENOENT;
	ck_assert_int_eq(err_errno(&e, "open '%s'", "f"), ERR_IO);
	ck_assert_str_eq(e.msg, "open 'f': No such file or directory");
	ck_assert_int_eq(err_nomem(&e), ERR_NOMEM);
	ck_assert_str_eq(e.msg, "out of memory");
}
END_TEST

/* n letters and then the text. */
static const char *padded(size_t n, const char *text) {
	static char s[2 * ERR_MSG_MAX];
	memset(s, 'a', n);
	(void)snprintf(s + n, sizeof s - n, "%s", text);
	return s;
}

START_TEST(message_is_cut_at_the_limit) {
	struct err e = {0};
	(void)err_set(&e, ERR_IO, "%s", padded(ERR_MSG_MAX - 1, ""));
	ck_assert_uint_eq(strlen(e.msg), ERR_MSG_MAX - 1);
	(void)err_set(&e, ERR_IO, "%s", padded(ERR_MSG_MAX, ""));
	ck_assert_uint_eq(strlen(e.msg), ERR_MSG_MAX - 1);
	(void)err_wrap(&e, "context");
	ck_assert_uint_eq(strlen(e.msg), ERR_MSG_MAX - 1);
	ck_assert_int_eq(strncmp(e.msg, "context: aaa", 12), 0);
	(void)err_wrap(&e, "%s", padded(ERR_MSG_MAX, ""));
	ck_assert_str_eq(e.msg, padded(ERR_MSG_MAX - 1, ""));
}
END_TEST

/* Characters of two, three and four bytes, cut after each of their bytes. */
START_TEST(cut_keeps_characters_whole) {
	static const char *const chars[] = {
		"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x9a\x82"};
	for (size_t i = 0; i < 3; i++) {
		size_t len = strlen(chars[i]);
		for (size_t room = 0; room <= len; room++) {
			struct err e = {0};
			size_t lead = ERR_MSG_MAX - 1 - room;
			(void)err_set(&e, ERR_IO, "%s%sz", padded(lead, ""),
				chars[i]);
			const char *want =
				padded(lead, room == len ? chars[i] : "");
			ck_assert_str_eq(e.msg, want);
		}
	}
}
END_TEST

START_TEST(cut_context_keeps_characters_whole) {
	struct err e = {0};
	(void)err_set(&e, ERR_IO, "%s", "\xe2\x82\xac\xe2\x82\xac");
	(void)err_wrap(&e, "%s", padded(ERR_MSG_MAX - 7, ""));
	ck_assert_str_eq(e.msg, padded(ERR_MSG_MAX - 7, ": \xe2\x82\xac"));
	errno = ENOENT;
	(void)err_errno(&e, "%s", padded(ERR_MSG_MAX - 130, "\xe2\x82\xac"));
	ck_assert_str_eq(e.msg,
		padded(ERR_MSG_MAX - 130, ": No such file or directory"));
}
END_TEST

START_TEST(one_line_and_no_sequence) {
	static const char *const rows[][2] = {{"", ""}, {"a b", "a b"},
		{"a\nb\r\n\tc", "a b   c"}, {"\033[31m\x7f", " [31m "},
		{"\xc2\x9b"
		 "31m",
			"  31m"},
		{"\xc2\x80\xc2\x9f", "    "},
		{"\xc2\xa0\xc3\xa9", "\xc2\xa0\xc3\xa9"}, {"x\xc2", "x\xc2"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[32];
		(void)snprintf(text, sizeof text, "%s", rows[i][0]);
		err_one_line(text);
		ck_assert_str_eq(text, rows[i][1]);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("err");
	unit_add(s, set_returns_the_code);
	unit_add(s, wrap_puts_context_in_front);
	unit_add(s, errno_becomes_text);
	unit_add(s, message_is_cut_at_the_limit);
	unit_add(s, cut_keeps_characters_whole);
	unit_add(s, one_line_and_no_sequence);
	unit_add(s, cut_context_keeps_characters_whole);
	return unit_run(s);
}
