/* SPDX-License-Identifier: MIT */
/* Service accounts that are impersonated: tokens and signatures for who may
 * have them. Source: facts auth.md sections 5 and 8. */
#include <string.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/access.h"
#include "emulator/api/allow.h"
#include "emulator/api/grant.h"
#include "emulator/api/schema_iam.h"
#include "emulator/core/managed.h"

#define LIFE_MAX_S 3600
#define JWT_LIFE_MAX_S (12 * 3600)

/* The request's body, from who may. It is the body that says by way of whom,
 * but nobody is told what is wrong with it who may not. */
static int read_body(
	struct call *c, const struct proto_message *m, json_t **ret) {
	int bad = call_body(c, m, "", ret);
	auto_status struct status why = c->st;
	c->st = (struct status)STATUS_INIT;
	int rc = allow_need_chain(c,
		bad ? NULL : json_object_get(*ret, "delegates"),
		access_of(c->route->name)->permission);
	if (rc || !bad)
		return rc;
	c->st = why;
	why = (struct status)STATUS_INIT;
	return bad;
}

/* The account in the path and the request's body. */
static int begin(struct call *c, const struct proto_message *m, json_t **ret) {
	const char *email = c->param[1];
	int rc = read_body(c, m, ret);
	if (rc)
		return rc;
	if (!account_email_ok(email))
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"Invalid form of account ID %.200s. Should be [Gaia "
			"ID |Email |Unique ID |] of the account",
			email);
	if (c->api->strict && !accounts_known(c->em, email))
		return status_set(&c->st, ST_NOT_FOUND,
			"Not found; Gaia id not found for email %s", email);
	return ST_OK;
}

static int missing(struct call *c, const char *field) {
	return status_set(&c->st, ST_INVALID_ARGUMENT,
		"Missing required field: %s.", field);
}

/* The scopes of a list, with blanks between (mem_free); NULL: no memory. */
static char *join(const json_t *list) {
	struct buf b;
	size_t i;
	json_t *v;
	buf_init(&b, API_ANSWER_MAX);
	json_array_foreach (list, i, v)
		(void)buf_addf(&b, "%s%s", i ? " " : "", json_string_value(v));
	return buf_take(&b, NULL);
}

int iamcredentials_access_token(struct call *c) {
	auto_json json_t *o = NULL;
	int rc = begin(c, &schema_iam_access_token, &o);
	if (rc)
		return rc;
	const json_t *list = json_object_get(o, "scope");
	int64_t life_us = jsn_duration(o, "lifetime", LIFE_MAX_S * US_PER_S);
	if (!json_array_size(list))
		return missing(c, "scope");
	if (life_us < US_PER_S || life_us > LIFE_MAX_S * US_PER_S)
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"The access token lifetime must be between 0 and "
			"%d seconds.",
			LIFE_MAX_S);
	auto_free char *scopes = join(list), *token = NULL;
	if (!scopes)
		return call_nomem(c);
	const struct token_ask a = {.email = c->param[1],
		.aim = scopes,
		.access = true,
		.anew = true,
		.life_s = life_us / US_PER_S};
	int64_t left_s = 0;
	rc = grant_make(c, &a, &token, &left_s);
	if (rc)
		return rc;
	char expires[WHEN_TEXT_MAX];
	when_format(grant_now_us() / US_PER_S * US_PER_S + left_s * US_PER_S, 0,
		expires);
	return call_json(c, json_pack("{s:s, s:s}", "accessToken", token,
				    "expireTime", expires));
}

static bool is_true(const json_t *v) {
	const char *text = json_string_value(v);
	return json_is_true(v) || (text && !strcmp(text, "true"));
}

