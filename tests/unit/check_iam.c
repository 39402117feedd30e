/* SPDX-License-Identifier: MIT */
/* Policies as rows: one a resource, and etags that never come again. */
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/iam.h"
#include "emulator/core/project.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static const struct iam_resource job = {
	"ml.googleapis.com", CORE_P, "jobs", "j"};

struct seen {
	int count;
	char policy[64];
	int64_t etag;
};

static void see(void *ctx, const char *policy, int64_t etag) {
	struct seen *s = ctx;
	s->count++;
	s->etag = etag;
	(void)snprintf(
		s->policy, sizeof s->policy, "%s", policy ? policy : "(none)");
}

static struct seen get(struct core *c, const struct iam_resource *r) {
	struct seen s = {0};
	iam_get(c->em, r, see, &s);
	ck_assert_int_eq(s.count, 1);
	return s;
}

static int64_t set(
	struct core *c, const struct iam_resource *r, const char *policy) {
	emu_begin(c->em);
	int64_t etag = iam_set(c->em, r, policy);
	ck_assert_int_eq(emu_commit(c->em), 0);
	return etag;
}

START_TEST(a_policy_is_kept_and_replaced) {
	struct core c;
	core_open(&c, NULL);
	struct seen s = get(&c, &job);
	ck_assert_str_eq(s.policy, "(none)");
	ck_assert_int_eq(s.etag, IAM_NO_POLICY);
	int64_t one = set(&c, &job, "{\"a\":1}");
	ck_assert_int_eq(one, CORE_START_US);
	s = get(&c, &job);
	ck_assert_str_eq(s.policy, "{\"a\":1}");
	ck_assert_int_eq(s.etag, one);
	core_advance(&c, US_PER_S);
	int64_t two = set(&c, &job, "{}");
	ck_assert_int_eq(two, CORE_START_US + US_PER_S);
	ck_assert_str_eq(get(&c, &job).policy, "{}");
	core_close(&c);
}
END_TEST

/* Any part of the full name makes another resource. */
START_TEST(resources_are_told_apart) {
	static const struct iam_resource others[] = {
		{"pubsub.googleapis.com", CORE_P, "jobs", "j"},
		{"ml.googleapis.com", "p2", "jobs", "j"},
		{"ml.googleapis.com", CORE_P, "models", "j"},
		{"ml.googleapis.com", CORE_P, "jobs", "J"}};
	struct core c;
	core_open(&c, NULL);
	(void)set(&c, &job, "{\"mine\":1}");
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		ck_assert_str_eq(get(&c, &others[i]).policy, "(none)");
		(void)set(&c, &others[i], "{}");
		ck_assert_str_eq(get(&c, &others[i]).policy, "{}");
		CORE_TX(&c, (iam_forget(c.em, &others[i]), 0));
		ck_assert_str_eq(get(&c, &others[i]).policy, "(none)");
	}
	ck_assert_str_eq(get(&c, &job).policy, "{\"mine\":1}");
	core_close(&c);
}
END_TEST

/* On a clock that stands still, over resources, after a resource is gone and
 * after a restart: no etag comes twice. */
START_TEST(an_etag_never_comes_again) {
	auto_free char *path = core_temp("iam");
	struct core c;
	core_open(&c, path);
	int64_t last = IAM_NO_POLICY;
	for (int i = 0; i < 100; i++) {
		struct iam_resource r = job;
		r.name = i % 2 ? "j" : "k";
		int64_t etag = set(&c, &r, "{}");
		ck_assert_int_gt(etag, last);
		last = etag;
		if (i % 3 == 0)
			CORE_TX(&c, (iam_forget(c.em, &r), 0));
		if (i % 10 == 0) {
			core_close(&c);
			core_open(&c, path);
		}
	}
	core_close(&c);
	core_remove(path);
}
END_TEST

START_TEST(a_reset_forgets_policies) {
	struct core c;
	core_open(&c, NULL);
	(void)set(&c, &job, "{}");
	ck_assert_int_eq(CORE_TX(&c, emu_reset(c.em, NULL, NULL)), 0);
	ck_assert_str_eq(get(&c, &job).policy, "(none)");
	core_close(&c);
}
END_TEST

/* FNV-1a's published values of "a" and "foobar" (0xaf63dc4c8601ec8c,
 * 0x85944171f73967e8), over 900,000,000,000 and lifted to twelve digits. */
START_TEST(numbers_of_projects) {
	static const char *const cases[][2] = {{"a", "300555641996"},
		{"foobar", "161332436968"}, {"123456789012", "123456789012"},
		{"7", "7"}};
	char number[PROJECT_NUMBER_MAX];
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		project_number(cases[i][0], number);
		ck_assert_str_eq(number, cases[i][1]);
	}
	/* digits that are too many are a name like another */
	project_number("00000000000000000000000", number);
	ck_assert_uint_eq(strlen(number), 23);
	project_number("000000000000000000000000", number);
	ck_assert_uint_eq(strlen(number), 12);
	project_number("", number);
	ck_assert_uint_eq(strlen(number), 12);
}
END_TEST

int main(void) {
	Suite *s = suite_create("iam");
	unit_add(s, a_policy_is_kept_and_replaced);
	unit_add(s, resources_are_told_apart);
	unit_add(s, an_etag_never_comes_again);
	unit_add(s, a_reset_forgets_policies);
	unit_add(s, numbers_of_projects);
	return unit_run(s);
}
