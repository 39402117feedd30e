/* SPDX-License-Identifier: MIT */
/* trainctl schedule delete. The Scheduler job goes last: it is what leads to
 * the rest, so a delete that was cut short can be made again. */
#include <stdio.h>
#include <string.h>

#include "client/ctl/field.h"
#include "client/ctl/remote.h"
#include "client/ctl/schedule.h"
#include "common/jsn.h"
#include "common/mem.h"

struct options {
	struct ctl *ctl;
	const char *location;
	bool topic, all, force, dry_run;
};

static const struct args_opt opts[] = {
	{"topic", 0, NULL, "also the topic and its subscriptions"},
	{"all", 0, NULL, "also their dead letter topics, with what is kept"},
	{"force", 0, NULL, "also what " PROGRAM " did not make, or others use"},
	{"dry-run", 0, NULL, "only show what would be done"},
	REMOTE_OPTS,
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " schedule delete",
	.usage = "[options] NAME",
	.about = "Deletes the Cloud Scheduler job of a schedule; more only "
		 "when asked for.",
	.opts = opts,
};

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "topic") == 0)
		o->topic = true;
	else if (strcmp(name, "all") == 0)
		o->topic = o->all = true;
	else if (strcmp(name, "force") == 0)
		o->force = true;
	else if (strcmp(name, "dry-run") == 0)
		o->dry_run = true;
	else if (strcmp(name, "location") == 0)
		o->location = value;
	else
		return ctl_take(o->ctl, name, value, e);
	return 0;
}

/* ---- one resource ---- */

/* Deletes it, or says why not. `why` is a reason to keep it, or NULL. */
static int drop(const struct options *o, enum wanted_kind kind,
	const char *name, const char *why, json_t *rows, struct err *e) {
	auto_json json_t *there = NULL;
	int rc = remote_get(o->ctl, kind, name, &there, e);
	if (rc)
		return err_wrap(e, "%s", name);
	if (!there)
		return steps_add(rows, "not there", name, "", e);
	if (!why && !wanted_is_ours(kind, there))
		why = "not made by " PROGRAM;
	if (why && !o->force)
		return steps_add(rows, "kept", name, why, e);
	bool gone = true;
	if (!o->dry_run)
		rc = remote_delete(o->ctl, kind, name, &gone, e);
	if (rc)
		return err_wrap(e, "%s", name);
	return steps_add(rows,
		o->dry_run ? "to delete"
		: gone	   ? "deleted"
			   : "not there",
		name, "", e);
}

/* ---- all of it ---- */

/* What belongs together, and all that may depend on it. */
struct work {
	const struct options *o;
	const char *job, *topic; /* full names */
	json_t *jobs, *subscriptions, *rows;
};

static const char *text(const json_t *o, const char *path) {
	const char *s = json_string_value(field_get(o, path));
	return s ? s : "";
}

/* The name of what relies on the messages of a topic, or NULL: another job that
 * publishes to it, another topic's subscription with it for dead letters. */
static const char *find_outsider(const struct work *w, const char *topic) {
	size_t i;
	const json_t *v;
	json_array_foreach (w->jobs, i, v)
		if (strcmp(text(v, "pubsubTarget.topicName"), topic) == 0 &&
			strcmp(text(v, "name"), w->job) != 0)
			return text(v, "name");
	json_array_foreach (w->subscriptions, i, v)
		if (strcmp(text(v, "deadLetterPolicy.deadLetterTopic"),
			    topic) == 0 &&
			strcmp(text(v, "topic"), w->topic) != 0)
			return text(v, "name");
	return NULL;
}

/* An outsider, or a subscription of the schedule's own topic that has this one
 * for dead letters and stays: for others use its topic, or it is theirs. */
