/* SPDX-License-Identifier: MIT */
/* The options that describe a job, as a job: flags.def and a few with rules of
 * their own. Pure. */
#ifndef TRAINCTL_CLIENT_FLAGS_H
#define TRAINCTL_CLIENT_FLAGS_H

#include <jansson.h>

#include "common/err.h"

struct flags {
	json_t *job; /* what the options say; NULL: nothing yet */
	const char *kms_key, *kms_keyring, *kms_location, *kms_project;
};

#define FLAGS_OPTS                                                             \
	{"labels", 0, "KEY=VALUE,...", "labels to add to the file's"},         \
		{"kms-key", 0, "KEY",                                          \
			"the Cloud KMS key: its full name, or its id"},        \
		{"kms-keyring", 0, "KEYRING", "the key's ring"},               \
		{"kms-location", 0, "LOCATION", "the ring's location"}, {      \
		"kms-project", 0, "PROJECT",                                   \
			"the ring's project (default the job's)"               \
	}

/* Takes one of FLAGS_OPTS or flags.def; -1 when it is none of them. Else 0 or
 * an error. Strings of the kms options are borrowed. */
int flags_take(
	struct flags *f, const char *name, const char *value, struct err *e);
/* Takes the program's own arguments, those after "--". 0 or ERR_NOMEM. */
int flags_args(struct flags *f, int argc, char *const *argv, struct err *e);
/* After the last option: makes the key's name. `project` is the job's. Returns
 * 0, ERR_USAGE or ERR_NOMEM. */
int flags_end(struct flags *f, const char *project, struct err *e);
void flags_done(struct flags *f);

#endif
