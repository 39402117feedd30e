/* SPDX-License-Identifier: MIT */
/* IAM policies as JSON: what is refused, kept and shown. */
#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/policy.h"
#include "emulator/api/rules_iam.h"
#include "emulator/api/schema_iam.h"
#include "emulator/core/iam.h"
#include "tests/unit/body.h"
#include "tests/unit/unit.h"

#define ETAG 1654000000000000LL

static const char base[] = "{\"policy\":{\"bindings\":[{\"role\":\"roles/a\","
			   "\"members\":[\"allUsers\"]}]}}";

static void set_case(void *ctx, char *const *cols) {
	(void)ctx;
	auto_json json_t *body = body_make(&schema_iam_set, "", base, cols[0]);
	auto_status struct status st = STATUS_INIT;
	unsigned mask = 77;
	int rc = rules_iam_set(body, &mask, &st);
	body_expect(cols[0], rc, &st, *cols[2] ? ST_INVALID_ARGUMENT : ST_OK,
		cols[2]);
	unsigned want = (strchr(cols[1], 'a') ? IAM_MASK_AUDIT : 0) |
			(strchr(cols[1], 'b') ? IAM_MASK_BINDINGS : 0);
	ck_assert_msg(mask == (rc ? 77 : want), "%s: %u", cols[0], mask);
}

START_TEST(sets) {
	unit_tsv("emulator/iam/set.tsv", 3, set_case, NULL);
}
END_TEST

/* A policy may name 1500 members, however they are spread. */
START_TEST(members_have_a_limit) {
	for (int past = 0; past < 2; past++) {
		auto_json json_t *o =
			json_pack("{s:{s:[]}}", "policy", "bindings");
		json_t *bindings = json_object_get(
			json_object_get(o, "policy"), "bindings");
		for (int i = 0; i < 1500 + past; i++)
			ck_assert_int_eq(
				json_array_append_new(bindings,
					json_pack("{s:s, s:[s]}", "role",
						"roles/a", "members",
						"allUsers")),
				0);
		auto_status struct status st = STATUS_INIT;
		unsigned mask;
		body_expect("members", rules_iam_set(o, &mask, &st), &st,
			past ? ST_INVALID_ARGUMENT : ST_OK,
			past ? "The number of members in the policy (1501) is "
			       "larger than the maximum allowed size 1500."
			     : "");
	}
}
END_TEST

/* google/iam/v1/policy.proto: what an etag and a version guard. */
START_TEST(what_is_there_is_compared) {
	static const struct {
		const char *policy;
		bool conditional;
		enum status_code code;
	} cases[] = {{"{}", false, ST_OK}, {"{}", true, ST_OK},
		{"{\"etag\":\"AAAA\"}", false, ST_OK},
		{"{\"etag\":\"AAAB\"}", false, ST_ABORTED},
		{"{\"etag\":\"AAAB\",\"version\":3}", true, ST_ABORTED},
		{"{\"etag\":\"AAAA\"}", true, ST_INVALID_ARGUMENT},
		{"{\"etag\":\"AAAA\",\"version\":1}", true,
			ST_INVALID_ARGUMENT},
		{"{\"etag\":\"AAAA\",\"version\":3}", true, ST_OK}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		auto_free char *patch =
			mem_printf("{\"policy\":%s}", cases[i].policy);
		auto_json json_t *body =
			body_make(&schema_iam_set, "", "{}", patch);
		auto_status struct status st = STATUS_INIT;
		ck_assert_int_eq(rules_iam_current(body, "AAAA",
					 cases[i].conditional, &st),
			cases[i].code);
	}
}
END_TEST

START_TEST(requested_versions) {
	static const struct {
		const char *text;
		int version; /* -1: refused */
	} cases[] = {{NULL, 0}, {"", 0}, {"0", 0}, {"1", 1}, {"3", 3},
		{"2", -1}, {"4", -1}, {"-1", -1}, {"x", -1}, {"1.0", -1},
		{"4294967297", -1}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		auto_status struct status st = STATUS_INIT;
		int version = -1;
		int rc = rules_iam_version(cases[i].text, &version, &st);
		ck_assert_int_eq(version, cases[i].version);
		ck_assert_int_eq(rc, version < 0 ? ST_INVALID_ARGUMENT : ST_OK);
	}
}
END_TEST

