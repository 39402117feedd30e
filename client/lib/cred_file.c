/* SPDX-License-Identifier: MIT */
/* Files with credentials, in the forms that Google's consoles and gcloud write.
 * Source: facts auth.md, section 2. Where files lie is for cred_find.c. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "client/lib/cred.h"
#include "common/jsn.h"
#include "common/mem.h"

#define TOKEN_URL "https://oauth2.googleapis.com/token"
#define UNIVERSE "googleapis.com"
#define LIFETIME_S 3600
#define LIFETIME_MAX_S 43200

void cred_source_free(struct cred_source *s) {
	if (!s)
		return;
	mem_free(s->what);
	json_decref(s->root);
	rsa_free(s->key);
	mem_free(s->metadata_url);
	mem_free(s->quota_project);
	mem_free(s->project);
	mem_free(s);
}

/* 0, or ERR_SHAPE for a URL to which a secret would go in clear. */
static int check_url(const char *name, const char *url, struct err *e) {
	/* a user in front of the host would hide what the host is */
	const char *host = strstr(url, "://");
	const char *end = host ? host + 3 + strcspn(host + 3, "/?#") : url;
	if (!fetch_url_ok(url) || strpbrk(url, "\\ \t\r\n") || !host ||
		memchr(host, '@', (size_t)(end - host)))
		return err_set(
			e, ERR_SHAPE, "%s is not an http or https URL", name);
	if (url_in_clear(url))
		return err_set(e, ERR_SHAPE,
			"%s is plain http to another machine, where secrets "
			"are not sent",
			name);
	return 0;
}

/* A URL that gets secrets; *ret keeps its value when there is none. */
static int url_opt(
	const json_t *o, const char *key, const char **ret, struct err *e) {
	const char *url;
	int rc = jsn_str_opt(o, "", key, &url, e);
	if (rc || !url)
		return rc;
	rc = check_url(key, url, e);
	if (!rc)
		*ret = url;
	return rc;
}

static int url(
	const json_t *o, const char *key, const char **ret, struct err *e) {
	const char *none;
	int rc = jsn_str(o, "", key, &none, e);
	return rc ? rc : url_opt(o, key, ret, e);
}

static int service_account(
	const json_t *o, struct cred_source *s, struct err *e) {
	const char *pem, *universe = NULL;
	s->type = CRED_SERVICE_ACCOUNT;
	int rc = jsn_str(o, "", "client_email", &s->email, e);
	if (!rc)
		rc = url(o, "token_uri", &s->token_url, e);
	if (!rc)
		rc = jsn_str_opt(o, "", "private_key_id", &s->key_id, e);
	if (!rc)
		rc = jsn_str_opt(o, "", "universe_domain", &universe, e);
	if (!rc)
		rc = jsn_str(o, "", "private_key", &pem, e);
	if (rc)
		return rc;
	s->self_signed = universe && strcmp(universe, UNIVERSE) != 0;
	rc = rsa_load(pem, &s->key, e);
	if (rc == ERR_SYNTAX) {
		(void)err_wrap(e, "private_key");
		return e->code = ERR_SHAPE;
	}
	return rc;
}

static int user(const json_t *o, struct cred_source *s, struct err *e) {
	s->type = CRED_USER;
	s->token_url = TOKEN_URL;
	int rc = jsn_str(o, "", "client_id", &s->client_id, e);
	if (!rc)
		rc = jsn_str(o, "", "client_secret", &s->client_secret, e);
	if (!rc)
		rc = jsn_str(o, "", "refresh_token", &s->refresh_token, e);
	return rc ? rc : url_opt(o, "token_uri", &s->token_url, e);
}

/* The address from which a machine's own cloud tells it who it is is plain
 * http on the link; what is got there was not sent by us. */
static bool on_link(const char *u) {
	return strncmp(u, "http://169.254.", 15) == 0 &&
	       u[15 + strspn(u + 15, "0123456789.:")] == '/';
}

static int check_headers(const json_t *headers, struct err *e) {
	const char *key;
	const json_t *v;
	if (json_object_size(headers) > CRED_HEADERS_MAX)
		return err_set(e, ERR_SHAPE,
			"credential_source.headers has more than %d",
			CRED_HEADERS_MAX);
	json_object_foreach ((json_t *)headers, key, v) {
		const char *text = json_string_value(v);
		if (!text || !*key || strpbrk(key, ": \r\n") ||
			strpbrk(text, "\r\n"))
			return err_set(e, ERR_SHAPE,
				"credential_source.headers has what is no "
				"header");
	}
	return 0;
}

