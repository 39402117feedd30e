/* SPDX-License-Identifier: MIT */
/* Faults of deliveries and acknowledgements, on the clock. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/misdeliver.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define PUSH "http://h/"

static void rule(struct core *c, const char *text) {
	auto_json json_t *o = jsn_parse(text, strlen(text), true, NULL);
	struct err e = {0};
	int64_t id;
	ck_assert_msg(faults_add(&c->em->faults, o, &id, &e) == 0, "%s", e.msg);
}

/* As core_open_one, with a rule. */
static void open_ruled(struct core *c, const char *endpoint, const char *text) {
	core_open_one(c, endpoint);
	rule(c, text);
}

/* Of the first rule. */
static int count_struck(struct core *c) {
	auto_json json_t *o = faults_get(&c->em->faults, 1);
	return (int)json_integer_value(json_object_get(o, "struck"));
}

static const char *pull_all(struct core *c, struct core_seen *s) {
	ck_assert_int_eq(core_pull(c, "s", 100, s), ST_OK);
	return s->data;
}

START_TEST(a_message_that_is_pulled_twice) {
	struct core c;
	struct core_seen s;
	open_ruled(&c, "", "{\"effect\":\"duplicate\",\"count\":1}");
	core_publish(&c, "t", "a");
	core_publish(&c, "t", "b");
	ck_assert_str_eq(pull_all(&c, &s), "a a b ");
	/* one message, and two deliveries with an acknowledgement each */
	ck_assert_int_ne(s.each[0].delivery_id, s.each[1].delivery_id);
	ck_assert_int_eq(core_ack(&c, "s", &s.each[0], -1), ST_OK);
	core_advance(&c, 10 * US_PER_S);
	ck_assert_str_eq(pull_all(&c, &s), "a b ");
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(core_ack(&c, "s", &s.each[i], -1), ST_OK);
	ck_assert_int_eq(core_stored(&c), 0);
	ck_assert_int_eq(c.em->counters.messagesPublished, 2);
	ck_assert_int_eq(
		core_journal(&c, "\"fault\"",
			"\"resource\":\"projects/p1/subscriptions/s\""),
		1);
	core_close(&c);
}
END_TEST

/* Though it was acknowledged: the second comes a minute after the first. */
START_TEST(a_message_that_is_pushed_twice) {
	struct core c;
	open_ruled(&c, PUSH, "{\"effect\":\"duplicate\",\"delay\":\"1m\"}");
	c.http = 200;
	core_publish(&c, "t", "a");
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	core_sent_by(&c, US_PER_MIN - 1, 1);
	core_sent_by(&c, 1, 2);
	ck_assert_str_eq(c.sent[0].message_id, c.sent[1].message_id);
	core_sent_by(&c, US_PER_DAY, 2);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

START_TEST(a_message_that_is_late) {
	for (int pushes = 0; pushes < 2; pushes++) {
		struct core c;
		open_ruled(&c, pushes ? PUSH : "",
			"{\"effect\":\"delay-delivery\",\"delay\":\"1h\","
			"\"resource\":\"t\",\"count\":1}");
		c.http = 200;
		core_publish(&c, "t", "a");
		core_publish(&c, "t", "b");
		core_settle(&c);
		struct core_seen s = {0};
		if (!pushes)
			ck_assert_str_eq(pull_all(&c, &s), "b ");
		else
			ck_assert_uint_eq(c.sent_len, 1);
		if (!pushes)
			ck_assert_int_eq(
				core_ack(&c, "s", &s.each[0], -1), ST_OK);
		core_advance(&c, US_PER_HOUR - 1);
		int woken = c.pullable;
		ck_assert_uint_eq(c.sent_len, pushes);
		core_advance(&c, 1);
		if (!pushes) {
			ck_assert_int_eq(c.pullable, woken + 1);
			ck_assert_str_eq(pull_all(&c, &s), "a ");
		} else {
			ck_assert_uint_eq(c.sent_len, 2);
		}
		core_close(&c);
	}
}
END_TEST

START_TEST(messages_in_another_order) {
	struct core c;
	struct core_seen s;
	open_ruled(&c, "", "{\"effect\":\"reorder\"}");
	core_publish_n(&c, 5);
	/* the first of each pair waits for the second, and the last for none;
	 * at one instant those that overtake go before those that do not */
	ck_assert_str_eq(pull_all(&c, &s), "1 3 0 2 ");
	ck_assert_int_eq(count_struck(&c), 3);
	core_advance(&c, 10 * US_PER_S - 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 100), 0);
	faults_clear(&c.em->faults);
	core_advance(&c, 1);
	ck_assert_ptr_nonnull(strstr(pull_all(&c, &s), "4 "));
	core_close(&c);
}
END_TEST