START_TEST(permissions_without_wildcards) {
	static const char *const good[] = {"[]", "[\"ml.jobs.get\",\"\"]"};
	static const char *const bad[] = {
		"[\"*\"]", "[\"ml.jobs.get\",\"ml.jobs.*\"]"};
	for (size_t i = 0; i < 2; i++) {
		auto_status struct status st = STATUS_INIT;
		auto_free char *fine =
			mem_printf("{\"permissions\":%s}", good[i]);
		auto_free char *wild =
			mem_printf("{\"permissions\":%s}", bad[i]);
		auto_json json_t *a =
			body_make(&schema_iam_test, "", "{}", fine);
		auto_json json_t *b =
			body_make(&schema_iam_test, "", "{}", wild);
		ck_assert_int_eq(rules_iam_test(a, &st), ST_OK);
		ck_assert_int_eq(rules_iam_test(b, &st), ST_INVALID_ARGUMENT);
	}
}
END_TEST

/* 0x07 and the seven bytes of 0x05e04de2756000, by another base64; the etag of
 * no policy is the one that gcloud shows. */
START_TEST(etags) {
	auto_free char *some = policy_etag(ETAG);
	auto_free char *none = policy_etag(IAM_NO_POLICY);
	ck_assert_str_eq(some, "BwXgTeJ1YAA=");
	ck_assert_str_eq(none, "ACAB");
}
END_TEST

static json_t *parse(const char *text) {
	struct err e = {0};
	json_t *o = jsn_parse(text, strlen(text), true, &e);
	ck_assert_msg(o != NULL, "%s: %s", text, e.msg);
	return o;
}

static void kept_case(void *ctx, char *const *cols) {
	(void)ctx;
	auto_json json_t *stored =
		strcmp(cols[0], "null") == 0 ? NULL : parse(cols[0]);
	auto_json json_t *sent = parse(cols[1]);
	unsigned mask = (strchr(cols[2], 'a') ? IAM_MASK_AUDIT : 0) |
			(strchr(cols[2], 'b') ? IAM_MASK_BINDINGS : 0);
	auto_json json_t *kept = policy_merge(stored, sent, mask);
	auto_free char *got = jsn_compact(kept);
	ck_assert_str_eq(got, cols[3]);
}

START_TEST(what_is_kept) {
	unit_tsv("emulator/iam/kept.tsv", 4, kept_case, NULL);
}
END_TEST

static void shown_case(void *ctx, char *const *cols) {
	(void)ctx;
	auto_json json_t *stored = parse(cols[0]);
	auto_json json_t *want = parse(cols[2]);
	ck_assert_int_eq(
		json_object_set_new(want, "etag", json_string("BwXgTeJ1YAA=")),
		0);
	auto_json json_t *got = policy_show(stored, ETAG, atoi(cols[1]));
	auto_free char *text = jsn_compact(got);
	ck_assert_msg(json_equal(got, want), "%s: %s", cols[0], text);
	/* a condition is said to be there by the version that can show it */
	ck_assert_int_eq(policy_conditional(stored),
		strstr(cols[0], "condition") != NULL);
}

START_TEST(what_is_shown) {
	unit_tsv("emulator/iam/shown.tsv", 3, shown_case, NULL);
	auto_json json_t *none = policy_show(NULL, IAM_NO_POLICY, 3);
	auto_free char *text = jsn_compact(none);
	ck_assert_str_eq(text, "{\"etag\":\"ACAB\"}");
}
END_TEST

static int merge_and_show(void *ctx, struct err *e) {
	auto_json json_t *kept =
		policy_merge(NULL, ctx, IAM_MASK_BINDINGS | IAM_MASK_AUDIT);
	auto_json json_t *shown = kept ? policy_show(kept, ETAG, 1) : NULL;
	return shown ? 0 : err_nomem(e);
}

START_TEST(out_of_memory) {
	auto_json json_t *sent = parse(
		"{\"bindings\":[{\"role\":\"roles/a\",\"members\":"
		"[\"allUsers\"],\"condition\":{\"expression\":\"true\"}}],"
		"\"auditConfigs\":[{\"service\":\"s\"}]}");
	ck_assert_int_ge(unit_nomem(merge_and_show, sent), 5);
}
END_TEST

int main(void) {
	Suite *s = suite_create("rules_iam");
	unit_add(s, sets);
	unit_add(s, members_have_a_limit);
	unit_add(s, what_is_there_is_compared);
	unit_add(s, requested_versions);
	unit_add(s, permissions_without_wildcards);
	unit_add(s, etags);
	unit_add(s, what_is_kept);
	unit_add(s, what_is_shown);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
