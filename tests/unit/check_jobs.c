/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

/* A job as it was seen, with its texts kept. */
struct seen {
	int count;
	struct job j;
	char job_id[64], input[64], labels[64], error[64];
	char order[256]; /* the ids of all that were shown, each with a blank */
};

static void see(void *ctx, const struct job *j) {
	struct seen *s = ctx;
	s->count++;
	s->j = *j;
	(void)snprintf(s->job_id, sizeof s->job_id, "%s", j->job_id);
	(void)snprintf(s->input, sizeof s->input, "%s", j->input);
	(void)snprintf(s->labels, sizeof s->labels, "%s",
		j->labels ? j->labels : "(none)");
	(void)snprintf(s->error, sizeof s->error, "%s",
		j->error ? j->error : "(none)");
	size_t len = strlen(s->order);
	(void)snprintf(s->order + len, sizeof s->order - len, "%s ", j->job_id);
}

static int create(struct core *c, const char *id, struct seen *ret) {
	auto_status struct status st = STATUS_INIT;
	*ret = (struct seen){0};
	return CORE_TX(c, jobs_create(c->em, CORE_P, id, "{\"a\":1}", NULL, see,
				  ret, &st));
}

static struct seen get(struct core *c, const char *id) {
	auto_status struct status st = STATUS_INIT;
	struct seen s = {0};
	ck_assert_int_eq(jobs_get(c->em, CORE_P, id, see, &s, &st), ST_OK);
	ck_assert_int_eq(s.count, 1);
	return s;
}

static int cancel(struct core *c, const char *id) {
	auto_status struct status st = STATUS_INIT;
	return CORE_TX(c, jobs_cancel(c->em, CORE_P, id, &st));
}

static const char *state_of(struct core *c, const char *id) {
	return job_state_name(get(c, id).j.state);
}

START_TEST(a_job_goes_through_its_states_on_the_clock) {
	static const struct {
		int64_t after_s;
		const char *state;
		bool started, ended;
	} steps[] = {{0, "QUEUED", false, false}, {4, "QUEUED", false, false},
		{5, "PREPARING", false, false},
		{104, "PREPARING", false, false}, {105, "RUNNING", true, false},
		{404, "RUNNING", true, false}, {405, "SUCCEEDED", true, true},
		{100000, "SUCCEEDED", true, true}};
	struct core c;
	core_open(&c, NULL);
	struct seen s;
	ck_assert_int_eq(create(&c, "j", &s), ST_OK);
	ck_assert_int_eq(s.count, 1);
	ck_assert_str_eq(s.input, "{\"a\":1}");
	ck_assert_str_eq(s.labels, "(none)");
	uint64_t etag = s.j.etag;
	enum job_state state = s.j.state;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		core_advance(&c, CORE_START_US + steps[i].after_s * US_PER_S -
					 emu_now(c.em));
		s = get(&c, "j");
		ck_assert_str_eq(job_state_name(s.j.state), steps[i].state);
		ck_assert_int_eq(s.j.create_us, CORE_START_US);
		ck_assert_int_eq(s.j.start_us,
			steps[i].started ? CORE_START_US + 105 * US_PER_S
					 : STORE_NULL);
		ck_assert_int_eq(s.j.end_us,
			steps[i].ended ? CORE_START_US + 405 * US_PER_S
				       : STORE_NULL);
		/* the etag differs after every change and after none else */
		ck_assert_int_eq(s.j.etag != etag, s.j.state != state);
		etag = s.j.etag;
		state = s.j.state;
	}
	ck_assert_int_eq(core_journal(&c, "\"kind\":\"job\"", "\"j\""), 4);
	ck_assert_int_eq(c.em->counters.jobsCreated, 1);
	ck_assert_int_eq(c.em->counters.jobsFinished, 1);
	core_close(&c);
}
END_TEST

