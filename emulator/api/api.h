/* SPDX-License-Identifier: MIT */
/* Requests in, core calls, answers out. Each service has a file of handlers;
 * routes.def says which handler has which path. A handler leaves compact JSON
 * in call.out, or an error in call.st; handle.c (transaction) and call.c
 * (journal, pretty printing, headers) do the rest. */
#ifndef TRAINCTL_EMULATOR_API_H
#define TRAINCTL_EMULATOR_API_H

#include <jansson.h>

#include "common/buf.h"
#include "common/fetch.h"
#include "common/httpd.h"
#include "common/route.h"
#include "emulator/api/params.h"
#include "emulator/api/proto.h"
#include "emulator/core/emu.h"
#include "emulator/core/status.h"

#define API_ANSWER_MAX (64u << 20)
#define API_BODY_MAX (10u << 20) /* facts pubsub.md section 5 */

struct api;
struct call;

/* ST_OK, an error code (call.st holds it), or API_LATER: the handler keeps the
 * call and ends it with call_finish. */
typedef int api_handler(struct call *c);
enum { API_LATER = -1 };

enum route_flags {
	ROUTE_READ = 0,
	ROUTE_WRITE = 1, /* runs inside a transaction */
	ROUTE_QUIET = 2, /* not in the journal */
	ROUTE_POLL = 4,	 /* sent in a loop, so an auto clock goes on */
	ROUTE_OPEN = 8,	 /* asks for no credentials */
	ROUTE_OWN = ROUTE_QUIET | ROUTE_OPEN, /* the emulator's surface */
	ROUTE_OAUTH = 16 | ROUTE_OPEN,	      /* refuses as RFC 6749 says */
	ROUTE_META = 32 | ROUTE_OPEN, /* of a machine's metadata server */
};

struct route {
	const char *method, *pattern;
	api_handler *handle;
	const char *name;    /* "ml.projects.jobs.create" */
	const char *queries; /* " filter pageSize ": its own; " * ": any */
	int flags;
};

extern const struct route api_routes[];
extern const size_t api_routes_len;

/* One request on its way. */
struct call {
	struct api *api;
	struct emu *em;
	struct req *req;
	const struct route *route;
	char *param[ROUTE_PARAMS_MAX]; /* of the path, in order */
	char *path;		       /* holds the parameters */
	struct buf out;
	struct status st;
	struct status *instead; /* the answer, whatever it is; or NULL */
	struct params params;
	json_t *chosen;	   /* what to answer with (fields.h); NULL: all of it */
	const char *cache; /* the Cache-Control of success; NULL: private */
	const char *type;  /* of a metadata answer; NULL: JSON */
	const char *oauth; /* the OAuth error of a refusal; NULL: the usual */
	char *caller;	   /* whose token it carries, where that matters */
	char *challenge;   /* a header's value, for as long as the call */
	bool keep;	   /* what a refused request has done stays */
	char retry_after[24]; /* the header's value, where a fault sets one */
};

struct api {
	struct emu *em;
	struct loop *loop;
	struct fetch *fetch;
	struct zone *los_angeles;  /* of X-CloudScheduler-ScheduleTime */
	struct waiter *waiters;	   /* pulls that wait for a message */
	struct slow *slow;	   /* requests that a fault delays */
	struct metadata *metadata; /* what was set of it, or NULL */
	bool local_only;      /* listens on loopback: the Host is checked */
	bool strict;	      /* credentials are looked at */
	const char *self_url; /* where this server is reached; borrowed */
};

/* Binds the API to a core and a loop: from here on the core's messages and
 * targets go out over HTTP. Returns 0, ERR_NOMEM or ERR_NOTFOUND (the zone
 * files are missing). */
int api_new(struct emu *em, struct loop *l, struct fetch *f, struct api **ret,
	struct err *e);
void api_free(struct api *a);
/* The handlers for httpd_config; ctx is the struct api. */
void api_handle(void *ctx, struct req *r);
void api_too_big(void *ctx, struct req *r);

/* A call with the path's parameters, or NULL when memory ran out. */
struct call *call_new(struct api *a, struct req *r, const struct route *route,
	const struct route_params *p);
/* Reads the standard query parameters, and checks the others' names. */
int call_params(struct call *c);
/* Answers a request with an error. */
void call_refuse(struct req *r, const struct status *st);
/* Parses and normalises the request's body as message m. */
int call_body(struct call *c, const struct proto_message *m, const char *root,
	json_t **ret);
/* The same for a patch: an entry of a map may be null. */
int call_patch(struct call *c, const struct proto_message *m, const char *root,
	json_t **ret);
/* A query parameter by its camelCase name, sent in that or in snake_case; NULL
 * when it is missing. */
const char *call_query(const struct call *c, const char *name);
/* Appends an object, which is taken, to the answer. ST_OK, or INTERNAL when it
 * is NULL or memory runs out. */
int call_json(struct call *c, json_t *o);
/* Ends a call that was kept (rc as a handler's). */
void call_finish(struct call *c, int rc);
/* Ends it without an answer: the connection is closed. */
void call_close(struct call *c);
/* UNIMPLEMENTED: "WHAT is not emulated yet". */
int call_not_emulated(struct call *c, const char *what);
int call_nomem(struct call *c); /* INTERNAL */

/* Whether the topic, subscription or snapshot in the path of a Pub/Sub method
 * has a name that one can have: ST_OK, or INVALID_ARGUMENT. */
int pubsub_check_path(struct call *c);
/* Ends every waiting pull with an empty answer. */
void pubsub_stop(struct api *a);
void pubsub_pullable(void *ctx, int64_t sub_id);
/* Subscriptions went or became push ones: waiting pulls look again, and those
 * that can never be served are refused. */
void pubsub_changed(struct api *a);

#define ROUTE(method, pattern, handler, name, queries, flags)                  \
	api_handler handler;
#include "emulator/api/routes.def"
#undef ROUTE

#endif
