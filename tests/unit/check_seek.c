/* SPDX-License-Identifier: MIT */
/* Seeking, snapshots, what is retained, detaching: facts pubsub.md sections 1,
 * 4 and 6. Messages are named by their data. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/seek.h"
#include "emulator/core/snapshots.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static void open_with(struct core *c, const char *endpoint, int64_t flags) {
	struct sub_spec spec = core_spec("s", endpoint);
	spec.flags = flags;
	core_open_spec(c, NULL, &spec);
}

static void retain(struct core *c, int64_t us) {
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(c, bus_topic_update(c->em, CORE_P, "t", "{}", us, &st)),
		ST_OK);
}

/* One message an hour, named by the hour, from a on. */
static void hours(struct core *c, char from, char to) {
	for (; from <= to; from++) {
		core_publish_keyed(c, (char[]){from, '\0'}, NULL, NULL);
		core_advance(c, US_PER_HOUR);
	}
}

/* Pulls everything, and expects these; then acknowledges it. */
static void take(struct core *c, const char *sub, const char *want) {
	struct core_seen s;
	ck_assert_int_eq(core_pull(c, sub, 60, &s), ST_OK);
	ck_assert_str_eq(s.data, want);
	for (int i = 0; i < s.count; i++)
		ck_assert_int_eq(core_ack(c, sub, &s.each[i], -1), ST_OK);
	core_settle(c);
}

static int seek(struct core *c, const char *sub, const struct seek_target *to) {
	auto_status struct status st = STATUS_INIT;
	int rc = CORE_TX(c, bus_seek(c->em, CORE_P, sub, to, &st));
	core_settle(c);
	return rc;
}

static int seek_time(struct core *c, const char *sub, int64_t after_us) {
	const struct seek_target to = {.time_us = CORE_START_US + after_us};
	return seek(c, sub, &to);
}

static int seek_snapshot(struct core *c, const char *sub, const char *name) {
	const struct seek_target to = {
		.snapshot_project = CORE_P, .snapshot = name};
	return seek(c, sub, &to);
}

static int snap(struct core *c, const char *name, const char *sub) {
	auto_status struct status st = STATUS_INIT;
	return CORE_TX(c,
		snapshots_create(c->em, CORE_P, name, CORE_P, sub, NULL, &st));
}

