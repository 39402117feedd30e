/* SPDX-License-Identifier: MIT */
/* Tokens that take more than one request, the metadata server, and calls that
 * end while they wait for a token. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "tests/unit/token_peer.h"
#include "tests/unit/unit.h"

#define API_AT "https://ml.googleapis.com/v1/projects/p1/jobs/j"
#define STS_AT "https://sts.googleapis.com/v1/token"
#define IAM_AT ":generateAccessToken"
#define TOKEN "{\"access_token\":\"SECRET1\",\"expires_in\":3600}"
#define LENT                                                                   \
	"{\"accessToken\":\"SECRET2\",\"expireTime\":\"2026-11-23T12:30:"      \
	"00Z\"}"

START_TEST(by_a_url) {
	struct token_peer p = {0};
	peer_init(&p, "ext_url", true);
	peer_get(&p);
	peer_say(peer_next(&p, "https://ci.example.com/token"), 200, "SECRETs");
	struct token_request *r = peer_next(&p, STS_AT);
	ck_assert_str_eq(r->auth, "");
	peer_say(r, 200, TOKEN);
	r = peer_next(&p, API_AT);
	ck_assert_str_eq(r->auth, "Bearer SECRET1");
	peer_say(r, 200, "{}");
	ck_assert_uint_eq(p.good, 1);
	/* each time a new subject token */
	p.now_us += 3600 * US_PER_S;
	peer_get(&p);
	peer_say(peer_next(&p, "https://ci.example.com/token"), 500, "");
	peer_run(&p);
	peer_say(peer_next(&p, "https://ci.example.com/token"), 404, "");
	ck_assert_int_eq(p.error.err.code, ERR_IO);
	ck_assert_ptr_nonnull(
		strstr(p.error.err.msg, "subject token: HTTP 404"));
	peer_done(&p);
}
END_TEST

/* The file of the subject token is one of the test's own. */
static char subject[] = "/tmp/check_cred.XXXXXX";

static void write_subject(void) {
	memcpy(subject + sizeof subject - 7, "XXXXXX", 6);
	int fd = mkstemp(subject);
	ck_assert_int_eq(write(fd, "SECRETs", 7), 7);
	ck_assert_int_eq(close(fd), 0);
}

static void by_file(struct token_peer *p, const char *name) {
	peer_init(p, name, true);
	if (p->target.source->subject_file)
		p->target.source->subject_file = subject;
}

START_TEST(by_a_file_and_as_another) {
	struct token_peer p = {0};
	write_subject();
	by_file(&p, "ext_as");
	peer_get(&p);
	peer_say(peer_next(&p, STS_AT), 200, TOKEN);
	struct token_request *r = peer_next(&p, IAM_AT);
	ck_assert_str_eq(r->auth, "Bearer SECRET1");
	peer_say(r, 200, LENT);
	r = peer_next(&p, API_AT);
	ck_assert_str_eq(r->auth, "Bearer SECRET2");
	peer_say(r, 200, "{}");
	/* its end is 12:30, so it is renewed at 12:26:15 */
	p.now_us = START_US + (26 * 60 + 15) * US_PER_S - 1;
	peer_get(&p);
	peer_say(peer_next(&p, API_AT), 200, "{}");
	p.now_us++;
	peer_get(&p);
	r = peer_next(&p, STS_AT);
	peer_say(peer_next(&p, API_AT), 200, "{}");
	peer_say(r, 400, "{\"error\":\"invalid_grant\"}");
	ck_assert_uint_eq(peer_warnings, 1);
	p.now_us = START_US + 30 * US_PER_MIN;
	ck_assert_int_eq(unlink(subject), 0);
	struct err e = {0};
	ck_assert_int_eq(
		train_job_get(p.train, "j", US_PER_S, NULL, NULL, &e), ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.msg, subject));
	peer_quiet(&p);
	peer_done(&p);
}
END_TEST

START_TEST(as_another_refused) {
	struct token_peer p = {0};
	peer_init(&p, "imp_sa", true);
	peer_get(&p);
	/* the key signs nothing for itself: the source's token is for IAM */
	peer_say(peer_next(&p, "oauth2.googleapis.com/token"), 200, TOKEN);
	peer_say(peer_next(&p, IAM_AT), 403,
		"{\"error\":{\"code\":403,\"message\":\"Permission denied for "
		"SECRET1\",\"status\":\"PERMISSION_DENIED\"}}");
	ck_assert_int_eq(p.error.err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(p.error.err.msg,
		"impersonation: HTTP 403, Permission denied for ***"));
	peer_quiet(&p);
	peer_done(&p);
}
END_TEST

/* ---- the metadata server ---- */

