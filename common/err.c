/* SPDX-License-Identifier: MIT */
#include "common/err.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A message cut in the middle of a UTF-8 sequence would make the JSON answer or
 * log line that carries it invalid: drops the rest of the sequence too. `n` is
 * what snprintf returned. */
static void cut_whole(char *msg, size_t size, int n) {
	if (n < 0 || (size_t)n < size)
		return;
	size_t at = size - 1; /* where the sequence cut off begins */
	while (at > 0 && ((unsigned char)msg[at - 1] & 0xc0) == 0x80)
		at--;
	static const unsigned char lead[] = {0xc0, 0xe0, 0xf0};
	size_t tail = size - 1 - at;
	if (at > 0 && tail < 3 && (unsigned char)msg[at - 1] >= lead[tail])
		msg[at - 1] = '\0';
}

int err_set(struct err *e, int code, const char *fmt, ...) {
	if (!e)
		return code;
	e->code = code;
	e->http = 0;
	va_list ap;
	va_start(ap, fmt);
	cut_whole(e->msg, sizeof e->msg,
		vsnprintf(e->msg, sizeof e->msg, fmt, ap));
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
		n += snprintf(
			e->msg + n, sizeof e->msg - (size_t)n, ": %s", old);
	cut_whole(e->msg, sizeof e->msg, n);
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
	cut_whole(what, sizeof what, vsnprintf(what, sizeof what, fmt, ap));
	va_end(ap);
	return err_set(e, ERR_IO, "%s: %s", what, why);
}

/* C0 and DEL are one byte; C1 is C2 80 to C2 9F in UTF-8. */
void err_one_line(char *s) {
	for (; *s; s++) {
		unsigned char next = (unsigned char)s[1];
		bool c1 = (unsigned char)*s == 0xc2 && next >= 0x80 &&
			  next <= 0x9f;
		if (c1)
			*s++ = ' ';
		if (c1 || iscntrl((unsigned char)*s))
			*s = ' ';
	}
}
