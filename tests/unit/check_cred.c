/* SPDX-License-Identifier: MIT */
/* The token that requests share: asked for once, renewed early, kept when that
 * fails, replaced after a 401. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "tests/unit/token_peer.h"
#include "tests/unit/unit.h"

#define TOKEN_AT "oauth2.googleapis.com/token"
#define API_AT "https://ml.googleapis.com/v1/projects/p1/jobs/j"
#define ONE "{\"access_token\":\"SECRET1\",\"expires_in\":3600}"
#define TWO "{\"access_token\":\"SECRET2\",\"expires_in\":3600}"
#define LIFE_US (3600 * US_PER_S)
#define DENIED "{\"error\":\"invalid_grant\",\"error_description\":\"gone\"}"

/* A client with its first token, of which one request was made. */
static void with_token(struct token_peer *p) {
	peer_init(p, "user", false);
	peer_get(p);
	peer_say(peer_next(p, TOKEN_AT), 200, ONE);
	peer_say(peer_next(p, API_AT), 200, "{}");
	ck_assert_uint_eq(p->good, 1);
}

/* The next request goes to the API with that token. */
static void api(struct token_peer *p, const char *auth) {
	struct token_request *r = peer_next(p, API_AT);
	ck_assert_str_eq(r->auth, auth);
	ck_assert_str_eq(r->quota, "payer");
	peer_say(r, 200, "{}");
	peer_quiet(p);
}

/* Another request goes there at once. */
static void sends(struct token_peer *p, const char *auth) {
	peer_get(p);
	api(p, auth);
}

/* Another request goes there with the first token, and one for the next token
 * beside it. */
static struct token_request *renewal(struct token_peer *p) {
	peer_get(p);
	struct token_request *r = peer_next(p, TOKEN_AT);
	api(p, "Bearer SECRET1");
	return r;
}

START_TEST(one_in_flight) {
	struct token_peer p = {0};
	peer_init(&p, "user", false);
	for (int i = 0; i < 3; i++)
		peer_get(&p);
	struct token_request *r = peer_next(&p, TOKEN_AT);
	peer_quiet(&p);
	ck_assert_int_eq(r->timeout_us, CRED_ATTEMPT_US);
	ck_assert(!r->direct);
	peer_say(r, 200, ONE);
	for (int i = 0; i < 3; i++) {
		r = peer_next(&p, API_AT);
		ck_assert_str_eq(r->auth, "Bearer SECRET1");
		peer_say(r, 200, "{}");
	}
	peer_quiet(&p);
	ck_assert_uint_eq(p.good, 3);
	ck_assert_uint_eq(p.attempts, 1);
	peer_done(&p);
}
END_TEST

START_TEST(renewed_early) {
	struct token_peer p = {0};
	with_token(&p);
	p.now_us = START_US + LIFE_US - 225 * US_PER_S - 1;
	sends(&p, "Bearer SECRET1");
	/* the old one is used until the new one is there */
	p.now_us++;
	struct token_request *r = renewal(&p);
	sends(&p, "Bearer SECRET1");
	peer_say(r, 200, TWO);
	sends(&p, "Bearer SECRET2");
	peer_done(&p);
}
END_TEST

/* A token of two minutes is not renewed all the time. */
START_TEST(short_ones) {
	struct token_peer p = {0};
	peer_init(&p, "user", false);
	peer_get(&p);
	peer_say(peer_next(&p, TOKEN_AT), 200,
		"{\"access_token\":\"SECRET1\",\"expires_in\":120}");
	api(&p, "Bearer SECRET1");
	p.now_us = START_US + 90 * US_PER_S - 1;
	sends(&p, "Bearer SECRET1");
	p.now_us++;
	struct token_request *r = renewal(&p);
	peer_say(r, 200, TWO);
	peer_done(&p);
}
END_TEST

/* Less than ten seconds: a new one is waited for, and the old one used if there
 * is none. */
