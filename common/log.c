/* SPDX-License-Identifier: MIT */
#include "common/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

#define MESSAGE_MAX 4096
#define LINE_MAX_LEN 65536

static const struct {
	const char *name, *severity;
} levels[] = {
	[LOG_DEBUG] = {"debug", "DEBUG"},
	[LOG_INFO] = {"info", "INFO"},
	[LOG_NOTICE] = {"notice", "NOTICE"},
	[LOG_WARNING] = {"warning", "WARNING"},
	[LOG_ERROR] = {"error", "ERROR"},
};

static struct {
	const char *program;
	enum log_level least;
	enum log_form form;
	const struct clock *clock;
} out = {"trainctl", LOG_INFO, LOG_TEXT, &clock_real};

void log_init(const char *program, enum log_level least, enum log_form form,
	const struct clock *clock) {
	out.program = program ? program : "trainctl";
	out.least = least;
	out.form = form;
	out.clock = clock ? clock : &clock_real;
}

int log_level_parse(const char *s) {
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
		if (!strcmp(s, levels[i].name))
			return (int)i;
	return -1;
}

static bool is_control(char c) {
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* A word that cannot be misread stands bare in key=value. */
static bool is_plain(const char *s) {
	if (!*s)
		return false;
	for (; *s; s++)
		if (is_control(*s) || strchr(" \"=\\", *s))
			return false;
	return true;
}

static void add_value(struct buf *b, const json_t *v, bool bare) {
	const char *s = json_string_value(v);
	if (s && bare && is_plain(s))
		(void)buf_adds(b, s);
	else
		(void)jsn_add(b, v);
}

static void add_json(struct buf *b, enum log_level level, json_t *fields,
	const char *message) {
	char now[WHEN_TEXT_MAX];
	when_format(clock_now_us(out.clock), 6, now);
	(void)buf_addf(b, "{\"severity\":\"%s\",\"time\":\"%s\",\"message\":",
		levels[level].severity, now);
	(void)jsn_quote(b, message);
	const char *key;
	json_t *v;
	json_object_foreach (fields, key, v) {
		(void)buf_addc(b, ',');
		(void)jsn_quote(b, key);
		(void)buf_addc(b, ':');
		add_value(b, v, false);
	}
	(void)buf_adds(b, "}\n");
}

static void add_text(struct buf *b, json_t *fields, const char *message) {
	(void)buf_addf(b, "%s: %s", out.program, message);
	for (size_t i = 0; i < b->len; i++)
		if (is_control(b->p[i]))
			b->p[i] = ' ';
	const char *key;
	json_t *v;
	json_object_foreach (fields, key, v) {
		(void)buf_addf(b, " %s=", key);
		add_value(b, v, true);
	}
	(void)buf_addc(b, '\n');
}

static void add_line(struct buf *b, enum log_level level, json_t *fields,
	const char *message) {
	buf_clear(b);
	if (out.form == LOG_JSON)
		add_json(b, level, fields, message);
	else
		add_text(b, fields, message);
}

/* One fwrite a line, so that lines of several processes on one terminal or
 * pipe do not mix. A line is never lost: when it does not fit or memory is
 * out, it goes without its fields, and then as it is. */
static void write_line(
	enum log_level level, json_t *fields, const char *fmt, va_list ap) {
	char message[MESSAGE_MAX];
	(void)vsnprintf(message, sizeof message, fmt, ap);
	auto_buf struct buf line;
	buf_init(&line, LINE_MAX_LEN);
	add_line(&line, level, fields, message);
	if (line.failed)
		add_line(&line, level, NULL, message);
	if (line.failed)
		(void)fprintf(stderr, "%s: %s\n", out.program, message);
	else
		(void)fwrite(line.p, 1, line.len, stderr);
}

void log_line(enum log_level level, const char *fmt, ...) {
	if (level < out.least)
		return;
	va_list ap;
	va_start(ap, fmt);
	write_line(level, NULL, fmt, ap);
	va_end(ap);
}

void log_fields(enum log_level level, json_t *fields, const char *fmt, ...) {
	auto_json json_t *owned = fields;
	if (level < out.least)
		return;
	va_list ap;
	va_start(ap, fmt);
	write_line(level, owned, fmt, ap);
	va_end(ap);
}
