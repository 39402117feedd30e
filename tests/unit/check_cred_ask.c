/* SPDX-License-Identifier: MIT */
/* What is asked for a token and what is understood of the answer: pure. The
 * requests are those of Google's own libraries (facts auth.md, sections 3 to
 * 6). That the signatures are good is for tests/system/credentials.sh. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/lib/cred.h"
#include "common/b64.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define NOW_S 1795435200LL /* 2026-11-23T12:00:00Z */
#define NOW_US (NOW_S * US_PER_S)
#define STS_OF(audience)                                                       \
	"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange" \
	"&audience=%2F%2Fiam.googleapis.com%2F" audience "%2Fproviders%2Fprov" \
	"&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2F"
#define STS                                                                    \
	STS_OF("projects%2F12345%2Flocations%2Fglobal%2F"                      \
	       "workloadIdentityPools%2Fpool")
#define WORKFORCE STS_OF("locations%2Fglobal%2FworkforcePools%2Fpool")
#define STS_END                                                                \
	"&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A"    \
	"access_token&subject_token=a%2Bb&subject_token_type=urn%3Aietf%3A"    \
	"params%3Aoauth%3Atoken-type%3Ajwt"
#define AS                                                                     \
	"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" \
	"sa@p.iam.gserviceaccount.com:generateAccessToken"
#define FORM "Content-Type: application/x-www-form-urlencoded\n"
#define JSON "Content-Type: application/json\n"

static struct cred_source *source(const char *name) {
	auto_free char *path =
		mem_printf("%s/cred/%s.json", getenv("FIXTURES"), name);
	struct cred_source *s = NULL;
	struct err e = {0};
	bool open;
	ck_assert_msg(cred_load(path, &s, &open, &e) == 0, "%s", e.msg);
	return s;
}

static const struct {
	const char *file;
	enum cred_step step;
	const char *method, *url, *headers, *body;
} requests[] = {
	{"user", CRED_TOKEN, "POST", "https://oauth2.googleapis.com/token",
		FORM,
		"grant_type=refresh_token&client_id=764086051850-x.apps."
		"googleusercontent.com&client_secret=SECRET-client"
		"&refresh_token=1%2F%2FSECRET-refresh"},
	{"ext_file", CRED_TOKEN, "POST", "https://sts.googleapis.com/v1/token",
		FORM, STS "cloud-platform" STS_END},
	{"ext_as", CRED_TOKEN, "POST", "https://sts.googleapis.com/v1/token",
		FORM, STS "iam" STS_END},
	{"ext_workforce", CRED_TOKEN, "POST",
		"https://sts.googleapis.com/v1/token", FORM,
		WORKFORCE "cloud-platform" STS_END
			  "&options=%7B%22userProject%22%3A%22payer%22%7D"},
	/* cid:SECRET-client; a client's own project is used then */
	{"ext_client", CRED_TOKEN, "POST",
		"https://sts.googleapis.com/v1/token",
		FORM "Authorization: Basic Y2lkOlNFQ1JFVC1jbGllbnQ=\n",
		WORKFORCE "cloud-platform" STS_END},
	{"ext_url", CRED_SUBJECT, "GET", "https://ci.example.com/token",
		"X-Auth: SECRET-ci\nX-Two: 2\n", NULL},
	{"ext_url_json", CRED_SUBJECT, "GET",
		"http://169.254.169.254/metadata/identity/oauth2/token"
		"?resource=x",
		"Metadata: True\n", NULL},
	{"ext_as", CRED_IMPERSONATE, "POST", AS,
		JSON "Authorization: Bearer a+b\n",
		"{\"scope\":[\"" CRED_SCOPE "\"],\"lifetime\":\"2800s\"}"},
	{"imp_user", CRED_IMPERSONATE, "POST", AS,
		JSON "x-goog-user-project: payer\nAuthorization: Bearer a+b\n",
		"{\"delegates\":[\"a@p.iam.gserviceaccount.com\"],\"scope\":["
		"\"" CRED_SCOPE "\"],\"lifetime\":\"3600s\"}"},
	{"imp_sa", CRED_IMPERSONATE, "POST", AS,
		JSON "Authorization: Bearer a+b\n",
		"{\"delegates\":[],\"scope\":[\"" CRED_SCOPE
		"\"],\"lifetime\":\"3600s\"}"},
};

