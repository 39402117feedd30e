/* SPDX-License-Identifier: MIT */
/* libtrain: the ML job APIs for a program on the loop. All that trainctl and
 * train-uniquifier may use. Every operation is asynchronous: a function that
 * starts one returns 0 and its callback is called once, from the loop, never
 * from inside the function; or it returns an error and there is no callback. */
#ifndef TRAINCTL_CLIENT_TRAIN_H
#define TRAINCTL_CLIENT_TRAIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/err.h"
#include "common/fetch.h"
#include "common/loop.h"
#include "common/zone.h"

/* ---- Where services live, and the project ---- */

enum train_service {
	TRAIN_ML,
	TRAIN_LOGGING,
	TRAIN_PUBSUB,
	TRAIN_SCHEDULER,
	TRAIN_SERVICE_COUNT
};
/* A set of services: the sum of these. */
#define TRAIN_SET(service) (1u << (service))

/* Zero-initialise; fill from options; resolve once; done. */
struct train_target {
	char *url[TRAIN_SERVICE_COUNT]; /* without a slash at the end */
	char *token_file;		/* NULL: not from a file */
	/* what resolving found; no token is sent without one of the two */
	struct cred_source *source; /* NULL: no others are used */
	char *warning;		    /* what a person should know, or NULL */
	bool google;		    /* all services are Google's own */
	bool emulated; /* the jobs API is that of TRAIN_EMULATOR_HOST */
};

/* "SERVICE=URL", as --endpoint takes it. Returns 0, ERR_USAGE or ERR_NOMEM. */
int train_target_endpoint(struct train_target *t, const char *s, struct err *e);
/* The file with an OAuth access token. It is read before each request, so it
 * may be rotated. Returns 0, ERR_USAGE (an empty name) or ERR_NOMEM. */
int train_target_token_file(
	struct train_target *t, const char *path, struct err *e);
/* Fills in what no option said for the services of the set, which are all that
 * may be called then: TRAIN_EMULATOR_HOST, else Google's own hosts; and finds
 * credentials where Google's libraries look for them, unless a token file was
 * given. `env` is getenv or a test's. Returns 0, ERR_USAGE (no credentials for
 * a service of Google's, or none that can be used, a bad TRAIN_EMULATOR_HOST, a
 * token that would travel in clear) or ERR_NOMEM. */
int train_target_resolve(struct train_target *t, unsigned services,
	char *(*env)(const char *name), struct err *e);
void train_target_done(struct train_target *t);

/* http to another machine: whoever is on the way can read and change it all. */
bool url_in_clear(const char *url);

/* train_target_resolve, and the project: `option` unless NULL, else from the
 * environment (TRAINCTL_PROJECT, GOOGLE_CLOUD_PROJECT, GCLOUD_PROJECT,
 * CLOUDSDK_CORE_PROJECT), else as the credentials tell. The target must outlive
 * *ret, which is NULL when the metadata server is to be asked for it
 * (train_find_project). Returns what train_target_resolve does. */
int train_target_open(struct train_target *t, unsigned services,
	const char *option, char *(*env)(const char *name), const char **ret,
	struct err *e);

/* ---- The client ---- */

/* How requests leave. `start` follows fetch_start's contract; *ret_handle is
 * for `cancel`, which ends the request without callback. */
struct transport {
	int (*start)(void *ctx, const struct fetch_req *rq, fetch_done *done,
		void *done_ctx, void **ret_handle, struct err *e);
	void (*cancel)(void *ctx, void *handle);
	void *ctx;
};
struct transport transport_fetch(struct fetch *f);

struct train;
struct train_config { /* all that is pointed to must outlive the client */
	struct loop *loop;
	const struct transport *transport;
	const struct train_target *target; /* resolved */
	const struct clock *clock;	   /* for dates in Retry-After */
	const char *project;	  /* NULL: train_find_project comes first */
	const char *agent;	  /* of User-Agent: "trainctl/1.0" */
	int64_t retry_initial_us; /* first delay; 0 means 1 s */
	uint64_t seed;		  /* of the jitter */
	bool brief; /* of a job that was created its jobId alone is wanted */
	/* Told, in a sentence, what is no failure yet; NULL for nobody. */
	void (*warn)(const char *text);
};
int train_new(const struct train_config *cfg, struct train **ret,
	struct err *e); /* 0 or ERR_NOMEM */
