/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "common/clock.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/machines.h"
#include "emulator/core/quota.h"
#include "tests/unit/unit.h"

static void machines_case(void *ctx, char *const *cols) {
	(void)ctx;
	static const char *const roles[] = {
		"master", "worker", "ps", "evaluator"};
	auto_json json_t *in = jsn_parse(cols[0], strlen(cols[0]), true, NULL);
	ck_assert_ptr_nonnull(in);
	struct replicas c[MACHINES_ROLES];
	machines_of(in, c);
	for (size_t i = 0; i < MACHINES_ROLES; i++) {
		auto_free char *more =
			c[i].accelerators
				? mem_printf(" %lld %s",
					  (long long)c[i].accelerators,
					  c[i].accelerator)
				: mem_strdup("");
		auto_free char *got =
			c[i].count
				? mem_printf("%lld %s%s", (long long)c[i].count,
					  c[i].machine, more)
				: mem_strdup("0");
		ck_assert_str_eq(got, cols[i + 1]);
		if (c[i].count)
			ck_assert_str_eq(c[i].role, roles[i]);
	}
}

START_TEST(machines) {
	unit_tsv("emulator/core/machines.tsv", 5, machines_case, NULL);
}
END_TEST

static double units(const char *text, int64_t us) {
	auto_json json_t *in = jsn_parse(text, strlen(text), true, NULL);
	struct replicas c[MACHINES_ROLES];
	machines_of(in, c);
	return machines_units(c, us);
}

#define CUSTOM(type) "{\"scaleTier\":\"CUSTOM\",\"masterType\":\"" type "\"}"

/* The two real jobs of facts section 2 that the prices of their time explain:
 * 5 min 34 s of a notebook's machine, and 57 min 36 s of an n1-highmem-16. */
START_TEST(units_of_real_jobs) {
	ck_assert_double_eq(units("{}", 334 * US_PER_S), 0.06);
	ck_assert_double_eq(
		units(CUSTOM("n1-highmem-16"), 3456 * US_PER_S), 1.85);
}
END_TEST

/* doc/differences.md: ten minutes at least, vCPUs and accelerators by the
 * hour, cut to two decimals. */
START_TEST(units_by_the_formula) {
	static const struct {
		const char *input;
		int64_t us;
		double units;
	} cases[] = {/* 4 x 0.09694 x 1/6 = 0.0646 */
		{"{}", 0, 0.06}, {"{}", 10 * US_PER_MIN, 0.06},
		/* 0.38776 */
		{"{}", US_PER_HOUR, 0.38},
		/* 8 x 0.09694 + 0.9184 = 1.69392 */
		{"{\"scaleTier\":\"BASIC_GPU\"}", US_PER_HOUR, 1.69},
		/* 5 x 8 x 0.07235 + 3 x 4 x 0.09694 = 4.05728 */
		{"{\"scaleTier\":\"STANDARD_1\"}", 100 * US_PER_HOUR, 405.72},
		/* 12 x 0.09694 + 5.9871 = 7.15038 */
		{CUSTOM("a2-highgpu-1g"), US_PER_HOUR, 7.15},
		/* nothing known */
		{CUSTOM("standard-of-tomorrow"), US_PER_HOUR, 0}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_double_eq_tol(units(cases[i].input, cases[i].us),
			cases[i].units, 1e-9);
}
END_TEST

static void refuse(const char *input, const char *description) {
	auto_status struct status st = STATUS_INIT;
	struct job j = {.project = "p1", .input = input};
	ck_assert_int_eq(quota_refuse(&j, &st), ST_RESOURCE_EXHAUSTED);
	ck_assert_int_eq(status_http(&st), 429);
	auto_free char *message = mem_printf(
		"Quota failure for project p1. %s To read more about Cloud ML "
		"Engine quota, see https://cloud.google.com/ml-engine/quotas.",
		description);
	ck_assert_str_eq(st.message, message);
	auto_json json_t *want = json_pack("[{s:s, s:[{s:s, s:s}]}]", "@type",
		"type.googleapis.com/google.rpc.QuotaFailure", "violations",
		"subject", "p1", "description", description);
	ck_assert(json_equal(st.details, want));
}

/* Facts section 9: the words, and the detail. */
START_TEST(refusals_for_want_of_quota) {
#define ALL                                                                    \
	"exceeds the allowed maximum of 0 A100, 0 K80, 0 P100, 0 P4, 0 T4, 0 " \
	"TPU_V2, 0 TPU_V2_POD, 0 TPU_V3, 0 TPU_V3_POD, 0 V100 accelerators."
	refuse("{\"trainingInput\":{\"scaleTier\":\"CUSTOM\","
	       "\"masterType\":\"standard_gpu\",\"workerType\":"
	       "\"standard_gpu\",\"workerCount\":\"1\"}}",
		"The request for 2 K80 accelerators " ALL);
	refuse("{\"trainingInput\":{\"scaleTier\":\"BASIC_TPU\"}}",
		"The request for 8 TPU_V2 accelerators " ALL);
	refuse("{\"trainingInput\":{}}",
		"The request for 1 training job exceeds the allowed maximum of "
		"0 training jobs.");
	refuse("{\"predictionInput\":{}}",
		"The request for 1 training job exceeds the allowed maximum of "
		"0 training jobs.");
}
END_TEST

int main(void) {
	Suite *s = suite_create("machines");
	unit_add(s, machines);
	unit_add(s, units_of_real_jobs);
	unit_add(s, units_by_the_formula);
	unit_add(s, refusals_for_want_of_quota);
	return unit_run(s);
}
