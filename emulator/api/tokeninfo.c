/* SPDX-License-Identifier: MIT */
/* What a token that was given out here says of itself, in the two forms that
 * Google has for it: v3, whose values are all strings, and v1. From memory. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/grant.h"

static int invalid(struct call *c) {
	return oauth_refuse(c, "invalid_token", "Invalid Value");
}

/* The token that is asked about, while it is good. */
static int read_token(struct call *c, bool access, const char *text,
	struct jwt *ret, int64_t *ret_left_s) {
	struct err e = {0};
	int64_t exp;
	int rc = tokens_read(c->em, access, text, ret, &e);
	if (rc && rc != ERR_STATE)
		return oauth_failed(c, &e);
	if (rc || !jwt_time(ret, "exp", &exp))
		return invalid(c);
	*ret_left_s = exp - grant_now_us() / US_PER_S;
	return *ret_left_s > 0 ? ST_OK : invalid(c);
}

/* A claim of either kind as a string. */
static int add_text(json_t *into, const char *name, const json_t *v) {
	char text[32];
	if (!v)
		return 0;
	if (json_is_string(v))
		return json_object_set(into, name, (json_t *)v);
	if (json_is_boolean(v))
		return json_object_set_new(into, name,
			json_string(json_is_true(v) ? "true" : "false"));
	(void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT,
		json_integer_value(v));
	return json_is_integer(v)
		       ? json_object_set_new(into, name, json_string(text))
		       : 0;
}

static int add_number(json_t *into, const char *name, int64_t n) {
	auto_json json_t *v = json_integer(n);
	return v ? add_text(into, name, v) : -1;
}

/* The address is told to those that were allowed to know it. */
static bool shows_email(const struct jwt *t) {
	const char *scope = jwt_claim(t, "scope");
	return scope &&
	       (scope_in(scope, SCOPE_EMAIL) || scope_in(scope, "email"));
}

static json_t *access_v3(const struct jwt *t, int64_t left_s) {
	auto_json json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "azp",
		jwt_claim(t, "azp"), "aud", jwt_claim(t, "azp"), "sub",
		jwt_claim(t, "sub"), "scope", jwt_claim(t, "scope"));
	int failed = add_text(o, "exp", json_object_get(t->claims, "exp")) ||
		     add_number(o, "expires_in", left_s);
	if (!failed && shows_email(t))
		failed = add_text(o, "email",
				 json_object_get(t->claims, "email")) ||
			 json_object_set_new(
				 o, "email_verified", json_string("true"));
	return failed ? NULL : TAKE(o);
}

static json_t *access_v1(const struct jwt *t, int64_t left_s) {
	bool email = shows_email(t);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:s*, s:o*}", "issued_to",
		jwt_claim(t, "azp"), "audience", jwt_claim(t, "azp"), "user_id",
		jwt_claim(t, "sub"), "scope", jwt_claim(t, "scope"),
		"expires_in", (json_int_t)left_s, "email",
		email ? jwt_claim(t, "email") : NULL, "verified_email",
		email ? json_true() : NULL);
}

/* Of an ID token v3 shows every claim, and the header. */
static json_t *id_v3(const struct jwt *t) {
	static const char *const head[] = {"alg", "kid", "typ"};
	auto_json json_t *o = json_object();
	int failed = !o;
	const char *name;
	json_t *v;
	json_object_foreach (t->claims, name, v)
		failed = failed || add_text(o, name, v);
	for (size_t i = 0; i < 3; i++)
		failed = failed || add_text(o, head[i],
					   json_object_get(t->header, head[i]));
	return failed ? NULL : TAKE(o);
}

static json_t *id_v1(const struct jwt *t, int64_t left_s) {
	int64_t iat = 0;
	(void)jwt_time(t, "iat", &iat);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s*, s:O*}", "issuer",
		jwt_claim(t, "iss"), "issued_to", jwt_claim(t, "azp"),
		"audience", jwt_claim(t, "aud"), "user_id", jwt_claim(t, "sub"),
		"expires_in", (json_int_t)left_s, "issued_at", (json_int_t)iat,
		"email", jwt_claim(t, "email"), "email_verified",
		json_object_get(t->claims, "email_verified"));
}

static int info(struct call *c, bool v1) {
	int rc = oauth_form(c);
	if (rc)
		return rc;
	const char *access = oauth_member(c, "access_token");
	const char *text = access ? access : oauth_member(c, "id_token");
	if (!text)
		return oauth_refuse(c, "invalid_request",
			"either access_token, id_token, or token_handle "
			"required");
	auto_jwt struct jwt t = {0};
	int64_t left_s = 0;
	rc = read_token(c, access != NULL, text, &t, &left_s);
	if (rc)
		return rc;
	if (access)
		return call_json(
			c, v1 ? access_v1(&t, left_s) : access_v3(&t, left_s));
	return call_json(c, v1 ? id_v1(&t, left_s) : id_v3(&t));
}

int tokeninfo_v1(struct call *c) {
	return info(c, true);
}

int tokeninfo_v3(struct call *c) {
	return info(c, false);
}
