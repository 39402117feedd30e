/* SPDX-License-Identifier: MIT */
/* What Google asks of the claims in a service account's assertion (RFC 7523).
 * Pure; whether it is signed is another question. Source: facts auth.md
 * sections 3 and 8. */
#ifndef TRAINCTL_EMULATOR_ASSERTION_H
#define TRAINCTL_EMULATOR_ASSERTION_H

#include "common/jwt.h"

#define ASSERTION_LIFE_S 3600
#define ASSERTION_SKEW_S 300 /* that clocks may differ by */

/* Whether exp and iat are there and make sense now. */
bool assertion_timely(const struct jwt *t, int64_t now_s);
/* Whether it is for a token endpoint of Google's, or for this one, whose URL
 * is `own`. */
bool assertion_for_tokens(const struct jwt *t, const char *own);

#endif
