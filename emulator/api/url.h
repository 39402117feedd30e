/* SPDX-License-Identifier: MIT */
/* Texts as the target of a push or of a scheduled call. */
#ifndef TRAINCTL_EMULATOR_URL_H
#define TRAINCTL_EMULATOR_URL_H

#include <stdbool.h>
#include <stddef.h>

/* http:// or https:// with a host, and neither blanks nor control characters
 * anywhere. */
bool url_is_http(const char *url);

/* Whether two such have the same scheme, host and port, as they are written. */
bool url_same_server(const char *a, const char *b);

/* Bytes of a URL when those that are not ASCII are percent-encoded. */
size_t url_encoded_len(const char *url);
/* That URL; the caller frees it (mem_free). NULL when memory ran out. */
char *url_encode(const char *url);

#endif
