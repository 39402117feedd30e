/* SPDX-License-Identifier: MIT */
/* Where credentials are looked for, in the order of Google's libraries. Source:
 * facts auth.md, sections 1 and 6. What is in a file is for cred_file.c. */
#include <string.h>

#include "client/lib/cred.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "common/peer.h"

#define ADC "application_default_credentials.json"
#define EXPLICIT "GOOGLE_APPLICATION_CREDENTIALS"
#define METADATA "http://169.254.169.254" /* a name would need a resolver */
#define INI_MAX (64u << 10)

struct find {
	const struct cred_wanted *wanted;
	char *(*env)(const char *name);
	struct cred_source *source;
	char *warning;
	struct buf said; /* what each place said that had nothing */
};

/* NULL for an empty one too. */
static const char *get(const struct find *f, const char *name) {
	const char *v = f->env(name);
	return v && *v ? v : NULL;
}

static int load(struct find *f, const char *path, struct err *e) {
	bool open = false;
	int rc = cred_load(path, &f->source, &open, e);
	if (rc || !open)
		return rc;
	f->warning = mem_printf(
		"%s can be read by everybody on this machine", f->source->what);
	return f->warning ? 0 : err_nomem(e);
}

/* gcloud's folder. *ret is NULL when there can be none. 0 or ERR_NOMEM. */
static int gcloud_path(
	const struct find *f, const char *name, char **ret, struct err *e) {
	const char *dir = get(f, "CLOUDSDK_CONFIG"), *home = get(f, "HOME");
	*ret = dir    ? mem_printf("%s/%s", dir, name)
	       : home ? mem_printf("%s/.config/gcloud/%s", home, name)
		      : NULL;
	return *ret || (!dir && !home) ? 0 : err_nomem(e);
}

/* The bytes of a file of gcloud's, "" when it is not there. 0 or ERR_NOMEM. */
static int gcloud_text(const struct find *f, const char *name, struct buf *ret,
	struct err *e) {
	auto_free char *path = NULL;
	struct err why = {0};
	int rc = gcloud_path(f, name, &path, e);
	if (!rc && path && buf_add_file(ret, path, &why)) {
		rc = why.code == ERR_NOMEM ? err_nomem(e) : 0;
		buf_clear(ret);
	}
	return rc;
}

/* The value of `project` in the section [core]; ends it with a NUL. */
static char *ini_project(char *text) {
	bool core = false;
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		line += strspn(line, " \t");
		if (*line == '[')
			core = strncmp(line, "[core]", 6) == 0;
		if (!core || strncmp(line, "project", 7) != 0)
			continue;
		line += 7;
		line += strspn(line, " \t");
		if (*line != '=')
			continue;
		line += 1 + strspn(line + 1, " \t");
		line[strcspn(line, " \t\r")] = '\0';
		return line;
	}
	return NULL;
}

/* What `gcloud config get project` would say, from the files it reads; for
 * credentials without a project of their own. */
static int gcloud_project(struct find *f, struct err *e) {
	auto_buf struct buf active, text;
	buf_init(&active, 256);
	buf_init(&text, INI_MAX);
	const char *name = get(f, "CLOUDSDK_ACTIVE_CONFIG_NAME");
	int rc = 0;
	if (f->source->project)
		return 0;
	if (!name) {
		rc = gcloud_text(f, "active_config", &active, e);
		if (active.len)
			active.p[strcspn(active.p, " \t\r\n")] = '\0';
		name = active.len && *active.p ? active.p : "default";
	}
	auto_free char *path =
		strchr(name, '/')
			? NULL
			: mem_printf("configurations/config_%s", name);
	if (!rc && path)
		rc = gcloud_text(f, path, &text, e);
	else if (!rc && !strchr(name, '/'))
		rc = err_nomem(e);
	char *project = !rc && text.len ? ini_project(text.p) : NULL;
	if (!project || !project_ok(project))
		return rc;
	f->source->project = mem_strdup(project);
	return f->source->project ? 0 : err_nomem(e);
}

static int from_variable(struct find *f, struct err *e) {
	const char *path = get(f, EXPLICIT);
	if (!path)
		return buf_adds(&f->said, EXPLICIT " is not set");
	int rc = load(f, path, e);
	if (rc)
		return rc == ERR_NOMEM ? rc : err_wrap(e, EXPLICIT);
	/* nothing is asked of Google for the sake of an emulator */
	if (!f->source->local && !f->wanted->google && !f->wanted->tls) {
		cred_source_free(TAKE(f->source));
		mem_free(TAKE(f->warning));
		return 0;
	}
	/* gcloud's own file is the same wherever its name comes from */
	auto_free char *gcloud = NULL;
	rc = gcloud_path(f, ADC, &gcloud, e);
	if (!rc && gcloud && strcmp(gcloud, path) == 0)
		rc = gcloud_project(f, e);
	return rc;
}

