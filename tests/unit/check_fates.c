/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/fates.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static json_t *parse(const char *text) {
	json_t *j = jsn_parse(text, strlen(text), true, NULL);
	ck_assert_ptr_nonnull(j);
	return j;
}

static int add(struct core *c, const char *text, struct err *e) {
	auto_json json_t *o = parse(text);
	return CORE_TX(c, fates_add(c->em, o, e));
}

static void must_add(struct core *c, const char *text) {
	struct err e = {0};
	ck_assert_msg(add(c, text, &e) == 0, "%s", e.msg);
}

/* The rule that a job of that id, image and labels meets: its jobPosition,
 * which is how the rules of these tests are told apart; 0 for none. */
static int64_t meet(
	struct core *c, const char *id, const char *image, const char *labels) {
	auto_free char *input = mem_printf(
		"{\"trainingInput\":{\"masterConfig\":{\"imageUri\":\"%s\"}}}",
		image);
	struct job j = {.job_id = id, .input = input, .labels = labels};
	auto_free char *text = NULL;
	auto_json json_t *root = NULL;
	struct fate f;
	ck_assert_int_eq(CORE_TX(c, fates_find(c->em, &j, &text)), 0);
	ck_assert_int_eq(fate_read(text, &f, &root), 0);
	ck_assert_int_eq(text != NULL, f.position != 0);
	return f.position;
}

static void parse_case(void *ctx, char *const *cols) {
	(void)ctx;
	struct core c;
	struct err e = {0};
	core_open(&c, NULL);
	int rc = add(&c, cols[0], &e);
	ck_assert_msg(!*cols[1] == !rc, "%s: %s", cols[0], rc ? e.msg : "ok");
	ck_assert_msg(!rc || strstr(e.msg, cols[1]), "%s: %s", cols[0], e.msg);
	auto_json json_t *list = fates_list(c.em);
	ck_assert_uint_eq(json_array_size(list), rc ? 0 : 1);
	core_close(&c);
}

START_TEST(rules_that_are_none_are_refused) {
	unit_tsv("emulator/core/fates.tsv", 2, parse_case, NULL);
}
END_TEST

START_TEST(members_are_read) {
	auto_json json_t *o = parse(
		"{\"queued\":\"1s\",\"preparing\":\"2m\",\"running\":\"3h\","
		"\"cancelling\":\"0s\",\"outcome\":\"failure\",\"at\":"
		"\"running\",\"exitCode\":\"255\",\"errorMessage\":\"why\","
		"\"jobPosition\":7,\"failedTrials\":2}");
	struct fate f;
	ck_assert_int_eq(fate_parse(o, &f, NULL), 0);
	ck_assert_int_eq(f.stay_us[JOB_QUEUED], US_PER_S);
	ck_assert_int_eq(f.stay_us[JOB_PREPARING], 2 * US_PER_MIN);
	ck_assert_int_eq(f.stay_us[JOB_RUNNING], 3 * US_PER_HOUR);
	ck_assert_int_eq(f.stay_us[JOB_CANCELLING], 0);
	ck_assert_int_eq(f.outcome, FATE_FAILURE);
	ck_assert_int_eq(f.at, JOB_RUNNING);
	ck_assert_int_eq(f.exit_code, 255);
	ck_assert_str_eq(f.error, "why");
	ck_assert_int_eq(f.position, 7);
	ck_assert_int_eq(f.failed_trials, 2);
	auto_json json_t *none = NULL;
	ck_assert_int_eq(fate_read(NULL, &f, &none), 0);
	ck_assert_ptr_null(none);
	for (int s = JOB_QUEUED; s <= JOB_CANCELLED; s++)
		ck_assert_int_eq(f.stay_us[s], -1);
	ck_assert_int_eq(f.outcome, FATE_SUCCESS);
	auto_json json_t *stuck = parse("{\"outcome\":\"stuck\"}");
	ck_assert_int_eq(fate_parse(stuck, &f, NULL), 0);
	ck_assert_int_eq(f.at, JOB_QUEUED);
}
END_TEST

