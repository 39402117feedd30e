/* SPDX-License-Identifier: MIT */
/* The only file that includes sqlite3. */
#include "emulator/core/store.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "emulator/core/schema.h"

#define Q(name, sql) sql,
static const char *const query_text[Q_COUNT] = {
#include "emulator/core/queries.def"
};
#undef Q

struct store_rows {
	struct store *s;
	sqlite3_stmt *stmt;
	bool busy;
};

struct store {
	sqlite3 *db;
	/* a statement each, prepared when it is first wanted: a program that
	 * has just started needs few of them */
	struct store_rows rows[Q_COUNT];
	sqlite3_stmt *begin, *commit, *rollback;
	bool open;     /* a transaction is */
	char why[200]; /* the first failure of this transaction, or "" */
};

void store_fail(struct store *s, const char *why) {
	if (!s->why[0])
		(void)snprintf(s->why, sizeof s->why, "%.199s", why);
}

static void note_failure(struct store *s) {
	store_fail(s, sqlite3_errmsg(s->db));
}

static int exec_sql(struct store *s, const char *sql, struct err *e) {
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		return 0;
	if (rc == SQLITE_BUSY)
		return err_set(e, ERR_IO,
			"state: the file is used by another process");
	return err_set(e, ERR_IO, "state: %s", sqlite3_errmsg(s->db));
}

