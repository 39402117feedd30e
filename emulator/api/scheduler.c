/* SPDX-License-Identifier: MIT */
/* cloudscheduler.googleapis.com v1, projects.locations.jobs. */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/allow.h"
#include "emulator/api/list.h"
#include "emulator/api/page.h"
#include "emulator/api/rules_scheduler.h"
#include "emulator/api/schema_scheduler.h"
#include "emulator/core/app_engine.h"
#include "emulator/core/sched.h"

#define PAGE_MAX 500 /* also the default: a guess, see the facts */

static json_t *time_json(int64_t us, int digits) {
	if (us == STORE_NULL)
		return NULL;
	char text[WHEN_TEXT_MAX];
	when_format(us, digits, text);
	return json_string(text);
}

static void set_new(json_t *o, const char *key, json_t *value) {
	if (value)
		(void)json_object_set_new(o, key, value);
}

/* Where the job is sent to. False when memory ran out. */
static bool add_host(json_t *job, const char *project) {
	json_t *target = json_object_get(job, "appEngineHttpTarget");
	if (!target)
		return true;
	auto_free char *host = app_engine_host(target, project);
	return host &&
	       !json_object_set_new(json_object_get(target, "appEngineRouting"),
		       "host", json_string(host));
}

/* A stored job with its output-only fields, in the service's order. */
static char *job_text(const struct sched_job *j) {
	struct err e;
	auto_json json_t *o = jsn_parse(j->body, strlen(j->body), false, &e);
	if (!o || !add_host(o, j->project))
		return NULL;
	bool retrying = j->retry_us != STORE_NULL;
	set_new(o, "userUpdateTime", time_json(j->update_us, 0));
	set_new(o, "state",
		json_string(j->state == SCHED_ENABLED ? "ENABLED" : "PAUSED"));
	if (j->status)
		set_new(o, "status",
			jsn_parse(j->status, strlen(j->status), false, &e));
	set_new(o, "scheduleTime",
		time_json(retrying ? j->retry_us : j->next_us, -1));
	set_new(o, "lastAttemptTime", time_json(j->last_us, 6));
	auto_json json_t *sorted = proto_arrange(&schema_scheduler_job, o);
	return sorted ? jsn_compact(sorted) : NULL;
}

static void write_job(struct buf *b, const struct sched_job *j) {
	auto_free char *text = job_text(j);
	if (text)
		(void)buf_adds(b, text);
	else
		b->failed = ERR_NOMEM;
}

static void see_job(void *ctx, const struct sched_job *j) {
	write_job(&((struct call *)ctx)->out, j);
}

static int show(struct call *c, const char *name) {
	return sched_get(
		c->em, c->param[0], c->param[1], name, see_job, c, &c->st);
}

static void ignore_job(void *ctx, const struct sched_job *j) {
	(void)ctx;
	(void)j;
}

/* The caller frees it (mem_free). */
static char *parent_name(const struct call *c) {
	return mem_printf("projects/%s/locations/%s", c->param[0], c->param[1]);
}

/* A job sent without a name gets one made here: the first free number. (That
 * the service makes one is documented, its form is not.) */
static int make_name(struct call *c, char *ret, size_t max) {
	auto_status struct status st = STATUS_INIT;
	for (unsigned n = 1;; n++) {
		(void)snprintf(ret, max, "%u", n);
		if (sched_get(c->em, c->param[0], c->param[1], ret, ignore_job,
			    NULL, &st))
			return ST_OK;
	}
}

/* Whether its writer may have it do what it says. */
static int check_rights(struct call *c, const json_t *job) {
	static const char *const tokens[] = {"oauthToken", "oidcToken"};
	const json_t *http = json_object_get(job, "httpTarget");
	const json_t *topic = json_object_get(
		json_object_get(job, "pubsubTarget"), "topicName");
	int rc =
		allow_need_agent(c, "cloudscheduler", json_string_value(topic));
	for (size_t i = 0; i < 2 && !rc; i++)
		rc = allow_need_act_as(
			c, json_string_value(json_object_get(
				   json_object_get(http, tokens[i]),
				   "serviceAccountEmail")));
	return rc;
}

