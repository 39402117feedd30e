/* SPDX-License-Identifier: MIT */
#include "emulator/api/guard.h"

#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/access.h"
#include "emulator/api/assertion.h"
#include "emulator/api/grant.h"
#include "emulator/api/origin.h"
#include "emulator/core/iam.h"
#include "emulator/core/project.h"
#include "emulator/core/roles.h"

#define EXPECTED                                                               \
	"Expected OAuth 2 access token, login cookie or other valid "          \
	"authentication credential. See "                                      \
	"https://developers.google.com/identity/sign-in/web/"                  \
	"devconsole-project."
#define REALM "Bearer realm=\"https://accounts.google.com/\""

/* A token that was found good. */
struct bearer {
	struct jwt t;
	const char *email;
	const char *scopes; /* NULL: it is for this service as a whole */
};

/* Adds the detail that says why, and the header that goes with it. */
static int explain(struct call *c, const char *reason, const char *challenge) {
	const struct access *a = access_of(c->route->name);
	status_error_info(&c->st, reason, "googleapis.com",
		json_pack("{s:s, s:s}", "service",
			service_of(c->route->name)->host, "method",
			a ? a->method : c->route->name));
	(void)req_add_header(c->req, "WWW-Authenticate", challenge);
	return (int)c->st.code;
}

static int refuse_missing(struct call *c) {
	status_set(&c->st, ST_UNAUTHENTICATED,
		"Request is missing required authentication "
		"credential. " EXPECTED);
	return explain(c, "CREDENTIALS_MISSING", REALM);
}

static int refuse_bad(struct call *c, const char *reason) {
	status_set(&c->st, ST_UNAUTHENTICATED,
		"Request had invalid authentication credentials. " EXPECTED);
	return explain(c, reason, REALM ", error=\"invalid_token\"");
}

