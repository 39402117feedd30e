/* SPDX-License-Identifier: MIT */
/* Rules for faults: what they may say, what they are about, and when. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/faults.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static json_t *parse(const char *text) {
	json_t *j = jsn_parse(text, strlen(text), true, NULL);
	ck_assert_msg(j != NULL, "%s", text);
	return j;
}

static int add(struct faults *fs, const char *text, struct err *e) {
	auto_json json_t *o = parse(text);
	int64_t id = 0;
	int rc = faults_add(fs, o, &id, e);
	ck_assert_int_eq(rc == 0, id != 0);
	return rc;
}

static void must_add(struct core *c, const char *text) {
	struct err e = {0};
	ck_assert_msg(add(&c->em->faults, text, &e) == 0, "%s", e.msg);
}

static void parse_case(void *ctx, char *const *cols) {
	(void)ctx;
	struct faults fs = {0};
	struct err e = {0};
	int rc = add(&fs, cols[0], &e);
	ck_assert_msg(!*cols[1] == !rc, "%s: %s", cols[0], rc ? e.msg : "ok");
	ck_assert_msg(!rc || strstr(e.msg, cols[1]), "%s: %s", cols[0], e.msg);
	ck_assert_uint_eq(fs.len, rc ? 0 : 1);
	faults_done(&fs);
}

START_TEST(rules_that_are_none_are_refused) {
	unit_tsv("emulator/core/faults.tsv", 2, parse_case, NULL);
}
END_TEST

START_TEST(a_text_has_a_limit) {
	struct faults fs = {0};
	struct err e = {0};
	for (int over = 0; over < 2; over++) {
		auto_free char *rule =
			mem_printf("{\"effect\":\"cut\",\"resource\":\"%0*d\"}",
				FAULT_TEXT_MAX + over, 0);
		ck_assert_int_eq(add(&fs, rule, &e), over ? ERR_RANGE : 0);
	}
	ck_assert_str_eq(e.msg, "resource is over 1000 bytes");
	faults_done(&fs);
}
END_TEST

START_TEST(members_are_read) {
	struct fault f;
	auto_json json_t *o = parse(
		"{\"effect\":\"status\",\"status\":\"429\",\"message\":\"m\","
		"\"quota\":\"q\",\"retryDelay\":\"1.5s\",\"retryAfter\":\"2m\","
		"\"route\":\"r\",\"resource\":\"s\",\"after\":1,\"every\":2,"
		"\"count\":3,\"delay\":\"4s\"}");
	ck_assert_int_eq(fault_parse(o, &f, NULL), 0);
	ck_assert_int_eq(f.effect, FAULT_STATUS);
	/* facts ml-jobs.md section 9: 429 is RESOURCE_EXHAUSTED, which is 8 */
	ck_assert_int_eq(f.code, 8);
	ck_assert_int_eq(f.http, 429);
	ck_assert_str_eq(f.message, "m");
	ck_assert_str_eq(f.quota, "q");
	ck_assert_int_eq(f.retry_delay_us, 1500 * US_PER_MS);
	ck_assert_int_eq(f.retry_after_s, 120);
	ck_assert_str_eq(f.route, "r");
	ck_assert_str_eq(f.resource, "s");
	ck_assert_int_eq(f.after, 1);
	ck_assert_int_eq(f.every, 2);
	ck_assert_int_eq(f.count, 3);
	ck_assert_int_eq(f.delay_us, 4 * US_PER_S);
	auto_json json_t *named = parse(
		"{\"effect\":\"status\",\"status\":\"DEADLINE_EXCEEDED\"}");
	ck_assert_int_eq(fault_parse(named, &f, NULL), 0);
	ck_assert_int_eq(f.code, 4);
	ck_assert_int_eq(f.http, 0);
	ck_assert_ptr_null(f.message);
	ck_assert_int_eq(f.retry_delay_us, -1);
	ck_assert_int_eq(f.retry_after_s, -1);
	auto_json json_t *cut = parse("{\"effect\":\"cut\"}");
	ck_assert_int_eq(fault_parse(cut, &f, NULL), 0);
	ck_assert_int_eq(f.bytes, FAULT_HALF);
}
END_TEST

