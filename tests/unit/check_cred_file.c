/* SPDX-License-Identifier: MIT */
/* Files with credentials, good and bad, and where they are looked for. Whatever
 * is secret in fixtures/cred has SECRET in it, or is of the RFC's key. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/lib/cred.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define PATH_LEN 400

static void fixture(const char *name, char ret[static PATH_LEN]) {
	(void)snprintf(
		ret, PATH_LEN, "%s/cred/%s.json", getenv("FIXTURES"), name);
}

static void no_secret(const char *text) {
	ck_assert_msg(!strstr(text, "SECRET") && !strstr(text, "MII") &&
			      !strstr(text, "PRIVATE"),
		"%s", text);
}

static void file_case(void *ctx, char *const *cols) {
	(void)ctx;
	char path[PATH_LEN];
	struct cred_source *s = NULL;
	struct err e = {0};
	bool open;
	fixture(cols[0], path);
	int rc = cred_load(path, &s, &open, &e);
	no_secret(e.msg);
	if (!*cols[1]) {
		ck_assert_msg(rc == 0, "%s: %s", cols[0], e.msg);
		no_secret(s->what);
		cred_source_free(s);
		return;
	}
	ck_assert_msg(rc == ERR_SHAPE || rc == ERR_JSON, "%s: %d", cols[0], rc);
	ck_assert_ptr_null(s);
	ck_assert_msg(strstr(e.msg, cols[1]) != NULL, "%s: %s", cols[0], e.msg);
	ck_assert_msg(strstr(e.msg, path) != NULL, "%s: %s", cols[0], e.msg);
}

START_TEST(files) {
	unit_tsv("cred/files.tsv", 2, file_case, NULL);
}
END_TEST

START_TEST(what_is_read) {
	char path[PATH_LEN];
	struct cred_source *s = NULL;
	struct err e = {0};
	bool open;
	fixture("sa", path);
	ck_assert_int_eq(cred_load(path, &s, &open, &e), 0);
	ck_assert_int_eq(s->type, CRED_SERVICE_ACCOUNT);
	ck_assert_str_eq(s->project, "test-project");
	ck_assert_ptr_null(s->quota_project);
	ck_assert(!s->self_signed && !s->local);
	cred_source_free(s);
	fixture("sa_universe", path);
	ck_assert_int_eq(cred_load(path, &s, &open, &e), 0);
	ck_assert(s->self_signed);
	cred_source_free(s);
	fixture("user_emulator", path);
	ck_assert_int_eq(cred_load(path, &s, &open, &e), 0);
	ck_assert_str_eq(s->token_url, "http://localhost:8085/token");
	ck_assert(s->local);
	cred_source_free(s);
	fixture("imp_user", path);
	ck_assert_int_eq(cred_load(path, &s, &open, &e), 0);
	ck_assert_int_eq(s->type, CRED_USER);
	ck_assert_int_eq(s->lifetime_s, 3600);
	ck_assert_ptr_nonnull(s->as_url);
	/* whose quota it is, the outer file says */
	ck_assert_ptr_null(s->quota_project);
	cred_source_free(s);
	ck_assert_int_eq(
		cred_load("/nonexistent/x", &s, &open, &e), ERR_NOTFOUND);
	ck_assert_int_eq(cred_load("/", &s, &open, &e), ERR_IO);
}
END_TEST

/* ---- where they are looked for ---- */

static char home[] = "/tmp/check_cred.XXXXXX";

