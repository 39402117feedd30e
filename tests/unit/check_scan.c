/* SPDX-License-Identifier: MIT */
/* The reader of JSON text. What is good is held against jansson's parser; the
 * words for what is not are those that the tests of protobuf's stream parser
 * and of Google's transcoding filter for Envoy ask for. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/scan.h"
#include "tests/unit/unit.h"

static json_t *read_all(const char *text, size_t len, struct buf *why) {
	struct scan s;
	ck_assert_int_eq(scan_init(&s, text, len), 0);
	auto_json json_t *v = scan_value(&s);
	bool good = scan_finish(&s);
	ck_assert(!good || v);
	if (!good && !s.nomem)
		scan_explain(&s, why);
	scan_done(&s);
	return good ? TAKE(v) : NULL;
}

START_TEST(values) {
	static const char *const rows[] = {"{}", "[]", "null", "true", "false",
		"0", "-0", "-1", "9223372036854775807", "-9223372036854775808",
		"0.5", "-1.25e3", "1E-2", "1e+2", "\"\"", "\"a b\"",
		" \t\r\n[ 1 , 2 ]\n", "{\"a\":{\"b\":[{},[],null]},\"c\":-2.5}",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"x\\u0041y\\u00e9\"",
		"\"\\u0639\\uD83d\\udC1D z\"", "\"\xc3\xa9\xe2\x82\xac\"",
		"\"\xf0\x9f\x90\x9d\"", "{\"\":1}", "{\"a\\nb\":1}",
		"{\"a\":1,\"b\":2,\"a\":3}", "\"\x7f\""};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_buf struct buf why;
		buf_init(&why, 1000);
		auto_json json_t *got =
			read_all(rows[i], strlen(rows[i]), &why);
		auto_json json_t *want = json_loads(
			rows[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		ck_assert_ptr_nonnull(want);
		ck_assert_msg(got && json_equal(got, want), "%s: %s", rows[i],
			buf_str(&why));
	}
}
END_TEST

/* jansson refuses what does not fit; the mapping makes a double of it. */
START_TEST(large_integers) {
	static const struct {
		const char *text;
		double want; /* 2^63, 2^64, -2^64 */
	} rows[] = {{"9223372036854775808", 0x1p63},
		{"18446744073709551616", 0x1p64},
		{"-18446744073709551616", -0x1p64}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_json json_t *got =
			read_all(rows[i].text, strlen(rows[i].text), NULL);
		ck_assert(json_is_real(got));
		ck_assert(json_real_value(got) == rows[i].want);
	}
}
END_TEST

START_TEST(refusals) {
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", "Unexpected end of string. Expected a value.\n\n^"},
		{"NO_BRACES_JSON", "Unexpected token.\nNO_BRACES_JSON\n^"},
		{"{\"theme\" : \"Children\"",
			"Unexpected end of string. Expected , or } after "
			"key:value pair.\n\n^"},
		{"{\"theme\"  \"Children\"}",
			"Expected : between key:value pair.\n"
			"{\"theme\"  \"Children\"}\n          ^"},
		{"{", "Unexpected end of string. Expected an object key or "
		      "}.\n\n^"},
		{"{\"key\"", "Unexpected end of string. Expected : between "
			     "key:value pair.\n\n^"},
		{"{\"key\":", "Unexpected end of string. Expected a "
			      "value.\n\n^"},
		{"{\"key\": true]", "Expected , or } after key:value pair.\n"
				    "{\"key\": true]\n            ^"},
		{"[true, null}", "Expected , or ] after array value.\n"
				 "[true, null}\n           ^"},
		{"{42: true}", "Expected an object key or }.\n{42: true}\n ^"},
		{"{{\"bob\": true}}",
			"Expected an object key or }.\n{{\"bob\": true}}\n ^"},
		{"{false}", "Expected an object key or }.\n{false}\n ^"},
		{"{\"key\"}", "Expected : between key:value pair.\n"
			      "{\"key\"}\n      ^"},
		{"{\"key\":}", "Unexpected token.\n{\"key\":}\n       ^"},
		{"[true,,false]", "Unexpected token.\n[true,,false]\n      ^"},
		{"[nule]", "Unexpected token.\n[nule]\n ^"},
		{"*&#25", "Expected a value.\n*&#25\n^"},
		{"{}}", "Parsing terminated before end of input.\n{}}\n  ^"},
		{"truee", "Parsing terminated before end of input.\n"
			  "truee\n    ^"},
		{"{\"a\":1} x", "Parsing terminated before end of input.\n"
				"{\"a\":1} x\n        ^"},
		{"-", "Unable to parse number.\n-\n^"},
		{"-foo", "Unable to parse number.\n-foo\n^"},
		{"01", "Unable to parse number.\n01\n^"},
		{"1.", "Unable to parse number.\n1.\n^"},
		{"1e", "Unable to parse number.\n1e\n^"},
		{"[1.89769e+308]", "Number exceeds the range of double.\n"
				   "[1.89769e+308]\n ^"},
		{"[-1.89769e+308]", "Number exceeds the range of double.\n"
				    "[-1.89769e+308]\n ^"},
		{"\"Forgot the rest of i", "Closing quote expected in string.\n"
					   "\"Forgot the rest of \n^"},
		{"[\"abc]", "Closing quote expected in string.\n[\"abc]\n ^"},
		{"\"\\", "Closing quote expected in string.\n\"\\\n ^"},
		{"\"\\u", "Illegal hex string.\n\"\\u\n ^"},
		{"\"\\u12", "Illegal hex string.\n\"\\u12\n ^"},
		{"\"\\u12$4hello",
			"Invalid escape sequence.\n\"\\u12$4hello\n ^"},
		{"\"\\u{1f36f}\"",
			"Invalid escape sequence.\n\"\\u{1f36f}\"\n ^"},
		{"[\"\\ude36\"]",
			"Invalid unicode code point.\n[\"\\ude36\"]\n  ^"},
		{"[\"\\ud83d\"]", "Missing low surrogate.\n[\"\\ud83d\"]\n  ^"},
		{"[\"\\ud83d\\ud83d\"]",
			"Invalid low surrogate.\n[\"\\ud83d\\ud83d\"]\n  ^"},
		{"\"\\ud800\\udcfg\"",
			"Invalid escape sequence.\n\"\\ud800\\udcfg\"\n"
			"       ^"},
		/* ours: the stream parser takes these, RFC 8259 does not */
		{"{\"a\":1,}", "Expected an object key.\n{\"a\":1,}\n       ^"},
		{"[1,]", "Unexpected token.\n[1,]\n   ^"},
		{"\"\\v\"", "Invalid escape sequence.\n\"\\v\"\n ^"},
		{"\"a\nb\"",
			"Control characters must be escaped.\n\"a\nb\"\n  ^"},
		{"'a'", "Expected a value.\n'a'\n^"},
		/* ours: a string of C cannot hold it */
		{"\"a\\u0000\"",
			"Invalid unicode code point.\n\"a\\u0000\"\n  ^"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_buf struct buf why;
		buf_init(&why, 1000);
		auto_json json_t *got =
			read_all(rows[i].text, strlen(rows[i].text), &why);
		ck_assert_msg(!got, "%s: taken", rows[i].text);
		ck_assert_str_eq(buf_str(&why), rows[i].want);
	}
}
END_TEST

