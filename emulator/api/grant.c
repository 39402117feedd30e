/* SPDX-License-Identifier: MIT */
/* The token endpoint: what a service account's key or a person's refresh token
 * is exchanged for. Source: facts auth.md sections 3, 4 and 8. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/assertion.h"
#include "emulator/api/grant.h"
#include "emulator/api/origin.h"

#define GRANT_JWT "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define BAD_SIGNATURE "Invalid JWT Signature."
#define USER_SCOPES "openid " SCOPE_EMAIL " " SCOPE_CLOUD
/* who a refresh token stands for that was not made here */
#define ANY_USER "user@example.com"

int64_t grant_now_us(void) {
	return clock_now_us(&clock_real);
}

/* Real answers say one second less than the token lives. */
int64_t grant_expires_in(int64_t left_s) {
	return left_s > 0 ? left_s - 1 : 0;
}

int grant_make(struct call *c, const struct token_ask *a, char **ret,
	int64_t *ret_left_s) {
	struct err e = {0};
	int rc = tokens_make(c->em, a, grant_now_us(), ret, ret_left_s, &e);
	return rc ? oauth_failed(c, &e) : ST_OK;
}

int grant_answer(struct call *c, const char *token, int64_t left_s) {
	return call_json(
		c, json_pack("{s:s, s:I, s:s}", "access_token", token,
			   "expires_in", (json_int_t)grant_expires_in(left_s),
			   "token_type", "Bearer"));
}

static int answer_access(struct call *c, const char *email, const char *scope) {
	const struct token_ask a = {
		.email = email, .aim = scope, .access = true, .anew = true};
	auto_free char *token = NULL;
	int64_t left_s;
	int rc = grant_make(c, &a, &token, &left_s);
	if (rc)
		return rc;
	c->cache = OAUTH_CACHE;
	return grant_answer(c, token, left_s);
}

static int answer_id(struct call *c, const char *email, const char *audience) {
	const struct token_ask a = {
		.email = email, .aim = audience, .anew = true};
	auto_free char *token = NULL;
	int rc = grant_make(c, &a, &token, NULL);
	if (rc)
		return rc;
	c->cache = OAUTH_CACHE;
	return call_json(c, json_pack("{s:s}", "id_token", token));
}

/* Where anybody is served, an account need not be registered; one that is must
 * have signed. */
static int check_signature(
	struct call *c, const char *email, const struct jwt *t) {
	struct err e = {0};
	int rc = accounts_verify(c->em, email, t, &e);
	if (!rc || (rc == ERR_NOTFOUND && !c->api->strict))
		return ST_OK;
	if (rc == ERR_NOTFOUND)
		return oauth_refuse(
			c, "invalid_grant", "Invalid grant: account not found");
	if (rc == ERR_STATE)
		return oauth_refuse(c, "invalid_grant", BAD_SIGNATURE);
	return oauth_failed(c, &e);
}

static int check_claims(struct call *c, const struct jwt *t) {
	auto_free char *origin = origin_url(c);
	auto_free char *own =
		origin ? mem_printf("%s%s", origin, req_path(c->req)) : NULL;
	if (!own)
		return call_nomem(c);
	if (!assertion_for_tokens(t, own))
		return oauth_refuse(c, "invalid_grant",
			"Invalid JWT: Failed audience check. The right "
			"audience is https://oauth2.googleapis.com/token");
	if (!assertion_timely(t, grant_now_us() / US_PER_S))
		return oauth_refuse(c, "invalid_grant",
			"Invalid JWT: Token must be a short-lived token (60 "
			"minutes) and in a reasonable timeframe. Check your "
			"iat and exp values in the JWT claim.");
	return ST_OK;
}

/* Who acts for a person needs an administrator's consent, which nobody can give
 * here; where credentials are not looked at everybody has it. */
static int choose_subject(
	struct call *c, const struct jwt *t, const char **email) {
	const char *sub = jwt_claim(t, "sub");
	if (!sub || !strcmp(sub, *email))
		return ST_OK;
	if (c->api->strict || !account_email_ok(sub))
		return oauth_refuse(c, "unauthorized_client",
			"Client is unauthorized to retrieve access tokens "
			"using this method, or client not authorized for any "
			"of the scopes requested.");
	*email = sub;
	return ST_OK;
}

