/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/core/store.h"
#include "emulator/core/trials.h"
#include "tests/unit/unit.h"

#define START_US 1773014400000000LL /* 2026-03-09T00:00:00Z */
#define PARAMS                                                                 \
	"\"params\":[{\"parameterName\":\"x\",\"type\":\"DOUBLE\","            \
	"\"minValue\":0,\"maxValue\":1}]"

static json_t *parse(const char *text) {
	json_t *j = jsn_parse(text, strlen(text), true, NULL);
	ck_assert_ptr_nonnull(j);
	return j;
}

/* Of a job whose trials take 100 s in all, unless t says otherwise. */
static json_t *output(const char *spec, struct trials t, int64_t *ret_busy) {
	auto_json json_t *s = parse(spec);
	json_t *o = json_object();
	t.spec = s;
	t.job_id = t.job_id ? t.job_id : "j";
	t.start_us = t.start_us ? t.start_us : START_US;
	t.plan_us = t.plan_us ? t.plan_us : 100 * US_PER_S;
	ck_assert_int_eq(trials_output(&t, o, ret_busy), 0);
	return o;
}

static json_t *at(const char *spec, int64_t after_s) {
	int64_t busy;
	return output(spec,
		(struct trials){.until_us = START_US + after_s * US_PER_S},
		&busy);
}

/* "ID STATE START END " of each, in seconds after the job's start, by id. */
static char *summary(const json_t *o) {
	const json_t *list = json_object_get(o, "trials");
	struct buf b;
	buf_init(&b, 10000);
	for (size_t id = 1; id <= json_array_size(list); id++) {
		char text[8];
		(void)snprintf(text, sizeof text, "%zu", id);
		size_t i;
		json_t *t;
		json_array_foreach (list, i, t) {
			if (strcmp(json_string_value(
					   json_object_get(t, "trialId")),
				    text) != 0)
				continue;
			const char *end = json_string_value(
				json_object_get(t, "endTime"));
			(void)buf_addf(&b, "%s %s %s-%s\n", text,
				json_string_value(json_object_get(t, "state")),
				json_string_value(
					json_object_get(t, "startTime")) +
					14,
				end ? end + 14 : "");
		}
	}
	char *s = mem_strdup(b.p ? b.p : "");
	buf_done(&b);
	return s;
}

static const char *count(const json_t *o) {
	const char *s =
		json_string_value(json_object_get(o, "completedTrialCount"));
	return s ? s : "(none)";
}

#define FIVE_BY_TWO                                                            \
	"{\"goal\":\"MAXIMIZE\",\"maxTrials\":5,\"maxParallelTrials\":"        \
	"2," PARAMS "}"

/* Three rounds of 33.333333 s, the last of which gets the rest. */
START_TEST(trials_come_in_rounds) {
	static const struct {
		int64_t after_s;
		const char *completed, *trials;
	} cases[] = {{0, "(none)", "1 RUNNING 00:00Z-\n2 RUNNING 00:00Z-\n"},
		{33, "(none)", "1 RUNNING 00:00Z-\n2 RUNNING 00:00Z-\n"},
		{34, "2",
			"1 SUCCEEDED 00:00Z-00:33Z\n2 SUCCEEDED 00:00Z-00:33Z\n"
			"3 RUNNING 00:33Z-\n4 RUNNING 00:33Z-\n"},
		{99, "4",
			"1 SUCCEEDED 00:00Z-00:33Z\n2 SUCCEEDED 00:00Z-00:33Z\n"
			"3 SUCCEEDED 00:33Z-01:06Z\n4 SUCCEEDED 00:33Z-01:06Z\n"
			"5 RUNNING 01:06Z-\n"},
		{100, "5",
			"1 SUCCEEDED 00:00Z-00:33Z\n2 SUCCEEDED 00:00Z-00:33Z\n"
			"3 SUCCEEDED 00:33Z-01:06Z\n4 SUCCEEDED 00:33Z-01:06Z\n"
			"5 SUCCEEDED 01:06Z-01:40Z\n"}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		auto_json json_t *o = at(FIVE_BY_TWO, cases[i].after_s);
		auto_free char *got = summary(o);
		ck_assert_str_eq(got, cases[i].trials);
		ck_assert_str_eq(count(o), cases[i].completed);
	}
}
END_TEST