START_TEST(what_is_asked) {
	struct cred_source *s = source(requests[_i].file);
	struct cred_ask a = {0};
	struct err e = {0};
	ck_assert_int_eq(
		cred_ask_make(s, requests[_i].step, "a+b", NOW_US, &a, &e), 0);
	ck_assert_str_eq(a.method, requests[_i].method);
	ck_assert_str_eq(a.url, requests[_i].url);
	ck_assert_pstr_eq(a.body, requests[_i].body);
	char headers[1000] = "";
	for (size_t i = 0, n = 0; a.header[i]; i++)
		n += (size_t)snprintf(
			headers + n, sizeof headers - n, "%s\n", a.header[i]);
	ck_assert_str_eq(headers, requests[_i].headers);
	ck_assert(!a.metadata);
	cred_ask_done(&a);
	cred_source_free(s);
}
END_TEST

START_TEST(metadata) {
	char url[] = "http://169.254.169.254", what[] = "x";
	const struct cred_source s = {
		.type = CRED_METADATA, .metadata_url = url, .what = what};
	struct cred_ask a = {0};
	struct err e = {0};
	ck_assert_int_eq(cred_first(&s), CRED_TOKEN);
	ck_assert_int_eq(cred_next(&s, CRED_TOKEN), CRED_DONE);
	ck_assert_int_eq(cred_ask_make(&s, CRED_TOKEN, NULL, 0, &a, &e), 0);
	ck_assert_str_eq(a.method, "GET");
	ck_assert_str_eq(a.url,
		"http://169.254.169.254/computeMetadata/v1/instance/"
		"service-accounts/default/token?scopes=https%3A%2F%2Fwww."
		"googleapis.com%2Fauth%2Fcloud-platform");
	ck_assert_str_eq(a.header[0], "Metadata-Flavor: Google");
	ck_assert_ptr_null(a.header[1]);
	ck_assert(a.metadata);
	cred_ask_done(&a);
	const struct fetch_res other = {
		.status = 200, .body = "<html>", .body_len = 6, .kept = ""};
	char *token = NULL;
	int64_t end;
	ck_assert_int_eq(
		cred_answer(&s, CRED_TOKEN, &other, 0, &token, &end, &e),
		ERR_SHAPE);
	ck_assert_ptr_nonnull(strstr(e.msg, "Metadata-Flavor"));
}
END_TEST

/* One of a JWT's three parts, as JSON. */
static json_t *part(const char *jwt, int which) {
	for (; which; which--)
		jwt = strchr(jwt, '.') + 1;
	auto_free char *text = NULL;
	size_t len;
	struct err e = {0};
	ck_assert_int_eq(
		b64_decode(jwt, strcspn(jwt, "."), &text, &len, &e), 0);
	json_t *o = jsn_parse(text, len, true, &e);
	ck_assert_msg(o != NULL, "%s", e.msg);
	return o;
}

static void check_jwt(const char *jwt, json_t *header, json_t *claims) {
	auto_json json_t *got_header = part(jwt, 0), *got = part(jwt, 1);
	auto_json json_t *want_header = header, *want = claims;
	ck_assert_ptr_nonnull(want);
	ck_assert(json_equal(got_header, want_header));
	auto_free char *text = jsn_compact(got);
	ck_assert_msg(json_equal(got, want), "%s", text);
}

static const char email[] = "train@test-project.iam.gserviceaccount.com";

static void check_grant(const char *file, const char *kid, const char *scope) {
	static const char begin[] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3A"
				    "grant-type%3Ajwt-bearer&assertion=";
	struct cred_source *s = source(file);
	struct cred_ask a = {0};
	struct err e = {0};
	ck_assert_int_eq(
		cred_ask_make(s, CRED_TOKEN, NULL, NOW_US + 1, &a, &e), 0);
	ck_assert_str_eq(a.url, s->token_url);
	ck_assert_str_eq(
		a.header[0], "Content-Type: application/x-www-form-urlencoded");
	ck_assert_int_eq(strncmp(a.body, begin, sizeof begin - 1), 0);
	/* no sub; the audience is Google's wherever the server is */
	check_jwt(a.body + sizeof begin - 1,
		json_pack("{s:s, s:s, s:s*}", "typ", "JWT", "alg", "RS256",
			"kid", kid),
		json_pack("{s:s, s:s, s:I, s:I, s:s}", "iss", email, "aud",
			"https://oauth2.googleapis.com/token", "iat",
			(json_int_t)NOW_S, "exp", (json_int_t)NOW_S + 3600,
			"scope", scope));
	cred_ask_done(&a);
	cred_source_free(s);
}