static int subject_format(
	const json_t *from, struct cred_source *s, struct err *e) {
	static const char path[] = "credential_source.format";
	json_t *format;
	const char *type = NULL;
	int rc = jsn_obj_opt(from, "credential_source", "format", &format, e);
	if (!rc && format)
		rc = jsn_str_opt(format, path, "type", &type, e);
	if (rc || !type || strcmp(type, "text") == 0)
		return rc;
	if (strcmp(type, "json") != 0)
		return err_set(
			e, ERR_SHAPE, "%s.type is not text or json", path);
	return jsn_str(
		format, path, "subject_token_field_name", &s->subject_field, e);
}

static int subject(const json_t *o, struct cred_source *s, struct err *e) {
	static const char path[] = "credential_source";
	json_t *from, *headers;
	int rc = jsn_obj_opt(o, "", path, &from, e);
	if (!rc && !from)
		rc = err_set(e, ERR_SHAPE, "%s is missing", path);
	if (!rc)
		rc = jsn_str_opt(from, path, "file", &s->subject_file, e);
	if (!rc)
		rc = jsn_str_opt(from, path, "url", &s->subject_url, e);
	if (!rc)
		rc = jsn_obj_opt(from, path, "headers", &headers, e);
	if (rc)
		return rc;
	s->subject_headers = headers;
	if (!s->subject_file == !s->subject_url ||
		json_object_get(from, "environment_id"))
		return err_set(e, ERR_SHAPE,
			"%s has not one of file and url (programs, AWS and "
			"certificates are not supported)",
			path);
	if (s->subject_url && !on_link(s->subject_url))
		rc = check_url("credential_source.url", s->subject_url, e);
	if (!rc)
		rc = check_headers(headers, e);
	return rc ? rc : subject_format(from, s, e);
}

/* Who impersonates does so for the quota of a project of his own. */
static int as_quota(const json_t *o, struct cred_source *s, struct err *e) {
	static const char key[] = "quota_project_id";
	int rc = jsn_str_opt(o, "", key, &s->as_quota, e);
	if (!rc && s->as_quota && !project_ok(s->as_quota))
		rc = err_set(
			e, ERR_SHAPE, "%s is not the id of a project", key);
	return rc;
}

/* As Google's library has it: a user's project is that of a workforce's. */
static int user_project(const json_t *o, struct cred_source *s, struct err *e) {
	static const char key[] = "workforce_pool_user_project";
	int rc = jsn_str_opt(o, "", key, &s->user_project, e);
	if (!rc && s->user_project && !strstr(s->audience, "/workforcePools/"))
		rc = err_set(e, ERR_SHAPE,
			"%s is given, but audience is no workforce pool", key);
	return rc;
}

static int external(const json_t *o, struct cred_source *s, struct err *e) {
	json_t *as;
	s->type = CRED_EXTERNAL;
	int rc = jsn_str(o, "", "audience", &s->audience, e);
	if (!rc)
		rc = jsn_str(o, "", "subject_token_type", &s->subject_type, e);
	if (!rc)
		rc = url(o, "token_url", &s->token_url, e);
	if (!rc)
		rc = jsn_str_opt(o, "", "client_id", &s->client_id, e);
	if (!rc)
		rc = jsn_str_opt(o, "", "client_secret", &s->client_secret, e);
	if (!rc)
		rc = user_project(o, s, e);
	if (!rc)
		rc = as_quota(o, s, e);
	if (!rc)
		rc = url_opt(
			o, "service_account_impersonation_url", &s->as_url, e);
	if (!rc)
		rc = jsn_obj_opt(
			o, "", "service_account_impersonation", &as, e);
	if (!rc && as)
		rc = jsn_i64_opt(as, "service_account_impersonation",
			"token_lifetime_seconds", LIFETIME_S, &s->lifetime_s,
			e);
	if (!rc && (s->lifetime_s < 1 || s->lifetime_s > LIFETIME_MAX_S))
		rc = err_set(e, ERR_SHAPE,
			"service_account_impersonation.token_lifetime_seconds "
			"is not from 1 to %d",
			LIFETIME_MAX_S);
	return rc ? rc : subject(o, s, e);
}

static int by_type(const json_t *o, struct cred_source *s, struct err *e);

