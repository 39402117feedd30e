/* SPDX-License-Identifier: MIT */
/* The cases are rows: message, root, body, and what becomes of it. A want that
 * begins with '{' is the normalised text; one that begins with '[' is the list
 * of violations, whose texts joined by newlines are the message too. */
#include <string.h>

#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/proto.h"
#include "emulator/api/proto_table.h"
#include "emulator/api/schema_ml.h"
#include "emulator/api/schema_pubsub.h"
#include "emulator/api/schema_scheduler.h"
#include "tests/unit/unit.h"

/* One field of each kind. */
ENUM(colour, "t.Colour", "NONE", "RED", "GREEN");
MESSAGE(part, "t.Part", F_ONE("partName", STRING), F_LIST("sizes", INT32));
MESSAGE(every, "t.Every", F_ONE("aString", STRING), F_ONE("someBytes", BYTES),
	F_ONE("aBool", BOOL), F_ONE("anInt32", INT32), F_ONE("anInt64", INT64),
	F_ONE("aDouble", DOUBLE), F_ENUM("aColour", colour),
	F_ONE("aTime", TIMESTAMP), F_ONE("aDuration", DURATION),
	F_MSG("aPart", part), F_MSGS("parts", part), F_LIST("words", STRING),
	F_ONE("aMap", STRING_MAP), F_ONE("any", ANY_JSON), F_OUT("made", INT32),
	{.name = "maybe", .type = PROTO_BOOL, .flags = PROTO_OPTIONAL},
	F_ONEOF("left", "side", part), F_ONEOF("right", "side", part));

static const struct {
	const char *name;
	const struct proto_message *message;
} messages[] = {
	{"every", &every},
	{"ml.job", &schema_ml_job},
	{"ml.cancel", &schema_ml_cancel},
	{"topic", &schema_pubsub_topic},
	{"subscription", &schema_pubsub_subscription},
	{"publish", &schema_pubsub_publish},
	{"pull", &schema_pubsub_pull},
	{"acknowledge", &schema_pubsub_acknowledge},
	{"modifyAckDeadline", &schema_pubsub_modify_ack_deadline},
	{"modifyPushConfig", &schema_pubsub_modify_push_config},
	{"updateTopic", &schema_pubsub_update_topic},
	{"updateSubscription", &schema_pubsub_update_subscription},
	{"scheduler.job", &schema_scheduler_job},
	{"scheduler.pause", &schema_scheduler_pause},
	{"scheduler.resume", &schema_scheduler_resume},
	{"scheduler.run", &schema_scheduler_run},
};

static const struct proto_message *find(const char *name) {
	for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
		if (strcmp(messages[i].name, name) == 0)
			return messages[i].message;
	ck_abort_msg("no message %s", name);
	return NULL;
}

static void expect_refusal(
	const char *body, const struct status *st, const char *want) {
	struct err e;
	auto_json json_t *all = jsn_parse(want, strlen(want), true, &e);
	ck_assert_ptr_nonnull(all);
	ck_assert_msg(st->code == ST_INVALID_ARGUMENT, "%s: taken", body);
	const json_t *got = json_object_get(
		json_array_get(st->details, 0), "fieldViolations");
	auto_free char *got_text = got ? jsn_compact(got) : NULL;
	ck_assert_msg(got && json_equal(got, all), "%s:\n got %s\nwant %s",
		body, got_text, want);
	auto_buf struct buf lines;
	buf_init(&lines, STATUS_MSG_MAX);
	size_t i;
	json_t *v;
	json_array_foreach (all, i, v) {
		(void)buf_addf(&lines, "%s%s", i ? "\n" : "",
			json_string_value(json_object_get(v, "description")));
	}
	ck_assert_str_eq(st->message, buf_str(&lines));
}

static void one_case(void *ctx, char *const *cols) {
	(void)ctx;
	const char *body = cols[2], *want = cols[3];
	auto_status struct status st = STATUS_INIT;
	json_t *out = NULL;
	int rc = proto_parse(
		find(cols[0]), body, strlen(body), cols[1], &out, &st);
	auto_json json_t *got = out;
	if (*want == '[') {
		ck_assert_ptr_null(got);
		expect_refusal(body, &st, want);
		return;
	}
	ck_assert_msg(rc == ST_OK, "%s: %s", body, st.message);
	auto_free char *text = jsn_compact(got);
	ck_assert_msg(strcmp(text, want) == 0, "%s:\n got %s\nwant %s", body,
		text, want);
	/* What came out goes in unchanged. */
	json_t *twice = NULL;
	ck_assert_int_eq(proto_parse(find(cols[0]), text, strlen(text), cols[1],
				 &twice, &st),
		ST_OK);
	auto_json json_t *again = twice;
	ck_assert(json_equal(got, again));
}

