/* SPDX-License-Identifier: MIT */
#include "client/ctl/remote.h"

#include <stdlib.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"

/* What a kind of resource is got, made and changed with. */
static const struct service {
	ctl_job_call *get, *remove;
	int (*create)(struct train *t, const char *name, const json_t *body,
		int64_t timeout_us, train_done *done, void *ctx, struct err *e);
	int (*patch)(struct train *t, const char *name, const json_t *body,
		const char *mask, int64_t timeout_us, train_done *done,
		void *ctx, struct err *e);
} services[] = {
	[WANTED_TOPIC] = {train_pubsub_get, train_pubsub_delete,
		train_pubsub_create, train_pubsub_patch},
	[WANTED_SUBSCRIPTION] = {train_pubsub_get, train_pubsub_delete,
		train_pubsub_create, train_pubsub_patch},
	[WANTED_JOB] = {train_scheduler_get, train_scheduler_delete,
		train_scheduler_create, train_scheduler_patch},
};

int remote_get(struct ctl *c, enum wanted_kind kind, const char *name,
	json_t **ret, struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	struct err why = {0};
	int rc = services[kind].get(
		c->train, name, CTL_TIMEOUT_US, ctl_done, &a, &why);
	if (!rc)
		rc = ctl_run(c, &a, ret, &why);
	if (rc == ERR_HTTP && why.http == 404) {
		*ret = NULL;
		return 0;
	}
	if (rc)
		*e = why;
	return rc;
}

int remote_create(struct ctl *c, const struct wanted_item *item, json_t **ret,
	struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	int rc = services[item->kind].create(c->train, item->name, item->body,
		CTL_TIMEOUT_US, ctl_done, &a, e);
	return rc ? rc : ctl_run(c, &a, ret, e);
}

int remote_patch(struct ctl *c, const struct wanted_item *item,
	const json_t *body, const char *mask, json_t **ret, struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	int rc = services[item->kind].patch(c->train, item->name, body, mask,
		CTL_TIMEOUT_US, ctl_done, &a, e);
	return rc ? rc : ctl_run(c, &a, ret, e);
}

int remote_delete(struct ctl *c, enum wanted_kind kind, const char *name,
	bool *ret_there, struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	struct err why = {0};
	json_t *answer = NULL;
	int rc = services[kind].remove(
		c->train, name, CTL_TIMEOUT_US, ctl_done, &a, &why);
	if (!rc)
		rc = ctl_run(c, &a, &answer, &why);
	json_decref(answer);
	bool gone = rc == ERR_HTTP && why.http == 404;
	if (rc && !gone) {
		*e = why;
		return rc;
	}
	/* after a lost answer it was this command that took it away */
	*ret_there = !gone || a.attempts > 1;
	return 0;
}

static bool is_location(const char *s) {
	return *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

int remote_open(struct ctl *c, const char **location, struct err *e) {
	if (!*location)
		*location = getenv("TRAINCTL_LOCATION");
	if (!*location || !**location)
		return err_set(e, ERR_USAGE,
			"no location: use --location, or set "
			"TRAINCTL_LOCATION");
	if (!is_location(*location))
		return err_set(
			e, ERR_USAGE, "'%s' is not a location", *location);
	c->services = TRAIN_SET(TRAIN_PUBSUB) | TRAIN_SET(TRAIN_SCHEDULER);
	return ctl_open(c, e);
}

int remote_open_pubsub(struct ctl *c, struct err *e) {
	c->services = TRAIN_SET(TRAIN_PUBSUB);
	return ctl_open(c, e);
}

int remote_job(struct ctl *c, const char *location, const char *id,
	char **ret_name, json_t **ret, struct err *e) {
	auto_free char *name =
		wanted_name(WANTED_JOB, c->project, location, id);
	json_t *job = NULL;
	int rc = name ? remote_get(c, WANTED_JOB, name, &job, e) : err_nomem(e);
	if (!rc && !job)
		rc = err_set(e, ERR_NOTFOUND, "there is no schedule %s", name);
	if (rc)
		return rc;
	*ret = job;
	*ret_name = TAKE(name);
	return 0;
}

int remote_jobs(
	struct ctl *c, const char *location, json_t **ret, struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	auto_free char *parent =
		mem_printf("projects/%s/locations/%s", c->project, location);
	int rc = parent ? train_scheduler_list(c->train, parent, CTL_TIMEOUT_US,
				  ctl_done, &a, e)
			: err_nomem(e);
	return rc ? rc : ctl_run(c, &a, ret, e);
}

static int add_jobs(
	struct ctl *c, const char *location, json_t *all, struct err *e) {
	auto_json json_t *jobs = NULL;
	int rc = remote_jobs(c, location, &jobs, e);
	if (rc)
		return err_wrap(
			e, "projects/%s/locations/%s", c->project, location);
	return json_array_extend(all, jobs) ? err_nomem(e) : 0;
}

static int list_locations(struct ctl *c, json_t **ret, struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	int rc = train_scheduler_locations(
		c->train, CTL_TIMEOUT_US, ctl_done, &a, e);
	if (!rc)
		rc = ctl_run(c, &a, ret, e);
	return rc ? err_wrap(e, "projects/%s/locations", c->project) : 0;
}

int remote_all_jobs(
	struct ctl *c, const char *location, json_t **ret, struct err *e) {
	auto_json json_t *all = json_array(), *locations = NULL;
	int rc = all ? add_jobs(c, location, all, e) : err_nomem(e);
	if (!rc)
		rc = list_locations(c, &locations, e);
	size_t i;
	json_t *v;
	json_array_foreach (locations, i, v) {
		const char *id =
			json_string_value(json_object_get(v, "locationId"));
		if (!id || !is_location(id))
			return err_set(e, ERR_SHAPE,
				"projects/%s/locations: one has no locationId",
				c->project);
		if (strcmp(id, location) != 0)
			rc = add_jobs(c, id, all, e);
		if (rc)
			return rc;
	}
	if (!rc)
		*ret = TAKE(all);
	return rc;
}

int remote_subscriptions(struct ctl *c, json_t **ret, struct err *e) {
	struct ctl_answer a = {.loop = c->loop};
	int rc = train_pubsub_subscriptions(
		c->train, CTL_TIMEOUT_US, ctl_done, &a, e);
	return rc ? rc : ctl_run(c, &a, ret, e);
}
