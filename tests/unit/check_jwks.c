/* SPDX-License-Identifier: MIT */
/* The keys that are kept, on a clock and a transport of the test's own. */
#include <string.h>

#include "client/uniquifier/jwks.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define HOUR "public, max-age=3600, must-revalidate, no-transform"

/* Where the keys come from, and who waits for them. */
struct world {
	int64_t now_us;
	struct transport transport;
	struct jwks *keys;
	fetch_done *done; /* of the fetch under way, or NULL */
	void *ctx;
	int fetches, cancelled, woken;
	bool refuse; /* no fetch can be started */
	struct jwks_wait wait[3];
};

static int64_t now(void *ctx) {
	const struct world *w = ctx;
	return w->now_us;
}

static int start(void *ctx, const struct fetch_req *rq, fetch_done *done,
	void *done_ctx, void **ret_handle, struct err *e) {
	struct world *w = ctx;
	ck_assert_ptr_null(w->done);
	ck_assert_str_eq(rq->url, "https://keys.example/certs");
	ck_assert_str_eq(rq->keep, "Cache-Control");
	if (w->refuse)
		return err_nomem(e);
	w->done = done;
	w->ctx = done_ctx;
	w->fetches++;
	*ret_handle = w;
	return 0;
}

static void cancel(void *ctx, void *handle) {
	struct world *w = ctx;
	ck_assert_ptr_eq(handle, w);
	ck_assert_ptr_nonnull(w->done);
	w->done = NULL;
	w->cancelled++;
}

static void woken(void *ctx) {
	struct world *w = ctx;
	w->woken++;
}

static void open_world(struct world *w) {
	static struct clock clock;
	clock = (struct clock){now, w};
	*w = (struct world){.now_us = 5, .transport = {start, cancel, w}};
	for (size_t i = 0; i < 3; i++)
		w->wait[i] = (struct jwks_wait){.ready = woken, .ctx = w};
	const struct jwks_config cfg = {.transport = &w->transport,
		.clock = &clock,
		.url = "https://keys.example/certs",
		.agent = "check/1",
		.waiters_max = 1};
	ck_assert_int_eq(jwks_new(&cfg, &w->keys, NULL), 0);
}

/* The set of RFC 7515's key under a kid. */
static void a_set(void *ctx, char *const *cols) {
	char **text = ctx;
	auto_json json_t *root = json_pack("{s:[{s:s, s:s, s:s, s:s}]}", "keys",
		"kty", "RSA", "kid", *text, "n", cols[2], "e", cols[3]);
	*text = jsn_compact(root);
}

static void reply(struct world *w, const struct fetch_res *res) {
	fetch_done *done = TAKE(w->done);
	struct err e = {0};
	ck_assert_ptr_nonnull(done);
	if (!res)
		(void)err_set(&e, ERR_NOTSENT, "nobody there");
	done(w->ctx, res, &e);
}

static void give(struct world *w, const char *kid, const char *cached) {
	char *text = (char *)(uintptr_t)kid;
	unit_tsv("jose/rfc7515_a2.tsv", 4, a_set, &text);
	const struct fetch_res res = {.status = 200,
		.body = text,
		.body_len = strlen(text),
		.kept = cached};
	reply(w, &res);
	mem_free(text);
}

static bool has(struct world *w, const char *kid) {
	const struct keyset *s = jwks_set(w->keys);
	return s && keyset_find(s, kid);
}

/* With keys that are good for an hour from now on. */
static void open_with_keys(struct world *w) {
	open_world(w);
	ck_assert(!jwks_renew(w->keys, NULL));
	give(w, "k1", HOUR);
	ck_assert(has(w, "k1"));
}

static void after(struct world *w, int64_t us) {
	w->now_us += us;
}

