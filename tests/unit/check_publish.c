/* SPDX-License-Identifier: MIT */
/* Messages that come in: who gets them, how many are kept. */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

START_TEST(publishing_to_nobody_keeps_nothing) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	core_publish_n(&c, 2);
	ck_assert_int_eq(c.em->counters.messagesPublished, 2);
	core_sub(&c, "s", "t", ""); /* gets what comes after it */
	ck_assert_int_eq(core_pull_count(&c, "s", 10), 0);
	auto_status struct status st = STATUS_INIT;
	char id[BUS_ID_MAX];
	ck_assert_int_eq(
		CORE_TX(&c, bus_publish(c.em, CORE_P, "x", NULL, id, &st)),
		ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

START_TEST(what_is_rolled_back_takes_no_id) {
	struct core c;
	core_open_one(&c, "");
	auto_status struct status st = STATUS_INIT;
	auto_json json_t *m = json_pack("{s:s}", "data", "YQ==");
	char undone[BUS_ID_MAX], next[BUS_ID_MAX], other[BUS_ID_MAX];
	emu_begin(c.em);
	bus_publish(c.em, CORE_P, "t", m, undone, &st);
	emu_rollback(c.em);
	CORE_TX(&c, bus_publish(c.em, CORE_P, "t", m, next, &st));
	CORE_TX(&c, bus_publish(c.em, CORE_P, "t", m, other, &st));
	ck_assert_str_eq(next, undone);
	ck_assert_str_ne(other, next);
	ck_assert_int_eq(core_pull_count(&c, "s", 10), 2);
	core_close(&c);
}
END_TEST

START_TEST(every_subscription_gets_a_copy) {
	struct core c;
	core_open_one(&c, "");
	core_sub(&c, "p", "t", CORE_PUSH);
	core_sub(&c, "q", "t", "");
	core_publish_n(&c, 2);
	ck_assert_int_eq(core_pull_count(&c, "s", 10), 2);
	ck_assert_int_eq(core_pull_count(&c, "q", 10), 2);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_str_eq(c.sent[0].to, CORE_PUSH);
	ck_assert_str_eq(c.sent[0].name, "projects/" CORE_P "/subscriptions/p");
	ck_assert_str_eq(c.sent[0].message, "{\"data\":\"0\"}");
	ck_assert_str_eq(c.sent[1].message, "{\"data\":\"1\"}");
	ck_assert_str_ne(c.sent[0].message_id, c.sent[1].message_id);
	/* facts pubsub.md section 2: 17 digits, the first a 2 */
	ck_assert_uint_eq(strspn(c.sent[0].message_id, "0123456789"), 17);
	ck_assert_int_eq(c.sent[0].message_id[0], '2');
	ck_assert_int_eq(c.sent[0].when_us, CORE_START_US);
	ck_assert_int_eq(c.sent[0].timeout_us, 10 * US_PER_S);
	core_close(&c);
}
END_TEST

/* A message that does not fit is as good as acknowledged. */
START_TEST(filters_choose_messages) {
	struct core c;
	core_open_one(&c, "");
	struct sub_spec spec = core_spec("f", "");
	spec.filter = "attributes.k = \"v\"";
	core_sub_of(&c, &spec);
	core_publish_keyed(&c, "a", NULL, "{\"k\":\"v\"}");
	core_publish_keyed(&c, "b", NULL, "{\"k\":\"w\"}");
	core_publish_keyed(&c, "c", NULL, "{\"k\":\"v\"}");
	core_publish_n(&c, 1);
	ck_assert_int_eq(core_pull_count(&c, "s", 10), 4);
	ck_assert_int_eq(core_pull_count(&c, "f", 10), 2);
	ck_assert_int_eq(core_stored(&c), 6);
	core_close(&c);
}
END_TEST

/* As a request that publishes one message. */
static int publish(struct core *c, const char *topic) {
	auto_status struct status st = STATUS_INIT;
	char id[BUS_ID_MAX];
	auto_json json_t *m = json_pack("{s:s}", "data", "x");
	emu_begin(c->em);
	return core_end(c, bus_publish(c->em, CORE_P, topic, m, id, &st));
}

START_TEST(deliveries_have_a_ceiling) {
	struct core c;
	core_open_one(&c, "");
	ck_assert_int_eq(c.em->backlog_max, 1000000);
	c.em->backlog_max = 10;
	core_topic(&c, "nobody");
	core_publish_n(&c, 9);
	core_sub(&c, "r", "t", ""); /* now two a message */
	ck_assert_int_eq(publish(&c, "t"), ST_RESOURCE_EXHAUSTED);
	ck_assert_int_eq(core_stored(&c), 9);
	struct core_seen s;
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	/* what is out is kept as well */
	ck_assert_int_eq(publish(&c, "t"), ST_RESOURCE_EXHAUSTED);
	ck_assert_int_eq(core_ack(&c, "s", &s.p, -1), ST_OK);
	ck_assert_int_eq(publish(&c, "t"), ST_OK);
	ck_assert_int_eq(core_stored(&c), 10);
	ck_assert_int_eq(publish(&c, "t"), ST_RESOURCE_EXHAUSTED);
	ck_assert_int_eq(publish(&c, "nobody"), ST_OK); /* it keeps none */
	/* numbers that begin anew */
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, NULL)), 0);
	core_topic(&c, "t");
	core_sub(&c, "s", "t", "");
	core_publish_n(&c, 10);
	ck_assert_int_eq(publish(&c, "t"), ST_RESOURCE_EXHAUSTED);
	core_close(&c);
}
END_TEST

/* Many more than that may pass through. */
START_TEST(what_is_acknowledged_makes_room) {
	struct core c;
	core_open_one(&c, CORE_PUSH);
	c.em->backlog_max = 3;
	c.http = 200;
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(publish(&c, "t"), ST_OK);
		core_settle(&c);
	}
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 100);
	core_close(&c);
}
END_TEST

/* Memory that runs out while a message is published: its publisher is told, or
 * every subscription gets it. */
START_TEST(out_of_memory_loses_no_message) {
	long refused = 0;
	for (long n = 0; n < 60; n++) {
		struct core c;
		core_open_one(&c, CORE_PUSH);
		for (int i = 0; i < 12; i++) {
			char name[16];
			(void)snprintf(name, sizeof name, "s%d", i);
			core_sub(&c, name, "t", "");
		}
		mem_fail_after(n);
		int rc = publish(&c, "t");
		turn_run(c.em);
		mem_fail_off();
		c.http = 200;
		core_advance(&c, US_PER_MIN);
		refused += rc != 0;
		ck_assert_int_eq(c.em->counters.deliveriesAcked, rc ? 0 : 1);
		ck_assert_int_eq(core_pull_count(&c, "s0", 9), rc ? 0 : 1);
		ck_assert_int_eq(core_pull_count(&c, "s11", 9), rc ? 0 : 1);
		core_close(&c);
	}
	ck_assert_int_gt(refused, 0);
}
END_TEST

int main(void) {
	Suite *s = suite_create("publish");
	unit_add(s, publishing_to_nobody_keeps_nothing);
	unit_add(s, what_is_rolled_back_takes_no_id);
	unit_add(s, every_subscription_gets_a_copy);
	unit_add(s, filters_choose_messages);
	unit_add(s, deliveries_have_a_ceiling);
	unit_add(s, what_is_acknowledged_makes_room);
	unit_add(s, out_of_memory_loses_no_message);
	return unit_run(s);
}
