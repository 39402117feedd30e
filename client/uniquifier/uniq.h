/* SPDX-License-Identifier: MIT */
/* From a message to the job it stands for: the key that names the run, the job
 * id made from it, and the labels by which the job is known again. Pure: the
 * same message always gives the same job. */
#ifndef TRAINCTL_CLIENT_UNIQ_H
#define TRAINCTL_CLIENT_UNIQ_H

#include <jansson.h>
#include <stdbool.h>

#include "client/lib/train.h"
#include "client/uniquifier/push.h"

#define UNIQ_NOTE_MAX 300
#define UNIQ_GROUP_LEN 16

/* What names the run. */
enum uniq_key {
	UNIQ_OWN,     /* the attribute train-key */
	UNIQ_TICK,    /* the tick it was published at */
	UNIQ_MESSAGE, /* the message's id */
};
const char *uniq_key_name(enum uniq_key k); /* "own", "tick", "message" */

struct uniq {
	json_t *job; /* with the new jobId and the labels */
	char job_id[JOBID_MAX + 1];
	enum uniq_key from;
	const char *key; /* borrowed from the message, or tick */
	char tick[TICK_KEY_LEN + 1];
	int64_t at_us; /* of the tick, or of publishing; PUSH_NO_TIME: unknown
			*/
	/* The same for runs that follow each other: those of one base and
	 * schedule. */
	char group[UNIQ_GROUP_LEN + 1];
	/* What the log should say, "" for nothing; to be warned of if it is
	 * something wrong with the message. */
	char note[UNIQ_NOTE_MAX];
	bool warn;
};

struct uniq_rules {
	const struct jobid_format *format; /* NULL: by what the key is from */
	int64_t tolerance_us;		   /* of tick_of */
	struct zones *zones;		   /* that stay open */
	unsigned attempt;		   /* from 2 on another id; 0 is 1 */
};

/* Returns 0; ERR_JSON, ERR_SHAPE, ERR_SYNTAX or ERR_RANGE (the payload is no
 * job, jobId is missing, a time is needed and absent, nothing names the run, an
 * attribute or a label cannot be, no id can be made); ERR_IO or ERR_NOMEM. */
int uniq_make(const struct push *p, const struct uniq_rules *rules,
	struct uniq **ret, struct err *e);
void uniq_free(struct uniq *u); /* NULL is a no-op */

static inline void uniq_free_p(struct uniq **u) {
	uniq_free(*u);
}
#define auto_uniq __attribute__((cleanup(uniq_free_p)))

#endif
