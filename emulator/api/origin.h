/* SPDX-License-Identifier: MIT */
/* The address by which a client has reached the emulator, for documents that
 * tell it where else to go. */
#ifndef TRAINCTL_EMULATOR_ORIGIN_H
#define TRAINCTL_EMULATOR_ORIGIN_H

#include "emulator/api/api.h"

#define ORIGIN_HOST_MAX 150

/* The request's Host, or NULL when it has none that may stand in a URL. */
const char *origin_host(const struct call *c);
/* "http", or "https" behind a proxy that says so. */
const char *origin_scheme(const struct call *c);
/* Both as one URL with nothing after them; where there is no such Host, the
 * address of the server. The caller frees it (mem_free); NULL when memory ran
 * out. */
char *origin_url(const struct call *c);

#endif