/* The project, NULL until it is known. */
const char *train_project_id(const struct train *t);

/* The access tokens for the services, as far as they are asked for: how many
 * were had and how often there was none, and whether a request could be sent
 * now. If not, one is asked for. `problem` is "" or why there is none; valid
 * until the loop goes on. */
struct train_tokens {
	bool ready;
	unsigned long fetched, failed;
	const char *problem;
};
void train_tokens(struct train *t, struct train_tokens *ret);

/* Ends the operations under way with ERR_STOPPED; no other can be started. Not
 * to be called from a callback of theirs. */
void train_stop(struct train *t);
/* train_stop, and frees. NULL is a no-op. */
void train_free(struct train *t);

/* ---- Outcomes ---- */

/* A failed call. err.msg is the service's own message where it sent one. */
struct train_error {
	struct err err; /* ERR_HTTP with err.http, ERR_NOTSENT, ERR_LOST, ... */
	char status[32];  /* "ALREADY_EXISTS"; "" when the answer had none */
	char reason[64];  /* of the ErrorInfo detail; "" when there was none */
	int64_t after_us; /* wait asked for by the service; -1: none */
};

struct train_end {
	const json_t *answer;		 /* NULL on failure */
	const struct train_error *error; /* NULL on success */
	unsigned attempts;		 /* requests made */
	unsigned retries; /* how often one more try followed a failure */
	bool doubtful;	  /* a request before the last may have taken effect */
	bool looked;	  /* this is what a look at its effect has brought */
};
/* All that `end` points to is valid only during the callback. */
typedef void train_done(void *ctx, const struct train_end *end);

/* Asks the metadata server for the project; the answer is null. Once at a time.
 * Returns 0, ERR_USAGE (there is none to ask) or ERR_NOMEM. */
int train_find_project(
	struct train *t, train_done *done, void *ctx, struct err *e);

/* True when the jobs API is an emulator's, whose clock need not be the
 * machine's. */
bool train_emulated(const struct train *t);
/* Asks the emulator for its time: the answer has `now`, in RFC 3339. Only where
 * train_emulated. Returns 0 or ERR_NOMEM. */
int train_emulator_clock(struct train *t, int64_t timeout_us, train_done *done,
	void *ctx, struct err *e);

/* True when the same request may well succeed later. */
bool train_error_transient(const struct train_error *e);

/* ---- AI Platform jobs (ml.googleapis.com v1) ---- */

/* timeout_us is for the whole operation with its retries. Each returns 0,
 * ERR_NOMEM or ERR_USAGE. A create that may have arrived is followed by a look
 * at the job of its id, and sent again when there is none: `looked` then says
 * that the answer is a job that was there, whosever it is. */