START_TEST(at_the_end_of_its_life) {
	struct token_peer p = {0};
	with_token(&p);
	p.now_us = START_US + LIFE_US - 10 * US_PER_S;
	peer_get(&p);
	struct token_request *r = peer_next(&p, TOKEN_AT);
	peer_quiet(&p);
	peer_fail(r, ERR_TIMEOUT);
	api(&p, "Bearer SECRET1");
	ck_assert_uint_eq(peer_warnings, 1);
	/* not again at once */
	p.now_us = START_US + LIFE_US - 1;
	sends(&p, "Bearer SECRET1");
	p.now_us = START_US + LIFE_US;
	peer_get(&p);
	r = peer_next(&p, TOKEN_AT);
	peer_quiet(&p);
	peer_say(r, 200, TWO);
	api(&p, "Bearer SECRET2");
	peer_done(&p);
}
END_TEST

START_TEST(a_renewal_that_fails) {
	struct token_peer p = {0};
	with_token(&p);
	p.now_us = START_US + LIFE_US - 200 * US_PER_S;
	struct token_request *r = renewal(&p);
	peer_say(r, 400, DENIED);
	ck_assert_uint_eq(peer_warnings, 1);
	ck_assert_ptr_nonnull(strstr(peer_warning, "invalid_grant: gone"));
	/* it rests for ten seconds */
	p.now_us += 10 * US_PER_S - 1;
	sends(&p, "Bearer SECRET1");
	p.now_us++;
	r = renewal(&p);
	peer_fail(r, ERR_LOST);
	ck_assert_uint_eq(peer_warnings, 2);
	/* a clock that was put back does not make it rest longer */
	p.now_us = START_US + LIFE_US - 220 * US_PER_S;
	r = renewal(&p);
	peer_say(r, 200, TWO);
	sends(&p, "Bearer SECRET2");
	peer_done(&p);
}
END_TEST

/* Who asks how it is has a token fetched, but once a second at the most. */
START_TEST(looks_at_the_state) {
	struct token_peer p = {0};
	struct train_tokens now;
	peer_init(&p, "user", false);
	for (int second = 0; second < 3; second++) {
		train_tokens(p.train, &now);
		ck_assert(!now.ready);
		peer_fail(peer_next(&p, TOKEN_AT), ERR_NOTSENT);
		train_tokens(p.train, &now);
		p.now_us += US_PER_S - 1;
		train_tokens(p.train, &now);
		ck_assert_uint_eq(now.failed, (unsigned)second + 1);
		peer_quiet(&p);
		p.now_us++;
	}
	train_tokens(p.train, &now);
	peer_say(peer_next(&p, TOKEN_AT), 200, TWO);
	train_tokens(p.train, &now);
	ck_assert(now.ready);
	peer_done(&p);
}
END_TEST

/* Gone, and refused for good: told at once, then from memory for a while. */
START_TEST(none_to_be_had) {
	struct token_peer p = {0};
	with_token(&p);
	p.now_us = START_US + LIFE_US;
	peer_get(&p);
	peer_get(&p);
	peer_say(peer_next(&p, TOKEN_AT), 400, DENIED);
	ck_assert_uint_eq(p.bad, 2);
	peer_quiet(&p);
	ck_assert_int_eq(p.error.err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(p.error.err.msg, "no credentials: "));
	ck_assert_ptr_nonnull(strstr(p.error.err.msg, "cred/user.json"));
	ck_assert_ptr_nonnull(strstr(p.error.err.msg, "invalid_grant: gone"));
	ck_assert(!train_error_transient(&p.error));
	ck_assert_uint_eq(p.attempts, 0);
	struct err e = {0};
	ck_assert_int_eq(
		train_job_get(p.train, "j", US_PER_S, NULL, NULL, &e), ERR_IO);
	ck_assert_str_eq(e.msg, p.error.err.msg);
	peer_quiet(&p);
	p.now_us += 10 * US_PER_S;
	peer_get(&p);
	peer_say(peer_next(&p, TOKEN_AT), 200, TWO);
	api(&p, "Bearer SECRET2");
	peer_done(&p);
}
END_TEST

