/* SPDX-License-Identifier: MIT */
/* From a message to the job it stands for: the key that names the run, the job
 * id made from it, and the labels by which the job is known again. Pure: the
 * same message always gives the same job. */
#ifndef TRAINCTL_CLIENT_UNIQ_H
#define TRAINCTL_CLIENT_UNIQ_H

#include <jansson.h>

#include "client/lib/train.h"
#include "client/uniquifier/push.h"

#define UNIQ_ATTRIBUTE "train-key" /* of a message: the caller's own key */

struct uniq {
	json_t *job; /* with the new jobId and the labels */
	char job_id[JOBID_MAX + 1];
	const char *key; /* borrowed from the message */
};

/* `format` is the one asked for, or NULL: then JOBID_FORMAT for a message id
 * and JOBID_FORMAT_OWN_KEY for a caller's key. Returns 0; ERR_JSON or ERR_SHAPE
 * (the payload is no job, jobId is missing, a time is needed and absent);
 * ERR_RANGE (no id can be made); ERR_IO or ERR_NOMEM. */
int uniq_make(const struct push *p, const struct jobid_format *format,
	struct uniq **ret, struct err *e);
void uniq_free(struct uniq *u); /* NULL is a no-op */

static inline void uniq_free_p(struct uniq **u) {
	uniq_free(*u);
}
#define auto_uniq __attribute__((cleanup(uniq_free_p)))

#endif
