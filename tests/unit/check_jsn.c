/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/rng.h"
#include "tests/unit/unit.h"

static json_t *parse(const char *s) {
	struct err e = {0};
	json_t *j = jsn_parse(s, strlen(s), true, &e);
	ck_assert_msg(j != NULL, "%s: %s", s, e.msg);
	return j;
}

START_TEST(parses) {
	auto_json json_t *o = parse(" {\"a\": [1, 2.5, \"\xc3\xa9\"]}\n");
	ck_assert(json_is_object(o));
	auto_json json_t *a = parse("[]");
	ck_assert(json_is_array(a));
	/* Not NUL-terminated: the length counts. */
	auto_json json_t *cut = jsn_parse("[1]garbage", 3, true, NULL);
	ck_assert_ptr_nonnull(cut);
}
END_TEST

static void reject(void *ctx, char *const *cols) {
	(void)ctx;
	for (char *p = cols[0]; (p = strstr(p, "\\n"));) {
		p[0] = '\n';
		memmove(p + 1, p + 2, strlen(p + 2) + 1);
	}
	struct err e = {0};
	ck_assert_ptr_null(jsn_parse(cols[0], strlen(cols[0]), false, &e));
	ck_assert_int_eq(e.code, ERR_JSON);
	char where[64];
	(void)snprintf(
		where, sizeof where, "line %s column %s: ", cols[1], cols[2]);
	ck_assert_msg(!strncmp(e.msg, where, strlen(where)),
		"%s: '%s' not '%s'", cols[0], e.msg, where);
	ck_assert_msg(strstr(e.msg, cols[3]), "%s: '%s' not '%s'", cols[0],
		e.msg, cols[3]);
}

START_TEST(rejects) {
	unit_tsv("jsn/reject.tsv", 4, reject, NULL);
	struct err e = {0};
	ck_assert_ptr_null(jsn_parse(NULL, 0, true, &e));
	ck_assert_int_eq(e.code, ERR_JSON);
}
END_TEST

START_TEST(message_is_one_clean_line) {
	static const char *const bad[] = {"{\"a\":\x01\x02}", "{\x1b[31m}",
		"[\x7f]", "[\"\n\"]", "[\"\x01\"]", "[\"\xff\"]", "[\xc3]"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err e = {0};
		size_t n = strlen(bad[i]);
		ck_assert_ptr_null(jsn_parse(bad[i], n, true, &e));
		ck_assert_int_eq(e.code, ERR_JSON);
		for (const char *p = e.msg; *p; p++)
			ck_assert_msg(*p >= ' ' && *p <= '~', "%s", e.msg);
	}
	auto_buf struct buf b;
	buf_init(&b, 100000);
	for (int i = 0; i < 50000; i++)
		(void)buf_addc(&b, 'x');
	struct err e = {0};
	ck_assert_ptr_null(jsn_parse(buf_str(&b), b.len, true, &e));
	ck_assert_uint_lt(strlen(e.msg), 100);
}
END_TEST

START_TEST(duplicate_keys) {
	const char *twice = "{\"a\":1,\"a\":2}";
	struct err e = {0};
	auto_json json_t *j = jsn_parse(twice, strlen(twice), false, &e);
	ck_assert_int_eq(json_integer_value(json_object_get(j, "a")), 2);
	ck_assert_ptr_null(jsn_parse(twice, strlen(twice), true, &e));
	ck_assert_int_eq(e.code, ERR_JSON);
	ck_assert_ptr_nonnull(strstr(e.msg, "duplicate object key"));
}
END_TEST

/* jansson's documented limit on depth is 2048. */
START_TEST(depth_has_a_limit) {
	char text[2 * 2049 + 1];
	for (size_t depth = 2048; depth <= 2049; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		struct err e = {0};
		auto_json json_t *j = jsn_parse(text, 2 * depth, true, &e);
		ck_assert_int_eq(e.code, depth == 2048 ? 0 : ERR_JSON);
	}
}
END_TEST