static int take_assertion(struct call *c, const struct jwt *t) {
	const char *email = jwt_claim(t, "iss");
	if (!email || !account_email_ok(email))
		return oauth_refuse(
			c, "invalid_grant", "Invalid grant: account not found");
	int rc = check_signature(c, email, t);
	if (!rc)
		rc = check_claims(c, t);
	if (!rc)
		rc = choose_subject(c, t, &email);
	if (rc)
		return rc;
	const char *audience = jwt_claim(t, "target_audience");
	const char *scope = jwt_claim(t, "scope");
	if (audience && *audience)
		return answer_id(c, email, audience);
	if (scope && *scope)
		return answer_access(c, email, scope);
	return oauth_refuse(c, "invalid_scope",
		"Invalid OAuth scope or ID token audience provided.");
}

static int grant_assertion(struct call *c) {
	const char *text = oauth_member(c, "assertion");
	if (!text)
		return oauth_missing(c, "assertion");
	auto_jwt struct jwt t;
	struct err e = {0};
	int rc = jwt_read(text, &t, &e);
	if (rc == ERR_NOMEM)
		return call_nomem(c);
	/* guess: what is no token at all is refused like a wrong one */
	return rc ? oauth_refuse(c, "invalid_grant", BAD_SIGNATURE)
		  : take_assertion(c, &t);
}

static int answer_user(struct call *c, const char *email, const char *client) {
	const char *scope = oauth_member(c, "scope");
	if (!scope)
		scope = USER_SCOPES;
	auto_free char *token = NULL, *id = NULL;
	int64_t left_s;
	const struct token_ask access = {
		.email = email, .aim = scope, .access = true, .anew = true};
	const struct token_ask who = {
		.email = email, .aim = client, .anew = true};
	int rc = grant_make(c, &access, &token, &left_s);
	if (!rc && scope_in(scope, "openid"))
		rc = grant_make(c, &who, &id, NULL);
	if (rc)
		return rc;
	c->cache = OAUTH_CACHE;
	json_t *o = json_pack("{s:s, s:I, s:s, s:s}", "access_token", token,
		"expires_in", (json_int_t)grant_expires_in(left_s), "scope",
		scope, "token_type", "Bearer");
	/* json_pack would leave out what there is no memory for */
	if (o && id && json_object_set_new(o, "id_token", json_string(id))) {
		json_decref(o);
		o = NULL;
	}
	return call_json(c, o);
}

static int grant_refresh(struct call *c) {
	const char *const asked[] = {
		"refresh_token", "client_id", "client_secret"};
	for (size_t i = 0; i < 3; i++)
		if (!oauth_member(c, asked[i]))
			return oauth_missing(c, asked[i]);
	const char *client = oauth_member(c, "client_id");
	if (c->api->strict && (strcmp(client, GRANT_CLIENT_ID) != 0 ||
				      strcmp(oauth_member(c, "client_secret"),
					      GRANT_CLIENT_SECRET) != 0))
		return oauth_refuse(
			c, "invalid_client", "The OAuth client was not found.");
	auto_free char *email = NULL;
	struct err e = {0};
	int rc = accounts_of_user(
		c->em, oauth_member(c, "refresh_token"), &email, &e);
	if (rc == ERR_NOMEM)
		return call_nomem(c);
	if (rc && c->api->strict)
		return oauth_refuse(c, "invalid_grant", "Bad Request");
	return answer_user(c, email ? email : ANY_USER, client);
}

int oauth_token(struct call *c) {
	int rc = oauth_form(c);
	if (rc)
		return rc;
	const char *type = oauth_member(c, "grant_type");
	if (!type)
		return oauth_missing(c, "grant_type");
	if (!strcmp(type, GRANT_JWT))
		return grant_assertion(c);
	if (!strcmp(type, "refresh_token"))
		return grant_refresh(c);
	return oauth_refuse(c, "unsupported_grant_type",
		"Invalid grant_type: %.100s", type);
}

char *grant_account(struct call *c) {
	(void)req_take_form(c->req);
	const char *assertion = oauth_member(c, "assertion");
	const char *refresh = oauth_member(c, "refresh_token");
	char *email = NULL;
	auto_jwt struct jwt t = {0};
	if (refresh && accounts_of_user(c->em, refresh, &email, NULL) == 0)
		return email;
	if (assertion && !jwt_read(assertion, &t, NULL) && jwt_claim(&t, "iss"))
		return mem_strdup(jwt_claim(&t, "iss"));
	return mem_strdup(req_path(c->req) + 1);
}