static void put(const char *name, const char *text, mode_t mode) {
	char path[PATH_LEN];
	(void)snprintf(path, sizeof path, "%s/%s", home, name);
	for (char *at = path + sizeof home; (at = strchr(at, '/')); at++) {
		*at = '\0';
		(void)mkdir(path, 0700);
		*at = '/';
	}
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static void put_fixture(const char *name, const char *from, mode_t mode) {
	char path[PATH_LEN];
	(void)snprintf(path, sizeof path, "cred/%s.json", from);
	auto_free char *text = unit_fixture(path, NULL);
	put(name, text, mode);
}

static void home_open(void) {
	ck_assert_ptr_nonnull(mkdtemp(home));
}

static void home_close(void) {
	auto_free char *command = mem_printf("rm -rf %s", home);
	ck_assert_int_eq(system(command), 0);
	memcpy(home + sizeof home - 7, "XXXXXX", 6);
}

/* An environment of up to 8 variables; H/ stands for the folder. */
static char vars[8][PATH_LEN];
static const char *list[9];
static void environment(const char *const *names) {
	size_t n = 0;
	for (; names[n]; n++) {
		const char *at = strstr(names[n], "H/");
		if (at)
			(void)snprintf(vars[n], PATH_LEN, "%.*s%s/%s",
				(int)(at - names[n]), names[n], home, at + 2);
		else
			(void)snprintf(vars[n], PATH_LEN, "%s", names[n]);
		list[n] = vars[n];
	}
	list[n] = NULL;
	unit_environment = list;
}
#define ENV(...) environment((const char *const[]){__VA_ARGS__, NULL})

static const struct cred_wanted at_google = {.google = true, .tls = true};
static const struct cred_wanted at_emulator = {
	.emulator = "http://127.0.0.1:8085"};

static struct cred_source *find(
	const struct cred_wanted *w, int want, const char *part) {
	struct cred_source *s = NULL;
	struct err e = {0};
	auto_free char *warning = NULL;
	int rc = cred_find(w, unit_env, &s, &warning, &e);
	ck_assert_msg(rc == want, "%d: %s", rc, e.msg);
	no_secret(e.msg);
	const char *text = rc ? e.msg : warning ? warning : s ? s->what : "";
	ck_assert_msg(strstr(text, part) != NULL, "no '%s' in: %s", part, text);
	return s;
}

#define GCLOUD "/application_default_credentials.json"

START_TEST(order) {
	put_fixture("key.json", "sa", 0600);
	put_fixture("h/.config/gcloud" GCLOUD, "user", 0600);
	put_fixture("sdk" GCLOUD, "ext_file", 0600);
	ENV("GOOGLE_APPLICATION_CREDENTIALS=H/key.json",
		"CLOUDSDK_CONFIG=H/sdk", "HOME=H/h");
	struct cred_source *s = find(&at_google, 0, "key.json");
	ck_assert_int_eq(s->type, CRED_SERVICE_ACCOUNT);
	cred_source_free(s);
	ENV("GOOGLE_APPLICATION_CREDENTIALS=", "CLOUDSDK_CONFIG=H/sdk",
		"HOME=H/h");
	s = find(&at_google, 0, "sdk" GCLOUD);
	ck_assert_int_eq(s->type, CRED_EXTERNAL);
	cred_source_free(s);
	ENV("HOME=H/h");
	s = find(&at_google, 0, ".config/gcloud" GCLOUD);
	ck_assert_int_eq(s->type, CRED_USER);
	ck_assert_str_eq(s->quota_project, "payer");
	cred_source_free(s);
	ENV("HOME=H/h", "GOOGLE_CLOUD_QUOTA_PROJECT=other");
	s = find(&at_google, 0, "");
	ck_assert_str_eq(s->quota_project, "other");
	cred_source_free(s);
	ENV("HOME=H/nowhere");
	s = find(&at_google, 0, "metadata server http://169.254.169.254");
	ck_assert_int_eq(s->type, CRED_METADATA);
	ck_assert(!s->metadata_sure);
	/* the outcome is not known yet, but who had nothing is */
	ck_assert_ptr_nonnull(
		strstr(s->what, "GOOGLE_APPLICATION_CREDENTIALS is not set"));
	ck_assert_ptr_nonnull(strstr(s->what, GCLOUD "' does not exist"));
	cred_source_free(s);
}
END_TEST

START_TEST(metadata_hosts) {
	static const char *const vars3[] = {"GCE_METADATA_HOST=a:1",
		"GCE_METADATA_ROOT=b", "GCE_METADATA_IP=10.0.0.1", NULL};
	static const char *const want[] = {
		"http://a:1", "http://b", "http://10.0.0.1"};
	for (size_t i = 0; i < 3; i++) {
		unit_environment = vars3 + i;
		struct cred_source *s =
			find(&at_google, 0, "HOME is not set; metadata");
		ck_assert_str_eq(s->metadata_url, want[i]);
		ck_assert(s->metadata_sure);
		cred_source_free(s);
	}
	ENV("GCE_METADATA_HOST=u@h/x");
	(void)find(&at_google, ERR_USAGE, "the metadata server");
}
END_TEST

START_TEST(nothing_found) {
	ENV("NO_GCE_CHECK=true", "HOME=H/h");
	(void)find(&at_google, ERR_USAGE, "NO_GCE_CHECK is true");
	(void)find(&at_google, ERR_USAGE, "does not exist");
	(void)find(&at_google, ERR_USAGE,
		"GOOGLE_APPLICATION_CREDENTIALS is not set");
	ENV("GOOGLE_APPLICATION_CREDENTIALS=H/none.json");
	(void)find(&at_google, ERR_USAGE,
		"GOOGLE_APPLICATION_CREDENTIALS: credentials file");
	put_fixture("h/.config/gcloud" GCLOUD, "not_json", 0600);
	ENV("HOME=H/h");
	(void)find(&at_google, ERR_USAGE, "is not a JSON object");
	put_fixture("h/.config/gcloud" GCLOUD, "user", 0600);
	ENV("HOME=H/h", "GOOGLE_CLOUD_QUOTA_PROJECT=a b");
	(void)find(&at_google, ERR_USAGE, "GOOGLE_CLOUD_QUOTA_PROJECT");
}
END_TEST

/* A key for Google is of no use to an emulator, and nothing is asked of Google
 * for its sake. */
START_TEST(with_an_emulator) {
	put_fixture("key.json", "sa", 0644);
	put_fixture("local.json", "sa_emulator", 0600);
	put_fixture("h/.config/gcloud" GCLOUD, "user", 0600);
	ENV("GOOGLE_APPLICATION_CREDENTIALS=H/key.json", "HOME=H/h");
	ck_assert_ptr_null(find(&at_emulator, 0, ""));
	ENV("HOME=H/h", "GCE_METADATA_HOST=127.0.0.1:9");
	ck_assert_ptr_null(find(&at_emulator, 0, ""));
	ENV("GOOGLE_APPLICATION_CREDENTIALS=H/local.json");
	struct cred_source *s = find(&at_emulator, 0, "local.json");
	ck_assert_ptr_nonnull(s);
	cred_source_free(s);
	/* a server of somebody's own, by TLS */
	const struct cred_wanted tls = {.tls = true};
	ENV("GOOGLE_APPLICATION_CREDENTIALS=H/key.json", "HOME=H/h");
	s = find(&tls, 0, "key.json");
	ck_assert_ptr_nonnull(s);
	cred_source_free(s);
	ENV("HOME=H/h");
	ck_assert_ptr_null(find(&tls, 0, ""));
	ENV("GCE_METADATA_HOST=127.0.0.1:8085");
	s = find(&at_emulator, 0, "metadata server http://127.0.0.1:8085");
	ck_assert(s->local);
	cred_source_free(s);
}
END_TEST

START_TEST(open_to_others) {
	put_fixture("key.json", "sa", 0644);
	ENV("GOOGLE_APPLICATION_CREDENTIALS=H/key.json");
	cred_source_free(find(&at_google, 0, "can be read by everybody"));
	put_fixture("key.json", "sa", 0640);
	cred_source_free(find(&at_google, 0, "credentials file"));
}
END_TEST

/* The project of gcloud's own settings, where the file has none. */
START_TEST(project_of_gcloud) {
	static const struct {
		const char *active, *config, *text, *want;
	} rows[] = {
		{NULL, "default", "[core]\nproject = one\n", "one"},
		{"two\n", "two",
			"[x]\nproject=no\n[core]\n a=b\n project=two \n",
			"two"},
		{"gone", "default", "[core]\nproject = one\n", NULL},
		{NULL, "default", "[compute]\nproject = one\n", NULL},
		{NULL, "default", "[core]\nprojects = one\n", NULL},
		{NULL, "default", "[core]\nproject = ../x\n", NULL},
		{"../default", "default", "[core]\nproject = one\n", NULL},
		{NULL, "default", "[core]\nproject = one", "one"},
	};
	put_fixture("sdk" GCLOUD, "user", 0600);
	ENV("CLOUDSDK_CONFIG=H/sdk");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char name[64];
		(void)snprintf(name, sizeof name,
			"sdk/configurations/config_%s", rows[i].config);
		put("sdk/active_config",
			rows[i].active ? rows[i].active : "default", 0600);
		put(name, rows[i].text, 0600);
		struct cred_source *s = find(&at_google, 0, "");
		if (rows[i].want)
			ck_assert_str_eq(s->project, rows[i].want);
		else
			ck_assert_msg(
				!s->project, "row %zu: %s", i, s->project);
		cred_source_free(s);
	}
	put("sdk/configurations/config_ci", "[core]\nproject = ci\n", 0600);
	ENV("CLOUDSDK_CONFIG=H/sdk", "CLOUDSDK_ACTIVE_CONFIG_NAME=ci");
	struct cred_source *s = find(&at_google, 0, "");
	ck_assert_str_eq(s->project, "ci");
	cred_source_free(s);
	/* the same file by the variable, but not a copy of it */
	put_fixture("copy.json", "user", 0600);
	ENV("CLOUDSDK_CONFIG=H/sdk", "CLOUDSDK_ACTIVE_CONFIG_NAME=ci",
		"GOOGLE_APPLICATION_CREDENTIALS=H/sdk" GCLOUD);
	s = find(&at_google, 0, "");
	ck_assert_str_eq(s->project, "ci");
	cred_source_free(s);
	ENV("CLOUDSDK_CONFIG=H/sdk", "CLOUDSDK_ACTIVE_CONFIG_NAME=ci",
		"GOOGLE_APPLICATION_CREDENTIALS=H/copy.json");
	s = find(&at_google, 0, "");
	ck_assert_ptr_null(s->project);
	cred_source_free(s);
}
END_TEST

