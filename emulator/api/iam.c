/* SPDX-License-Identifier: MIT */
/* getIamPolicy, setIamPolicy and testIamPermissions of every resource that has
 * them: a row of the table below is all that a resource adds. */
#include <assert.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/access.h"
#include "emulator/api/allow.h"
#include "emulator/api/policy.h"
#include "emulator/api/rules_iam.h"
#include "emulator/api/schema_iam.h"
#include "emulator/core/accounts.h"
#include "emulator/core/bus.h"
#include "emulator/core/iam.h"
#include "emulator/core/jobs.h"
#include "emulator/core/snapshots.h"

struct kind {
	const char *methods; /* of its routes' names, up to the verb */
	const char *service, *collection;
	int (*find)(struct call *c); /* ST_OK or ST_NOT_FOUND */
	const char *const *permissions;
};

static void see_job(void *ctx, const struct job *j) {
	(void)ctx;
	(void)j;
}

static int find_job(struct call *c) {
	return jobs_get(c->em, c->param[0], c->param[1], see_job, NULL, &c->st);
}

static void see_topic(void *ctx, const char *name, const char *body) {
	(void)ctx;
	(void)name;
	(void)body;
}

static int find_topic(struct call *c) {
	return bus_topic_get(
		c->em, c->param[0], c->param[1], see_topic, NULL, &c->st);
}

static void see_sub(void *ctx, const struct sub *s) {
	(void)ctx;
	(void)s;
}

static int find_sub(struct call *c) {
	return bus_sub_get(
		c->em, c->param[0], c->param[1], see_sub, NULL, &c->st);
}

static void see_snapshot(void *ctx, const struct snapshot *s) {
	(void)ctx;
	(void)s;
}

static int find_snapshot(struct call *c) {
	return snapshots_get(
		c->em, c->param[0], c->param[1], see_snapshot, NULL, &c->st);
}

/* Projects are there as soon as they are named. */
static int find_project(struct call *c) {
	(void)c;
	return ST_OK;
}

/* So are accounts where credentials are not looked at. */
static int find_account(struct call *c) {
	return !c->api->strict || accounts_known(c->em, c->param[1])
		       ? ST_OK
		       : status_set(&c->st, ST_NOT_FOUND,
				 "Unknown service account");
}

/* Those of the facts, and from memory for the others. */
static const struct kind kinds[] = {
	{"ml.projects.jobs", "ml.googleapis.com", "jobs", find_job,
		(const char *const[]){"ml.jobs.create", "ml.jobs.get",
			"ml.jobs.list", "ml.jobs.cancel", "ml.jobs.update",
			"ml.jobs.getIamPolicy", "ml.jobs.setIamPolicy", NULL}},
	{"pubsub.projects.topics", "pubsub.googleapis.com", "topics",
		find_topic,
		(const char *const[]){"pubsub.topics.attachSubscription",
			"pubsub.topics.create", "pubsub.topics.delete",
			"pubsub.topics.detachSubscription", "pubsub.topics.get",
			"pubsub.topics.getIamPolicy", "pubsub.topics.list",
			"pubsub.topics.publish", "pubsub.topics.setIamPolicy",
			"pubsub.topics.update", NULL}},
	{"pubsub.projects.subscriptions", "pubsub.googleapis.com",
		"subscriptions", find_sub,
		(const char *const[]){"pubsub.subscriptions.consume",
			"pubsub.subscriptions.create",
			"pubsub.subscriptions.delete",
			"pubsub.subscriptions.get",
			"pubsub.subscriptions.getIamPolicy",
			"pubsub.subscriptions.list",
			"pubsub.subscriptions.setIamPolicy",
			"pubsub.subscriptions.update", NULL}},
	{"pubsub.projects.snapshots", "pubsub.googleapis.com", "snapshots",
		find_snapshot,
		(const char *const[]){"pubsub.snapshots.create",
			"pubsub.snapshots.delete", "pubsub.snapshots.get",
			"pubsub.snapshots.getIamPolicy",
			"pubsub.snapshots.list", "pubsub.snapshots.seek",
			"pubsub.snapshots.setIamPolicy",
			"pubsub.snapshots.update", NULL}},
	{"iam.projects.serviceAccounts", ALLOW_ACCOUNTS, "serviceAccounts",
		find_account,
		(const char *const[]){"iam.serviceAccounts.actAs",
			"iam.serviceAccounts.getAccessToken",
			"iam.serviceAccounts.getIamPolicy",
			"iam.serviceAccounts.getOpenIdToken",
			"iam.serviceAccounts.setIamPolicy",
			"iam.serviceAccounts.signBlob",
			"iam.serviceAccounts.signJwt", NULL}},
	/* all that there are */
	{"cloudresourcemanager.projects", ALLOW_PROJECTS, "", find_project,
		NULL},
};

