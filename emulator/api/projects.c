/* SPDX-License-Identifier: MIT */
/* Projects as Cloud Resource Manager tells of them, which is what clients look
 * up; and the emulator's own way to grant and revoke roles there. Their policy
 * methods are in iam.c. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/admin.h"
#include "emulator/api/allow.h"
#include "emulator/core/iam.h"
#include "emulator/core/project.h"
#include "emulator/core/roles.h"

int projects_get(struct call *c) {
	char number[PROJECT_NUMBER_MAX];
	project_number(c->param[0], number);
	return call_json(
		c, json_pack("{s:s, s:s, s:s, s:s}", "projectNumber", number,
			   "projectId", c->param[0], "lifecycleState", "ACTIVE",
			   "name", c->param[0]));
}

static void take(void *ctx, const char *policy, int64_t etag) {
	json_t **ret = ctx;
	(void)etag;
	*ret = policy ? jsn_parse(policy, strlen(policy), false, NULL)
		      : json_pack("{s:[]}", "bindings");
}

/* The members of a role's binding, which is made where there is none; borrowed,
 * or NULL: no memory. */
static json_t *members_of(json_t *policy, const char *role) {
	json_t *all = json_object_get(policy, "bindings");
	size_t i;
	json_t *b;
	json_array_foreach (all, i, b) {
		const char *name =
			json_string_value(json_object_get(b, "role"));
		if (name && !strcmp(name, role) &&
			!json_object_get(b, "condition"))
			return json_object_get(b, "members");
	}
	b = json_pack("{s:s, s:[]}", "role", role, "members");
	return json_array_append_new(all, b) ? NULL
					     : json_object_get(b, "members");
}

static int change(json_t *members, const char *member, bool grant) {
	size_t i;
	json_t *m;
	json_array_foreach (members, i, m) {
		if (strcmp(json_string_value(m), member) != 0)
			continue;
		return grant ? 0 : json_array_remove(members, i);
	}
	return grant ? json_array_append_new(members, json_string(member)) : 0;
}

static int bind(struct call *c, bool grant) {
	auto_json json_t *o = NULL, *policy = NULL;
	struct err e = {0};
	const char *role, *member;
	if (admin_body(c, &o) || admin_known_members(c, o, " role member "))
		return (int)c->st.code;
	if (jsn_str(o, "", "role", &role, &e) ||
		jsn_str(o, "", "member", &member, &e))
		return admin_invalid(c, &e);
	if (!role_known(role))
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"train-emulator knows no role '%.100s'", role);
	const struct iam_resource r = {ALLOW_PROJECTS, c->param[0], "", ""};
	iam_get(c->em, &r, take, &policy);
	json_t *members = policy ? members_of(policy, role) : NULL;
	if (!members || change(members, member, grant))
		return call_nomem(c);
	auto_free char *text = jsn_compact(policy);
	if (!text)
		return call_nomem(c);
	(void)iam_set(c->em, &r, text);
	return call_json(c, json_incref(policy));
}

int admin_grant(struct call *c) {
	return bind(c, true);
}

int admin_revoke(struct call *c) {
	return bind(c, false);
}