/* The one that is overtaken goes after the next, whenever that comes. */
START_TEST(pushes_in_another_order) {
	struct core c;
	open_ruled(&c, PUSH,
		"{\"effect\":\"reorder\",\"delay\":\"1h\",\"count\":2}");
	c.http = 200;
	core_publish(&c, "t", "a");
	core_sent_by(&c, 30 * US_PER_MIN, 0);
	core_publish(&c, "t", "b");
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_ptr_nonnull(strstr(c.sent[0].message, "\"b\""));
	ck_assert_ptr_nonnull(strstr(c.sent[1].message, "\"a\""));
	/* held to the end, it goes alone; one after that overtakes nothing */
	core_publish(&c, "t", "c");
	core_sent_by(&c, US_PER_HOUR, 3);
	core_publish(&c, "t", "d");
	core_settle(&c);
	ck_assert_uint_eq(c.sent_len, 4);
	ck_assert_uint_eq(c.em->faults.held_len, 0);
	core_close(&c);
}
END_TEST

START_TEST(a_key_keeps_its_order) {
	struct core c;
	struct core_seen s;
	core_open(&c, NULL);
	core_topic(&c, "t");
	struct sub_spec spec = core_spec("s", "");
	spec.flags = SUB_ORDERED;
	core_sub_of(&c, &spec);
	rule(&c, "{\"effect\":\"reorder\",\"count\":1}");
	core_publish_keyed(&c, "a", "k", NULL);
	core_publish_keyed(&c, "b", "k", NULL);
	ck_assert_str_eq(pull_all(&c, &s), "a b ");
	core_close(&c);
}
END_TEST

START_TEST(acknowledgements_of_pulls_are_lost) {
	struct core c;
	struct core_seen s;
	open_ruled(&c, "", "{\"effect\":\"lose-ack\",\"every\":2}");
	core_publish_n(&c, 4);
	(void)pull_all(&c, &s);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(core_ack(&c, "s", &s.each[i], -1), ST_OK);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 2);
	core_advance(&c, 10 * US_PER_S);
	ck_assert_str_eq(pull_all(&c, &s), "1 3 ");
	core_close(&c);
}
END_TEST

/* Only acknowledgements are: not nacks, nor those that come too late. */
START_TEST(what_is_no_acknowledgement_is_not_lost) {
	struct core c;
	struct core_seen s;
	open_ruled(&c, "", "{\"effect\":\"lose-ack\"}");
	core_publish_n(&c, 1);
	(void)pull_all(&c, &s);
	ck_assert_int_eq(core_ack(&c, "s", &s.each[0], US_PER_MIN), ST_OK);
	ck_assert_int_eq(core_ack(&c, "s", &s.each[0], 0), ST_OK);
	ck_assert_int_eq(core_ack(&c, "s", &s.each[0], -1), ST_OK);
	ck_assert_int_eq(count_struck(&c), 0);
	core_close(&c);
	open_ruled(&c, PUSH, "{\"effect\":\"lose-ack\"}");
	core_publish_n(&c, 1);
	core_answer(&c, 0, 500);
	ck_assert_int_eq(count_struck(&c), 0);
	core_close(&c);
}
END_TEST

