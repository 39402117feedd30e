/* SPDX-License-Identifier: MIT */
/* The forms of answers that are not those of Google's APIs: call.c chooses by
 * the route. */
#ifndef TRAINCTL_EMULATOR_FORMS_H
#define TRAINCTL_EMULATOR_FORMS_H

#include "emulator/api/api.h"

/* Answers as a metadata server does, with what is in c->out or with the
 * refusal. */
void forms_metadata(struct call *c, int rc);
/* Puts OAuth's form of the refusal, or of what a fault made of it, into c->out.
 */
void forms_oauth(struct call *c);

#endif
