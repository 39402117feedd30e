/* SPDX-License-Identifier: MIT */
/* The cases are rows: what a case alters in a good request, and the refusal
 * ("" for none; "!" in front of one that is UNIMPLEMENTED). */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/mask.h"
#include "emulator/api/rules_pubsub.h"
#include "emulator/api/schema_pubsub.h"
#include "tests/unit/body.h"
#include "tests/unit/unit.h"

typedef int rule_fn(const json_t *, struct status *);

static const char sub_base[] = "{\"name\":\"projects/p/subscriptions/sub\","
			       "\"topic\":\"projects/p/topics/top\"}";
static const char publish_base[] = "{\"messages\":[{\"data\":\"Z28=\"}]}";

/* The rules of requests, by the name in the first column. */
static const struct {
	const char *name;
	rule_fn *rule;
	const struct proto_message *message;
	const char *base;
} rules[] = {
	{"topic", rules_pubsub_topic, &schema_pubsub_topic, "{}"},
	{"subscription", rules_pubsub_subscription, &schema_pubsub_subscription,
		sub_base},
	{"publish", rules_pubsub_publish, &schema_pubsub_publish, publish_base},
	{"pull", rules_pubsub_pull, &schema_pubsub_pull, "{}"},
	{"acknowledge", rules_pubsub_acknowledge, &schema_pubsub_acknowledge,
		"{}"},
	{"modifyAckDeadline", rules_pubsub_modify_ack_deadline,
		&schema_pubsub_modify_ack_deadline, "{\"ackIds\":[\"a\"]}"},
};

static void check(const char *name, const char *patch, const char *want) {
	size_t i = 0;
	while (strcmp(rules[i].name, name) != 0)
		ck_assert_uint_lt(++i, sizeof rules / sizeof rules[0]);
	auto_json json_t *body =
		body_make(rules[i].message, "", rules[i].base, patch);
	auto_status struct status st = STATUS_INIT;
	int rc = rules[i].rule(body, &st);
	bool later = *want == '!';
	body_expect(patch, rc, &st,
		later	? ST_UNIMPLEMENTED
		: *want ? ST_INVALID_ARGUMENT
			: ST_OK,
		want + later);
}

static void one_request(void *ctx, char *const *cols) {
	(void)ctx;
	check(cols[0], cols[1], cols[2]);
}

START_TEST(requests) {
	unit_tsv("emulator/pubsub/requests.tsv", 3, one_request, NULL);
}
END_TEST

static void one_name(void *ctx, char *const *cols) {
	(void)ctx;
	enum pubsub_kind kind = strcmp(cols[0], "topic") == 0
					? PUBSUB_TOPIC
					: PUBSUB_SUBSCRIPTION;
	bool good = strcmp(cols[1], "good") == 0;
	auto_free char *want =
		mem_printf("Invalid resource name given (name=%s). Refer to "
			   "https://cloud.google.com/pubsub/docs/pubsub-basics"
			   "#resource_names for more information.",
			cols[2]);
	auto_status struct status st = STATUS_INIT;
	int rc = rules_pubsub_name(kind, cols[2], &st);
	body_expect(cols[2], rc, &st, good ? ST_OK : ST_INVALID_ARGUMENT,
		good ? "" : want);
}

START_TEST(names) {
	unit_tsv("emulator/pubsub/names.tsv", 3, one_name, NULL);
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(rules_pubsub_name(PUBSUB_TOPIC, NULL, &st),
		ST_INVALID_ARGUMENT);
	for (size_t len = 255; len <= 256; len++) {
		auto_free char *id = body_repeat('a', len);
		auto_free char *name = mem_printf("projects/p/topics/%s", id);
		ck_assert_int_eq(rules_pubsub_name(PUBSUB_TOPIC, name, &st),
			len == 255 ? ST_OK : ST_INVALID_ARGUMENT);
	}
}
END_TEST

static void one_mask(void *ctx, char *const *cols) {
	(void)ctx;
	enum pubsub_kind kind = strcmp(cols[0], "topic") == 0
					? PUBSUB_TOPIC
					: PUBSUB_SUBSCRIPTION;
	auto_status struct status st = STATUS_INIT;
	int rc = rules_pubsub_mask(kind, cols[1], &st);
	body_expect(cols[1], rc, &st, *cols[2] ? ST_INVALID_ARGUMENT : ST_OK,
		cols[2]);
}

START_TEST(masks) {
	unit_tsv("emulator/pubsub/masks.tsv", 3, one_mask, NULL);
}
END_TEST

static json_t *parse(const char *text) {
	auto_free char *in_list = mem_printf("[%s]", text);
	auto_json json_t *list = json_loads(in_list, 0, NULL);
	ck_assert_ptr_nonnull(list);
	return json_incref(json_array_get(list, 0));
}