/* Bytes that are no UTF-8 and a NUL in the text are found, not read over. */
START_TEST(strange_bytes) {
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
#define BYTES(text, want) {text, sizeof text - 1, want}
		BYTES("\"\xff\"", "Encountered non UTF-8 code points.\n"),
		BYTES("\"\xc0\x80\"", "Encountered non UTF-8 code points.\n"),
		BYTES("\"\xed\xa0\x80\"",
			"Encountered non UTF-8 code points.\n"),
		BYTES("\"\xe2\x82\"", "Encountered non UTF-8 code points.\n"),
		BYTES("{}\0", "Parsing terminated before end of input.\n"),
		BYTES("\0", "Expected a value.\n"),
		BYTES("\"a\0b\"", "Control characters must be escaped.\n"),
#undef BYTES
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_buf struct buf why;
		buf_init(&why, 1000);
		auto_json json_t *got =
			read_all(rows[i].text, rows[i].len, &why);
		ck_assert_ptr_null(got);
		ck_assert_msg(strncmp(buf_str(&why), rows[i].want,
				      strlen(rows[i].want)) == 0,
			"%zu: %s", i, buf_str(&why));
	}
}
END_TEST

/* 20 bytes on either side of the place are shown. */
START_TEST(snippet) {
	static const char text[] =
		"{\"0123456789\":\"0123456789\" x \"0123456789012345678901\"}";
	auto_buf struct buf why;
	buf_init(&why, 1000);
	ck_assert_ptr_null(read_all(text, strlen(text), &why));
	ck_assert_str_eq(buf_str(&why),
		"Expected , or } after key:value pair.\n"
		"56789\":\"0123456789\" x \"01234567890123456\n"
		"                    ^");
}
END_TEST

static json_t *nested(char open, char close, int n, struct buf *why) {
	auto_buf struct buf b;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < n; i++)
		(void)buf_adds(&b, open == '{' ? "{\"deep\":" : "[");
	(void)buf_adds(&b, "1");
	for (int i = 0; i < n; i++)
		(void)buf_addc(&b, close);
	return read_all(b.p, b.len, why);
}

START_TEST(depth) {
	auto_buf struct buf why;
	buf_init(&why, 1000);
	json_decref(nested('{', '}', SCAN_DEPTH_MAX, &why));
	json_decref(nested('[', ']', SCAN_DEPTH_MAX, &why));
	ck_assert_str_eq(buf_str(&why), "");
	ck_assert_ptr_null(nested('{', '}', SCAN_DEPTH_MAX + 1, &why));
	static const char want[] = "Message too deep. Max recursion depth "
				   "reached for key 'deep'\n";
	ck_assert(strncmp(buf_str(&why), want, strlen(want)) == 0);
	ck_assert_ptr_null(nested('[', ']', 100000, &why));
}
END_TEST

/* Every allocation fails in turn: no value, no leak, no word of bad JSON. */
START_TEST(out_of_memory) {
	static const char text[] =
		"{\"a\":[1,2.5,true,\"x\\n\",{}],\"b\":{\"c\":\"d\"}}";
	for (long n = 0;; n++) {
		struct scan s;
		mem_fail_after(n);
		if (scan_init(&s, text, strlen(text))) {
			mem_fail_off();
			ck_assert_int_eq(n, 0);
			continue;
		}
		auto_json json_t *v = scan_value(&s);
		bool good = scan_finish(&s);
		mem_fail_off();
		ck_assert_ptr_null(s.wrong);
		ck_assert(good != s.nomem);
		scan_done(&s);
		if (good)
			break;
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("scan");
	unit_add(s, values);
	unit_add(s, large_integers);
	unit_add(s, refusals);
	unit_add(s, strange_bytes);
	unit_add(s, snippet);
	unit_add(s, depth);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
