/* SPDX-License-Identifier: MIT */
/* What is asked of whom for a token, request by request. Source: facts auth.md,
 * sections 3 to 6. */
#include <stdio.h>
#include <string.h>

#include "client/lib/cred.h"
#include "common/b64.h"
#include "common/jsn.h"
#include "common/jwt.h"
#include "common/mem.h"

/* What Google's token server takes for its own name, wherever it is. */
#define AUDIENCE "https://oauth2.googleapis.com/token"
#define SCOPE_IAM "https://www.googleapis.com/auth/iam"
#define LIFE_S 3600
#define FORM_MAX (64u << 10)
#define FORM_TYPE "Content-Type: application/x-www-form-urlencoded"

void cred_ask_done(struct cred_ask *a) {
	mem_free(a->url);
	mem_free(a->body);
	for (size_t i = 0; a->header[i]; i++)
		mem_free(a->header[i]);
	*a = (struct cred_ask){0};
}

enum cred_step cred_first(const struct cred_source *s) {
	return s->type == CRED_EXTERNAL ? CRED_SUBJECT : CRED_TOKEN;
}

enum cred_step cred_next(const struct cred_source *s, enum cred_step step) {
	switch (step) {
	case CRED_SUBJECT:
		return CRED_TOKEN;
	case CRED_TOKEN:
		return s->as_url ? CRED_IMPERSONATE : CRED_DONE;
	case CRED_IMPERSONATE:
	case CRED_DONE:
		break;
	}
	return CRED_DONE;
}

/* The token that impersonates need not be good for more. */
static const char *scope(const struct cred_source *s) {
	return s->as_url ? SCOPE_IAM : CRED_SCOPE;
}

static int add_header(struct cred_ask *a, char *header, struct err *e) {
	size_t i = 0;
	while (a->header[i])
		i++;
	a->header[i] = header;
	return header ? 0 : err_nomem(e);
}

static void field(struct buf *b, const char *name, const char *value) {
	(void)buf_addf(b, "%s%s=", b->len ? "&" : "", name);
	(void)url_escape(b, value);
}

static int form(
	struct cred_ask *a, const char *url, struct buf *b, struct err *e) {
	if (b->failed == ERR_TOOBIG)
		return err_set(e, ERR_IO, "the request would be over %u bytes",
			FORM_MAX);
	a->method = "POST";
	a->url = mem_strdup(url);
	a->body = buf_take(b, NULL);
	return a->url && a->body ? add_header(a, mem_strdup(FORM_TYPE), e)
				 : err_nomem(e);
}

/* A JWT of the key's, for Google's token server or its APIs. */
static int sign(const struct cred_source *s, json_t *claims, int64_t now_us,
	char **ret, struct err *e) {
	json_int_t now = now_us / US_PER_S;
	auto_json json_t *header = json_pack("{s:s, s:s, s:s*}", "typ", "JWT",
		"alg", "RS256", "kid", s->key_id);
	auto_json json_t *times = json_pack("{s:I, s:I, s:s}", "iat", now,
		"exp", now + LIFE_S, "iss", s->email);
	if (!claims || !header || !times || json_object_update(claims, times))
		return err_nomem(e);
	return jwt_sign(s->key, header, claims, ret, e);
}

int cred_self_signed(const struct cred_source *s, int64_t now_us, char **ret,
	int64_t *ret_expires_us, struct err *e) {
	auto_json json_t *claims =
		json_pack("{s:s, s:s}", "sub", s->email, "scope", scope(s));
	int rc = sign(s, claims, now_us, ret, e);
	if (!rc)
		*ret_expires_us = (now_us / US_PER_S + LIFE_S) * US_PER_S;
	return rc;
}

