/* SPDX-License-Identifier: MIT */
/* List answers: {"items":[...],"nextPageToken":"..."}, an empty one {}. The
 * core is asked for one item more than a page holds; that one is not shown,
 * but says that there are more. Page tokens are opaque: base64 of the place
 * after which the next page begins. */
#ifndef TRAINCTL_EMULATOR_LIST_H
#define TRAINCTL_EMULATOR_LIST_H

#include "emulator/api/api.h"

#define LIST_PLACE_MAX 3000

struct list {
	struct call *c;
	const char *key;	    /* "jobs" */
	int64_t max;		    /* items a page holds */
	int64_t count;		    /* seen so far */
	char after[LIST_PLACE_MAX]; /* where this page begins; "" at first */
	char last[LIST_PLACE_MAX];  /* the last item shown */
};

/* size: items a page holds. Reads pageToken; false when it is none of ours (the
 * service words the refusal). */
bool list_begin(struct list *l, struct call *c, const char *key, int size);
/* The same with a token that is not in the query; NULL or "" is none. */
bool list_begin_at(struct list *l, struct call *c, const char *key, int size,
	const char *token);

/* Where to write the next item, whose place is given, or NULL when the page is
 * full (or the place over the ceiling: the answer fails then). */
struct buf *list_item(struct list *l, const char *place);

/* Writes the rest. */
int list_end(struct list *l);

#endif
