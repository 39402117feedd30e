/* SPDX-License-Identifier: MIT */
/* What a schedule needs, and how what is there differs from it. */
#include <string.h>

#include "client/ctl/wanted.h"
#include "common/clock.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

static json_t *json_of(const char *text) {
	struct err e = {0};
	json_t *j = jsn_parse(text, strlen(text), true, &e);
	ck_assert_msg(j != NULL, "%s: %s", text, e.msg);
	return j;
}

static struct wanted_options plain(const json_t *job) {
	return (struct wanted_options){.project = "p1",
		.location = "us-central1",
		.name = "nightly",
		.attempts = 5,
		.endpoint = "https://u.example/",
		.ack_deadline_us = 60 * US_PER_S,
		.backoff_min_us = 10 * US_PER_S,
		.backoff_max_us = 600 * US_PER_S,
		.schedule = "0 2 * * *",
		.zone = "Etc/UTC",
		.job = job};
}

/* What the service would have after a create, changed by `change`, which is
 * merged in; a null takes away. */
static json_t *there_of(const json_t *body, const char *change) {
	json_t *there = json_deep_copy(body);
	auto_json json_t *j = json_of(change);
	const char *key, *inner;
	json_t *v, *w;
	json_object_foreach (j, key, v) {
		json_t *old = json_object_get(there, key);
		if (json_is_null(v))
			(void)json_object_del(there, key);
		else if (!json_is_object(v) || !json_is_object(old))
			(void)json_object_set(there, key, v);
		else
			json_object_foreach (v, inner, w) {
				if (json_is_null(w))
					(void)json_object_del(old, inner);
				else
					(void)json_object_set(old, inner, w);
			}
	}
	return there;
}