START_TEST(grants) {
	check_grant("sa", "7d680d8c", CRED_SCOPE);
	check_grant("sa_emulator", "7d680d8c", CRED_SCOPE);
	check_grant("sa_no_kid", NULL, CRED_SCOPE);
	check_grant(
		"imp_sa", "7d680d8c", "https://www.googleapis.com/auth/iam");
}
END_TEST

START_TEST(self_signed) {
	struct cred_source *s = source("sa");
	auto_free char *jwt = NULL;
	int64_t end = 0;
	struct err e = {0};
	ck_assert_int_eq(
		cred_self_signed(s, NOW_US + 999999, &jwt, &end, &e), 0);
	ck_assert_int_eq(end, NOW_US + 3600 * US_PER_S);
	check_jwt(jwt,
		json_pack("{s:s, s:s, s:s}", "typ", "JWT", "alg", "RS256",
			"kid", "7d680d8c"),
		json_pack("{s:s, s:s, s:I, s:I, s:s}", "iss", email, "sub",
			email, "iat", (json_int_t)NOW_S, "exp",
			(json_int_t)NOW_S + 3600, "scope", CRED_SCOPE));
	cred_source_free(s);
}
END_TEST

/* ---- answers ---- */

#define TOKEN(rest) "{\"access_token\":\"ya29.SECRET\"" rest "}"
#define LENT(rest) "{\"accessToken\":\"ya29.SECRET\"" rest "}"

static const struct {
	enum cred_step step;
	const char *body;
	int64_t life_s; /* 0: refused */
} answers[] = {
	{CRED_TOKEN, TOKEN(",\"expires_in\":3599,\"token_type\":\"Bearer\""),
		3599},
	{CRED_TOKEN, TOKEN(",\"expires_in\":\"3599\""), 3599},
	{CRED_TOKEN, TOKEN(",\"token_type\":\"bearer\",\"id_token\":\"x\""),
		3600},
	{CRED_TOKEN, TOKEN(",\"expires_in\":1"), 1},
	{CRED_TOKEN, TOKEN(",\"expires_in\":34560000"), 34560000},
	{CRED_TOKEN, TOKEN(",\"expires_in\":34560001"), 0},
	{CRED_TOKEN, TOKEN(",\"expires_in\":0"), 0},
	{CRED_TOKEN, TOKEN(",\"expires_in\":-5"), 0},
	{CRED_TOKEN, TOKEN(",\"expires_in\":true"), 0},
	{CRED_TOKEN, TOKEN(",\"token_type\":\"mac\""), 0},
	{CRED_TOKEN, "{\"access_token\":\"SECRET x\"}", 0},
	{CRED_TOKEN, "{\"access_token\":\"SECRET\\r\\nX: y\"}", 0},
	{CRED_TOKEN, "{\"access_token\":\"\"}", 0},
	{CRED_TOKEN, "{\"access_token\":7}", 0},
	{CRED_TOKEN, "{\"id_token\":\"SECRET\"}", 0},
	{CRED_TOKEN, "SECRET", 0},
	{CRED_TOKEN, "", 0},
	{CRED_TOKEN, "[]", 0},
	{CRED_IMPERSONATE, LENT(",\"expireTime\":\"2026-11-23T12:46:40Z\""),
		2800},
	{CRED_IMPERSONATE, LENT(",\"expireTime\":\"tomorrow\""), 0},
	{CRED_IMPERSONATE, LENT(""), 0},
	{CRED_IMPERSONATE, TOKEN(",\"expireTime\":\"2026-11-23T12:46:40Z\""),
		0},
};

