/* SPDX-License-Identifier: MIT */
/* A listening socket, opened by ourselves so that a failure has its reason. */
#ifndef TRAINCTL_COMMON_LISTEN_H
#define TRAINCTL_COMMON_LISTEN_H

#include <stddef.h>

#include "common/err.h"

/* host: a numeric address, or localhost. Returns 0, ERR_USAGE (no such address)
 * or what err_errno does. */
int listen_open(const char *host, unsigned port, int *ret_fd, struct err *e);
/* Its URL, "http://127.0.0.1:8080", and its port. */
void listen_name(int fd, char *ret_url, size_t max, unsigned *ret_port);

#endif