/* Who impersonates is described by an object of its own, of any other type. */
static int impersonated(const json_t *o, struct cred_source *s, struct err *e) {
	json_t *source;
	int rc = jsn_obj_opt(o, "", "source_credentials", &source, e);
	if (rc)
		return rc;
	if (!source)
		return err_set(e, ERR_SHAPE, "source_credentials is missing");
	rc = by_type(source, s, e);
	if (!rc)
		rc = as_quota(source, s, e);
	if (!rc && s->as_url)
		rc = err_set(e, ERR_SHAPE, "impersonates in turn");
	if (rc == ERR_SHAPE)
		(void)err_wrap(e, "source_credentials");
	if (rc)
		return rc;
	s->delegates = json_object_get(o, "delegates");
	size_t i;
	const json_t *d;
	json_array_foreach (s->delegates, i, d)
		if (!json_is_string(d))
			rc = ERR_SHAPE;
	if (rc || (s->delegates && !json_is_null(s->delegates) &&
			  !json_is_array(s->delegates)))
		return err_set(
			e, ERR_SHAPE, "delegates is not a list of names");
	return url(o, "service_account_impersonation_url", &s->as_url, e);
}

static int by_type(const json_t *o, struct cred_source *s, struct err *e) {
	static const struct {
		const char *name;
		int (*parse)(
			const json_t *o, struct cred_source *s, struct err *e);
	} types[] = {{"authorized_user", user},
		{"service_account", service_account},
		{"external_account", external},
		{"impersonated_service_account", impersonated}};
	const char *type;
	int rc = jsn_str(o, "", "type", &type, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(type, types[i].name) == 0)
			return types[i].parse(o, s, e);
	return err_set(e, ERR_SHAPE,
		"type is '%.40s', expected one of (authorized_user, "
		"service_account, external_account, "
		"impersonated_service_account)",
		type);
}

/* Copies a name that goes into a header or a path. */
static int copy_name(
	const json_t *o, const char *key, char **ret, struct err *e) {
	const char *name;
	int rc = jsn_str_opt(o, "", key, &name, e);
	if (rc || !name || !*name)
		return rc;
	if (!project_ok(name))
		return err_set(
			e, ERR_SHAPE, "%s is not the id of a project", key);
	*ret = mem_strdup(name);
	return *ret ? 0 : err_nomem(e);
}

static bool is_local(const struct cred_source *s) {
	return url_loopback(s->token_url) &&
	       (!s->as_url || url_loopback(s->as_url)) &&
	       (!s->subject_url || url_loopback(s->subject_url));
}

static int parse(json_t *root, const char *what, struct cred_source **ret,
	struct err *e) {
	struct cred_source *s = mem_zero(1, sizeof *s);
	if (!s)
		return err_nomem(e);
	s->root = json_incref(root);
	s->lifetime_s = LIFETIME_S;
	s->what = mem_strdup(what);
	int rc = s->what ? by_type(root, s, e) : err_nomem(e);
	if (!rc)
		rc = copy_name(root, "quota_project_id", &s->quota_project, e);
	if (!rc)
		rc = copy_name(root, "project_id", &s->project, e);
	if (rc) {
		cred_source_free(s);
		return rc == ERR_NOMEM ? rc : err_wrap(e, "%s", what);
	}
	s->local = is_local(s);
	*ret = s;
	return 0;
}

int cred_load(const char *path, struct cred_source **ret, bool *ret_open,
	struct err *e) {
	auto_free char *what = mem_printf("credentials file '%s'", path);
	if (!what)
		return err_nomem(e);
	struct stat st;
	if (stat(path, &st)) {
		int code = errno == ENOENT ? ERR_NOTFOUND : ERR_IO;
		(void)err_errno(e, "%s", what);
		return e->code = code;
	}
	auto_buf struct buf text;
	buf_init(&text, CRED_FILE_MAX);
	int rc = buf_add_file(&text, path, e);
	if (rc)
		return rc == ERR_NOMEM ? rc : err_wrap(e, "%s", what);
	/* the parser's own message would quote what stands there */
	auto_json json_t *root = jsn_parse(buf_str(&text), text.len, false, e);
	if (!root && e->code == ERR_NOMEM)
		return ERR_NOMEM;
	if (!json_is_object(root))
		return err_set(e, ERR_JSON, "%s is not a JSON object", what);
	rc = parse(root, what, ret, e);
	if (!rc)
		*ret_open = st.st_mode & S_IROTH;
	return rc;
}
