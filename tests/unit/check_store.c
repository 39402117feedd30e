/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/mem.h"
#include "emulator/core/store.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

static struct store *open_at(const char *path) {
	struct store *s = NULL;
	struct err e = {0};
	ck_assert_msg(store_open(path, &s, &e) == 0, "%s", e.msg);
	return s;
}

static void begin(struct store *s) {
	ck_assert_int_eq(store_begin(s, NULL), 0);
}

static void commit(struct store *s) {
	struct err e = {0};
	ck_assert_msg(store_commit(s, &e) == 0, "%s", e.msg);
}

/* Adds a job in a state that must be 1 to 7. */
static int add_job(struct store *s, const char *id, int64_t state) {
	return store_run(s, Q_JOB_ADD, "ittttiiii", STORE_NULL, "p", id, "{}",
		NULL, state, (int64_t)1, STORE_NULL, (int64_t)-5);
}

static bool has_job(struct store *s, const char *id) {
	int64_t row;
	return store_one_i64(s, Q_JOB_GET, &row, "tt", "p", id);
}

START_TEST(types_and_null_come_back_as_given) {
	struct store *s = open_at(NULL);
	begin(s);
	ck_assert_int_eq(add_job(s, "a\xc3\xa9'\"", 3), 0);
	ck_assert_int_eq(store_changes(s), 1);
	ck_assert_int_eq(store_last_id(s), 1);
	commit(s);
	struct store_rows *r =
		store_query(s, Q_JOB_GET, "tt", "p", "a\xc3\xa9'\"");
	ck_assert(store_next(r));
	ck_assert_int_eq(store_i64(r, 0), 1);
	ck_assert_str_eq(store_text(r, 2), "a\xc3\xa9'\"");
	ck_assert_ptr_null(store_text(r, 4));
	ck_assert_int_eq(store_i64(r, 5), 3);
	ck_assert_int_eq(store_i64(r, 9), STORE_NULL);
	ck_assert_int_eq(store_i64(r, 11), -5);
	ck_assert(!store_next(r));
	store_end(r);
	store_close(s);
}
END_TEST

/* An open row's texts outlive changes of the same row by another statement. */
/* They are prepared when they are first wanted, and all fit the schema. */
START_TEST(every_statement_can_be_had) {
	struct store *s = open_at(NULL);
	for (int q = 0; q < Q_COUNT; q++) {
		begin(s);
		store_end(store_query(s, (enum store_q)q, ""));
		struct err e = {0};
		ck_assert_msg(store_commit(s, &e) == 0, "%d: %s", q, e.msg);
	}
	store_close(s);
}
END_TEST

START_TEST(texts_stay_while_the_row_is_changed) {
	struct store *s = open_at(NULL);
	static char input[5000]; /* more than a page */
	memset(input, 'x', sizeof input - 1);
	begin(s);
	(void)store_run(s, Q_JOB_ADD, "ittttiiii", STORE_NULL, "p", "short",
		input, "{}", (int64_t)1, (int64_t)1, STORE_NULL, (int64_t)1);
	struct store_rows *r = store_query(s, Q_JOB_BY_ID, "i", (int64_t)1);
	ck_assert(store_next(r));
	const char *id = store_text(r, 2), *text = store_text(r, 3);
	(void)store_run(s, Q_JOB_MOVE, "iiiiiittiiii", (int64_t)2, STORE_NULL,
		STORE_NULL, STORE_NULL, STORE_NULL, STORE_NULL,
		"an error that makes the row longer", NULL, STORE_NULL,
		STORE_NULL, (int64_t)2, (int64_t)1);
	for (int i = 0; i < 200; i++) {
		char name[16];
		(void)snprintf(name, sizeof name, "j%d", i);
		ck_assert_int_eq(add_job(s, name, 1), 0);
	}
	ck_assert_str_eq(id, "short");
	ck_assert_str_eq(text, input);
	store_end(r);
	commit(s);
	store_close(s);
}
END_TEST

START_TEST(one_number) {
	struct store *s = open_at(NULL);
	int64_t n = 7;
	ck_assert(!store_one_i64(s, Q_META_GET, &n, "t", "k"));
	ck_assert_int_eq(n, 7);
	begin(s);
	(void)store_run(s, Q_META_SET, "ti", "k", INT64_MAX);
	(void)store_run(s, Q_META_SET, "ti", "k", INT64_MIN + 1);
	commit(s);
	ck_assert(store_one_i64(s, Q_META_GET, &n, "t", "k"));
	ck_assert_int_eq(n, INT64_MIN + 1);
	store_close(s);
}
END_TEST

