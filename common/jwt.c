/* SPDX-License-Identifier: MIT */
#include "common/jwt.h"

#include <string.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"

#define TIME_MAX_S 1e12

/* The base64url of an object's compact text. */
static int encode(const json_t *o, char **ret, struct err *e) {
	auto_free char *text = jsn_compact(o);
	return text ? b64_encode_url(text, strlen(text), ret, e) : err_nomem(e);
}

int jwt_sign(const struct rsa *key, const json_t *header, const json_t *claims,
	char **ret, struct err *e) {
	auto_free char *head = NULL, *body = NULL, *raw = NULL, *sig = NULL;
	size_t len;
	int rc = encode(header, &head, e);
	if (!rc)
		rc = encode(claims, &body, e);
	if (rc)
		return rc;
	auto_free char *said = mem_printf("%s.%s", head, body);
	if (!said)
		return err_nomem(e);
	rc = rsa_sign(key, said, strlen(said), &raw, &len, e);
	if (!rc)
		rc = b64_encode_url(raw, len, &sig, e);
	if (rc)
		return rc;
	char *whole = mem_printf("%s.%s", said, sig);
	if (!whole)
		return err_nomem(e);
	*ret = whole;
	return 0;
}

static int decode(const char *s, size_t n, json_t **ret, struct err *e) {
	auto_free char *text = NULL;
	size_t len;
	int rc = b64_decode(s, n, &text, &len, e);
	if (rc)
		return rc;
	json_t *o = jsn_parse(text, len, true, e);
	if (!o)
		return e ? e->code : ERR_JSON;
	*ret = o;
	return json_is_object(o) ? 0 : err_set(e, ERR_JSON, "not an object");
}

int jwt_read(const char *text, struct jwt *ret, struct err *e) {
	*ret = (struct jwt){.text = text};
	struct err own;
	struct err *why = e ? e : &own;
	const char *body = strchr(text, '.');
	const char *sig = body ? strchr(body + 1, '.') : NULL;
	if (!sig || strchr(sig + 1, '.'))
		return err_set(why, ERR_SYNTAX, "not three parts");
	ret->said_len = (size_t)(sig - text);
	int rc = decode(text, (size_t)(body - text), &ret->header, why);
	if (!rc)
		rc = decode(
			body + 1, (size_t)(sig - body - 1), &ret->claims, why);
	if (!rc)
		rc = b64_decode(sig + 1, strlen(sig + 1), &ret->sig,
			&ret->sig_len, why);
	return rc;
}

void jwt_done(struct jwt *t) {
	json_decref(t->header);
	json_decref(t->claims);
	mem_free(t->sig);
	*t = (struct jwt){0};
}

const char *jwt_header(const struct jwt *t, const char *name) {
	return json_string_value(json_object_get(t->header, name));
}

const char *jwt_claim(const struct jwt *t, const char *name) {
	return json_string_value(json_object_get(t->claims, name));
}

bool jwt_time(const struct jwt *t, const char *name, int64_t *ret) {
	const json_t *v = json_object_get(t->claims, name);
	double s = json_number_value(v); /* RFC 7519 allows a fraction */
	if (!json_is_number(v) || s < 0 || s > TIME_MAX_S)
		return false;
	*ret = (int64_t)s;
	return true;
}

int jwt_verify(
	const struct jwt *t, const struct rsa_public *key, struct err *e) {
	const char *alg = jwt_header(t, "alg");
	if (!alg || strcmp(alg, "RS256") != 0)
		return err_set(e, ERR_STATE, "the algorithm is not RS256");
	return rsa_verify(key, t->text, t->said_len, t->sig, t->sig_len, e);
}
