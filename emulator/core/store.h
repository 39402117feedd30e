/* SPDX-License-Identifier: MIT */
/* The emulator's state: rows in SQLite, in memory or in a file. This file knows
 * SQLite and nothing of what the rows mean; the statements are in queries.def.
 * One writer, one thread. A failed statement is remembered until the end of
 * the transaction, so that callers may check once, at the commit. */
#ifndef TRAINCTL_EMULATOR_STORE_H
#define TRAINCTL_EMULATOR_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#define Q(name, sql) Q_##name,
enum store_q {
#include "emulator/core/queries.def"
	Q_COUNT
};
#undef Q

struct store;

#define STORE_NULL INT64_MIN /* an integer column without a value */

/* Opens `path` (made when missing), or memory when NULL. A file is locked: a
 * second process is refused. Returns 0, ERR_IO, ERR_STATE (a schema of a newer
 * version) or ERR_NOMEM. */
int store_open(const char *path, struct store **ret, struct err *e);
void store_close(struct store *s); /* NULL is a no-op */

/* Transactions do not nest. One that could not begin is rolled back at its
 * commit, whatever comes between does nothing. commit: 0, or ERR_IO and all is
 * rolled back when any statement since begin had failed; those after the first
 * do nothing. */
int store_begin(struct store *s, struct err *e);
int store_commit(struct store *s, struct err *e);
void store_rollback(struct store *s);
/* Makes the commit of the open transaction fail for this reason. */
void store_fail(struct store *s, const char *why);

/* Runs a statement that gives no rows. `types` has a letter an argument:
 * 'i' int64_t (STORE_NULL binds NULL), 't' const char * (NULL binds NULL).
 * Returns 0 or ERR_IO. */
int store_run(struct store *s, enum store_q q, const char *types, ...);
int64_t store_last_id(const struct store *s); /* of the last INSERT */
int64_t store_changes(const struct store *s); /* rows of the last statement */

/* Rows of a statement; must be ended with store_end before the same statement
 * is used again. Texts are valid until the next store_next or store_end. */
struct store_rows;
struct store_rows *store_query(
	struct store *s, enum store_q q, const char *types, ...);
bool store_next(struct store_rows *rows); /* false at the end or on error */
int64_t store_i64(struct store_rows *rows, int col);	  /* or STORE_NULL */
const char *store_text(struct store_rows *rows, int col); /* NULL if NULL */
void store_end(struct store_rows *rows);

/* Copies the first row's first column. False when there is no row. */
bool store_one_i64(
	struct store *s, enum store_q q, int64_t *ret, const char *types, ...);

/* Deletes every row of every table. Returns 0 or ERR_IO. */
int store_wipe(struct store *s, struct err *e);

#endif
