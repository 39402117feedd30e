/* SPDX-License-Identifier: MIT */
/* What a schedule needs in the cloud, as the resources that shall be there, and
 * how they differ from what is. Pure. */
#ifndef TRAINCTL_CLIENT_WANTED_H
#define TRAINCTL_CLIENT_WANTED_H

#include <jansson.h>
#include <stdbool.h>

#include "common/buf.h"
#include "common/err.h"

/* By these, what trainctl made is known again: a label of topics and
 * subscriptions, and TRAIN_ATTRIBUTE_SCHEDULE of a schedule's messages. */
#define WANTED_LABEL "made-by"
#define WANTED_LABEL_VALUE "trainctl"

enum wanted_kind { WANTED_TOPIC, WANTED_SUBSCRIPTION, WANTED_JOB };

struct wanted_item {
	enum wanted_kind kind;
	char *name;   /* full */
	json_t *body; /* as create takes it */
};

#define WANTED_MAX 5
struct wanted { /* in the order in which they can be made */
	size_t len;
	struct wanted_item items[WANTED_MAX];
};

struct wanted_options {
	const char *project, *location, *name;
	const char *topic, *subscription; /* short names; NULL: from `name` */
	const char *dead_letter;	  /* short name; NULL: none */
	size_t attempts;		  /* before it; 0: the service's */
	const char *endpoint;		  /* where the uniquifier listens */
	const char *account, *audience;	  /* of the OIDC token; NULL: none */
	int64_t ack_deadline_us, backoff_min_us, backoff_max_us;
	const char *schedule, *zone, *description;
	const json_t *attributes; /* of the message, or NULL */
	const json_t *job;	  /* what is to be run; its jobId is the base */
};

/* Returns 0, ERR_USAGE (a name that cannot be; a backoff or a deadline the
 * service does not take), or ERR_NOMEM. */
int wanted_make(
	const struct wanted_options *o, struct wanted *ret, struct err *e);
void wanted_done(struct wanted *w);

/* The full name for a short one: "nightly" in a project, or in a location for
 * WANTED_JOB. The caller frees it (mem_free); NULL when memory ran out. */
char *wanted_name(enum wanted_kind kind, const char *project,
	const char *location, const char *id);
/* A name that a schedule can have. 0 or ERR_USAGE. */
int wanted_check_name(const char *name, struct err *e);
/* A job as a message's data: the same job gives the same, however its file is
 * laid out. *ret is for the caller to free. */
int wanted_data(const json_t *job, char **ret, struct err *e);

/* Whether trainctl made what the service has there. */
bool wanted_is_ours(enum wanted_kind kind, const json_t *there);

/* Appends the mask of what must be written to `there` to make it what is
 * wanted, fields joined by commas; nothing if it is so. Returns 0; ERR_STATE
 * (a subscription of another topic or a detached one, which cannot be changed)
 * or ERR_NOMEM. */
int wanted_mask(const struct wanted_item *item, const json_t *there,
	struct buf *ret, struct err *e);
/* The body of that write: what is wanted, and null for each attribute that is
 * there and should not be. A new reference; NULL when memory ran out. */
json_t *wanted_patch(const struct wanted_item *item, const json_t *there);

#endif