START_TEST(a_duplicate_changes_nothing) {
	struct store *s = open_at(NULL);
	begin(s);
	ck_assert_int_eq(add_job(s, "a", 1), 0);
	ck_assert_int_eq(add_job(s, "a", 2), 0);
	ck_assert_int_eq(store_changes(s), 0);
	commit(s);
	store_close(s);
}
END_TEST

/* One check at the end is enough: a failure is remembered until then. */
START_TEST(a_failure_refuses_the_commit) {
	struct store *s = open_at(NULL);
	begin(s);
	ck_assert_int_eq(add_job(s, "good", 1), 0);
	ck_assert_int_eq(add_job(s, "bad", 8), ERR_IO);
	(void)add_job(s, "after", 1);
	struct err e = {0};
	ck_assert_int_eq(store_commit(s, &e), ERR_IO);
	ck_assert_msg(strstr(e.msg, "CHECK") != NULL, "%s", e.msg);
	ck_assert(!has_job(s, "good"));
	ck_assert(!has_job(s, "after"));
	/* and is forgotten in the next one */
	begin(s);
	ck_assert_int_eq(add_job(s, "next", 1), 0);
	commit(s);
	ck_assert(has_job(s, "next"));
	store_close(s);
}
END_TEST

START_TEST(a_null_that_must_not_be_is_a_failure) {
	struct store *s = open_at(NULL);
	begin(s);
	ck_assert_int_eq(
		store_run(s, Q_META_SET, "ti", "k", STORE_NULL), ERR_IO);
	ck_assert_int_eq(store_commit(s, NULL), ERR_IO);
	store_close(s);
}
END_TEST

START_TEST(rollback_undoes_and_clears) {
	struct store *s = open_at(NULL);
	begin(s);
	ck_assert_int_eq(add_job(s, "a", 1), 0);
	ck_assert_int_eq(add_job(s, "b", 9), ERR_IO);
	store_rollback(s);
	ck_assert(!has_job(s, "a"));
	begin(s);
	commit(s);
	store_close(s);
}
END_TEST

START_TEST(transactions_do_not_nest) {
	struct store *s = open_at(NULL);
	begin(s);
	struct err e = {0};
	ck_assert_int_eq(store_begin(s, &e), ERR_IO);
	store_rollback(s);
	begin(s);
	commit(s);
	ck_assert_int_eq(store_commit(s, &e), ERR_IO);
	store_close(s);
}
END_TEST

START_TEST(nothing_is_written_when_it_could_not_begin) {
	struct store *s = open_at(NULL);
	begin(s);
	struct err e = {0};
	ck_assert_int_eq(store_begin(s, &e), ERR_IO);
	ck_assert_int_eq(add_job(s, "a", 1), ERR_IO);
	struct store_rows *r = store_query(s, Q_JOB_DUE, "");
	ck_assert(!store_next(r));
	store_end(r);
	ck_assert_int_eq(store_commit(s, &e), ERR_IO);
	begin(s);
	ck_assert_int_eq(add_job(s, "a", 1), 0);
	ck_assert_int_eq(store_changes(s), 1);
	commit(s);
	store_close(s);
}
END_TEST

START_TEST(wipe_leaves_nothing_and_numbers_begin_anew) {
	struct store *s = open_at(NULL);
	begin(s);
	(void)store_run(s, Q_TOPIC_ADD, "ttti", "p", "t", "{}", (int64_t)0);
	(void)store_run(s, Q_META_SET, "ti", "k", (int64_t)1);
	ck_assert_int_eq(add_job(s, "a", 1), 0);
	commit(s);
	begin(s);
	ck_assert_int_eq(store_wipe(s, NULL), 0);
	commit(s);
	int64_t n;
	ck_assert(!has_job(s, "a"));
	ck_assert(!store_one_i64(s, Q_META_GET, &n, "t", "k"));
	begin(s);
	(void)store_run(s, Q_TOPIC_ADD, "ttti", "p", "t2", "{}", (int64_t)0);
	ck_assert_int_eq(store_last_id(s), 1);
	commit(s);
	store_close(s);
}
END_TEST

START_TEST(a_file_keeps_what_was_committed) {
	auto_free char *path = core_temp("keep");
	struct store *s = open_at(path);
	begin(s);
	ck_assert_int_eq(add_job(s, "kept", 1), 0);
	commit(s);
	begin(s);
	ck_assert_int_eq(add_job(s, "lost", 1), 0);
	store_close(s); /* as a killed process: without commit */
	s = open_at(path);
	ck_assert(has_job(s, "kept"));
	ck_assert(!has_job(s, "lost"));
	store_close(s);
	core_remove(path);
}
END_TEST