START_TEST(strings) {
	auto_json json_t *o =
		parse("{\"s\":\"x\",\"z\":null,\"n\":1,\"e\":\"\"}");
	struct err e = {0};
	const char *s = "kept";
	ck_assert_int_eq(jsn_str(o, "m", "none", &s, &e), ERR_SHAPE);
	ck_assert_str_eq(e.msg, "m.none is missing");
	ck_assert_int_eq(jsn_str(o, "", "z", &s, &e), ERR_SHAPE);
	ck_assert_str_eq(e.msg, "z is missing");
	ck_assert_int_eq(jsn_str(o, "m", "n", &s, &e), ERR_SHAPE);
	ck_assert_str_eq(e.msg, "m.n must be a string, not an integer");
	ck_assert_int_eq(jsn_str_opt(o, "m", "n", &s, &e), ERR_SHAPE);
	ck_assert_str_eq(s, "kept");
	ck_assert_int_eq(jsn_str(o, "m", "s", &s, &e), 0);
	ck_assert_str_eq(s, "x");
	ck_assert_int_eq(jsn_str(o, "m", "e", &s, &e), 0);
	ck_assert_str_eq(s, "");
	ck_assert_int_eq(jsn_str_opt(o, "m", "s", &s, &e), 0);
	ck_assert_str_eq(s, "x");
	ck_assert_int_eq(jsn_str_opt(o, "m", "z", &s, &e), 0);
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(objects) {
	auto_json json_t *o = parse("{\"o\":{},\"r\":1.5}");
	struct err e = {0};
	json_t *in = o;
	ck_assert_int_eq(jsn_obj_opt(o, "a.b", "r", &in, &e), ERR_SHAPE);
	ck_assert_str_eq(e.msg, "a.b.r must be an object, not a number");
	ck_assert_ptr_eq(in, o);
	ck_assert_int_eq(jsn_obj_opt(o, "", "o", &in, &e), 0);
	ck_assert_ptr_eq(in, json_object_get(o, "o"));
	ck_assert_int_eq(jsn_obj_opt(o, "", "none", &in, &e), 0);
	ck_assert_ptr_null(in);
}
END_TEST

START_TEST(durations) {
	auto_json json_t *o = parse("{\"d\":\"3.5s\",\"n\":3,\"x\":\"3m\"}");
	ck_assert_int_eq(jsn_duration(o, "d", 7), 3500000);
	ck_assert_int_eq(jsn_duration(o, "n", 7), 7);
	ck_assert_int_eq(jsn_duration(o, "x", 7), 7);
	ck_assert_int_eq(jsn_duration(o, "none", 7), 7);
	ck_assert_int_eq(jsn_duration(NULL, "d", 7), 7);
}
END_TEST

START_TEST(members_of_what_is_no_object) {
	auto_json json_t *a = parse("[]");
	struct err e = {0};
	const char *s = NULL;
	int64_t n = 0;
	ck_assert_int_eq(jsn_str(a, "m", "k", &s, &e), ERR_SHAPE);
	ck_assert_str_eq(e.msg, "m must be an object, not an array");
	ck_assert_int_eq(jsn_i64_opt(a, "", "k", 0, &n, &e), ERR_SHAPE);
	ck_assert_str_eq(
		e.msg, "the JSON text must be an object, not an array");
	json_t *in = a;
	ck_assert_int_eq(
		jsn_obj_opt(json_null(), "m", "k", &in, &e), ERR_SHAPE);
	ck_assert_str_eq(e.msg, "m must be an object, not null");
	ck_assert_ptr_eq(in, a);
	ck_assert_int_eq(jsn_str_opt(NULL, "m", "k", &s, &e), ERR_SHAPE);
	ck_assert_str_eq(e.msg, "m must be an object");
}
END_TEST

static void integer(void *ctx, char *const *cols) {
	(void)ctx;
	auto_free char *text = mem_printf("{\"k\":%s}", cols[0]);
	auto_json json_t *o = parse(text);
	struct err e = {0};
	int64_t got = 77;
	int rc = jsn_i64_opt(o, "m", "k", 11, &got, &e);
	if (!strcmp(cols[1], "-")) {
		ck_assert_msg(rc == ERR_SHAPE, "%s: %d", cols[0], rc);
		ck_assert_str_eq(e.msg, cols[2]);
		ck_assert_int_eq(got, 77);
		return;
	}
	ck_assert_msg(rc == 0, "%s: %s", cols[0], e.msg);
	ck_assert_msg(got == strtoll(cols[1], NULL, 10), "%s: %lld", cols[0],
		(long long)got);
}

START_TEST(integers) {
	unit_tsv("jsn/i64.tsv", 3, integer, NULL);
	auto_json json_t *o = parse("{}");
	int64_t got = 77;
	ck_assert_int_eq(jsn_i64_opt(o, "", "k", -5, &got, NULL), 0);
	ck_assert_int_eq(got, -5);
}
END_TEST

START_TEST(text_of_values) {
	auto_json json_t *o = parse("{\"b\": [0.1, 1e3], \"a\": {\"d\": 1, "
				    "\"c\": \"\xc3\xa9\"}}");
	ck_assert_ptr_null(jsn_compact(NULL));
	auto_buf struct buf b;
	buf_init(&b, 100);
	ck_assert_int_eq(jsn_add(&b, NULL), ERR_NOMEM);
	auto_free char *compact = jsn_compact(o);
	ck_assert_str_eq(compact,
		"{\"b\":[0.1,1000.0],\"a\":{\"d\":1,\"c\":\"\xc3\xa9\"}}");
	auto_free char *canonical = jsn_canonical(o);
	ck_assert_str_eq(canonical,
		"{\"a\":{\"c\":\"\xc3\xa9\",\"d\":1},\"b\":[0.1,1000.0]}");
	auto_free char *indented = jsn_indent(json_object_get(o, "a"));
	ck_assert_str_eq(indented, "{\n  \"d\": 1,\n  \"c\": \"\xc3\xa9\"\n}");
	auto_free char *bare =
		jsn_compact(json_array_get(json_object_get(o, "b"), 0));
	ck_assert_str_eq(bare, "0.1");
}
END_TEST

/* Python's repr of the same numbers, but for the form of its exponents. */
START_TEST(text_of_reals) {
	static const char *const same[] = {"0.1", "0.3", "0.30000000000000004",
		"2.2250738585072014e-308", "1.7976931348623157e308",
		"9007199254740994.0", "1234567890123456.5", "-0.0", "1e-7",
		"123456.789", "0.7", "4.35", "3.141592653589793"};
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		auto_json json_t *j = json_real(strtod(same[i], NULL));
		auto_free char *text = jsn_compact(j);
		auto_free char *indented = jsn_indent(j);
		ck_assert_str_eq(text, same[i]);
		ck_assert_str_eq(indented, same[i]);
	}
	auto_json json_t *sum = json_real(0.1 + 0.2);
	auto_free char *text = jsn_compact(sum);
	ck_assert_str_eq(text, "0.30000000000000004");
}
END_TEST

