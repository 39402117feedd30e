/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "common/jsn.h"
#include "emulator/api/limits.h"
#include "emulator/api/proto_table.h"
#include "emulator/core/status.h"
#include "tests/unit/body.h"
#include "tests/unit/unit.h"

MESSAGE(inner, "p.Inner", F_AT_LEAST("pauseTime", DURATION, 2),
	F_ONE("free", INT32));
MESSAGE(outer, "p.Outer", F_WITHIN("small", INT32, -1, 3),
	F_AT_LEAST("bigCount", INT64, 0), F_LIST_OF("names", STRING, 2),
	F_WITHIN("shortTime", DURATION, 0, 1), F_MSG("inner", inner),
	F_MSGS("innerList", inner), F_AT_LEAST("last", INT32, 5));

/* At each limit, one past it, and where it stands. */
static const struct {
	const char *body, *want; /* what is refused; "": nothing */
} rows[] = {
	{"{}", ""},
	{"{\"small\":-1,\"bigCount\":\"1\",\"names\":[\"a\",\"b\"],"
	 "\"last\":5}",
		""},
	{"{\"small\":3}", ""},
	{"{\"small\":-2}", "small Error: Must be between -1 and 3."},
	{"{\"small\":4}", "small Error: Must be between -1 and 3."},
	{"{\"bigCount\":\"-1\"}", "big_count Error: Must not be negative."},
	{"{\"bigCount\":\"9223372036854775807\"}", ""},
	{"{\"names\":[\"a\",\"b\",\"c\"]}",
		"names Error: At most 2 values may be specified."},
	{"{\"shortTime\":\"1s\"}", ""},
	{"{\"shortTime\":\"-0.5s\"}",
		"short_time Error: Must be between 0s and 1s."},
	{"{\"inner\":{\"pauseTime\":\"2s\",\"free\":-7}}", ""},
	{"{\"inner\":{\"pauseTime\":\"1.999s\"}}",
		"inner.pause_time Error: Must be at least 2s."},
	{"{\"innerList\":[{},{\"pauseTime\":\"0s\"}]}",
		"inner_list[1].pause_time Error: Must be at least 2s."},
	{"{\"last\":4,\"small\":9}", "small Error: Must be between -1 and 3."},
	{"{\"inner\":{},\"last\":4}", "last Error: Must be at least 5."},
};

static void check_row(size_t i, const char *root, const char *before) {
	auto_json json_t *o = body_make(&outer, "", rows[i].body, "{}");
	auto_status struct status st = STATUS_INIT;
	char want[160] = "";
	if (*rows[i].want)
		(void)snprintf(
			want, sizeof want, "Field: %s%s", before, rows[i].want);
	body_expect(rows[i].body, limits_check(&outer, o, root, &st), &st,
		*want ? ST_INVALID_ARGUMENT : ST_OK, want);
}

START_TEST(values) {
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		check_row(i, "", "");
		check_row(i, "down.here", "down.here.");
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("limits");
	unit_add(s, values);
	return unit_run(s);
}
