/* SPDX-License-Identifier: MIT */
/* trainctl schedule list, describe, pause, resume and run. */
#include <string.h>

#include "client/ctl/field.h"
#include "client/ctl/print.h"
#include "client/ctl/remote.h"
#include "client/ctl/schedule.h"
#include "common/jsn.h"
#include "common/mem.h"

struct options {
	struct ctl *ctl;
	const char *location;
	bool all;
};

static const struct args_opt opts[] = {REMOTE_OPTS, CTL_OPTS, {0}};
static const struct args_opt list_opts[] = {
	{"all", 0, NULL, "also Scheduler jobs that others made"},
	REMOTE_OPTS,
	CTL_OPTS,
	{0},
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "location") == 0)
		o->location = value;
	else if (strcmp(name, "all") == 0)
		o->all = true;
	else
		return ctl_take(o->ctl, name, value, e);
	return 0;
}

/* ---- list ---- */

/* The schedules among the jobs, with their short names as the member `id`. */
static int choose(const struct options *o, const json_t *jobs, json_t *ret,
	struct err *e) {
	size_t i;
	json_t *job;
	json_array_foreach (jobs, i, job) {
		if (!o->all && !wanted_is_ours(WANTED_JOB, job))
			continue;
		const char *name =
			json_string_value(json_object_get(job, "name"));
		const char *last = name ? strrchr(name, '/') : NULL;
		json_t *row = json_pack("{s:s}", "id", last ? last + 1 : "");
		if (json_array_append_new(ret, row) ||
			json_object_update(row, job))
			return err_nomem(e);
	}
	return 0;
}

static int list(struct ctl *c, int argc, char **argv, struct err *e) {
	static const struct args_spec spec = {
		.program = PROGRAM " schedule list",
		.usage = "[options]",
		.about = "Lists the schedules of a location.",
		.opts = list_opts,
	};
	struct options o = {.ctl = c};
	int first;
	int rc = args_parse(&spec, argc, argv, 0, take, &o, &first, e);
	if (!rc)
		rc = args_no_operand(argc, argv, first, e);
	if (!rc)
		rc = remote_open(c, &o.location, e);
	if (rc)
		return rc;
	auto_json json_t *jobs = NULL, *rows = json_array();
	rc = rows ? remote_jobs(c, o.location, &jobs, e) : err_nomem(e);
	if (!rc)
		rc = choose(&o, jobs, rows, e);
	return rc ? rc
		  : print_rows(&c->format,
			    "table(id:label=NAME,schedule,timeZone,state,"
			    "scheduleTime:label=NEXT,"
			    "lastAttemptTime:label=LAST)",
			    rows, e);
}

const struct cmd schedule_list = {"list", "list schedules", list};

/* ---- verbs on one ---- */

/* Parses, opens and finds the job. */
static int one(struct options *o, const struct args_spec *spec, int argc,
	char **argv, char **ret_name, json_t **ret, struct err *e) {
	const char *id;
	int rc = ctl_schedule_name(o->ctl, spec, argc, argv, take, o, &id, e);
	if (!rc)
		rc = remote_open(o->ctl, &o->location, e);
	return rc ? rc : remote_job(o->ctl, o->location, id, ret_name, ret, e);
}

/* Adds the topic's subscriptions to a list. */
static int add_subscriptions(
	struct ctl *c, const char *topic, json_t *ret, struct err *e) {
	auto_json json_t *all = NULL;
	int rc = remote_subscriptions(c, &all, e);
	size_t i;
	json_t *v;
	json_array_foreach (all, i, v) {
		const char *of = json_string_value(field_get(v, "topic"));
		if (of && strcmp(of, topic) == 0 && json_array_append(ret, v))
			return err_nomem(e);
	}
	return rc;
}

