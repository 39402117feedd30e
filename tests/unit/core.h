/* SPDX-License-Identifier: MIT */
/* The emulator's core under test: no HTTP and a clock that is moved by hand.
 * What leaves the core is caught here and answered by the test. */
#ifndef TRAINCTL_TESTS_CORE_H
#define TRAINCTL_TESTS_CORE_H

#include "emulator/core/bus.h"
#include "emulator/core/emu.h"
#include "emulator/core/jobs.h"
#include "emulator/core/publish.h"
#include "emulator/core/sched.h"
#include "emulator/core/turn.h"

#define CORE_START_US 1773014400000000LL /* 2026-03-09T00:00:00Z, a Monday */
#define CORE_SENT_MAX 512
#define CORE_P "p1" /* the project of every test */
#define CORE_PUSH "http://e/"
/* pushes under way at once for one subscription: at first, and when all goes
 * well */
#define CORE_PUSHES_FIRST 4
#define CORE_PUSHES_MAX 16

/* A push or a target that has left the core. */
struct core_sent {
	char to[200];	   /* endpoint, or the httpTarget's JSON */
	char name[200];	   /* subscription, or the job's id */
	char message[200]; /* of a push */
	char message_id[BUS_ID_MAX];
	int64_t when_us; /* publish time, or the instant of the schedule */
	int64_t timeout_us;
	int64_t attempt; /* as it was told */
	bool forced;
	emu_sent *done;
	void *done_ctx;
	bool over; /* has been answered */
};

struct core {
	struct emu *em;
	struct core_sent sent[CORE_SENT_MAX];
	size_t sent_len;
	int refuse;	  /* an err_code: nothing can be sent */
	bool spoil;	  /* the next sending's transaction fails */
	int http;	  /* not 0: everything is answered so at once */
	int pullable;	  /* calls of emu_ops.pullable */
	int64_t pull_sub; /* the last one's subscription */
	int runs;	  /* programs that were to be run, and the last one */
	int64_t run_job;
	char run_text[400]; /* command, project, job id and input */
	int stops;	    /* programs that were to end, and the last one */
	int64_t stop_job;
	bool stop_now;
	int advanced; /* advances that have ended */
	bool settled; /* how the last one did */
};

/* data: NULL for memory. The clock begins at CORE_START_US, or where the file
 * says it stood. */
void core_open(struct core *c, const char *data);
/* Whatever is still under way ends as a closed connection. */
void core_close(struct core *c);

/* Runs what is due at this instant, and answers as c->http says. */
void core_settle(struct core *c);
/* Moves the clock; fails the test unless it gets there. */
void core_advance(struct core *c, int64_t us);
/* The same, and so much has been sent by then, of all. */
void core_sent_by(struct core *c, int64_t us, size_t n);
/* As core_advance, but it may still be under way. */
void core_set_out(struct core *c, int64_t us);
/* Answers the n-th of all that was sent, and runs what that brings. */
void core_answer(struct core *c, size_t n, int http);

/* The same, but that it ended cannot be written at first. */
void core_answer_unwritten(struct core *c, size_t n, int http);

/* Each in a transaction of its own; fails the test unless it is ST_OK. */
void core_topic(struct core *c, const char *name);
void core_sub(struct core *c, const char *name, const char *topic,
	const char *endpoint); /* ack 10 s, kept 7 days, no retry policy */
/* Another of those with more to it: the caller fills in what differs. */
struct sub_spec core_spec(const char *name, const char *endpoint);
void core_sub_of(struct core *c, const struct sub_spec *spec);
void core_publish(struct core *c, const char *topic, const char *data);
/* With an ordering key (NULL: none) and the attributes as JSON (NULL). */
void core_publish_keyed(struct core *c, const char *data, const char *key,
	const char *attributes);

/* How many journal entries hold both texts ("" matches all). */
int core_journal(struct core *c, const char *text, const char *other);

/* Runs a core operation in a transaction and gives its status code. */
#define CORE_TX(c, call)                                                       \
	__extension__({                                                        \
		emu_begin((c)->em);                                            \
		int rc_ = (call);                                              \
		emu_commit((c)->em);                                           \
		rc_;                                                           \
	})

/* The end of a transaction that may have been refused: it is undone then. Gives
 * rc. */
int core_end(struct core *c, int rc);

/* Names or messages that were shown, each with a blank, and the last one. */
struct core_seen {
	int count;
	char data[256]; /* of the messages */
	struct pulled each[64];
	char order[1024];
	struct sub sub;
	char topic[128];
	struct pulled p;
	char message[128], message_id[BUS_ID_MAX];
};

void core_see_name(void *ctx, const char *name, const char *body);
void core_see_sub(void *ctx, const struct sub *sub);
void core_see_pulled(void *ctx, const struct pulled *p);

/* Pulls up to max messages: the status code, or how many there were. */
int core_pull(
	struct core *c, const char *sub, int64_t max, struct core_seen *s);
int core_pull_count(struct core *c, const char *sub, int64_t max);
/* As bus_ack, for a message that was pulled. */
int core_ack(struct core *c, const char *sub, const struct pulled *p,
	int64_t deadline_us);
int core_config(struct core *c, const char *sub, const char *endpoint);
struct core_seen core_get_sub(struct core *c, const char *name);
int64_t core_stored(struct core *c); /* deliveries with their messages */
/* With a topic t and its subscription s, or that of the spec. */
void core_open_one(struct core *c, const char *endpoint);
void core_open_spec(
	struct core *c, const char *data, const struct sub_spec *spec);
/* As after many pushes that went well. */
void core_widen(struct core *c, const char *sub);
void core_open_wide(struct core *c); /* s pushes to CORE_PUSH */
/* n messages to t: their data is their number. */
void core_publish_n(struct core *c, int n);

#define CORE_HOURLY "\"schedule\":\"0 * * * *\",\"timeZone\":\"Etc/UTC\""
#define CORE_HTTP_TARGET                                                       \
	"\"httpTarget\":{\"uri\":\"http://h/\"},\"attemptDeadline\":\"30s\""
#define CORE_TOPIC_TARGET                                                      \
	"\"pubsubTarget\":{\"topicName\":\"projects/" CORE_P                   \
	"/topics/t\",\"data\":\"Z28=\"}"
/* three retries after 10, 20 and 40 s */
#define CORE_RETRIES                                                           \
	",\"retryConfig\":{\"retryCount\":3,\"minBackoffDuration\":\"10s\"}"

/* A job that was shown, its status, and the names of all that were. */
struct core_job {
	struct sched_job j;
	char status[SCHED_STATUS_MAX];
	char order[256];
};

void core_see_job(void *ctx, const struct sched_job *j);
/* Adds a job at every full hour. */
int core_add_job(struct core *c, const char *name, const char *target);
void core_open_job(struct core *c, const char *target); /* with that job, j */
struct core_job core_get_job(struct core *c, const char *name);

typedef int core_verb(struct emu *em, const char *project, const char *location,
	const char *name, struct status *st);
int core_act(struct core *c, core_verb *v, const char *name);
/* Training jobs. Each fails the test unless it is ST_OK. */
void core_submit(struct core *c, const char *id, const char *input);
void core_cancel(struct core *c, const char *id);

/* Moves the clock without waiting for answers. */
void core_pass(struct core *c, int64_t us);

/* A file name in the folder for temporary files; the caller frees it. */
char *core_temp(const char *name);
void core_remove(const char *path); /* with what SQLite keeps beside it */

#endif
