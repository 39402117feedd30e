/* SPDX-License-Identifier: MIT */
/* The resources of a schedule, one call at a time, each to its end. */
#ifndef TRAINCTL_CLIENT_REMOTE_H
#define TRAINCTL_CLIENT_REMOTE_H

#include "client/ctl/cmd.h"
#include "client/ctl/wanted.h"

/* All return 0 or an error. Messages do not name the resource. */

/* *ret is a new reference, or NULL when there is none of that name. */
int remote_get(struct ctl *c, enum wanted_kind kind, const char *name,
	json_t **ret, struct err *e);
int remote_create(struct ctl *c, const struct wanted_item *item, json_t **ret,
	struct err *e);
int remote_patch(struct ctl *c, const struct wanted_item *item,
	const json_t *body, const char *mask, json_t **ret, struct err *e);
/* *ret_there is false when there was none of that name. */
int remote_delete(struct ctl *c, enum wanted_kind kind, const char *name,
	bool *ret_there, struct err *e);

/* Common to the verbs of schedule: the location, and the services they use. */
#define REMOTE_OPTS                                                            \
	{                                                                      \
		"location", 0, "LOCATION",                                     \
			"Cloud Scheduler's location (default "                 \
			"$TRAINCTL_LOCATION)"                                  \
	}
/* ctl_open for Pub/Sub and Cloud Scheduler. *location is the option, or NULL,
 * and becomes what is to be used. */
int remote_open(struct ctl *c, const char **location, struct err *e);
/* The same for Pub/Sub alone, which has no locations. */
int remote_open_pubsub(struct ctl *c, struct err *e);

/* The Scheduler job of that short name in the location; ERR_NOTFOUND when there
 * is none. *ret_name is its full name (mem_free). */
int remote_job(struct ctl *c, const char *location, const char *id,
	char **ret_name, json_t **ret, struct err *e);

/* All Scheduler jobs of a location, all subscriptions of the project: arrays.
 */
int remote_jobs(
	struct ctl *c, const char *location, json_t **ret, struct err *e);
int remote_subscriptions(struct ctl *c, json_t **ret, struct err *e);
/* The Scheduler jobs of this location and of all others of the project: an
 * array. The message names the list that failed. */
int remote_all_jobs(
	struct ctl *c, const char *location, json_t **ret, struct err *e);

#endif
