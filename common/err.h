/* SPDX-License-Identifier: MIT */
/* The one error shape. It lives on the caller's stack, so a failing path never
 * allocates. Libraries return errors; only a program prints them. */
#ifndef TRAINCTL_COMMON_ERR_H
#define TRAINCTL_COMMON_ERR_H

enum err_code {
	ERR_NOMEM = 1, /* out of memory */
	ERR_USAGE,     /* a command line that cannot be understood */
	ERR_SYNTAX,    /* text that does not parse (cron, duration, base64) */
	ERR_JSON,      /* not JSON */
	ERR_SHAPE,     /* JSON, but a field is missing or of another type */
	ERR_RANGE,     /* well formed, but outside what is allowed */
	ERR_TOOBIG,    /* over a ceiling given at birth */
	ERR_IO,	       /* a system call failed */
	ERR_NOTSENT,   /* the request did not reach the peer */
	ERR_LOST,      /* the request may have arrived; no whole answer came */
	ERR_TIMEOUT,   /* as ERR_LOST, because the time was over */
	ERR_HTTP,      /* the peer answered with an error; see err.http */
	ERR_NOTFOUND,  /* what was asked for does not exist */
	ERR_STATE,     /* not possible in the present state */
	ERR_STOPPED,   /* given up because the program is stopping */
};

#define ERR_MSG_MAX 512

struct err {
	int code;	       /* enum err_code, 0 when unset */
	int http;	       /* HTTP status for ERR_HTTP, else 0 */
	char msg[ERR_MSG_MAX]; /* one line, no trailing newline, no secret */
};

/* Sets code and message (printf style, cut at ERR_MSG_MAX). Returns code, so
 * that `return err_set(e, ...)` works. e may be NULL. */
int err_set(struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "fmt: " in front of the message on its way up. Returns e->code. */
int err_wrap(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Makes the control characters of a text blanks: what came from outside may
 * steer a terminal or forge a line of a log. */
void err_one_line(char *s);

/* err_set(e, ERR_NOMEM, "out of memory"). */
int err_nomem(struct err *e);

/* ERR_IO with "what: strerror(errno)". */
int err_errno(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