/* What may pass is tried again by the policy of all requests. */
START_TEST(a_token_server_that_is_ill) {
	struct token_peer p = {0};
	peer_init(&p, "user", false);
	peer_get(&p);
	peer_say(peer_next(&p, TOKEN_AT), 503, "");
	peer_run(&p);
	peer_fail(peer_next(&p, TOKEN_AT), ERR_TIMEOUT);
	peer_run(&p);
	peer_say(peer_next(&p, TOKEN_AT), 200, ONE);
	api(&p, "Bearer SECRET1");
	ck_assert_uint_eq(p.good, 1);
	ck_assert_uint_eq(p.attempts, 1);
	p.now_us += LIFE_US;
	peer_get(&p);
	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		peer_fail(peer_next(&p, TOKEN_AT), ERR_NOTSENT);
		if (i + 1 < ATTEMPTS_MAX)
			peer_run(&p);
	}
	peer_quiet(&p);
	ck_assert_uint_eq(p.bad, 1);
	ck_assert_int_eq(p.error.err.code, ERR_NOTSENT);
	peer_done(&p);
}
END_TEST

/* It says when, in a header or in Google's form, and is not asked before. */
START_TEST(a_token_server_that_has_enough) {
	static const char info[] =
		"{\"error\":{\"code\":429,\"message\":\"m\",\"details\":[{"
		"\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\","
		"\"retryDelay\":\"3600s\"}]}}";
	for (int i = 0; i < 2; i++) {
		struct token_peer p = {0};
		peer_init(&p, "user", false);
		peer_get(&p);
		peer_say_later(peer_next(&p, TOKEN_AT), i ? 503 : 429,
			i ? "" : info, i ? "3600" : "");
		/* longer than the whole may take */
		ck_assert_uint_eq(p.bad, 1);
		ck_assert_int_eq(p.error.err.code, ERR_NOTSENT);
		ck_assert_int_eq(p.error.after_us, 3600 * US_PER_S);
		peer_get(&p);
		peer_run(&p);
		ck_assert_uint_eq(p.bad, 2);
		peer_quiet(&p);
		p.now_us += 10 * US_PER_S;
		peer_get(&p);
		peer_say(peer_next(&p, TOKEN_AT), 200, ONE);
		api(&p, "Bearer SECRET1");
		peer_done(&p);
	}
}
END_TEST

START_TEST(a_bad_answer) {
	struct token_peer p = {0};
	peer_init(&p, "user", false);
	peer_get(&p);
	peer_say(peer_next(&p, TOKEN_AT), 200, "{\"secret\":\"SECRET\"}");
	ck_assert_uint_eq(p.bad, 1);
	ck_assert_int_eq(p.error.err.code, ERR_IO);
	ck_assert_ptr_nonnull(strstr(p.error.err.msg, "access_token"));
	peer_done(&p);
}
END_TEST

/* ---- 401 ---- */

START_TEST(refused_once) {
	struct token_peer p = {0};
	with_token(&p);
	peer_get(&p);
	peer_get(&p);
	struct token_request *a = peer_next(&p, API_AT),
			     *b = peer_next(&p, API_AT);
	peer_say(a, 401, "");
	peer_run(&p);
	struct token_request *r = peer_next(&p, TOKEN_AT);
	/* the other's 401 is about the same token */
	peer_say(b, 401, "");
	peer_say(r, 200, TWO);
	api(&p, "Bearer SECRET2");
	peer_run(&p);
	api(&p, "Bearer SECRET2");
	ck_assert_uint_eq(p.good, 3);
	ck_assert_uint_eq(p.attempts, 2);
	peer_done(&p);
}
END_TEST

START_TEST(refused_for_good) {
	struct token_peer p = {0};
	with_token(&p);
	peer_get(&p);
	peer_say(peer_next(&p, API_AT), 401, "");
	peer_run(&p);
	peer_say(peer_next(&p, TOKEN_AT), 200, TWO);
	peer_say(peer_next(&p, API_AT), 401, "");
	ck_assert_uint_eq(p.bad, 1);
	ck_assert_int_eq(p.error.err.http, 401);
	peer_quiet(&p);
	/* no token for every request that meets it */
	peer_get(&p);
	peer_say(peer_next(&p, API_AT), 401, "");
	ck_assert_uint_eq(p.bad, 2);
	peer_quiet(&p);
	p.now_us += 10 * US_PER_S;
	peer_get(&p);
	peer_say(peer_next(&p, API_AT), 401, "");
	peer_run(&p);
	peer_say(peer_next(&p, TOKEN_AT), 200, ONE);
	api(&p, "Bearer SECRET1");
	peer_done(&p);
}
END_TEST