/* The order for a project: option, environment, credentials. */
START_TEST(projects) {
	static const struct {
		const char *option, *variable, *file, *want;
		int rc;
	} rows[] = {
		{"o", "GOOGLE_CLOUD_PROJECT=e", "sa", "o", 0},
		{NULL, "GOOGLE_CLOUD_PROJECT=e", "sa", "e", 0},
		{NULL, "GCLOUD_PROJECT=g", "sa", "g", 0},
		{NULL, "X=", "sa", "test-project", 0},
		{NULL, "X=", "user", NULL, ERR_USAGE},
		{"A B", "X=", "sa", NULL, ERR_USAGE},
		{NULL, "GCLOUD_PROJECT=A B", "sa", NULL, ERR_USAGE},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		put_fixture("key.json", rows[i].file, 0600);
		ENV("GOOGLE_APPLICATION_CREDENTIALS=H/key.json",
			rows[i].variable);
		struct train_target t = {0};
		struct err e = {0};
		const char *p = NULL;
		int rc = train_target_open(&t, TRAIN_SET(TRAIN_ML),
			rows[i].option, unit_env, &p, &e);
		ck_assert_msg(rc == rows[i].rc, "row %zu: %s", i, e.msg);
		if (rows[i].want)
			ck_assert_str_eq(p, rows[i].want);
		else
			ck_assert_ptr_null(p);
		train_target_done(&t);
	}
	/* the metadata server is to be asked */
	ENV("HOME=H/none");
	struct train_target t = {0};
	struct err e = {0};
	const char *p = "";
	ck_assert_int_eq(train_target_open(&t, TRAIN_SET(TRAIN_ML), NULL,
				 unit_env, &p, &e),
		0);
	ck_assert_ptr_null(p);
	train_target_done(&t);
}
END_TEST

