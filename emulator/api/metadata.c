/* SPDX-License-Identifier: MIT */
#include "emulator/api/metadata.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/grant.h"
#include "emulator/core/project.h"

#define TEXT "application/text"
#define ZONE "us-central1-a"
#define REGION "us-central1"
#define INSTANCE "train-emulator"
#define INSTANCE_ID "1000000000000000001"
#define CREATED_S 1773014400

void metadata_drop(struct api *a) {
	if (!a->metadata)
		return;
	mem_free(a->metadata->project);
	mem_free(a->metadata->email);
	mem_free(a->metadata->scopes);
	mem_free(a->metadata);
	a->metadata = NULL;
}

static void replace(char **what, char *by) {
	mem_free(*what);
	*what = by;
}

/* Compute Engine's default account is named by the project's number. */
static char *default_email(const char *project) {
	char number[PROJECT_NUMBER_MAX];
	project_number(project, number);
	return mem_printf("%s-compute@developer.gserviceaccount.com", number);
}

struct metadata *metadata_get(struct api *a) {
	if (a->metadata)
		return a->metadata;
	a->metadata = mem_zero(1, sizeof *a->metadata);
	if (!a->metadata)
		return NULL;
	struct metadata *m = a->metadata;
	m->project = mem_strdup(METADATA_PROJECT);
	m->email = default_email(METADATA_PROJECT);
	m->scopes = mem_strdup(SCOPE_CLOUD);
	if (!m->project || !m->email || !m->scopes)
		metadata_drop(a);
	return a->metadata;
}

int metadata_set(struct call *c, const char *project, const char *email,
	const char *scopes) {
	struct metadata *m = metadata_get(c->api);
	if (!m)
		return call_nomem(c);
	auto_free char *p = mem_strdup(project ? project : m->project);
	auto_free char *s = mem_strdup(scopes ? scopes : m->scopes);
	auto_free char *own = project && !email ? default_email(project) : NULL;
	auto_free char *e = mem_strdup(email ? email : own ? own : m->email);
	if (!p || !e || !s || (project && !email && !own))
		return call_nomem(c);
	replace(&m->project, TAKE(p));
	replace(&m->email, TAKE(e));
	replace(&m->scopes, TAKE(s));
	return ST_OK;
}

/* What keeps web pages and careless proxies out. */
static int check(struct call *c) {
	const char *flavor = req_header(c->req, "Metadata-Flavor");
	if (!flavor || strcmp(flavor, "Google") != 0)
		return status_set(&c->st, ST_PERMISSION_DENIED,
			"Missing Metadata-Flavor:Google header.");
	if (req_header(c->req, "X-Forwarded-For"))
		return status_set(&c->st, ST_PERMISSION_DENIED,
			"Requests with X-Forwarded-For are not answered.");
	return ST_OK;
}

/* Checks, and finds what there is to tell. */
static int begin(struct call *c, const struct metadata **ret) {
	int rc = check(c);
	if (rc)
		return rc;
	*ret = metadata_get(c->api);
	return *ret ? ST_OK : call_nomem(c);
}

/* Also begin, for the account in the path. */
static int begin_account(struct call *c, const struct metadata **ret) {
	int rc = begin(c, ret);
	if (rc)
		return rc;
	const char *name = c->param[0];
	return !strcmp(name, "default") || !strcmp(name, (*ret)->email)
		       ? ST_OK
		       : status_set(&c->st, ST_NOT_FOUND,
				 "The requested service account is not here.");
}

static int text(struct call *c, const char *s) {
	c->type = TEXT;
	return buf_adds(&c->out, s) ? call_nomem(c) : ST_OK;
}

/* By the header in the answer clients find out that they are on such a machine.
 */
int metadata_root(struct call *c) {
	return text(c, "0.1/\ncomputeMetadata/\n");
}

int metadata_project_id(struct call *c) {
	const struct metadata *m;
	int rc = begin(c, &m);
	return rc ? rc : text(c, m->project);
}

int metadata_project_number(struct call *c) {
	const struct metadata *m;
	char number[PROJECT_NUMBER_MAX];
	int rc = begin(c, &m);
	if (rc)
		return rc;
	project_number(m->project, number);
	return text(c, number);
}

/* Where the machine is, and what it is called: what follows "instance/". */
int metadata_instance(struct call *c) {
	const struct metadata *m;
	char number[PROJECT_NUMBER_MAX];
	int rc = begin(c, &m);
	if (rc)
		return rc;
	project_number(m->project, number);
	const char *what = strrchr(c->route->pattern, '/') + 1;
	c->type = TEXT;
	if (!strcmp(what, "zone"))
		rc = buf_addf(&c->out, "projects/%s/zones/" ZONE, number);
	else if (!strcmp(what, "region"))
		rc = buf_addf(&c->out, "projects/%s/regions/" REGION, number);
	else
		rc = buf_adds(
			&c->out, !strcmp(what, "id") ? INSTANCE_ID : INSTANCE);
	return rc ? call_nomem(c) : ST_OK;
}

