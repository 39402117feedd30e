/* SPDX-License-Identifier: MIT */
/* Nothing of the token steers how it is verified: the algorithm is RS256, the
 * key comes from the set, and headers that name other keys (jwk, jku, x5c) are
 * not read. What a part may look like is taken literally: base64url without
 * padding, no name twice, no character left over. */
#include "client/uniquifier/verify.h"

#include <string.h>
#include <strings.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"

static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789-_";

/* The three parts of a token, in it. */
struct parts {
	const char *head, *claims, *sig;
	size_t head_len, claims_len, sig_len;
};

/* Claims are quoted for people: nothing but visible ASCII, which cannot pretend
 * to be something else. */
static void plain(char *s) {
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = ' ';
}

const char *verify_bearer(const char *header) {
	static const char scheme[] = "Bearer ";
	if (strncasecmp(header, scheme, sizeof scheme - 1) != 0)
		return NULL;
	header += sizeof scheme - 1;
	return header + strspn(header, " ");
}

static int split(const char *token, struct parts *ret, struct err *e) {
	struct parts p = {.head = token};
	p.head_len = strspn(token, BASE64URL);
	p.claims = p.head + p.head_len + 1;
	if (!p.head_len || p.claims[-1] != '.')
		return err_set(e, ERR_SYNTAX, "not a JWT");
	p.claims_len = strspn(p.claims, BASE64URL);
	p.sig = p.claims + p.claims_len + 1;
	if (!p.claims_len || p.sig[-1] != '.')
		return err_set(e, ERR_SYNTAX, "not a JWT");
	p.sig_len = strspn(p.sig, BASE64URL);
	if (p.sig[p.sig_len])
		return err_set(e, ERR_SYNTAX, "not a JWT");
	if (!p.sig_len)
		return err_set(e, ERR_SYNTAX, "it is not signed");
	*ret = p;
	return 0;
}

static int object(const char *part, size_t len, const char *name, json_t **ret,
	struct err *e) {
	auto_free char *text = NULL;
	size_t n;
	int rc = b64_decode(part, len, &text, &n, e);
	if (rc)
		return err_wrap(e, "its %s", name);
	auto_json json_t *o = jsn_parse(text, n, true, e);
	if (!o)
		return err_wrap(e, "its %s", name);
	if (!json_is_object(o))
		return err_set(e, ERR_SHAPE, "its %s is not an object", name);
	*ret = TAKE(o);
	return 0;
}

/* The key that the header names, *ret_kid, if nothing else in it forbids. */
static int read_header(const json_t *o, const char **ret_kid, struct err *e) {
	const char *alg, *typ, *kid;
	int rc = jsn_str(o, "header", "alg", &alg, e);
	if (!rc)
		rc = jsn_str_opt(o, "header", "typ", &typ, e);
	if (rc)
		return rc;
	if (strcmp(alg, "RS256") != 0)
		return err_set(
			e, ERR_RANGE, "its alg is '%.40s', not RS256", alg);
	if (typ && strcasecmp(typ, "JWT") != 0)
		return err_set(
			e, ERR_RANGE, "its typ is '%.40s', not JWT", typ);
	if (json_object_get(o, "crit"))
		return err_set(e, ERR_RANGE,
			"its header has crit: extensions are not understood");
	rc = jsn_str(o, "header", "kid", &kid, e);
	if (!rc && strlen(kid) > KEYSET_ID_MAX)
		return err_set(e, ERR_RANGE, "its kid is over %d bytes",
			KEYSET_ID_MAX);
	*ret_kid = kid;
	return rc;
}

static bool listed(const char *s, const char *const *list) {
	while (*list && strcmp(*list, s) != 0)
		list++;
	return *list != NULL;
}

/* One of a list, as a string. */
static int check_listed(const json_t *claims, const char *name, const char *s,
	const char *const *list, struct err *e) {
	const char *value = s;
	int rc = s ? 0 : jsn_str(claims, "claims", name, &value, e);
	if (rc || listed(value, list))
		return rc;
	return err_set(e, ERR_RANGE, "its %s is '%.200s'", name, value);
}

/* A token for others too could be used by them here, so it is for one. */
static int check_audience(
	const json_t *claims, const char *const *list, struct err *e) {
	const json_t *aud = json_object_get(claims, "aud");
	const char *one = NULL;
	if (json_is_array(aud)) {
		if (json_array_size(aud) != 1)
			return err_set(e, ERR_RANGE,
				"its aud is a list of %zu, not one",
				json_array_size(aud));
		one = json_string_value(json_array_get(aud, 0));
	}
	return check_listed(claims, "aud", one, list, e);
}