START_TEST(one_fetch_for_all) {
	struct world w;
	open_world(&w);
	ck_assert_ptr_null(jwks_set(w.keys));
	ck_assert_ptr_nonnull(strstr(jwks_problem(w.keys), "not been fetched"));
	ck_assert(!jwks_renew(w.keys, NULL));
	ck_assert(jwks_renew(w.keys, &w.wait[0]));
	ck_assert(jwks_miss(w.keys, &w.wait[1]));
	ck_assert_int_eq(w.fetches, 1);
	give(&w, "k1", HOUR);
	ck_assert_int_eq(w.woken, 2);
	ck_assert(has(&w, "k1"));
	ck_assert_str_eq(jwks_problem(w.keys), "");
	ck_assert_uint_eq(jwks_fetched(w.keys), 1);
	ck_assert(!jwks_renew(w.keys, &w.wait[0]));
	jwks_free(w.keys);
	ck_assert_int_eq(w.cancelled, 0);
}
END_TEST

/* 7/8 of an hour: in the background; an hour: with those who wait. */
START_TEST(renewed_in_time) {
	struct world w;
	open_with_keys(&w);
	after(&w, US_PER_HOUR / 8 * 7 - 1);
	ck_assert(!jwks_renew(w.keys, &w.wait[0]));
	ck_assert_int_eq(w.fetches, 1);
	after(&w, 1);
	ck_assert(!jwks_renew(w.keys, &w.wait[0]));
	ck_assert(!jwks_renew(w.keys, &w.wait[0]));
	ck_assert_int_eq(w.fetches, 2);
	after(&w, US_PER_HOUR / 8);
	ck_assert(jwks_renew(w.keys, &w.wait[0]));
	ck_assert_int_eq(w.fetches, 2);
	give(&w, "k2", HOUR);
	ck_assert_int_eq(w.woken, 1);
	ck_assert(!has(&w, "k1"));
	ck_assert(has(&w, "k2"));
	jwks_free(w.keys);
}
END_TEST

/* They are used a day longer, and asked for once a second. Who comes then does
 * not wait again. */
START_TEST(kept_while_it_fails) {
	struct world w;
	open_with_keys(&w);
	after(&w, US_PER_HOUR);
	ck_assert(jwks_renew(w.keys, &w.wait[0]));
	reply(&w, NULL);
	ck_assert_int_eq(w.woken, 1);
	ck_assert(has(&w, "k1"));
	ck_assert_ptr_nonnull(strstr(jwks_problem(w.keys), "nobody there"));
	ck_assert_uint_eq(jwks_failed(w.keys), 1);
	ck_assert(!jwks_renew(w.keys, &w.wait[0]));
	after(&w, US_PER_S - 1);
	ck_assert(!jwks_renew(w.keys, &w.wait[0]));
	ck_assert_int_eq(w.fetches, 2);
	after(&w, 1);
	ck_assert(!jwks_renew(w.keys, &w.wait[0]));
	ck_assert_int_eq(w.fetches, 3);
	reply(&w, &(struct fetch_res){.status = 503, .body = "", .kept = HOUR});
	ck_assert_ptr_nonnull(strstr(jwks_problem(w.keys), "status 503"));
	after(&w, US_PER_DAY - US_PER_S);
	ck_assert(has(&w, "k1"));
	after(&w, 1);
	ck_assert_ptr_null(jwks_set(w.keys));
	/* without keys there is nothing but to wait, and all do */
	for (size_t i = 0; i < 3; i++)
		ck_assert(jwks_renew(w.keys, &w.wait[i]));
	give(&w, "k2", HOUR);
	ck_assert_int_eq(w.woken, 4);
	after(&w, US_PER_HOUR);
	ck_assert(jwks_renew(w.keys, &w.wait[0]));
	jwks_free(w.keys);
}
END_TEST

/* One more than waiters_max wait for newer keys; the old ones do for others. */
START_TEST(a_crowd) {
	struct world w;
	open_with_keys(&w);
	after(&w, US_PER_HOUR);
	ck_assert(jwks_renew(w.keys, &w.wait[0]));
	ck_assert(jwks_renew(w.keys, &w.wait[1]));
	ck_assert(!jwks_renew(w.keys, &w.wait[2]));
	ck_assert(has(&w, "k1"));
	give(&w, "k2", HOUR);
	ck_assert_int_eq(w.woken, 2);
	after(&w, US_PER_HOUR);
	ck_assert(jwks_renew(w.keys, &w.wait[2]));
	jwks_free(w.keys);
	ck_assert_int_eq(w.woken, 3);
}
END_TEST

