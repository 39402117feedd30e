/* SPDX-License-Identifier: MIT */
/* A line is wiped by writing spaces over it, which a dumb terminal can do too;
 * colour is the one thing that needs an escape sequence. */
#include "client/ctl/progress.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/clock.h"

#define TICK_US (1 * US_PER_S)
#define COLUMNS_MIN 20

static int columns(void) {
	struct winsize w;
	bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 &&
		     w.ws_col >= COLUMNS_MIN;
	return known ? w.ws_col : 80;
}

static const char *colour_of(const struct progress *p) {
	if (!p->colour)
		return "";
	return strcmp(p->state, "RUNNING") == 0	     ? "\033[32m"
	       : strcmp(p->state, "CANCELLING") == 0 ? "\033[33m"
						     : "\033[36m";
}

/* 75s as 1m15s. */
static void waited(const struct progress *p, char *ret, size_t max) {
	long long s = (clock_mono_us() - p->started_us) / US_PER_S;
	int n = 0;
	if (s >= 3600)
		n = snprintf(ret, max, "%lldh%02lldm", s / 3600, s / 60 % 60);
	else if (s >= 60)
		n = snprintf(ret, max, "%lldm", s / 60);
	(void)snprintf(
		ret + n, max - (size_t)n, n ? "%02llds" : "%llds", s % 60);
}

/* The line, cut to what the terminal has: a line that wraps cannot be wiped. */
static void draw(const struct progress *p) {
	char time[32], rest[96];
	waited(p, time, sizeof time);
	(void)snprintf(rest, sizeof rest, "%s, waited %s", p->note, time);
	int left = columns() - 1 - (int)strlen(p->state) - 1;
	int id = (int)strlen(p->id);
	if (id + (int)strlen(rest) > left)
		id = left - (int)strlen(rest);
	if (id < 0)
		id = 0;
	left -= id;
	if (left < 0)
		left = 0;
	(void)fprintf(stderr, "\r%.*s %s%s%s%-*.*s\r", id, p->id, colour_of(p),
		p->state, p->colour ? "\033[0m" : "", left, left, rest);
	(void)fflush(stderr);
}

static void on_tick(void *ctx) {
	struct progress *p = ctx;
	draw(p);
	loop_timer_in(p->loop, &p->tick, TICK_US);
}

void progress_start(struct progress *p, struct loop *l, const char *id) {
	const char *term = getenv("TERM"), *plain = getenv("NO_COLOR");
	*p = (struct progress){.id = id,
		.terminal = isatty(STDERR_FILENO) == 1,
		.colour =
			term && strcmp(term, "dumb") != 0 && !(plain && *plain),
		.started_us = clock_mono_us(),
		.loop = l};
	p->tick.cb = on_tick;
	p->tick.ctx = p;
}

/* The place in the queue, which is an int64. */
static void note(struct progress *p, const json_t *job) {
	const char *at = json_string_value(json_object_get(job, "jobPosition"));
	p->note[0] = '\0';
	if (at && strtoll(at, NULL, 10) > 0)
		(void)snprintf(p->note, sizeof p->note, " at place %lld",
			strtoll(at, NULL, 10));
}

void progress_show(struct progress *p, const json_t *job) {
	const char *state = json_string_value(json_object_get(job, "state"));
	if (!state)
		return;
	char before[sizeof p->state];
	memcpy(before, p->state, sizeof before);
	(void)snprintf(p->state, sizeof p->state, "%s", state);
	for (char *s = p->state; *s; s++)
		*s = isupper((unsigned char)*s) || *s == '_' ? *s : '?';
	note(p, job);
	if (p->terminal)
		on_tick(p);
	else if (strcmp(before, p->state) != 0)
		(void)fprintf(stderr, "%s %s\n", p->id, p->state);
}

void progress_stop(struct progress *p) {
	loop_timer_stop(p->loop, &p->tick);
	if (p->terminal && *p->state)
		(void)fprintf(stderr, "\r%*s\r", columns() - 1, "");
}
