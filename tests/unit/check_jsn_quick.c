/* SPDX-License-Identifier: MIT */
/* What the quick reader reads is what jansson reads, to the order of the
 * members: jansson is the other implementation. */
#include <string.h>

#include "common/jsn_quick.h"
#include "common/mem.h"
#include "common/rng.h"
#include "tests/unit/unit.h"

static char *dump(const json_t *j) {
	char *text = json_dumps(j, JSON_COMPACT);
	ck_assert_ptr_nonnull(text);
	return text;
}

/* Whether the reader took the text; it must not take it for another. */
static bool agrees(const char *text, size_t n, bool strict) {
	json_error_t je;
	json_t *mine = jsn_quick(text, n, strict);
	if (!mine)
		return false;
	json_t *theirs =
		json_loadb(text, n, strict ? JSON_REJECT_DUPLICATES : 0, &je);
	if (!theirs)
		ck_abort_msg("taken, but %s: %.*s", je.text, (int)n, text);
	char *a = dump(mine), *b = dump(theirs);
	if (strcmp(a, b) != 0 || !json_equal(mine, theirs))
		ck_abort_msg("%s for %s", a, b);
	mem_free(a);
	mem_free(b);
	json_decref(mine);
	json_decref(theirs);
	return true;
}

static const char *const plain[] = {"{}", "[]", " [ ] ", "\t{\r\n}\n",
	"[0, -1, 9, 10, 999999999999999999, -999999999999999999]",
	"[true, false, null, [[]], {}]", "{\"\": \"\", \"b\": \"c\"}",
	"{\"a\":{\"b\":[{\"c\":\"d\"},1,\"e\"]},\"f\":null}",
	"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\", \"\\u003d\\u0041\\u007F\", "
	"\"\x7f\"]",
	"{\"message\": {\"data\": \"eyJqb2JJZCI6ImEifQ==\", \"attributes\": "
	"{\"k\": \"v\"}, \"messageId\": \"1\", \"publishTime\": "
	"\"2026-03-09T01:02:03.004Z\"}, \"subscription\": "
	"\"projects/p/subscriptions/s\"}"};
#define PLAIN_LEN (sizeof plain / sizeof plain[0])

START_TEST(what_programs_write_is_read) {
	for (size_t i = 0; i < PLAIN_LEN; i++) {
		ck_assert_msg(agrees(plain[i], strlen(plain[i]), false), "%s",
			plain[i]);
		ck_assert_msg(agrees(plain[i], strlen(plain[i]), true), "%s",
			plain[i]);
	}
	/* the length counts, and of members that come twice the last */
	ck_assert(agrees("[1]garbage", 3, true));
	ck_assert(agrees("{\"a\":1,\"b\":2,\"a\":3}", 19, false));
}
END_TEST

START_TEST(the_rest_is_for_jansson) {
	static const char *const rest[] = {"", " ", "1", "\"a\"", "null",
		"[1.5]", "[1e3]", "[-0]", "[01]", "[1000000000000000000]",
		"[-]", "[+1]", "[1]x", "[1", "[1,", "[,]", "[1,]", "[1 2]", "{",
		"{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}",
		"{\"a\" 1}", "{1:1}", "[\"a]", "[\"\\", "[\"\\u", "[\"\\u00",
		"[\"\\x\"]", "[\"\\u0000\"]", "[\"\\u0080\"]", "[\"\\ud83d\"]",
		"[\"\\u00g1\"]", "[\"\xc3\xa9\"]", "[\"\xff\"]", "[\"\n\"]",
		"[tru]", "[nul", "[truex]", "]", "}", "\xef\xbb\xbf[]"};
	for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++)
		ck_assert_msg(!agrees(rest[i], strlen(rest[i]), false),
			"%zu: %s", i, rest[i]);
	ck_assert(!agrees("{\"a\":1,\"a\":1}", 13, true));
	ck_assert(!agrees("[]\0", 3, false));
	ck_assert(!agrees("[\"a\0\"]", 6, false));
	ck_assert_ptr_null(jsn_quick(NULL, 0, false));
}
END_TEST

/* n arrays within one another. */
static bool nested(size_t n) {
	auto_free char *text = mem_alloc(2 * n);
	memset(text, '[', n);
	memset(text + n, ']', n);
	return agrees(text, 2 * n, false);
}

START_TEST(depth) {
	ck_assert(nested(64));
	ck_assert(!nested(65));
}
END_TEST

static char one_of(struct rng *r, const char *chars) {
	return chars[rng_below(r, strlen(chars))];
}

/* Some characters of a plain text changed, taken out or put in. */
static size_t mutate(struct rng *r, char *text, size_t n) {
	static const char chars[] =
		"{}[]\":,\\u0019-.eEtruefalsn \n\x01\x80\xc3";
	for (uint64_t left = 1 + rng_below(r, 3); left && n; left--) {
		size_t at = rng_below(r, n);
		uint64_t what = rng_below(r, 3);
		if (what == 0) {
			memmove(text + at, text + at + 1, n - at - 1);
			n--;
		} else {
			if (what == 1)
				memmove(text + at + 1, text + at, n++ - at);
			text[at] = one_of(r, chars);
		}
	}
	return n;
}

START_TEST(it_never_disagrees) {
	struct rng r;
	rng_seed(&r, 20261124);
	int taken = 0;
	for (int i = 0; i < 100000; i++) {
		char text[512];
		const char *from = plain[rng_below(&r, PLAIN_LEN)];
		size_t n = strlen(from);
		memcpy(text, from, n);
		n = mutate(&r, text, n);
		/* what is read beyond it is seen by the sanitizers */
		auto_free char *exact = mem_alloc(n);
		memcpy(exact, text, n);
		taken += agrees(exact, n, i % 2);
	}
	ck_assert_int_gt(taken, 10000);
	ck_assert_int_lt(taken, 90000);
}
END_TEST

int main(void) {
	Suite *s = suite_create("jsn_quick");
	unit_add(s, what_programs_write_is_read);
	unit_add(s, the_rest_is_for_jansson);
	unit_add(s, depth);
	unit_add(s, it_never_disagrees);
	return unit_run(s);
}