int iamcredentials_id_token(struct call *c) {
	auto_json json_t *o = NULL;
	int rc = begin(c, &schema_iam_id_token, &o);
	if (rc)
		return rc;
	const char *audience =
		json_string_value(json_object_get(o, "audience"));
	if (!audience)
		return missing(c, "audience");
	auto_json json_t *azp = is_true(json_object_get(o, "useEmailAzp"))
					? json_pack("{s:s}", "azp", c->param[1])
					: json_object();
	if (!azp)
		return call_nomem(c);
	const struct token_ask a = {.email = c->param[1],
		.aim = audience,
		.anew = true,
		.nameless = !is_true(json_object_get(o, "includeEmail")),
		.more = azp};
	auto_free char *token = NULL;
	rc = grant_make(c, &a, &token, NULL);
	return rc ? rc : call_json(c, json_pack("{s:s}", "token", token));
}

static int sign_failed(struct call *c, const struct err *e) {
	return e->code == ERR_TOOBIG
		       ? status_set(&c->st, ST_RESOURCE_EXHAUSTED, "%s", e->msg)
		       : status_from_err(&c->st, e);
}

int iamcredentials_sign_blob(struct call *c) {
	auto_json json_t *o = NULL;
	auto_free char *bytes = NULL, *sig = NULL, *text = NULL;
	struct err e = {0};
	size_t len, sig_len;
	struct rsa *key = NULL;
	char id[KEY_ID_LEN + 1] = "";
	int rc = begin(c, &schema_iam_sign_blob, &o);
	if (rc)
		return rc;
	const char *payload = json_string_value(json_object_get(o, "payload"));
	if (!payload)
		return missing(c, "payload");
	rc = b64_decode(payload, strlen(payload), &bytes, &len, &e);
	if (!rc)
		rc = managed_signing(c->em, c->param[1], &key, id, &e);
	if (!rc)
		rc = rsa_sign(key, bytes, len, &sig, &sig_len, &e);
	if (!rc)
		rc = b64_encode(sig, sig_len, &text, &e);
	rsa_free(key);
	if (rc)
		return sign_failed(c, &e);
	return call_json(
		c, json_pack("{s:s, s:s}", "keyId", id, "signedBlob", text));
}

/* An exp need not be there. Source: the method's description. */
static bool expires_soon(const json_t *claims) {
	const json_t *exp = json_object_get(claims, "exp");
	int64_t now_s = grant_now_us() / US_PER_S;
	return !exp ||
	       (json_is_integer(exp) && json_integer_value(exp) > now_s &&
		       json_integer_value(exp) <= now_s + JWT_LIFE_MAX_S);
}

static int sign_claims(struct call *c, const json_t *claims,
	char ret_id[static KEY_ID_LEN + 1], char **ret, struct err *e) {
	struct rsa *key = NULL;
	int rc = managed_signing(c->em, c->param[1], &key, ret_id, e);
	if (rc)
		return rc;
	auto_json json_t *header = json_pack(
		"{s:s, s:s, s:s}", "alg", "RS256", "kid", ret_id, "typ", "JWT");
	rc = header ? jwt_sign(key, header, claims, ret, e) : err_nomem(e);
	rsa_free(key);
	return rc;
}

int iamcredentials_sign_jwt(struct call *c) {
	auto_json json_t *o = NULL;
	auto_free char *text = NULL;
	char id[KEY_ID_LEN + 1] = "";
	struct err e = {0};
	int rc = begin(c, &schema_iam_sign_jwt, &o);
	if (rc)
		return rc;
	const char *payload = json_string_value(json_object_get(o, "payload"));
	auto_json json_t *claims =
		payload ? jsn_parse(payload, strlen(payload), false, &e) : NULL;
	if (!json_is_object(claims))
		return payload ? status_set(&c->st, ST_INVALID_ARGUMENT,
					 "Payload must be a JSON object.")
			       : missing(c, "payload");
	if (!expires_soon(claims))
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"The exp of the payload must be in the future and no "
			"more than 12 hours from now.");
	rc = sign_claims(c, claims, id, &text, &e);
	if (rc)
		return sign_failed(c, &e);
	return call_json(
		c, json_pack("{s:s, s:s}", "keyId", id, "signedJwt", text));
}
