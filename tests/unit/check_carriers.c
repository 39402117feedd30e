/* SPDX-License-Identifier: MIT */
/* Pub/Sub and Cloud Scheduler calls: what is sent, and what is sent again after
 * a failure. */
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"
#include "tests/unit/wire.h"

#define LONG_US (10 * US_PER_S)
#define PARENT "projects/test-project/locations/us-central1"
#define JOB PARENT "/jobs/nightly"
#define TOPIC "projects/test-project/topics/nightly"
#define SUBSCRIPTION "projects/test-project/subscriptions/nightly-push"
#define STEPS(...)                                                             \
	(const char *const[]) {                                                \
		__VA_ARGS__, NULL                                              \
	}

/* Starts one of the calls; its body, where it has one, is what the case's
 * request says. */
static int begin(struct wire *w, const char *what, struct err *e) {
	struct train *t = w->train;
	auto_json json_t *name = json_pack("{s:s}", "name", TOPIC);
	auto_json json_t *labels = json_pack("{s:{s:s}}", "labels", "a", "b");
	auto_json json_t *ack = json_pack("{s:i}", "ackDeadlineSeconds", 30);
	auto_json json_t *job = json_pack("{s:s, s:s, s:s}", "name", JOB,
		"schedule", "0 2 * * *", "timeZone", "Etc/UTC");
	auto_json json_t *message = json_pack("{s:s, s:{s:s}}", "data",
		"Z28=", "attributes", "train-key", "k");
	auto_json json_t *ids = json_pack("[s]", "x:1");
#define CALL(key, fn, ...)                                                     \
	if (strcmp(what, key) == 0)                                            \
	return fn(t, __VA_ARGS__, LONG_US, wire_on_done, w, e)
	CALL("get", train_pubsub_get, TOPIC);
	CALL("odd name", train_pubsub_get,
		"projects/test-project/topics/a+b%c~d");
	CALL("create", train_pubsub_create, TOPIC, name);
	CALL("patch", train_pubsub_patch, TOPIC, labels, "labels");
	CALL("patch subscription", train_pubsub_patch, SUBSCRIPTION, ack,
		"ackDeadlineSeconds");
	CALL("delete", train_pubsub_delete, TOPIC);
	CALL("publish", train_pubsub_publish, TOPIC, message, false);
	CALL("publish keyed", train_pubsub_publish, TOPIC, message, true);
	CALL("pull", train_pubsub_pull, SUBSCRIPTION, 7);
	CALL("acknowledge", train_pubsub_acknowledge, SUBSCRIPTION, ids);
	CALL("deadline", train_pubsub_deadline, SUBSCRIPTION, ids, 60);
	CALL("get schedule", train_scheduler_get, JOB);
	CALL("create schedule", train_scheduler_create, JOB, job);
	CALL("patch schedule", train_scheduler_patch, JOB, job,
		"schedule,pubsubTarget.data");
	CALL("delete schedule", train_scheduler_delete, JOB);
	CALL("pause", train_scheduler_pause, JOB);
	CALL("resume", train_scheduler_resume, JOB);
	CALL("run", train_scheduler_run, JOB);
	CALL("list", train_scheduler_list, PARENT);
#undef CALL
	if (strcmp(what, "locations") == 0)
		return train_scheduler_locations(
			t, LONG_US, wire_on_done, w, e);
	ck_assert_str_eq(what, "subscriptions");
	return train_pubsub_subscriptions(t, LONG_US, wire_on_done, w, e);
}

/* The answer's HTTP status or error code, 0 for a success. */
static int ends(const char *what, const char *const *steps, unsigned attempts,
	json_t **ret) {
	struct wire w;
	struct err e = {0};
	wire_init(&w, steps);
	ck_assert_int_eq(begin(&w, what, &e), 0);
	wire_run(&w);
	ck_assert_uint_eq(w.attempts, attempts);
	int code = w.error.err.http ? w.error.err.http : w.error.err.code;
	if (ret)
		*ret = json_incref(w.answer);
	wire_done(&w, false);
	return code;
}

START_TEST(what_is_sent) {
	static const struct {
		const char *what, *step;
	} calls[] = {{"get", "odd/topic_get"},
		{"odd name", "odd/topic_escaped"},
		{"create", "odd/topic_create"}, {"patch", "odd/topic_patch"},
		{"patch subscription", "odd/subscription_patch"},
		{"delete", "odd/topic_delete"}, {"publish", "odd/publish"},
		{"publish keyed", "odd/publish"}, {"pull", "odd/pull"},
		{"acknowledge", "odd/acknowledge"},
		{"deadline", "odd/deadline"},
		{"get schedule", "odd/schedule_get"},
		{"create schedule", "odd/schedule_create"},
		{"patch schedule", "odd/schedule_patch"},
		{"delete schedule", "odd/schedule_delete"},
		{"pause", "odd/schedule_pause"},
		{"resume", "odd/schedule_resume"}, {"run", "odd/schedule_run"},
		{"list", "odd/schedules"}};
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		ck_assert_int_eq(
			ends(calls[i].what, STEPS(calls[i].step), 1, NULL), 0);
}
END_TEST

