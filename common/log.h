/* SPDX-License-Identifier: MIT */
/* Log lines on standard error: plain text for people, or one JSON object a
 * line in Cloud Logging's structured form ("severity", "message", "time" and
 * our own fields). Only programs log; libraries return errors. */
#ifndef TRAINCTL_COMMON_LOG_H
#define TRAINCTL_COMMON_LOG_H

#include <jansson.h>

#include "common/clock.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING, LOG_ERROR };
enum log_form { LOG_TEXT, LOG_JSON };

/* Sets the program's name, the lowest level that is written, the form, and the
 * clock of the "time" field. Before the first call: text, LOG_INFO, real. */
void log_init(const char *program, enum log_level least, enum log_form form,
	const struct clock *clock);

/* "debug", "info", "notice", "warning" or "error". Returns -1 if unknown. */
int log_level_parse(const char *s);

/* Writes one line. Newlines in the message become spaces in text form. */
void log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* As log_line with named fields (an object; the reference is taken; NULL is
 * allowed). In text form they follow as key=value. */
void log_fields(enum log_level level, json_t *fields, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