START_TEST(what_a_rule_is_about) {
	static const struct {
		const char *rule, *route, *name, *other;
		bool fits;
	} cases[] = {{"", "a.b", "x/y", NULL, true},
		{"", NULL, NULL, NULL, true},
		{",\"route\":\"a.*\"", "a.b.c", "x", NULL, true},
		{",\"route\":\"a.*\"", "b.a.c", "x", NULL, false},
		{",\"route\":\"a.?\"", "a.b", "x", NULL, true},
		{",\"route\":\"a.[bc]\"", "a.d", "x", NULL, false},
		{",\"route\":\"a.b\"", NULL, "x", NULL, false},
		{",\"resource\":\"x/y\"", "r", "x/y", NULL, true},
		{",\"resource\":\"x/*\"", "r", "x/y/z", NULL, true},
		{",\"resource\":\"x/y\"", "r", "w/x/y", NULL, false},
		/* the last part, or all of a name that has one part */
		{",\"resource\":\"y\"", "r", "x/y", NULL, true},
		{",\"resource\":\"x\"", "r", "x/y", NULL, false},
		{",\"resource\":\"x\"", "r", "x", NULL, true},
		{",\"resource\":\"y*\"", "r", "x/yy", NULL, true},
		{",\"resource\":\"t\"", NULL, "x/s", "x/t", true},
		{",\"resource\":\"x/t\"", NULL, "x/s", "x/t", true},
		{",\"resource\":\"t\"", NULL, NULL, NULL, false},
		{",\"route\":\"r\",\"resource\":\"y\"", "r", "y", NULL, true},
		{",\"route\":\"q\",\"resource\":\"y\"", "r", "y", NULL, false},
		{",\"route\":\"r\",\"resource\":\"z\"", "r", "y", NULL, false}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fault f;
		auto_free char *text =
			mem_printf("{\"effect\":\"cut\"%s}", cases[i].rule);
		auto_json json_t *o = parse(text);
		ck_assert_int_eq(fault_parse(o, &f, NULL), 0);
		ck_assert_msg(fault_fits(&f, cases[i].route, cases[i].name,
				      cases[i].other) == cases[i].fits,
			"case %zu", i);
	}
}
END_TEST

/* Which of the first twelve of the same requests a rule strikes: "x". */
static void pattern(const char *rule, char ret[13]) {
	struct core c;
	core_open(&c, NULL);
	auto_free char *text = mem_printf("{\"effect\":\"cut\"%s}", rule);
	must_add(&c, text);
	for (int i = 0; i < 12; i++)
		ret[i] = faults_strike(c.em, FAULT_OF_REQUEST, "r", "s", NULL)
				 ? 'x'
				 : '.';
	ret[12] = '\0';
	core_close(&c);
}

START_TEST(its_turn_comes) {
	static const char *const cases[][2] = {{"", "xxxxxxxxxxxx"},
		{",\"count\":2", "xx.........."},
		{",\"after\":3", "...xxxxxxxxx"},
		{",\"after\":3,\"count\":2", "...xx......."},
		{",\"every\":3", "..x..x..x..x"},
		{",\"every\":3,\"count\":2", "..x..x......"},
		{",\"every\":3,\"after\":2", "....x..x..x."},
		{",\"after\":12", "............"},
		{",\"probability\":0", "............"},
		{",\"probability\":1,\"count\":1", "x..........."}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char got[13];
		pattern(cases[i][0], got);
		ck_assert_str_eq(got, cases[i][1]);
	}
}
END_TEST

#define DRAWS 10000

/* So many of DRAWS are struck; which ones, goes into a hash. */
static int struck_of(const char *rule, uint64_t seed, uint64_t *ret_hash) {
	struct core c;
	core_open(&c, NULL);
	c.em->faults.seed = seed;
	must_add(&c, rule);
	int n = 0;
	*ret_hash = 0;
	for (int i = 0; i < DRAWS; i++) {
		bool hit =
			faults_strike(c.em, FAULT_OF_REQUEST, "r", "s", NULL);
		n += hit;
		*ret_hash = *ret_hash * 31 + hit;
	}
	core_close(&c);
	return n;
}

/* Of n draws with probability p, np are struck, give or take five times the
 * standard deviation, sqrt(np(1-p)): 10000 and 0.1 give 1000 +- 150. */
START_TEST(chance_is_what_it_says_and_can_be_repeated) {
	static const char tenth[] = "{\"effect\":\"cut\",\"probability\":0.1}";
	static const char fixed[] = "{\"effect\":\"cut\",\"probability\":0.1,"
				    "\"seed\":42}";
	uint64_t one, again, other, own, own_again;
	int n = struck_of(tenth, 7, &one);
	ck_assert_int_ge(n, 850);
	ck_assert_int_le(n, 1150);
	ck_assert_int_eq(struck_of(tenth, 7, &again), n);
	ck_assert_uint_eq(one, again);
	(void)struck_of(tenth, 8, &other);
	ck_assert_uint_ne(one, other);
	/* a seed of its own is independent of the emulator's */
	(void)struck_of(fixed, 1, &own);
	(void)struck_of(fixed, 2, &own_again);
	ck_assert_uint_eq(own, own_again);
	n = struck_of("{\"effect\":\"cut\",\"probability\":\"0.5\"}", 7, &one);
	ck_assert_int_ge(n, 4750);
	ck_assert_int_le(n, 5250);
}
END_TEST