/* What makes a run must not be sent again if it may have arrived. */
START_TEST(what_is_sent_again) {
	ck_assert_int_eq(
		ends("publish", STEPS("odd/publish!lost"), 1, NULL), ERR_LOST);
	ck_assert_int_eq(
		ends("publish", STEPS("odd/publish_503"), 1, NULL), 503);
	ck_assert_int_eq(
		ends("publish", STEPS("odd/publish!notsent", "odd/publish"), 2,
			NULL),
		0);
	ck_assert_int_eq(ends("publish keyed",
				 STEPS("odd/publish!lost", "odd/publish_503",
					 "odd/publish"),
				 3, NULL),
		0);
	ck_assert_int_eq(
		ends("publish keyed", STEPS("odd/publish_403"), 1, NULL), 403);
	ck_assert_int_eq(
		ends("run", STEPS("odd/schedule_run!lost"), 1, NULL), ERR_LOST);
	ck_assert_int_eq(
		ends("run", STEPS("odd/schedule_run_503"), 1, NULL), 503);
	ck_assert_int_eq(ends("pause",
				 STEPS("odd/schedule_pause_503",
					 "odd/schedule_pause!lost",
					 "odd/schedule_pause"),
				 3, NULL),
		0);
	ck_assert_int_eq(
		ends("pull", STEPS("odd/pull!lost", "odd/pull_503", "odd/pull"),
			3, NULL),
		0);
	ck_assert_int_eq(
		ends("acknowledge",
			STEPS("odd/acknowledge!lost", "odd/acknowledge_503",
				"odd/acknowledge"),
			3, NULL),
		0);
	ck_assert_int_eq(
		ends("create",
			STEPS("odd/topic_create!lost", "odd/topic_exists"), 2,
			NULL),
		409);
	ck_assert_int_eq(
		ends("delete", STEPS("odd/topic_delete!lost", "odd/topic_gone"),
			2, NULL),
		404);
}
END_TEST

START_TEST(pages) {
	auto_json json_t *all = NULL, *none = NULL;
	ck_assert_int_eq(
		ends("subscriptions",
			STEPS("odd/subscriptions_1", "odd/subscriptions_2"), 2,
			&all),
		0);
	ck_assert_uint_eq(json_array_size(all), 2);
	ck_assert_int_eq(
		ends("subscriptions", STEPS("odd/subscriptions_bad"), 1, &none),
		ERR_SHAPE);
	ck_assert_ptr_null(none);
	auto_json json_t *locations = NULL;
	ck_assert_int_eq(
		ends("locations", STEPS("odd/locations_1", "odd/locations_2"),
			2, &locations),
		0);
	ck_assert_uint_eq(json_array_size(locations), 2);
}
END_TEST

START_TEST(a_name_too_long) {
	struct wire w;
	struct err e = {0};
	static char name[URL_MAX + 1];
	memset(name, 'x', sizeof name - 1);
	wire_init(&w, STEPS("odd/topic_get"));
	ck_assert_int_eq(
		train_pubsub_get(w.train, name, LONG_US, wire_on_done, &w, &e),
		ERR_USAGE);
	wire_done(&w, true);
}
END_TEST

struct attempt {
	const char *what, *step;
};

/* Every allocation of a call fails in turn; those of the wire do not count. */
static bool fails(const struct attempt *a, long n) {
	struct wire w;
	struct err e = {0};
	auto_json json_t *job = json_pack("{s:s}", "name", JOB);
	auto_json json_t *ids = json_pack("[s]", "x:1");
	int rc = 0;
	wire_init(&w, STEPS(a->step));
	mem_fail_after(n);
	if (strcmp(a->what, "patch") == 0)
		rc = train_scheduler_patch(w.train, JOB, job, "schedule",
			LONG_US, wire_on_done, &w, &e);
	else if (strcmp(a->what, "deadline") == 0)
		rc = train_pubsub_deadline(w.train, SUBSCRIPTION, ids, 60,
			LONG_US, wire_on_done, &w, &e);
	else
		rc = train_pubsub_publish(w.train, TOPIC, job, true, LONG_US,
			wire_on_done, &w, &e);
	bool failed = wire_fails(&w, rc);
	wire_done(&w, true);
	return failed;
}

START_TEST(out_of_memory) {
	static const struct attempt attempts[] = {
		{"patch", "odd/schedule_patch"}, {"publish", "odd/publish"},
		{"deadline", "odd/deadline"}};
	for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
		long n = 0;
		while (fails(&attempts[i], n))
			n++;
		ck_assert_int_gt(n, 10);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("carriers");
	unit_add(s, what_is_sent);
	unit_add(s, what_is_sent_again);
	unit_add(s, pages);
	unit_add(s, a_name_too_long);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
