/* SPDX-License-Identifier: MIT */
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

START_TEST(topics_as_resources) {
	struct core c;
	core_open(&c, NULL);
	auto_status struct status st = STATUS_INIT;
	struct core_seen s = {0};
	core_topic(&c, "b");
	core_topic(&c, "a");
	core_topic(&c, "c");
	ck_assert_int_eq(
		CORE_TX(&c, bus_topic_create(c.em, CORE_P, "a", "{}", 0, &st)),
		ST_ALREADY_EXISTS);
	ck_assert_str_eq(st.message,
		"Resource already exists in the project (resource=a).");
	bus_topic_list(c.em, CORE_P, "", 10, core_see_name, &s);
	ck_assert_str_eq(s.order, "a b c ");
	s = (struct core_seen){0};
	bus_topic_list(c.em, CORE_P, "a", 1, core_see_name, &s);
	ck_assert_str_eq(s.order, "b ");
	s = (struct core_seen){0};
	bus_topic_list(c.em, "other", "", 10, core_see_name, &s);
	ck_assert_int_eq(s.count, 0);
	ck_assert_int_eq(
		bus_topic_get(c.em, CORE_P, "x", core_see_name, &s, &st),
		ST_NOT_FOUND);
	ck_assert_str_eq(st.message, "Resource not found (resource=x).");
	ck_assert_int_eq(CORE_TX(&c, bus_topic_delete(c.em, CORE_P, "x", &st)),
		ST_NOT_FOUND);
	ck_assert_int_eq(bus_topic_subs(c.em, CORE_P, "x", "", 10,
				 core_see_name, &s, &st),
		ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

START_TEST(subscriptions_as_resources) {
	struct core c;
	core_open_one(&c, CORE_PUSH);
	auto_status struct status st = STATUS_INIT;
	struct sub_spec spec = core_spec("s", "");
	ck_assert_int_eq(CORE_TX(&c, bus_sub_create(c.em, &spec, &st)),
		ST_ALREADY_EXISTS);
	spec.topic = "x";
	ck_assert_int_eq(
		CORE_TX(&c, bus_sub_create(c.em, &spec, &st)), ST_NOT_FOUND);
	ck_assert_str_eq(st.message, "Resource not found (resource=x).");
	struct core_seen s = core_get_sub(&c, "s");
	ck_assert_str_eq(s.topic, "projects/" CORE_P "/topics/t");
	ck_assert(s.sub.pushes);
	core_sub(&c, "r", "t", "");
	s = (struct core_seen){0};
	bus_sub_list(c.em, CORE_P, "", 10, core_see_sub, &s);
	ck_assert_str_eq(s.order, "r s ");
	s = (struct core_seen){0};
	ck_assert_int_eq(bus_topic_subs(c.em, CORE_P, "t", "", 10,
				 core_see_name, &s, &st),
		ST_OK);
	ck_assert_str_eq(s.order,
		"projects/" CORE_P "/subscriptions/r projects/" CORE_P
		"/subscriptions/s ");
	ck_assert_int_eq(bus_sub_get(c.em, CORE_P, "x", core_see_sub, &s, &st),
		ST_NOT_FOUND);
	ck_assert_int_eq(CORE_TX(&c, bus_sub_delete(c.em, CORE_P, "x", &st)),
		ST_NOT_FOUND);
	ck_assert_int_eq(core_config(&c, "x", ""), ST_NOT_FOUND);
	ck_assert_int_eq(core_pull(&c, "x", 1, &s), ST_NOT_FOUND);
	ck_assert_int_eq(core_ack(&c, "x", &s.p, -1), ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

START_TEST(what_is_patched_acts) {
	struct core c;
	core_open_one(&c, "");
	auto_status struct status st = STATUS_INIT;
	struct sub_spec spec = {.project = CORE_P,
		.name = "s",
		.body = "{\"new\":1}",
		.endpoint = "",
		.ack_us = 20 * US_PER_S,
		.retain_us = US_PER_HOUR};
	ck_assert_int_eq(CORE_TX(&c, bus_topic_update(c.em, CORE_P, "t",
					     "{\"t\":2}", US_PER_DAY, &st)),
		ST_OK);
	ck_assert_int_eq(CORE_TX(&c, bus_sub_update(c.em, &spec, &st)), ST_OK);
	struct core_seen s = core_get_sub(&c, "s");
	ck_assert_int_eq(s.sub.ack_us, 20 * US_PER_S);
	ck_assert_int_eq(s.sub.topic_retain_us, US_PER_DAY);
	ck_assert(!s.sub.pushes);
	core_publish_n(&c, 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 1);
	core_advance(&c, 20 * US_PER_S - 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 0);
	spec.endpoint = CORE_PUSH;
	ck_assert_int_eq(CORE_TX(&c, bus_sub_update(c.em, &spec, &st)), ST_OK);
	core_pass(&c, 1);
	ck_assert_uint_eq(c.sent_len, 1);
	spec.name = "x";
	ck_assert_int_eq(
		CORE_TX(&c, bus_sub_update(c.em, &spec, &st)), ST_NOT_FOUND);
	ck_assert_int_eq(
		CORE_TX(&c, bus_topic_update(c.em, CORE_P, "x", "{}", 0, &st)),
		ST_NOT_FOUND);
	/* a new topic of the name is another */
	ck_assert_int_eq(
		CORE_TX(&c, bus_topic_delete(c.em, CORE_P, "t", &st)), ST_OK);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.topic_retain_us, 0);
	core_close(&c);
}
END_TEST

START_TEST(unused_subscriptions_expire) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	static const char *const names[] = {"idle", "pulled", "pushed", "ever"};
	for (size_t i = 0; i < 4; i++) {
		struct sub_spec spec =
			core_spec(names[i], i == 2 ? CORE_PUSH : "");
		spec.ttl_us = i == 3 ? 0 : US_PER_DAY;
		core_sub_of(&c, &spec);
	}
	auto_status struct status st = STATUS_INIT;
	struct core_seen s = {0};
	core_advance(&c, US_PER_DAY - 1);
	ck_assert_int_eq(core_pull_count(&c, "pulled", 1), 0);
	core_publish_n(&c, 1);
	core_answer(&c, 0, 200);
	ck_assert_int_eq(core_pull_count(&c, "idle", 0), 0);
	core_advance(&c, US_PER_DAY - 1);
	bus_sub_list(c.em, CORE_P, "", 10, core_see_sub, &s);
	ck_assert_str_eq(s.order, "ever idle pulled pushed ");
	/* a push that fails is no use */
	core_publish_n(&c, 1);
	core_answer(&c, 1, 500);
	core_advance(&c, 1);
	s = (struct core_seen){0};
	bus_sub_list(c.em, CORE_P, "", 10, core_see_sub, &s);
	ck_assert_str_eq(s.order, "ever ");
	ck_assert_int_eq(c.em->counters.subscriptionsExpired, 3);
	ck_assert_int_eq(core_pull_count(&c, "ever", 10), 2);
	ck_assert_int_eq(core_stored(&c), 2);
	ck_assert_int_eq(core_pull(&c, "idle", 1, &s), ST_NOT_FOUND);
	ck_assert_int_eq(
		CORE_TX(&c, bus_sub_delete(c.em, CORE_P, "ever", &st)), ST_OK);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

START_TEST(a_changed_subscription_is_a_used_one) {
	auto_free char *path = core_temp("expiry");
	struct core c;
	core_open(&c, path);
	core_topic(&c, "t");
	auto_status struct status st = STATUS_INIT;
	struct core_seen s = {0};
	struct sub_spec spec = core_spec("s", "");
	spec.ttl_us = 2 * US_PER_DAY;
	core_sub_of(&c, &spec);
	core_advance(&c, US_PER_DAY);
	spec.ttl_us = US_PER_DAY; /* from now on */
	ck_assert_int_eq(CORE_TX(&c, bus_sub_update(c.em, &spec, &st)), ST_OK);
	core_close(&c);
	core_open(&c, path);
	core_advance(&c, US_PER_DAY - 1);
	(void)core_get_sub(&c, "s");
	core_advance(&c, 1);
	ck_assert_int_eq(bus_sub_get(c.em, CORE_P, "s", core_see_sub, &s, &st),
		ST_NOT_FOUND);
	core_close(&c);
	core_remove(path);
}
END_TEST

START_TEST(pull_takes_in_order_and_acks_once) {
	struct core c;
	core_open_one(&c, "");
	struct core_seen s;
	core_publish_n(&c, 3);
	ck_assert_int_eq(c.pullable, 3);
	ck_assert_int_eq(core_pull(&c, "s", 2, &s), ST_OK);
	ck_assert_str_eq(s.order, "{\"data\":\"0\"} {\"data\":\"1\"} ");
	struct pulled second = s.p;
	ck_assert_int_eq(second.publish_us, CORE_START_US);
	ck_assert_int_eq(core_pull(&c, "s", 2, &s), ST_OK);
	ck_assert_str_eq(s.order, "{\"data\":\"2\"} ");
	ck_assert_int_eq(core_pull_count(&c, "s", 2), 0);
	ck_assert_int_eq(core_ack(&c, "s", &second, -1), ST_OK);
	ck_assert_int_eq(
		core_ack(&c, "s", &second, -1), ST_OK); /* again: nothing */
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 1);
	/* the others come again at their deadline */
	core_advance(&c, 10 * US_PER_S - 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 10), 0);
	core_advance(&c, 1);
	ck_assert_int_eq(core_pull(&c, "s", 10, &s), ST_OK);
	ck_assert_str_eq(s.order, "{\"data\":\"0\"} {\"data\":\"2\"} ");
	ck_assert_int_eq(s.p.attempt, 2);
	core_close(&c);
}
END_TEST

/* Production refuses it, facts pubsub.md section 4. */
START_TEST(a_push_subscription_is_not_pulled) {
	struct core c;
	core_open_one(&c, CORE_PUSH);
	struct core_seen s;
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_FAILED_PRECONDITION);
	core_close(&c);
}
END_TEST

