/* SPDX-License-Identifier: MIT */
/* What the subcommands of trainctl share: the table's entry, the common
 * options, the client, and running one operation to its end. */
#ifndef TRAINCTL_CLIENT_CMD_H
#define TRAINCTL_CLIENT_CMD_H

#include "client/ctl/format.h"
#include "client/lib/train.h"
#include "common/args.h"
#include "common/schedule.h"

#define PROGRAM "trainctl"
#define CTL_TIMEOUT_US (120 * US_PER_S) /* of one operation */

struct ctl {
	const char *project;
	struct format format;
	struct train_target target;
	unsigned services; /* needed, a TRAIN_SET; 0: ml alone */
	const char *verb;  /* of the command, where it has verbs */
	char subject[160]; /* what the command is about, for messages */
	/* from ctl_open on */
	struct loop *loop;
	struct fetch *fetch;
	struct transport transport;
	struct train *train;
	bool interrupted; /* see ctl_catch */
};

/* A subcommand. `run` gets its own argv (argv[0] is its name). Returns 0,
 * ARGS_EXIT, or an enum err_code with e set; ERR_USAGE gives exit status 2. */
struct cmd {
	const char *name;
	const char *about;
	int (*run)(struct ctl *c, int argc, char **argv, struct err *e);
};

extern const struct cmd cmd_submit, cmd_describe, cmd_list, cmd_update,
	cmd_cancel, cmd_wait, cmd_logs, cmd_plan, cmd_schedule, cmd_trigger;

/* The options that every subcommand takes, before or after its name. */
#define CTL_OPTS                                                               \
	{"project", 'p', "PROJECT",                                            \
		"the project (default $TRAINCTL_PROJECT, "                     \
		"$GOOGLE_CLOUD_PROJECT, $GCLOUD_PROJECT or "                   \
		"$CLOUDSDK_CORE_PROJECT, else that of the credentials)"},      \
		{"endpoint", 0, "SERVICE=URL",                                 \
			"where a service lives (ml, logging, pubsub, "         \
			"scheduler)"},                                         \
		{"access-token-file", 0, "FILE",                               \
			"file with an OAuth access token, read before each "   \
			"request"},                                            \
	{                                                                      \
		"format", 0, "FORM",                                           \
			"table, json, table(FIELD,...) or value(FIELD,...)"    \
	}
/* Takes one of them. */
int ctl_take(struct ctl *c, const char *name, const char *value, struct err *e);

/* Makes the client. Returns 0 or an error. */
int ctl_open(struct ctl *c, struct err *e);
void ctl_close(struct ctl *c);

/* From here on Ctrl-C sets c->interrupted and ends what is under way with
 * ERR_STOPPED instead of ending the program, unless it was ignored. */
int ctl_catch(struct ctl *c, struct err *e);

/* A whole number from 1 to max. 0 or ERR_USAGE. */
int ctl_number(const char *s, unsigned long max, size_t *ret, struct err *e);

/* A schedule and its zone (zone_close). 0, ERR_USAGE or ERR_NOMEM. */
int ctl_schedule(const char *text, const char *zone, struct schedule *ret,
	struct zone **ret_zone, struct err *e);

/* Sets the subject and checks that there is exactly one operand, which is
 * called `what` in the message. */
int ctl_operand(struct ctl *c, int argc, char **argv, int first,
	const char *what, struct err *e);

/* Options, then ctl_operand for an id, which must be one that a job can have:
 * no request is made for another. *ret_id is borrowed. */
int ctl_job_id(struct ctl *c, const struct args_spec *spec, int argc,
	char **argv, args_take *take, void *ctx, const char **ret_id,
	struct err *e);
/* The same for a schedule's name. */
int ctl_schedule_name(struct ctl *c, const struct args_spec *spec, int argc,
	char **argv, args_take *take, void *ctx, const char **ret_name,
	struct err *e);

/* The callback for an operation whose end ctl_run waits for. */
struct ctl_answer {
	struct loop *loop;
	json_t *json;
	struct train_error error;
	unsigned attempts;
};
void ctl_done(void *ctx, const struct train_end *end);
/* Runs the loop until ctl_done. On success *ret is a new reference. */
int ctl_run(struct ctl *c, struct ctl_answer *a, json_t **ret, struct err *e);

/* A call about one job: train_job_get, train_job_cancel. */
typedef int ctl_job_call(struct train *t, const char *id, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
/* A whole command that takes the common options and one id and makes one call:
 * parses, opens, calls and waits. *ret is the answer, a new reference. */
int ctl_one_job(struct ctl *c, const struct args_spec *spec, int argc,
	char **argv, ctl_job_call *call, json_t **ret, struct err *e);

/* ---- look.c: looking at a job again and again ---- */

/* Looks that may fail in a row; each has its own retries. A wait of hours
 * should outlive a short outage, but not a server that is gone. */
#define LOOKS_FAILED_MAX 5
#define POLL_US (10 * US_PER_S) /* default; suits the service's quotas */

/* Runs the loop for that long; ends early when interrupted. */
int look_pause(struct ctl *c, int64_t us, struct err *e);
/* Microseconds until the next look, which is not after the time is up; 0 when
 * it is. Without a timeout (0) it never is. */
int64_t look_next(int64_t started_us, int64_t timeout_us, int64_t poll_us);
/* One look. *ret is NULL when it failed in a way that may pass; *failures
 * counts such ones and begins with 0. */
int look_job(struct ctl *c, const char *id, unsigned *failures, json_t **ret,
	struct err *e);
/* A duration of at least 1ms. 0 or ERR_USAGE. */
int look_duration(const char *s, int64_t *ret_us, struct err *e);
/* How the job ended: 0 if it SUCCEEDED, ERR_STATE with why if not; *ret_ended
 * is false, and the result 0, when it has not ended. ERR_SHAPE: no state. */
int look_judge(const json_t *job, bool *ret_ended, struct err *e);
/* ERR_STOPPED with what an interrupted watcher should know. */
int look_interrupted(const char *id, struct err *e);

/* ---- wait.c ---- */

struct wait_options {
	int64_t timeout_us; /* 0: none */
	int64_t poll_us;
};
#define WAIT_OPTS                                                              \
	{"timeout", 0, "DURATION", "give up after this (default never)"}, {    \
		"poll-interval", 0, "DURATION",                                \
			"time between two looks (default 10s)"                 \
	}
/* Takes one of WAIT_OPTS; -1 when it is none of them. */
int wait_take(struct wait_options *w, const char *name, const char *value,
	struct err *e);
/* Waits until the job has ended, telling of its states on stderr. *ret is the
 * job. Returns 0 if it SUCCEEDED, ERR_STATE if it ended otherwise (*ret is set
 * then too) or did not end in time, ERR_STOPPED, or another error. */
int wait_job(struct ctl *c, const char *id, const struct wait_options *w,
	json_t **ret, struct err *e);

/* ---- follow.c ---- */

struct follow_options {
	const char *id;
	const char *task;   /* NULL: all tasks */
	bool until_end;	    /* go on until the job has ended */
	int64_t timeout_us; /* 0: none */
	int64_t poll_us;
	/* What is done with an entry. Returns 0 or an error. */
	int (*put)(void *ctx, const json_t *entry, struct err *e);
	void *ctx;
};
/* Gives each log entry of the job to `put`, once. *ret is the job as it was
 * last looked at. Returns 0 whatever way the job ended, though its last lines
 * may not have come in time; ERR_STATE: it did not end in time; ERR_STOPPED, or
 * another error. */
int follow_logs(struct ctl *c, const struct follow_options *o, json_t **ret,
	struct err *e);

#endif
