/* SPDX-License-Identifier: MIT */
#include "client/uniquifier/access.h"

#include <string.h>

#include "client/lib/train.h"
#include "common/mem.h"
#include "common/peer.h"

/* Source: facts auth.md section 9; an ID token may say either. */
static const char *const google[] = {
	"https://accounts.google.com", "accounts.google.com"};
static const char google_keys[] = "https://www.googleapis.com/oauth2/v3/certs";

static const char OPEN[] = "allow-unauthenticated";

bool access_knows(const char *name) {
	static const char *const names[] = {
		OPEN, "audience", "sender", "issuer", "jwks-url"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int append(const char **list, const char *value, struct err *e) {
	size_t n = 0;
	while (list[n])
		n++;
	if (!*value)
		return err_set(e, ERR_USAGE, "it is empty");
	if (n == ACCESS_MAX)
		return err_set(
			e, ERR_USAGE, "it is given over %d times", ACCESS_MAX);
	list[n] = value;
	return 0;
}

/* Whoever can change the keys on their way is let in by them. */
static int take_jwks(struct access *a, const char *url, struct err *e) {
	if (!fetch_url_ok(url) || strpbrk(url, "#@ \t\r\n"))
		return err_set(
			e, ERR_USAGE, "'%s' is not an http or https URL", url);
	if (url_in_clear(url))
		return err_set(e, ERR_USAGE,
			"keys are not taken from %s without TLS", url);
	a->jwks_option = url;
	return 0;
}

int access_take(
	struct access *a, const char *name, const char *value, struct err *e) {
	if (strcmp(name, "audience") == 0)
		return append(a->audiences, value, e);
	if (strcmp(name, "issuer") == 0)
		return append(a->issuers, value, e);
	if (strcmp(name, "jwks-url") == 0)
		return take_jwks(a, value, e);
	if (strcmp(name, "sender") == 0)
		return strchr(value, '@')
			       ? append(a->senders, value, e)
			       : err_set(e, ERR_USAGE,
					 "'%s' is not an e-mail address",
					 value);
	a->anyone = true;
	return 0;
}

static int agree(const struct access *a, struct err *e) {
	bool some = a->audiences[0] || a->senders[0] || a->issuers[0] ||
		    a->jwks_option;
	if (a->anyone && some)
		return err_set(e, ERR_USAGE,
			"with --%s no token is verified: leave it out, or "
			"--audience, --sender, --issuer and --jwks-url",
			OPEN);
	if (a->anyone)
		return 0;
	if (!a->audiences[0] || !a->senders[0])
		return err_set(e, ERR_USAGE,
			"who may push? Give --audience and --sender, as the "
			"push subscription has them, or --%s where only "
			"trusted senders can reach this service",
			OPEN);
	if (a->issuers[0] && !a->jwks_option)
		return err_set(e, ERR_USAGE,
			"--issuer needs --jwks-url: the keys of Google are "
			"no other issuer's");
	return 0;
}

int access_settle(
	struct access *a, char *(*env)(const char *name), struct err *e) {
	int rc = agree(a, e);
	if (rc || a->anyone)
		return rc;
	if (!a->issuers[0])
		memcpy(a->issuers, google, sizeof google);
	const char *host = env("TRAIN_EMULATOR_HOST");
	if (a->jwks_option || !host || !*host) {
		a->jwks_url = mem_strdup(
			a->jwks_option ? a->jwks_option : google_keys);
		return a->jwks_url ? 0 : err_nomem(e);
	}
	auto_free char *url = NULL;
	rc = peer_url(host, &url, e);
	if (rc)
		return err_wrap(e, "TRAIN_EMULATOR_HOST");
	a->jwks_url = mem_printf("%s/oauth2/v3/certs", url);
	return a->jwks_url ? 0 : err_nomem(e);
}

void access_done(struct access *a) {
	mem_free(a->jwks_url);
	a->jwks_url = NULL;
}

struct verify_want access_want(const struct access *a) {
	return (struct verify_want){.issuers = a->issuers,
		.audiences = a->audiences,
		.senders = a->senders,
		.skew_s = VERIFY_SKEW_S};
}