static void cancel_case(void *ctx, char *const *cols) {
	(void)ctx;
	struct core c;
	core_open(&c, NULL);
	struct seen s;
	ck_assert_int_eq(create(&c, "j", &s), ST_OK);
	core_advance(&c, atoll(cols[1]) * US_PER_S);
	ck_assert_str_eq(state_of(&c, "j"), cols[0]);
	uint64_t etag = get(&c, "j").j.etag;
	int64_t at = emu_now(c.em);
	ck_assert_int_eq(cancel(&c, "j"), ST_OK);
	s = get(&c, "j");
	ck_assert_str_eq(job_state_name(s.j.state), cols[2]);
	bool moves = strcmp(cols[0], cols[2]) != 0;
	ck_assert_int_eq(s.j.etag != etag, moves);
	/* a second cancel while it is cancelling changes nothing */
	etag = s.j.etag;
	ck_assert_int_eq(cancel(&c, "j"), ST_OK);
	ck_assert_int_eq(get(&c, "j").j.etag, etag);
	core_advance(&c, 10000 * US_PER_S);
	s = get(&c, "j");
	ck_assert_str_eq(job_state_name(s.j.state), cols[3]);
	ck_assert_int_eq(s.j.start_us != STORE_NULL, *cols[4] == 'y');
	ck_assert_int_eq(s.j.end_us,
		moves ? at + 5 * US_PER_S : CORE_START_US + 405 * US_PER_S);
	ck_assert_int_eq(c.em->counters.jobsFinished, 1);
	core_close(&c);
}

START_TEST(cancel_in_every_state) {
	unit_tsv("emulator/core/job_moves.tsv", 5, cancel_case, NULL);
}
END_TEST

START_TEST(an_id_is_taken_for_ever) {
	struct core c;
	core_open(&c, NULL);
	struct seen s;
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(create(&c, "j", &s), ST_OK);
	for (int i = 0; i < 2; i++) {
		s = (struct seen){0};
		ck_assert_int_eq(CORE_TX(&c, jobs_create(c.em, CORE_P, "j",
						     "{}", NULL, see, &s, &st)),
			ST_ALREADY_EXISTS);
		/* facts ml-jobs.md: the words of the 409 */
		ck_assert_str_eq(st.message,
			"Field: job.job_id Error: A job with this id already "
			"exists.");
		ck_assert_int_eq(s.count, 0);
		core_advance(&c, 365 * US_PER_DAY); /* over, and long ago */
	}
	ck_assert_int_eq(CORE_TX(&c, jobs_create(c.em, "other", "j", "{}",
					     "{\"l\":\"v\"}", see, &s, &st)),
		ST_OK);
	ck_assert_str_eq(s.labels, "{\"l\":\"v\"}");
	ck_assert_int_eq(c.em->counters.jobsCreated, 2);
	core_close(&c);
}
END_TEST

START_TEST(unknown_jobs) {
	struct core c;
	core_open(&c, NULL);
	struct seen s = {0};
	auto_status struct status st = STATUS_INIT;
	ck_assert_int_eq(
		jobs_get(c.em, CORE_P, "j", see, &s, &st), ST_NOT_FOUND);
	ck_assert_int_eq(cancel(&c, "j"), ST_NOT_FOUND);
	ck_assert_int_eq(s.count, 0);
	/* an event whose row is not there does nothing */
	CORE_TX(&c, (jobs_due(c.em, 77, CORE_START_US), 0));
	ck_assert_int_eq(core_journal(&c, "", ""), 0);
	core_close(&c);
}
END_TEST

/* An event that is not the row's own time, as after a cancel. */
START_TEST(a_stale_event_does_nothing) {
	struct core c;
	core_open(&c, NULL);
	struct seen s;
	ck_assert_int_eq(create(&c, "j", &s), ST_OK);
	int64_t due = CORE_START_US + 5 * US_PER_S;
	CORE_TX(&c, (jobs_due(c.em, s.j.id, due - 1), 0));
	ck_assert_str_eq(state_of(&c, "j"), "QUEUED");
	CORE_TX(&c, (jobs_due(c.em, s.j.id, due), 0));
	ck_assert_str_eq(state_of(&c, "j"), "PREPARING");
	CORE_TX(&c, (jobs_due(c.em, s.j.id, due), 0));
	ck_assert_str_eq(state_of(&c, "j"), "PREPARING");
	core_close(&c);
}
END_TEST