START_TEST(before_the_start_there_is_none) {
	int64_t busy;
	auto_json json_t *o = output(FIVE_BY_TWO,
		(struct trials){.start_us = STORE_NULL, .until_us = START_US},
		&busy);
	ck_assert_uint_eq(json_object_size(o), 0);
	ck_assert_int_eq(busy, 0);
}
END_TEST

/* Facts section 7: one trial at a time, and one of them, by default. */
START_TEST(numbers_have_defaults) {
	auto_json json_t *one = at("{" PARAMS "}", 99);
	auto_free char *got = summary(one);
	ck_assert_str_eq(got, "1 RUNNING 00:00Z-\n");
	auto_json json_t *two = at("{\"maxTrials\":2," PARAMS "}", 99);
	auto_free char *got_two = summary(two);
	ck_assert_str_eq(
		got_two, "1 SUCCEEDED 00:00Z-00:50Z\n2 RUNNING 00:50Z-\n");
	/* more at once than there are */
	auto_json json_t *many =
		at("{\"maxTrials\":2,\"maxParallelTrials\":9," PARAMS "}", 99);
	auto_free char *got_many = summary(many);
	ck_assert_str_eq(got_many, "1 RUNNING 00:00Z-\n2 RUNNING 00:00Z-\n");
}
END_TEST

START_TEST(a_stop_cancels_those_that_run) {
	int64_t busy;
	auto_json json_t *o = output(FIVE_BY_TWO,
		(struct trials){
			.until_us = START_US + 40 * US_PER_S, .stopped = true},
		&busy);
	auto_free char *got = summary(o);
	ck_assert_str_eq(got,
		"1 SUCCEEDED 00:00Z-00:33Z\n2 SUCCEEDED 00:00Z-00:33Z\n"
		"3 CANCELLED 00:33Z-00:40Z\n4 CANCELLED 00:33Z-00:40Z\n");
	ck_assert_int_eq(busy, 80 * US_PER_S);
	/* at the instant at which a round would begin, it does not */
	auto_json json_t *none = output(FIVE_BY_TWO,
		(struct trials){.until_us = START_US, .stopped = true}, &busy);
	ck_assert_uint_eq(json_object_size(none), 0);
}
END_TEST

static double objective(const json_t *trial) {
	return json_real_value(json_object_get(
		json_object_get(trial, "finalMetric"), "objectiveValue"));
}

static void best_first(const char *goal, bool least) {
	auto_free char *spec = mem_printf(
		"{\"goal\":\"%s\",\"maxTrials\":20,\"maxParallelTrials\":20,"
		"%s}",
		goal, PARAMS);
	auto_json json_t *o = at(spec, 100);
	const json_t *list = json_object_get(o, "trials");
	ck_assert_uint_eq(json_array_size(list), 20);
	for (size_t i = 1; i < 20; i++) {
		double a = objective(json_array_get(list, i - 1));
		double b = objective(json_array_get(list, i));
		ck_assert(least ? a <= b : a >= b);
	}
	ck_assert(objective(json_array_get(list, 0)) !=
		  objective(json_array_get(list, 19)));
}

START_TEST(the_best_is_the_first) {
	best_first("MAXIMIZE", false);
	best_first("GOAL_TYPE_UNSPECIFIED", false);
	best_first("MINIMIZE", true);
}
END_TEST

/* Facts section 7: a failed trial lacks finalMetric. */
START_TEST(failed_ones_come_last) {
	int64_t busy;
	auto_json json_t *o = output(FIVE_BY_TWO,
		(struct trials){
			.until_us = START_US + 100 * US_PER_S, .failed = 2},
		&busy);
	ck_assert_str_eq(count(o), "3");
	const json_t *list = json_object_get(o, "trials");
	for (size_t i = 0; i < 5; i++) {
		const json_t *t = json_array_get(list, i);
		ck_assert_int_eq(!json_object_get(t, "finalMetric"), i >= 3);
		ck_assert_str_eq(json_string_value(json_object_get(t, "state")),
			i < 3 ? "SUCCEEDED" : "FAILED");
	}
	const json_t *first = json_array_get(list, 3);
	ck_assert_str_eq(
		json_string_value(json_object_get(first, "trialId")), "1");
}
END_TEST

static int64_t fails_at(const char *numbers, int64_t failed) {
	auto_free char *text = mem_printf("{%s," PARAMS "}", numbers);
	auto_json json_t *spec = parse(text);
	struct trials t = {.spec = spec,
		.start_us = START_US,
		.plan_us = 100 * US_PER_S,
		.failed = failed};
	int64_t us = -1;
	return trials_fail(&t, &us) ? (us - START_US) / US_PER_S : us;
}

