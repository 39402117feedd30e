/* SPDX-License-Identifier: MIT */
/* What a replica is told: tf_config.c by the folders of fixtures/run/tf_config
 * (the job `tpu` has the form of a recorded environment; addresses hold the
 * first ten digits of SHA-256 of "p1/job_1"), and replica.c around it. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/run/replica.h"
#include "tests/unit/unit.h"

static const char *const program[] = {"/bin/train", "fixed one", NULL};
static const char *const inherited[] = {"PATH=/bin", "TF_CONFIG=mine",
	"TF_CONFIGURED=1", "=odd", "CLOUD_ML_TRIAL_ID=9",
	"CLOUD_ML_HP_METRIC_FILE=/x", "CLUSTER_SPEC=", "CLOUD_ML_JOB=x",
	"CLOUD_ML_JOB_ID=x", "CLOUD_ML_PROJECT_ID=x", NULL};

static struct run of_input(const char *input) {
	return (struct run){.job = 1,
		.project = "p1",
		.job_id = "job_1",
		.input = input,
		.argv = program};
}

static struct replica make(const struct run *r) {
	struct replica rep;
	struct err e = {0};
	ck_assert_msg(replica_init(&rep, r, inherited, &e) == 0, "%s", e.msg);
	return rep;
}

/* The value of a variable; fails the test unless it is there once. */
static const char *value(const struct replica *rep, const char *name) {
	const char *found = NULL;
	size_t n = strlen(name);
	for (size_t i = 0; i < rep->env.len; i++)
		if (!strncmp(rep->env.at[i], name, n) &&
			rep->env.at[i][n] == '=') {
			ck_assert_msg(!found, "%s comes twice", name);
			found = rep->env.at[i] + n + 1;
		}
	ck_assert_msg(found != NULL, "no %s", name);
	return found;
}

static json_t *parse(const char *text) {
	struct err e = {0};
	json_t *j = jsn_parse(text, strlen(text), true, &e);
	ck_assert_msg(j != NULL, "%s: %s", e.msg, text);
	return j;
}

static json_t *fixture(const char *folder, const char *name) {
	auto_free char *path =
		mem_printf("run/tf_config/%s/%s.json", folder, name);
	auto_free char *text = unit_fixture(path, NULL);
	return parse(text);
}

static void same(const char *name, const json_t *got, const json_t *want) {
	auto_free char *text = jsn_compact(got);
	ck_assert_msg(json_equal(got, want), "%s: %s", name, text);
}

/* In the fixtures the member "job" is an object; its text is what is told. */
static void check_variable(
	const struct replica *rep, const char *name, const json_t *want) {
	auto_json json_t *got = parse(value(rep, name));
	auto_json json_t *job =
		parse(json_string_value(json_object_get(got, "job")));
	ck_assert_str_eq(value(rep, "CLOUD_ML_JOB"),
		json_string_value(json_object_get(got, "job")));
	ck_assert_int_eq(json_object_set(got, "job", job), 0);
	same(name, got, want);
}

static void check_folder(const char *folder) {
	auto_json json_t *input = fixture(folder, "input");
	auto_free char *text = jsn_compact(input);
	struct run r = of_input(text);
	struct replica rep = make(&r);
	auto_json json_t *tf_config = fixture(folder, "tf_config");
	auto_json json_t *spec = fixture(folder, "cluster_spec");
	check_variable(&rep, "TF_CONFIG", tf_config);
	check_variable(&rep, "CLUSTER_SPEC", spec);
	replica_done(&rep);
}

START_TEST(clusters) {
	check_folder("basic");
	check_folder("tpu");
	check_folder("standard_1");
	check_folder("custom");
}
END_TEST

/* Facts ml-jobs.md section 6: PREMIUM_1 has 19 workers and 11 servers. */
START_TEST(the_largest_tier) {
	struct run r = of_input("{\"trainingInput\":"
				"{\"scaleTier\":\"PREMIUM_1\"}}");
	struct replica rep = make(&r);
	auto_json json_t *tf = parse(value(&rep, "TF_CONFIG"));
	const json_t *cluster = json_object_get(tf, "cluster");
	ck_assert_uint_eq(
		json_array_size(json_object_get(cluster, "worker")), 19);
	ck_assert_uint_eq(json_array_size(json_object_get(cluster, "ps")), 11);
	ck_assert_uint_eq(
		json_array_size(json_object_get(cluster, "master")), 1);
	replica_done(&rep);
}
END_TEST

