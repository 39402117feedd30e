/* SPDX-License-Identifier: MIT */
#include "emulator/api/access.h"

#include <stddef.h>
#include <string.h>

#include "emulator/api/scopes.h"

static const struct access methods[] = {
#define ACCESS(route, permission, method) {route, permission, method},
#include "emulator/api/access.def"
#undef ACCESS
};
#define METHODS (sizeof methods / sizeof methods[0])

const struct access *access_of(const char *route) {
	for (size_t i = 0; i < METHODS; i++)
		if (!strcmp(methods[i].route, route))
			return &methods[i];
	return NULL;
}

/* Those that are asked for beside a method's own: see allow.h. */
static const char *const others[] = {"iam.serviceAccounts.actAs",
	"iam.serviceAccounts.implicitDelegation", "pubsub.snapshots.seek",
	"pubsub.topics.attachSubscription"};
#define OTHERS (sizeof others / sizeof others[0])

bool access_known(const char *permission) {
	for (size_t i = 0; i < OTHERS; i++)
		if (!strcmp(others[i], permission))
			return true;
	for (size_t i = 0; i < METHODS; i++)
		if (*permission && !strcmp(methods[i].permission, permission))
			return true;
	return false;
}

/* Source of the scopes: the discovery documents of the services, from memory.
 * The last is for what has no service of its own (/batch). */
#define CLOUD SCOPE_CLOUD
#define READ SCOPE_CLOUD ".read-only"
static const struct service services[] = {
	{"ml.", "ml.googleapis.com", CLOUD, READ},
	{"projects.locations.", "ml.googleapis.com", CLOUD, READ},
	{"pubsub.", "pubsub.googleapis.com", CLOUD " " SCOPE("pubsub"), ""},
	{"cloudscheduler.", "cloudscheduler.googleapis.com", CLOUD, ""},
	{"logging.entries.list", "logging.googleapis.com",
		CLOUD " " READ
		      " " SCOPE("logging.admin") " " SCOPE("logging.read"),
		""},
	{"logging.", "logging.googleapis.com",
		CLOUD " " SCOPE("logging.admin") " " SCOPE("logging.write"),
		""},
	{"aiplatform.", "aiplatform.googleapis.com", CLOUD, READ},
	{"iamcredentials.", "iamcredentials.googleapis.com",
		CLOUD " " SCOPE("iam"), ""},
	{"iam.", "iam.googleapis.com", CLOUD " " SCOPE("iam"), ""},
	{"cloudresourcemanager.", "cloudresourcemanager.googleapis.com", CLOUD,
		READ},
	{"", "www.googleapis.com", CLOUD, ""},
};

const struct service *service_of(const char *route) {
	const struct service *s = services;
	while (strncmp(route, s->prefix, strlen(s->prefix)) != 0)
		s++;
	return s;
}

/* Whether the two lists, with blanks between, have one in common. */
static bool meet(const char *list, const char *other) {
	char one[200];
	for (size_t n; *list; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		if (n >= sizeof one)
			continue;
		memcpy(one, list, n);
		one[n] = '\0';
		if (scope_in(other, one))
			return true;
	}
	return false;
}

bool service_allows(
	const struct service *s, const char *http_method, const char *scopes) {
	return meet(s->scopes, scopes) ||
	       (!strcmp(http_method, "GET") && meet(s->reading, scopes));
}