static int from_gcloud(struct find *f, struct err *e) {
	auto_free char *path = NULL;
	int rc = gcloud_path(f, ADC, &path, e);
	if (rc)
		return rc;
	if (!path)
		return buf_adds(&f->said, "; HOME is not set");
	rc = load(f, path, e);
	if (rc == ERR_NOTFOUND)
		return buf_addf(&f->said, "; '%s' does not exist", path);
	return rc ? rc : gcloud_project(f, e);
}

/* The server that a person has named, or NULL. */
static const char *metadata_host(const struct find *f) {
	static const char *const names[] = {
		"GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_IP"};
	const char *host = NULL;
	for (size_t i = 0; !host && i < sizeof names / sizeof names[0]; i++)
		host = get(f, names[i]);
	return host;
}

static int metadata_new(struct find *f, const char *host, struct err *e) {
	struct cred_source *s = mem_zero(1, sizeof *s);
	if (!s)
		return err_nomem(e);
	f->source = s;
	s->type = CRED_METADATA;
	s->metadata_sure = host != NULL;
	/* the host may come without a port, which peer_url takes for a URL */
	auto_free char *url =
		host ? mem_printf("http://%s", host) : mem_strdup(METADATA);
	int rc = url ? peer_url(url, &s->metadata_url, e) : err_nomem(e);
	if (rc)
		return rc == ERR_NOMEM ? rc
				       : err_wrap(e, "the metadata server");
	s->local = url_loopback(s->metadata_url);
	s->what = mem_printf("%s%smetadata server %s", buf_str(&f->said),
		f->said.len ? "; " : "", s->metadata_url);
	return s->what ? 0 : err_nomem(e);
}

static int from_metadata(struct find *f, struct err *e) {
	const char *off = get(f, "NO_GCE_CHECK"), *host = metadata_host(f);
	if (off && strcmp(off, "true") == 0)
		return buf_adds(&f->said, "; NO_GCE_CHECK is true");
	return metadata_new(f, host, e);
}

/* For an emulator its own metadata server, where somebody has named it. */
static int from_emulator(struct find *f, struct err *e) {
	const char *host = metadata_host(f), *emulator = f->wanted->emulator;
	if (!host || !emulator || strncmp(emulator, "http://", 7) != 0 ||
		strcmp(emulator + 7, host) != 0 || !url_loopback(emulator))
		return 0;
	buf_clear(&f->said);
	return metadata_new(f, host, e);
}

static int look(struct find *f, struct err *e) {
	int rc = from_variable(f, e);
	if (!rc && !f->source && f->wanted->google)
		rc = from_gcloud(f, e);
	if (!rc && !f->source)
		rc = f->wanted->google ? from_metadata(f, e)
				       : from_emulator(f, e);
	if (rc == ERR_NOMEM || f->said.failed == ERR_NOMEM)
		return err_nomem(e);
	if (rc)
		return e->code = ERR_USAGE;
	if (f->wanted->google && !f->source)
		return err_set(e, ERR_USAGE, "%s", buf_str(&f->said));
	return 0;
}

/* The environment's word on who pays for the quota goes before the file's. */
static int quota(struct find *f, struct err *e) {
	static const char name[] = "GOOGLE_CLOUD_QUOTA_PROJECT";
	const char *project = get(f, name);
	if (!f->source || !project)
		return 0;
	if (!project_ok(project))
		return err_set(
			e, ERR_USAGE, "%s is not the id of a project", name);
	mem_free(f->source->quota_project);
	f->source->quota_project = mem_strdup(project);
	return f->source->quota_project ? 0 : err_nomem(e);
}

int cred_find(const struct cred_wanted *w, char *(*env)(const char *name),
	struct cred_source **ret, char **ret_warning, struct err *e) {
	struct find f = {.wanted = w, .env = env};
	buf_init(&f.said, ERR_MSG_MAX);
	int rc = look(&f, e);
	if (!rc)
		rc = quota(&f, e);
	buf_done(&f.said);
	if (rc) {
		cred_source_free(f.source);
		mem_free(f.warning);
		return rc;
	}
	*ret = f.source;
	*ret_warning = f.warning;
	return 0;
}