static int prepare(
	struct store *s, const char *sql, sqlite3_stmt **ret, struct err *e) {
	int rc = sqlite3_prepare_v3(
		s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
	if (rc == SQLITE_OK)
		return 0;
	return err_set(
		e, ERR_IO, "state: %s in: %s", sqlite3_errmsg(s->db), sql);
}

static int read_version(struct store *s, int *ret, struct err *e) {
	sqlite3_stmt *st = NULL;
	int rc = prepare(s, "PRAGMA user_version", &st, e);
	if (rc)
		return rc;
	*ret = sqlite3_step(st) == SQLITE_ROW ? sqlite3_column_int(st, 0) : -1;
	sqlite3_finalize(st);
	return *ret < 0 ? err_set(e, ERR_IO, "state: %s", sqlite3_errmsg(s->db))
			: 0;
}

static int make_schema(struct store *s, struct err *e) {
	int version = 0;
	int rc = read_version(s, &version, e);
	if (rc)
		return rc;
	if (version == SCHEMA_VERSION)
		return 0;
	if (version)
		return err_set(e, ERR_STATE,
			"the state was written by %s version (schema %d, this "
			"program knows %d)",
			version > SCHEMA_VERSION ? "a newer" : "an older",
			version, SCHEMA_VERSION);
	char set[64];
	(void)snprintf(set, sizeof set, "PRAGMA user_version = %d; COMMIT",
		SCHEMA_VERSION);
	rc = exec_sql(s, "BEGIN IMMEDIATE", e);
	if (!rc)
		rc = exec_sql(s, schema_sql, e);
	return rc ? rc : exec_sql(s, set, e);
}

static int set_up(struct store *s, struct err *e) {
	/* An exclusive lock keeps a second emulator, which would fire every
	 * tick again, off the same file. WAL survives a kill at any instant. */
	int rc = exec_sql(s,
		"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY",
		e);
	if (!rc)
		rc = make_schema(s, e);
	if (!rc)
		rc = prepare(s, "BEGIN IMMEDIATE", &s->begin, e);
	if (!rc)
		rc = prepare(s, "COMMIT", &s->commit, e);
	if (!rc)
		rc = prepare(s, "ROLLBACK", &s->rollback, e);
	return rc;
}

static void *sql_alloc(int n) {
	return mem_raw_alloc((size_t)n);
}

static void *sql_resize(void *p, int n) {
	return mem_raw_resize(p, (size_t)n);
}

static int sql_size(void *p) {
	return p ? (int)mem_raw_size(p) : 0;
}

static int sql_round(int n) {
	return (n + 7) & ~7;
}

static int sql_start(void *ctx) {
	(void)ctx;
	return SQLITE_OK;
}

static void sql_stop(void *ctx) {
	(void)ctx;
}

/* One thread uses SQLite, and nobody asks it what memory it has: without locks
 * and counts each of its allocations is cheaper, and cheaper still from the
 * blocks that are kept. Only the first store_open can
 * say so, later ones change nothing. */
static void configure(void) {
	static const struct sqlite3_mem_methods mem = {sql_alloc, mem_raw_free,
		sql_resize, sql_size, sql_round, sql_start, sql_stop, NULL};
	(void)sqlite3_config(SQLITE_CONFIG_MALLOC, &mem);
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* SQLite reads some names as orders (":memory:", "file:x?mode=ro", ""): with a
 * folder in front each is the name of a file. */
static char *plain_name(const char *path) {
	if (!path)
		return mem_strdup(":memory:");
	return mem_printf("%s%s", *path == '/' ? "" : "./", path);
}

static int open_db(struct store *s, const char *path, struct err *e) {
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX;
	auto_free char *name = plain_name(path);
	if (!name)
		return err_nomem(e);
	if (sqlite3_open_v2(name, &s->db, flags, NULL) == SQLITE_OK)
		return 0;
	int why = s->db ? sqlite3_system_errno(s->db) : 0;
	return err_set(e, ERR_IO, "state: %s%s%s",
		s->db ? sqlite3_errmsg(s->db) : "out of memory",
		why ? ": " : "", why ? strerror(why) : "");
}

int store_open(const char *path, struct store **ret, struct err *e) {
	struct store *s = mem_zero(1, sizeof *s);
	if (!s)
		return err_nomem(e);
	configure();
	int rc = open_db(s, path, e);
	if (!rc)
		rc = set_up(s, e);
	if (rc) {
		store_close(s);
		return path ? err_wrap(e, "'%.200s'", path) : rc;
	}
	*ret = s;
	return 0;
}

void store_close(struct store *s) {
	if (!s)
		return;
	for (int q = 0; q < Q_COUNT; q++)
		sqlite3_finalize(s->rows[q].stmt);
	sqlite3_finalize(s->begin);
	sqlite3_finalize(s->commit);
	sqlite3_finalize(s->rollback);
	(void)sqlite3_close(s->db);
	mem_free(s);
}

/* Runs a statement without arguments and rows. */
static int run_plain(struct store *s, sqlite3_stmt *st) {
	int rc = sqlite3_step(st);
	if (rc != SQLITE_DONE)
		note_failure(s);
	(void)sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : ERR_IO;
}

int store_begin(struct store *s, struct err *e) {
	s->why[0] = '\0';
	if (run_plain(s, s->begin) == 0) {
		s->open = true;
		return 0;
	}
	/* so that no statement is a transaction of its own */
	s->open = true;
	return err_set(e, ERR_IO, "state: %s", s->why);
}

int store_commit(struct store *s, struct err *e) {
	if (!s->why[0] && run_plain(s, s->commit) == 0) {
		s->open = false;
		return 0;
	}
	int rc = err_set(e, ERR_IO, "state: %s", s->why);
	store_rollback(s);
	return rc;
}

void store_rollback(struct store *s) {
	(void)run_plain(s, s->rollback);
	s->open = false;
	s->why[0] = '\0';
}

/* A full disk or the like makes SQLite roll back by itself; a statement that
 * came after it would be a transaction of its own. */
static bool has_failed(const struct store *s) {
	return s->open && s->why[0];
}

static void bind_args(struct store_rows *r, const char *types, va_list ap) {
	assert(!r->busy);
	for (int i = 1; *types; types++, i++) {
		if (*types == 't') {
			/* the caller's text outlives the statement's run */
			(void)sqlite3_bind_text(r->stmt, i,
				va_arg(ap, const char *), -1, SQLITE_STATIC);
			continue;
		}
		assert(*types == 'i');
		int64_t n = va_arg(ap, int64_t);
		if (n == STORE_NULL)
			(void)sqlite3_bind_null(r->stmt, i);
		else
			(void)sqlite3_bind_int64(r->stmt, i, n);
	}
}

/* The statement with its arguments. One that cannot be prepared is a failure of
 * the transaction, and yields no rows. */
static struct store_rows *bound(
	struct store *s, enum store_q q, const char *types, va_list ap) {
	struct store_rows *r = &s->rows[q];
	r->s = s;
	struct err e = {0};
	if (!r->stmt && prepare(s, query_text[q], &r->stmt, &e))
		store_fail(s, e.msg);
	else
		bind_args(r, types, ap);
	return r;
}

int store_run(struct store *s, enum store_q q, const char *types, ...) {
	va_list ap;
	va_start(ap, types);
	struct store_rows *r = bound(s, q, types, ap);
	va_end(ap);
	if (!r->stmt || has_failed(s))
		return ERR_IO;
	return run_plain(s, r->stmt);
}

int64_t store_last_id(const struct store *s) {
	return sqlite3_last_insert_rowid(s->db);
}

int64_t store_changes(const struct store *s) {
	return sqlite3_changes(s->db);
}

static struct store_rows *open_rows(
	struct store *s, enum store_q q, const char *types, va_list ap) {
	struct store_rows *r = bound(s, q, types, ap);
	r->busy = true;
	return r;
}

struct store_rows *store_query(
	struct store *s, enum store_q q, const char *types, ...) {
	va_list ap;
	va_start(ap, types);
	struct store_rows *r = open_rows(s, q, types, ap);
	va_end(ap);
	return r;
}

bool store_next(struct store_rows *r) {
	if (!r->stmt || has_failed(r->s))
		return false;
	int rc = sqlite3_step(r->stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		note_failure(r->s);
	return rc == SQLITE_ROW;
}

int64_t store_i64(struct store_rows *r, int col) {
	return sqlite3_column_type(r->stmt, col) == SQLITE_NULL
		       ? STORE_NULL
		       : sqlite3_column_int64(r->stmt, col);
}

const char *store_text(struct store_rows *r, int col) {
	return (const char *)sqlite3_column_text(r->stmt, col);
}

void store_end(struct store_rows *r) {
	(void)sqlite3_reset(r->stmt);
	r->busy = false;
}

bool store_one_i64(
	struct store *s, enum store_q q, int64_t *ret, const char *types, ...) {
	va_list ap;
	va_start(ap, types);
	struct store_rows *r = open_rows(s, q, types, ap);
	va_end(ap);
	bool found = store_next(r);
	if (found)
		*ret = store_i64(r, 0);
	store_end(r);
	return found;
}

int store_wipe(struct store *s, struct err *e) {
	return exec_sql(s, wipe_sql, e);
}