/* Each row, and each again with every allocation failing in turn. */
static void one_merge(void *ctx, char *const *cols) {
	(void)ctx;
	int rc = ERR_NOMEM;
	for (long n = 0; rc; n++) {
		auto_json json_t *o = parse(cols[1]);
		auto_json json_t *change = parse(cols[2]);
		auto_json json_t *want = parse(cols[3]);
		mem_fail_after(n);
		rc = mask_merge(o, cols[0], change);
		mem_fail_off();
		ck_assert(rc == 0 || rc == ERR_NOMEM);
		auto_free char *got = jsn_compact(o);
		ck_assert_msg(rc || json_equal(o, want), "%s: got %s, want %s",
			cols[0], got, cols[3]);
	}
}

START_TEST(merges) {
	unit_tsv("emulator/pubsub/merges.tsv", 4, one_merge, NULL);
}
END_TEST

static void one_default(void *ctx, char *const *cols) {
	(void)ctx;
	body_expect_filled(cols[0],
		body_make(&schema_pubsub_subscription, "", sub_base, cols[0]),
		rules_pubsub_defaults, cols[1]);
}

START_TEST(defaults) {
	unit_tsv("emulator/pubsub/defaults.tsv", 2, one_default, NULL);
}
END_TEST

static void one_created(void *ctx, char *const *cols) {
	(void)ctx;
	auto_free char *patch = mem_printf("{\"pushConfig\":%s}", cols[0]);
	auto_json json_t *sub =
		body_make(&schema_pubsub_subscription, "", sub_base, patch);
	auto_json json_t *before = json_deep_copy(sub);
	auto_json json_t *out = rules_pubsub_created(sub);
	auto_free char *got = jsn_compact(json_object_get(out, "pushConfig"));
	ck_assert_str_eq(got, cols[1]);
	ck_assert(json_equal(sub, before));
	ck_assert_int_eq(json_object_del(out, "pushConfig"), 0);
	ck_assert_int_eq(json_object_del(sub, "pushConfig"), 0);
	ck_assert(json_equal(sub, out));
}

START_TEST(created) {
	unit_tsv("emulator/pubsub/created.tsv", 2, one_created, NULL);
}
END_TEST

/* The member of a message whose size is n in the way `what` counts; the caller
 * frees it. */
static char *sized(const char *what, int n) {
	if (strcmp(what, "attribute_count") == 0) {
		auto_free char *map = body_map("k", n, "v");
		return mem_printf("\"attributes\":%s", map);
	}
	auto_free char *x = body_repeat('x', (size_t)n);
	if (strcmp(what, "attribute_key_size") == 0)
		return mem_printf("\"attributes\":{\"%s\":\"v\"}", x);
	if (strcmp(what, "attribute_value_size") == 0)
		return mem_printf("\"attributes\":{\"k\":\"%s\"}", x);
	return mem_printf("\"data\":\"Z28=\",\"orderingKey\":\"%s\"", x);
}

static void check_size(const char *what, int n, const char *want) {
	auto_free char *member = sized(what, n);
	auto_free char *patch = mem_printf("{\"messages\":[{%s}]}", member);
	check("publish", patch, want);
}

/* The limits whose bodies are too long for a row: at the limit, one past. */
START_TEST(message_limits) {
	static const struct {
		const char *what;
		int most;
	} limits[] = {{"attribute_count", 100}, {"attribute_key_size", 256},
		{"attribute_value_size", 1024}, {"ordering_key_size", 1024}};
	for (size_t i = 0; i < 4; i++) {
		int most = limits[i].most;
		auto_free char *want = mem_printf(
			"The value for %s is too large. You passed %d in the "
			"request, but the maximum value is %d.",
			limits[i].what, most + 1, most);
		check_size(limits[i].what, most, "");
		check_size(limits[i].what, most + 1, want);
	}
}
END_TEST

START_TEST(message_count) {
	for (size_t n = 1000; n <= 1001; n++) {
		auto_json json_t *body = json_pack("{s:[]}", "messages");
		json_t *list = json_object_get(body, "messages");
		while (json_array_size(list) < n)
			(void)json_array_append_new(
				list, json_pack("{s:s}", "data", "Z28="));
		auto_status struct status st = STATUS_INIT;
		int rc = rules_pubsub_publish(body, &st);
		body_expect("count", rc, &st,
			n == 1000 ? ST_OK : ST_INVALID_ARGUMENT,
			n == 1000 ? ""
				  : "The value for message_count is too large. "
				    "You passed 1001 in the request, but the "
				    "maximum value is 1000.");
	}
}
END_TEST

/* The answer that is on record: 10,000,000 bytes of data to a topic whose name
 * has 56 characters make a request of 10,000,068. By hand: the data 1 + 4 +
 * 10,000,000, the message around it 1 + 4, the topic 1 + 1 + 56. */