START_TEST(unknown_keys) {
	struct world w;
	open_with_keys(&w);
	for (int i = 0; i < JWKS_UNKNOWN_MAX; i++) {
		ck_assert(jwks_miss(w.keys, &w.wait[0]));
		ck_assert(jwks_miss(w.keys, &w.wait[1]));
		give(&w, "k1", HOUR);
	}
	ck_assert_int_eq(w.woken, 2 * JWKS_UNKNOWN_MAX);
	ck_assert_int_eq(w.fetches, 1 + JWKS_UNKNOWN_MAX);
	ck_assert(!jwks_miss(w.keys, &w.wait[0]));
	after(&w, JWKS_UNKNOWN_US - 1);
	ck_assert(!jwks_miss(w.keys, &w.wait[0]));
	after(&w, 1);
	ck_assert(jwks_miss(w.keys, &w.wait[0]));
	reply(&w, NULL);
	ck_assert(has(&w, "k1"));
	ck_assert(!jwks_miss(w.keys, &w.wait[0]));
	/* no more are saved up than there were at first */
	after(&w, 100 * JWKS_UNKNOWN_US);
	for (int i = 0; i < JWKS_UNKNOWN_MAX; i++) {
		ck_assert(jwks_miss(w.keys, &w.wait[0]));
		give(&w, "k1", HOUR);
	}
	ck_assert(!jwks_miss(w.keys, &w.wait[0]));
	jwks_free(w.keys);
}
END_TEST

START_TEST(no_fetch_can_begin) {
	struct world w;
	open_world(&w);
	w.refuse = true;
	ck_assert(!jwks_renew(w.keys, &w.wait[0]));
	ck_assert(!jwks_miss(w.keys, &w.wait[0]));
	ck_assert_ptr_nonnull(strstr(jwks_problem(w.keys), "out of memory"));
	w.refuse = false;
	after(&w, US_PER_S);
	ck_assert(jwks_renew(w.keys, &w.wait[0]));
	jwks_free(w.keys);
	ck_assert_int_eq(w.cancelled, 1);
	ck_assert_int_eq(w.woken, 1);
	jwks_free(NULL);
}
END_TEST

/* RFC 9111, section 5.2.2. */
START_TEST(ages) {
	static const struct {
		const char *header;
		int64_t s;
	} cases[] = {
		{HOUR, 3600},
		{"max-age=19532", 19532},
		{"Max-Age=3600", 3600},
		{"private,max-age=3600", 3600},
		{"max-age=3600,no-cache", 60},
		{"no-store", 60},
		{"max-age=0", 60},
		{"max-age=-5", 60},
		{"max-age=x", 60},
		{"max-age=59", 60},
		{"max-age=61", 61},
		{"max-age=86400", 86400},
		{"max-age=86401", 86400},
		{"max-age=99999999999999999999", 86400},
		{"max-age=-99999999999999999999", 60},
		{"max-age=-9223372036854775", 60},
		{"", 300},
		{",,", 300},
		{"public", 300},
		{"max-age", 300},
		{"s-maxage=9999", 300},
		{"max-ages=9999", 300},
		{"no-store-please", 300},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(
			jwks_age(cases[i].header) == cases[i].s * US_PER_S,
			"'%s': %lld us", cases[i].header,
			(long long)jwks_age(cases[i].header));
}
END_TEST

int main(void) {
	mem_init();
	Suite *s = suite_create("jwks");
	unit_add(s, one_fetch_for_all);
	unit_add(s, renewed_in_time);
	unit_add(s, kept_while_it_fails);
	unit_add(s, a_crowd);
	unit_add(s, unknown_keys);
	unit_add(s, no_fetch_can_begin);
	unit_add(s, ages);
	return unit_run(s);
}
