/* SPDX-License-Identifier: MIT */
#include "emulator/api/rules_iam.h"

#include <string.h>

#include "emulator/api/mask.h"
#include "emulator/api/page.h"
#include "emulator/api/proto.h"
#include "emulator/api/rules_int.h"
#include "emulator/api/schema_iam.h"

#define MEMBERS_MAX 1500

/* From memory of the service's answers: these four texts. */
#define CHANGED                                                                \
	"There were concurrent policy changes. Please retry the whole "        \
	"read-modify-write with exponential backoff."
#define MEMBER_BAD                                                             \
	"The member %.400s is of an unknown type. Please set a valid type "    \
	"prefix for the member."
#define ROLE_BAD "Role %.400s is not supported for this resource."
#define MEMBERS_MANY                                                           \
	"The number of members in the policy (%zu) is larger than the "        \
	"maximum allowed size 1500."

/* guess: the rules behind these texts are documented, their words are not. */
#define POLICY_MISSING "A policy must be specified."
#define ROLE_MISSING "A role must be specified for each binding."
#define VERSION_BAD                                                            \
	"The policy version %lld is not supported. Valid values are 0, 1 and " \
	"3."
#define VERSION_LOW                                                            \
	"A policy with conditional role bindings must specify version 3."
#define EXPRESSION_MISSING "A condition must have an expression."
#define PATH_BAD "The path \"%s\" of the update mask is no field of a policy."
#define PERMISSION_WILD "Permissions with wildcards are not allowed: %.400s"

#define refuse(st, ...) status_set(st, ST_INVALID_ARGUMENT, __VA_ARGS__)

static bool begins(const char *s, const char *prefix) {
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool member_good(const char *s) {
	static const char *const types[] = {"user", "serviceAccount", "group",
		"domain", "deleted", "principal", "principalSet",
		"projectOwner", "projectEditor", "projectViewer"};
	const char *colon = strchr(s, ':');
	size_t len = colon ? (size_t)(colon - s) : 0;
	for (size_t i = 0; colon && i < COUNT_OF(types); i++)
		if (strlen(types[i]) == len && begins(s, types[i]))
			return colon[1];
	return strcmp(s, "allUsers") == 0 ||
	       strcmp(s, "allAuthenticatedUsers") == 0;
}

/* roles/X, or one of a project or an organization. What a policy shows to who
 * does not ask for version 3 is no role. */
static bool role_good(const char *s) {
	const char *name = s;
	if (begins(s, "projects/") || begins(s, "organizations/")) {
		name = strchr(strchr(s, '/') + 1, '/');
		name = name ? name + 1 : s;
	}
	return begins(name, "roles/") && name[6] && !strchr(name + 6, '/') &&
	       !strstr(name, "_withcond_");
}

static int check_binding(
	const json_t *binding, json_int_t version, struct status *st) {
	const char *role = rules_text(binding, "role");
	if (!role)
		return refuse(st, ROLE_MISSING);
	if (!role_good(role))
		return refuse(st, ROLE_BAD, role);
	size_t i;
	json_t *member;
	json_array_foreach (json_object_get(binding, "members"), i, member) {
		const char *s = json_string_value(member);
		if (!member_good(s))
			return refuse(st, MEMBER_BAD, s);
	}
	const json_t *condition = json_object_get(binding, "condition");
	if (condition && !rules_text(condition, "expression"))
		return refuse(st, EXPRESSION_MISSING);
	if (condition && version != IAM_CONDITIONS_VERSION)
		return refuse(st, VERSION_LOW);
	return ST_OK;
}

static int check_version(json_int_t version, struct status *st) {
	if (version == 0 || version == 1 || version == IAM_CONDITIONS_VERSION)
		return ST_OK;
	return refuse(st, VERSION_BAD, (long long)version);
}

static int check_policy(const json_t *policy, struct status *st) {
	json_int_t version = rules_int(policy, "version");
	int rc = check_version(version, st);
	size_t i, members = 0;
	json_t *binding;
	json_array_foreach (json_object_get(policy, "bindings"), i, binding) {
		if (!rc)
			rc = check_binding(binding, version, st);
		members += json_array_size(json_object_get(binding, "members"));
	}
	if (!rc && members > MEMBERS_MAX)
		return refuse(st, MEMBERS_MANY, members);
	return rc;
}

/* Without a mask: "bindings, etag". */
static int read_mask(const char *mask, unsigned *ret, struct status *st) {
	unsigned bits = mask ? 0 : IAM_MASK_BINDINGS;
	char path[MASK_PATH_MAX];
	while (mask_next(&mask, path)) {
		const struct proto_field *f =
			proto_field(&schema_iam_policy, path);
		if (!f)
			return refuse(st, PATH_BAD, path);
		if (strcmp(f->name, "bindings") == 0)
			bits |= IAM_MASK_BINDINGS;
		if (strcmp(f->name, "auditConfigs") == 0)
			bits |= IAM_MASK_AUDIT;
	}
	*ret = bits;
	return ST_OK;
}

int rules_iam_set(
	const json_t *request, unsigned *ret_mask, struct status *st) {
	const json_t *policy = json_object_get(request, "policy");
	if (!policy)
		return refuse(st, POLICY_MISSING);
	int rc = check_policy(policy, st);
	return rc ? rc
		  : read_mask(rules_text(request, "updateMask"), ret_mask, st);
}

int rules_iam_current(const json_t *request, const char *etag, bool conditional,
	struct status *st) {
	const json_t *policy = json_object_get(request, "policy");
	const char *known = rules_text(policy, "etag");
	/* without an etag it is written over, whatever is there */
	if (!known)
		return ST_OK;
	if (strcmp(known, etag) != 0)
		return status_set(st, ST_ABORTED, CHANGED);
	if (conditional &&
		rules_int(policy, "version") != IAM_CONDITIONS_VERSION)
		return refuse(st, VERSION_LOW);
	return ST_OK;
}

int rules_iam_version(const char *text, int *ret, struct status *st) {
	int version;
	int rc = query_int32(
		"options.requested_policy_version", text, &version, st);
	if (rc || (rc = check_version(version, st)))
		return rc;
	*ret = version;
	return ST_OK;
}

int rules_iam_test(const json_t *request, struct status *st) {
	size_t i;
	json_t *permission;
	json_array_foreach (
		json_object_get(request, "permissions"), i, permission) {
		const char *s = json_string_value(permission);
		if (strchr(s, '*'))
			return refuse(st, PERMISSION_WILD, s);
	}
	return ST_OK;
}