START_TEST(too_many_failures_end_the_job) {
	static const char four[] =
		"\"maxTrials\":4,\"maxParallelTrials\":2,\"maxFailedTrials\":3";
	ck_assert_int_eq(fails_at(four, 2), -1);
	ck_assert_int_eq(fails_at(four, 3), 100);
	static const char two[] =
		"\"maxTrials\":4,\"maxParallelTrials\":2,\"maxFailedTrials\":2";
	ck_assert_int_eq(fails_at(two, 1), -1);
	ck_assert_int_eq(fails_at(two, 2), 50);
	ck_assert_int_eq(fails_at(two, 1000), 50);
	/* the service decides: when none is left */
	ck_assert_int_eq(fails_at("\"maxTrials\":4", 3), -1);
	ck_assert_int_eq(fails_at("\"maxTrials\":4", 4), 100);
	/* more than there are can never be seen */
	ck_assert_int_eq(
		fails_at("\"maxTrials\":4,\"maxFailedTrials\":5", 9), -1);
}
END_TEST

/* Each that is stopped is worse than the mean of the rounds before it, and ends
 * after half its time; each other one is not worse. */
START_TEST(bad_trials_stop_early) {
	auto_json json_t *o =
		at("{\"goal\":\"MINIMIZE\",\"enableTrialEarlyStopping\":true,"
		   "\"maxTrials\":50," PARAMS "}",
			100);
	const json_t *list = json_object_get(o, "trials");
	const json_t *by_id[50];
	size_t i;
	json_t *t;
	json_array_foreach (list, i, t)
		by_id[atoi(json_string_value(json_object_get(t, "trialId"))) -
			1] = t;
	double sum = 0;
	int early = 0;
	for (i = 0; i < 50; i++) {
		bool stopped = json_is_true(
			json_object_get(by_id[i], "isTrialStoppedEarly"));
		ck_assert_int_eq(stopped,
			i > 0 && objective(by_id[i]) > sum / (double)i);
		/* rounds of 2 s */
		ck_assert_int_eq(atoi(json_string_value(json_object_get(
					      by_id[i], "endTime")) +
					 17),
			(int)(2 * i + (stopped ? 1 : 2)) % 60);
		sum += objective(by_id[i]);
		early += stopped;
	}
	ck_assert_int_gt(early, 0);
	ck_assert_str_eq(count(o), "50");
}
END_TEST

static json_t *many(const char *param) {
	auto_free char *spec =
		mem_printf("{\"maxTrials\":1000,\"maxParallelTrials\":1000,"
			   "\"params\":[%s]}",
			param);
	return at(spec, 100);
}

static void value_case(void *ctx, char *const *cols) {
	(void)ctx;
	auto_free char *param =
		mem_printf("{\"parameterName\":\"v\",%s", cols[0] + 1);
	auto_json json_t *o = many(param);
	double min = atof(cols[1]), max = atof(cols[2]), middle = atof(cols[3]);
	double least = max, greatest = min;
	int below = 0;
	size_t i;
	json_t *t;
	json_array_foreach (json_object_get(o, "trials"), i, t) {
		const char *text = json_string_value(json_object_get(
			json_object_get(t, "hyperparameters"), "v"));
		ck_assert_ptr_nonnull(text);
		char *end;
		double v = strtod(text, &end);
		ck_assert_msg(
			!*end && v >= min && v <= max, "%s: %s", param, text);
		if (strstr(param, "INTEGER"))
			ck_assert_ptr_null(strchr(text, '.'));
		least = fmin(least, v);
		greatest = fmax(greatest, v);
		below += v < middle;
	}
	ck_assert_uint_eq(i, 1000);
	/* of 1000 even draws: more than six standard deviations away from 500
	 * would be a scale that is none, and the ends are nearly reached */
	if (*cols[3])
		ck_assert_msg(
			below > 400 && below < 600, "%s: %d", param, below);
	if (strstr(param, "\"INTEGER\",\"minValue\":1,\"maxValue\":10}") ||
		!strstr(param, "minValue")) {
		ck_assert_double_eq(least, min);
		ck_assert_double_eq(greatest, max);
	}
}

START_TEST(values_keep_to_their_scale) {
	unit_tsv("emulator/core/trial_values.tsv", 4, value_case, NULL);
}
END_TEST

