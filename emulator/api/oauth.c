/* SPDX-License-Identifier: MIT */
/* What verifiers of tokens ask for: the public keys in both forms in which
 * Google publishes them, and the OpenID document that leads there. Source:
 * facts auth.md section 9. */
#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/api.h"
#include "emulator/api/origin.h"
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
