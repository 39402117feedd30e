/* SPDX-License-Identifier: MIT */
#include "emulator/api/allow.h"

#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/access.h"
#include "emulator/core/accounts.h"
#include "emulator/core/iam.h"
#include "emulator/core/project.h"
#include "emulator/core/roles.h"

#define PROJECTS "projects/"
#define DELEGATE "iam.serviceAccounts.implicitDelegation"

/* Somebody, and what they want to do. */
struct wish {
	const char *who, *permission;
};

/* Compute Engine's and App Engine's accounts, and those of its own. */
static bool is_of_project(const char *email, const char *project) {
	char number[PROJECT_NUMBER_MAX];
	const char *at = strchr(email, '@');
	size_t n = strlen(project);
	if (!at)
		return false;
	if (!strncmp(at + 1, project, n) &&
		!strcasecmp(at + 1 + n, ACCOUNT_DOMAIN))
		return true;
	if (!strncmp(email, project, n) && email + n == at &&
		!strcasecmp(at, "@appspot.gserviceaccount.com"))
		return true;
	project_number(project, number);
	size_t digits = strlen(number);
	return !strncmp(email, number, digits) &&
	       !strcasecmp(email + digits,
		       "-compute@developer.gserviceaccount.com");
}

struct looking {
	const struct wish *wish;
	bool found, failed, allows;
};

static void look(void *ctx, const char *policy, int64_t etag) {
	struct looking *l = ctx;
	(void)etag;
	if (!policy)
		return;
	auto_json json_t *o = jsn_parse(policy, strlen(policy), false, NULL);
	l->found = true;
	l->failed = !o;
	l->allows = o && policy_allows(o, l->wish->who, l->wish->permission);
}

/* Asks one resource's policy. */
static int ask(struct call *c, const struct iam_resource *r,
	const struct wish *w, struct looking *ret) {
	*ret = (struct looking){.wish = w};
	iam_get(c->em, r, look, ret);
	return ret->failed ? call_nomem(c) : ST_OK;
}

/* A project that has no policy lets its own service accounts edit it, as
 * production does with the first ones of a project. */
static int ask_project(
	struct call *c, const char *project, const struct wish *w, bool *ret) {
	const struct iam_resource r = {ALLOW_PROJECTS, project, "", ""};
	struct looking l;
	int rc = ask(c, &r, w, &l);
	if (!rc)
		*ret = l.found ? l.allows
			       : is_of_project(w->who, project) &&
					 role_grants(
						 "roles/editor", w->permission);
	return rc;
}

/* Asks a resource's policy, if it can have one (a collection), and then its
 * project's. */
static int ask_both(struct call *c, const struct iam_resource *r,
	const char *project, const struct wish *w, bool *ret) {
	struct looking l = {0};
	int rc = r->collection ? ask(c, r, w, &l) : ST_OK;
	if (rc || l.allows) {
		*ret = l.allows;
		return rc;
	}
	return ask_project(c, project, w, ret);
}

static int ask_account(
	struct call *c, const char *email, const struct wish *w, bool *ret) {
	const struct iam_resource r = {
		ALLOW_ACCOUNTS, "-", "serviceAccounts", email};
	auto_free char *project = account_project(email, "-");
	return project ? ask_both(c, &r, project, w, ret) : call_nomem(c);
}

static bool is_account(const struct call *c) {
	return strstr(c->route->pattern, "/serviceAccounts/{") != NULL;
}

/* The resource in the path; collection NULL: it is a project. */
static struct iam_resource resource_of(const struct call *c) {
	struct iam_resource r = {service_of(c->route->name)->host, c->param[0],
		NULL, c->param[1]};
	const char *rest =
		c->route->pattern + strlen("/v1/projects/{project}/");
	if (!c->param[1])
		return r;
	static const char *const with_policy[] = {
		"jobs", "topics", "subscriptions", "snapshots"};
	for (size_t i = 0; i < 4; i++)
		if (!strncmp(rest, with_policy[i], strlen(with_policy[i])))
			r.collection = with_policy[i];
	return r;
}

int allow_caller(struct call *c, const char *permission, bool *ret) {
	const struct wish w = {c->caller, permission};
	const struct iam_resource r = resource_of(c);
	return is_account(c) ? ask_account(c, c->param[1], &w, ret)
			     : ask_both(c, &r, c->param[0], &w, ret);
}

/* The resource in the path, as its service writes it. */
static const char *full_name(const struct call *c) {
	const char *path = req_path(c->req);
	return strncmp(path, "/v1/", 4) ? path + 1 : path + 4;
}

static int refuse_iam(
	struct call *c, const char *permission, const char *resource) {
	status_set(&c->st, ST_PERMISSION_DENIED,
		"Permission '%s' denied on resource (or it may not exist).",
		permission);
	status_error_info(&c->st, "IAM_PERMISSION_DENIED", "iam.googleapis.com",
		json_pack("{s:s, s:s}", "permission", permission, "resource",
			resource));
	return (int)c->st.code;
}

/* The jobs API's words, those of iamcredentials and Logging and Pub/Sub's are
 * known; the rest is from memory. */