static int refuse_scope(struct call *c) {
	c->challenge =
		mem_printf(REALM ", error=\"insufficient_scope\", scope=\"%s\"",
			service_of(c->route->name)->scopes);
	if (!c->challenge)
		return call_nomem(c);
	status_set(&c->st, ST_PERMISSION_DENIED,
		"Request had insufficient authentication scopes.");
	return explain(c, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", c->challenge);
}

/* The token in the header, or in one of the standard parameters. *ret is ""
 * where there is something else. False: there is nothing. */
static bool find_token(const struct call *c, const char **ret) {
	static const char scheme[] = "Bearer ";
	const char *header = req_header(c->req, "Authorization");
	if (header) {
		bool ours = !strncasecmp(header, scheme, sizeof scheme - 1);
		*ret = ours ? header + sizeof scheme - 1 : "";
		return true;
	}
	*ret = oauth_member(c, "access_token");
	if (!*ret)
		*ret = oauth_member(c, "oauth_token");
	return *ret;
}

/* One that was given out here. */
static int read_access(struct call *c, const char *text, struct bearer *b) {
	struct err e = {0};
	int64_t exp = 0;
	int rc = tokens_read(c->em, true, text, &b->t, &e);
	if (rc && rc != ERR_STATE)
		return status_from_err(&c->st, &e);
	b->email = jwt_claim(&b->t, "email");
	b->scopes = jwt_claim(&b->t, "scope");
	if (rc || !b->email || !b->scopes || !jwt_time(&b->t, "exp", &exp))
		return refuse_bad(c, "ACCESS_TOKEN_TYPE_UNSUPPORTED");
	return exp > grant_now_us() / US_PER_S
		       ? ST_OK
		       : refuse_bad(c, "ACCESS_TOKEN_EXPIRED");
}

/* Whether a token that names no scope names this service. */
static int is_for_service(struct call *c, const char *aud, bool *ret) {
	auto_free char *google =
		mem_printf("https://%s/", service_of(c->route->name)->host);
	auto_free char *origin = origin_url(c);
	auto_free char *own = origin ? mem_printf("%s/", origin) : NULL;
	if (!google || !own)
		return call_nomem(c);
	*ret = aud && (!strcmp(aud, google) || !strcmp(aud, own));
	return ST_OK;
}

/* One that a service account has signed by itself. */
static int read_signed(struct call *c, const char *text, struct bearer *b) {
	static const char *const bad = "ACCESS_TOKEN_TYPE_UNSUPPORTED";
	struct err e = {0};
	int rc = jwt_read(text, &b->t, &e);
	if (rc == ERR_NOMEM)
		return call_nomem(c);
	b->email = rc ? NULL : jwt_claim(&b->t, "iss");
	const char *sub = rc ? NULL : jwt_claim(&b->t, "sub");
	if (!b->email || !sub || strcmp(sub, b->email) != 0)
		return refuse_bad(c, bad);
	rc = accounts_known(c->em, b->email)
		     ? accounts_verify(c->em, b->email, &b->t, &e)
		     : ERR_STATE;
	if (rc && rc != ERR_STATE)
		return status_from_err(&c->st, &e);
	if (rc)
		return refuse_bad(c, bad);
	if (!assertion_timely(&b->t, grant_now_us() / US_PER_S))
		return refuse_bad(c, "ACCESS_TOKEN_EXPIRED");
	bool ours = false;
	b->scopes = jwt_claim(&b->t, "scope");
	rc = b->scopes ? ST_OK
		       : is_for_service(c, jwt_claim(&b->t, "aud"), &ours);
	return rc || b->scopes || ours ? rc : refuse_bad(c, bad);
}

/* Compute Engine's and App Engine's accounts, and those of its own. */
static bool is_of_project(const char *email, const char *project) {
	char number[PROJECT_NUMBER_MAX];
	const char *at = strchr(email, '@');
	size_t n = strlen(project);
	if (!at)
		return false;
	if (!strncmp(at + 1, project, n) &&
		!strcasecmp(at + 1 + n, ".iam.gserviceaccount.com"))
		return true;
	project_number(project, number);
	size_t digits = strlen(number);
	return !strncmp(email, number, digits) &&
	       !strcasecmp(email + digits,
		       "-compute@developer.gserviceaccount.com");
}

struct looking {
	const char *who, *permission;
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
	l->allows = o && policy_allows(o, l->who, l->permission);
}

/* Asks one resource's policy. */
static int ask(
	struct call *c, const struct iam_resource *r, struct looking *l) {
	*l = (struct looking){.who = c->caller, .permission = l->permission};
	iam_get(c->em, r, look, l);
	return l->failed ? call_nomem(c) : ST_OK;
}

/* A project that has no policy lets its own service accounts edit it, as
 * production does with the first ones of a project. */
static int ask_project(struct call *c, const char *project,
	const char *permission, bool *ret) {
	const struct iam_resource r = {GUARD_PROJECTS, project, "", ""};
	struct looking l = {.permission = permission};
	int rc = ask(c, &r, &l);
	if (!rc)
		*ret = l.found ? l.allows
			       : is_of_project(c->caller, project) &&
					 role_grants(
						 "roles/editor", permission);
	return rc;
}

/* The project that a service account's address names, NULL if none. */
static char *project_of_account(const char *email) {
	const char *at = strchr(email, '@');
	const char *end = at ? strstr(at, ".iam.gserviceaccount.com") : NULL;
	return end ? mem_dup(at + 1, (size_t)(end - at - 1)) : mem_strdup("-");
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
	if (is_account(c))
		return (struct iam_resource){
			GUARD_ACCOUNTS, "-", "serviceAccounts", c->param[1]};
	if (!c->param[1])
		return r;
	static const char *const with_policy[] = {
		"jobs", "topics", "subscriptions", "snapshots"};
	for (size_t i = 0; i < 4; i++)
		if (!strncmp(rest, with_policy[i], strlen(with_policy[i])))
			r.collection = with_policy[i];
	return r;
}

int guard_may(struct call *c, const char *permission, bool *ret) {
	const struct iam_resource r = resource_of(c);
	struct looking l = {.permission = permission};
	int rc = r.collection ? ask(c, &r, &l) : ST_OK;
	if (rc || l.allows) {
		*ret = l.allows;
		return rc;
	}
	auto_free char *project = is_account(c)
					  ? project_of_account(c->param[1])
					  : mem_strdup(c->param[0]);
	return project ? ask_project(c, project, permission, ret)
		       : call_nomem(c);
}

/* The resource in the path, as its service writes it. */
static const char *full_name(const struct call *c) {
	const char *path = req_path(c->req);
	return strncmp(path, "/v1/", 4) ? path + 1 : path + 4;
}

static int refuse_iam(struct call *c, const char *permission) {
	const char *name = full_name(c);
	status_set(&c->st, ST_PERMISSION_DENIED,
		"Permission '%s' denied on resource (or it may not exist).",
		permission);
	status_error_info(&c->st, "IAM_PERMISSION_DENIED", "iam.googleapis.com",
		json_pack("{s:s, s:s}", "permission", permission, "resource",
			name));
	return (int)c->st.code;
}

/* In each service's words: the jobs API's, those of iamcredentials and Logging
 * and Pub/Sub's are known; the rest is from memory. */
static int refuse_caller(struct call *c, const char *permission) {
	const char *host = service_of(c->route->name)->host;
	if (*host == 'm') /* ml */
		return status_set(&c->st, ST_PERMISSION_DENIED,
			"Access to %s denied.",
			c->param[1] && resource_of(c).collection ? "job"
								 : "project");
	if (!strncmp(host, "pubsub", 6))
		return status_set(&c->st, ST_PERMISSION_DENIED,
			"User not authorized to perform this action.");
	if (!strncmp(host, "cloudscheduler", 14)) {
		const char *name = full_name(c), *verb = strrchr(name, ':');
		int len = (int)(verb ? (size_t)(verb - name) : strlen(name));
		return status_set(&c->st, ST_PERMISSION_DENIED,
			"The principal (user or service account) lacks IAM "
			"permission \"%s\" for the resource \"%.*s\" (or the "
			"resource may not exist).",
			permission, len, name);
	}
	if (!strncmp(host, "cloudresourcemanager", 20))
		return status_set(&c->st, ST_PERMISSION_DENIED,
			"The caller does not have permission");
	return refuse_iam(c, permission);
}

/* Asks the project that a name in the body, "projects/P/...", begins with. */
static int check_name(struct call *c, const json_t *v, const char *permission) {
	static const char prefix[] = "projects/";
	const char *name = json_string_value(v);
	bool may = true;
	if (!name || strncmp(name, prefix, sizeof prefix - 1) != 0)
		return ST_OK; /* the method refuses it */
	name += sizeof prefix - 1;
	auto_free char *project = mem_dup(name, strcspn(name, "/"));
	int rc = project ? ask_project(c, project, permission, &may)
			 : call_nomem(c);
	return rc || may ? rc : refuse_iam(c, permission);
}

/* Logging says in the body which projects it is about. */
static int check_body(struct call *c, const char *permission) {
	size_t len, i;
	const char *p = req_body(c->req, &len);
	auto_json json_t *o = len ? jsn_parse(p, len, false, NULL) : NULL;
	json_t *v;
	int rc = check_name(c, json_object_get(o, "logName"), permission);
	json_array_foreach (json_object_get(o, "resourceNames"), i, v)
		rc = rc ? rc : check_name(c, v, permission);
	json_array_foreach (json_object_get(o, "entries"), i, v)
		rc = rc ? rc
			: check_name(
				  c, json_object_get(v, "logName"), permission);
	return rc;
}

static int check_permission(struct call *c) {
	const struct access *a = access_of(c->route->name);
	if (!a || !*a->permission)
		return ST_OK;
	if (!c->param[0])
		return check_body(c, a->permission);
	bool may = false;
	int rc = guard_may(c, a->permission, &may);
	return rc || may ? rc : refuse_caller(c, a->permission);
}

int guard_check(struct call *c) {
	const char *text;
	if (c->route->flags & ROUTE_OPEN)
		return ST_OK;
	if (!find_token(c, &text))
		return refuse_missing(c);
	struct bearer b = {0};
	int rc = strncmp(text, TOKEN_ACCESS, sizeof TOKEN_ACCESS - 1)
			 ? read_signed(c, text, &b)
			 : read_access(c, text, &b);
	if (!rc) {
		c->caller = mem_strdup(b.email);
		rc = c->caller ? ST_OK : call_nomem(c);
	}
	if (!rc && b.scopes &&
		!service_allows(
			service_of(c->route->name), c->route->method, b.scopes))
		rc = refuse_scope(c);
	jwt_done(&b.t);
	return rc ? rc : check_permission(c);
}