static const struct kind *kind_of(const struct call *c) {
	const char *name = c->route->name;
	size_t len = (size_t)(strrchr(name, '.') - name);
	size_t i = 0;
	while (strlen(kinds[i].methods) != len ||
		strncmp(kinds[i].methods, name, len) != 0) {
		i++;
		assert(i < sizeof kinds / sizeof kinds[0]);
	}
	return &kinds[i];
}

/* The resource that the path names, and what is kept of its policy. */
struct guarded {
	struct iam_resource resource;
	json_t *policy; /* NULL: none */
	int64_t etag;
	bool failed; /* memory ran out */
};

static void guarded_done(struct guarded *t) {
	json_decref(t->policy);
}
#define auto_guarded __attribute__((cleanup(guarded_done)))

static void take_policy(void *ctx, const char *policy, int64_t etag) {
	struct guarded *t = ctx;
	t->etag = etag;
	if (!policy)
		return;
	t->policy = jsn_parse(policy, strlen(policy), false, NULL);
	t->failed = !t->policy;
}

/* NOT_FOUND when there is no such resource. */
static int read_guarded(struct call *c, struct guarded *t) {
	const struct kind *k = kind_of(c);
	int rc = k->find(c);
	if (rc)
		return rc;
	bool account = k->find == find_account; /* in any project */
	t->resource =
		(struct iam_resource){k->service, account ? "-" : c->param[0],
			k->collection, c->param[1] ? c->param[1] : ""};
	iam_get(c->em, &t->resource, take_policy, t);
	return t->failed ? call_nomem(c) : ST_OK;
}

static int show_policy(struct call *c, const char *asked) {
	auto_guarded struct guarded t = {0};
	int version;
	int rc = rules_iam_version(asked, &version, &c->st);
	if (rc || (rc = read_guarded(c, &t)))
		return rc;
	return call_json(c, policy_show(t.policy, t.etag, version));
}

int iam_get_policy(struct call *c) {
	return show_policy(c, call_query(c, "options.requestedPolicyVersion"));
}

/* Some services are asked by POST. */
int iam_post_policy(struct call *c) {
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_iam_get, "", &body);
	if (rc)
		return rc;
	json_int_t version = json_integer_value(json_object_get(
		json_object_get(body, "options"), "requestedPolicyVersion"));
	auto_free char *asked = mem_printf("%" JSON_INTEGER_FORMAT, version);
	return asked ? show_policy(c, asked) : call_nomem(c);
}

int iam_set_policy(struct call *c) {
	auto_guarded struct guarded t = {0};
	auto_json json_t *body = NULL;
	unsigned mask;
	int rc = call_body(c, &schema_iam_set, "", &body);
	if (rc || (rc = rules_iam_set(body, &mask, &c->st)) ||
		(rc = read_guarded(c, &t)))
		return rc;
	auto_free char *etag = policy_etag(t.etag);
	auto_json json_t *kept =
		policy_merge(t.policy, json_object_get(body, "policy"), mask);
	auto_free char *text = kept ? jsn_compact(kept) : NULL;
	if (!etag || !text)
		return call_nomem(c);
	rc = rules_iam_current(
		body, etag, policy_conditional(t.policy), &c->st);
	if (rc)
		return rc;
	return call_json(c, policy_show(kept, iam_set(c->em, &t.resource, text),
				    IAM_CONDITIONS_VERSION));
}

static bool listed(const char *const *list, const char *s) {
	while (*list && strcmp(*list, s) != 0)
		list++;
	return *list;
}

static bool held(const json_t *list, const json_t *item) {
	size_t i;
	json_t *v;
	json_array_foreach (list, i, v) {
		if (json_equal(v, item))
			return true;
	}
	return false;
}

static bool has(const struct kind *k, const char *permission) {
	return k->permissions ? listed(k->permissions, permission)
			      : access_known(permission);
}

/* Those asked for that the resource has and the caller too, each once. NULL: no
 * memory. */
static json_t *granted(
	struct call *c, const struct kind *k, const json_t *asked) {
	auto_json json_t *out = json_array();
	size_t i;
	json_t *v;
	json_array_foreach (asked, i, v) {
		const char *permission = json_string_value(v);
		bool may = true;
		if (!has(k, permission) || held(out, v))
			continue;
		if (c->api->strict && allow_caller(c, permission, &may))
			return NULL;
		if (may && json_array_append(out, v))
			return NULL;
	}
	return TAKE(out);
}

/* Where credentials are not looked at, the caller may do all that can be done
 * with the resource; with one that is not there that is nothing, and no error.
 */
int iam_test_permissions(struct call *c) {
	const struct kind *k = kind_of(c);
	auto_json json_t *body = NULL;
	int rc = call_body(c, &schema_iam_test, "", &body);
	if (rc || (rc = rules_iam_test(body, &c->st)))
		return rc;
	if (k->find(c)) {
		status_done(&c->st);
		return ST_OK;
	}
	auto_json json_t *may =
		granted(c, k, json_object_get(body, "permissions"));
	if (may && !json_array_size(may))
		return ST_OK;
	return call_json(c, json_pack("{s:O}", "permissions", may));
}
