/* SPDX-License-Identifier: MIT */
#include "emulator/api/guard.h"

#include <string.h>
#include <strings.h>

#include "common/mem.h"
#include "emulator/api/access.h"
#include "emulator/api/allow.h"
#include "emulator/api/assertion.h"
#include "emulator/api/grant.h"
#include "emulator/api/origin.h"

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
		"credential. " STATUS_CREDENTIALS);
	return explain(c, "CREDENTIALS_MISSING", REALM);
}

static int refuse_bad(struct call *c, const char *reason) {
	status_set(&c->st, ST_UNAUTHENTICATED, "%s",
		status_usual(ST_UNAUTHENTICATED));
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

static int check_permission(struct call *c) {
	const struct access *a = access_of(c->route->name);
	if (!a || !*a->permission || allow_later(c->route))
		return ST_OK;
	bool may = false;
	int rc = allow_caller(c, a->permission, &may);
	return rc || may ? rc : allow_refuse(c, a->permission, NULL);
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
