/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/parsed.h"
#include "tests/unit/unit.h"

static json_t *get(struct parsed *p, const char *text) {
	struct err e = {0};
	json_t *j = parsed_get(p, text, &e);
	ck_assert_msg(j != NULL, "%s", e.msg);
	return j;
}

START_TEST(the_same_text_is_parsed_once) {
	struct parsed p = {0};
	auto_json json_t *a = get(&p, "{\"a\":1}");
	auto_json json_t *b = get(&p, "{\"a\":2}");
	auto_json json_t *c = get(&p, "{\"a\":1}");
	ck_assert_ptr_eq(a, c);
	ck_assert_int_eq(json_integer_value(json_object_get(b, "a")), 2);
	/* what was handed out outlives the rest */
	parsed_done(&p);
	ck_assert_int_eq(json_integer_value(json_object_get(a, "a")), 1);
}
END_TEST

START_TEST(the_oldest_makes_room) {
	struct parsed p = {0};
	auto_json json_t *first = get(&p, "[0]");
	for (int i = 1; i <= PARSED_MAX; i++) {
		char text[16];
		(void)snprintf(text, sizeof text, "[%d]", i);
		auto_json json_t *j = get(&p, text);
		ck_assert_int_eq(json_integer_value(json_array_get(j, 0)), i);
		auto_json json_t *again = get(&p, "[0]");
		if (i < PARSED_MAX)
			ck_assert_ptr_eq(again, first);
		else
			ck_assert_ptr_ne(again, first);
	}
	parsed_done(&p);
}
END_TEST

START_TEST(what_is_not_json_is_not_kept) {
	struct parsed p = {0};
	struct err e = {0};
	ck_assert_ptr_null(parsed_get(&p, "{", &e));
	ck_assert_int_ne(e.code, 0);
	ck_assert_ptr_null(p.at[0].text);
	parsed_done(&p);
}
END_TEST

START_TEST(long_texts_are_not_kept) {
	static char text[PARSED_TEXT_MAX + 2];
	for (size_t over = 0; over < 2; over++) {
		struct parsed p = {0};
		size_t len = PARSED_TEXT_MAX + over;
		memset(text, ' ', len);
		text[0] = '[';
		text[len - 1] = ']';
		text[len] = '\0';
		json_decref(get(&p, text));
		ck_assert_int_eq(p.at[0].text != NULL, over == 0);
		parsed_done(&p);
	}
}
END_TEST

START_TEST(out_of_memory) {
	for (long n = 0;; n++) {
		struct parsed p = {0};
		struct err e = {0};
		mem_fail_after(n);
		json_t *j = parsed_get(&p, "{\"a\":[1,\"b\"]}", &e);
		mem_fail_after(-1);
		bool kept = p.at[0].text;
		if (!j)
			ck_assert_int_eq(e.code, ERR_NOMEM);
		json_decref(j);
		parsed_done(&p);
		if (kept)
			break;
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("parsed");
	unit_add(s, the_same_text_is_parsed_once);
	unit_add(s, the_oldest_makes_room);
	unit_add(s, what_is_not_json_is_not_kept);
	unit_add(s, long_texts_are_not_kept);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
