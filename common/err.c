/* SPDX-License-Identifier: MIT */
#include "common/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *e, int code, const char *fmt, ...) {
	if (!e)
		return code;
	e->code = code;
	e->http = 0;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	return code;
}

int err_wrap(struct err *e, const char *fmt, ...) {
	char old[ERR_MSG_MAX];
	memcpy(old, e->msg, sizeof old);
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(e->msg, sizeof e->msg, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof e->msg)
		(void)snprintf(
			e->msg + n, sizeof e->msg - (size_t)n, ": %s", old);
	return e->code;
}

int err_nomem(struct err *e) {
	return err_set(e, ERR_NOMEM, "out of memory");
}

int err_errno(struct err *e, const char *fmt, ...) {
	char why[128];
	(void)snprintf(why, sizeof why, "%s", strerror(errno));
	char what[ERR_MSG_MAX - sizeof why];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return err_set(e, ERR_IO, "%s: %s", what, why);
}