/* which resource, change, mask or !err part of the message */
static void mask_row(void *ctx, char *const *cols) {
	const struct wanted *w = ctx;
	const struct wanted_item *item = NULL;
	for (size_t i = 0; i < w->len; i++)
		if (strstr(w->items[i].name, cols[0]))
			item = &w->items[i];
	ck_assert_msg(item != NULL, "%s", cols[0]);
	auto_json json_t *there = there_of(item->body, cols[1]);
	struct err e = {0};
	auto_buf struct buf mask;
	buf_init(&mask, 500);
	int rc = wanted_mask(item, there, &mask, &e);
	if (strncmp(cols[2], "!err ", 5) == 0) {
		ck_assert_int_eq(rc, ERR_STATE);
		ck_assert_msg(strstr(e.msg, cols[2] + 5) != NULL, "%s", e.msg);
		return;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_msg(strcmp(buf_str(&mask), cols[2]) == 0,
		"%s %s: got '%s', want '%s'", cols[0], cols[1], buf_str(&mask),
		cols[2]);
}

START_TEST(masks) {
	auto_json json_t *job = json_of("{\"jobId\": \"a\"}");
	struct wanted_options o = plain(job);
	struct wanted w = {0};
	struct err e = {0};
	o.dead_letter = "dead";
	o.account = "sa@p1.iam.gserviceaccount.com";
	o.description = "each night";
	ck_assert_int_eq(wanted_make(&o, &w, &e), 0);
	ck_assert_uint_eq(w.len, 5);
	unit_tsv("schedule/masks.tsv", 3, mask_row, &w);
	wanted_done(&w);
}
END_TEST

START_TEST(what_is_made) {
	auto_json json_t *job = json_of("{\"b\": 1, \"a\": \"x\"}");
	auto_json json_t *more = json_of("{\"k\": \"v\"}");
	struct wanted_options o = plain(job);
	struct wanted w = {0};
	struct err e = {0};
	o.topic = "shared";
	o.subscription = "to-uniquifier";
	o.attributes = more;
	ck_assert_int_eq(wanted_make(&o, &w, &e), 0);
	ck_assert_uint_eq(w.len, 3);
	ck_assert_str_eq(w.items[0].name, "projects/p1/topics/shared");
	ck_assert_str_eq(
		w.items[1].name, "projects/p1/subscriptions/to-uniquifier");
	ck_assert_str_eq(w.items[2].name,
		"projects/p1/locations/us-central1/jobs/nightly");
	for (size_t i = 0; i < w.len; i++)
		ck_assert(wanted_is_ours(w.items[i].kind, w.items[i].body));
	/* base64 of {"a":"x","b":1}: the order of the file does not count */
	auto_json json_t *want = json_of(
		"{\"name\": \"projects/p1/locations/us-central1/jobs/nightly\","
		"\"schedule\": \"0 2 * * *\", \"timeZone\": \"Etc/UTC\","
		"\"pubsubTarget\": {\"topicName\": "
		"\"projects/p1/topics/shared\","
		"\"data\": \"eyJhIjoieCIsImIiOjF9\", \"attributes\": {\"k\": "
		"\"v\","
		"\"train-schedule\": \"0 2 * * *\","
		"\"train-schedule-name\": \"nightly\","
		"\"train-time-zone\": \"Etc/UTC\"}}}");
	auto_free char *got = jsn_compact(w.items[2].body);
	ck_assert_msg(json_equal(want, w.items[2].body), "%s", got);
	wanted_done(&w);
}
END_TEST

START_TEST(the_same_data_for_the_same_job) {
	static const char *const texts[] = {"{\"a\":\"x\",\"b\":1}",
		" { \"b\" : 1,\n \"a\" : \"\\u0078\" } "};
	for (size_t i = 0; i < 2; i++) {
		struct err e = {0};
		auto_json json_t *job = json_loads(texts[i], 0, NULL);
		auto_free char *data = NULL;
		ck_assert_int_eq(wanted_data(job, &data, &e), 0);
		ck_assert_str_eq(data, "eyJhIjoieCIsImIiOjF9");
	}
}
END_TEST

START_TEST(ours) {
	auto_json json_t *none = json_of("{\"labels\": {\"made-by\": \"me\"}}");
	auto_json json_t *label =
		json_of("{\"labels\": {\"made-by\": \"trainctl\"}}");
	ck_assert(!wanted_is_ours(WANTED_TOPIC, none));
	ck_assert(wanted_is_ours(WANTED_TOPIC, label));
	ck_assert(wanted_is_ours(WANTED_SUBSCRIPTION, label));
	ck_assert(!wanted_is_ours(WANTED_JOB, label));
}
END_TEST

/* An attribute that is there and not wanted is taken away by a null. */
START_TEST(patches) {
	auto_json json_t *job = json_of("{\"jobId\": \"a\"}");
	struct wanted_options o = plain(job);
	struct wanted w = {0};
	struct err e = {0};
	ck_assert_int_eq(wanted_make(&o, &w, &e), 0);
	auto_json json_t *there = there_of(w.items[2].body,
		"{\"pubsubTarget\": {\"attributes\": {\"old\": \"x\","
		"\"train-schedule\": \"y\"}}}");
	auto_json json_t *body = wanted_patch(&w.items[2], there);
	auto_json json_t *want = json_of("{\"old\": null,"
					 "\"train-schedule\": \"0 2 * * *\","
					 "\"train-schedule-name\": \"nightly\","
					 "\"train-time-zone\": \"Etc/UTC\"}");
	ck_assert(json_equal(
		want, json_object_get(json_object_get(body, "pubsubTarget"),
			      "attributes")));
	wanted_done(&w);
}
END_TEST

/* A name, and whether a schedule (s) and a topic (t) can have it. */
START_TEST(names) {
	static char longest[256], longer[257];
	memset(longest, 'a', 255);
	memset(longer, 'a', 256);
	const struct {
		const char *name;
		bool schedule, topic;
	} rows[] = {{"abc", true, true}, {"ab", true, false},
		{"1abc", true, false}, {"a.c", false, true},
		{"a~+%_-c", false, true}, {"goog-x", true, false},
		{"a/b", false, false}, {"", false, false},
		{longest, true, true}, {longer, false, false}};
	auto_json json_t *job = json_of("{\"jobId\": \"a\"}");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct err e = {0};
		struct wanted w = {0};
		struct wanted_options o = plain(job);
		o.topic = rows[i].name;
		ck_assert_msg((wanted_check_name(rows[i].name, &e) == 0) ==
				      rows[i].schedule,
			"%s", rows[i].name);
		ck_assert_msg((wanted_make(&o, &w, &e) == 0) == rows[i].topic,
			"%s", rows[i].name);
		wanted_done(&w);
	}
}
END_TEST

START_TEST(too_long) {
	struct err e = {0};
	struct wanted w = {0};
	static char text[80000];
	memset(text, 'x', sizeof text - 1);
	auto_json json_t *job = json_pack("{s:s}", "jobId", text);
	struct wanted_options o = plain(job);
	ck_assert_int_eq(wanted_make(&o, &w, &e), ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(e.msg, "too long for Cloud Scheduler"));
	ck_assert_uint_eq(w.len, 0);
}
END_TEST

static int make_once(void *ctx, struct err *e) {
	struct wanted w = {0};
	int rc = wanted_make(ctx, &w, e);
	ck_assert(rc == 0 || w.len == 0);
	wanted_done(&w);
	return rc;
}

START_TEST(out_of_memory) {
	auto_json json_t *job = json_of("{\"jobId\": \"a\"}");
	auto_json json_t *more = json_of("{\"k\": \"v\"}");
	struct wanted_options o = plain(job);
	o.dead_letter = "dead";
	o.account = "sa@p1.iam.gserviceaccount.com";
	o.attributes = more;
	ck_assert_int_gt(unit_nomem(make_once, &o), 50);
}
END_TEST

int main(void) {
	Suite *s = suite_create("wanted");
	unit_add(s, masks);
	unit_add(s, what_is_made);
	unit_add(s, the_same_data_for_the_same_job);
	unit_add(s, ours);
	unit_add(s, patches);
	unit_add(s, names);
	unit_add(s, too_long);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