static int with_workers(int n, struct err *e) {
	auto_free char *input = mem_printf("{\"trainingInput\":{\"scaleTier\":"
					   "\"CUSTOM\",\"masterType\":\"m\","
					   "\"workerType\":\"m\","
					   "\"workerCount\":\"%d\"}}",
		n);
	struct run r = of_input(input);
	struct replica rep;
	int rc = replica_init(&rep, &r, inherited, e);
	replica_done(&rep);
	return rc;
}

START_TEST(too_many_replicas) {
	struct err e = {0};
	ck_assert_int_eq(with_workers(1000, &e), 0);
	ck_assert_int_eq(with_workers(1001, &e), ERR_RANGE);
	ck_assert_str_eq(e.msg, "a program can be told of 1000 replicas of a "
				"role at most; this job has more of worker");
}
END_TEST

START_TEST(the_environment) {
	struct run r = of_input("{\"trainingInput\":{}}");
	struct replica rep = make(&r);
	ck_assert_str_eq(value(&rep, "PATH"), "/bin");
	ck_assert_str_eq(value(&rep, "TF_CONFIGURED"), "1");
	ck_assert_str_eq(value(&rep, "CLOUD_ML_JOB_ID"), "job_1");
	ck_assert_str_eq(value(&rep, "CLOUD_ML_PROJECT_ID"), "p1");
	ck_assert_str_eq(value(&rep, "CLOUD_ML_JOB"), "{}");
	/* three inherited ones, and five of the service's: no trial */
	ck_assert_uint_eq(rep.env.len, 8);
	ck_assert_ptr_null(rep.env.at[8]);
	replica_done(&rep);
}
END_TEST

/* Compares what comes after the entry's own words, each in brackets. */
static void check_args(const char *training, const char *want) {
	auto_free char *input =
		mem_printf("{\"trainingInput\":{%s}}", training);
	struct run r = of_input(input);
	struct replica rep = make(&r);
	ck_assert_uint_ge(rep.argv.len, 2);
	ck_assert_str_eq(rep.argv.at[0], "/bin/train");
	ck_assert_str_eq(rep.argv.at[1], "fixed one");
	ck_assert_ptr_null(rep.argv.at[rep.argv.len]);
	auto_buf struct buf got;
	buf_init(&got, 1000);
	for (size_t i = 2; i < rep.argv.len; i++)
		(void)buf_addf(&got, "[%s]", rep.argv.at[i]);
	ck_assert_str_eq(buf_str(&got), want);
	replica_done(&rep);
}

START_TEST(arguments) {
	check_args("", "");
	check_args("\"args\":[\"a\",\"--b=c\"]", "[a][--b=c]");
	check_args("\"jobDir\":\"gs://b/d\"", "[--job-dir][gs://b/d]");
	check_args("\"args\":[\"a\"],\"jobDir\":\"gs://b/d\"",
		"[a][--job-dir][gs://b/d]");
	check_args("\"masterConfig\":{\"containerArgs\":[\"x\"],"
		   "\"containerCommand\":[\"python\",\"t.py\"]},"
		   "\"jobDir\":\"gs://b\"",
		"[python][t.py][x][--job-dir][gs://b]");
	/* of the master only */
	check_args("\"workerConfig\":{\"containerArgs\":[\"x\"]}", "");
}
END_TEST

START_TEST(arguments_of_an_enemy) {
	check_args("\"args\":[\"$(reboot)\",\"; reboot\",\"\",\"-\",\"a\\nb\","
		   "\"'\\\"\\\\\",\"LD_PRELOAD=/x\"],\"jobDir\":\"--help\"",
		"[$(reboot)][; reboot][][-][a\nb]['\"\\][LD_PRELOAD=/x]"
		"[--job-dir][--help]");
}
END_TEST

static int make_one(void *ctx, struct err *e) {
	struct replica rep;
	int rc = replica_init(&rep, ctx, inherited, e);
	replica_done(&rep);
	return rc;
}

START_TEST(out_of_memory) {
	auto_json json_t *input = fixture("custom", "input");
	auto_free char *text = jsn_compact(input);
	struct run r = of_input(text);
	ck_assert_int_ge(unit_nomem(make_one, &r), 50);
}
END_TEST

int main(void) {
	Suite *s = suite_create("replica");
	unit_add(s, clusters);
	unit_add(s, the_largest_tier);
	unit_add(s, too_many_replicas);
	unit_add(s, the_environment);
	unit_add(s, arguments);
	unit_add(s, arguments_of_an_enemy);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
