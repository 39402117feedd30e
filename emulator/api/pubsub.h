/* SPDX-License-Identifier: MIT */
/* What the files of Pub/Sub handlers share: pubsub.c has the topics and the
 * subscriptions, snapshots.c the snapshots, pull.c the messages. */
#ifndef TRAINCTL_EMULATOR_PUBSUB_H
#define TRAINCTL_EMULATOR_PUBSUB_H

#include "emulator/api/api.h"
#include "emulator/api/list.h"
#include "emulator/api/rules_pubsub.h"

/* projects/P/KIND/NAME of the path; freed by the caller. NULL: c->st is set. */
char *pubsub_full_name(struct call *c, const char *kind);

/* The parts of projects/P/KIND/ID, which is split in place and was checked
 * before. */
struct pubsub_name {
	const char *project, *id;
};
struct pubsub_name pubsub_split(char *full);

/* Reads the paging of a list. */
int pubsub_list_begin(struct list *l, struct call *c, const char *key);
/* A bus_see that lists names; ctx is the struct list. */
void pubsub_list_name(void *ctx, const char *name, const char *body);

/* Reads what a patch asks for: the request, and the mask in it. */
int pubsub_patch_body(struct call *c, const struct proto_message *m,
	enum pubsub_kind kind, json_t **ret_body, const char **ret_mask);

#endif
