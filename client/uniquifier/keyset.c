/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/keyset.h"

#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"

struct keyset {
	struct {
		char *kid;
		struct rsa_public *key;
	} at[KEYSET_MAX];
	size_t len;
};

void keyset_free(struct keyset *s) {
	if (!s)
		return;
	for (size_t i = 0; i < s->len; i++) {
		mem_free(s->at[i].kid);
		rsa_public_free(s->at[i].key);
	}
	mem_free(s);
}

size_t keyset_len(const struct keyset *s) {
	return s->len;
}

const struct rsa_public *keyset_find(const struct keyset *s, const char *kid) {
	for (size_t i = 0; i < s->len; i++)
		if (strcmp(s->at[i].kid, kid) == 0)
			return s->at[i].key;
	return NULL;
}

/* Whether a member, if it is there, is that text. */
static bool fits(const json_t *jwk, const char *name, const char *want) {
	const json_t *v = json_object_get(jwk, name);
	const char *s = json_string_value(v);
	return !v || (s && strcmp(s, want) == 0);
}

/* Whether it is a key that may have signed with RS256, and can be named. */
static bool is_ours(const json_t *jwk) {
	const char *kid = json_string_value(json_object_get(jwk, "kid"));
	return json_object_get(jwk, "kty") && fits(jwk, "kty", "RSA") &&
	       fits(jwk, "use", "sig") && fits(jwk, "alg", "RS256") && kid &&
	       *kid && strlen(kid) <= KEYSET_ID_MAX;
}

static int add(struct keyset *s, const json_t *jwk, struct err *e) {
	const char *kid, *n, *exponent;
	int rc = jsn_str(jwk, "key", "kid", &kid, e);
	if (!rc)
		rc = jsn_str(jwk, "key", "n", &n, e);
	if (!rc)
		rc = jsn_str(jwk, "key", "e", &exponent, e);
	if (rc)
		return rc;
	if (keyset_find(s, kid))
		return 0;
	if (s->len == KEYSET_MAX)
		return err_set(e, ERR_TOOBIG, "over %d keys", KEYSET_MAX);
	char *own = mem_strdup(kid);
	if (!own)
		return err_nomem(e);
	rc = rsa_public_load(n, exponent, &s->at[s->len].key, e);
	if (rc) {
		mem_free(own);
		return err_wrap(e, "key '%s'", kid);
	}
	s->at[s->len++].kid = own;
	return 0;
}

/* A key that cannot be used is left aside too (RFC 7517, section 5), as long as
 * there is another. */
static int fill(struct keyset *s, const json_t *root, struct err *e) {
	const json_t *keys = json_object_get(root, "keys");
	if (!json_is_array(keys))
		return err_set(e, ERR_SHAPE, "not a JWK set: no array 'keys'");
	size_t i;
	json_t *jwk;
	int rc = 0;
	json_array_foreach (keys, i, jwk) {
		int one = is_ours(jwk) ? add(s, jwk, e) : 0;
		if (one == ERR_NOMEM || one == ERR_TOOBIG)
			return one;
		rc = one ? one : rc;
	}
	if (s->len)
		return 0;
	return rc ? rc : err_set(e, ERR_SHAPE, "no key for RS256 in the set");
}

int keyset_parse(const char *p, size_t n, struct keyset **ret, struct err *e) {
	auto_json json_t *root = jsn_parse(p, n, true, e);
	if (!root)
		return err_wrap(e, "JWK set");
	struct keyset *s = mem_zero(1, sizeof *s);
	if (!s)
		return err_nomem(e);
	int rc = fill(s, root, e);
	if (rc) {
		keyset_free(s);
		return rc;
	}
	*ret = s;
	return 0;
}
