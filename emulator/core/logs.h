/* SPDX-License-Identifier: MIT */
/* Log entries: those that are stored (what a program wrote, what clients sent)
 * and those that the service writes about a job, which are not stored but told
 * from its row (log_lines.c). The newest LOGS_MAX stored ones are kept, and of
 * these no more than LOGS_BYTES_MAX. Source: facts ml-jobs.md section 12.
 *
 * Entries are ordered by their instant and then by insertId. An entry that
 * comes later sorts later, within a job at least: whoever goes on after the
 * last one he has seen misses none. */
#ifndef TRAINCTL_EMULATOR_LOGS_H
#define TRAINCTL_EMULATOR_LOGS_H

#include "common/buf.h"
#include "emulator/core/emu.h"

#define LOGS_MAX 100000
#define LOGS_BYTES_MAX (256 << 20)
#define LOGS_ENTRY_MAX (256 << 10)     /* bytes of one, as with the service */
#define LOGS_KEPT_US (30 * US_PER_DAY) /* older ones are not shown */
#define LOGS_AHEAD_US US_PER_DAY       /* nor those that are as far ahead */
#define LOGS_ID_MAX 40 /* of an insertId made here, with its NUL */

enum log_severity {
	LOG_AT_DEFAULT = 0,
	LOG_AT_INFO = 200,
	LOG_AT_ERROR = 500,
};

/* DEFAULT, DEBUG, INFO ... EMERGENCY; the i-th stands for 100 * i. */
#define LOG_SEVERITY_STEP 100
extern const char *const log_severity_names[];

/* All is borrowed. */
struct log_entry {
	const char *project;
	int64_t time_us;
	const char *insert_id;
	int severity;
	const char *log;  /* as in its name: "ml.googleapis.com%2Fjob_1" */
	const char *type; /* of its resource: "ml_job" */
	const char *job_id, *task; /* labels of its resource, or NULL */
	const char *body;  /* all of it as JSON, or NULL: a line of a job */
	const char *text;  /* of such a line, or NULL: the command of ... */
	const char *input; /* ... this input */
};

/* A line of a replica's output ("master-replica-0") at emu_now. Inside a
 * transaction. Returns 0, ERR_TOOBIG, ERR_NOMEM or ERR_IO. */
int logs_line(struct emu *em, const char *project, const char *job_id,
	const char *task, int severity, const char *text);

/* Stores an entry that has a body, unless its log has one with that instant and
 * insertId. Inside a transaction. Returns 0 or ERR_IO. */
int logs_add(struct emu *em, const struct log_entry *en);

/* The next insertId: greater than that of every entry stored before. */
void logs_next_id(struct emu *em, char ret[static LOGS_ID_MAX]);

/* Appends an entry as JSON. Returns what buf_add returns. */
int logs_write(const struct log_entry *en, struct buf *ret);

struct logs_range {
	const char *project;
	const char *job_id;	/* or NULL: with any or none */
	int64_t from_us, to_us; /* both ends are inside */
	bool newest_first;
};

/* Shows the entries of a range that are neither too old nor too far ahead, not
 * in order: the stored ones in theirs, then the jobs' in theirs. `see` may
 * narrow the range when it knows that it wants no more from one end of it. */
typedef void logs_see(
	void *ctx, struct logs_range *r, const struct log_entry *en);
void logs_each(struct emu *em, struct logs_range r, logs_see *see, void *ctx);

#endif
