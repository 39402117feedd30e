/* SPDX-License-Identifier: MIT */
/* Requests whose handler runs out of memory, at its first allocation, its
 * second and so on: the door of --auth=strict, the token endpoint, the metadata
 * server. Each is answered 500, or not at all; nobody is let in, refused or
 * given half of something for want of memory, and the next one is answered as
 * ever. */
#include <stdio.h>
#include <string.h>

#include "common/jsn.h"
#include "common/mem.h"
#include "emulator/api/api.h"
#include "emulator/api/grant.h"
#include "emulator/api/scopes.h"
#include "emulator/core/accounts.h"
#include "emulator/core/tokens.h"
#include "tests/unit/core.h"
#include "tests/unit/unit.h"

#define EMAIL "sa@" CORE_P ".iam.gserviceaccount.com"
#define STRANGER "sa@other.iam.gserviceaccount.com"
#define JOBS "/v1/projects/" CORE_P "/jobs"
#define META "/computeMetadata/v1/"
#define ACCOUNT META "instance/service-accounts/default/"
#define TIMEOUT_US (20 * US_PER_S)
#define ANSWER_MAX 65536
#define NEVER (-1)

/* An emulator with a client, on one loop. */
struct door {
	struct core c;
	struct loop *loop;
	struct fetch *fetch;
	struct api *api;
	struct httpd *httpd;
	long fail_after; /* allocations of a handler, or NEVER */
	bool one;	 /* the next one fails, the others do not */
	int status;	 /* of the last answer; 0: there was none */
	char body[ANSWER_MAX];
	struct rsa *key; /* of EMAIL */
	char *access, *narrow, *strange;
};

static void handle(void *ctx, struct req *r) {
	struct door *d = ctx;
	if (d->fail_after != NEVER && d->one)
		mem_fail_one(d->fail_after);
	else if (d->fail_after != NEVER)
		mem_fail_after(d->fail_after);
	api_handle(d->api, r);
	mem_fail_off();
}

static char *access_of(struct door *d, const char *email, const char *scope) {
	struct err e = {0};
	char *text = NULL;
	ck_assert_int_eq(tokens_access(d->c.em, email, scope,
				 clock_now_us(&clock_real), &text, &e),
		0);
	return text;
}

static struct door *door_open(void) {
	struct door *d = mem_zero(1, sizeof *d);
	struct err e = {0};
	auto_free char *pem = unit_fixture("jose/rfc7515_a2.pem", NULL);
	auto_free char *id = NULL;
	core_open(&d->c, NULL);
	ck_assert_int_eq(loop_new(&d->loop, &e), 0);
	ck_assert_int_eq(fetch_new(d->loop, &d->fetch, &e), 0);
	ck_assert_int_eq(api_new(d->c.em, d->loop, d->fetch, &d->api, &e), 0);
	const struct httpd_config cfg = {.host = "127.0.0.1",
		.body_max = API_BODY_MAX,
		.conn_max = 10,
		.idle_s = 60,
		.handle = handle,
		.ctx = d};
	ck_assert_int_eq(httpd_start(d->loop, &cfg, &d->httpd, &e), 0);
	d->api->self_url = httpd_url(d->httpd);
	d->api->strict = true;
	d->fail_after = NEVER;
	ck_assert_int_eq(rsa_load(pem, &d->key, &e), 0);
	ck_assert_int_eq(CORE_TX(&d->c, accounts_add_key(d->c.em, EMAIL, d->key,
						NULL, &id, &e)),
		0);
	d->access = access_of(d, EMAIL, SCOPE_CLOUD);
	d->narrow = access_of(d, EMAIL, SCOPE("pubsub"));
	d->strange = access_of(d, STRANGER, SCOPE_CLOUD);
	return d;
}

static void door_close(struct door *d) {
	fetch_free(d->fetch);
	httpd_free(d->httpd);
	api_free(d->api);
	core_close(&d->c);
	loop_free(d->loop);
	rsa_free(d->key);
	mem_free(d->access);
	mem_free(d->narrow);
	mem_free(d->strange);
	mem_free(d);
}