static int describe(struct ctl *c, int argc, char **argv, struct err *e) {
	static const struct args_spec spec = {
		.program = PROGRAM " schedule describe",
		.usage = "[options] NAME",
		.about = "Shows the Scheduler job, its topic and the "
			 "subscriptions of that.",
		.opts = opts,
	};
	struct options o = {.ctl = c};
	auto_free char *name = NULL;
	auto_json json_t *job = NULL, *topic = NULL, *subs = json_array();
	int rc = subs ? one(&o, &spec, argc, argv, &name, &job, e)
		      : err_nomem(e);
	const char *at =
		json_string_value(field_get(job, "pubsubTarget.topicName"));
	if (!rc && at)
		rc = remote_get(c, WANTED_TOPIC, at, &topic, e);
	if (!rc && topic)
		rc = add_subscriptions(c, at, subs, e);
	if (rc)
		return rc;
	auto_json json_t *all = json_pack("{s:O, s:O*, s:O}", "job", job,
		"topic", topic, "subscriptions", subs);
	if (!all)
		return err_nomem(e);
	if (!format_is_own(&c->format))
		return print_job(&c->format, all, e);
	print_tree(all);
	return 0;
}

const struct cmd schedule_describe = {
	"describe", "show a schedule and what carries it", describe};

static bool in_state(const json_t *job, const char *state) {
	const char *is = json_string_value(json_object_get(job, "state"));
	return state && is && strcmp(is, state) == 0;
}

/* One call about the job, whose answer is the job. The answer to one that was
 * done may be lost, and the next lost, too, or refused because of it: the job
 * tells. Where it does not, what the call said stays. */
static int call_on(struct ctl *c, ctl_job_call *call, const char *name,
	const char *state, json_t **ret, struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	struct err why = {0}, unseen = {0};
	int rc = call(c->train, name, CTL_TIMEOUT_US, ctl_done, &a, &why);
	if (!rc)
		rc = ctl_run(c, &a, ret, &why);
	if (!rc)
		return 0;
	auto_json json_t *now = NULL;
	bool in_doubt = rc != ERR_HTTP || a.attempts > 1;
	if (state && in_doubt && !c->interrupted &&
		!remote_get(c, WANTED_JOB, name, &now, &unseen) &&
		in_state(now, state)) {
		*ret = TAKE(now);
		return 0;
	}
	*e = why;
	return rc;
}

/* A verb from its words to what it shows. What is so already is not done again:
 * the service refuses that. `state` is what it leads to, or NULL. */
static int act(struct ctl *c, const struct args_spec *spec, ctl_job_call *call,
	const char *state, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c};
	auto_free char *name = NULL;
	auto_json json_t *job = NULL, *after = NULL;
	int rc = one(&o, spec, argc, argv, &name, &job, e);
	if (rc)
		return rc;
	if (in_state(job, state))
		after = json_incref(job);
	else
		rc = call_on(c, call, name, state, &after, e);
	if (rc)
		return rc;
	return format_is_own(&c->format) ? 0 : print_job(&c->format, after, e);
}

static int pause_it(struct ctl *c, int argc, char **argv, struct err *e) {
	static const struct args_spec spec = {
		.program = PROGRAM " schedule pause",
		.usage = "[options] NAME",
		.about = "Stops the ticks of a schedule. Those that are missed "
			 "meanwhile are not made up for.",
		.opts = opts,
	};
	return act(c, &spec, train_scheduler_pause, "PAUSED", argc, argv, e);
}

static int resume_it(struct ctl *c, int argc, char **argv, struct err *e) {
	static const struct args_spec spec = {
		.program = PROGRAM " schedule resume",
		.usage = "[options] NAME",
		.about = "Lets a schedule that was paused go on.",
		.opts = opts,
	};
	return act(c, &spec, train_scheduler_resume, "ENABLED", argc, argv, e);
}

static int run_it(struct ctl *c, int argc, char **argv, struct err *e) {
	static const struct args_spec spec = {
		.program = PROGRAM " schedule run",
		.usage = "[options] NAME",
		.about = "Has Cloud Scheduler publish the job now, as at a "
			 "tick. See also " PROGRAM " trigger, which marks the "
			 "run as manual.",
		.opts = opts,
	};
	return act(c, &spec, train_scheduler_run, NULL, argc, argv, e);
}

const struct cmd schedule_pause = {"pause", "stop its ticks", pause_it};
const struct cmd schedule_resume = {"resume", "let it go on", resume_it};
const struct cmd schedule_run = {"run", "have it tick now", run_it};
