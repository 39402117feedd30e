/* SPDX-License-Identifier: MIT */
/* Command lines: words.c by the rows of fixtures/run/words.tsv, and the entries
 * that commands.c makes. */
#include <string.h>

#include "common/buf.h"
#include "common/mem.h"
#include "emulator/run/commands.h"
#include "emulator/run/words.h"
#include "tests/unit/unit.h"

static void one_row(void *ctx, char *const *cols) {
	(void)ctx;
	struct words w = {0};
	struct err e = {0};
	int rc = words_split(&w, cols[0], &e);
	auto_buf struct buf got;
	buf_init(&got, 1000);
	for (size_t i = 0; i < w.len; i++)
		(void)buf_addf(&got, "[%s]", w.at[i]);
	if (*cols[1] == '!') {
		ck_assert_msg(rc == ERR_USAGE, "%s: %d", cols[0], rc);
	} else {
		ck_assert_msg(rc == 0, "%s: %s", cols[0], e.msg);
		ck_assert_str_eq(buf_str(&got), cols[1]);
		ck_assert_ptr_null(w.at[w.len]);
	}
	words_done(&w);
}

START_TEST(splitting) {
	unit_tsv("run/words.tsv", 2, one_row, NULL);
}
END_TEST

START_TEST(blanks_of_other_kinds) {
	struct words w = {0};
	ck_assert_int_eq(words_split(&w, "\n a\tb\nc ", NULL), 0);
	ck_assert_uint_eq(w.len, 3);
	ck_assert_str_eq(w.at[2], "c");
	words_done(&w);
	ck_assert_int_eq(words_split(&w, " \t\n", NULL), 0);
	ck_assert_uint_eq(w.len, 0);
	ck_assert_ptr_null(w.at);
	words_done(&w);
}
END_TEST

START_TEST(many_words) {
	char line[2001];
	for (size_t i = 0; i < 2000; i += 2)
		memcpy(line + i, "x ", 2);
	line[2000] = '\0';
	struct words w = {0};
	ck_assert_int_eq(words_split(&w, line, NULL), 0);
	ck_assert_uint_eq(w.len, 1000);
	words_done(&w);
}
END_TEST

START_TEST(entries) {
	struct commands c = {0};
	struct err e = {0};
	ck_assert_int_eq(commands_add(&c, "gcr.io/p/*=sh 'a b'", &e), 0);
	ck_assert_int_eq(commands_add(&c, "x=y=z", &e), 0);
	ck_assert_uint_eq(c.len, 2);
	ck_assert_str_eq(c.at[0].image, "gcr.io/p/*");
	ck_assert_str_eq(c.at[0].argv[0], "sh");
	ck_assert_str_eq(c.at[0].argv[1], "a b");
	ck_assert_ptr_null(c.at[0].argv[2]);
	/* an image has no '=' */
	ck_assert_str_eq(c.at[1].image, "x");
	ck_assert_str_eq(c.at[1].argv[0], "y=z");
	commands_done(&c);
	ck_assert_ptr_null(c.at);
}
END_TEST

START_TEST(no_entries) {
	static const struct {
		const char *text, *message;
	} cases[] = {{"", "'' is not IMAGE=COMMAND"},
		{"image", "'image' is not IMAGE=COMMAND"},
		{"=sh", "'=sh' is not IMAGE=COMMAND"},
		{"image=", "'image=' names no program"},
		{"image=  ", "'image=  ' names no program"},
		{"image='' x", "'image='' x' names no program"},
		{"image=sh '", "a quote is not closed, or nothing follows a "
			       "backslash, in: sh '"}};
	struct commands c = {0};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err e = {0};
		ck_assert_int_eq(
			commands_add(&c, cases[i].text, &e), ERR_USAGE);
		ck_assert_str_eq(e.msg, cases[i].message);
	}
	ck_assert_uint_eq(c.len, 0);
	commands_done(&c);
}
END_TEST

static int add_two(void *ctx, struct err *e) {
	(void)ctx;
	struct commands c = {0};
	int rc = commands_add(&c, "a=b c d", e);
	if (!rc)
		rc = commands_add(&c, "e=f", e);
	commands_done(&c);
	return rc;
}

START_TEST(out_of_memory) {
	ck_assert_int_ge(unit_nomem(add_two, NULL), 8);
}
END_TEST

int main(void) {
	Suite *s = suite_create("commands");
	unit_add(s, splitting);
	unit_add(s, blanks_of_other_kinds);
	unit_add(s, many_words);
	unit_add(s, entries);
	unit_add(s, no_entries);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