START_TEST(values) {
	unit_tsv("emulator/proto/values.tsv", 4, one_case, NULL);
}
END_TEST

START_TEST(refusals) {
	unit_tsv("emulator/proto/refusals.tsv", 4, one_case, NULL);
}
END_TEST

START_TEST(recorded) {
	unit_tsv("emulator/proto/recorded.tsv", 4, one_case, NULL);
}
END_TEST

/* Bodies that are not JSON objects: one violation, and it has no field. What is
 * wrong with the text of others is the scanner's business. */
START_TEST(not_an_object) {
	static const char root[] = "Unknown name \"\": Root element must be a "
				   "message.";
	static const char *const rows[][2] = {
		{"[]", root},
		{"[{}]", root},
		{"1", root},
		{"null", root},
		{"\"x\"", root},
		{" ", "Unexpected end of string. Expected a value.\n\n^"},
		/* no value of a text that ends badly is looked at */
		{"{\"x\":1", "Unexpected end of string. Expected , or } after "
			     "key:value pair.\n\n^"},
		{"[1", "Unexpected end of string. Expected , or ] after array "
		       "value.\n\n^"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_status struct status st = STATUS_INIT;
		auto_free char *want = mem_printf(
			"Invalid JSON payload received. %s", rows[i][1]);
		json_t *out = NULL;
		int rc = proto_parse(&schema_ml_job, rows[i][0],
			strlen(rows[i][0]), "job", &out, &st);
		ck_assert_msg(rc == ST_INVALID_ARGUMENT, "%s", rows[i][0]);
		ck_assert_ptr_null(out);
		ck_assert_str_eq(st.message, want);
		const json_t *all = json_object_get(
			json_array_get(st.details, 0), "fieldViolations");
		ck_assert_uint_eq(json_array_size(all), 1);
		const json_t *v = json_array_get(all, 0);
		ck_assert_str_eq(
			json_string_value(json_object_get(v, "description")),
			want);
		ck_assert_ptr_null(json_object_get(v, "field"));
	}
}
END_TEST

/* No body at all stands for an empty message. */
START_TEST(empty_body) {
	auto_status struct status st = STATUS_INIT;
	json_t *out = NULL;
	ck_assert_int_eq(
		proto_parse(&schema_ml_cancel, NULL, 0, "", &out, &st), ST_OK);
	auto_json json_t *got = out;
	ck_assert_uint_eq(json_object_size(got), 0);
}
END_TEST

/* {"any":{"a":{"a":...}}} with n levels below the body. */
static int nested(int n, struct status *st) {
	auto_buf struct buf b;
	buf_init(&b, 1 << 16);
	(void)buf_adds(&b, "{\"any\":{");
	for (int i = 1; i < n; i++)
		(void)buf_adds(&b, "\"a\":{");
	for (int i = 0; i <= n; i++)
		(void)buf_addc(&b, '}');
	json_t *out = NULL;
	int rc = proto_parse(&every, b.p, b.len, "", &out, st);
	json_decref(out);
	return rc;
}

/* Nulls in a map are a patch's way to take entries away: elsewhere they are
 * refused. */
START_TEST(patches) {
	static const char body[] = "{\"aMap\":{\"a\":null,\"b\":\"c\"}}";
	auto_status struct status st = STATUS_INIT;
	json_t *out = NULL;
	ck_assert_int_eq(
		proto_parse_patch(&every, body, strlen(body), "", &out, &st),
		ST_OK);
	auto_free char *text = jsn_compact(out);
	ck_assert_str_eq(text, body);
	json_decref(out);
	out = NULL;
	ck_assert_int_eq(proto_parse(&every, body, strlen(body), "", &out, &st),
		ST_INVALID_ARGUMENT);
	static const char number[] = "{\"aMap\":{\"a\":1}}";
	ck_assert_int_eq(proto_parse_patch(
				 &every, number, strlen(number), "", &out, &st),
		ST_INVALID_ARGUMENT);
	ck_assert_ptr_null(out);
}
END_TEST

START_TEST(depth) {
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(nested(100, &st), ST_OK);
	ck_assert_int_eq(nested(101, &st), ST_INVALID_ARGUMENT);
	ck_assert_ptr_nonnull(strstr(st.message, "Message too deep."));
	ck_assert_int_eq(nested(5000, &st), ST_INVALID_ARGUMENT);
}
END_TEST

/* However much is wrong, 32 violations are listed. */
START_TEST(many_errors) {
	auto_buf struct buf b;
	buf_init(&b, 1 << 16);
	for (int i = 0; i < 100; i++)
		(void)buf_addf(&b, "%s\"x%d\":1", i ? "," : "{", i);
	(void)buf_addc(&b, '}');
	auto_status struct status st = STATUS_INIT;
	json_t *out = NULL;
	ck_assert_int_eq(proto_parse(&every, b.p, b.len, "", &out, &st),
		ST_INVALID_ARGUMENT);
	const json_t *v = json_object_get(
		json_array_get(st.details, 0), "fieldViolations");
	ck_assert_uint_eq(json_array_size(v), 32);
	auto_json json_t *j = status_json(&st);
	ck_assert_ptr_nonnull(j);
}
END_TEST

/* A long value or name is cut, within a character if need be, and the answer
 * is JSON all the same. */
START_TEST(long_values) {
	static const char *const shapes[] = {"{\"anInt32\":\"%s\"}",
		"{\"%s\":1}", "{\"someBytes\":\"%s\"}", "{\"aColour\":\"%s\"}"};
	char text[4000] = "a";
	for (size_t i = 1; i + 3 < sizeof text; i += 3)
		memcpy(text + i, "\xe2\x82\xac", 4);
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		auto_free char *body = mem_printf(shapes[i], text);
		auto_status struct status st = STATUS_INIT;
		json_t *out = NULL;
		ck_assert_int_eq(
			proto_parse(&every, body, strlen(body), "", &out, &st),
			ST_INVALID_ARGUMENT);
		ck_assert_uint_lt(strlen(st.message), 800);
		auto_json json_t *j = status_json(&st);
		ck_assert_ptr_nonnull(j);
	}
}
END_TEST