int metadata_universe(struct call *c) {
	int rc = check(c);
	return rc ? rc : text(c, "googleapis.com");
}

int metadata_accounts(struct call *c) {
	const struct metadata *m;
	int rc = begin(c, &m);
	if (rc)
		return rc;
	c->type = TEXT;
	return buf_addf(&c->out, "default/\n%s/\n", m->email) ? call_nomem(c)
							      : ST_OK;
}

/* The next scope of a list, which it is taken off; NULL: there are no more. */
static const char *next_scope(
	const char **list, const char *separators, size_t *ret_len) {
	const char *one = *list + strspn(*list, separators);
	*ret_len = strcspn(one, separators);
	*list = one + *ret_len;
	return *ret_len ? one : NULL;
}

/* A directory: all of it, or its members' names. */
int metadata_account(struct call *c) {
	const struct metadata *m;
	int rc = begin_account(c, &m);
	if (rc)
		return rc;
	const char *all = req_query(c->req, "recursive");
	if (!all || strcasecmp(all, "true") != 0)
		return text(c, "aliases\nemail\nidentity\nscopes\ntoken\n");
	auto_json json_t *scopes = json_array();
	const char *list = m->scopes, *one;
	size_t n;
	while ((one = next_scope(&list, " ", &n)))
		if (json_array_append_new(scopes, json_stringn(one, n)))
			return call_nomem(c);
	return call_json(c, json_pack("{s:[s], s:s, s:O}", "aliases", "default",
				    "email", m->email, "scopes", scopes));
}

int metadata_email(struct call *c) {
	const struct metadata *m;
	int rc = begin_account(c, &m);
	return rc ? rc : text(c, m->email);
}

int metadata_scopes(struct call *c) {
	const struct metadata *m;
	int rc = begin_account(c, &m);
	if (rc)
		return rc;
	const char *list = m->scopes, *one;
	size_t n;
	while ((one = next_scope(&list, " ", &n)))
		(void)buf_addf(&c->out, "%.*s\n", (int)n, one);
	c->type = TEXT;
	return c->out.failed ? call_nomem(c) : ST_OK;
}

/* The same one again until little of it is left, as production does. */
int metadata_token(struct call *c) {
	const struct metadata *m;
	int rc = begin_account(c, &m);
	if (rc)
		return rc;
	const char *asked = oauth_member(c, "scopes");
	auto_buf struct buf scopes;
	buf_init(&scopes, API_ANSWER_MAX);
	const char *list = asked ? asked : m->scopes, *one;
	size_t n;
	while ((one = next_scope(&list, ", ", &n)))
		(void)buf_addf(
			&scopes, "%s%.*s", scopes.len ? " " : "", (int)n, one);
	if (scopes.failed)
		return call_nomem(c);
	const struct token_ask a = {
		.email = m->email, .aim = buf_str(&scopes), .access = true};
	auto_free char *token = NULL;
	int64_t left_s;
	rc = grant_make(c, &a, &token, &left_s);
	if (rc)
		return rc;
	return grant_answer(c, token, left_s);
}

/* What the full format tells of the machine. */
static json_t *machine(const struct metadata *m) {
	char number[PROJECT_NUMBER_MAX];
	project_number(m->project, number);
	return json_pack("{s:{s:{s:I, s:s, s:s, s:s, s:I, s:s}}}", "google",
		"compute_engine", "instance_creation_timestamp",
		(json_int_t)CREATED_S, "instance_id", INSTANCE_ID,
		"instance_name", INSTANCE, "project_id", m->project,
		"project_number", (json_int_t)strtoll(number, NULL, 10), "zone",
		ZONE);
}

int metadata_identity(struct call *c) {
	const struct metadata *m;
	int rc = begin_account(c, &m);
	if (rc)
		return rc;
	const char *audience = oauth_member(c, "audience");
	const char *format = oauth_member(c, "format");
	if (!audience)
		return status_set(&c->st, ST_INVALID_ARGUMENT,
			"non-empty audience parameter required");
	auto_json json_t *more = NULL;
	if (format && !strcmp(format, "full")) {
		more = machine(m);
		if (!more)
			return call_nomem(c);
	}
	const struct token_ask a = {
		.email = m->email, .aim = audience, .more = more};
	auto_free char *token = NULL;
	rc = grant_make(c, &a, &token, NULL);
	if (rc)
		return rc;
	c->type = "text/html";
	return buf_adds(&c->out, token) ? call_nomem(c) : ST_OK;
}
