/* SPDX-License-Identifier: MIT */
/* trainctl update: changes the labels of a job. */
#include <stdio.h>
#include <string.h>

#include "client/ctl/cmd.h"
#include "client/ctl/print.h"
#include "common/jsn.h"
#include "common/mem.h"

struct options {
	struct ctl *ctl;
	bool replace;
	struct train_relabel how;
	json_t *set;	/* {"labels": {...}} */
	json_t *remove; /* array of keys */
};

static const struct args_opt opts[] = {
	{"labels", 0, "KEY=VALUE,...", "these and no others"},
	{"update-labels", 0, "KEY=VALUE,...",
		"add these, or change their values"},
	{"remove-labels", 0, "KEY,...", "take these away"},
	{"clear-labels", 0, NULL, "take all away, before any is added"},
	CTL_OPTS,
	{0},
};
static const struct args_spec spec = {
	.program = PROGRAM " update",
	.usage = "[options] ID",
	.about = "Changes the labels of a job. A change that somebody else "
		 "makes at the same time is not lost. Labels of "
		 "train-uniquifier's stay unless they are named.",
	.opts = opts,
};

static int take_set(struct options *o, const char *list, struct err *e) {
	if (!o->set)
		o->set = json_object();
	return o->set ? spec_set_labels(o->set, list, e) : err_nomem(e);
}

static int take_remove(struct options *o, const char *list, struct err *e) {
	if (!o->remove)
		o->remove = json_array();
	auto_free char *copy = mem_strdup(list);
	if (!o->remove || !copy)
		return err_nomem(e);
	for (char *key = copy, *next; key; key = next) {
		next = strchr(key, ',');
		if (next)
			*next++ = '\0';
		if (!*key)
			return err_set(e, ERR_USAGE, "an empty key");
		if (json_array_append_new(o->remove, json_string(key)))
			return err_set(
				e, ERR_USAGE, "'%s' is not a label", key);
	}
	return 0;
}

static int take(void *ctx, const char *name, const char *value, struct err *e) {
	struct options *o = ctx;
	if (strcmp(name, "labels") == 0) {
		o->replace = true;
		return take_set(o, value, e);
	}
	if (strcmp(name, "update-labels") == 0)
		return take_set(o, value, e);
	if (strcmp(name, "remove-labels") == 0)
		return take_remove(o, value, e);
	if (strcmp(name, "clear-labels") != 0)
		return ctl_take(o->ctl, name, value, e);
	o->how.clear = true;
	return 0;
}

/* One way to say it, and something to do. */
static int settle(struct options *o, struct err *e) {
	if (!o->how.clear && !o->set && !o->remove)
		return err_set(e, ERR_USAGE,
			"nothing to change: use --update-labels, "
			"--remove-labels, --clear-labels or --labels");
	if (o->how.clear && o->remove)
		return err_set(e, ERR_USAGE,
			"--clear-labels leaves nothing for --remove-labels");
	if (o->replace && (o->how.clear || o->remove))
		return err_set(
			e, ERR_USAGE, "--labels takes all others away already");
	o->how.clear |= o->replace;
	o->how.set = json_object_get(o->set, "labels");
	o->how.remove = o->remove;
	return 0;
}

static int update(struct options *o, const char *id, struct err *e) {
	struct ctl *c = o->ctl;
	struct ctl_answer a = {.loop = c->loop};
	auto_json json_t *job = NULL;
	int rc = train_job_relabel(
		c->train, id, &o->how, CTL_TIMEOUT_US, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, &job, e);
	if (rc)
		return rc;
	return format_is_own(&c->format) ? 0 : print_job(&c->format, job, e);
}

static int run(struct ctl *c, int argc, char **argv, struct err *e) {
	struct options o = {.ctl = c};
	const char *id;
	int rc = ctl_job_id(c, &spec, argc, argv, take, &o, &id, e);
	if (!rc)
		rc = settle(&o, e);
	if (!rc)
		rc = ctl_open(c, e);
	if (!rc)
		rc = update(&o, id, e);
	json_decref(o.set);
	json_decref(o.remove);
	return rc;
}

const struct cmd cmd_update = {"update", "change a job's labels", run};
