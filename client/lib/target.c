/* SPDX-License-Identifier: MIT */
/* Where services live: --endpoint, then TRAIN_EMULATOR_HOST, then Google. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/lib/train_int.h"
#include "common/mem.h"
#include "common/peer.h"

static const struct {
	const char *name; /* in --endpoint */
	const char *url;
} services[TRAIN_SERVICE_COUNT] = {
	[TRAIN_ML] = {"ml", "https://ml.googleapis.com"},
	[TRAIN_LOGGING] = {"logging", "https://logging.googleapis.com"},
	[TRAIN_PUBSUB] = {"pubsub", "https://pubsub.googleapis.com"},
	[TRAIN_SCHEDULER] = {"scheduler",
		"https://cloudscheduler.googleapis.com"},
};

static const char EMULATOR[] = "TRAIN_EMULATOR_HOST";

static int set(char **at, char *value, struct err *e) {
	if (!value)
		return err_nomem(e);
	mem_free(*at);
	*at = value;
	return 0;
}

/* A base URL: no user, query or fragment; slashes at its end are dropped. */
static int set_url(char **at, const char *url, struct err *e) {
	if (!fetch_url_ok(url) || strpbrk(url, "?#@ \t\r\n"))
		return err_set(e, ERR_USAGE,
			"'%s' is not an http or https base URL", url);
	size_t n = strlen(url);
	while (n && url[n - 1] == '/')
		n--;
	return set(at, mem_dup(url, n), e);
}

int train_target_endpoint(
	struct train_target *t, const char *s, struct err *e) {
	const char *eq = strchr(s, '=');
	for (size_t i = 0; eq && i < TRAIN_SERVICE_COUNT; i++)
		if (strlen(services[i].name) == (size_t)(eq - s) &&
			strncmp(services[i].name, s, (size_t)(eq - s)) == 0)
			return set_url(&t->url[i], eq + 1, e);
	if (!eq)
		return err_set(e, ERR_USAGE, "'%s' is not SERVICE=URL", s);
	return err_set(e, ERR_USAGE,
		"unknown service in '%s' (known: ml, logging, pubsub, "
		"scheduler)",
		s);
}

int train_target_token_file(
	struct train_target *t, const char *path, struct err *e) {
	if (!*path)
		return err_set(e, ERR_USAGE, "the file's name is empty");
	return set(&t->token_file, mem_strdup(path), e);
}

static int from_emulator(
	struct train_target *t, const char *host, struct err *e) {
	auto_free char *url = NULL;
	if (peer_url(host, &url, e))
		return err_wrap(e, "%s", EMULATOR);
	for (size_t i = 0; i < TRAIN_SERVICE_COUNT; i++) {
		int rc = t->url[i] ? 0 : set_url(&t->url[i], url, e);
		if (rc)
			return rc;
	}
	return 0;
}

bool url_in_clear(const char *url) {
	static const char *const safe[] = {"localhost", "127.0.0.1", "[::1]"};
	if (strncasecmp(url, "http://", 7) != 0)
		return false;
	url += 7;
	for (size_t i = 0; i < sizeof safe / sizeof safe[0]; i++) {
		size_t n = strlen(safe[i]);
		if (strncmp(url, safe[i], n) == 0 &&
			(!url[n] || url[n] == ':' || url[n] == '/'))
			return false;
	}
	return true;
}

/* Google's own host for a service without a URL, and what must hold for any. */
static int settle(struct train_target *t, size_t i, struct err *e) {
	if (!t->url[i] && !t->token_file)
		return err_set(e, ERR_USAGE,
			"no credentials for %s: set %s=HOST:PORT for an "
			"emulator, or --access-token-file FILE (other "
			"credentials are not built yet)",
			services[i].url, EMULATOR);
	int rc = t->url[i] ? 0 : set_url(&t->url[i], services[i].url, e);
	if (!rc && t->token_file && url_in_clear(t->url[i]))
		rc = err_set(e, ERR_USAGE,
			"an access token is not sent to %s without TLS",
			t->url[i]);
	return rc;
}

int train_target_resolve(struct train_target *t, unsigned set,
	char *(*env)(const char *name), struct err *e) {
	const char *host = env(EMULATOR);
	int rc = host && *host ? from_emulator(t, host, e) : 0;
	for (size_t i = 0; !rc && i < TRAIN_SERVICE_COUNT; i++)
		if (set & TRAIN_SET(i))
			rc = settle(t, i, e);
	return rc;
}

void train_target_done(struct train_target *t) {
	for (size_t i = 0; i < TRAIN_SERVICE_COUNT; i++)
		mem_free(t->url[i]);
	mem_free(t->token_file);
	*t = (struct train_target){0};
}

int train_project(const char *option, char *(*env)(const char *name),
	const char **ret, struct err *e) {
	static const char *const names[] = {"TRAINCTL_PROJECT",
		"GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"};
	const char *p = option;
	for (size_t i = 0; !p && i < sizeof names / sizeof names[0]; i++) {
		p = env(names[i]);
		if (p && !*p)
			p = NULL;
	}
	if (!p)
		return err_set(e, ERR_USAGE,
			"no project: use --project, or set %s, %s or %s",
			names[0], names[1], names[2]);
	/* ids, numbers, and the old domain-scoped example.com:id */
	if (!*p || p[strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-.:")])
		return err_set(
			e, ERR_USAGE, "'%s' is not the id of a project", p);
	*ret = p;
	return 0;
}