/* Any bits that are a number. */
START_TEST(reals_come_back) {
	struct rng r;
	rng_seed(&r, 7);
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = rng_next(&r);
		double a, b;
		memcpy(&a, &bits, sizeof a);
		if (a != a || a - a != 0)
			continue;
		auto_json json_t *j = json_pack("[f]", a);
		auto_free char *text = jsn_compact(j);
		auto_json json_t *back = parse(text);
		b = json_real_value(json_array_get(back, 0));
		ck_assert_msg(memcmp(&a, &b, sizeof a) == 0, "%s", text);
	}
}
END_TEST

/* Names in the order of their bytes, one before what it begins. */
START_TEST(canonical_text) {
	auto_json json_t *o = parse("[{\"b\": {}, \"aa\": [{\"y\": true, "
				    "\"x\": \"\\n\"}], \"\xc3\xa9\": -7, "
				    "\"Z\": 1.5, \"a\": null}, {}]");
	auto_free char *got = jsn_canonical(o);
	ck_assert_str_eq(got, "[{\"Z\":1.5,\"a\":null,\"aa\":[{\"x\":\"\\n\","
			      "\"y\":true}],\"b\":{},\"\xc3\xa9\":-7},{}]");
	ck_assert_ptr_null(jsn_canonical(NULL));
}
END_TEST

static void check_quote(const char *s, const char *want) {
	auto_buf struct buf b;
	buf_init(&b, 1000);
	ck_assert_int_eq(jsn_quote(&b, s), 0);
	ck_assert_str_eq(buf_str(&b), want);
}

/* The invalid sequences are those that RFC 3629 names: overlong, surrogate,
 * over U+10FFFF, cut short, a lone continuation. */
START_TEST(quotes) {
	check_quote("", "\"\"");
	check_quote("plain", "\"plain\"");
	check_quote("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	check_quote("\n\r\t\b\x1f\x7f", "\"\\n\\r\\t\\u0008\\u001f\x7f\"");
	check_quote("\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x82",
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x82\"");
	check_quote("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
		"\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\"");
#define NO "\xef\xbf\xbd"
	check_quote("a\xffz", "\"a" NO "z\"");
	check_quote("\x80", "\"" NO "\"");
	check_quote("\xc0\x80", "\"" NO NO "\"");
	check_quote("\xe0\x80\x80", "\"" NO NO NO "\"");
	check_quote("\xed\xa0\x80", "\"" NO NO NO "\"");
	check_quote("\xf4\x90\x80\x80", "\"" NO NO NO NO "\"");
	check_quote("\xc3", "\"" NO "\"");
	check_quote("\xe2\x82", "\"" NO NO "\"");
	check_quote("\xf0\x9f\x9az", "\"" NO NO NO "z\"");
#undef NO
	auto_buf struct buf small;
	buf_init(&small, 4);
	ck_assert_int_eq(jsn_quote(&small, "ab"), 0);
	buf_clear(&small);
	ck_assert_int_eq(jsn_quote(&small, "abc"), ERR_TOOBIG);
}
END_TEST

