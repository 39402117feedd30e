/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/trace.h"

#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define T "4bf92f3577b34da6a3ce929d0e0e4736"
#define S "00f067aa0ba902b7"

/* "TRACE SPAN SAMPLED" of the fields, or "none". */
static char *read_back(const char *w3c, const char *cloud) {
	auto_json json_t *f = trace_fields(w3c, cloud, "p1");
	const char *trace = json_string_value(
		json_object_get(f, "logging.googleapis.com/trace"));
	const char *span = json_string_value(
		json_object_get(f, "logging.googleapis.com/spanId"));
	if (!trace) {
		ck_assert_uint_eq(json_object_size(f), 0);
		return mem_strdup("none");
	}
	ck_assert_int_eq(strncmp(trace, "projects/p1/traces/", 19), 0);
	return mem_printf("%s %s %d", trace + 19, span ? span : "-",
		json_is_true(json_object_get(
			f, "logging.googleapis.com/trace_sampled")));
}

static void check(const char *w3c, const char *cloud, const char *want) {
	auto_free char *got = read_back(w3c, cloud);
	ck_assert_msg(strcmp(got, want) == 0, "'%s' '%s': '%s', not '%s'",
		w3c ? w3c : "-", cloud ? cloud : "-", got, want);
}

/* W3C Trace Context, sections 3.2 and 3.3, and its examples. */
START_TEST(w3c) {
	static const char *const bad[] = {"", "00", "00-" T, "00-" T "-" S,
		"00-" T "-" S "-", "00-" T "-" S "-1", "00-" T "-" S "-011",
		"00-" T "-" S "-01-", "00-" T "-" S "-0g", "ff-" T "-" S "-01",
		"0-" T "-" S "-01", "00_" T "-" S "-01",
		"00-00000000000000000000000000000000-" S "-01",
		"00-" T "-0000000000000000-01",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-" S "-01",
		"00-4bf92f3577b34da6a3ce929d0e0e473-" S "-01", NULL};
	check("00-" T "-" S "-01", NULL, T " " S " 1");
	check("00-" T "-" S "-00", NULL, T " " S " 0");
	check("00-" T "-" S "-03", NULL, T " " S " 1");
	check("cc-" T "-" S "-01-what-comes", NULL, T " " S " 1");
	for (const char *const *s = bad; *s; s++)
		check(*s, NULL, "none");
}
END_TEST

/* Google's documentation of the header has TRACE_ID/SPAN_ID;o=OPTIONS. */
START_TEST(cloud) {
	static const char *const bad[] = {"", "/1;o=1", T "/", T "/x;o=1",
		T "/-1;o=1", T "/99999999999999999999;o=1", T "/1x", T "x/1",
		"00000000000000000000000000000000/1", "4bf9/1;o=1", NULL};
	check(NULL, T "/1;o=1", T " 0000000000000001 1");
	check(NULL, T "/18446744073709551615;o=0", T " ffffffffffffffff 0");
	check(NULL, T "/74", T " 000000000000004a 0");
	check(NULL, T "/0;o=1", T " - 1");
	check(NULL, T ";o=1", T " - 1");
	check(NULL, T, T " - 0");
	for (const char *const *s = bad; *s; s++)
		check(NULL, *s, "none");
}
END_TEST

START_TEST(both) {
	check("00-" T "-" S "-01", "0af7651916cd43dd8448eb211c80319c/1;o=1",
		T " " S " 1");
	check("no", T "/74;o=1", T " 000000000000004a 1");
	check(NULL, NULL, "none");
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("trace");
	unit_add(s, w3c);
	unit_add(s, cloud);
	unit_add(s, both);
	return unit_run(s);
}
