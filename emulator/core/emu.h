/* SPDX-License-Identifier: MIT */
/* What the services (jobs, bus, sched) work on: state, clock, timeline, journal
 * and counters. What must leave the process goes through emu_ops. How time
 * passes is in turn.h. */
#ifndef TRAINCTL_EMULATOR_EMU_H
#define TRAINCTL_EMULATOR_EMU_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/zone.h"
#include "emulator/core/faults.h"
#include "emulator/core/journal.h"
#include "emulator/core/parsed.h"
#include "emulator/core/store.h"
#include "emulator/core/timeline.h"
#include "emulator/core/tokens.h"
#include "emulator/core/vclock.h"

/* What happened, counted since the start; clock:advance reports the growth. */
#define EMU_COUNTERS(X)                                                        \
	X(ticks)       /* schedule ticks that came due */                      \
	X(ticksMerged) /* ticks that another one's run made up for */          \
	X(attempts)    /* executions of a schedule's target */                 \
	X(attemptsFailed)                                                      \
	X(messagesPublished)                                                   \
	X(deliveries) /* pushes sent and messages pulled */                    \
	X(deliveriesAcked)                                                     \
	X(deliveriesFailed)                                                    \
	X(messagesExpired)                                                     \
	X(subscriptionsExpired)                                                \
	X(deadLetters) /* messages that failed too often */                    \
	X(jobsCreated)                                                         \
	X(jobsFinished)

struct emu_counters {
#define X(name) int64_t name;
	EMU_COUNTERS(X)
#undef X
};

/* How a thing that left the process ended: the HTTP status of the answer and,
 * where the answer was a refusal that says why, its words (else NULL); or
 * SENT_LATE (no answer came in time) or 0 (none came for another reason), and
 * that reason. Called from the loop, never from inside
 * the function that sent it. */
enum { SENT_LATE = -1 };
typedef void emu_sent(void *ctx, int http, const char *why);

/* A push is the message in JSON, or its data alone: then the rest of it is in
 * headers, or is not sent. */
enum push_form { PUSH_WRAPPED, PUSH_BARE, PUSH_BARE_METADATA };

/* One push of a message; all is borrowed during the call. */
struct push {
	const char *endpoint;
	const char *subscription; /* full name */
	const char *topic;	  /* the same, or "_deleted-topic_" */
	const char *message;	  /* JSON object without id and time */
	const char *message_id;
	int64_t publish_us;
	int64_t timeout_us; /* the ack deadline */
	int64_t attempt;    /* to be told, from 1 on; 0: not to be told */
	enum push_form form;
	/* the subscription's JSON, whose pushConfig says for whom a token is to
	 * be attached; NULL: none is */
	const char *signed_for;
};

/* One execution of a Scheduler HTTP or App Engine target; borrowed during the
 * call. */
struct target {
	const char *job_id;  /* the short id */
	const char *http;    /* httpTarget or appEngineHttpTarget as JSON */
	const char *app;     /* the host of an App Engine target, or NULL */
	int64_t schedule_us; /* the instant in X-CloudScheduler-ScheduleTime */
	bool forced;	     /* by :run */
	int64_t deadline_us; /* attemptDeadline */
};

/* A command that the command line gave for the images that match a pattern
 * ('*' and '?', as a shell's). A request never decides what is run. */
struct emu_run {
	const char *image;
	const char *const *argv; /* ends with NULL */
};

/* A program to run for a job; borrowed during the call. */
struct run {
	int64_t job; /* its row, as in stop and jobs_exited */
	const char *project, *job_id;
	const char *input;	 /* {"trainingInput":{...}} */
	const char *const *argv; /* of the entry; args come after it */
};

struct emu_ops {
	/* Each returns 0 and calls done later, or an err_code (never done). */
	int (*push)(void *ctx, const struct push *p, emu_sent *done,
		void *done_ctx);
	int (*target)(void *ctx, const struct target *t, emu_sent *done,
		void *done_ctx);
	/* A message has become ready on a subscription that is pulled. */
	void (*pullable)(void *ctx, int64_t sub_id);
	void *ctx;
	/* Returns 0 and calls jobs_exited later, from the loop, or an err_code
	 * and never. Not called unless the command line has a command. */
	int (*run)(void *run_ctx, const struct run *r);
	/* Ends a program: politely, or now. jobs_exited still comes, unless it
	 * was to be now: then it never does. */
	void (*stop)(void *run_ctx, int64_t job, bool now);
	void *run_ctx;
};

