/* SPDX-License-Identifier: MIT */
/* The rules by which jobs get their fates. A job gets the first that matches
 * when it is created and keeps it, whatever becomes of the rule. Rules that
 * name a job id are tried first, then those that name a label, then an image;
 * among equals those of --fates, then the older ones. */
#ifndef TRAINCTL_EMULATOR_FATES_H
#define TRAINCTL_EMULATOR_FATES_H

#include "emulator/core/fate.h"

#define FATES_MAX 1000

/* Adds a rule. Inside a transaction. Returns 0, what fate_parse returns,
 * ERR_TOOBIG (there are FATES_MAX) or ERR_NOMEM. */
int fates_add(struct emu *em, const json_t *o, struct err *e);
/* The rules as they were given, with what is left of their counts, in the order
 * in which they are tried: a new array, or NULL when memory ran out. */
json_t *fates_list(struct emu *em);
void fates_clear(struct emu *em); /* inside a transaction */

/* Reads a file {"fates":[...]} and checks it. Returns 0 and a new array, what
 * buf_add_file and jsn_parse return, or what fates_add would. */
int fates_load(const char *path, json_t **ret, struct err *e);
/* The rules of em->fates_file as if they had never been used or cleared, in
 * place of those of an earlier file. Inside a transaction. Returns as
 * fates_add. */
int fates_restart(struct emu *em, struct err *e);

/* The fate of a new job as the text for its row, or NULL when no rule matches.
 * A rule with a count has been used once more. The caller frees *ret. Inside a
 * transaction. Returns 0 or ERR_NOMEM. */
int fates_find(struct emu *em, const struct job *j, char **ret);

#endif