START_TEST(the_same_job_has_the_same_trials) {
	int64_t busy;
	struct trials t = {.until_us = START_US + 50 * US_PER_S};
	auto_json json_t *a = output(FIVE_BY_TWO, t, &busy);
	auto_json json_t *b = output(FIVE_BY_TWO, t, &busy);
	ck_assert(json_equal(a, b));
	t.job_id = "k";
	auto_json json_t *c = output(FIVE_BY_TWO, t, &busy);
	ck_assert(!json_equal(a, c));
}
END_TEST

/* 2 x 3 x 2 points, each once; fewer when fewer are wanted. */
START_TEST(a_grid_is_walked) {
	static const char params[] =
		"\"algorithm\":\"GRID_SEARCH\",\"params\":["
		"{\"parameterName\":\"c\",\"type\":\"CATEGORICAL\","
		"\"categoricalValues\":[\"a\",\"b\"]},"
		"{\"parameterName\":\"i\",\"type\":\"INTEGER\",\"minValue\":4,"
		"\"maxValue\":6,\"scaleType\":\"UNIT_LOG_SCALE\"},"
		"{\"parameterName\":\"d\",\"type\":\"DISCRETE\","
		"\"discreteValues\":[0.5,2]}]}";
	static const char *const points[] = {"a 4 0.5", "b 4 0.5", "a 5 0.5",
		"b 5 0.5", "a 6 0.5", "b 6 0.5", "a 4 2", "b 4 2", "a 5 2",
		"b 5 2", "a 6 2", "b 6 2"};
	for (int max = 11; max <= 13; max++) {
		auto_free char *spec =
			mem_printf("{\"maxTrials\":%d,%s", max, params);
		auto_json json_t *o = at(spec, 100);
		const json_t *list = json_object_get(o, "trials");
		ck_assert_uint_eq(
			json_array_size(list), max < 12 ? (size_t)max : 12);
		size_t i;
		json_t *t;
		json_array_foreach (list, i, t) {
			const json_t *h = json_object_get(t, "hyperparameters");
			auto_free char *got = mem_printf("%s %s %s",
				json_string_value(json_object_get(h, "c")),
				json_string_value(json_object_get(h, "i")),
				json_string_value(json_object_get(h, "d")));
			int id = atoi(json_string_value(
				json_object_get(t, "trialId")));
			ck_assert_str_eq(got, points[id - 1]);
		}
	}
}
END_TEST

START_TEST(there_is_a_ceiling) {
	auto_json json_t *at_it = at("{\"maxTrials\":1000,"
				     "\"maxParallelTrials\":2000," PARAMS "}",
		1);
	ck_assert_uint_eq(
		json_array_size(json_object_get(at_it, "trials")), TRIALS_MAX);
	auto_json json_t *over = at("{\"maxTrials\":1001,"
				    "\"maxParallelTrials\":2000," PARAMS "}",
		1);
	ck_assert_uint_eq(
		json_array_size(json_object_get(over, "trials")), TRIALS_MAX);
}
END_TEST

static int make(void *ctx, struct err *e) {
	struct trials *t = ctx;
	auto_json json_t *o = json_object();
	int64_t busy = -1;
	int rc = o ? trials_output(t, o, &busy) : ERR_NOMEM;
	ck_assert_int_eq(busy >= 0, rc == 0);
	return rc ? err_set(e, rc, "trials") : 0;
}

START_TEST(out_of_memory) {
	auto_json json_t *spec = parse(
		"{\"maxTrials\":2,\"enableTrialEarlyStopping\":true," PARAMS
		"}");
	struct trials t = {.spec = spec,
		.job_id = "j",
		.start_us = START_US,
		.plan_us = 100 * US_PER_S,
		.until_us = START_US + 100 * US_PER_S};
	ck_assert_int_gt(unit_nomem(make, &t), 20);
}
END_TEST

int main(void) {
	Suite *s = suite_create("trials");
	unit_add(s, trials_come_in_rounds);
	unit_add(s, before_the_start_there_is_none);
	unit_add(s, numbers_have_defaults);
	unit_add(s, a_stop_cancels_those_that_run);
	unit_add(s, the_best_is_the_first);
	unit_add(s, failed_ones_come_last);
	unit_add(s, too_many_failures_end_the_job);
	unit_add(s, bad_trials_stop_early);
	unit_add(s, values_keep_to_their_scale);
	unit_add(s, the_same_job_has_the_same_trials);
	unit_add(s, a_grid_is_walked);
	unit_add(s, there_is_a_ceiling);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
