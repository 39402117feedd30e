/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "emulator/run/tail.h"
#include "tests/unit/unit.h"

static void add(struct tail *t, const char *line) {
	tail_add(t, line, strlen(line));
	ck_assert_uint_eq(strlen(t->text), t->len);
}

START_TEST(all_while_there_is_room) {
	struct tail t = {0};
	ck_assert_str_eq(t.text, "");
	add(&t, "one");
	add(&t, "");
	add(&t, "three");
	ck_assert_str_eq(t.text, "one\n\nthree\n");
}
END_TEST

START_TEST(whole_lines_go_first) {
	struct tail t = {0};
	char line[20];
	for (int i = 0; i < 400; i++) { /* lines of ten bytes */
		(void)snprintf(line, sizeof line, "line %04d", i);
		add(&t, line);
	}
	ck_assert_uint_eq(t.len, TAIL_MAX);
	ck_assert_int_eq(strncmp(t.text, "line 0200\n", 10), 0);
	ck_assert_str_eq(t.text + t.len - 10, "line 0399\n");
	add(&t, "x"); /* two bytes: ten have to go */
	ck_assert_uint_eq(t.len, TAIL_MAX - 8);
	ck_assert_int_eq(strncmp(t.text, "line 0201\n", 10), 0);
}
END_TEST

START_TEST(a_line_that_fills_it) {
	struct tail t = {0};
	char line[TAIL_MAX + 2];
	memset(line, 'x', sizeof line);
	add(&t, "before");
	tail_add(&t, line, TAIL_MAX - 1);
	ck_assert_uint_eq(t.len, TAIL_MAX);
	ck_assert_int_eq(t.text[0], 'x');
	/* the end of a longer one */
	line[0] = 'a';
	line[1] = 'b';
	line[2] = 'c';
	tail_add(&t, line, TAIL_MAX + 1);
	ck_assert_uint_eq(t.len, TAIL_MAX);
	ck_assert_int_eq(t.text[0], 'c');
	add(&t, "after");
	ck_assert_str_eq(t.text, "after\n");
}
END_TEST

START_TEST(not_from_inside_a_character) {
	struct tail t = {0};
	char line[TAIL_MAX + 1];
	memset(line, 'x', sizeof line);
	memcpy(line, "\342\202\254", 3); /* two bytes too long */
	tail_add(&t, line, TAIL_MAX + 1);
	ck_assert_uint_eq(t.len, TAIL_MAX - 1);
	ck_assert_int_eq(t.text[0], 'x');
	memset(line, 0x80, sizeof line);
	tail_add(&t, line, sizeof line); /* nothing begins here */
	ck_assert_uint_eq(strspn(t.text, "x"), TAIL_MAX - 2);
	ck_assert_str_eq(t.text + TAIL_MAX - 2, "\n\n");
}
END_TEST

int main(void) {
	Suite *s = suite_create("tail");
	unit_add(s, all_while_there_is_room);
	unit_add(s, whole_lines_go_first);
	unit_add(s, a_line_that_fills_it);
	unit_add(s, not_from_inside_a_character);
	return unit_run(s);
}