START_TEST(what_is_understood) {
	const struct cred_source s = {.type = CRED_USER};
	const struct fetch_res res = {.status = 200,
		.body = answers[_i].body,
		.body_len = strlen(answers[_i].body),
		.kept = ""};
	auto_free char *token = NULL;
	int64_t end = -1;
	struct err e = {0};
	int rc = cred_answer(
		&s, answers[_i].step, &res, NOW_US, &token, &end, &e);
	ck_assert_ptr_null(strstr(e.msg, "SECRET"));
	if (!answers[_i].life_s) {
		ck_assert_int_eq(rc, ERR_SHAPE);
		ck_assert_ptr_null(token);
		ck_assert_int_eq(end, -1);
		return;
	}
	ck_assert_msg(rc == 0, "%s", e.msg);
	ck_assert_str_eq(token, "ya29.SECRET");
	ck_assert_int_eq(end, NOW_US + answers[_i].life_s * US_PER_S);
}
END_TEST

static const struct {
	int status;
	const char *body;
	int code;
	const char *message;
} refusals[] = {
	{400,
		"{\"error\":\"invalid_grant\",\"error_description\":\"Invalid "
		"JWT Signature.\"}",
		ERR_IO, "HTTP 400, invalid_grant: Invalid JWT Signature."},
	{401, "{\"error\":\"invalid_client\"}", ERR_IO,
		"HTTP 401, invalid_client"},
	{400, "{\"error\":\"temporarily_unavailable\"}", ERR_NOTSENT,
		"HTTP 400, temporarily_unavailable"},
	{403,
		"{\"error\":{\"code\":403,\"message\":\"Permission "
		"'iam.serviceAccounts.getAccessToken' denied on resource (or "
		"it may not exist).\",\"status\":\"PERMISSION_DENIED\"}}",
		ERR_IO,
		"HTTP 403, Permission 'iam.serviceAccounts.getAccessToken' "
		"denied on resource (or it may not exist)."},
	{503, "<html>", ERR_NOTSENT, "HTTP 503 without an error message"},
	{500, "", ERR_NOTSENT, "HTTP 500 without an error message"},
	{429, "{\"error\":\"rate_limit_exceeded\"}", ERR_NOTSENT,
		"HTTP 429, rate_limit_exceeded"},
	{408, "", ERR_NOTSENT, "HTTP 408 without an error message"},
	{404, "", ERR_IO, "HTTP 404 without an error message"},
	{301, "", ERR_IO, "HTTP 301 without an error message"},
	/* what servers say back */
	{400,
		"{\"error\":\"x\",\"error_description\":\"bad subject-SECRET-"
		"token, really\"}",
		ERR_IO, "HTTP 400, x: bad ***, really"},
	{400,
		"{\"error\":\"x\",\"error_description\":\"cut: "
		"subject-SECRET-\"}",
		ERR_IO, "HTTP 400, x: cut: ***"},
	{400,
		"{\"error\":\"SECRET-client\",\"error_description\":\"1//"
		"SECRET-refresh ya29.SECRET (eyJSECRET.x) a\\nb\"}",
		ERR_IO, "HTTP 400, ***: *** *** (***) a b"},
	/* as a form and a header carried it; base64 by another program:
	 * printf 'the-id:SECRET-client' | base64 */
	{400,
		"{\"error\":\"x\",\"error_description\":\"refresh_token="
		"1%2F%2FSECRET-refresh&client_secret=%53ECRET%2dclient&a=b\"}",
		ERR_IO, "HTTP 400, x: refresh_token=***&client_secret=***&a=b"},
	{400,
		"{\"error\":\"x\",\"error_description\":\"1%2f%2Fanother's, "
		"subject%2DSECRET, %zz %2\"}",
		ERR_IO, "HTTP 400, x: ***'s, ***, %zz %2"},
	{401,
		"{\"error\":\"x\",\"error_description\":\"Authorization: "
		"Basic dGhlLWlkOlNFQ1JFVC1jbGllbnQ=\"}",
		ERR_IO, "HTTP 401, x: Authorization: Basic ***"},
	{401,
		"{\"error\":\"x\",\"error_description\":\"Basic "
		"dGhlLWlkOlNFQ1JF\"}",
		ERR_IO, "HTTP 401, x: Basic ***"},
};

START_TEST(what_was_refused) {
	const struct cred_source s = {.type = CRED_USER,
		.client_id = "the-id",
		.client_secret = "SECRET-client",
		.refresh_token = "1//SECRET-refresh"};
	const struct fetch_res res = {.status = refusals[_i].status,
		.body = refusals[_i].body,
		.body_len = strlen(refusals[_i].body)};
	struct err e = {0};
	ck_assert_int_eq(cred_refusal(&s, "subject-SECRET-token", &res, &e),
		refusals[_i].code);
	ck_assert_str_eq(e.msg, refusals[_i].message);
}
END_TEST

