/* SPDX-License-Identifier: MIT */
/* The security token service: another provider's token for one of Google's (RFC
 * 8693). The other's is not verified, for that provider is not known here.
 * Source: facts auth.md section 5. */
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "emulator/api/grant.h"

#define GRANT "urn:ietf:params:oauth:grant-type:token-exchange"
#define TYPE "urn:ietf:params:oauth:token-type:"
#define PROVIDER "//iam.googleapis.com/"
#define SUBJECT_LEN 32
#define SUBJECT_MAX 127

static int want(struct call *c, const char *name, const char **ret) {
	*ret = oauth_member(c, name);
	return *ret ? ST_OK : oauth_missing(c, name);
}

static bool subject_type_known(const char *type) {
	static const char *const types[] = {TYPE "jwt", TYPE "id_token",
		TYPE "saml2", TYPE "access_token", TYPE "mtls",
		"urn:ietf:params:aws:token-type:aws4_request"};
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (!strcmp(types[i], type))
			return true;
	return false;
}

/* What can stand in a principal's name: what a token says, or what stands for
 * one that says nothing. */
static char *subject_of(const char *token) {
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@:";
	char hash[SUBJECT_LEN + 1];
	auto_jwt struct jwt t;
	const char *sub =
		jwt_read(token, &t, NULL) ? NULL : jwt_claim(&t, "sub");
	if (sub && *sub && !sub[strspn(sub, safe)] &&
		strlen(sub) <= SUBJECT_MAX)
		return mem_strdup(sub);
	return hash_digits(token, SUBJECT_LEN, hash, NULL) ? NULL
							   : mem_strdup(hash);
}

/* "principal://iam.googleapis.com/.../POOL/subject/SUBJECT" */
static int name_principal(
	struct call *c, const char *audience, const char *token, char **ret) {
	const char *end = strstr(audience, "/providers/");
	if (strncmp(audience, PROVIDER, sizeof PROVIDER - 1) != 0 || !end)
		return oauth_refuse(c, "invalid_request",
			"Invalid value for \"audience\". This value should be "
			"the full resource name of the Identity Provider.");
	auto_free char *subject = subject_of(token);
	*ret = subject ? mem_printf("principal:%.*s/subject/%s",
				 (int)(end - audience), audience, subject)
		       : NULL;
	return *ret ? ST_OK : call_nomem(c);
}

static int exchange(struct call *c, const char *principal) {
	const char *scope = oauth_member(c, "scope");
	const struct token_ask a = {.email = principal,
		.aim = scope ? scope : SCOPE_CLOUD,
		.access = true,
		.anew = true};
	auto_free char *token = NULL;
	int64_t left_s = 0;
	int rc = grant_make(c, &a, &token, &left_s);
	if (rc)
		return rc;
	c->cache = OAUTH_CACHE;
	return call_json(
		c, json_pack("{s:s, s:s, s:s, s:I}", "access_token", token,
			   "issued_token_type", TYPE "access_token",
			   "token_type", "Bearer", "expires_in",
			   (json_int_t)grant_expires_in(left_s)));
}

int sts_token(struct call *c) {
	const char *grant, *audience, *token, *type;
	int rc = oauth_form(c);
	if (rc || (rc = want(c, "grant_type", &grant)))
		return rc;
	if (strcmp(grant, GRANT) != 0)
		return oauth_refuse(c, "unsupported_grant_type",
			"Invalid grant_type: %.100s", grant);
	if ((rc = want(c, "audience", &audience)) ||
		(rc = want(c, "subject_token", &token)) ||
		(rc = want(c, "subject_token_type", &type)))
		return rc;
	const char *asked = oauth_member(c, "requested_token_type");
	if (!subject_type_known(type) ||
		(asked && strcmp(asked, TYPE "access_token") != 0))
		return oauth_refuse(c, "invalid_request",
			"Invalid token type: %.100s",
			subject_type_known(type) ? asked : type);
	auto_free char *principal = NULL;
	rc = name_principal(c, audience, token, &principal);
	return rc ? rc : exchange(c, principal);
}
