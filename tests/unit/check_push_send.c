/* SPDX-License-Identifier: MIT */
/* The emulator's pushes: header lines, and memory that runs out. What arrives
 * is looked at in tests/system/push_forms.sh. */
#include <string.h>

#include "common/err.h"
#include "common/mem.h"
#include "emulator/api/headers.h"
#include "emulator/api/outbound.h"
#include "tests/unit/unit.h"

START_TEST(names_and_values) {
	static const struct {
		const char *text;
		bool name, value;
	} cases[] = {{"", false, true}, {"a", true, true},
		{"ce-id", true, true}, {"!#$%&'*+-.^_`|~09Az", true, true},
		{"a b", false, true}, {"a:b", false, true},
		{"a\tb", false, true}, {"\xc3\xa4", false, true},
		{"a\rb", false, false}, {"a\nb", false, false},
		{"\x01", false, false}, {"\x7f", false, false}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(headers_name_ok(cases[i].text) == cases[i].name &&
				      headers_value_ok(cases[i].text) ==
					      cases[i].value,
			"case %zu", i);
	}
}
END_TEST

START_TEST(reserved_names) {
	static const char *const reserved[] = {"Host", "content-length",
		"Transfer-Encoding", "CONNECTION", "keep-alive", "TE"};
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
		ck_assert_msg(headers_reserved(reserved[i]), "%s", reserved[i]);
	ck_assert(!headers_reserved("Content-Type"));
	ck_assert(!headers_reserved("Hosts"));
	ck_assert(!headers_reserved(""));
}
END_TEST

START_TEST(lines) {
	struct headers h;
	ck_assert_int_eq(headers_init(&h, 2), 0);
	ck_assert_ptr_null(h.at[0]);
	headers_add(&h, "A", "b");
	headers_add(&h, "Empty", " ");
	ck_assert_str_eq(h.at[0], "A: b");
	ck_assert_str_eq(h.at[1], "Empty;");
	ck_assert_ptr_null(h.at[2]);
	headers_drop(&h, "B");
	ck_assert_uint_eq(h.len, 2);
	headers_drop(&h, "a:");
	ck_assert_uint_eq(h.len, 1);
	ck_assert_str_eq(h.at[0], "Empty;");
	ck_assert_ptr_null(h.at[1]);
	headers_line(&h, NULL);
	ck_assert(h.failed);
	headers_done(&h);
}
END_TEST

static void never(void *ctx, int http, const char *why) {
	(void)ctx;
	ck_abort_msg("it ended: %d %s", http, why ? why : "");
}

/* A key without rows, so that no store is needed. */
static void give_key(struct keys *k) {
	struct err e;
	auto_free char *pem = unit_fixture("jose/rfc7515_a2.pem", NULL);
	ck_assert_int_eq(rsa_load(pem, &k->at[0].rsa, &e), 0);
	k->len = 1;
	k->stored = true;
}

/* Refused for its address, but only when all of it has been made. */
START_TEST(no_memory) {
	struct fetch *f = NULL;
	struct loop *l = NULL;
	struct err e;
	ck_assert_int_eq(loop_new(&l, &e), 0);
	ck_assert_int_eq(fetch_new(l, &f, &e), 0);
	static struct emu em; /* for parsed texts and tokens */
	give_key(&em.keys);
	struct api a = {
		.em = &em, .fetch = f, .self_url = "http://127.0.0.1:1"};
	static const enum push_form forms[] = {
		PUSH_WRAPPED, PUSH_BARE, PUSH_BARE_METADATA};
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct push p = {.endpoint =
					 "no?__GCP_CloudEventsMode=CE_PUBSUB_"
					 "BINDING",
			.subscription = "projects/p1/subscriptions/s",
			.topic = "projects/p1/topics/t",
			.message = "{\"data\":\"aGVsbG8=\",\"attributes\":"
				   "{\"k\":\"v\"},\"orderingKey\":\"o\"}",
			.message_id = "1",
			.timeout_us = 1000000,
			.attempt = 1,
			.form = forms[i],
			.signed_for = "{\"pushConfig\":{\"oidcToken\":{"
				      "\"serviceAccountEmail\":\"a@b\"}}}"};
		int rc = ERR_NOMEM, n = 0;
		for (; rc == ERR_NOMEM && n < 1000; n++) {
			parsed_done(&em.parsed);
			tokens_done(&em.tokens);
			mem_fail_after(n);
			rc = push_send(&a, &p, never, NULL);
			mem_fail_off();
		}
		ck_assert_int_eq(rc, ERR_USAGE);
		ck_assert_int_gt(n, 10);
	}
	parsed_done(&em.parsed);
	tokens_done(&em.tokens);
	keys_done(&em.keys);
	fetch_free(f);
	loop_free(l);
}
END_TEST

int main(void) {
	Suite *s = suite_create("push_send");
	unit_add(s, names_and_values);
	unit_add(s, reserved_names);
	unit_add(s, lines);
	unit_add(s, no_memory);
	return unit_run(s);
}
