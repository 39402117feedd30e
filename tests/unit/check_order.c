/* SPDX-License-Identifier: MIT */
/* Ordering keys: facts pubsub.md section 6. Messages are named by their data:
 * key and number. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/rng.h"
#include "emulator/core/order.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static void open_ordered(struct core *c, const char *endpoint) {
	struct sub_spec spec = core_spec("s", endpoint);
	spec.flags = SUB_ORDERED;
	core_open_spec(c, NULL, &spec);
}

/* "a1 b1 c": the letter is the key, but for c, which has none. */
static void say(struct core *c, const char *words) {
	char word[8];
	for (int n = 0; sscanf(words, "%7s%n", word, &n) == 1; words += n) {
		char key[2] = {word[0], '\0'};
		core_publish_keyed(c, word, *key == 'c' ? NULL : key, NULL);
	}
}

/* Pulls, and expects these; *s keeps them to be acknowledged. */
static void expect(
	struct core *c, int64_t max, const char *want, struct core_seen *s) {
	ck_assert_int_eq(core_pull(c, "s", max, s), ST_OK);
	ck_assert_str_eq(s->data, want);
}

static void ack(struct core *c, const struct core_seen *s, int n) {
	ck_assert_int_eq(core_ack(c, "s", &s->each[n], -1), ST_OK);
	core_settle(c);
}

static void nack(struct core *c, const struct core_seen *s, int n) {
	ck_assert_int_eq(core_ack(c, "s", &s->each[n], 0), ST_OK);
	core_settle(c);
}

START_TEST(a_batch_at_a_time) {
	struct core c;
	struct core_seen s, t;
	open_ordered(&c, "");
	say(&c, "a1 a2 b1 c a3 a4");
	expect(&c, 4, "a1 a2 b1 c ", &s);
	expect(&c, 10, "", &t);
	int before = c.pullable;
	ack(&c, &s, 0);
	expect(&c, 10, "", &t); /* a2 is still out */
	ck_assert_int_eq(c.pullable, before);
	ack(&c, &s, 1);
	ck_assert_int_eq(c.pullable, before + 1); /* who waits is told */
	expect(&c, 1, "a3 ", &t);
	say(&c, "b2 a5 c");
	expect(&c, 10, "c ", &s); /* b1 and a3 are out */
	core_close(&c);
}
END_TEST

START_TEST(a_nack_brings_all_later_ones) {
	struct core c;
	struct core_seen s, t;
	open_ordered(&c, "");
	say(&c, "a1 a2 a3 b1");
	expect(&c, 10, "a1 a2 a3 b1 ", &s);
	nack(&c, &s, 0);
	ack(&c, &s, 1); /* its copy is no longer out: nothing */
	expect(&c, 10, "a1 a2 a3 ", &t);
	/* one in the middle: those before it are not concerned */
	nack(&c, &t, 1);
	expect(&c, 10, "", &s);
	ack(&c, &t, 0);
	expect(&c, 10, "a2 a3 ", &s);
	core_close(&c);
}
END_TEST

/* Those that were acknowledged come again too, until nothing earlier can bring
 * them back. */
/* All of a batch in turn: the first nack takes the others back, and theirs have
 * come to what they want. An acknowledgement has not. */
START_TEST(a_batch_that_is_nacked_exactly_once) {
	struct core c;
	struct core_seen s, t;
	struct sub_spec spec = core_spec("s", "");
	spec.flags = SUB_ORDERED | SUB_EXACTLY_ONCE;
	core_open_spec(&c, NULL, &spec);
	say(&c, "a1 a2 a3");
	expect(&c, 10, "a1 a2 a3 ", &s);
	for (int i = 0; i < 3; i++)
		nack(&c, &s, i);
	ck_assert_int_eq(
		core_ack(&c, "s", &s.each[1], -1), ST_INVALID_ARGUMENT);
	ck_assert_int_eq(
		core_ack(&c, "s", &s.each[1], US_PER_S), ST_INVALID_ARGUMENT);
	expect(&c, 10, "a1 a2 a3 ", &t);
	ck_assert_int_eq(core_ack(&c, "s", &s.each[1], 0), ST_INVALID_ARGUMENT);
	core_close(&c);
}
END_TEST