int allow_refuse(struct call *c, const char *permission, const char *resource) {
	const char *host = service_of(c->route->name)->host;
	const char *name = resource ? resource : full_name(c);
	if (*host == 'm') /* ml */
		return status_set(&c->st, ST_PERMISSION_DENIED,
			"Access to %s denied.",
			resource_of(c).collection ? "job" : "project");
	if (!strncmp(host, "pubsub", 6))
		return status_set(&c->st, ST_PERMISSION_DENIED,
			"User not authorized to perform this action.");
	if (!strncmp(host, "cloudscheduler", 14)) {
		const char *verb = resource ? NULL : strrchr(name, ':');
		int len = (int)(verb ? (size_t)(verb - name) : strlen(name));
		return status_set(&c->st, ST_PERMISSION_DENIED,
			"The principal (user or service account) lacks IAM "
			"permission \"%s\" for the resource \"%.*s\" (or the "
			"resource may not exist).",
			permission, len, name);
	}
	if (!strncmp(host, "cloudresourcemanager", 20))
		return status_set(&c->st, ST_PERMISSION_DENIED, "%s",
			status_usual(ST_PERMISSION_DENIED));
	return refuse_iam(c, permission, name);
}

bool allow_later(const struct route *r) {
	return !strncmp(r->name, "logging.", 8) ||
	       !strncmp(r->name, "iamcredentials.", 15);
}

/* What an answer says comes to. */
static int settle(struct call *c, int rc, bool may, const char *permission,
	const char *resource) {
	return rc || may ? rc : allow_refuse(c, permission, resource);
}

int allow_need_project(struct call *c, const char *project, size_t len,
	const char *permission) {
	const struct wish w = {c->caller, permission};
	bool may = true;
	if (!c->api->strict)
		return ST_OK;
	auto_free char *name = mem_printf(PROJECTS "%.*s", (int)len, project);
	int rc = name ? ask_project(c, name + sizeof PROJECTS - 1, &w, &may)
		      : call_nomem(c);
	return settle(c, rc, may, permission, name);
}

/* Takes "projects/P/topics/T" apart, in a copy (mem_free). */
static char *split(const char *full, struct iam_resource *ret) {
	char *copy = mem_strdup(full);
	char *project = copy ? strchr(copy, '/') : NULL;
	char *kind = project ? strchr(project + 1, '/') : NULL;
	char *name = kind ? strchr(kind + 1, '/') : NULL;
	if (!name) {
		mem_free(copy);
		return NULL;
	}
	*project++ = *kind++ = *name++ = '\0';
	*ret = (struct iam_resource){
		"pubsub.googleapis.com", project, kind, name};
	return copy;
}

int allow_need_pubsub(
	struct call *c, const char *full, const char *permission) {
	const struct wish w = {c->caller, permission};
	struct iam_resource r;
	bool may = true;
	if (!c->api->strict)
		return ST_OK;
	auto_free char *copy = split(full, &r);
	int rc = copy ? ask_both(c, &r, r.project, &w, &may) : call_nomem(c);
	return settle(c, rc, may, permission, full);
}

int allow_need_act_as(struct call *c, const char *email) {
	static const char permission[] = "iam.serviceAccounts.actAs";
	const struct wish w = {c->caller, permission};
	bool may = true;
	if (!c->api->strict || !email)
		return ST_OK;
	int rc = ask_account(c, email, &w, &may);
	return settle(c, rc, may, permission, email);
}

int allow_need_agent(struct call *c, const char *service, const char *topic) {
	static const char permission[] = "pubsub.topics.publish";
	char number[PROJECT_NUMBER_MAX];
	struct iam_resource r;
	bool may = true;
	if (!c->api->strict || !topic)
		return ST_OK;
	project_number(c->param[0], number);
	auto_free char *agent = mem_printf(
		"service-%s@gcp-sa-%s" ACCOUNT_DOMAIN, number, service);
	auto_free char *copy = split(topic, &r);
	if (!agent || !copy)
		return call_nomem(c);
	const struct wish w = {agent, permission};
	int rc = strcmp(r.project, c->param[0])
			 ? ask_both(c, &r, r.project, &w, &may)
			 : ST_OK;
	return settle(c, rc, may, permission, topic);
}

/* One step of a chain: `who` to the account `email`. */
static int step(struct call *c, const char *who, const char *email,
	const char *permission) {
	const struct wish w = {who, permission};
	bool may = false;
	int rc = accounts_known(c->em, email) ? ask_account(c, email, &w, &may)
					      : ST_OK;
	auto_free char *name =
		rc || may ? NULL
			  : mem_printf(PROJECTS "-/serviceAccounts/%s", email);
	return settle(c, rc, may, permission, name);
}

int allow_need_chain(
	struct call *c, const json_t *delegates, const char *permission) {
	static const char prefix[] = PROJECTS "-/serviceAccounts/";
	const char *who = c->caller;
	size_t i;
	json_t *v;
	if (!c->api->strict)
		return ST_OK;
	json_array_foreach (delegates, i, v) {
		const char *name = json_string_value(v);
		const char *email = name + sizeof prefix - 1;
		if (strncmp(name, prefix, sizeof prefix - 1) != 0 ||
			!account_email_ok(email))
			return status_set(&c->st, ST_INVALID_ARGUMENT,
				"Invalid delegate %.200s. Should be "
				"projects/-/serviceAccounts/EMAIL",
				name);
		int rc = step(c, who, email, DELEGATE);
		if (rc)
			return rc;
		who = email;
	}
	bool may = false;
	const struct wish w = {who, permission};
	int rc = ask_account(c, c->param[1], &w, &may);
	return settle(c, rc, may, permission, NULL);
}