static const char *find_user(const struct work *w, const char *topic) {
	const char *user = find_outsider(w, topic);
	bool shared = find_outsider(w, w->topic);
	size_t i;
	const json_t *v;
	json_array_foreach (w->subscriptions, i, v)
		if (!user && strcmp(text(v, "topic"), w->topic) == 0 &&
			strcmp(text(v, "deadLetterPolicy.deadLetterTopic"),
				topic) == 0 &&
			(shared || !wanted_is_ours(WANTED_SUBSCRIPTION, v)))
			user = text(v, "name");
	return user;
}

/* A topic and its subscriptions. It stays when one of those does: what is
 * somebody else's would get nothing any more. */
static int drop_topic(const struct work *w, const char *topic, struct err *e) {
	const char *user = find_user(w, topic);
	auto_free char *why = user ? mem_printf("used by %s", user) : NULL;
	int rc = user && !why ? err_nomem(e) : 0;
	size_t i;
	const json_t *v;
	json_array_foreach (w->subscriptions, i, v) {
		if (rc || strcmp(text(v, "topic"), topic) != 0)
			continue;
		rc = drop(w->o, WANTED_SUBSCRIPTION, text(v, "name"),
			user ? why : NULL, w->rows, e);
		if (rc || why || wanted_is_ours(WANTED_SUBSCRIPTION, v))
			continue;
		why = mem_printf("used by %s", text(v, "name"));
		rc = why ? 0 : err_nomem(e);
	}
	return rc ? rc : drop(w->o, WANTED_TOPIC, topic, why, w->rows, e);
}

/* They are known from the subscriptions alone, so they go first. */
static int drop_dead_letters(const struct work *w, struct err *e) {
	int rc = 0;
	size_t i;
	const json_t *v;
	json_array_foreach (w->subscriptions, i, v) {
		const char *dead = text(v, "deadLetterPolicy.deadLetterTopic");
		if (!rc && *dead && strcmp(text(v, "topic"), w->topic) == 0 &&
			wanted_is_ours(WANTED_SUBSCRIPTION, v))
			rc = drop_topic(w, dead, e);
	}
	return rc;
}

/* A topic is the whole project's: jobs of any location may publish to it. A
 * list that fails may be the one that has such a job. With --force it does not
 * matter. */
static int find_jobs(struct work *w, struct err *e) {
	const struct options *o = w->o;
	if (o->force || !remote_all_jobs(o->ctl, o->location, &w->jobs, e))
		return 0;
	return err_wrap(e, "%s stays, for others may use it", w->topic);
}

static int drop_carriers(struct work *w, struct err *e) {
	const struct options *o = w->o;
	int rc = find_jobs(w, e);
	if (!rc)
		rc = remote_subscriptions(o->ctl, &w->subscriptions, e);
	if (!rc && o->all)
		rc = drop_dead_letters(w, e);
	if (!rc)
		rc = drop_topic(w, w->topic, e);
	json_decref(w->jobs);
	json_decref(w->subscriptions);
	return rc;
}

static int drop_all(const struct options *o, const char *name,
	const json_t *job, json_t *rows, struct err *e) {
	struct work w = {.o = o,
		.job = name,
		.topic = text(job, "pubsubTarget.topicName"),
		.rows = rows};
	if (!wanted_is_ours(WANTED_JOB, job) && !o->force)
		return err_set(e, ERR_STATE,
			"not made by " PROGRAM ": use --force to delete it");
	int rc = o->topic && *w.topic ? drop_carriers(&w, e) : 0;
	return rc ? rc : drop(o, WANTED_JOB, name, NULL, rows, e);
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c};
	const char *id;
	auto_free char *name = NULL;
	auto_json json_t *job = NULL, *rows = json_array();
	int rc =
		rows ? ctl_schedule_name(c, &spec, argc, argv, take, &o, &id, e)
		     : err_nomem(e);
	if (!rc)
		rc = remote_open(c, &o.location, e);
	if (!rc)
		rc = remote_job(c, o.location, id, &name, &job, e);
	if (!rc)
		rc = drop_all(&o, name, job, rows, e);
	return rc == ARGS_EXIT ? rc : steps_print(c, rows, rc, e);
}

const struct cmd schedule_delete = {
	"delete", "delete it, and more if asked", run};