int train_job_create(struct train *t, const json_t *job, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
int train_job_get(struct train *t, const char *id, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
int train_job_cancel(struct train *t, const char *id, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
/* Which jobs, and how many. The strings are copied. */
struct train_list {
	const char *filter; /* in the service's language; NULL: all */
	size_t limit;	    /* 0: all, up to TRAIN_LIST_MAX */
	size_t page_size;   /* of a request, at most 100; 0: 100 */
};
#define TRAIN_LIST_MAX 100000
#define TRAIN_PAGE_MAX 100
/* The answer is an array of jobs. More than TRAIN_LIST_MAX without a limit fail
 * with ERR_TOOBIG. */
int train_job_list(struct train *t, const struct train_list *what,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e);

/* ---- Changing the labels of a job ---- */

/* The order: with `clear` all are taken away but our own (spec_label_is_own);
 * then those in `remove`, whosever they are; then those in `set` come in. The
 * objects are not changed meanwhile. */
struct train_relabel {
	bool clear;
	const json_t *remove; /* array of keys, or NULL */
	const json_t *set;    /* object of strings, or NULL */
};
/* The labels after the change; `labels` may be NULL for none. 0 or ERR_NOMEM.
 */
int train_relabelled(const json_t *labels, const struct train_relabel *how,
	json_t **ret, struct err *e);
/* Looks at the job, changes its labels and writes them only if nobody else has
 * changed the job since; else begins again, RELABEL_ROUNDS times at most. The
 * answer is the job. Nothing is written when the labels are so already. */
#define RELABEL_ROUNDS 5
int train_job_relabel(struct train *t, const char *id,
	const struct train_relabel *how, int64_t timeout_us, train_done *done,
	void *ctx, struct err *e);

/* ---- Log entries of a job (logging.googleapis.com v2) ---- */

struct train_logs { /* the strings are copied */
	const char *job_id;
	const char *task;  /* "master-replica-0"; NULL: all */
	const char *since; /* RFC 3339, inclusive; NULL: from the beginning */
	const char *page;  /* nextPageToken of the answer before, or NULL */
};
#define TRAIN_LOGS_PAGE 1000
/* One page in the order of time: {"entries": [...], "nextPageToken": "..."},
 * where both may be missing. */
int train_log_page(struct train *t, const struct train_logs *what,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e);

/* ---- Topics, subscriptions, messages (pubsub.googleapis.com v1) ---- */

/* `name` is a full one: projects/p1/topics/t, projects/p1/subscriptions/s. The
 * answers are the service's. All may be sent again after a failure, for a
 * second create, patch or delete changes nothing more: a create that arrived
 * before is then answered with 409 and a delete with 404, and what that means
 * is for the caller to find out. */
int train_pubsub_get(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
int train_pubsub_create(struct train *t, const char *name, const json_t *body,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e);
/* `mask` names the fields of `body` that are written. */
int train_pubsub_patch(struct train *t, const char *name, const json_t *body,
	const char *mask, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e);
int train_pubsub_delete(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
/* The answer is an array of the project's subscriptions. */
int train_pubsub_subscriptions(struct train *t, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
/* One message. If it is not `keyed`, that is if two of it would be two runs, it
 * is not sent again after a failure that may have let it through. */
int train_pubsub_publish(struct train *t, const char *topic,
	const json_t *message, bool keyed, int64_t timeout_us, train_done *done,
	void *ctx, struct err *e);
/* The next messages, `max` at most. Waits for one, up to a minute and a half if
 * timeout_us allows. More than TRAIN_PULL_MAX bytes of them are ERR_TOOBIG, and
 * leased to nobody. Any two have room there, for what is published has at most
 * 10 MB (Pub/Sub, "Quotas and limits"), a third more in base64. */
#define TRAIN_PULL_MAX (32u << 20)
int train_pubsub_pull(struct train *t, const char *subscription, unsigned max,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e);
/* `ack_ids` is an array. What comes too late changes nothing. */
int train_pubsub_acknowledge(struct train *t, const char *subscription,
	const json_t *ack_ids, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e);
/* From now on so many seconds, 600 at most; with 0 they come again at once. */
int train_pubsub_deadline(struct train *t, const char *subscription,
	const json_t *ack_ids, unsigned seconds, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);

/* ---- Schedules (cloudscheduler.googleapis.com v1) ---- */

/* As above, with names such as projects/p1/locations/us-central1/jobs/j. */
int train_scheduler_get(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
int train_scheduler_create(struct train *t, const char *name,
	const json_t *body, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e);
int train_scheduler_patch(struct train *t, const char *name, const json_t *body,
	const char *mask, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e);
int train_scheduler_delete(struct train *t, const char *name,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e);
/* These are sent again too; a second one is refused, the state is the same. */
int train_scheduler_pause(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
int train_scheduler_resume(struct train *t, const char *name,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e);
/* Not sent again once it may have arrived: each is a run. */
int train_scheduler_run(struct train *t, const char *name, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);
/* The answer is an array of the jobs of projects/p1/locations/us-central1. */
int train_scheduler_list(struct train *t, const char *parent,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e);
/* The answer is an array of the locations that the project may use. */
int train_scheduler_locations(struct train *t, int64_t timeout_us,
	train_done *done, void *ctx, struct err *e);

/* ---- Submitting: one job, whatever happens on the way ---- */

enum train_outcome {
	TRAIN_CREATED,	/* made now */
	TRAIN_ADOPTED,	/* was there already, and is what was asked for */
	TRAIN_KEPT,	/* was there already with another spec: left alone */
	TRAIN_CONFLICT, /* the id belongs to someone else's job */
	TRAIN_FAILED,	/* refused, or not settled in time */
};
const char *train_outcome_name(enum train_outcome o); /* "created", ... */

struct train_submitted {
	enum train_outcome outcome;
	const json_t *job; /* as the service has it; NULL when not known */
	const struct train_error
		*error;		    /* for CONFLICT and FAILED, else NULL */
	unsigned attempts, retries; /* as in train_end */
	bool doubtful; /* FAILED, but the job may have been created */
};
typedef void train_submit_done(void *ctx, const struct train_submitted *s);

/* The labels by which a job is known as ours. */
#define TRAIN_LABEL_KEY "train_key"
#define TRAIN_LABEL_SPEC "train_spec"
/* And those by which the uniquifier knows which runs follow each other. */
#define TRAIN_LABEL_GROUP "train_group"
#define TRAIN_LABEL_TIME "train_time" /* microseconds since 1970 */

/* Creates `job`, which has a jobId; every attempt sends the same. A failure
 * after which it may be there leads to a look at the job of that id, and so
 * does a 409:
 * - with labels TRAIN_LABEL_KEY and TRAIN_LABEL_SPEC in `job`, ownership goes
 *   by them: same key and spec ADOPTED, same key alone KEPT, else CONFLICT;
 * - without, ADOPTED only if an earlier attempt may have arrived and the job
 *   there contains what was sent, else CONFLICT.
 * Returns 0, ERR_NOMEM, ERR_USAGE or ERR_SHAPE (no jobId). */
int train_submit(struct train *t, const json_t *job, int64_t timeout_us,
	train_submit_done *done, void *ctx, struct err *e);

/* ---- Job ids (pure) ---- */

#define JOBID_MAX 128
#define JOBID_FORMAT_MAX 96
#define JOBID_FORMAT "{base}_{time}_{key}"
/* For a key of the caller's own, and for a tick's, which has its time in it:
 * with a time of publishing in the id, the same key twice would train twice. */
#define JOBID_FORMAT_OWN_KEY "{base}_{key}"

struct jobid_format {
	char text[JOBID_FORMAT_MAX + 1];
	size_t rest_max; /* of an id's bytes outside the base */
	bool has_key;	 /* without: two messages may get one id */
	bool has_time;	 /* needs the publish time */
};

/* Takes {base} (once at most), {time}, {unix}, {key} and the characters of an
 * id; must begin with {base} or a letter, and have one of the other three: else
 * all runs would get one id. Returns 0 or ERR_USAGE. */
int jobid_format_parse(const char *s, struct jobid_format *ret, struct err *e);

/* The format of a run's later attempt, from 2 on: the same with "_aN" behind.
 * Returns 0 or ERR_USAGE. */
#define JOBID_ATTEMPTS_MAX 9
int jobid_format_attempt(const struct jobid_format *f, unsigned attempt,
	struct jobid_format *ret, struct err *e);

/* The id for a base, a publish time and a key: illegal characters of the base
 * become '_'; the base is shortened if need be, the rest never. A key of other
 * characters than an id's, or of over 64, is replaced by 32 hex digits of its
 * SHA-256. Returns 0; ERR_RANGE (the base does not begin with a letter, an
 * empty key, a time before 1970) or ERR_IO (hashing). */
int jobid_make(const struct jobid_format *f, const char *base, int64_t time_us,
	const char *key, char ret[static JOBID_MAX + 1], struct err *e);

/* The same before the message is there: "{key}" stands where its id will be,
 * for which room is left. Not legal as an id then. Returns 0 or ERR_RANGE. */
int jobid_show(const struct jobid_format *f, const char *base, int64_t time_us,
	char ret[static JOBID_MAX + 1], struct err *e);

/* 0 if id is legal: ^[A-Za-z][A-Za-z0-9_]{0,127}$; else ERR_RANGE. */
int jobid_check(const char *id, struct err *e);

/* ---- Messages, and the ticks they are of (pure) ---- */

/* Attributes of a message, as trainctl writes and train-uniquifier reads them.
 * All names that begin so are ours. */
#define TRAIN_ATTRIBUTE "train-"
#define TRAIN_ATTRIBUTE_KEY "train-key" /* names the run */
#define TRAIN_ATTRIBUTE_SCHEDULE "train-schedule"
#define TRAIN_ATTRIBUTE_ZONE "train-time-zone"
#define TRAIN_ATTRIBUTE_NAME "train-schedule-name"
#define TRAIN_ATTRIBUTE_TRIGGER "train-trigger"
#define TRAIN_TRIGGER_MANUAL "manual"	      /* of no tick */
#define TRAIN_ATTRIBUTE_JOB_ID "train-job-id" /* instead of the job's */
#define TRAIN_ATTRIBUTE_LABELS "train-labels" /* k=v,k=v over the job's */
/* Over what the service was told about runs in general. */
#define TRAIN_ATTRIBUTE_MAX_LATE "train-max-late"
#define TRAIN_ATTRIBUTE_OVERLAP "train-overlap"
#define TRAIN_ATTRIBUTE_FAILED "train-failed"
#define TRAIN_ATTRIBUTE_MAX_ATTEMPTS "train-max-attempts"

struct tick_schedule {
	const char *text, *zone;
	const char *name; /* NULL: none was given */
};

/* The key of a tick's run: its time in UTC, and digits that are the same for
 * all schedules of one name. Without a name they are of text and zone. Returns
 * 0, ERR_IO (hashing) or ERR_NOMEM. */
#define TICK_KEY_LEN 25 /* 20261123_021500_t1a2b3c4d */
int tick_key(const struct tick_schedule *s, int64_t tick_us,
	char ret[static TICK_KEY_LEN + 1], struct err *e);

/* The id of a tick's job. `f` is the format asked for, or NULL. Returns what
 * tick_key and jobid_make return. */
int tick_job_id(const struct jobid_format *f, const char *base,
	const struct tick_schedule *s, int64_t tick_us,
	char ret[static JOBID_MAX + 1], struct err *e);

/* The tick that a message is of: the last one at or before it was published, if
 * that is less than tolerance_us ago. Never the coming one. Returns 0;
 * ERR_RANGE (longer ago, or none); ERR_STATE (no fixed ticks); ERR_SYNTAX or
 * ERR_NOTFOUND (schedule, zone); ERR_NOMEM. */
int tick_of(struct zones *zones, const struct tick_schedule *s,
	int64_t publish_us, int64_t tolerance_us, int64_t *ret_us,
	struct err *e);

/* ---- Job specs ---- */

#define SPEC_MAX (1 << 20) /* bytes of a spec file */

/* Reads an object from a file in JSON or YAML ("-" is standard input). Returns
 * 0, ERR_IO, ERR_TOOBIG, ERR_JSON, ERR_SHAPE (no object) or ERR_NOMEM. */
int spec_load(const char *path, json_t **ret, struct err *e);
/* Lays `over` onto a job: objects go into each other, whatever else is in
 * `over` replaces. A field keeps the spelling it has in the job (masterType or
 * master_type). Returns 0 or ERR_NOMEM. */
int spec_merge(json_t *job, const json_t *over, struct err *e);
/* What a training job must have to be accepted, as far as that is certain.
 * Other jobs pass. Returns 0 or ERR_SHAPE. */
int spec_check_training(const json_t *job, struct err *e);
/* Whether a job runs nothing but images that `allowed` is true for. One without
 * an image (packages, a prediction) does not. Returns 0, ERR_HTTP (e->http is
 * 403: it does) or ERR_SHAPE (an image that is no string). */
typedef bool spec_image_ok(void *ctx, const char *image);
int spec_check_images(
	const json_t *job, spec_image_ok *allowed, void *ctx, struct err *e);
/* An object with exactly one of trainingInput and predictionInput (objects);
 * jobId, if there, a string; labels, if there, strings. 0 or ERR_SHAPE. */
int spec_check(const json_t *job, struct err *e);
/* Sets jobId. Returns 0, ERR_RANGE (illegal) or ERR_NOMEM. */
int spec_set_id(json_t *job, const char *id, struct err *e);
/* Sets one label. Returns 0, ERR_RANGE (illegal) or ERR_NOMEM. */
int spec_set_label(
	json_t *job, const char *key, const char *value, struct err *e);
/* Sets labels from "k=v,k=v". Adds ERR_SYNTAX to the outcomes. */
int spec_set_labels(json_t *job, const char *list, struct err *e);
/* True for the labels TRAIN_LABEL_...: train-uniquifier's, not the user's. */
bool spec_label_is_own(const char *key);
/* Takes those out of a job, and the object of labels with the last one, for a
 * job that is a copy of a run is not that run. True if there were any. */
bool spec_drop_own_labels(json_t *job);
#define SPEC_LABELS_MAX 64 /* of a job: facts ml-jobs.md, section 8 */
/* True for what a label's value may be: [a-z0-9_-]{0,63}. */
bool spec_label_value_ok(const char *s);

#endif