/* How long a job stays in each state. */
struct job_life {
	int64_t queued_us, preparing_us, running_us, cancelling_us;
};

/* The default: 5 s queued, 100 s preparing (facts ml-jobs.md section 2: 104 to
 * 269 s from create to start), 5 min running, 5 s cancelling. */
extern const struct job_life job_life_default;

struct emu_config {
	const char *data; /* a file, or NULL for memory */
	struct vclock clock;
	struct job_life life;
	const struct emu_run *runs; /* borrowed as long as the core is there */
	size_t runs_len;
	const json_t *fates; /* of fates_load, or NULL; borrowed as runs is */
	bool strict_cancel;  /* of a job that is over: refused */
	const char *app_engine; /* a URL in place of all apps, or NULL */
	size_t journal_cap;
	uint64_t fault_seed; /* of faults that have a chance but no seed */
};

/* Deliveries kept at most, over all subscriptions. */
#define EMU_BACKLOG_MAX 1000000

struct emu_advance {
	bool active;
	int64_t from_us, to_us;
	int64_t give_up_mono_us; /* when to stop waiting for what never ends */
	struct emu_counters before;
	void (*done)(void *ctx, bool settled);
	void *ctx;
};

struct sent;
struct program;

/* What a transaction that is rolled back must not leave in memory. */
struct emu_mark {
	struct emu_counters counters;
	uint64_t journal_next, epoch;
	struct vclock clock;
	bool keys_stored;
};

/* What job_rows.c knows of the last project; next 0: nothing. */
struct emu_job_rows {
	char project[64];
	int64_t next;
};

struct emu {
	struct store *store;
	struct vclock clock;
	struct timeline timeline;
	struct journal journal;
	struct emu_counters counters;
	struct emu_ops ops;
	struct job_life life;
	const struct emu_run *runs; /* the first that matches counts */
	size_t runs_len;
	struct program *programs; /* that run for jobs */
	const json_t *fates_file; /* rules that a reset brings back, or NULL */
	struct emu_job_rows job_rows;
	int64_t message_row;  /* of the next message; 0: not known */
	struct zones zones;   /* those of schedules */
	struct parsed parsed; /* bodies of schedules */
	struct keys keys;     /* that sign tokens; a reset leaves them */
	struct tokens tokens; /* the last ones that were signed */
	struct faults faults;
	bool may_have_fates; /* false: there is none in the state */
	bool strict_cancel;
	const char *app_engine;
	struct emu_advance advance;
	bool in_file;	      /* the state is, so the clock's place must be */
	bool auto_waits;      /* of an auto clock: see turn.c */
	int64_t rest_mono_us; /* an auto clock stands until then */
	int64_t backlog_max;  /* EMU_BACKLOG_MAX, or what a test wants */
	int64_t backlog_room; /* up to this delivery they need no count */
	size_t tidy_len;      /* so many events: the stale ones are dropped */
	int64_t tidy_mono_us; /* the timeline is not looked after before */
	int in_flight;	      /* pushes, targets and programs, or unsettled, and
			       * pulls that are about to be answered */
	struct sent *under_way; /* those of them that have left the core */
	uint64_t epoch; /* grows at every reset: late answers are ignored */
	struct emu_mark mark;	/* when the transaction began */
	struct sent *begun;	/* in this transaction */
	struct sent *unsettled; /* ended, but that could not be written */
};

/* Opens the state. Errors as store_open. The caller then sets ops and calls
 * turn_restart. */
int emu_open(const struct emu_config *cfg, struct emu **ret, struct err *e);
void emu_close(struct emu *em); /* NULL is a no-op */

int64_t emu_now(const struct emu *em);

/* A transaction around an event or an answer. emu_commit returns 0, or ERR_IO:
 * that is logged, what was counted and noted since emu_begin is taken back, and
 * what had been due is due again a moment later. */
void emu_begin(struct emu *em);
int emu_commit(struct emu *em);
/* The end of a request that was refused: nothing of it stays. */
void emu_rollback(struct emu *em);
/* What is due now could not be done: it is due again a moment later. */
void emu_postpone(struct emu *em);

/* Remembers in the file where a clock that can be moved stands. Inside a
 * transaction. */
void emu_save_clock(struct emu *em);

/* Forgets every resource, event and journal entry. With nothing left that could
 * come twice, a clock that can be moved may go anywhere: to now_us, or it stays
 * (NULL). Inside a transaction. Returns 0, ERR_IO, or ERR_STATE (another
 * clock). */
int emu_reset(struct emu *em, const int64_t *now_us, struct err *e);

#endif