static int find_once(void *ctx, struct err *e) {
	(void)ctx;
	struct cred_source *s = NULL;
	char *warning = NULL;
	int rc = cred_find(&at_google, unit_env, &s, &warning, e);
	ck_assert(rc == 0 || (!s && !warning));
	cred_source_free(s);
	mem_free(warning);
	return rc;
}

START_TEST(out_of_memory) {
	put_fixture("key.json", "imp_sa", 0644);
	put_fixture("sdk" GCLOUD, "user", 0600);
	put("sdk/active_config", "x", 0600);
	put("sdk/configurations/config_x", "[core]\nproject=x\n", 0600);
	ENV("GOOGLE_APPLICATION_CREDENTIALS=H/key.json",
		"GOOGLE_CLOUD_QUOTA_PROJECT=q");
	ck_assert_int_gt(unit_nomem(find_once, NULL), 10);
	ENV("CLOUDSDK_CONFIG=H/sdk");
	ck_assert_int_gt(unit_nomem(find_once, NULL), 10);
	ENV("CLOUDSDK_CONFIG=H/sdk",
		"GOOGLE_APPLICATION_CREDENTIALS=H/sdk" GCLOUD);
	ck_assert_int_gt(unit_nomem(find_once, NULL), 10);
	ENV("HOME=H/none");
	ck_assert_int_gt(unit_nomem(find_once, NULL), 3);
}
END_TEST

static void add_with_home(Suite *s, const char *name, const TTest *fn) {
	TCase *tc = tcase_create(name);
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, home_open, home_close);
	tcase_add_test(tc, fn);
	suite_add_tcase(s, tc);
}

int main(void) {
	mem_init();
	Suite *s = suite_create("cred_file");
	unit_add(s, files);
	unit_add(s, what_is_read);
	add_with_home(s, "order", order);
	unit_add(s, metadata_hosts);
	add_with_home(s, "nothing_found", nothing_found);
	add_with_home(s, "with_an_emulator", with_an_emulator);
	add_with_home(s, "open_to_others", open_to_others);
	add_with_home(s, "project_of_gcloud", project_of_gcloud);
	add_with_home(s, "projects", projects);
	add_with_home(s, "out_of_memory", out_of_memory);
	return unit_run(s);
}