START_TEST(camel) {
	static const char *const rows[][2] = {
		{"push_config.push_endpoint", "pushConfig.pushEndpoint"},
		{"pushConfig.pushEndpoint", "pushConfig.pushEndpoint"},
		{"labels", "labels"}, {"", ""}, {"a_", "a_"}, {"a_B", "a_B"},
		{"boot_disk_size_gb", "bootDiskSizeGb"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_free char *got = proto_camel(rows[i][0]);
		ck_assert_str_eq(got, rows[i][1]);
	}
	mem_fail_after(0);
	char *none = proto_camel("a");
	mem_fail_off();
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(arrange) {
	auto_json json_t *in = json_pack("{s:i, s:s, s:s, s:{}}", "extra", 1,
		"state", "QUEUED", "jobId", "j", "trainingInput");
	auto_json json_t *out = proto_arrange(&schema_ml_job, in);
	auto_free char *text = jsn_compact(out);
	ck_assert_str_eq(text,
		"{\"jobId\":\"j\",\"trainingInput\":{},\"state\":\"QUEUED\"}");
}
END_TEST

START_TEST(fields) {
	const struct proto_field *f =
		proto_field(&schema_pubsub_subscription, "push_config");
	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(f->name, "pushConfig");
	ck_assert_ptr_eq(
		proto_field(&schema_pubsub_subscription, "pushConfig"), f);
	ck_assert_ptr_null(
		proto_field(&schema_pubsub_subscription, "pushconfig"));
	ck_assert_ptr_null(proto_field(&schema_pubsub_subscription, "push"));
	ck_assert_ptr_null(proto_field(&schema_pubsub_subscription, ""));
}
END_TEST

/* Every allocation fails in turn: no result, no leak, INTERNAL. */
START_TEST(out_of_memory) {
	static const char body[] =
		"{\"aString\":\"x\",\"someBytes\":\"-_8\",\"anInt32\":\"3\","
		"\"anInt64\":4,\"aDouble\":\"0.5\",\"aColour\":2,\"aTime\":"
		"\"2026-01-02T03:04:05+01:00\",\"aDuration\":\"1.50s\","
		"\"aPart\":{\"sizes\":[1,2.0]},\"parts\":[{},{}],\"words\":"
		"[\"a\"],\"aMap\":{\"k\":\"v\"},\"any\":{\"a\":[1]}}";
	for (long n = 0;; n++) {
		auto_status struct status st = STATUS_INIT;
		json_t *out = NULL;
		mem_fail_after(n);
		int rc = proto_parse(
			&every, body, sizeof body - 1, "", &out, &st);
		mem_fail_off();
		if (rc == ST_OK) {
			json_decref(out);
			ck_assert_int_gt(n, 20);
			break;
		}
		ck_assert_int_eq(rc, ST_INTERNAL);
		ck_assert_ptr_null(out);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("proto");
	unit_add(s, values);
	unit_add(s, refusals);
	unit_add(s, recorded);
	unit_add(s, not_an_object);
	unit_add(s, empty_body);
	unit_add(s, patches);
	unit_add(s, depth);
	unit_add(s, many_errors);
	unit_add(s, long_values);
	unit_add(s, camel);
	unit_add(s, arrange);
	unit_add(s, fields);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