START_TEST(a_second_open_is_refused) {
	auto_free char *path = core_temp("lock");
	struct store *s = open_at(path), *two = NULL;
	struct err e = {0};
	ck_assert_int_eq(store_open(path, &two, &e), ERR_IO);
	ck_assert_ptr_null(two);
	ck_assert_msg(
		strstr(e.msg, path) && strstr(e.msg, "used by another process"),
		"%s", e.msg);
	store_close(s);
	s = open_at(path); /* free again */
	store_close(s);
	core_remove(path);
}
END_TEST

/* The version is a 4-byte big-endian number at byte 60 of a database file
 * (sqlite.org/fileformat2.html, section 1.3). */
static void patch_version(const char *path, unsigned char version) {
	FILE *f = fopen(path, "r+b");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fseek(f, 63, SEEK_SET), 0);
	ck_assert_int_eq(fputc(version, f), version);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(another_version_is_refused) {
	static const struct {
		unsigned char version;
		const char *want;
	} rows[] = {{200, "a newer version (schema 200"},
		{1, "an older version (schema 1"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		auto_free char *path = core_temp("version");
		/* closing empties the log into the file */
		store_close(open_at(path));
		patch_version(path, rows[i].version);
		struct store *s = NULL;
		struct err e = {0};
		ck_assert_int_eq(store_open(path, &s, &e), ERR_STATE);
		ck_assert_ptr_null(s);
		ck_assert_msg(strstr(e.msg, rows[i].want), "%s", e.msg);
		core_remove(path);
	}
}
END_TEST

START_TEST(a_file_that_is_no_state_is_refused) {
	auto_free char *path = core_temp("text");
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < 200; i++)
		ck_assert_int_gt(fprintf(f, "this is not a database\n"), 0);
	ck_assert_int_eq(fclose(f), 0);
	struct store *s = NULL;
	struct err e = {0};
	ck_assert_int_eq(store_open(path, &s, &e), ERR_IO);
	ck_assert_ptr_null(s);
	ck_assert_int_eq(
		store_open("/nonexistent/folder/file", &s, &e), ERR_IO);
	core_remove(path);
}
END_TEST

static int open_and_close(void *ctx, struct err *e) {
	(void)ctx;
	struct store *s = NULL;
	int rc = store_open(NULL, &s, e);
	ck_assert_int_eq(s == NULL, rc != 0);
	store_close(s);
	return rc;
}

START_TEST(out_of_memory) {
	ck_assert_int_eq(unit_nomem(open_and_close, NULL), 2);
	store_close(NULL);
}
END_TEST

/* SQLite rolls back by itself when it cannot write. What comes after that in
 * the same transaction must not become a transaction of its own. */
START_TEST(nothing_gets_in_after_a_full_disk) {
	auto_free char *path = core_temp("full");
	struct store *s = open_at(path);
	size_t len = 100000;
	auto_free char *text = mem_zero(len + 1, 1);
	memset(text, 'x', len);
	(void)signal(SIGXFSZ, SIG_IGN);
	struct rlimit old, small = {.rlim_cur = 200000};
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	begin(s);
	int rc = 0;
	for (int64_t i = 0; i < 200 && !rc; i++)
		rc = store_run(s, Q_MESSAGE_ADD, "iti", i, text, (int64_t)1);
	ck_assert_int_eq(rc, ERR_IO);
	(void)add_job(s, "after", 1);
	ck_assert_int_eq(store_commit(s, NULL), ERR_IO);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	ck_assert(!has_job(s, "after"));
	begin(s);
	ck_assert_int_eq(add_job(s, "again", 1), 0);
	commit(s);
	ck_assert(has_job(s, "again"));
	store_close(s);
	core_remove(path);
}
END_TEST

int main(void) {
	Suite *s = suite_create("store");
	unit_add(s, types_and_null_come_back_as_given);
	unit_add(s, every_statement_can_be_had);
	unit_add(s, texts_stay_while_the_row_is_changed);
	unit_add(s, one_number);
	unit_add(s, a_duplicate_changes_nothing);
	unit_add(s, a_failure_refuses_the_commit);
	unit_add(s, a_null_that_must_not_be_is_a_failure);
	unit_add(s, rollback_undoes_and_clears);
	unit_add(s, transactions_do_not_nest);
	unit_add(s, nothing_is_written_when_it_could_not_begin);
	unit_add(s, wipe_leaves_nothing_and_numbers_begin_anew);
	unit_add(s, a_file_keeps_what_was_committed);
	unit_add(s, a_second_open_is_refused);
	unit_add(s, another_version_is_refused);
	unit_add(s, a_file_that_is_no_state_is_refused);
	unit_add(s, out_of_memory);
	unit_add(s, nothing_gets_in_after_a_full_disk);
	return unit_run(s);
}