static int ask_grant(const struct cred_source *s, int64_t now_us,
	struct cred_ask *a, struct err *e) {
	auto_json json_t *claims =
		json_pack("{s:s, s:s}", "aud", AUDIENCE, "scope", scope(s));
	auto_free char *jwt = NULL;
	int rc = sign(s, claims, now_us, &jwt, e);
	if (rc)
		return rc;
	auto_buf struct buf b;
	buf_init(&b, FORM_MAX);
	field(&b, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
	field(&b, "assertion", jwt);
	return form(a, s->token_url, &b, e);
}

static int ask_refresh(
	const struct cred_source *s, struct cred_ask *a, struct err *e) {
	auto_buf struct buf b;
	buf_init(&b, FORM_MAX);
	field(&b, "grant_type", "refresh_token");
	field(&b, "client_id", s->client_id);
	field(&b, "client_secret", s->client_secret);
	field(&b, "refresh_token", s->refresh_token);
	return form(a, s->token_url, &b, e);
}

/* HTTP Basic (RFC 6749, section 2.3.1), where the file has a client. */
static int basic(
	const struct cred_source *s, struct cred_ask *a, struct err *e) {
	if (!s->client_id)
		return 0;
	auto_free char *pair = mem_printf("%s:%s", s->client_id,
		s->client_secret ? s->client_secret : "");
	auto_free char *text = NULL;
	if (!pair)
		return err_nomem(e);
	int rc = b64_encode(pair, strlen(pair), &text, e);
	return rc ? rc
		  : add_header(
			    a, mem_printf("Authorization: Basic %s", text), e);
}

static int ask_sts(const struct cred_source *s, const char *subject,
	struct cred_ask *a, struct err *e) {
	auto_buf struct buf b;
	buf_init(&b, FORM_MAX);
	field(&b, "grant_type",
		"urn:ietf:params:oauth:grant-type:token-exchange");
	field(&b, "audience", s->audience);
	field(&b, "scope", scope(s));
	field(&b, "requested_token_type",
		"urn:ietf:params:oauth:token-type:access_token");
	field(&b, "subject_token", subject);
	field(&b, "subject_token_type", s->subject_type);
	if (s->user_project && !s->client_id) {
		auto_json json_t *o =
			json_pack("{s:s}", "userProject", s->user_project);
		auto_free char *options = o ? jsn_compact(o) : NULL;
		if (!options)
			return err_nomem(e);
		field(&b, "options", options);
	}
	int rc = form(a, s->token_url, &b, e);
	return rc ? rc : basic(s, a, e);
}

static int ask_impersonate(const struct cred_source *s, const char *token,
	struct cred_ask *a, struct err *e) {
	char life[32];
	(void)snprintf(life, sizeof life, "%llds", (long long)s->lifetime_s);
	auto_json json_t *o = json_pack("{s:O, s:[s], s:s}", "delegates",
		json_is_array(s->delegates) ? s->delegates : json_null(),
		"scope", CRED_SCOPE, "lifetime", life);
	if (!json_is_array(s->delegates))
		(void)json_object_del(o, "delegates");
	a->method = "POST";
	a->url = mem_strdup(s->as_url);
	a->body = o ? jsn_compact(o) : NULL;
	if (!a->url || !a->body)
		return err_nomem(e);
	int rc = add_header(a, mem_strdup("Content-Type: application/json"), e);
	if (!rc && s->as_quota)
		rc = add_header(a,
			mem_printf("x-goog-user-project: %s", s->as_quota), e);
	return rc ? rc
		  : add_header(a, mem_printf("Authorization: Bearer %s", token),
			    e);
}

static int ask_subject(
	const struct cred_source *s, struct cred_ask *a, struct err *e) {
	const char *name;
	const json_t *value;
	a->method = "GET";
	a->url = mem_strdup(s->subject_url);
	int rc = a->url ? 0 : err_nomem(e);
	json_object_foreach ((json_t *)s->subject_headers, name, value)
		if (!rc)
			rc = add_header(a,
				mem_printf("%s: %s", name,
					json_string_value(value)),
				e);
	return rc;
}

static int ask_metadata(
	const struct cred_source *s, struct cred_ask *a, struct err *e) {
	auto_buf struct buf b;
	buf_init(&b, URL_MAX);
	(void)buf_addf(&b,
		"%s/computeMetadata/v1/instance/service-accounts/default/token"
		"?scopes=",
		s->metadata_url);
	(void)url_escape(&b, CRED_SCOPE);
	a->method = "GET";
	a->metadata = true;
	a->url = buf_take(&b, NULL);
	return a->url ? add_header(a, mem_strdup(CRED_FLAVOR), e)
		      : err_nomem(e);
}

static int make(const struct cred_source *s, enum cred_step step,
	const char *carried, int64_t now_us, struct cred_ask *a,
	struct err *e) {
	if (step == CRED_SUBJECT)
		return ask_subject(s, a, e);
	if (step == CRED_IMPERSONATE)
		return ask_impersonate(s, carried, a, e);
	switch (s->type) {
	case CRED_SERVICE_ACCOUNT:
		return ask_grant(s, now_us, a, e);
	case CRED_USER:
		return ask_refresh(s, a, e);
	case CRED_EXTERNAL:
		return ask_sts(s, carried, a, e);
	case CRED_METADATA:
		break;
	}
	return ask_metadata(s, a, e);
}

int cred_ask_make(const struct cred_source *s, enum cred_step step,
	const char *carried, int64_t now_us, struct cred_ask *ret,
	struct err *e) {
	struct cred_ask a = {0};
	int rc = make(s, step, carried, now_us, &a, e);
	if (rc)
		cred_ask_done(&a);
	else
		*ret = a;
	return rc;
}

int cred_subject_file(const struct cred_source *s, char **ret, struct err *e) {
	auto_buf struct buf text;
	buf_init(&text, CRED_FILE_MAX);
	int rc = buf_add_file(&text, s->subject_file, e);
	if (!rc)
		rc = cred_subject(s, buf_str(&text), text.len, ret, e);
	return rc && rc != ERR_NOMEM
		       ? err_wrap(e, "subject token '%s'", s->subject_file)
		       : rc;
}
