/* SPDX-License-Identifier: MIT */
#include "common/jwt.h"

#include <string.h>

#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"

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