START_TEST(forward_acknowledges) {
	struct core c;
	open_with(&c, "", 0);
	hours(&c, 'a', 'd');
	ck_assert_int_eq(seek_time(&c, "s", 2 * US_PER_HOUR), ST_OK);
	ck_assert_int_eq(core_stored(&c), 2);
	take(&c, "s", "c d ");
	ck_assert_int_eq(seek_time(&c, "s", 0), ST_OK);
	take(&c, "s", ""); /* nothing was retained */
	hours(&c, 'e', 'f');
	ck_assert_int_eq(seek_time(&c, "s", US_PER_DAY), ST_OK);
	ck_assert_int_eq(core_stored(&c), 0);
	ck_assert_int_eq(seek_time(&c, "x", 0), ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

START_TEST(retained_ones_come_again) {
	struct core c;
	open_with(&c, "", SUB_RETAINS);
	hours(&c, 'a', 'd');
	take(&c, "s", "a b c d ");
	ck_assert_int_eq(core_stored(&c), 4);
	take(&c, "s", "");
	int before = c.pullable;
	ck_assert_int_eq(seek_time(&c, "s", US_PER_HOUR), ST_OK);
	ck_assert_int_gt(c.pullable, before);
	take(&c, "s", "b c d ");
	/* to a little after c */
	ck_assert_int_eq(seek_time(&c, "s", 2 * US_PER_HOUR + 1), ST_OK);
	take(&c, "s", "d ");
	/* kept as long as the subscription keeps, each to the microsecond */
	core_advance(&c, 7 * US_PER_DAY - 4 * US_PER_HOUR - 1);
	ck_assert_int_eq(core_stored(&c), 4);
	core_advance(&c, 1);
	ck_assert_int_eq(core_stored(&c), 3);
	core_advance(&c, 3 * US_PER_HOUR);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

START_TEST(retaining_can_end) {
	struct core c;
	open_with(&c, "", SUB_RETAINS);
	auto_status struct status st = STATUS_INIT;
	hours(&c, 'a', 'b');
	take(&c, "s", "a b ");
	hours(&c, 'c', 'c');
	struct sub_spec spec = core_spec("s", "");
	ck_assert_int_eq(CORE_TX(&c, bus_sub_update(c.em, &spec, &st)), ST_OK);
	ck_assert_int_eq(core_stored(&c), 1);
	ck_assert_int_eq(seek_time(&c, "s", 0), ST_OK);
	take(&c, "s", "c ");
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

/* A subscription that was not there yet, and one with a filter. */
START_TEST(a_topic_that_retains) {
	struct core c;
	open_with(&c, "", 0);
	retain(&c, US_PER_DAY);
	hours(&c, 'a', 'c');
	take(&c, "s", "a b c ");
	ck_assert_int_eq(core_stored(&c), 0);
	core_sub(&c, "late", "t", "");
	struct sub_spec spec = core_spec("f", "");
	spec.filter = "attributes:k";
	core_sub_of(&c, &spec);
	core_publish_keyed(&c, "k", NULL, "{\"k\":\"v\"}");
	take(&c, "late", "k "); /* nothing old by itself */
	ck_assert_int_eq(seek_time(&c, "late", US_PER_HOUR), ST_OK);
	take(&c, "late", "b c k ");
	ck_assert_int_eq(seek_time(&c, "f", 0), ST_OK);
	take(&c, "f", "k ");
	take(&c, "s", "k ");
	ck_assert_int_eq(seek_time(&c, "s", 0), ST_OK);
	take(&c, "s", "a b c k ");
	core_advance(&c, 22 * US_PER_HOUR);
	ck_assert_int_eq(seek_time(&c, "s", 0), ST_OK);
	take(&c, "s", "c k "); /* a and b are older than a day */
	retain(&c, 0);
	ck_assert_int_eq(seek_time(&c, "s", 0), ST_OK);
	take(&c, "s", "");
	core_close(&c);
}
END_TEST

/* How many rows of messages there are. */
static int messages(struct core *c) {
	int n = 0;
	for (int64_t id = 1; id < 100; id++) {
		(void)store_run(c->em->store, Q_MESSAGE_REF, "i", id);
		n += store_changes(c->em->store) > 0;
		(void)store_run(c->em->store, Q_MESSAGE_UNREF, "i", id);
	}
	return n;
}

START_TEST(what_is_kept_does_not_grow_for_ever) {
	struct core c;
	core_open(&c, NULL);
	core_topic(&c, "t");
	retain(&c, 2 * US_PER_HOUR);
	hours(&c, 'a', 'z');
	ck_assert_int_eq(messages(&c), 2); /* as of the last publish */
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		CORE_TX(&c, bus_topic_delete(c.em, CORE_P, "t", &st)), ST_OK);
	ck_assert_int_eq(messages(&c), 0);
	core_close(&c);
}
END_TEST

START_TEST(back_to_a_snapshot) {
	struct core c;
	open_with(&c, "", 0);
	hours(&c, 'a', 'b');
	struct core_seen s;
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	ck_assert_int_eq(core_ack(&c, "s", &s.p, -1), ST_OK);
	ck_assert_int_eq(snap(&c, "one", "s"), ST_OK);
	ck_assert_int_eq(snap(&c, "one", "s"), ST_ALREADY_EXISTS);
	hours(&c, 'c', 'd');
	take(&c, "s", "b c d ");
	ck_assert_int_eq(seek_snapshot(&c, "s", "one"), ST_OK);
	take(&c, "s", "b c d ");
	/* another subscription of the topic may go there, too */
	core_sub(&c, "r", "t", "");
	ck_assert_int_eq(seek_snapshot(&c, "r", "one"), ST_OK);
	take(&c, "r", "b c d ");
	ck_assert_int_eq(seek_snapshot(&c, "s", "none"), ST_NOT_FOUND);
	core_topic(&c, "other");
	core_sub(&c, "o", "other", "");
	ck_assert_int_eq(seek_snapshot(&c, "o", "one"), ST_FAILED_PRECONDITION);
	ck_assert_int_eq(snap(&c, "two", "x"), ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

/* What had been acknowledged before it is acknowledged again. */
START_TEST(forward_to_a_snapshot) {
	struct core c;
	open_with(&c, "", SUB_RETAINS);
	hours(&c, 'a', 'b');
	take(&c, "s", "a b ");
	ck_assert_int_eq(snap(&c, "one", "s"), ST_OK);
	ck_assert_int_eq(seek_time(&c, "s", 0), ST_OK);
	hours(&c, 'c', 'c');
	ck_assert_int_eq(seek_snapshot(&c, "s", "one"), ST_OK);
	take(&c, "s", "c ");
	core_close(&c);
}
END_TEST

struct shown {
	int count;
	int64_t expire_us;
	char topic[64], order[64];
};

static void show(void *ctx, const struct snapshot *s) {
	struct shown *t = ctx;
	size_t len = strlen(t->order);
	t->count++;
	t->expire_us = s->expire_us;
	(void)snprintf(t->topic, sizeof t->topic, "%s", s->topic);
	(void)snprintf(t->order + len, sizeof t->order - len, "%s ", s->name);
}

START_TEST(snapshots_as_resources) {
	struct core c;
	open_with(&c, "", 0);
	auto_status struct status st = STATUS_INIT;
	struct shown t = {0};
	ck_assert_int_eq(snap(&c, "b", "s"), ST_OK);
	ck_assert_int_eq(snap(&c, "a", "s"), ST_OK);
	snapshots_list(c.em, CORE_P, "", 10, show, &t);
	ck_assert_str_eq(t.order, "a b ");
	t = (struct shown){0};
	snapshots_list(c.em, CORE_P, "a", 10, show, &t);
	ck_assert_str_eq(t.order, "b ");
	ck_assert_int_eq(t.expire_us, CORE_START_US + 7 * US_PER_DAY);
	ck_assert_str_eq(t.topic, "projects/" CORE_P "/topics/t");
	struct core_seen s = {0};
	ck_assert_int_eq(snapshots_of_topic(c.em, CORE_P, "t", "", 10,
				 core_see_name, &s, &st),
		ST_OK);
	ck_assert_str_eq(s.order,
		"projects/" CORE_P "/snapshots/a projects/" CORE_P
		"/snapshots/b ");
	ck_assert_int_eq(snapshots_of_topic(c.em, CORE_P, "x", "", 10,
				 core_see_name, &s, &st),
		ST_NOT_FOUND);
	ck_assert_int_eq(
		CORE_TX(&c, snapshots_label(c.em, CORE_P, "x", "{}", &st)),
		ST_NOT_FOUND);
	ck_assert_int_eq(
		CORE_TX(&c, snapshots_delete(c.em, CORE_P, "b", &st)), ST_OK);
	ck_assert_int_eq(CORE_TX(&c, snapshots_delete(c.em, CORE_P, "b", &st)),
		ST_NOT_FOUND);
	ck_assert_int_eq(
		CORE_TX(&c, bus_topic_delete(c.em, CORE_P, "t", &st)), ST_OK);
	ck_assert_int_eq(
		snapshots_get(c.em, CORE_P, "a", show, &t, &st), ST_OK);
	ck_assert_str_eq(t.topic, "_deleted-topic_");
	ck_assert_int_eq(snap(&c, "c", "s"), ST_FAILED_PRECONDITION);
	core_close(&c);
}
END_TEST

/* Seven days less the age of the oldest message, but not under an hour. */
START_TEST(the_life_of_a_snapshot) {
	struct core c;
	open_with(&c, "", 0);
	auto_status struct status st = STATUS_INIT;
	struct shown t = {0};
	core_publish_n(&c, 1);
	core_advance(&c, 7 * US_PER_DAY - US_PER_HOUR);
	ck_assert_int_eq(snap(&c, "a", "s"), ST_OK);
	ck_assert_int_eq(
		snapshots_get(c.em, CORE_P, "a", show, &t, &st), ST_OK);
	ck_assert_int_eq(t.expire_us, CORE_START_US + 7 * US_PER_DAY);
	core_advance(&c, 1);
	ck_assert_int_eq(snap(&c, "b", "s"), ST_FAILED_PRECONDITION);
	core_advance(&c, US_PER_HOUR - 2);
	ck_assert_int_eq(
		snapshots_get(c.em, CORE_P, "a", show, &t, &st), ST_OK);
	core_advance(&c, 1);
	ck_assert_int_eq(
		snapshots_get(c.em, CORE_P, "a", show, &t, &st), ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

START_TEST(it_lives_through_a_restart) {
	auto_free char *path = core_temp("seek");
	struct core c;
	struct sub_spec spec = core_spec("s", "");
	spec.flags = SUB_RETAINS;
	core_open_spec(&c, path, &spec);
	hours(&c, 'a', 'b');
	ck_assert_int_eq(snap(&c, "one", "s"), ST_OK);
	take(&c, "s", "a b ");
	core_close(&c);
	core_open(&c, path);
	ck_assert_int_eq(seek_snapshot(&c, "s", "one"), ST_OK);
	take(&c, "s", "a b ");
	core_advance(&c, 8 * US_PER_DAY);
	ck_assert_int_eq(core_stored(&c), 0);
	ck_assert_int_eq(seek_snapshot(&c, "s", "one"), ST_NOT_FOUND);
	core_close(&c);
	core_remove(path);
}
END_TEST

START_TEST(pushes_come_again) {
	struct core c;
	open_with(&c, CORE_PUSH, SUB_RETAINS);
	c.http = 200;
	hours(&c, 'a', 'c');
	ck_assert_uint_eq(c.sent_len, 3);
	ck_assert_int_eq(seek_time(&c, "s", US_PER_HOUR), ST_OK);
	ck_assert_uint_eq(c.sent_len, 5);
	ck_assert_ptr_nonnull(strstr(c.sent[3].message, "b"));
	/* one that is under way is passed: its answer changes nothing */
	c.http = 0;
	core_publish_keyed(&c, "d", NULL, NULL);
	ck_assert_int_eq(seek_time(&c, "s", US_PER_DAY), ST_OK);
	core_answer(&c, 5, 500);
	core_pass(&c, US_PER_HOUR);
	ck_assert_uint_eq(c.sent_len, 6);
	ck_assert_int_eq(core_get_sub(&c, "s").sub.in_flight, 0);
	core_close(&c);
}
END_TEST

START_TEST(keys_keep_their_order) {
	struct core c;
	open_with(&c, "", SUB_ORDERED);
	retain(&c, US_PER_DAY);
	core_publish_keyed(&c, "1", "k", NULL);
	core_publish_keyed(&c, "2", "k", NULL);
	take(&c, "s", "1 2 ");
	core_publish_keyed(&c, "3", "k", NULL);
	ck_assert_int_eq(seek_time(&c, "s", 0), ST_OK);
	take(&c, "s", "1 2 3 ");
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

START_TEST(there_is_a_ceiling) {
	struct core c;
	open_with(&c, "", 0);
	retain(&c, US_PER_DAY);
	core_publish_n(&c, 3);
	take(&c, "s", "0 1 2 ");
	c.em->backlog_max = 2;
	c.em->backlog_room = 0;
	auto_status struct status st = STATUS_INIT;
	const struct seek_target to = {.time_us = CORE_START_US};
	emu_begin(c.em);
	ck_assert_int_eq(
		bus_seek(c.em, CORE_P, "s", &to, &st), ST_RESOURCE_EXHAUSTED);
	emu_rollback(c.em);
	take(&c, "s", "");
	core_close(&c);
}
END_TEST

/* It is done whole, or refused and nothing has happened. */
START_TEST(out_of_memory) {
	struct core c;
	open_with(&c, "", 0);
	retain(&c, US_PER_DAY);
	hours(&c, 'a', 'c');
	take(&c, "s", "a b c ");
	const struct seek_target to = {.time_us = CORE_START_US};
	int rc = ST_INTERNAL;
	long n = 0;
	for (; rc; n++) {
		auto_status struct status st = STATUS_INIT;
		emu_begin(c.em);
		mem_fail_after(n);
		rc = bus_seek(c.em, CORE_P, "s", &to, &st);
		mem_fail_off();
		ck_assert(rc == ST_OK || rc == ST_INTERNAL);
		(void)core_end(&c, rc);
		ck_assert_int_eq(core_stored(&c), rc ? 0 : 3);
	}
	ck_assert_int_gt(n, 3);
	core_settle(&c);
	take(&c, "s", "a b c ");
	core_close(&c);
}
END_TEST

START_TEST(detached_for_ever) {
	struct core c;
	open_with(&c, "", 0);
	auto_status struct status st = STATUS_INIT;
	struct core_seen s = {0};
	core_publish_n(&c, 2);
	ck_assert_int_eq(
		CORE_TX(&c, bus_sub_detach(c.em, CORE_P, "s", "{}", &st)),
		ST_OK);
	ck_assert_int_eq(core_stored(&c), 0);
	core_publish_n(&c, 1);
	ck_assert_int_eq(core_stored(&c), 0);
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_FAILED_PRECONDITION);
	ck_assert_int_eq(seek_time(&c, "s", 0), ST_FAILED_PRECONDITION);
	ck_assert_int_eq(snap(&c, "one", "s"), ST_FAILED_PRECONDITION);
	s = (struct core_seen){0};
	ck_assert_int_eq(bus_topic_subs(c.em, CORE_P, "t", "", 10,
				 core_see_name, &s, &st),
		ST_OK);
	ck_assert_int_eq(s.count, 0);
	ck_assert_int_eq(
		CORE_TX(&c, bus_sub_detach(c.em, CORE_P, "x", "{}", &st)),
		ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

START_TEST(exactly_once_says_what_came_too_late) {
	struct core c;
	open_with(&c, "", SUB_EXACTLY_ONCE);
	struct core_seen s;
	core_publish_n(&c, 1);
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	struct pulled first = s.p;
	core_advance(&c, 10 * US_PER_S);
	ck_assert_int_eq(core_ack(&c, "s", &first, -1), ST_INVALID_ARGUMENT);
	ck_assert_int_eq(core_pull(&c, "s", 1, &s), ST_OK);
	ck_assert_int_eq(core_ack(&c, "s", &first, 0), ST_INVALID_ARGUMENT);
	ck_assert_int_eq(core_ack(&c, "s", &s.p, 60 * US_PER_S), ST_OK);
	ck_assert_int_eq(core_ack(&c, "s", &s.p, -1), ST_OK);
	ck_assert_int_eq(core_ack(&c, "s", &s.p, -1), ST_INVALID_ARGUMENT);
	core_close(&c);
}
END_TEST

int main(void) {
	Suite *s = suite_create("seek");
	unit_add(s, forward_acknowledges);
	unit_add(s, retained_ones_come_again);
	unit_add(s, retaining_can_end);
	unit_add(s, a_topic_that_retains);
	unit_add(s, what_is_kept_does_not_grow_for_ever);
	unit_add(s, back_to_a_snapshot);
	unit_add(s, forward_to_a_snapshot);
	unit_add(s, snapshots_as_resources);
	unit_add(s, the_life_of_a_snapshot);
	unit_add(s, it_lives_through_a_restart);
	unit_add(s, pushes_come_again);
	unit_add(s, keys_keep_their_order);
	unit_add(s, there_is_a_ceiling);
	unit_add(s, out_of_memory);
	unit_add(s, detached_for_ever);
	unit_add(s, exactly_once_says_what_came_too_late);
	return unit_run(s);
}
