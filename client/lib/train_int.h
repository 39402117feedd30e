/* SPDX-License-Identifier: MIT */
/* Inside libtrain: calls, retries, errors, comparison. Programs do not include
 * this; unit tests may. */
#ifndef TRAINCTL_CLIENT_TRAIN_INT_H
#define TRAINCTL_CLIENT_TRAIN_INT_H

#include "client/lib/train.h"
#include "common/buf.h"
#include "common/heap.h"
#include "common/rng.h"

#define ANSWER_MAX (8u << 20) /* bytes of one answer's body */
#define URL_MAX (16u << 10)
#define ATTEMPTS_MAX 5
#define ATTEMPT_US (60 * US_PER_S) /* ceiling of one request */
#define RETRY_INITIAL_US (1 * US_PER_S)
#define RETRY_CAP_US (32 * US_PER_S)
#define REQUESTS_MAX                                                           \
	16 /* at once to a service: fetch has no more connections */

/* ---- retry.c: pure ---- */

struct retry_policy {
	int64_t initial_us; /* upper bound of the first delay; doubles */
	int64_t cap_us;	    /* upper bound of any computed delay */
	unsigned attempts_max;
};

struct retry_try {
	bool idempotent;    /* sending it twice does no more than once */
	unsigned attempt;   /* the one that has just failed, from 1 */
	int64_t elapsed_us; /* since the first one began */
	int64_t total_us;   /* what all of them may take */
	uint32_t random;    /* the jitter: this / 2^32 */
};

/* Microseconds until the next attempt, or -1 to stop. Full jitter; a wait the
 * service asks for is a lower bound; a wait past total_us means stop. */
int64_t retry_wait(const struct retry_policy *p, const struct retry_try *t,
	const struct train_error *failure);

/* True when the failed request may have taken effect all the same. */
bool retry_doubtful(const struct train_error *failure);

/* True for the answer to a look that shows nothing: there is nothing, or it is
 * not for us to see. Then what makes it is sent again. */
bool retry_unseen(int http);

/* The value of a Retry-After header, seconds or an HTTP date, as microseconds
 * from now_us (wall time), never negative, 31 years at most; -1 when empty or
 * unreadable. */
int64_t retry_after(const char *value, int64_t now_us);

/* ---- apierr.c: pure ---- */

/* Google's error body (AIP-193), or whatever else came with that status. */
void apierr_parse(
	int http, const char *body, size_t len, struct train_error *ret);
/* An error of ours; the status and reason stay empty. */
void apierr_local(struct train_error *ret, const struct err *e);

/* ---- match.c: pure ---- */

/* True when `got`, a job as the service returns it, contains all that `sent`
 * asked for: output-only members aside, int64 as numbers or strings, default
 * values left out. */
bool match_job(const json_t *sent, const json_t *got);

/* ---- yml.c: pure ---- */

/* One YAML document as JSON. Scalars are typed by the core schema of YAML 1.2:
 * a plain 3 is a number, "3" a string, and so is yes. Depth, anchors and what
 * aliases copy are bounded. Returns a new reference, or NULL with ERR_JSON (the
 * message has line and column) or ERR_NOMEM. */
json_t *yml_parse(const char *p, size_t n, struct err *e);

/* ---- names.c: pure ---- */

/* True for two spellings of a field: master_type and masterType. */
bool name_same(const char *a, const char *b);
/* The member of that name in either spelling; NULL if there is none, and for a
 * null. *ret_key, unless ret_key is NULL, is its key in o, borrowed. */
json_t *name_get(const json_t *o, const char *name, const char **ret_key);

/* ---- url.c: pure ---- */

/* Appends s percent-encoded but for RFC 3986's unreserved characters. */
int url_escape(struct buf *b, const char *s);
/* The error of a path that failed to be put together: ERR_USAGE or ERR_NOMEM.
 */
int path_error(const struct buf *b, struct err *e);
/* This machine, whatever the scheme. */
bool url_loopback(const char *url);
/* What may be the id of a project. */
bool project_ok(const char *s);

/* ---- target.c ---- */