/* As far as a string is text. */
START_TEST(text_ends) {
	static const struct {
		const char *s;
		size_t len;
	} rows[] = {
		{"", 0},
		{"plain", 5},
		{"\x01\x7f", 2},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x82", 9},
		{"a\xffz", 1},
		{"\xc3\xa9\x80", 2},
		{"ab\xe2\x82", 2},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_uint_eq(jsn_text_len(rows[i].s), rows[i].len);
}
END_TEST

static void check_string(const char *s, const char *want) {
	auto_json json_t *j = jsn_string(s);
	ck_assert_str_eq(json_string_value(j), want);
}

START_TEST(strings_of_any_text) {
	check_string("", "");
	check_string("plain", "plain");
	check_string("\xc3\xa9\xf0\x9f\x9a\x82", "\xc3\xa9\xf0\x9f\x9a\x82");
	check_string("cut \xc3", "cut ?");
	check_string("\xf0\x9f\x9a", "???");
	check_string("\xff\xc3\xa9\x80z", "?\xc3\xa9?z");
	ck_assert_ptr_null(jsn_string(NULL));
}
END_TEST

START_TEST(pretty) {
	static const char *const cases[] = {
		"nested", "empties", "escapes", "scalars"};
	for (size_t i = 0; i < 4; i++) {
		auto_free char *in_path =
			mem_printf("jsn/pretty/%s/input.json", cases[i]);
		auto_free char *want_path =
			mem_printf("jsn/pretty/%s/want.json", cases[i]);
		size_t n = 0;
		auto_free char *in = unit_fixture(in_path, &n);
		auto_free char *want = unit_fixture(want_path, NULL);
		auto_buf struct buf got;
		buf_init(&got, 10000);
		ck_assert_int_eq(jsn_pretty(in, n, &got), 0);
		ck_assert_str_eq(buf_str(&got), want);
		/* Text that is laid out already comes out the same. */
		auto_buf struct buf again;
		buf_init(&again, 10000);
		ck_assert_int_eq(jsn_pretty(want, strlen(want), &again), 0);
		ck_assert_str_eq(buf_str(&again), want);
	}
}
END_TEST

START_TEST(pretty_ignores_odd_spaces) {
	const char *in = " { \"a\" : [ ] ,\r\n\t\"b\":[ 1 , 2 ] } ";
	auto_buf struct buf b;
	buf_init(&b, 1000);
	ck_assert_int_eq(jsn_pretty(in, strlen(in), &b), 0);
	ck_assert_str_eq(buf_str(&b),
		"{\n  \"a\": [],\n  \"b\": [\n    1,\n    2\n  ]\n}\n");
}
END_TEST

/* Deeper than any ready-made run of spaces. jansson is the other side. */
START_TEST(pretty_goes_deep) {
	enum { DEPTH = 100 };
	char in[2 * DEPTH + 2];
	memset(in, '[', DEPTH);
	in[DEPTH] = '7';
	memset(in + DEPTH + 1, ']', DEPTH);
	auto_json json_t *j = jsn_parse(in, 2 * DEPTH + 1, true, NULL);
	auto_free char *want = json_dumps(j, JSON_INDENT(2));
	auto_buf struct buf got;
	buf_init(&got, 100000);
	ck_assert_int_eq(jsn_pretty(in, 2 * DEPTH + 1, &got), 0);
	ck_assert_uint_eq(got.len, strlen(want) + 1);
	ck_assert_int_eq(strncmp(buf_str(&got), want, got.len - 1), 0);
}
END_TEST

/* Strings of every length around a power of two, ended by escapes, and so many
 * members that a piece ends at each place of one. jansson is the other side. */
START_TEST(pretty_in_pieces) {
	auto_json json_t *all = json_array();
	char text[1100];
	for (size_t n = 0; n < sizeof text; n += n < 40 || n > 980 ? 1 : 97) {
		memset(text, 'x', n);
		text[n] = '\0';
		if (n > 1)
			memcpy(text + n - 2, n % 2 ? "\\\"" : "\"\\", 2);
		ck_assert_int_eq(json_array_append_new(
					 all, json_pack("{s:s, s:[b, {}]}", "k",
						      text, "l", n % 3 == 0)),
			0);
	}
	auto_free char *in = jsn_compact(all);
	auto_free char *want = json_dumps(all, JSON_INDENT(2));
	auto_buf struct buf got;
	buf_init(&got, 1000000);
	ck_assert_int_eq(jsn_pretty(in, strlen(in), &got), 0);
	ck_assert_uint_eq(got.len, strlen(want) + 1);
	ck_assert_int_eq(strncmp(buf_str(&got), want, got.len - 1), 0);
}
END_TEST

/* Input that breaks the contract must still end, inside its bounds: each copy
 * is exactly as large as the text, so that the sanitizer sees a byte too far.
 */
START_TEST(pretty_ends_on_anything) {
	static const char *const odd[] = {"", " ", "]", "}}", "{", "[", "\"",
		"\"\\", "\"a\\\"", ",", ":", "{,", "[:", "1 2",
		"{\"a\":", "[1,", "{\"a\":[1,{", "\\"};
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		size_t n = strlen(odd[i]);
		auto_free char *exact = mem_alloc(n);
		memcpy(exact, odd[i], n);
		auto_buf struct buf b;
		buf_init(&b, 1000);
		ck_assert_int_eq(jsn_pretty(exact, n, &b), 0);
		ck_assert_int_eq(b.p[b.len - 1], '\n');
	}
}
END_TEST