/* Neither another rule's draws nor requests that it is not about change what
 * it strikes. */
START_TEST(rules_have_their_own_chance) {
	char got[2][101];
	for (int mixed = 0; mixed < 2; mixed++) {
		struct core c;
		core_open(&c, NULL);
		must_add(&c, "{\"effect\":\"cut\",\"probability\":0.3,"
			     "\"seed\":5,\"route\":\"r\"}");
		must_add(&c, "{\"effect\":\"drip\",\"probability\":0.3}");
		for (int i = 0; i < 100; i++) {
			for (int k = 0; mixed && k < i % 3; k++)
				(void)faults_strike(c.em, FAULT_OF_REQUEST,
					"other", "s", NULL);
			const struct fault *f = faults_strike(
				c.em, FAULT_OF_REQUEST, "r", "s", NULL);
			got[mixed][i] = f && f->effect == FAULT_CUT ? 'x' : '.';
		}
		got[mixed][100] = '\0';
		core_close(&c);
	}
	ck_assert_ptr_nonnull(strchr(got[0], 'x'));
	ck_assert_str_eq(got[0], got[1]);
}
END_TEST

static int64_t count_of(const struct faults *fs, int64_t id, const char *key) {
	auto_json json_t *o = faults_get(fs, id);
	return json_integer_value(json_object_get(o, key));
}

/* The first that strikes counts; what it strikes, later ones do not see. */
START_TEST(the_order_of_rules) {
	struct core c;
	core_open(&c, NULL);
	struct faults *fs = &c.em->faults;
	must_add(&c, "{\"effect\":\"cut\",\"every\":2}");
	must_add(&c, "{\"effect\":\"delay\",\"delay\":\"1s\",\"count\":1}");
	must_add(&c, "{\"effect\":\"lose-ack\",\"count\":1}");
	must_add(&c, "{\"effect\":\"reorder\",\"resource\":\"no\"}");
	ck_assert_int_eq(fs->live[FAULT_OF_REQUEST], 2);
	ck_assert_int_eq(fs->live[FAULT_OF_DELIVERY], 1);
	ck_assert_int_eq(fs->live[FAULT_OF_ACK], 1);
	static const int want[] = {
		FAULT_DELAY, FAULT_CUT, -1, FAULT_CUT, -1, FAULT_CUT};
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		const struct fault *f =
			faults_strike(c.em, FAULT_OF_REQUEST, "r", "s", NULL);
		ck_assert_int_eq(f ? (int)f->effect : -1, want[i]);
	}
	ck_assert_ptr_nonnull(
		faults_strike(c.em, FAULT_OF_ACK, NULL, "s", NULL));
	ck_assert_ptr_null(faults_strike(c.em, FAULT_OF_ACK, NULL, "s", NULL));
	ck_assert_ptr_null(
		faults_strike(c.em, FAULT_OF_DELIVERY, NULL, "s", NULL));
	ck_assert_int_eq(fs->live[FAULT_OF_REQUEST], 1);
	ck_assert_int_eq(fs->live[FAULT_OF_ACK], 0);
	ck_assert_int_eq(count_of(fs, 1, "matched"), 6);
	ck_assert_int_eq(count_of(fs, 1, "struck"), 3);
	/* spent: it is not asked any more */
	ck_assert_int_eq(count_of(fs, 2, "matched"), 1);
	ck_assert_int_eq(count_of(fs, 2, "struck"), 1);
	ck_assert_int_eq(count_of(fs, 4, "matched"), 0);
	ck_assert_int_eq(core_journal(&c, "\"fault\"", "\"rule\":1"), 3);
	ck_assert_int_eq(core_journal(&c, "\"fault\"", "\"rule\":2"), 1);
	ck_assert_int_eq(core_journal(&c, "\"fault\"", "\"rule\":3"), 1);
	ck_assert_int_eq(core_journal(&c, "\"fault\"", ""), 5);
	core_close(&c);
}
END_TEST

