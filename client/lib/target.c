/* SPDX-License-Identifier: MIT */
/* Where services live: --endpoint, then TRAIN_EMULATOR_HOST, then Google. */
#include <stdio.h>
#include <string.h>

#include "client/lib/cred.h"
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

static int from_emulator(struct train_target *t, const char *host,
	char **ret_url, struct err *e) {
	if (peer_url(host, ret_url, e))
		return err_wrap(e, "%s", EMULATOR);
	for (size_t i = 0; i < TRAIN_SERVICE_COUNT; i++) {
		int rc = t->url[i] ? 0 : set_url(&t->url[i], *ret_url, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* By TLS to a name under googleapis.com, a regional one for instance. */
static bool is_google(const char *url) {
	static const char end[] = ".googleapis.com";
	if (strncmp(url, "https://", 8) != 0)
		return false;
	size_t n = strcspn(url + 8, ":/"), len = sizeof end - 1;
	return n > len && memcmp(url + 8 + n - len, end, len) == 0;
}

/* Finds credentials, unless a token file was given. `first` is a service of
 * Google's, for the message, or NULL if there is none. */
static int find_credentials(struct train_target *t,
	const struct cred_wanted *wanted, const char *first,
	char *(*env)(const char *name), struct err *e) {
	if (t->token_file || t->source)
		return 0;
	struct err why = {0};
	int rc = cred_find(wanted, env, &t->source, &t->warning, &why);
	if (rc == ERR_USAGE && first && !t->source)
		return err_set(e, rc,
			"no credentials for %s: set %s=HOST:PORT for an "
			"emulator, or give --access-token-file FILE; %s",
			first, EMULATOR, why.msg);
	if (rc)
		*e = why;
	return rc;
}

/* No token goes where it could be read. */
static int check_clear(
	const struct train_target *t, unsigned set, struct err *e) {
	if (!t->token_file && !t->source)
		return 0;
	for (size_t i = 0; i < TRAIN_SERVICE_COUNT; i++)
		if ((set & TRAIN_SET(i)) && url_in_clear(t->url[i]))
			return err_set(e, ERR_USAGE,
				"an access token is not sent to %s without TLS",
				t->url[i]);
	return 0;
}

int train_target_resolve(struct train_target *t, unsigned set,
	char *(*env)(const char *name), struct err *e) {
	const char *host = env(EMULATOR), *first = NULL;
	struct cred_wanted wanted = {0};
	auto_free char *emulator = NULL;
	int rc = host && *host ? from_emulator(t, host, &emulator, e) : 0;
	wanted.emulator = emulator;
	t->emulated = emulator && t->url[TRAIN_ML] &&
		      strcmp(t->url[TRAIN_ML], emulator) == 0;
	t->google = true;
	for (size_t i = 0; !rc && i < TRAIN_SERVICE_COUNT; i++) {
		if (!(set & TRAIN_SET(i)))
			continue;
		if (!t->url[i])
			rc = set_url(&t->url[i], services[i].url, e);
		if (rc)
			break;
		bool google = is_google(t->url[i]);
		if (google && !first)
			first = t->url[i];
		wanted.google |= google;
		wanted.tls |= strncmp(t->url[i], "https://", 8) == 0;
		t->google &= google;
	}
	if (!rc)
		rc = find_credentials(t, &wanted, first, env, e);
	return rc ? rc : check_clear(t, set, e);
}

void train_target_done(struct train_target *t) {
	for (size_t i = 0; i < TRAIN_SERVICE_COUNT; i++)
		mem_free(t->url[i]);
	mem_free(t->token_file);
	cred_source_free(t->source);
	mem_free(t->warning);
	*t = (struct train_target){0};
}

int train_project(const char *option, char *(*env)(const char *name),
	const char **ret, struct err *e) {
	static const char *const names[] = {"TRAINCTL_PROJECT",
		"GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT",
		"CLOUDSDK_CORE_PROJECT"};
	const char *p = option;
	for (size_t i = 0; !p && i < sizeof names / sizeof names[0]; i++) {
		p = env(names[i]);
		if (p && !*p)
			p = NULL;
	}
	if (!p)
		return err_set(e, ERR_NOTFOUND,
			"no project: use --project, or set %s, %s, %s or %s",
			names[0], names[1], names[2], names[3]);
	if (!project_ok(p))
		return err_set(
			e, ERR_USAGE, "'%s' is not the id of a project", p);
	*ret = p;
	return 0;
}

int train_target_open(struct train_target *t, unsigned set, const char *option,
	char *(*env)(const char *name), const char **ret, struct err *e) {
	const char *p = NULL;
	struct err missing = {0};
	int none = train_project(option, env, &p, &missing);
	int rc = train_target_resolve(t, set, env, e);
	/* a name that is none is not made up for by another */
	const struct cred_source *s =
		!rc && none == ERR_NOTFOUND ? t->source : NULL;
	bool known = s && (s->project || s->type == CRED_METADATA);
	if (none && !known && rc != ERR_NOMEM) {
		*e = missing;
		return e->code = ERR_USAGE;
	}
	if (!rc)
		*ret = none ? s->project : p;
	return rc;
}
