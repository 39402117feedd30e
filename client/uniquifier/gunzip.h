/* SPDX-License-Identifier: MIT */
/* A gzip body's bytes. Pure. */
#ifndef TRAINCTL_CLIENT_GUNZIP_H
#define TRAINCTL_CLIENT_GUNZIP_H

#include "common/buf.h"

/* Appends what n bytes at p hold: one gzip member after the other (RFC 1952).
 * The buffer's ceiling bounds what comes out, and no more is inflated than it
 * takes. Returns 0, ERR_SYNTAX (not gzip, cut, a checksum that is wrong,
 * something else behind), ERR_TOOBIG or ERR_NOMEM. */
int gunzip(const char *p, size_t n, struct buf *ret, struct err *e);

#endif