START_TEST(nacks_and_deadlines) {
	struct core c;
	core_open_one(&c, "");
	struct core_seen s;
	core_publish_n(&c, 1);
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	struct pulled first = s.p;
	ck_assert_int_eq(core_ack(&c, "s", &first, 0), ST_OK); /* nack */
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	ck_assert_int_eq(s.count, 1);
	ck_assert_int_eq(s.p.attempt, 2);
	/* ids of before do nothing to it */
	ck_assert_int_eq(core_ack(&c, "s", &first, -1), ST_OK);
	ck_assert_int_eq(core_ack(&c, "s", &first, 0), ST_OK);
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 0);
	/* a longer deadline, then a shorter one */
	ck_assert_int_eq(core_ack(&c, "s", &s.p, 60 * US_PER_S), ST_OK);
	core_advance(&c, 59 * US_PER_S);
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 0);
	ck_assert_int_eq(core_ack(&c, "s", &s.p, 20 * US_PER_S), ST_OK);
	ck_assert_int_eq(core_ack(&c, "s", &s.p, 5 * US_PER_S), ST_OK);
	core_advance(&c, 5 * US_PER_S);
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	ck_assert_int_eq(s.p.attempt, 3);
	ck_assert_int_eq(core_ack(&c, "s", &s.p, -1), ST_OK);
	core_advance(&c, US_PER_HOUR);
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 0);
	core_close(&c);
}
END_TEST