static void with_metadata(struct token_peer *p, bool named) {
	static const struct cred_wanted google = {.google = true};
	static const char *const host[] = {
		"GCE_METADATA_HOST=127.0.0.1:1", NULL};
	struct err e = {0};
	*p = (struct token_peer){0};
	unit_environment = named ? host : NULL;
	ck_assert_int_eq(cred_find(&google, unit_env, &p->target.source,
				 &p->target.warning, &e),
		0);
	peer_init(p, NULL, true);
}

START_TEST(metadata) {
	struct token_peer p;
	with_metadata(&p, false);
	peer_get(&p);
	struct token_request *r =
		peer_next(&p, "http://169.254.169.254/computeMetadata/v1/");
	ck_assert(r->direct);
	ck_assert_int_eq(r->timeout_us, CRED_METADATA_US);
	peer_say_kept(r, 200, TOKEN, "Google");
	r = peer_next(&p, API_AT);
	ck_assert_str_eq(r->auth, "Bearer SECRET1");
	peer_say(r, 200, "{}");
	ck_assert_uint_eq(p.good, 1);
	peer_done(&p);
}
END_TEST

START_TEST(metadata_of_another_flavor) {
	struct token_peer p;
	with_metadata(&p, true);
	peer_get(&p);
	peer_say(peer_next(&p, "http://127.0.0.1:1/"), 200, "<html>SECRET");
	ck_assert_int_eq(p.error.err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(p.error.err.msg, "Metadata-Flavor"));
	peer_quiet(&p);
	peer_done(&p);
}
END_TEST

/* Where nobody has said that there is one, it is soon given up; the error lists
 * who else had nothing. */
START_TEST(metadata_absent) {
	struct token_peer p;
	with_metadata(&p, false);
	peer_get(&p);
	for (int i = 0; i < CRED_METADATA_TRIES; i++) {
		if (i)
			peer_run(&p);
		peer_fail(peer_next(&p, "169.254.169.254"),
			i == 1 ? ERR_TIMEOUT : ERR_NOTSENT);
	}
	peer_quiet(&p);
	ck_assert_uint_eq(p.bad, 1);
	ck_assert_int_eq(p.error.err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(
		p.error.err.msg, "GOOGLE_APPLICATION_CREDENTIALS is not set"));
	ck_assert_ptr_nonnull(strstr(p.error.err.msg, "HOME is not set"));
	ck_assert_ptr_nonnull(strstr(p.error.err.msg,
		"metadata server http://169.254.169.254: cut by the test"));
	peer_done(&p);
	/* a named one may be slow to come up */
	with_metadata(&p, true);
	peer_get(&p);
	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		if (i)
			peer_run(&p);
		peer_fail(peer_next(&p, "127.0.0.1:1"), ERR_TIMEOUT);
	}
	ck_assert_int_eq(p.error.err.code, ERR_NOTSENT);
	peer_done(&p);
}
END_TEST

/* ---- the project ---- */

struct found {
	struct token_peer *p;
	int calls;
	struct err err;
};

static void on_found(void *ctx, const struct train_end *end) {
	struct found *f = ctx;
	f->calls++;
	f->err = end->error ? end->error->err : (struct err){0};
	loop_stop(f->p->loop);
}

START_TEST(project) {
	struct token_peer p;
	struct err e = {0};
	with_metadata(&p, false);
	struct found f = {.p = &p};
	ck_assert_int_eq(train_find_project(p.train, on_found, &f, &e), 0);
	ck_assert_int_eq(
		train_find_project(p.train, on_found, &f, &e), ERR_USAGE);
	struct token_request *r = peer_next(&p,
		"http://169.254.169.254/computeMetadata/v1/project/project-id");
	ck_assert(r->direct);
	peer_say_kept(r, 503, "", "Google");
	peer_run(&p);
	peer_say_kept(peer_next(&p, "project-id"), 200, "found-1", "Google");
	ck_assert_int_eq(f.calls, 1);
	ck_assert_int_eq(f.err.code, 0);
	ck_assert_str_eq(train_project_id(p.train), "found-1");
	peer_done(&p);
}
END_TEST

