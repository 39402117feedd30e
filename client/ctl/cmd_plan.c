/* SPDX-License-Identifier: MIT */
/* trainctl plan: when a schedule fires. Asks no service. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "client/ctl/print.h"
#include "client/ctl/ticks.h"
#include "client/ctl/wanted.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

#define COUNT 10
#define COUNT_MAX 10000
#define NOTE_MAX 1000

struct options {
	struct ctl *ctl;
	const char *zone, *name, *base;
	size_t count;
	int64_t from_us;
	struct jobid_format format;
	bool has_format;
};

static const struct args_opt opts[] = {
	{"time-zone", 0, "ZONE", "the schedule's IANA zone (default Etc/UTC)"},
	{"count", 'n', "N", "how many ticks (default 10)"},
	{"from", 0, "TIME", "those after this RFC 3339 time (default now)"},
	{"name", 0, "NAME",
		"of the schedule, as given to schedule create: show the id of "
		"each run"},
	{"job-id", 0, "ID",
		"what ids begin with (default NAME); without --name as far as "
		"they are known before"},
	{"id-format", 0, "FORMAT",
		"the --id-format of the uniquifier "
		"(default " JOBID_FORMAT_OWN_KEY ")"},
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " plan",
	.usage = "[options] SCHEDULE",
	.about = "Prints the next ticks of a schedule, in its zone and in UTC, "
		 "with what daylight saving does to them. SCHEDULE is "
		 "unix-cron ('0 2 * * *') or App Engine's English ('every "
		 "monday 09:00'), as Cloud Scheduler takes them. No service is "
		 "asked.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "time-zone") == 0)
		o->zone = value;
	else if (strcmp(name, "name") == 0)
		o->name = value;
	else if (strcmp(name, "job-id") == 0)
		o->base = value;
	else if (strcmp(name, "count") == 0)
		return ctl_number(value, COUNT_MAX, &o->count, e);
	else if (strcmp(name, "from") == 0)
		return when_parse(value, &o->from_us, e);
	else if (strcmp(name, "id-format") == 0) {
		o->has_format = true;
		return jobid_format_parse(value, &o->format, e);
	} else
		return ctl_take(o->ctl, name, value, e);
	return 0;
}

/* Whether messages name the tick; else the id has the message's id. */
static bool known_before(const struct options *o, const struct schedule *s) {
	return o->name && schedule_is_fixed(s);
}

static int make_id(const struct options *o, const struct ticks *t,
	const char *text, int64_t us, char ret[static JOBID_MAX + 1],
	struct err *e) {
	const struct tick_schedule s = {text, o->zone, o->name};
	return known_before(o, t->schedule)
		       ? tick_job_id(o->has_format ? &o->format : NULL, o->base,
				 &s, us, ret, e)
		       : jobid_show(&o->format, o->base, us, ret, e);
}

static int add_row(const struct options *o, const struct ticks *t,
	const char *text, int64_t us, struct buf *note, json_t *rows,
	struct err *e) {
	char local[WHEN_TEXT_MAX], utc[WHEN_TEXT_MAX], id[JOBID_MAX + 1];
	when_format_offset(us, zone_offset_s(t->zone, us), 0, local);
	when_format(us, 0, utc);
	int rc = o->base ? make_id(o, t, text, us, id, e) : 0;
	if (rc)
		return rc;
	json_t *row = json_pack("{s:s, s:s, s:s*, s:s*}", "local", local, "utc",
		utc, "jobId", o->base ? id : NULL, "note",
		note->len ? buf_str(note) : NULL);
	return json_array_append_new(rows, row) ? err_nomem(e) : 0;
}

/* A schedule may end ("0 0 29 2 *" does in the year 9996). */
static int add_ticks(const struct options *o, const struct ticks *t,
	const char *text, json_t *rows, struct err *e) {
	int64_t us = o->from_us;
	auto_buf struct buf note;
	buf_init(&note, NOTE_MAX);
	for (size_t i = 0; i < o->count; i++) {
		buf_clear(&note);
		int rc = ticks_next(t, us, &us, &note, e);
		if (rc == ERR_RANGE && i)
			return 0;
		if (!rc)
			rc = add_row(o, t, text, us, &note, rows, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* What the rows cannot say for themselves. */
static void say(const struct options *o, const struct schedule *s) {
	if (!schedule_is_fixed(s))
		(void)fputs(PROGRAM ": plan: this schedule counts from its "
				    "last run, so these are its ticks if that "
				    "was at --from\n",
			stderr);
	if (!o->base || known_before(o, s))
		return;
	if (o->format.has_key)
		(void)fputs(PROGRAM ": plan: {key} is the message's id, which "
				    "is known when it is published\n",
			stderr);
	if (o->format.has_time)
		(void)fputs(PROGRAM ": plan: the time in an id is that of "
				    "publishing, seconds after the tick\n",
			stderr);
	if (!o->name)
		(void)fputs(PROGRAM
			": plan: give the --name of a schedule that "
			"schedule create made for the ids as they "
			"will be\n",
			stderr);
}

static int plan(const struct options *o, const char *text, json_t **ret,
	struct err *e) {
	struct schedule schedule;
	struct zone *zone = NULL, *utc = NULL;
	auto_json json_t *rows = json_array();
	int rc = rows ? ctl_schedule(text, o->zone, &schedule, &zone, e)
		      : err_nomem(e);
	if (!rc)
		rc = zone_open("Etc/UTC", &utc, e);
	if (!rc) {
		const struct ticks t = {&schedule, zone, utc};
		rc = add_ticks(o, &t, text, rows, e);
	}
	zone_close(zone);
	zone_close(utc);
	if (rc)
		return rc;
	say(o, &schedule);
	*ret = TAKE(rows);
	return 0;
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c,
		.zone = "Etc/UTC",
		.count = COUNT,
		.from_us = clock_now_us(&clock_real)};
	int first;
	auto_json json_t *rows = NULL;
	int rc = jobid_format_parse(JOBID_FORMAT, &o.format, e);
	if (!rc)
		rc = args_parse(&spec, argc, argv, 0, take, &o, &first, e);
	if (!rc)
		rc = ctl_operand(c, argc, argv, first, "the SCHEDULE", e);
	if (!rc && o.name)
		rc = wanted_check_name(o.name, e);
	if (!rc && !o.base)
		o.base = o.name;
	if (!rc)
		rc = plan(&o, argv[first], &rows, e);
	return rc ? rc
		  : print_rows(&c->format,
			    o.base ? "table(local,utc,jobId,note)"
				   : "table(local,utc,note)",
			    rows, e);
}

const struct cmd cmd_plan = {"plan", "print the next ticks of a schedule", run};
