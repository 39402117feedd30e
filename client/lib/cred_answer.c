/* SPDX-License-Identifier: MIT */
/* What comes back when a token is asked for. Source: facts auth.md, sections 3
 * to 8. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/lib/cred.h"
#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/when.h"

#define LIFE_S 3600 /* of a token whose answer does not say */
#define LIFE_MAX_S (400LL * 24 * 3600)
#define SAID_MAX 200 /* of what a server says, in a message */

int cred_token_check(const char *token, size_t len, struct err *e) {
	if (!len || len > CRED_TOKEN_MAX)
		return err_set(e, ERR_SHAPE, "a token of no or over %d bytes",
			CRED_TOKEN_MAX);
	for (size_t i = 0; i < len; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return err_set(e, ERR_SHAPE,
				"a token with characters that cannot be sent");
	return 0;
}

static int copy_token(const char *token, char **ret, struct err *e) {
	int rc = cred_token_check(token, strlen(token), e);
	char *copy = rc ? NULL : mem_strdup(token);
	if (!rc && !copy)
		return err_nomem(e);
	if (!rc)
		*ret = copy;
	return rc;
}

int cred_subject(const struct cred_source *s, const char *text, size_t len,
	char **ret, struct err *e) {
	if (!s->subject_field) {
		if (!len || memchr(text, '\0', len))
			return err_set(e, ERR_SHAPE, "no token");
		*ret = mem_dup(text, len);
		return *ret ? 0 : err_nomem(e);
	}
	auto_json json_t *o = jsn_parse(text, len, false, e);
	if (!o && e->code == ERR_NOMEM)
		return ERR_NOMEM;
	const char *token =
		json_string_value(json_object_get(o, s->subject_field));
	if (!token || !*token)
		return err_set(e, ERR_SHAPE, "not JSON with a string '%.60s'",
			s->subject_field);
	*ret = mem_strdup(token);
	return *ret ? 0 : err_nomem(e);
}

/* {"accessToken", "expireTime"} of iamcredentials. */
static int impersonated(
	const json_t *o, char **ret, int64_t *ret_us, struct err *e) {
	const char *token, *end;
	int64_t us;
	int rc = jsn_str(o, "", "accessToken", &token, e);
	if (!rc)
		rc = jsn_str(o, "", "expireTime", &end, e);
	if (!rc && when_parse(end, &us, e))
		rc = err_set(e, ERR_SHAPE, "expireTime is not a time");
	if (!rc)
		rc = copy_token(token, ret, e);
	if (!rc)
		*ret_us = us;
	return rc;
}

/* {"access_token", "expires_in", "token_type"} of all others (RFC 6749). */
static int granted(const json_t *o, int64_t now_us, char **ret, int64_t *ret_us,
	struct err *e) {
	const char *token, *type;
	int64_t life;
	int rc = jsn_str(o, "", "access_token", &token, e);
	if (!rc)
		rc = jsn_str_opt(o, "", "token_type", &type, e);
	if (!rc)
		rc = jsn_i64_opt(o, "", "expires_in", LIFE_S, &life, e);
	if (!rc && type && strcasecmp(type, "Bearer") != 0)
		rc = err_set(e, ERR_SHAPE, "token_type is not Bearer");
	if (!rc && (life < 1 || life > LIFE_MAX_S))
		rc = err_set(e, ERR_SHAPE, "expires_in is not from 1 to %lld",
			LIFE_MAX_S);
	if (!rc)
		rc = copy_token(token, ret, e);
	if (!rc)
		*ret_us = now_us + life * US_PER_S;
	return rc;
}

int cred_answer(const struct cred_source *s, enum cred_step step,
	const struct fetch_res *res, int64_t now_us, char **ret,
	int64_t *ret_expires_us, struct err *e) {
	if (step == CRED_SUBJECT)
		return cred_subject(s, res->body, res->body_len, ret, e);
	/* any web server may stand where no metadata server is */
	if (s->type == CRED_METADATA && strcmp(res->kept, "Google") != 0)
		return err_set(e, ERR_SHAPE,
			"answers without Metadata-Flavor: Google");
	auto_json json_t *o = jsn_parse(res->body, res->body_len, false, e);
	if (!o)
		return e->code == ERR_NOMEM
			       ? ERR_NOMEM
			       : err_set(e, ERR_SHAPE, "the answer is no JSON");
	return step == CRED_IMPERSONATE
		       ? impersonated(o, ret, ret_expires_us, e)
		       : granted(o, now_us, ret, ret_expires_us, e);
}

/* The bytes of text that spell the character c, as it is or as a form does; 0
 * when they do not. */
static size_t spells(const char *text, char c) {
	char in_form[4];
	if (*text == c)
		return 1;
	if (*text != '%')
		return 0;
	(void)snprintf(in_form, sizeof in_form, "%%%02X", (unsigned char)c);
	return strncasecmp(text, in_form, 3) == 0 ? 3 : 0;
}

/* The bytes of text that spell the secret or, where it is cut, at least its
 * first 12 characters. */
static size_t spelled(const char *text, const char *secret) {
	size_t at = 0, i = 0;
	for (size_t n; secret[i] && (n = spells(text + at, secret[i])); i++)
		at += n;
	return i >= 12 || !secret[i] ? at : 0;
}

static void blot_out(char *at, size_t n) {
	memset(at, '*', 3);
	memmove(at + 3, at + n, strlen(at + n) + 1);
}

static void hide(char *text, const char *secret) {
	if (!secret || strlen(secret) < 4)
		return;
	for (size_t n; *text; text++)
		if ((n = spelled(text, secret))) {
			blot_out(text, n);
			text += 2;
		}
}

/* The client and its secret as a header carries them, see cred_ask.c. */
static int hide_client(char *text, const struct cred_source *s, struct err *e) {
	if (!s->client_id || !s->client_secret)
		return 0;
	auto_free char *pair =
		mem_printf("%s:%s", s->client_id, s->client_secret);
	auto_free char *sent = NULL;
	if (!pair)
		return err_nomem(e);
	int rc = b64_encode(pair, strlen(pair), &sent, e);
	if (!rc)
		hide(text, sent);
	return rc;
}

/* Blots out words that begin as tokens do, whole or cut. */
static void hide_tokens(char *text) {
	static const char *const begin[] = {"eyJ", "ya29.", "1//"};
	for (; *text; text++)
		for (size_t i = 0; i < sizeof begin / sizeof begin[0]; i++)
			if (spelled(text, begin[i]))
				blot_out(text, strcspn(text, " \t\"',;()<>&"));
}

static bool passing(const char *code) {
	static const char *const codes[] = {
		"internal_failure", "server_error", "temporarily_unavailable"};
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

int cred_refusal(const struct cred_source *s, const char *carried,
	const struct fetch_res *res, struct err *e) {
	struct train_error api;
	apierr_parse(res->status, res->body, res->body_len, &api);
	auto_json json_t *o = jsn_parse(res->body, res->body_len, false, NULL);
	const char *code = json_string_value(json_object_get(o, "error"));
	const char *text =
		json_string_value(json_object_get(o, "error_description"));
	auto_free char *said =
		code ? mem_printf("%s%s%s", code, text ? ": " : "",
			       text ? text : "")
		     : mem_strdup(api.err.msg);
	if (!said)
		return err_nomem(e);
	hide(said, carried);
	hide(said, s->client_secret);
	hide(said, s->refresh_token);
	if (hide_client(said, s, e))
		return e->code;
	hide_tokens(said);
	err_one_line(said);
	bool later = res->status == 408 || res->status == 429 ||
		     res->status >= 500 || (code && passing(code));
	int kind = later ? ERR_NOTSENT : ERR_IO;
	return strncmp(said, "HTTP ", 5) == 0
		       ? err_set(e, kind, "%.*s", SAID_MAX, said)
		       : err_set(e, kind, "HTTP %d, %.*s", res->status,
				 SAID_MAX, said);
}

int64_t cred_asked_wait(const struct fetch_res *res, int64_t now_us) {
	struct train_error api;
	apierr_parse(res->status, res->body, res->body_len, &api);
	int64_t us = retry_after(res->retry_after, now_us);
	return us > api.after_us ? us : api.after_us;
}