START_TEST(refused_from_a_file) {
	char path[] = "/tmp/check_cred.XXXXXX";
	int fd = mkstemp(path);
	struct token_peer p = {0};
	struct err e = {0};
	ck_assert_int_eq(train_target_token_file(&p.target, path, &e), 0);
	ck_assert_int_eq(write(fd, "SECRET1", 7), 7);
	peer_init(&p, NULL, false);
	peer_get(&p);
	struct token_request *r = peer_next(&p, API_AT);
	ck_assert_str_eq(r->auth, "Bearer SECRET1");
	ck_assert_int_eq(pwrite(fd, "SECRET2", 7, 0), 7);
	peer_say(r, 401, "");
	peer_run(&p);
	r = peer_next(&p, API_AT);
	ck_assert_str_eq(r->auth, "Bearer SECRET2");
	ck_assert_int_eq(pwrite(fd, "SECRET3", 7, 0), 7);
	peer_say(r, 401, "");
	ck_assert_uint_eq(p.bad, 1);
	/* the same token again is not tried */
	peer_get(&p);
	peer_say(peer_next(&p, API_AT), 401, "");
	ck_assert_uint_eq(p.bad, 2);
	peer_quiet(&p);
	/* an empty file is nothing that is wrong with what is sent */
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(
		train_job_get(p.train, "j", US_PER_S, NULL, NULL, &e), ERR_IO);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(unlink(path), 0);
	peer_done(&p);
}
END_TEST

/* Google's own take what the key signs, until they do not. */
START_TEST(signed_by_the_key) {
	struct token_peer p = {0};
	peer_init(&p, "sa", true);
	peer_get(&p);
	struct token_request *r = peer_next(&p, API_AT);
	ck_assert_int_eq(strncmp(r->auth, "Bearer eyJ", 10), 0);
	peer_say(r, 200, "{}");
	p.now_us += LIFE_US - 225 * US_PER_S;
	peer_get(&p);
	struct token_request *second = peer_next(&p, API_AT);
	ck_assert_int_eq(strncmp(second->auth, "Bearer eyJ", 10), 0);
	ck_assert_str_ne(second->auth, r->auth);
	peer_say(second, 401, "");
	peer_run(&p);
	peer_say(peer_next(&p, TOKEN_AT), 200, TWO);
	r = peer_next(&p, API_AT);
	ck_assert_str_eq(r->auth, "Bearer SECRET2");
	ck_assert_str_eq(r->quota, "");
	peer_say(r, 200, "{}");
	p.now_us += LIFE_US;
	peer_get(&p);
	peer_say(peer_next(&p, TOKEN_AT), 200, ONE);
	peer_say(peer_next(&p, API_AT), 200, "{}");
	ck_assert_uint_eq(p.good, 3);
	peer_done(&p);
	/* elsewhere the token server is asked, but for another universe's */
	peer_init(&p, "sa", false);
	peer_get(&p);
	peer_say(peer_next(&p, TOKEN_AT), 200, ONE);
	peer_say(peer_next(&p, API_AT), 200, "{}");
	peer_done(&p);
	peer_init(&p, "sa_universe", false);
	peer_get(&p);
	peer_say(peer_next(&p, API_AT), 200, "{}");
	peer_done(&p);
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("cred");
	unit_add(s, one_in_flight);
	unit_add(s, renewed_early);
	unit_add(s, short_ones);
	unit_add(s, at_the_end_of_its_life);
	unit_add(s, a_renewal_that_fails);
	unit_add(s, looks_at_the_state);
	unit_add(s, none_to_be_had);
	unit_add(s, a_token_server_that_is_ill);
	unit_add(s, a_token_server_that_has_enough);
	unit_add(s, a_bad_answer);
	unit_add(s, refused_once);
	unit_add(s, refused_for_good);
	unit_add(s, refused_from_a_file);
	unit_add(s, signed_by_the_key);
	return unit_run(s);
}