static int patch(
	struct core *c, const char *id, struct job_patch p, struct seen *ret) {
	auto_status struct status st = STATUS_INIT;
	*ret = (struct seen){0};
	return CORE_TX(c, jobs_patch(c->em, CORE_P, id, &p, see, ret, &st));
}

START_TEST(a_patch_changes_labels_and_the_etag) {
	static const struct job_patch to_a = {
		.set_labels = true, .labels = "{\"a\":\"b\"}"};
	struct core c;
	core_open(&c, NULL);
	struct seen s;
	ck_assert_int_eq(create(&c, "j", &s), ST_OK);
	struct job made = s.j;
	ck_assert_int_eq(patch(&c, "j", to_a, &s), ST_OK);
	ck_assert_int_eq(s.count, 1);
	ck_assert_str_eq(s.labels, "{\"a\":\"b\"}");
	ck_assert_str_eq(s.input, "{\"a\":1}");
	ck_assert_int_eq(s.j.state, JOB_QUEUED);
	ck_assert_int_eq(s.j.create_us, made.create_us);
	ck_assert_uint_ne(s.j.etag, made.etag);
	ck_assert_uint_eq(get(&c, "j").j.etag, s.j.etag);
	/* its life goes on, and over is no state apart */
	core_advance(&c, 405 * US_PER_S);
	s = get(&c, "j");
	ck_assert_int_eq(s.j.state, JOB_SUCCEEDED);
	ck_assert_str_eq(s.labels, "{\"a\":\"b\"}");
	ck_assert_int_eq(
		patch(&c, "j", (struct job_patch){.set_labels = true}, &s),
		ST_OK);
	ck_assert_str_eq(s.labels, "(none)");
	ck_assert_int_eq(patch(&c, "none", to_a, &s), ST_NOT_FOUND);
	ck_assert_int_eq(s.count, 0);
	core_close(&c);
}
END_TEST

/* Every mutation gives an etag of its own, also when nothing else changes. */
START_TEST(etags_never_come_again) {
	enum { TIMES = 1000 };
	static uint64_t seen_etags[TIMES];
	struct core c;
	core_open(&c, NULL);
	struct seen s;
	ck_assert_int_eq(create(&c, "j", &s), ST_OK);
	for (size_t i = 0; i < TIMES; i++) {
		seen_etags[i] = s.j.etag;
		for (size_t k = 0; k < i; k++)
			ck_assert_uint_ne(seen_etags[k], s.j.etag);
		ck_assert_int_eq(
			patch(&c, "j", (struct job_patch){0}, &s), ST_OK);
	}
	core_close(&c);
}
END_TEST

START_TEST(a_stale_etag_is_refused) {
	struct core c;
	core_open(&c, NULL);
	struct seen s, made;
	ck_assert_int_eq(create(&c, "j", &made), ST_OK);
	const char *bytes = (const char *)&made.j.etag;
	for (size_t len = 0; len < sizeof made.j.etag; len++)
		ck_assert_int_eq(patch(&c, "j",
					 (struct job_patch){.if_etag = bytes,
						 .if_etag_len = len},
					 &s),
			ST_ABORTED);
	const struct job_patch known = {.if_etag = bytes,
		.if_etag_len = sizeof made.j.etag,
		.set_labels = true,
		.labels = "{}"};
	ck_assert_int_eq(patch(&c, "j", known, &s), ST_OK);
	ck_assert_int_eq(patch(&c, "j", known, &s), ST_ABORTED);
	ck_assert_int_eq(s.count, 0);
	ck_assert_int_eq(patch(&c, "none", known, &s), ST_NOT_FOUND);
	core_close(&c);
}
END_TEST

struct some {
	struct seen seen;
	int max;
};