START_TEST(no_project) {
	static const struct {
		int status;
		const char *body, *kept, *message;
	} rows[] = {{200, "p-1", "", "Metadata-Flavor"},
		{404, "", "Google", "HTTP 404"},
		{200, "a/b", "Google", "does not know the project"},
		{200, "", "Google", "does not know the project"}};
	struct err e = {0};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct token_peer p;
		with_metadata(&p, false);
		struct found f = {.p = &p};
		ck_assert_int_eq(
			train_find_project(p.train, on_found, &f, &e), 0);
		peer_say_kept(peer_next(&p, "project-id"), rows[i].status,
			rows[i].body, rows[i].kept);
		ck_assert_int_eq(f.err.code, ERR_IO);
		ck_assert_ptr_nonnull(strstr(f.err.msg, rows[i].message));
		ck_assert_ptr_nonnull(strstr(f.err.msg, "no project is set"));
		peer_done(&p);
	}
	struct token_peer p;
	with_metadata(&p, false);
	struct found f = {.p = &p};
	ck_assert_int_eq(train_find_project(p.train, on_found, &f, &e), 0);
	for (int i = 0; i < CRED_METADATA_TRIES; i++) {
		if (i)
			peer_run(&p);
		peer_fail(peer_next(&p, "project-id"), ERR_NOTSENT);
	}
	ck_assert_int_eq(f.err.code, ERR_NOTSENT);
	peer_done(&p);
	with_metadata(&p, false);
	f.calls = 0;
	ck_assert_int_eq(train_find_project(p.train, on_found, &f, &e), 0);
	train_stop(p.train);
	ck_assert_int_eq(f.calls, 1);
	ck_assert_int_eq(f.err.code, ERR_STOPPED);
	peer_done(&p);
	peer_init(&p, "user", true);
	ck_assert_int_eq(
		train_find_project(p.train, on_found, &f, &e), ERR_USAGE);
	peer_done(&p);
}
END_TEST

/* ---- calls that end while they wait ---- */

static void on_end(void *ctx, const struct train_end *end) {
	struct found *f = ctx;
	f->calls++;
	f->err = end->error->err;
	loop_stop(f->p->loop);
}

START_TEST(stopped) {
	struct token_peer p = {0};
	struct err e = {0};
	peer_init(&p, "user", true);
	struct found f = {.p = &p};
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
			train_job_get(p.train, "j", US_PER_MIN, on_end, &f, &e),
			0);
	train_stop(p.train);
	ck_assert_int_eq(f.calls, 2);
	ck_assert_int_eq(f.err.code, ERR_STOPPED);
	peer_done(&p); /* which sees that the request was taken back */
}
END_TEST

START_TEST(too_late) {
	struct token_peer p = {0};
	struct err e = {0};
	peer_init(&p, "user", true);
	struct found f = {.p = &p};
	ck_assert_int_eq(
		train_job_get(p.train, "j", 2 * US_PER_MS, on_end, &f, &e), 0);
	peer_get(&p);
	do
		peer_run(&p);
	while (!f.calls);
	ck_assert_int_eq(f.err.code, ERR_NOTSENT);
	ck_assert_ptr_nonnull(strstr(f.err.msg, "no token came in time"));
	/* the other still waits, and gets it */
	peer_say(peer_next(&p, "oauth2"), 200, TOKEN);
	peer_say(peer_next(&p, API_AT), 200, "{}");
	ck_assert_uint_eq(p.good, 1);
	peer_done(&p);
}
END_TEST

/* A whole exchange with one allocation that fails, and all after it. */
static bool fails(const char *name, long n) {
	struct token_peer p = {0};
	struct err e = {0};
	by_file(&p, name);
	struct found f = {.p = &p};
	mem_fail_after(n);
	int rc = train_job_get(p.train, "j", US_PER_MIN, on_end, &f, &e);
	while (!rc && !f.calls && p.next < p.len &&
		!strstr(p.requests[p.next].url, API_AT)) {
		struct token_request *r = peer_next(&p, "");
		peer_say(r, 200, strstr(r->url, IAM_AT) ? LENT : TOKEN);
	}
	mem_fail_off();
	ck_assert(rc == 0 || rc == ERR_NOMEM);
	bool failed = rc || f.calls;
	if (f.calls)
		ck_assert_int_eq(f.err.code, ERR_NOMEM);
	else if (!rc)
		ck_assert_ptr_nonnull(strstr(p.requests[p.next].url, API_AT));
	peer_done(&p);
	return failed;
}

START_TEST(out_of_memory) {
	write_subject();
	static const char *const names[] = {
		"user", "sa", "ext_as", "imp_sa", "ext_url"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		long n = 0;
		while (fails(names[i], n))
			n++;
		ck_assert_int_gt(n, 5);
	}
	ck_assert_int_eq(unlink(subject), 0);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("cred_chain");
	unit_add(s, by_a_url);
	unit_add(s, by_a_file_and_as_another);
	unit_add(s, as_another_refused);
	unit_add(s, metadata);
	unit_add(s, metadata_of_another_flavor);
	unit_add(s, metadata_absent);
	unit_add(s, project);
	unit_add(s, no_project);
	unit_add(s, stopped);
	unit_add(s, too_late);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
