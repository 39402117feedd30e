/* SPDX-License-Identifier: MIT */
/* A jobs service and a subscription, as far as a run needs them, behind a
 * transport that allocates nothing: so allocations may fail while requests are
 * under way. Any number of requests at once. */
#ifndef TRAINCTL_TESTS_CLOUD_H
#define TRAINCTL_TESTS_CLOUD_H

#include "client/lib/train.h"
#include "common/loop.h"

#define CLOUD_CALLS 8
#define CLOUD_JOBS 4
#define CLOUD_TEXT 4096

struct cloud_call {
	struct cloud *cloud; /* NULL: free */
	struct loop_timer timer;
	fetch_done *done;
	void *ctx;
	int status;
	bool held; /* until cloud_go_on */
	char body[2 * CLOUD_TEXT];
};

struct cloud {
	struct loop *loop;
	struct transport transport;
	struct train_target target;
	struct train *train;
	struct cloud_call calls[CLOUD_CALLS];
	struct cloud_job {
		char text[CLOUD_TEXT]; /* as it was sent; "" for none */
		const char *state;
		bool listed;
	} jobs[CLOUD_JOBS];
	const char *message; /* what the next pull brings; NULL: it waits */
	bool slow;	     /* a create is not answered before cloud_go_on */
	bool slow_leases;    /* nor is a changed deadline */
	int lease_s;	     /* the last that was asked for */
	/* after a create, whose answer it may change; NULL: nothing */
	void (*on_create)(
		struct cloud *c, struct cloud_job *j, struct cloud_call *k);
	unsigned created, cancelled, pulled, leased, acked;
};

void cloud_open(struct cloud *c);
void cloud_close(struct cloud *c);
/* Its jobs and counts are gone; the message is what it was. */
void cloud_forget(struct cloud *c);
void cloud_go_on(struct cloud *c);
/* Makes Google's error of what k is answered; for on_create. */
void cloud_refuse(struct cloud_call *k, int http, const char *status,
	const char *message);
/* Runs the loop for so long. */
void cloud_pass(struct cloud *c, int64_t us);

#endif
