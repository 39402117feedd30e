/* SPDX-License-Identifier: MIT */
/* What the subcommands of trainctl share: the table's entry, the common
 * options, the client, and running one operation to its end. */
#ifndef TRAINCTL_CLIENT_CMD_H
#define TRAINCTL_CLIENT_CMD_H

#include "client/lib/train.h"
#include "common/args.h"

#define PROGRAM "trainctl"
#define CTL_TIMEOUT_US (120 * US_PER_S) /* of one operation */

struct ctl {
	const char *project;
	bool json; /* --format */
	struct train_target target;
	unsigned services; /* needed besides ml, a TRAIN_SET */
	char subject[160]; /* what the command is about, for messages */
	/* from ctl_open on */
	struct loop *loop;
	struct fetch *fetch;
	struct transport transport;
	struct train *train;
};

/* A subcommand. `run` gets its own argv (argv[0] is its name). Returns 0,
 * ARGS_EXIT, or an enum err_code with e set; ERR_USAGE gives exit status 2. */
struct cmd {
	const char *name;
	const char *about;
	int (*run)(struct ctl *c, int argc, char **argv, struct err *e);
};

extern const struct cmd cmd_submit, cmd_describe, cmd_list, cmd_cancel,
	cmd_wait;

/* The options that every subcommand takes, before or after its name. */
#define CTL_OPTS                                                               \
	{"project", 'p', "PROJECT",                                            \
		"the project (default $TRAINCTL_PROJECT, "                     \
		"$GOOGLE_CLOUD_PROJECT or $CLOUDSDK_CORE_PROJECT)"},           \
		{"endpoint", 0, "SERVICE=URL",                                 \
			"where a service lives (ml, logging)"},                \
		{"access-token-file", 0, "FILE",                               \
			"file with an OAuth access token, read before each "   \
			"request"},                                            \
	{                                                                      \
		"format", 0, "FORM", "table or json (default table)"           \
	}
/* Takes one of them. */
int ctl_take(struct ctl *c, const char *name, const char *value, struct err *e);

/* Makes the client. Returns 0 or an error. */
int ctl_open(struct ctl *c, struct err *e);
void ctl_close(struct ctl *c);

/* Sets the subject and checks that there is exactly one operand, which is
 * called `what` in the message. */
int ctl_operand(struct ctl *c, int argc, char **argv, int first,
	const char *what, struct err *e);

/* ctl_operand for an id, which must be one that a job can have: no request is
 * made for another. */
int ctl_job_id(struct ctl *c, int argc, char **argv, int first, struct err *e);

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

/* A whole command that takes the common options and one id and makes one call:
 * parses, opens, calls and waits. *ret is the answer, a new reference. */
typedef int ctl_job_call(struct train *t, const char *id, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
int ctl_one_job(struct ctl *c, const struct args_spec *spec, int argc,
	char **argv, ctl_job_call *call, json_t **ret, struct err *e);

/* ---- wait.c ---- */

struct wait_options {
	int64_t timeout_us; /* 0: none */
	int64_t poll_us;
};
#define WAIT_POLL_US (10 * US_PER_S) /* the service's quota for reads */
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
 * then too) or did not end in time, or another error. */
int wait_job(struct ctl *c, const char *id, const struct wait_options *w,
	json_t **ret, struct err *e);

/* ---- print.c: to stdout; strings from the service are made safe ---- */

int print_json(const json_t *j, struct err *e);
void print_jobs(const json_t *jobs); /* an array, as a table */
void print_tree(const json_t *j);    /* an object, as key: value lines */

#endif