/* The project of an option or the environment, as for train_target_open. *ret
 * is borrowed. Returns 0, ERR_USAGE (no project's id) or ERR_NOTFOUND (none is
 * named). */
int train_project(const char *option, char *(*env)(const char *name),
	const char **ret, struct err *e);

/* ---- cred.c ---- */

/* The Authorization header from the token file, or *ret = NULL without one.
 * Returns 0, ERR_IO, ERR_SHAPE (no token in the file) or ERR_NOMEM. */
int cred_header(const struct train_target *t, char **ret, struct err *e);

/* ---- train.c ---- */

/* The requests to one service. */
struct turns {
	unsigned busy;	     /* under way */
	struct heap waiting; /* calls, by their start */
};

struct train {
	struct train_config cfg;
	struct rng rng;
	struct turns turns[TRAIN_SERVICE_COUNT];
	struct call *calls; /* under way */
	struct ask *ask;    /* for the project, under way */
	char *project;	    /* when it was asked for */
	struct cred *cred;  /* NULL: no others than a token file's */
	bool stopping;
};

/* ---- cred_metadata.c ---- */

/* Ends what train_find_project began with ERR_STOPPED. */
void cred_ask_stop(struct train *t);

/* ---- ml.c ---- */

/* PATCH with updateMask, which must be made of what a URL may hold. */
int ml_job_patch(struct train *t, const char *id, const char *mask,
	const json_t *job, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e);

/* ---- call.c ---- */

struct call_req {
	enum train_service service;
	const char *method; /* a literal */
	const char *path;   /* with query; copied */
	const char *body;   /* JSON text, copied; NULL for none */
	bool idempotent;
	/* the path of what it makes, copied: asked for after a failure that
	 * leaves in doubt whether it is made; NULL: sent again without */
	const char *look;
	int64_t attempt_us;  /* ceiling of one request; 0: ATTEMPT_US, or half
				of the whole where that is less */
	int64_t deadline_us; /* monotonic; for all attempts together */
	size_t answer_max;   /* bytes of the answer's body; 0: ANSWER_MAX */
};

/* Makes one API call with its retries. The answer is the parsed body ({} when
 * empty). Returns 0, ERR_NOMEM, ERR_USAGE, ERR_STOPPED, or ERR_IO
 * and ERR_NOTSENT (no credentials). */
int call_start(struct train *t, const struct call_req *rq, train_done *done,
	void *ctx, struct err *e);
/* Ends all calls under way with ERR_STOPPED. */
void call_stop_all(struct train *t);

/* ---- resource.c: what Pub/Sub and Cloud Scheduler have in common ---- */

/* One request on /v1/NAME, where `name` is a resource's full name ("projects/
 * p1/topics/t"); `suffix` is a :verb, a ?query or NULL, `body` NULL for none.
 */
struct resource_req {
	enum train_service service;
	const char *method; /* a literal */
	const char *name, *suffix;
	const json_t *body;
	bool idempotent;
	int64_t timeout_us;
	int64_t attempt_us; /* as in call_req, */
	size_t answer_max;  /* and so is this */
};
/* Returns what call_start returns. */
int resource_start(struct train *t, const struct resource_req *rq,
	train_done *done, void *ctx, struct err *e);
/* The same without a body. */
int resource_get(struct train *t, enum train_service service, const char *name,
	int64_t timeout_us, train_done *done, void *ctx, struct err *e);
int resource_delete(struct train *t, enum train_service service,
	const char *name, int64_t timeout_us, train_done *done, void *ctx,
	struct err *e);

/* ---- pages.c ---- */

struct pages_req {
	enum train_service service;
	const char *path;   /* of the collection */
	const char *member; /* its array in an answer; a literal */
	const char *filter; /* NULL for none */
	size_t limit;	    /* 0: all, up to TRAIN_LIST_MAX */
	size_t page_size;
	int64_t deadline_us; /* monotonic */
};
/* The answer is an array. Returns what call_start returns. */
int pages_start(struct train *t, const struct pages_req *rq, train_done *done,
	void *ctx, struct err *e);

#endif