START_TEST(request_size) {
	size_t room = 10000000 - 68;
	for (size_t over = 0; over <= 68; over += 1 + 66 * (over == 1)) {
		size_t bytes = room + over;
		auto_free char *data = body_repeat('A', (bytes + 2) / 3 * 4);
		size_t len = strlen(data);
		for (size_t i = bytes % 3; i % 3; i++)
			data[--len] = '=';
		auto_json json_t *body =
			json_pack("{s:[{s:s}]}", "messages", "data", data);
		auto_status struct status st = STATUS_INIT;
		auto_free char *want = mem_printf(
			"The value for request_size is too large. You passed "
			"%zu in the request, but the maximum value is "
			"10000000.",
			bytes + 68);
		body_expect("size", rules_pubsub_publish_size(body, 56, &st),
			&st, over ? ST_INVALID_ARGUMENT : ST_OK,
			over ? want : "");
	}
}
END_TEST

/* 3 MB of data in each of two messages, the rest in attributes and keys: by
 * hand 3,000,000 + 5 + 5 (twice); a map entry of a key of 1 and a value of
 * 1,000 is 3 + 1,003 + 3 = 1,009; an ordering key of 1,000 is 1,003; the topic
 * 2 + 20. */
START_TEST(request_size_of_all_parts) {
	auto_free char *data = body_repeat('A', 4000000);
	auto_free char *text = body_repeat('x', 1000);
	auto_json json_t *body =
		json_pack("{s:[{s:s}, {s:s}, {s:s, s:{s:s}, s:s}]}", "messages",
			"data", data, "data", data, "data", data, "attributes",
			"k", text, "orderingKey", text);
	size_t size = 3 * 3000010 + 1009 + 1003 + 22;
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(rules_pubsub_publish_size(body, 20, &st), ST_OK);
	size_t rest = 10000000 - size;
	ck_assert_int_eq(rules_pubsub_publish_size(body, 20 + rest, &st),
		ST_INVALID_ARGUMENT);
	auto_free char *want = mem_printf("You passed %zu in",
		size + rest + 2 /* of the longer length */);
	ck_assert_ptr_nonnull(strstr(st.message, want));
}
END_TEST

START_TEST(filter_length) {
	for (size_t n = 256; n <= 257; n++) {
		auto_free char *key =
			body_repeat('x', n - strlen("attributes:"));
		auto_free char *patch =
			mem_printf("{\"filter\":\"attributes:%s\"}", key);
		check("subscription", patch,
			n == 256 ? ""
				 : "The value for filter_length is too large. "
				   "You passed 257 in the request, but the "
				   "maximum value is 256.");
	}
}
END_TEST

START_TEST(pages) {
	static const struct {
		const char *text;
		int want; /* -1: refused */
		const char *message;
	} rows[] = {
		{NULL, 50, ""},
		{"0", 50, ""},
		{"1", 1, ""},
		{"1000", 1000, ""},
		{"1001", -1,
			"The value for page_size is out of bounds. You passed "
			"1001 in the request, but the value must be between 0 "
			"and 1000."},
		{"-1", -1,
			"The value for page_size is out of bounds. You passed "
			"-1 in the request, but the value must be between 0 "
			"and 1000."},
		{"abc", -1,
			"Invalid value at 'page_size' (TYPE_INT32), \"abc\""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_status struct status st = STATUS_INIT;
		int n = -1;
		int rc = rules_pubsub_page(rows[i].text, 50, &n, &st);
		body_expect(rows[i].text ? rows[i].text : "NULL", rc, &st,
			rows[i].want < 0 ? ST_INVALID_ARGUMENT : ST_OK,
			rows[i].message);
		ck_assert_int_eq(n, rows[i].want);
	}
	auto_status struct status st = STATUS_INIT;
	int rc = rules_pubsub_bad_page_token("garbage", &st);
	body_expect("token", rc, &st, ST_INVALID_ARGUMENT,
		"Invalid page token given (token=garbage).");
}
END_TEST

/* How many allocations have to fail before it works. */
static long nomem(json_t *(*make)(const json_t *sub), const json_t *sub) {
	for (long n = 0;; n++) {
		mem_fail_after(n);
		json_t *out = make(sub);
		mem_fail_off();
		if (out) {
			json_decref(out);
			return n;
		}
	}
}

START_TEST(out_of_memory) {
	auto_json json_t *sub =
		body_make(&schema_pubsub_subscription, "", sub_base,
			"{\"retryPolicy\":{},\"deadLetterPolicy\":"
			"{\"deadLetterTopic\":\"projects/p/topics/dead\"},"
			"\"pushConfig\":{\"pushEndpoint\":\"http://h\","
			"\"attributes\":{\"a\":\"b\"}}}");
	ck_assert_int_gt(nomem(rules_pubsub_defaults, sub), 10);
	ck_assert_int_gt(nomem(rules_pubsub_created, sub), 3);
}
END_TEST

int main(void) {
	Suite *s = suite_create("rules_pubsub");
	unit_add(s, requests);
	unit_add(s, names);
	unit_add(s, masks);
	unit_add(s, merges);
	unit_add(s, defaults);
	unit_add(s, created);
	unit_add(s, message_limits);
	unit_add(s, message_count);
	unit_add(s, request_size);
	unit_add(s, request_size_of_all_parts);
	unit_add(s, filter_length);
	unit_add(s, pages);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