START_TEST(acknowledged_ones_come_again) {
	struct core c;
	struct core_seen s;
	open_ordered(&c, "");
	say(&c, "a1 a2 a3");
	expect(&c, 10, "a1 a2 a3 ", &s);
	ack(&c, &s, 1);
	ck_assert_int_eq(core_stored(&c), 3);
	nack(&c, &s, 0);
	expect(&c, 10, "a1 a2 a3 ", &s);
	ack(&c, &s, 2);
	ack(&c, &s, 1);
	ck_assert_int_eq(core_stored(&c), 3);
	ack(&c, &s, 0);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

START_TEST(a_deadline_is_a_nack) {
	struct core c;
	struct core_seen s;
	open_ordered(&c, "");
	say(&c, "a1 a2");
	expect(&c, 10, "a1 a2 ", &s);
	ck_assert_int_eq(core_ack(&c, "s", &s.each[1], 600 * US_PER_S), ST_OK);
	core_advance(&c, 10 * US_PER_S);
	expect(&c, 10, "a1 a2 ", &s);
	core_close(&c);
}
END_TEST

/* What is published during the wait does not overtake. */
START_TEST(a_retry_policy_holds_the_key) {
	struct core c;
	struct core_seen s;
	struct sub_spec spec = core_spec("s", "");
	spec.flags = SUB_ORDERED;
	spec.retry_min_us = spec.retry_max_us = 60 * US_PER_S;
	core_open_spec(&c, NULL, &spec);
	say(&c, "a1 a2");
	expect(&c, 1, "a1 ", &s);
	nack(&c, &s, 0);
	say(&c, "a3 b1");
	expect(&c, 10, "b1 ", &s);
	core_advance(&c, 60 * US_PER_S);
	expect(&c, 1, "a1 ", &s);
	ack(&c, &s, 0);
	expect(&c, 1, "a2 ", &s);
	ack(&c, &s, 0);
	expect(&c, 1, "a3 ", &s);
	core_close(&c);
}
END_TEST

START_TEST(one_push_of_a_key_at_a_time) {
	struct core c;
	open_ordered(&c, CORE_PUSH);
	say(&c, "a1 a2 b1 c");
	ck_assert_uint_eq(c.sent_len, 3); /* a1 b1 c */
	core_answer(&c, 1, 200);
	core_answer(&c, 2, 200);
	core_answer(&c, 0, 500);
	ck_assert_uint_eq(c.sent_len, 3);
	core_pass(&c, 100 * US_PER_MS);
	ck_assert_uint_eq(c.sent_len, 4);
	ck_assert_ptr_nonnull(strstr(c.sent[3].message, "a1"));
	core_answer(&c, 3, 200);
	ck_assert_uint_eq(c.sent_len, 5);
	ck_assert_ptr_nonnull(strstr(c.sent[4].message, "a2"));
	core_answer(&c, 4, 200);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

/* 40 keys of two messages each, more than go out at once, some of them failing:
 * all arrive, each key in order. */
START_TEST(keys_wait_for_places_too) {
	struct core c;
	open_ordered(&c, CORE_PUSH);
	for (int i = 0; i < 80; i++) {
		char key[16], data[32];
		(void)snprintf(key, sizeof key, "k%d", i % 40);
		(void)snprintf(data, sizeof data, "%02d.%d", i % 40, i / 40);
		core_publish_keyed(&c, data, key, NULL);
	}
	int last[40] = {0};
	for (size_t i = 0; i < c.sent_len; i++) {
		int key, n;
		ck_assert_int_eq(sscanf(c.sent[i].message, "{\"data\":\"%d.%d",
					 &key, &n),
			2);
		bool fails = i % 2 && i < 60;
		ck_assert_int_eq(n, last[key]);
		last[key] += !fails;
		core_answer(&c, i, fails ? 500 : 200);
		if (i + 1 == c.sent_len)
			core_pass(&c, US_PER_HOUR);
	}
	ck_assert_int_eq(c.em->counters.deliveriesAcked, 80);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

START_TEST(from_pull_to_push_and_back) {
	struct core c;
	struct core_seen s;
	open_ordered(&c, "");
	say(&c, "a1 a2 a3");
	expect(&c, 1, "a1 ", &s);
	ck_assert_int_eq(core_config(&c, "s", CORE_PUSH), ST_OK);
	ck_assert_uint_eq(c.sent_len, 0);
	ack(&c, &s, 0);
	ck_assert_uint_eq(c.sent_len, 1);
	ck_assert_int_eq(core_config(&c, "s", ""), ST_OK);
	expect(&c, 10, "", &s);
	core_answer(&c, 0, 500);
	expect(&c, 10, "a2 a3 ", &s);
	core_close(&c);
}
END_TEST

/* One that is too old is not waited for. */
START_TEST(what_expires_lets_the_next_go) {
	struct core c;
	struct core_seen s;
	open_ordered(&c, "");
	say(&c, "a1");
	core_advance(&c, US_PER_DAY);
	say(&c, "a2");
	core_advance(&c, 6 * US_PER_DAY + 1);
	expect(&c, 10, "a2 ", &s);
	ack(&c, &s, 0);
	ck_assert_int_eq(core_stored(&c), 0);
	core_close(&c);
}
END_TEST

/* Without the setting, keys are only passed on. */
START_TEST(other_subscriptions_do_not_care) {
	struct core c;
	struct core_seen s;
	core_open_one(&c, "");
	say(&c, "a1 a2");
	expect(&c, 1, "a1 ", &s);
	expect(&c, 1, "a2 ", &s);
	core_close(&c);
}
END_TEST

START_TEST(it_lives_through_a_restart) {
	auto_free char *path = core_temp("order");
	struct core c;
	struct core_seen s;
	struct sub_spec spec = core_spec("s", CORE_PUSH);
	spec.flags = SUB_ORDERED;
	core_open_spec(&c, path, &spec);
	say(&c, "a1 a2");
	ck_assert_uint_eq(c.sent_len, 1);
	turn_stop(c.em); /* its answer never comes */
	core_close(&c);
	core_open(&c, path);
	core_pass(&c, 10 * US_PER_S);
	ck_assert_uint_eq(c.sent_len, 1);
	core_answer(&c, 0, 200);
	ck_assert_uint_eq(c.sent_len, 2);
	ck_assert_int_eq(core_config(&c, "s", ""), ST_OK);
	core_answer(&c, 1, 500);
	expect(&c, 10, "a2 ", &s);
	core_close(&c);
	core_remove(path);
}
END_TEST

START_TEST(without_memory_nothing_overtakes) {
	struct core c;
	struct core_seen s;
	open_ordered(&c, "");
	say(&c, "a1 a2");
	struct order_batch b = {0};
	const struct delivery d = {.id = 1, .sub_id = 1, .row = 1, .key = "a"};
	mem_fail_after(0);
	ck_assert(!order_joins(c.em, &d, &b));
	mem_fail_off();
	ck_assert(!order_joins(c.em, &d, &b));
	order_batch_done(&b);
	expect(&c, 10, "a1 a2 ", &s);
	core_close(&c);
}
END_TEST

/* What a random run knows of its messages, in order of publishing. */
struct played {
	char key;
	bool out, done; /* handed out; acknowledged */
	struct pulled p;
};

#define PLAYED_MAX 400

struct game {
	struct core c;
	struct rng rng;
	struct played m[PLAYED_MAX];
	size_t len;
};

/* One comes again: so do all later ones of its key. */
static void comes_again(struct game *g, size_t i) {
	for (size_t j = i; j < g->len; j++)
		if (g->m[j].key == g->m[i].key)
			g->m[j].out = g->m[j].done = false;
}

static void publish_one(struct game *g) {
	if (g->len == PLAYED_MAX)
		return;
	char data[16], key[2] = {(char)('a' + rng_below(&g->rng, 3)), '\0'};
	(void)snprintf(data, sizeof data, "%zu", g->len);
	core_publish_keyed(&g->c, data, key, NULL);
	g->m[g->len++] = (struct played){.key = key[0]};
}

/* All earlier ones of the key must be done, or in this batch. */
static void pull_some(struct game *g) {
	struct core_seen s;
	bool batch[PLAYED_MAX] = {false};
	int64_t max = 1 + (int64_t)rng_below(&g->rng, 5);
	ck_assert_int_eq(core_pull(&g->c, "s", max, &s), ST_OK);
	const char *at = s.data;
	for (int k = 0; k < s.count; k++) {
		size_t i;
		int n = 0;
		ck_assert_int_eq(sscanf(at, "%zu%n", &i, &n), 1);
		at += n;
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(g->m[j].key != g->m[i].key ||
					      g->m[j].done || batch[j],
				"%zu came before %zu", i, j);
		ck_assert(!g->m[i].out && !g->m[i].done);
		g->m[i].out = batch[i] = true;
		g->m[i].p = s.each[k];
	}
}

/* Acknowledges one that is out, or gives it back. */
static void settle_one(struct game *g) {
	size_t from = rng_below(&g->rng, g->len ? g->len : 1);
	bool give_back = rng_below(&g->rng, 3) == 0;
	for (size_t i = from; i < g->len; i++) {
		if (!g->m[i].out)
			continue;
		ck_assert_int_eq(
			core_ack(&g->c, "s", &g->m[i].p, give_back ? 0 : -1),
			ST_OK);
		g->m[i].out = false;
		g->m[i].done = !give_back;
		if (give_back)
			comes_again(g, i);
		break;
	}
	core_settle(&g->c);
}

static void let_time_pass(struct game *g) {
	core_advance(&g->c, 10 * US_PER_S);
	for (size_t i = 0; i < g->len; i++)
		if (g->m[i].out)
			comes_again(g, i);
}

/* Random runs; Check names the one that fails by its number, which is the
 * seed. */
START_TEST(whatever_happens_keys_are_in_order) {
	struct game *g = mem_zero(1, sizeof *g);
	struct sub_spec spec = core_spec("s", "");
	spec.flags = SUB_ORDERED | SUB_EXACTLY_ONCE;
	core_open_spec(&g->c, NULL, &spec);
	rng_seed(&g->rng, (uint64_t)_i);
	for (int i = 0; i < 600; i++) {
		uint64_t what = rng_below(&g->rng, 100);
		if (what < 30)
			publish_one(g);
		else if (what < 60)
			pull_some(g);
		else if (what < 97)
			settle_one(g);
		else
			let_time_pass(g);
	}
	for (size_t n = 0; n < g->len;) {
		n = 0;
		pull_some(g);
		for (size_t i = 0; i < g->len; i++) {
			if (g->m[i].out)
				ck_assert_int_eq(
					core_ack(&g->c, "s", &g->m[i].p, -1),
					ST_OK);
			g->m[i].done = g->m[i].done || g->m[i].out;
			g->m[i].out = false;
			n += g->m[i].done;
		}
		core_settle(&g->c);
	}
	ck_assert_int_eq(core_stored(&g->c), 0);
	core_close(&g->c);
	mem_free(g);
}
END_TEST

int main(void) {
	Suite *s = suite_create("order");
	unit_add(s, a_batch_at_a_time);
	unit_add(s, a_nack_brings_all_later_ones);
	unit_add(s, a_batch_that_is_nacked_exactly_once);
	unit_add(s, acknowledged_ones_come_again);
	unit_add(s, a_deadline_is_a_nack);
	unit_add(s, a_retry_policy_holds_the_key);
	unit_add(s, one_push_of_a_key_at_a_time);
	unit_add(s, keys_wait_for_places_too);
	unit_add(s, from_pull_to_push_and_back);
	unit_add(s, what_expires_lets_the_next_go);
	unit_add(s, other_subscriptions_do_not_care);
	unit_add(s, it_lives_through_a_restart);
	unit_add(s, without_memory_nothing_overtakes);
	TCase *random = tcase_create("random");
	tcase_set_timeout(random, 60);
	tcase_add_loop_test(random, whatever_happens_keys_are_in_order, 0, 30);
	suite_add_tcase(s, random);
	return unit_run(s);
}