static int add_job(struct call *c, json_t *job, const char *parent) {
	char made[16];
	const char *full = json_string_value(json_object_get(job, "name"));
	const char *id = full ? strrchr(full, '/') + 1 : made;
	if (!full)
		(void)make_name(c, made, sizeof made);
	auto_json json_t *whole = rules_scheduler_defaults(job);
	auto_free char *name = mem_printf("%s/jobs/%s", parent, id);
	if (name && rules_scheduler_name(name, &c->st))
		return (int)c->st.code;
	if (!whole || !name ||
		json_object_set_new(whole, "name", json_string(name)))
		return call_nomem(c);
	auto_free char *text = jsn_compact(whole);
	if (!text)
		return call_nomem(c);
	int rc =
		sched_create(c->em, c->param[0], c->param[1], id, text, &c->st);
	return rc ? rc : show(c, id);
}

int scheduler_jobs_create(struct call *c) {
	auto_json json_t *job = NULL;
	int rc = call_body(c, &schema_scheduler_job, "job", &job);
	if (rc)
		return rc;
	auto_free char *parent = parent_name(c);
	if (!parent)
		return call_nomem(c);
	rc = rules_scheduler_job(job, parent, &c->st);
	if (!rc)
		rc = check_rights(c, job);
	return rc ? rc : add_job(c, job, parent);
}

int scheduler_jobs_get(struct call *c) {
	return show(c, c->param[2]);
}

int scheduler_jobs_delete(struct call *c) {
	return sched_delete(
		c->em, c->param[0], c->param[1], c->param[2], &c->st);
}

static void keep_body(void *ctx, const struct sched_job *j) {
	*(char **)ctx = mem_strdup(j->body);
}

int scheduler_jobs_patch(struct call *c) {
	auto_json json_t *patch = NULL, *job = NULL;
	auto_free char *old_text = NULL;
	int rc = call_patch(c, &schema_scheduler_job, "job", &patch);
	if (rc || (rc = sched_get(c->em, c->param[0], c->param[1], c->param[2],
			   keep_body, &old_text, &c->st)))
		return rc;
	auto_json json_t *old =
		old_text ? jsn_parse(old_text, strlen(old_text), false, NULL)
			 : NULL;
	auto_free char *parent = parent_name(c);
	if (!old || !parent)
		return call_nomem(c);
	rc = rules_scheduler_patch(
		old, patch, call_query(c, "updateMask"), parent, &job, &c->st);
	if (!rc)
		rc = check_rights(c, job);
	if (rc)
		return rc;
	auto_free char *text = jsn_compact(job);
	if (!text)
		return call_nomem(c);
	rc = sched_patch(
		c->em, c->param[0], c->param[1], c->param[2], text, &c->st);
	return rc ? rc : show(c, c->param[2]);
}

typedef int sched_verb(struct emu *em, const char *project,
	const char *location, const char *name, struct status *st);

/* pause, resume, run: an empty message in, the job out. */
static int verb(
	struct call *c, const struct proto_message *m, sched_verb *act) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, m, "", &body);
	if (rc || (rc = act(c->em, c->param[0], c->param[1], c->param[2],
			   &c->st)))
		return rc;
	return show(c, c->param[2]);
}

int scheduler_jobs_pause(struct call *c) {
	return verb(c, &schema_scheduler_pause, sched_pause);
}

int scheduler_jobs_resume(struct call *c) {
	return verb(c, &schema_scheduler_resume, sched_resume);
}

int scheduler_jobs_run(struct call *c) {
	return verb(c, &schema_scheduler_run, sched_run);
}

static void list_job(void *ctx, const struct sched_job *j) {
	struct buf *b = list_item(ctx, j->name);
	if (b)
		write_job(b, j);
}

int scheduler_jobs_list(struct call *c) {
	struct list l;
	int size;
	int rc = page_parse(call_query(c, "pageSize"), &size, &c->st);
	if (rc)
		return rc;
	int max = size == 0 || size > PAGE_MAX ? PAGE_MAX : size;
	if (size < 0 || !list_begin(&l, c, "jobs", max))
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"Request contains an invalid argument.");
	sched_list(c->em, c->param[0], c->param[1], l.after, l.max + 1,
		list_job, &l);
	return list_end(&l);
}