/* A target that was reached, though Scheduler does not know it, is again. */
START_TEST(the_answer_of_a_target_is_lost) {
	struct core c;
	core_open(&c, NULL);
	ck_assert_int_eq(
		core_add_job(&c, "j", CORE_HTTP_TARGET CORE_RETRIES), ST_OK);
	rule(&c, "{\"effect\":\"lose-ack\",\"count\":1,"
		 "\"resource\":\"projects/p1/locations/*/jobs/j\"}");
	c.http = 200;
	core_sent_by(&c, US_PER_HOUR, 1);
	ck_assert_int_eq(c.em->counters.attemptsFailed, 1);
	core_sent_by(&c, 10 * US_PER_S, 2);
	ck_assert_int_eq(c.em->counters.attemptsFailed, 1);
	core_sent_by(&c, 30 * US_PER_MIN, 2);
	core_close(&c);
}
END_TEST

/* With no rule for it, nothing is asked: the store sees no query more. */
START_TEST(no_rule_no_cost) {
	struct core c;
	core_open_one(&c, "");
	ck_assert(!misdeliver_may(c.em));
	rule(&c, "{\"effect\":\"cut\"}");
	ck_assert(!misdeliver_may(c.em));
	rule(&c, "{\"effect\":\"duplicate\",\"count\":1}");
	ck_assert(misdeliver_may(c.em));
	core_publish_n(&c, 1);
	ck_assert(!misdeliver_may(c.em));
	core_close(&c);
}
END_TEST

/* Dead letters are published while a delivery is looked at. */
START_TEST(a_dead_letter_comes_twice) {
	struct core c;
	core_open_one(&c, "");
	core_topic(&c, "dead");
	core_sub(&c, "d", "dead", "");
	struct sub_spec spec = core_spec("dying", "");
	spec.dead_topic = "projects/" CORE_P "/topics/dead";
	spec.max_attempts = 5;
	core_sub_of(&c, &spec);
	rule(&c, "{\"effect\":\"duplicate\",\"resource\":\"dead\"}");
	core_publish_n(&c, 1);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(core_pull_count(&c, "dying", 1), 1);
		core_advance(&c, 10 * US_PER_S);
	}
	ck_assert_int_eq(c.em->counters.deadLetters, 1);
	ck_assert_int_eq(core_pull_count(&c, "d", 10), 2);
	core_close(&c);
}
END_TEST

/* A restart begins without rules; what was held comes when it was to. */
START_TEST(a_restart_forgets_the_rules) {
	auto_free char *path = core_temp("misdeliver");
	struct core c;
	core_open(&c, path);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "");
	rule(&c, "{\"effect\":\"reorder\",\"delay\":\"1h\"}");
	core_publish(&c, "t", "a");
	core_close(&c);
	core_open(&c, path);
	ck_assert_uint_eq(c.em->faults.len, 0);
	core_publish(&c, "t", "b");
	ck_assert_int_eq(core_pull_count(&c, "s", 10), 1);
	core_advance(&c, US_PER_HOUR);
	ck_assert_int_eq(core_pull_count(&c, "s", 10), 2);
	core_close(&c);
	core_remove(path);
}
END_TEST

int main(void) {
	Suite *s = suite_create("misdeliver");
	unit_add(s, a_message_that_is_pulled_twice);
	unit_add(s, a_message_that_is_pushed_twice);
	unit_add(s, a_message_that_is_late);
	unit_add(s, messages_in_another_order);
	unit_add(s, pushes_in_another_order);
	unit_add(s, a_key_keeps_its_order);
	unit_add(s, acknowledgements_of_pulls_are_lost);
	unit_add(s, what_is_no_acknowledgement_is_not_lost);
	unit_add(s, the_answer_of_a_target_is_lost);
	unit_add(s, no_rule_no_cost);
	unit_add(s, a_dead_letter_comes_twice);
	unit_add(s, a_restart_forgets_the_rules);
	return unit_run(s);
}