/* ---- subject tokens ---- */

static const struct {
	const char *field, *text, *want;
} subjects[] = {
	{NULL, "a.b.c", "a.b.c"},
	{NULL, "verbatim \n", "verbatim \n"},
	{NULL, "", NULL},
	{"id_token", "{\"id_token\":\"a.b.c\"}", "a.b.c"},
	{"id_token", "{\"other\":\"SECRET\"}", NULL},
	{"id_token", "{\"id_token\":\"\"}", NULL},
	{"id_token", "{\"id_token\":SECRET", NULL},
	{"id_token", "", NULL},
};

START_TEST(subject_tokens) {
	char path[] = "/tmp/check_cred_ask.XXXXXX";
	int fd = mkstemp(path);
	const char *text = subjects[_i].text;
	size_t len = strlen(text);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	ck_assert_int_eq(close(fd), 0);
	const struct cred_source s = {.type = CRED_EXTERNAL,
		.subject_file = path,
		.subject_field = subjects[_i].field};
	auto_free char *token = NULL;
	struct err e = {0};
	int rc = cred_subject_file(&s, &token, &e);
	ck_assert_int_eq(rc, subjects[_i].want ? 0 : ERR_SHAPE);
	ck_assert_pstr_eq(token, subjects[_i].want);
	ck_assert_ptr_null(strstr(e.msg, "SECRET"));
	ck_assert_int_eq(unlink(path), 0);
	char *none = NULL;
	ck_assert_int_eq(cred_subject_file(&s, &none, &e), ERR_IO);
	ck_assert_ptr_nonnull(strstr(e.msg, path));
	ck_assert_ptr_null(none);
}
END_TEST

struct making {
	const struct cred_source *s;
	enum cred_step step;
};

static int make_once(void *ctx, struct err *e) {
	const struct making *m = ctx;
	struct cred_ask a = {0};
	int rc = cred_ask_make(m->s, m->step, "carried", NOW_US, &a, e);
	ck_assert(rc == 0 || (!a.url && !a.body && !a.header[0]));
	cred_ask_done(&a);
	return rc;
}

static int answer_once(void *ctx, struct err *e) {
	const struct fetch_res *res = ctx;
	const struct cred_source s = {.type = CRED_USER};
	char *token = NULL;
	int64_t end;
	int rc = res->status == 200 ? cred_answer(&s, CRED_TOKEN, res, NOW_US,
					      &token, &end, e)
				    : cred_refusal(&s, NULL, res, e);
	ck_assert(rc == 0 || !token);
	mem_free(token);
	return rc == ERR_IO ? 0 : rc;
}

START_TEST(out_of_memory) {
	static const char *const names[] = {"sa", "user", "ext_client",
		"ext_workforce", "ext_as", "ext_url"};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct cred_source *s = source(names[i]);
		struct making m = {s, CRED_TOKEN};
		ck_assert_int_ge(unit_nomem(make_once, &m), 3);
		if (s->subject_url)
			m.step = CRED_SUBJECT;
		else if (s->as_url)
			m.step = CRED_IMPERSONATE;
		ck_assert_int_gt(unit_nomem(make_once, &m), 2);
		cred_source_free(s);
	}
	struct fetch_res res = {.status = 200,
		.body = answers[0].body,
		.body_len = strlen(answers[0].body)};
	ck_assert_int_gt(unit_nomem(answer_once, &res), 3);
	res = (struct fetch_res){.status = 400,
		.body = refusals[0].body,
		.body_len = strlen(refusals[0].body)};
	ck_assert_int_ge(unit_nomem(answer_once, &res), 1);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void) {
	mem_init();
	Suite *s = suite_create("cred_ask");
	TCase *tc = tcase_create("tables");
	tcase_add_loop_test(tc, what_is_asked, 0, COUNT(requests));
	tcase_add_loop_test(tc, what_is_understood, 0, COUNT(answers));
	tcase_add_loop_test(tc, what_was_refused, 0, COUNT(refusals));
	tcase_add_loop_test(tc, subject_tokens, 0, COUNT(subjects));
	suite_add_tcase(s, tc);
	unit_add(s, metadata);
	unit_add(s, grants);
	unit_add(s, self_signed);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