static bool see_some(void *ctx, const struct job *j) {
	struct some *s = ctx;
	see(&s->seen, j);
	return s->seen.count < s->max;
}

static struct seen list(struct core *c, int64_t before, int max) {
	struct some s = {.max = max};
	jobs_list(c->em, CORE_P, before, see_some, &s);
	return s.seen;
}

START_TEST(lists_begin_with_the_newest) {
	struct core c;
	core_open(&c, NULL);
	ck_assert_str_eq(list(&c, INT64_MAX, 10).order, "");
	int64_t id[4];
	struct seen s;
	auto_status struct status st = STATUS_INIT;
	for (int i = 0; i < 4; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "j%d", i);
		ck_assert_int_eq(create(&c, name, &s), ST_OK);
		id[i] = s.j.id;
	}
	ck_assert_int_eq(CORE_TX(&c, jobs_create(c.em, "other", "x", "{}", NULL,
					     see, &s, &st)),
		ST_OK);
	ck_assert_str_eq(list(&c, INT64_MAX, 10).order, "j3 j2 j1 j0 ");
	ck_assert_str_eq(list(&c, INT64_MAX, 2).order, "j3 j2 ");
	ck_assert_str_eq(list(&c, id[2], 2).order, "j1 j0 ");
	ck_assert_str_eq(list(&c, id[0], 2).order, "");
	core_close(&c);
}
END_TEST

/* Rows are numbered a project: those of others neither show nor get mixed up,
 * whichever comes next, after a refusal and after a restart. The names are at
 * the length that is remembered, and past it. */
START_TEST(projects_take_turns) {
	auto_free char *path = core_temp("projects");
	char names[4][80] = {"a", "b"};
	memset(names[2], 'c', 63);
	memset(names[3], 'd', 64);
	char want[4][64] = {""};
	struct core c;
	core_open(&c, path);
	for (int i = 0; i < 12; i++) {
		if (i == 6) {
			core_close(&c);
			core_open(&c, path);
		}
		int p = i * 7 % 4; /* each three times */
		char id[16];
		(void)snprintf(id, sizeof id, "j%d", i);
		struct seen s = {0};
		for (int again = 0; again < 2; again++) {
			auto_status struct status st = STATUS_INIT;
			int rc = CORE_TX(&c, jobs_create(c.em, names[p], id,
						     "{}", NULL, see, &s, &st));
			ck_assert_int_eq(rc, again ? ST_ALREADY_EXISTS : ST_OK);
		}
		size_t len = strlen(id);
		memmove(want[p] + len + 1, want[p], strlen(want[p]) + 1);
		memcpy(want[p], id, len);
		want[p][len] = ' ';
	}
	for (int p = 0; p < 4; p++) {
		struct some s = {.max = 10};
		jobs_list(c.em, names[p], INT64_MAX, see_some, &s);
		ck_assert_int_eq(s.seen.count, 3);
		ck_assert_str_eq(s.seen.order, want[p]);
	}
	core_close(&c);
	core_remove(path);
}
END_TEST

/* Facts ml-jobs.md section 3: those of the last 90 days; a get finds all. */
START_TEST(lists_hide_what_is_old) {
	struct core c;
	core_open(&c, NULL);
	struct seen s;
	ck_assert_int_eq(create(&c, "old", &s), ST_OK);
	core_advance(&c, US_PER_DAY);
	ck_assert_int_eq(create(&c, "new", &s), ST_OK);
	core_advance(&c, 89 * US_PER_DAY - 1);
	ck_assert_str_eq(list(&c, INT64_MAX, 10).order, "new old ");
	core_advance(&c, 1);
	ck_assert_str_eq(list(&c, INT64_MAX, 10).order, "new ");
	ck_assert_int_eq(get(&c, "old").count, 1);
	core_close(&c);
}
END_TEST