static void on_end(
	void *ctx, const struct fetch_res *res, const struct err *e) {
	struct door *d = ctx;
	(void)e;
	d->status = res ? res->status : 0;
	(void)snprintf(d->body, sizeof d->body, "%s", res ? res->body : "");
	loop_stop(d->loop);
}

struct asking {
	const char *method, *path, *header, *form;
	int http;
	const char *part; /* of the answer */
};

static void ask(struct door *d, const struct asking *a, long fail_after) {
	auto_free char *url = mem_printf("%s%s", httpd_url(d->httpd), a->path);
	const char *const headers[] = {a->header ? a->header : "X: y",
		a->form ? "Content-Type: application/x-www-form-urlencoded"
			: NULL,
		NULL};
	const struct fetch_req rq = {.method = a->method,
		.url = url,
		.headers = headers,
		.body = a->form,
		.body_len = a->form ? strlen(a->form) : 0,
		.timeout_us = TIMEOUT_US,
		.answer_max = ANSWER_MAX};
	struct fetch_call *call = NULL;
	struct err e = {0};
	d->fail_after = fail_after;
	ck_assert_int_eq(fetch_start(d->fetch, &rq, on_end, d, &call, &e), 0);
	ck_assert_int_eq(loop_run(d->loop, &e), 0);
	d->fail_after = NEVER;
}

/* Asks with more memory each time until there is enough; says how often there
 * was not. */
static long ask_until(struct door *d, const struct asking *a) {
	for (long n = 0;; n++) {
		unsigned long before = mem_failures();
		ask(d, a, n);
		bool whole = d->status == a->http && strstr(d->body, a->part);
		/* a refusal may lack its details, but not what was asked for */
		ck_assert_msg(whole || d->status == 0 || d->status == 500 ||
				      (d->status == a->http && a->http >= 400),
			"%s %s, %ld: %d %s", a->method, a->path, n, d->status,
			d->body);
		if (mem_failures() == before) {
			ck_assert_msg(whole, "%d %s", d->status, d->body);
			return n;
		}
	}
}

static void ask_all(struct door *d, const struct asking *a) {
	for (int one = 0; one < 2; one++) {
		d->one = one;
		ck_assert_int_gt(ask_until(d, a), 0);
	}
}

static void each(struct door *d, const struct asking *cases, size_t len) {
	for (size_t i = 0; i < len; i++)
		ask_all(d, &cases[i]);
}
#define EACH(d, cases) each(d, cases, sizeof cases / sizeof cases[0])

/* A token that EMAIL signs by itself, "name=" before it. */
static char *signed_by(
	struct door *d, const char *name, const char *more, const char *value) {
	int64_t now = clock_now_us(&clock_real) / US_PER_S;
	auto_json json_t *header = json_pack("{s:s}", "alg", "RS256");
	auto_json json_t *claims = json_pack("{s:s, s:s, s:I, s:I, s:s}", "iss",
		EMAIL, "sub", EMAIL, "iat", (json_int_t)now, "exp",
		(json_int_t)now + 3600, more, value);
	if (strcmp(more, "aud") != 0)
		(void)json_object_set_new(claims, "aud",
			json_string("https://oauth2.googleapis.com/token"));
	auto_free char *text = NULL;
	struct err e = {0};
	ck_assert_int_eq(jwt_sign(d->key, header, claims, &text, &e), 0);
	return mem_printf("%s%s", name, text);
}