START_TEST(patterns_match) {
	static const struct {
		const char *rule, *id, *image, *labels;
		bool hit;
	} cases[] = {{"", "j", "i", NULL, true},
		{"\"jobId\":\"a*\",", "a", "i", NULL, true},
		{"\"jobId\":\"a*\",", "ba", "i", NULL, false},
		{"\"jobId\":\"a?\",", "a1", "i", NULL, true},
		{"\"jobId\":\"a?\",", "a", "i", NULL, false},
		{"\"image\":\"gcr.io/*:1\",", "j", "gcr.io/p/t:1", NULL, true},
		{"\"image\":\"gcr.io/*:1\",", "j", "gcr.io/p/t:2", NULL, false},
		{"\"label\":\"k=v\",", "j", "i", "{\"a\":\"b\",\"k\":\"v\"}",
			true},
		{"\"label\":\"k=v\",", "j", "i", "{\"k\":\"vv\"}", false},
		{"\"label\":\"k=v*\",", "j", "i", "{\"k\":\"vv\"}", true},
		{"\"label\":\"k=\",", "j", "i", "{\"k\":\"\"}", true},
		{"\"label\":\"k=*\",", "j", "i", "{\"kk\":\"v\"}", false},
		{"\"label\":\"k=*\",", "j", "i", NULL, false},
		/* all that a rule names must match */
		{"\"jobId\":\"j\",\"image\":\"i\",\"label\":\"k=v\",", "j", "i",
			"{\"k\":\"v\"}", true},
		{"\"jobId\":\"j\",\"image\":\"x\",\"label\":\"k=v\",", "j", "i",
			"{\"k\":\"v\"}", false},
		{"\"jobId\":\"j\",\"image\":\"i\",\"label\":\"k=x\",", "j", "i",
			"{\"k\":\"v\"}", false}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct core c;
		core_open(&c, NULL);
		auto_free char *text =
			mem_printf("{%s\"jobPosition\":1}", cases[i].rule);
		must_add(&c, text);
		ck_assert_msg(meet(&c, cases[i].id, cases[i].image,
				      cases[i].labels) == cases[i].hit,
			"case %zu", i);
		core_close(&c);
	}
}
END_TEST

/* By what they name, then by age; a rule that is used up makes way. */
START_TEST(the_order_of_rules) {
	struct core c;
	core_open(&c, NULL);
	ck_assert(!c.em->may_have_fates);
	must_add(&c, "{\"jobPosition\":6}");
	must_add(&c, "{\"image\":\"i\",\"jobPosition\":5,\"count\":1}");
	must_add(&c, "{\"label\":\"k=v\",\"jobPosition\":4,\"count\":1}");
	must_add(&c, "{\"jobId\":\"j\",\"jobPosition\":2,\"count\":2}");
	must_add(&c, "{\"jobId\":\"*\",\"jobPosition\":3,\"count\":1}");
	must_add(&c, "{\"jobId\":\"*\",\"label\":\"k=v\",\"jobPosition\":1,"
		     "\"count\":1}");
	must_add(&c, "{\"jobPosition\":7}");
	ck_assert(c.em->may_have_fates);
	static const int want[] = {1, 2, 2, 3, 4, 5, 6, 6};
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
		ck_assert_int_eq(meet(&c, "j", "i", "{\"k\":\"v\"}"), want[i]);
	auto_json json_t *list = fates_list(c.em);
	auto_json json_t *left =
		parse("[{\"jobPosition\":6},{\"jobPosition\":7}]");
	ck_assert(json_equal(list, left));
	core_close(&c);
}
END_TEST

START_TEST(what_is_left_is_listed) {
	struct core c;
	core_open(&c, NULL);
	must_add(&c, "{\"jobId\":\"a\",\"label\":\"k=v\",\"image\":\"i\","
		     "\"count\":\"3\",\"outcome\":\"failure\",\"exitCode\":2,"
		     "\"jobPosition\":1}");
	ck_assert_int_eq(meet(&c, "a", "i", "{\"k\":\"v\"}"), 1);
	auto_json json_t *list = fates_list(c.em);
	auto_json json_t *want =
		parse("[{\"jobId\":\"a\",\"label\":\"k=v\",\"image\":\"i\","
		      "\"count\":2,\"outcome\":\"failure\",\"exitCode\":2,"
		      "\"jobPosition\":1}]");
	ck_assert(json_equal(list, want));
	/* what is listed can be given again */
	must_add(&c, "{\"jobId\":\"b\"}");
	auto_json json_t *again = fates_list(c.em);
	size_t i;
	json_t *o;
	json_array_foreach (again, i, o)
		ck_assert_int_eq(CORE_TX(&c, fates_add(c.em, o, NULL)), 0);
	CORE_TX(&c, (fates_clear(c.em), 0));
	auto_json json_t *none = fates_list(c.em);
	ck_assert_uint_eq(json_array_size(none), 0);
	ck_assert_int_eq(meet(&c, "a", "i", "{\"k\":\"v\"}"), 0);
	core_close(&c);
}
END_TEST

START_TEST(a_use_that_is_rolled_back_is_none) {
	struct core c;
	core_open(&c, NULL);
	must_add(&c, "{\"jobPosition\":1,\"count\":1}");
	struct job j = {.job_id = "j", .input = "{}"};
	auto_free char *text = NULL;
	emu_begin(c.em);
	ck_assert_int_eq(fates_find(c.em, &j, &text), 0);
	ck_assert_ptr_nonnull(text);
	emu_rollback(c.em);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 1);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 0);
	core_close(&c);
}
END_TEST

