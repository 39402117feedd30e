/* SPDX-License-Identifier: MIT */
/* Roles, members and policies; and that every method says what it asks for.
 * Who may call what is in tests/system/auth_strict.sh. */
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/access.h"
#include "emulator/api/api.h"
#include "emulator/api/scopes.h"
#include "emulator/core/roles.h"
#include "tests/unit/unit.h"

static void member(void *ctx, char *const *cols) {
	(void)ctx;
	ck_assert_msg(member_is(cols[0], cols[1]) == (*cols[2] == 'y'),
		"%s is %s", cols[0], cols[1]);
}

START_TEST(members) {
	unit_tsv("auth/members.tsv", 3, member, NULL);
}
END_TEST

static void policy(void *ctx, char *const *cols) {
	(void)ctx;
	struct err e = {0};
	auto_json json_t *p = jsn_parse(cols[0], strlen(cols[0]), true, &e);
	ck_assert_msg(p != NULL, "%s: %s", cols[0], e.msg);
	ck_assert_msg(policy_allows(p, "jo@example.com", cols[1]) ==
			      (*cols[2] == 'y'),
		"%s: %s", cols[0], cols[1]);
}

START_TEST(policies) {
	unit_tsv("auth/policies.tsv", 3, policy, NULL);
	ck_assert(!policy_allows(NULL, "jo@example.com", "ml.jobs.get"));
}
END_TEST

/* What nobody has by a role of a project but who was given just that. */
START_TEST(tokens_of_others) {
	static const char *const roles[] = {"roles/owner", "roles/editor",
		"roles/viewer", "roles/iam.serviceAccountAdmin"};
	static const char *const permissions[] = {
		"iam.serviceAccounts.getAccessToken",
		"iam.serviceAccounts.getOpenIdToken",
		"iam.serviceAccounts.signBlob", "iam.serviceAccounts.signJwt",
		"iam.serviceAccounts.implicitDelegation"};
	/* nor may who looks after accounts have services act as them */
	ck_assert(!role_grants(
		"roles/iam.serviceAccountAdmin", "iam.serviceAccounts.actAs"));
	ck_assert(role_grants(
		"roles/iam.serviceAccountUser", "iam.serviceAccounts.actAs"));
	for (size_t p = 0; p < 5; p++) {
		for (size_t r = 0; r < 4; r++)
			ck_assert(!role_grants(roles[r], permissions[p]));
		ck_assert(role_grants("roles/iam.serviceAccountTokenCreator",
			permissions[p]));
	}
	ck_assert(role_known("roles/owner") && !role_known("owner"));
	ck_assert(!role_grants("roles/nobody", "ml.jobs.get"));
}
END_TEST

/* A method that is emulated has a row, so that none is free by mistake; and an
 * owner may call it, unless it is for a service account's creators of tokens.
 */
START_TEST(every_method_is_guarded) {
	size_t guarded = 0;
	for (size_t i = 0; i < api_routes_len; i++) {
		const struct route *r = &api_routes[i];
		const struct access *a = access_of(r->name);
		bool open = r->flags & ROUTE_OPEN;
		ck_assert_msg(
			(a != NULL) == (!open && r->handle != api_not_emulated),
			"%s", r->name);
		if (!a)
			continue;
		guarded++;
		ck_assert_ptr_nonnull(strchr(a->method, '.'));
		bool token = strstr(r->name, "iamcredentials.") != NULL;
		ck_assert_msg(
			!*a->permission || role_grants("roles/owner",
						   a->permission) != token,
			"%s", r->name);
		ck_assert(!*a->permission || access_known(a->permission));
	}
	ck_assert_uint_gt(guarded, 60);
	ck_assert(!access_known("") && !access_known("ml.jobs.destroy"));
}
END_TEST

static void scope(void *ctx, char *const *cols) {
	(void)ctx;
	const struct service *s = service_of(cols[0]);
	ck_assert_str_eq(s->host, cols[1]);
	ck_assert_msg(service_allows(s, cols[2], cols[3]) == (*cols[4] == 'y'),
		"%s %s %s", cols[0], cols[2], cols[3]);
}

START_TEST(scopes) {
	unit_tsv("auth/scopes.tsv", 5, scope, NULL);
	ck_assert(scope_in("a b c", "a") && scope_in("a b c", "c"));
	ck_assert(scope_in("aa a", "a") && !scope_in("aa ba", "a"));
	ck_assert(!scope_in("", "a"));
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("roles");
	unit_add(s, members);
	unit_add(s, policies);
	unit_add(s, tokens_of_others);
	unit_add(s, every_method_is_guarded);
	unit_add(s, scopes);
	return unit_run(s);
}
