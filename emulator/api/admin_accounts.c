/* SPDX-License-Identifier: MIT */
/* The emulator's own surface: who is registered, how tokens are, and what the
 * metadata server tells. Credentials come in the files that Google's clients
 * read (facts auth.md section 2). */
#include <inttypes.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"
#include "emulator/api/admin.h"
#include "emulator/api/allow.h"
#include "emulator/api/grant.h"
#include "emulator/api/metadata.h"
#include "emulator/api/origin.h"
#include "emulator/core/iam.h"

#define KEY_ID_MAX 100

static int take_email(struct call *c, const json_t *o, const char **ret) {
	struct err e = {0};
	if (jsn_str(o, "", "email", ret, &e))
		return admin_invalid(c, &e);
	return account_email_ok(*ret)
		       ? ST_OK
		       : status_set(&c->st, ST_INVALID_ARGUMENT,
				 "'%.100s' is not an e-mail address", *ret);
}

/* Loads a key that was given: PEM, or a key file of Google's that has it and
 * says what it is called; or makes one. */
static int get_key(
	const char *text, struct rsa **ret, char **ret_id, struct err *e) {
	if (!text)
		return rsa_make(ret, e);
	if (*text != '{')
		return rsa_load(text, ret, e);
	auto_json json_t *file = jsn_parse(text, strlen(text), false, e);
	if (!file)
		return e->code;
	const char *pem, *id;
	int rc = jsn_str(file, "key", "private_key", &pem, e);
	if (!rc)
		rc = jsn_str_opt(file, "key", "private_key_id", &id, e);
	if (rc)
		return rc;
	if (id && (!*id || strlen(id) > KEY_ID_MAX))
		return err_set(e, ERR_SHAPE, "key.private_key_id is no name");
	auto_free char *copy = id ? mem_strdup(id) : NULL;
	rc = id && !copy ? err_nomem(e) : rsa_load(pem, ret, e);
	if (!rc)
		*ret_id = TAKE(copy);
	return rc;
}

/* "a@b" in a URL's path. */
static char *escaped(const char *email) {
	int at = (int)(strchr(email, '@') - email);
	return mem_printf("%.*s%%40%s", at, email, email + at + 1);
}

/* The file that a console would let one download, but it leads here. */
static json_t *key_file(
	struct call *c, const char *email, const char *id, const char *pem) {
	char number[TOKEN_SUBJECT_LEN + 1];
	auto_free char *origin = origin_url(c), *name = escaped(email);
	auto_free char *project = account_project(email, METADATA_PROJECT);
	if (!origin || !project || !name || token_subject(email, number, NULL))
		return NULL;
	auto_free char *token = mem_printf("%s/token", origin);
	auto_free char *certs = mem_printf("%s/oauth2/v1/certs", origin);
	auto_free char *own =
		mem_printf("%s/robot/v1/metadata/x509/%s", origin, name);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s,"
			 " s:s}",
		"type", "service_account", "project_id", project,
		"private_key_id", id, "private_key", pem, "client_email", email,
		"client_id", number, "auth_uri",
		"https://accounts.google.com/o/oauth2/auth", "token_uri", token,
		"auth_provider_x509_cert_url", certs, "client_x509_cert_url",
		own, "universe_domain", "googleapis.com");
}

static int add_key(
	struct call *c, const char *email, const char *text, struct err *e) {
	struct rsa *key = NULL;
	auto_free char *given = NULL, *id = NULL, *pem = NULL;
	int rc = get_key(text, &key, &given, e);
	if (!rc)
		rc = accounts_add_key(c->em, email, key, given, &id, e);
	if (!rc)
		rc = rsa_pem(key, &pem, e);
	rsa_free(key);
	return rc ? admin_no_rule(c, e)
		  : call_json(c, key_file(c, email, id, pem));
}

int admin_service_accounts_add(struct call *c) {
	auto_json json_t *o = NULL;
	struct err e = {0};
	const char *email, *key;
	if (admin_body(c, &o) || admin_known_members(c, o, " email key ") ||
		take_email(c, o, &email))
		return (int)c->st.code;
	if (jsn_str_opt(o, "", "key", &key, &e))
		return admin_invalid(c, &e);
	return add_key(c, email, key, &e);
}