/* An ack id works for its own subscription only. */
START_TEST(ack_ids_of_another_subscription) {
	struct core c;
	core_open_one(&c, "");
	core_sub(&c, "r", "t", "");
	struct core_seen s;
	core_publish_n(&c, 1);
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	ck_assert_int_eq(core_ack(&c, "r", &s.p, -1), ST_OK);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 0);
	struct pulled none = {.delivery_id = INT64_MIN, .attempt = INT64_MAX};
	ck_assert_int_eq(core_ack(&c, "s", &none, -1), ST_OK);
	none.delivery_id = INT64_MAX;
	ck_assert_int_eq(core_ack(&c, "s", &none, INT64_MAX), ST_OK);
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 0);
	core_close(&c);
}
END_TEST

START_TEST(a_retry_policy_delays_what_is_nacked) {
	struct core c;
	struct sub_spec spec = core_spec("s", "");
	spec.retry_min_us = 10 * US_PER_S;
	spec.retry_max_us = 15 * US_PER_S;
	core_open_spec(&c, NULL, &spec);
	core_publish_n(&c, 1);
	static const int64_t delays[] = {10, 15, 15};
	struct core_seen s;
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
		ck_assert_int_eq(s.count, 1);
		ck_assert_int_eq(core_ack(&c, "s", &s.p, 0), ST_OK);
		core_advance(&c, delays[i] * US_PER_S - 1);
		ck_assert_int_eq(core_pull_count(&c, "s", 1), 0);
		core_advance(&c, 1);
	}
	core_close(&c);
}
END_TEST