/* Seconds since 1970, with a fraction perhaps (RFC 7519, section 2). */
static int number(const json_t *claims, const char *name, bool *ret_there,
	double *ret, struct err *e) {
	const json_t *v = json_object_get(claims, name);
	*ret_there = v != NULL;
	if (v && !json_is_number(v))
		return err_set(e, ERR_SHAPE, "its %s is not a number", name);
	*ret = v ? json_number_value(v) : 0;
	return 0;
}

static int check_times(const json_t *claims, double now, double skew,
	double *ret_until, struct err *e) {
	bool ends, made, begins;
	double exp = 0, iat = 0, nbf = 0;
	int rc = number(claims, "exp", &ends, &exp, e);
	if (!rc)
		rc = number(claims, "iat", &made, &iat, e);
	if (!rc)
		rc = number(claims, "nbf", &begins, &nbf, e);
	if (rc)
		return rc;
	if (!ends || !made)
		return err_set(
			e, ERR_SHAPE, "it has no %s", ends ? "iat" : "exp");
	if (now >= exp + skew)
		return err_set(
			e, ERR_RANGE, "it expired %.0f s ago", now - exp);
	if (iat > now + skew)
		return err_set(
			e, ERR_RANGE, "it was made %.0f s from now", iat - now);
	if (begins && nbf > now + skew)
		return err_set(
			e, ERR_RANGE, "it begins %.0f s from now", nbf - now);
	*ret_until = exp + skew;
	return 0;
}

static int check_sender(
	const json_t *claims, const char *const *list, struct err *e) {
	int rc = check_listed(claims, "email", NULL, list, e);
	if (rc)
		return rc;
	if (!json_is_true(json_object_get(claims, "email_verified")))
		return err_set(e, ERR_RANGE, "its email is not verified");
	return 0;
}

/* All are looked at, whichever fails; the first tells the reason. */
static enum verify_verdict judge(const json_t *claims,
	const struct verify_want *want, int64_t now_s, double *ret_until_s,
	struct err *why) {
	struct err e[4] = {{0}};
	bool bad = check_listed(claims, "iss", NULL, want->issuers, &e[0]);
	bad |= check_audience(claims, want->audiences, &e[1]) != 0;
	bad |= check_times(claims, (double)now_s, (double)want->skew_s,
		       ret_until_s, &e[2]) != 0;
	bool foreign = check_sender(claims, want->senders, &e[3]) != 0;
	for (size_t i = 0; i < sizeof e / sizeof e[0]; i++) {
		if (!e[i].code)
			continue;
		*why = e[i];
		plain(why->msg);
		break;
	}
	return bad ? VERIFY_BAD : foreign ? VERIFY_FOREIGN : VERIFY_GOOD;
}

static enum verify_verdict refuse(const struct err *why) {
	return why->code == ERR_NOMEM ? VERIFY_UNSURE : VERIFY_BAD;
}

/* Google's front ends (Cloud Run) verify tokens themselves if told to, and hand
 * them on without what could be used elsewhere. */
static int check_removed(const struct parts *p, struct err *e) {
	static const char mark[] = "SIGNATURE_REMOVED_BY_GOOGLE";
	if (p->sig_len != sizeof mark - 1 || memcmp(p->sig, mark, p->sig_len))
		return 0;
	return err_set(e, ERR_STATE,
		"its signature was removed by Google, which has verified it: "
		"let everyone invoke the service, so that it is verified here, "
		"or leave it to Google with --allow-unauthenticated");
}

enum verify_verdict verify_token(const char *token, const struct keyset *keys,
	const struct verify_want *want, int64_t now_s, double *ret_until_s,
	struct err *why) {
	struct parts p = {0};
	auto_json json_t *header = NULL, *claims = NULL;
	auto_free char *sig = NULL;
	size_t sig_len;
	const char *kid = NULL;
	*why = (struct err){0};
	if (strnlen(token, VERIFY_TOKEN_MAX + 1) > VERIFY_TOKEN_MAX) {
		(void)err_set(why, ERR_TOOBIG, "it is over %d bytes",
			VERIFY_TOKEN_MAX);
		return VERIFY_BAD;
	}
	if (split(token, &p, why) || check_removed(&p, why) ||
		object(p.head, p.head_len, "header", &header, why) ||
		read_header(header, &kid, why) ||
		b64_decode(p.sig, p.sig_len, &sig, &sig_len, why)) {
		plain(why->msg);
		return refuse(why);
	}
	const struct rsa_public *key = keyset_find(keys, kid);
	if (!key) {
		(void)err_set(why, ERR_NOTFOUND,
			"it is signed with the unknown key '%.128s'", kid);
		plain(why->msg);
		return VERIFY_UNKNOWN;
	}
	if (rsa_verify(key, token, (size_t)(p.sig - 1 - token), sig, sig_len,
		    why) ||
		object(p.claims, p.claims_len, "claims", &claims, why)) {
		plain(why->msg);
		return refuse(why);
	}
	return judge(claims, want, now_s, ret_until_s, why);
}