START_TEST(there_is_a_ceiling) {
	struct core c;
	core_open(&c, NULL);
	struct err e = {0};
	for (int i = 0; i < FATES_MAX; i++)
		must_add(&c, "{\"running\":\"1s\"}");
	ck_assert_int_eq(add(&c, "{}", &e), ERR_TOOBIG);
	core_close(&c);
}
END_TEST

START_TEST(a_restart_keeps_them) {
	auto_free char *path = core_temp("fates");
	struct core c;
	core_open(&c, path);
	must_add(&c, "{\"jobPosition\":1,\"count\":2}");
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 1);
	core_close(&c);
	core_open(&c, path);
	ck_assert(c.em->may_have_fates);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 1);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 0);
	core_close(&c);
	core_remove(path);
}
END_TEST

static json_t *load(const char *text, struct err *e) {
	auto_free char *path = core_temp("fates.json");
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	json_t *list = NULL;
	int rc = fates_load(path, &list, e);
	ck_assert_int_eq(list == NULL, rc != 0);
	core_remove(path);
	return list;
}

static void reset(struct core *c) {
	ck_assert_int_eq(CORE_TX(c, emu_reset(c->em, NULL, NULL)), 0);
}

/* Those of a file come first, and back: unused, and whatever was cleared. */
START_TEST(a_file_of_rules) {
	struct core c;
	core_open(&c, NULL);
	auto_json json_t *file =
		load("{\"fates\":[{\"jobPosition\":2,\"count\":1}]}", NULL);
	must_add(&c, "{\"jobPosition\":1}");
	c.em->fates_file = file;
	ck_assert_int_eq(CORE_TX(&c, fates_restart(c.em, NULL)), 0);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 2);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 1);
	/* a start with the same state: what the file gave before is gone */
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(CORE_TX(&c, fates_restart(c.em, NULL)), 0);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 2);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 1);
	CORE_TX(&c, (fates_clear(c.em), 0));
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 0);
	reset(&c);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 2);
	ck_assert_int_eq(meet(&c, "j", "i", NULL), 0);
	core_close(&c);
}
END_TEST

START_TEST(files_that_are_refused) {
	static const struct {
		const char *text, *why;
	} cases[] = {{"[]", "member 'fates'"}, {"{}", "member 'fates'"},
		{"{\"fates\":{}}", "member 'fates'"},
		{"{\"fates\":[],\"x\":1}", "member 'fates'"},
		{"{\"fates\":[{},{\"x\":1}]}", "fates[1]: a fate has no"},
		{"{", "fates.json"}, {"", "fates.json"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err e = {0};
		ck_assert_ptr_null(load(cases[i].text, &e));
		ck_assert_msg(strstr(e.msg, cases[i].why) != NULL, "%s: %s",
			cases[i].text, e.msg);
	}
	json_t *list = NULL;
	struct err e = {0};
	ck_assert_int_eq(fates_load("/nonexistent/file", &list, &e), ERR_IO);
	ck_assert_ptr_null(list);
}
END_TEST

static int find(void *ctx, struct err *e) {
	struct core *c = ctx;
	struct job j = {.job_id = "j",
		.input = "{\"trainingInput\":{}}",
		.labels = "{\"k\":\"v\"}"};
	char *text = NULL;
	emu_begin(c->em);
	int rc = fates_find(c->em, &j, &text);
	emu_rollback(c->em);
	ck_assert_int_eq(text != NULL, rc == 0);
	mem_free(text);
	return rc ? err_set(e, rc, "find") : 0;
}

static int list(void *ctx, struct err *e) {
	struct core *c = ctx;
	auto_json json_t *l = fates_list(c->em);
	return l ? 0 : err_nomem(e);
}

START_TEST(out_of_memory) {
	struct core c;
	core_open(&c, NULL);
	must_add(&c, "{\"label\":\"k=v\",\"image\":\"?\"}");
	must_add(&c, "{\"label\":\"k=v\",\"image\":\"*\"}");
	ck_assert_int_gt(unit_nomem(find, &c), 2);
	ck_assert_int_gt(unit_nomem(list, &c), 2);
	core_close(&c);
}
END_TEST

int main(void) {
	Suite *s = suite_create("fates");
	unit_add(s, rules_that_are_none_are_refused);
	unit_add(s, members_are_read);
	unit_add(s, patterns_match);
	unit_add(s, the_order_of_rules);
	unit_add(s, what_is_left_is_listed);
	unit_add(s, a_use_that_is_rolled_back_is_none);
	unit_add(s, there_is_a_ceiling);
	unit_add(s, a_restart_keeps_them);
	unit_add(s, a_file_of_rules);
	unit_add(s, files_that_are_refused);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
