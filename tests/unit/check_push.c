/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/uniquifier/push.h"
#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

/* Calls fn for every case in a folder of fixtures. */
static void each_case(const char *folder,
	void (*fn)(const char *name, const char *in, size_t n, char *want),
	const char *want_file) {
	char path[1024];
	(void)snprintf(path, sizeof path, "%s/%s", getenv("FIXTURES"), folder);
	DIR *d = opendir(path);
	ck_assert_msg(d != NULL, "%s", path);
	size_t cases = 0;
	for (struct dirent *at; (at = readdir(d));) {
		if (at->d_name[0] == '.')
			continue;
		size_t n;
		(void)snprintf(path, sizeof path, "%s/%s/input.json", folder,
			at->d_name);
		auto_free char *in = unit_fixture(path, &n);
		(void)snprintf(path, sizeof path, "%s/%s/%s", folder,
			at->d_name, want_file);
		auto_free char *want = unit_fixture(path, NULL);
		fn(at->d_name, in, n, want);
		cases++;
	}
	(void)closedir(d);
	ck_assert_uint_gt(cases, 0);
}

/* The form of the `want` files. */
static char *told(const struct push *p) {
	auto_buf struct buf b;
	buf_init(&b, 1 << 16);
	(void)buf_addf(&b, "messageId: %s\n", p->message_id);
	if (p->publish_us == PUSH_NO_TIME)
		(void)buf_adds(&b, "publishUs: none\n");
	else
		(void)buf_addf(
			&b, "publishUs: %lld\n", (long long)p->publish_us);
	auto_free char *attributes =
		p->attributes ? jsn_compact(p->attributes) : NULL;
	(void)buf_addf(&b,
		"subscription: %s\nattributes: %s\ndata: ", p->subscription,
		attributes ? attributes : "none");
	(void)buf_add(&b, p->data, p->data_len);
	(void)buf_addc(&b, '\n');
	return buf_take(&b, NULL);
}

static void accept_case(
	const char *name, const char *in, size_t n, char *want) {
	struct err e = {0};
	auto_push struct push *p = NULL;
	ck_assert_msg(push_parse(in, n, &p, &e) == 0, "%s: %s", name, e.msg);
	auto_free char *got = told(p);
	ck_assert_msg(
		strcmp(got, want) == 0, "%s: got\n%swant\n%s", name, got, want);
	ck_assert_int_eq(p->data[p->data_len], '\0');
}

START_TEST(accepts) {
	each_case("push/accept", accept_case, "want");
}
END_TEST

/* The start of the message is given; where an error of the JSON or base64
 * reader follows, that reader's own tests say how it goes on. */
static void reject_case(
	const char *name, const char *in, size_t n, char *want) {
	struct err e = {0};
	struct push *p = NULL;
	want[strcspn(want, "\n")] = '\0';
	int rc = push_parse(in, n, &p, &e);
	ck_assert_msg(rc != 0 && rc == e.code, "%s: %d", name, rc);
	ck_assert_msg(rc == ERR_JSON || rc == ERR_SHAPE || rc == ERR_SYNTAX,
		"%s: code %d", name, rc);
	ck_assert_msg(strncmp(e.msg, want, strlen(want)) == 0,
		"%s: '%s', want '%s'", name, e.msg, want);
	ck_assert_msg(
		want[strlen(want) - 1] != ' ' || strlen(e.msg) > strlen(want),
		"%s: no reason in '%s'", name, e.msg);
	ck_assert_ptr_null(p);
}

START_TEST(rejects) {
	each_case("push/reject", reject_case, "error");
}
END_TEST

START_TEST(attributes) {
	static const char in[] = "{\"message\":{\"messageId\":\"1\",\"data\":"
				 "\"YQ==\",\"attributes\":{\"k\":\"v\"}}}";
	static const char bare[] = "{\"message\":{\"messageId\":\"1\","
				   "\"data\":\"YQ==\"}}";
	struct err e = {0};
	auto_push struct push *p = NULL, *q = NULL;
	ck_assert_int_eq(push_parse(in, strlen(in), &p, &e), 0);
	ck_assert_str_eq(push_attribute(p, "k"), "v");
	ck_assert_ptr_null(push_attribute(p, "K"));
	ck_assert_int_eq(push_parse(bare, strlen(bare), &q, &e), 0);
	ck_assert_ptr_null(push_attribute(q, "k"));
	push_free(NULL);
}
END_TEST

START_TEST(out_of_memory) {
	size_t len;
	auto_free char *in =
		unit_fixture("push/accept/production/input.json", &len);
	for (long n = 0, rc = -1; rc != 0; n++) {
		struct err e = {0};
		auto_push struct push *p = NULL;
		mem_fail_after(n);
		rc = push_parse(in, len, &p, &e);
		mem_fail_off();
		ck_assert_int_eq(e.code, rc ? ERR_NOMEM : 0);
		ck_assert((p != NULL) == (rc == 0));
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("push");
	unit_add(s, accepts);
	unit_add(s, rejects);
	unit_add(s, attributes);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