START_TEST(messages_are_kept_so_long) {
	struct core c;
	core_open_one(&c, "");
	core_publish_n(&c, 1);
	core_advance(&c, 7 * US_PER_DAY); /* to the microsecond */
	struct core_seen s;
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	ck_assert_int_eq(s.count, 1);
	ck_assert_int_eq(core_ack(&c, "s", &s.p, 0), ST_OK);
	core_advance(&c, 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 0);
	ck_assert_int_eq(c.em->counters.messagesExpired, 1);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

/* Old ones do not stand in the way of those that are not. */
START_TEST(a_pull_passes_by_what_has_expired) {
	struct core c;
	core_open_one(&c, "");
	core_publish_n(&c, 5);
	core_advance(&c, 8 * US_PER_DAY);
	core_publish_n(&c, 2);
	ck_assert_int_eq(core_pull_count(&c, "s", 1), 1);
	ck_assert_int_eq(c.em->counters.messagesExpired, 5);
	core_close(&c);
}
END_TEST

/* Two wait, two messages come, the first takes one: the other must hear of
 * what is left. */
START_TEST(a_pull_tells_of_what_it_left) {
	struct core c;
	core_open_one(&c, "");
	core_publish_n(&c, 3);
	int before = c.pullable;
	ck_assert_int_eq(core_pull_count(&c, "s", 2), 2);
	ck_assert_int_eq(c.pullable, before + 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 2), 1);
	ck_assert_int_eq(c.pullable, before + 1);
	core_close(&c);
}
END_TEST

START_TEST(a_deleted_topic_leaves_its_subscriptions) {
	struct core c;
	core_open_one(&c, "");
	core_publish_n(&c, 1);
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(&c, bus_topic_delete(c.em, CORE_P, "t", &st)), ST_OK);
	struct core_seen s = core_get_sub(&c, "s");
	ck_assert_str_eq(s.topic, "_deleted-topic_");
	/* a topic of that name made anew is another one */
	core_topic(&c, "t");
	core_publish(&c, "t", "new");
	core_settle(&c);
	ck_assert_int_eq(core_pull(&c, "s", 10, &s), ST_OK);
	ck_assert_str_eq(s.order, "{\"data\":\"0\"} ");
	core_close(&c);
}
END_TEST

START_TEST(out_of_memory_while_creating) {
	for (long n = 0; n < 10; n++) {
		struct core c;
		core_open(&c, NULL);
		core_topic(&c, "t");
		auto_status struct status st = STATUS_INIT;
		struct sub_spec spec = core_spec("s", "");
		emu_begin(c.em);
		mem_fail_after(n);
		int rc = bus_sub_create(c.em, &spec, &st);
		mem_fail_off();
		ck_assert_int_eq(rc, n ? ST_OK : ST_INTERNAL);
		(void)core_end(&c, rc);
		struct core_seen s = {0};
		bus_sub_list(c.em, CORE_P, "", 10, core_see_sub, &s);
		ck_assert_int_eq(s.count, rc == 0);
		core_close(&c);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("bus");
	unit_add(s, topics_as_resources);
	unit_add(s, subscriptions_as_resources);
	unit_add(s, what_is_patched_acts);
	unit_add(s, unused_subscriptions_expire);
	unit_add(s, a_changed_subscription_is_a_used_one);
	unit_add(s, pull_takes_in_order_and_acks_once);
	unit_add(s, a_push_subscription_is_not_pulled);
	unit_add(s, nacks_and_deadlines);
	unit_add(s, ack_ids_of_another_subscription);
	unit_add(s, a_retry_policy_delays_what_is_nacked);
	unit_add(s, messages_are_kept_so_long);
	unit_add(s, a_pull_passes_by_what_has_expired);
	unit_add(s, a_pull_tells_of_what_it_left);
	unit_add(s, a_deleted_topic_leaves_its_subscriptions);
	unit_add(s, out_of_memory_while_creating);
	return unit_run(s);
}