START_TEST(a_restart_goes_on_where_it_was) {
	auto_free char *path = core_temp("jobs");
	struct core c;
	core_open(&c, path);
	struct seen s;
	ck_assert_int_eq(create(&c, "runs", &s), ST_OK);
	core_advance(&c, 105 * US_PER_S);
	ck_assert_int_eq(create(&c, "waits", &s), ST_OK);
	ck_assert_int_eq(create(&c, "stops", &s), ST_OK);
	ck_assert_int_eq(cancel(&c, "stops"), ST_OK);
	core_close(&c);
	core_open(&c, path);
	ck_assert_int_eq(emu_now(c.em), CORE_START_US + 105 * US_PER_S);
	ck_assert_int_eq(create(&c, "runs", &s), ST_ALREADY_EXISTS);
	ck_assert_str_eq(state_of(&c, "runs"), "RUNNING");
	core_advance(&c, 5 * US_PER_S);
	ck_assert_str_eq(state_of(&c, "waits"), "PREPARING");
	ck_assert_str_eq(state_of(&c, "stops"), "CANCELLED");
	core_advance(&c, 400 * US_PER_S);
	s = get(&c, "runs");
	ck_assert_int_eq(s.j.state, JOB_SUCCEEDED);
	ck_assert_int_eq(s.j.end_us, CORE_START_US + 405 * US_PER_S);
	ck_assert_str_eq(state_of(&c, "waits"), "SUCCEEDED");
	core_close(&c);
	core_remove(path);
}
END_TEST

/* Every state may last no time at all; nothing is run twice for it. */
START_TEST(a_life_of_no_time) {
	struct core c;
	core_open(&c, NULL);
	c.em->life = (struct job_life){0};
	struct seen s;
	ck_assert_int_eq(create(&c, "j", &s), ST_OK);
	core_settle(&c);
	s = get(&c, "j");
	ck_assert_int_eq(s.j.state, JOB_SUCCEEDED);
	ck_assert_int_eq(s.j.end_us, CORE_START_US);
	ck_assert_int_eq(core_journal(&c, "\"kind\":\"job\"", ""), 4);
	core_close(&c);
}
END_TEST

/* Memory that runs out at any point of a create: the job is there and runs to
 * its end, or it is not there and the caller was told. */
START_TEST(out_of_memory_loses_no_job) {
	for (long n = 0; n < 30; n++) {
		struct core c;
		core_open(&c, NULL);
		struct seen s;
		mem_fail_after(n);
		int rc = create(&c, "j", &s);
		mem_fail_off();
		ck_assert_int_eq(rc, ST_OK);
		core_advance(&c, 405 * US_PER_S);
		ck_assert_str_eq(state_of(&c, "j"), "SUCCEEDED");
		core_close(&c);
	}
}
END_TEST

/* The same while the states change. */
START_TEST(out_of_memory_stops_no_job) {
	for (long n = 0; n < 30; n++) {
		struct core c;
		core_open(&c, NULL);
		struct seen s;
		ck_assert_int_eq(create(&c, "j", &s), ST_OK);
		vclock_set(&c.em->clock, CORE_START_US + 5 * US_PER_S);
		mem_fail_after(n);
		turn_run(c.em);
		mem_fail_off();
		core_advance(&c, 400 * US_PER_S);
		ck_assert_str_eq(state_of(&c, "j"), "SUCCEEDED");
		core_close(&c);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("jobs");
	unit_add(s, a_job_goes_through_its_states_on_the_clock);
	unit_add(s, cancel_in_every_state);
	unit_add(s, an_id_is_taken_for_ever);
	unit_add(s, unknown_jobs);
	unit_add(s, a_stale_event_does_nothing);
	unit_add(s, a_patch_changes_labels_and_the_etag);
	unit_add(s, etags_never_come_again);
	unit_add(s, a_stale_etag_is_refused);
	unit_add(s, lists_begin_with_the_newest);
	unit_add(s, projects_take_turns);
	unit_add(s, lists_hide_what_is_old);
	unit_add(s, a_restart_goes_on_where_it_was);
	unit_add(s, a_life_of_no_time);
	unit_add(s, out_of_memory_loses_no_job);
	unit_add(s, out_of_memory_stops_no_job);
	return unit_run(s);
}
