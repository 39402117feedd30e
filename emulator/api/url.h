/* SPDX-License-Identifier: MIT */
/* Whether a text can be the target of a push or of a scheduled call. */
#ifndef TRAINCTL_EMULATOR_URL_H
#define TRAINCTL_EMULATOR_URL_H

#include <stdbool.h>

/* http:// or https:// with a host, and neither blanks nor control characters
 * anywhere. */
bool url_is_http(const char *url);

#endif