START_TEST(rules_are_dropped) {
	struct core c;
	core_open(&c, NULL);
	struct faults *fs = &c.em->faults;
	for (int i = 0; i < 3; i++)
		must_add(&c, "{\"effect\":\"cut\",\"count\":1}");
	ck_assert(!faults_drop(fs, 4));
	ck_assert(!faults_drop(fs, 0));
	ck_assert(faults_drop(fs, 2));
	ck_assert(!faults_drop(fs, 2));
	ck_assert_ptr_null(faults_get(fs, 2));
	ck_assert_int_eq(fs->live[FAULT_OF_REQUEST], 2);
	(void)faults_strike(c.em, FAULT_OF_REQUEST, "r", "s", NULL);
	ck_assert_int_eq(fs->live[FAULT_OF_REQUEST], 1);
	ck_assert(faults_drop(fs, 1)); /* the spent one */
	ck_assert_int_eq(fs->live[FAULT_OF_REQUEST], 1);
	must_add(&c, "{\"effect\":\"drip\"}");
	ck_assert_int_eq(fs->last_id, 4);
	faults_clear(fs);
	ck_assert_int_eq(fs->live[FAULT_OF_REQUEST], 0);
	must_add(&c, "{\"effect\":\"drip\"}");
	ck_assert_int_eq(fs->last_id, 1);
	core_close(&c);
}
END_TEST

/* What is listed has all that is needed to add it again. */
START_TEST(the_list) {
	struct faults fs = {.seed = 100};
	ck_assert_int_eq(
		add(&fs, "{\"effect\":\"cut\",\"count\":\"2\"}", NULL), 0);
	ck_assert_int_eq(
		add(&fs, "{\"effect\":\"drip\",\"probability\":0.5}", NULL), 0);
	auto_json json_t *got = faults_list(&fs);
	auto_json json_t *want =
		parse("[{\"id\":1,\"effect\":\"cut\",\"count\":\"2\","
		      "\"matched\":0,\"struck\":0,\"spent\":false},"
		      "{\"id\":2,\"effect\":\"drip\",\"probability\":0.5,"
		      "\"seed\":102,\"matched\":0,\"struck\":0,"
		      "\"spent\":false}]");
	ck_assert(json_equal(got, want));
	faults_done(&fs);
}
END_TEST

START_TEST(lost_acks_are_a_rule) {
	struct faults fs = {0};
	ck_assert_int_eq(faults_lose_acks(&fs, 0, NULL), 0);
	ck_assert_uint_eq(fs.len, 0);
	ck_assert_int_eq(faults_lose_acks(&fs, 2, NULL), 0);
	ck_assert_int_eq(add(&fs, "{\"effect\":\"lose-ack\"}", NULL), 0);
	ck_assert_int_eq(faults_lose_acks(&fs, 5, NULL), 0);
	ck_assert_uint_eq(fs.len, 2);
	ck_assert_int_eq(count_of(&fs, 3, "count"), 5);
	ck_assert_int_eq(faults_lose_acks(&fs, 0, NULL), 0);
	ck_assert_uint_eq(fs.len, 1); /* another's stays */
	ck_assert_int_eq(faults_lose_acks(&fs, 1, NULL), 0);
	faults_clear(&fs);
	ck_assert_int_eq(add(&fs, "{\"effect\":\"cut\"}", NULL), 0);
	ck_assert_int_eq(faults_lose_acks(&fs, 0, NULL), 0);
	ck_assert_uint_eq(fs.len, 1);
	faults_done(&fs);
}
END_TEST

START_TEST(there_is_a_ceiling) {
	struct faults fs = {0};
	struct err e = {0};
	for (int i = 0; i < FAULTS_MAX; i++)
		ck_assert_int_eq(add(&fs, "{\"effect\":\"cut\"}", &e), 0);
	ck_assert_int_eq(add(&fs, "{\"effect\":\"cut\"}", &e), ERR_TOOBIG);
	ck_assert(faults_drop(&fs, 500));
	ck_assert_int_eq(add(&fs, "{\"effect\":\"cut\"}", &e), 0);
	faults_done(&fs);
}
END_TEST

static int add_some(void *ctx, struct err *e) {
	struct faults fs = {0};
	int64_t id;
	int rc = faults_add(&fs, ctx, &id, e);
	ck_assert_uint_eq(fs.len, rc ? 0 : 1);
	ck_assert_int_eq(fs.last_id, rc ? 0 : 1);
	faults_done(&fs);
	return rc;
}

START_TEST(out_of_memory) {
	auto_json json_t *o = parse("{\"effect\":\"cut\",\"route\":\"r\","
				    "\"probability\":0.5}");
	ck_assert_int_ge(unit_nomem(add_some, o), 4);
}
END_TEST

int main(void) {
	Suite *s = suite_create("fault");
	unit_add(s, rules_that_are_none_are_refused);
	unit_add(s, a_text_has_a_limit);
	unit_add(s, members_are_read);
	unit_add(s, what_a_rule_is_about);
	unit_add(s, its_turn_comes);
	unit_add(s, chance_is_what_it_says_and_can_be_repeated);
	unit_add(s, rules_have_their_own_chance);
	unit_add(s, the_order_of_rules);
	unit_add(s, rules_are_dropped);
	unit_add(s, the_list);
	unit_add(s, lost_acks_are_a_rule);
	unit_add(s, there_is_a_ceiling);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
