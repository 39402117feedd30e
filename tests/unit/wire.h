/* SPDX-License-Identifier: MIT */
/* A transport fed from fixtures/wire: each request must be the next step's, and
 * gets its answer. One request at a time. */
#ifndef TRAINCTL_TESTS_WIRE_H
#define TRAINCTL_TESTS_WIRE_H

#include "client/lib/train.h"
#include "tests/unit/exchange.h"

#define WIRE_STEPS_MAX 10
#define WIRE_TEXT_MAX 16384

struct wire_step {
	const char *name; /* as given */
	struct exchange want;
	int error; /* ERR_LOST, ... instead of the answer */
	struct fetch_res res;
	char retry_after[64];
	char method[16], url[WIRE_TEXT_MAX], body[WIRE_TEXT_MAX]; /* seen */
	char headers[WIRE_TEXT_MAX];
	bool has_body;
	int64_t timeout_us;
};

struct wire {
	struct loop *loop;
	struct transport transport;
	struct train_target target;
	struct train *train;
	struct wire_step steps[WIRE_STEPS_MAX];
	size_t len, next;
	size_t cancelled;
	struct loop_timer timer;
	fetch_done *done;
	void *ctx;
	/* What the callbacks below have seen. */
	unsigned calls;
	json_t *answer; /* of train_done, or the job of train_submit_done */
	struct train_error error;
	unsigned attempts, retries;
	bool doubtful, looked;
	enum train_outcome outcome;
};

/* The body of a case's request, a new reference. */
json_t *wire_job(const char *name);

/* A client of project test-project whose requests meet `steps`: names of cases
 * ending in NULL, those of wire/ml bare ("create"), others with their folder
 * ("odd/create_503"); "case!lost", "case!timeout"
 * and "case!notsent" get no answer. Delays of
 * retries are at most 1 ms, 2 ms, ... */
void wire_init(struct wire *w, const char *const *steps);
/* Checks that all steps were taken and each request was the one recorded
 * (unless `partly`), and frees. */
void wire_done(struct wire *w, bool partly);

void wire_on_done(void *ctx, const struct train_end *end);
void wire_on_submitted(void *ctx, const struct train_submitted *s);
void wire_run(struct wire *w); /* until a callback has come */
/* How an operation ends that began with rc under mem_fail_after, which is
 * turned off: whether it failed. Nothing but memory may be the reason. */
bool wire_fails(struct wire *w, int rc);

#endif
