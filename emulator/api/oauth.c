/* SPDX-License-Identifier: MIT */
/* What the OAuth endpoints share; and what verifiers of tokens ask for: the
 * public keys in both forms in which Google publishes them, and the OpenID
 * document that leads there. Source: facts auth.md sections 8 and 9. */
#include "emulator/api/oauth.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/origin.h"
#include "emulator/core/accounts.h"
#include "emulator/core/keys.h"

/* guess: production says some hours, by when its keys change */
#define KEYS_CACHE "public, max-age=3600, must-revalidate, no-transform"

static int answer_keys(
	struct call *c, int (*list)(struct emu *, json_t **, struct err *)) {
	struct err e = {0};
	json_t *keys = NULL;
	if (list(c->em, &keys, &e))
		return status_from_err(&c->st, &e);
	c->cache = KEYS_CACHE;
	return call_json(c, keys);
}

int oauth_jwks(struct call *c) {
	return answer_keys(c, keys_jwks);
}

int oauth_certificates(struct call *c) {
	return answer_keys(c, keys_certificates);
}

/* The issuer is Google's, as in the tokens, and the keys are here. Nobody can
 * sign in here, so there are no endpoints for that. */
int oauth_openid(struct call *c) {
	auto_free char *origin = origin_url(c);
	auto_free char *jwks =
		origin ? mem_printf("%s/oauth2/v3/certs", origin) : NULL;
	if (!jwks)
		return call_nomem(c);
	c->cache = KEYS_CACHE;
	return call_json(
		c, json_pack("{s:s, s:s, s:[s], s:[s], s:[s], s:[s,s],"
			     " s:[s,s,s,s,s,s,s]}",
			   "issuer", "https://accounts.google.com", "jwks_uri",
			   jwks, "response_types_supported", "id_token",
			   "subject_types_supported", "public",
			   "id_token_signing_alg_values_supported", "RS256",
			   "scopes_supported", "openid", "email",
			   "claims_supported", "aud", "email", "email_verified",
			   "exp", "iat", "iss", "sub"));
}

/* Those of its own keys, and of the one that is kept for it (signJwt). */
int oauth_account_certificates(struct call *c) {
	struct err e = {0};
	json_t *all = json_object();
	if (!all)
		return call_nomem(c);
	if (accounts_certificates(c->em, c->param[0], all, &e)) {
		json_decref(all);
		return status_from_err(&c->st, &e);
	}
	c->cache = KEYS_CACHE;
	return call_json(c, all);
}

int oauth_form(struct call *c) {
	if (!req_take_form(c->req))
		return params_are_text(c->req)
			       ? ST_OK
			       : oauth_refuse(c, "invalid_request",
					 "The request is not valid UTF-8.");
	return oauth_refuse(
		c, "invalid_request", "The request has too many parameters.");
}

const char *oauth_member(const struct call *c, const char *name) {
	const char *v = req_query(c->req, name);
	return v && *v ? v : NULL;
}

/* Statuses: RFC 6749 section 5.2 and the facts. */
int oauth_refuse(struct call *c, const char *error, const char *fmt, ...) {
	static const char *const clients[] = {
		"unauthorized_client", "invalid_client"};
	char text[STATUS_MSG_MAX / 2];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	bool client = !strcmp(error, clients[0]) || !strcmp(error, clients[1]);
	c->oauth = error;
	return status_set(&c->st,
		client ? ST_UNAUTHENTICATED : ST_INVALID_ARGUMENT, "%s", text);
}

int oauth_missing(struct call *c, const char *name) {
	return oauth_refuse(
		c, "invalid_request", "Missing required parameter: %s", name);
}

int oauth_failed(struct call *c, const struct err *e) {
	c->oauth = "server_error";
	return status_from_err(&c->st, e);
}