START_TEST(pretty_keeps_the_ceiling) {
	auto_buf struct buf b;
	buf_init(&b, 8);
	ck_assert_int_eq(jsn_pretty("[1]", 3, &b), 0);
	ck_assert_str_eq(buf_str(&b), "[\n  1\n]\n");
	buf_done(&b);
	buf_init(&b, 7);
	ck_assert_int_eq(jsn_pretty("[1]", 3, &b), ERR_TOOBIG);
}
END_TEST

/* Long enough that each of jansson's growing buffers grows. */
static const char long_text[] =
	"{\"a_key_that_is_longer_than_sixteen_bytes\":\"a value of more than "
	"sixty-four bytes, so that the buffer has to be doubled three times\","
	"\"n\":123456789012345678,\"r\":1.2345678901234567890123456789,"
	"\"o\":{\"x\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19]},"
	"\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8}";

static int parse_long(void *ctx, struct err *e) {
	auto_json json_t *j =
		jsn_parse(long_text, sizeof long_text - 1, true, e);
	if (j)
		ck_assert_int_eq(json_equal(j, ctx), 1);
	return j ? 0 : e->code;
}

static int print_long(void *ctx, struct err *e) {
	auto_free char *compact = jsn_compact(ctx);
	auto_free char *indented = compact ? jsn_indent(ctx) : NULL;
	auto_free char *canonical = indented ? jsn_canonical(ctx) : NULL;
	auto_buf struct buf b;
	buf_init(&b, 4096);
	if (!canonical)
		return err_nomem(e);
	(void)jsn_quote(&b, long_text);
	return jsn_pretty(long_text, sizeof long_text - 1, &b);
}

START_TEST(out_of_memory) {
	auto_json json_t *j = parse(long_text);
	ck_assert_int_gt(unit_nomem(parse_long, j), 20);
	ck_assert_int_gt(unit_nomem(print_long, j), 5);
}
END_TEST

int main(void) {
	Suite *s = suite_create("jsn");
	unit_add(s, parses);
	unit_add(s, rejects);
	unit_add(s, message_is_one_clean_line);
	unit_add(s, duplicate_keys);
	unit_add(s, depth_has_a_limit);
	unit_add(s, strings);
	unit_add(s, objects);
	unit_add(s, durations);
	unit_add(s, members_of_what_is_no_object);
	unit_add(s, integers);
	unit_add(s, text_of_values);
	unit_add(s, text_of_reals);
	unit_add(s, reals_come_back);
	unit_add(s, canonical_text);
	unit_add(s, quotes);
	unit_add(s, text_ends);
	unit_add(s, strings_of_any_text);
	unit_add(s, pretty);
	unit_add(s, pretty_ignores_odd_spaces);
	unit_add(s, pretty_goes_deep);
	unit_add(s, pretty_in_pieces);
	unit_add(s, pretty_ends_on_anything);
	unit_add(s, pretty_keeps_the_ceiling);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
