/* SPDX-License-Identifier: MIT */
#include "emulator/core/roles.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* What a role has: patterns, of which one with '!' takes away. Source: Google's
 * lists of roles, from memory; permissions of what is not emulated are left
 * out. Not even an owner may take the place of a service account. */
#define NO_TOKENS                                                              \
	"!iam.serviceAccounts.get*Token", "!iam.serviceAccounts.sign*",        \
		"!iam.serviceAccounts.implicitDelegation"
#define ML_SEEN                                                                \
	"ml.jobs.get", "ml.jobs.list", "ml.locations.*", "ml.operations.get",  \
		"ml.operations.list", "ml.projects.getConfig",                 \
		"resourcemanager.projects.get"
#define ROLE(name, ...)                                                        \
	{                                                                      \
		"roles/" name, (const char *const[]) {                         \
			__VA_ARGS__, NULL                                      \
		}                                                              \
	}

static const struct {
	const char *name;
	const char *const *patterns;
} roles[] = {
	ROLE("owner", "*", NO_TOKENS),
	ROLE("editor", "*", "!*.setIamPolicy", NO_TOKENS),
	ROLE("viewer", "*.get", "*.list", "*.getIamPolicy",
		"ml.projects.getConfig", NO_TOKENS),
	ROLE("ml.admin", "ml.*", "resourcemanager.projects.get"),
	ROLE("ml.developer", "ml.jobs.create", "ml.jobs.getIamPolicy", ML_SEEN),
	ROLE("ml.viewer", ML_SEEN),
	ROLE("ml.jobOwner", "ml.jobs.*"),
	ROLE("ml.operationOwner", "ml.operations.*"),
	ROLE("pubsub.admin", "pubsub.*"),
	ROLE("pubsub.editor", "pubsub.*", "!*.getIamPolicy", "!*.setIamPolicy"),
	ROLE("pubsub.publisher", "pubsub.topics.publish"),
	ROLE("pubsub.subscriber", "pubsub.snapshots.seek",
		"pubsub.subscriptions.consume",
		"pubsub.topics.attachSubscription"),
	ROLE("pubsub.viewer", "pubsub.*.get", "pubsub.*.list"),
	ROLE("cloudscheduler.admin", "cloudscheduler.*"),
	ROLE("cloudscheduler.jobRunner", "cloudscheduler.jobs.run"),
	ROLE("cloudscheduler.viewer", "cloudscheduler.jobs.get",
		"cloudscheduler.jobs.list", "cloudscheduler.locations.*"),
	ROLE("logging.admin", "logging.*"),
	ROLE("logging.logWriter", "logging.logEntries.create"),
	ROLE("logging.viewer", "logging.logEntries.list"),
	ROLE("iam.serviceAccountAdmin", "iam.*", "!iam.serviceAccounts.actAs",
		NO_TOKENS),
	ROLE("iam.serviceAccountUser", "iam.serviceAccounts.actAs"),
	ROLE("iam.serviceAccountTokenCreator",
		"iam.serviceAccounts.getAccessToken",
		"iam.serviceAccounts.getOpenIdToken",
		"iam.serviceAccounts.implicitDelegation",
		"iam.serviceAccounts.signBlob", "iam.serviceAccounts.signJwt"),
	ROLE("iam.serviceAccountOpenIdTokenCreator",
		"iam.serviceAccounts.getOpenIdToken"),
	ROLE("iam.workloadIdentityUser", "iam.serviceAccounts.getAccessToken",
		"iam.serviceAccounts.getOpenIdToken"),
	ROLE("resourcemanager.projectIamAdmin", "resourcemanager.projects.*"),
};
#define ROLES (sizeof roles / sizeof roles[0])

static const char *const *patterns_of(const char *role) {
	for (size_t i = 0; i < ROLES; i++)
		if (!strcmp(roles[i].name, role))
			return roles[i].patterns;
	return NULL;
}

bool role_known(const char *role) {
	return patterns_of(role) != NULL;
}

bool role_grants(const char *role, const char *permission) {
	bool yes = false;
	const char *const *p = patterns_of(role);
	for (; p && *p; p++) {
		bool less = **p == '!';
		if (fnmatch(*p + less, permission, 0) != 0)
			continue;
		if (less)
			return false;
		yes = true;
	}
	return yes;
}

/* What follows a prefix, or NULL. */
static const char *after(const char *s, const char *prefix) {
	size_t n = strlen(prefix);
	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

static bool ends_with(const char *s, const char *tail) {
	size_t n = strlen(s), m = strlen(tail);
	return n >= m && !strcasecmp(s + n - m, tail);
}

/* "principalSet://POOL/" and a '*' means all of a pool. */
static bool is_federated(const char *member, const char *who) {
	const char *set = after(member, "principalSet://");
	const char *pool = after(who, "principal://");
	size_t n = set ? strlen(set) : 0;
	if (!strcmp(member, who))
		return true;
	return n > 2 && !strcmp(set + n - 2, "/*") &&
	       !strncmp(set, pool, n - 1);
}

bool member_is(const char *member, const char *who) {
	if (!strcmp(member, "allUsers"))
		return true;
	if (after(who, "principal://"))
		return is_federated(member, who);
	if (!strcmp(member, "allAuthenticatedUsers"))
		return true;
	bool service = ends_with(who, ".gserviceaccount.com");
	const char *at = strchr(who, '@');
	const char *domain = after(member, "domain:");
	if (domain)
		return at && !service && !strcasecmp(at + 1, domain);
	const char *email =
		after(member, service ? "serviceAccount:" : "user:");
	return email && !strcasecmp(email, who);
}

static bool binds(const json_t *binding, const char *who) {
	size_t i;
	json_t *m;
	json_array_foreach (json_object_get(binding, "members"), i, m) {
		const char *member = json_string_value(m);
		if (member && member_is(member, who))
			return true;
	}
	return false;
}

bool policy_allows(
	const json_t *policy, const char *who, const char *permission) {
	size_t i;
	json_t *b;
	json_array_foreach (json_object_get(policy, "bindings"), i, b) {
		const char *role =
			json_string_value(json_object_get(b, "role"));
		if (role && !json_object_get(b, "condition") &&
			role_grants(role, permission) && binds(b, who))
			return true;
	}
	return false;
}