int admin_users_add(struct call *c) {
	auto_json json_t *o = NULL;
	struct err e = {0};
	const char *email;
	auto_free char *refresh = NULL, *origin = origin_url(c);
	if (admin_body(c, &o) || admin_known_members(c, o, " email ") ||
		take_email(c, o, &email))
		return (int)c->st.code;
	if (accounts_add_user(c->em, email, &refresh, &e))
		return admin_no_rule(c, &e);
	auto_free char *token = origin ? mem_printf("%s/token", origin) : NULL;
	return call_json(c,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "type",
			"authorized_user", "account", email, "client_id",
			GRANT_CLIENT_ID, "client_secret", GRANT_CLIENT_SECRET,
			"refresh_token", refresh, "token_uri", token,
			"universe_domain", "googleapis.com"));
}

int admin_accounts(struct call *c) {
	auto_json json_t *list = accounts_list(c->em);
	return call_json(c, list ? json_pack("{s:O}", "accounts", list) : NULL);
}

/* Another one of that name is not whom somebody was allowed to be. */
int admin_accounts_drop(struct call *c) {
	const struct iam_resource r = {
		ALLOW_ACCOUNTS, "-", "serviceAccounts", c->param[0]};
	if (!accounts_drop(c->em, c->param[0]))
		return status_set(&c->st, ST_NOT_FOUND,
			"there is no account '%.100s'", c->param[0]);
	iam_forget(c->em, &r);
	return ST_OK;
}

/* A duration in whole seconds, which may be negative. */
static int take_seconds(struct call *c, const json_t *o, const char *name,
	int64_t max_s, int64_t *ret) {
	struct err e = {0};
	const char *text;
	if (jsn_str_opt(o, "", name, &text, &e))
		return admin_invalid(c, &e);
	if (!text)
		return ST_OK;
	bool minus = *text == '-';
	int64_t us;
	if (duration_parse(text + minus, &us, &e))
		return admin_invalid(c, &e);
	if (us / US_PER_S > max_s)
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"%s may be %" PRId64 "s at most", name, max_s);
	*ret = (minus ? -us : us) / US_PER_S;
	return ST_OK;
}

int admin_tokens(struct call *c) {
	const struct tokens *t = &c->em->tokens;
	auto_free char *life = mem_printf(
		"%" PRId64 "s", t->life_s ? t->life_s : TOKEN_LIFE_S);
	auto_free char *skew = mem_printf("%" PRId64 "s", t->skew_s);
	return call_json(c, life && skew ? json_pack("{s:s, s:s}", "lifetime",
						   life, "skew", skew)
					 : NULL);
}

int admin_tokens_set(struct call *c) {
	auto_json json_t *o = NULL;
	int64_t life_s = c->em->tokens.life_s, skew_s = c->em->tokens.skew_s;
	if (admin_body(c, &o) || admin_known_members(c, o, " lifetime skew ") ||
		take_seconds(c, o, "lifetime", TOKEN_LIFE_MAX_S, &life_s) ||
		take_seconds(c, o, "skew", TOKEN_SKEW_MAX_S, &skew_s))
		return (int)c->st.code;
	if (life_s < 0 || (!life_s && json_object_get(o, "lifetime")))
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"lifetime must be at least 1s");
	tokens_ways(c->em, life_s, skew_s);
	return admin_tokens(c);
}

int admin_metadata(struct call *c) {
	const struct metadata *m = metadata_get(c->api);
	return call_json(
		c, m ? json_pack("{s:s, s:s, s:s}", "project", m->project,
			       "email", m->email, "scopes", m->scopes)
		     : NULL);
}

int admin_metadata_set(struct call *c) {
	auto_json json_t *o = NULL;
	struct err e = {0};
	const char *project, *email, *scopes;
	if (admin_body(c, &o) ||
		admin_known_members(c, o, " project email scopes "))
		return (int)c->st.code;
	if (jsn_str_opt(o, "", "project", &project, &e) ||
		jsn_str_opt(o, "", "email", &email, &e) ||
		jsn_str_opt(o, "", "scopes", &scopes, &e))
		return admin_invalid(c, &e);
	if ((email && take_email(c, o, &email)) ||
		metadata_set(c, project, email, scopes))
		return (int)c->st.code;
	return admin_metadata(c);
}