START_TEST(who_may_come_in) {
	struct door *d = door_open();
	static const char bearer[] = "Authorization: Bearer ";
	auto_free char *access = mem_printf("%s%s", bearer, d->access);
	auto_free char *narrow = mem_printf("%s%s", bearer, d->narrow);
	auto_free char *strange = mem_printf("%s%s", bearer, d->strange);
	auto_free char *own =
		signed_by(d, bearer, "aud", "https://ml.googleapis.com/");
	auto_free char *scoped = signed_by(d, bearer, "scope", SCOPE_CLOUD);
	auto_free char *other =
		signed_by(d, bearer, "aud", "https://pubsub.googleapis.com/");
	const struct asking cases[] = {{"GET", JOBS, access, NULL, 200, "{}"},
		{"GET", JOBS, own, NULL, 200, "{}"},
		{"GET", JOBS, scoped, NULL, 200, "{}"},
		{"GET", JOBS, NULL, NULL, 401, "CREDENTIALS_MISSING"},
		{"GET", JOBS, "Authorization: Bearer ya29.x", NULL, 401,
			"ACCESS_TOKEN_TYPE_UNSUPPORTED"},
		{"GET", JOBS, other, NULL, 401,
			"ACCESS_TOKEN_TYPE_UNSUPPORTED"},
		{"GET", JOBS, narrow, NULL, 403,
			"ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
		{"GET", JOBS, strange, NULL, 403, "Access to project denied."}};
	EACH(d, cases);
	auto_free char *query =
		mem_printf("%s?access_token=%s", JOBS, d->access);
	const struct asking asked = {"GET", query, NULL, NULL, 200, "{}"};
	ask_all(d, &asked);
	door_close(d);
}
END_TEST

#define GRANT "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"

START_TEST(what_is_exchanged_for_tokens) {
	struct door *d = door_open();
	struct err e = {0};
	auto_free char *refresh = NULL;
	ck_assert_int_eq(CORE_TX(&d->c, accounts_add_user(d->c.em,
						"a@b.example", &refresh, &e)),
		0);
	auto_free char *scope =
		signed_by(d, GRANT "&assertion=", "scope", SCOPE_CLOUD);
	auto_free char *audience = signed_by(
		d, GRANT "&assertion=", "target_audience", "https://x/");
	auto_free char *nothing =
		signed_by(d, GRANT "&assertion=", "scope", "");
	auto_free char *other =
		signed_by(d, GRANT "&assertion=", "aud", "https://x/");
	auto_free char *user = mem_printf(
		"grant_type=refresh_token&client_id=" GRANT_CLIENT_ID
		"&client_secret=" GRANT_CLIENT_SECRET "&refresh_token=%s",
		refresh);
	const struct asking cases[] = {
		{"POST", "/token", NULL, scope, 200, "access_token"},
		{"POST", "/token", NULL, audience, 200, "id_token"},
		{"POST", "/token", NULL, user, 200, "id_token"},
		{"POST", "/token", NULL, nothing, 400, "invalid_scope"},
		{"POST", "/token", NULL, other, 400, "invalid_grant"},
		{"POST", "/token", NULL, GRANT "&assertion=x", 400,
			"invalid_grant"},
		{"POST", "/token", NULL, GRANT, 400, "invalid_request"},
		{"POST", "/token", NULL, "grant_type=x", 400,
			"unsupported_grant_type"}};
	EACH(d, cases);
	door_close(d);
}
END_TEST

START_TEST(what_a_machine_is_told) {
	struct door *d = door_open();
	static const char flavor[] = "Metadata-Flavor: Google";
	static const struct asking cases[] = {
		{"GET", META "project/project-id", flavor, NULL, 200, ""},
		{"GET", META "project/numeric-project-id", flavor, NULL, 200,
			""},
		{"GET", META "instance/zone", flavor, NULL, 200, "/zones/"},
		{"GET", META "instance/service-accounts/", flavor, NULL, 200,
			"default/\n"},
		{"GET", ACCOUNT, flavor, NULL, 200, "token\n"},
		{"GET", ACCOUNT "?recursive=true", flavor, NULL, 200,
			"\"aliases\""},
		{"GET", ACCOUNT "email", flavor, NULL, 200, "@"},
		{"GET", ACCOUNT "scopes", flavor, NULL, 200, SCOPE_CLOUD},
		{"GET", ACCOUNT "token", flavor, NULL, 200, "access_token"},
		{"GET", ACCOUNT "token?scopes=a,b", flavor, NULL, 200,
			"access_token"},
		{"GET", ACCOUNT "identity?audience=x&format=full", flavor, NULL,
			200, "."},
		{"GET", ACCOUNT "identity", flavor, NULL, 400, "audience"},
		{"GET", ACCOUNT "email", NULL, NULL, 403, "Metadata-Flavor"},
		{"GET", META "instance/service-accounts/x/email", flavor, NULL,
			404, "not here"}};
	EACH(d, cases);
	door_close(d);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("api_nomem");
	unit_add(s, who_may_come_in);
	unit_add(s, what_is_exchanged_for_tokens);
	unit_add(s, what_a_machine_is_told);
	return unit_run(s);
}
