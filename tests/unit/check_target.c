/* SPDX-License-Identifier: MIT */
/* Where requests go, for which project, and with which token. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/lib/train_int.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define ML TRAIN_SET(TRAIN_ML)

static const char *const with_emulator[] = {
	"TRAIN_EMULATOR_HOST=127.0.0.1:8085", NULL};

START_TEST(order_of_sources) {
	struct err e = {0};
	struct train_target t = {0};
	unit_environment = with_emulator;
	ck_assert_int_eq(train_target_resolve(&t, ML, unit_env, &e), 0);
	ck_assert_str_eq(t.url[TRAIN_ML], "http://127.0.0.1:8085");
	train_target_done(&t);

	ck_assert_int_eq(
		train_target_endpoint(&t, "ml=http://localhost:9/x//", &e), 0);
	ck_assert_int_eq(train_target_resolve(&t, ML, unit_env, &e), 0);
	ck_assert_str_eq(t.url[TRAIN_ML], "http://localhost:9/x");
	train_target_done(&t);

	unit_environment = NULL;
	ck_assert_int_eq(train_target_token_file(&t, "f", &e), 0);
	ck_assert_int_eq(train_target_resolve(&t, ML, unit_env, &e), 0);
	ck_assert_str_eq(t.url[TRAIN_ML], "https://ml.googleapis.com");
	train_target_done(&t);
}
END_TEST

START_TEST(no_credentials) {
	static const char *const empty[] = {
		"TRAIN_EMULATOR_HOST=", "NO_GCE_CHECK=true", NULL};
	struct err e = {0};
	struct train_target t = {0};
	unit_environment = empty;
	ck_assert_int_eq(train_target_resolve(&t, ML, unit_env, &e), ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(e.msg, "no credentials"));
	ck_assert_ptr_nonnull(strstr(e.msg, "TRAIN_EMULATOR_HOST"));
	ck_assert_ptr_nonnull(strstr(e.msg, "--access-token-file"));
	train_target_done(&t);
}
END_TEST

/* The emulator stands in for all of them; Google has a host for each. */
START_TEST(every_service) {
	static const char *const hosts[TRAIN_SERVICE_COUNT] = {
		[TRAIN_ML] = "https://ml.googleapis.com",
		[TRAIN_LOGGING] = "https://logging.googleapis.com",
		[TRAIN_PUBSUB] = "https://pubsub.googleapis.com",
		[TRAIN_SCHEDULER] = "https://cloudscheduler.googleapis.com"};
	const unsigned all = TRAIN_SET(TRAIN_SERVICE_COUNT) - 1;
	for (int emulated = 0; emulated < 2; emulated++) {
		struct err e = {0};
		struct train_target t = {0};
		unit_environment = emulated ? with_emulator : NULL;
		ck_assert_int_eq(train_target_token_file(&t, "f", &e), 0);
		ck_assert_int_eq(
			train_target_resolve(&t, all, unit_env, &e), 0);
		for (size_t i = 0; i < TRAIN_SERVICE_COUNT; i++)
			ck_assert_str_eq(t.url[i],
				emulated ? "http://127.0.0.1:8085" : hosts[i]);
		train_target_done(&t);
	}
}
END_TEST

/* What is not in the set needs no credentials, and what is does. */
START_TEST(only_the_services_of_the_set) {
	const unsigned both = ML | TRAIN_SET(TRAIN_LOGGING);
	struct err e = {0};
	struct train_target t = {0};
	static const char *const alone[] = {"NO_GCE_CHECK=true", NULL};
	unit_environment = alone;
	ck_assert_int_eq(train_target_endpoint(&t, "ml=http://[::1]:9", &e), 0);
	ck_assert_int_eq(train_target_resolve(&t, ML, unit_env, &e), 0);
	ck_assert_ptr_null(t.url[TRAIN_LOGGING]);
	ck_assert_int_eq(
		train_target_resolve(&t, both, unit_env, &e), ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(e.msg, "https://logging.googleapis.com"));
	ck_assert_int_eq(
		train_target_endpoint(&t, "logging=http://[::1]:9", &e), 0);
	ck_assert_int_eq(train_target_resolve(&t, both, unit_env, &e), 0);
	ck_assert_str_eq(t.url[TRAIN_LOGGING], "http://[::1]:9");
	train_target_done(&t);

	unit_environment = with_emulator;
	ck_assert_int_eq(train_target_resolve(&t, both, unit_env, &e), 0);
	ck_assert_str_eq(t.url[TRAIN_LOGGING], "http://127.0.0.1:8085");
	train_target_done(&t);
}
END_TEST

START_TEST(bad_values) {
	static const char *const endpoints[] = {"", "ml", "=http://a",
		"mm=http://a", "ML=http://a", "ml=", "ml=a:1", "ml=ftp://a",
		"ml=http://a/?x=1", "ml=http://a/#x"};
	struct train_target t = {0};
	struct err e = {0};
	for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++)
		ck_assert_msg(train_target_endpoint(&t, endpoints[i], &e) ==
				      ERR_USAGE,
			"'%s'", endpoints[i]);
	ck_assert_int_eq(train_target_token_file(&t, "", &e), ERR_USAGE);
	static const char *const hosts[] = {"TRAIN_EMULATOR_HOST=http://a:1/x",
		"TRAIN_EMULATOR_HOST=a", "TRAIN_EMULATOR_HOST=a:1/x",
		"TRAIN_EMULATOR_HOST=u@a:1", "TRAIN_EMULATOR_HOST=a:port",
		"TRAIN_EMULATOR_HOST=a b"};
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		const char *const one[] = {hosts[i], NULL};
		unit_environment = one;
		ck_assert_msg(
			train_target_resolve(&t, ML, unit_env, &e) == ERR_USAGE,
			"%s", hosts[i]);
		train_target_done(&t);
	}
}
END_TEST

START_TEST(a_token_in_clear) {
	static const struct {
		const char *endpoint;
		int want;
	} rows[] = {{"ml=https://ml.example.com", 0},
		{"ml=http://127.0.0.1:1", 0}, {"ml=http://localhost", 0},
		{"ml=http://[::1]:1", 0}, {"ml=http://10.0.0.1:1", ERR_USAGE},
		{"ml=http://127.0.0.1.example.com", ERR_USAGE},
		{"ml=http://localhost.example.com:1", ERR_USAGE},
		{"ml=http://127.0.0.1:1@example.com", ERR_USAGE},
		{"ml=HTTP://example.com", ERR_USAGE}};
	unit_environment = NULL;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct train_target t = {0};
		struct err e = {0};
		int rc = train_target_endpoint(&t, rows[i].endpoint, &e);
		if (!rc)
			rc = train_target_token_file(&t, "f", &e);
		if (!rc)
			rc = train_target_resolve(&t, ML, unit_env, &e);
		ck_assert_msg(
			rc == rows[i].want, "%s: %d", rows[i].endpoint, rc);
		train_target_done(&t);
	}
}
END_TEST

START_TEST(projects) {
	static const char *const all[] = {"TRAINCTL_PROJECT=a",
		"GOOGLE_CLOUD_PROJECT=b", "CLOUDSDK_CORE_PROJECT=c", NULL};
	static const char *const empty_first[] = {
		"TRAINCTL_PROJECT=", "GOOGLE_CLOUD_PROJECT=b", NULL};
	struct err e = {0};
	const char *p = NULL;
	for (size_t i = 0; i < 3; i++) {
		const char want[] = {(char)('a' + (int)i), '\0'};
		unit_environment = all + i;
		ck_assert_int_eq(train_project(NULL, unit_env, &p, &e), 0);
		ck_assert_str_eq(p, want);
	}
	unit_environment = empty_first;
	ck_assert_int_eq(train_project(NULL, unit_env, &p, &e), 0);
	ck_assert_str_eq(p, "b");
	ck_assert_int_eq(train_project("example.com:x-1", unit_env, &p, &e), 0);
	ck_assert_str_eq(p, "example.com:x-1");
	p = NULL;
	ck_assert_int_eq(train_project("", unit_env, &p, &e), ERR_USAGE);
	ck_assert_int_eq(train_project("a/b", unit_env, &p, &e), ERR_USAGE);
	unit_environment = NULL;
	ck_assert_int_eq(train_project(NULL, unit_env, &p, &e), ERR_NOTFOUND);
	ck_assert_ptr_null(p);
	ck_assert_ptr_nonnull(strstr(e.msg, "TRAINCTL_PROJECT"));
}
END_TEST

static int header_of(const char *bytes, size_t n, char **ret, struct err *e) {
	char path[] = "/tmp/check_target.XXXXXX";
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	FILE *f = fdopen(fd, "wb");
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
	const struct train_target t = {.token_file = path};
	int rc = cred_header(&t, ret, e);
	(void)unlink(path);
	return rc;
}

START_TEST(tokens) {
	struct err e = {0};
	auto_free char *header = NULL;
	ck_assert_int_eq(header_of("ya29.a-b_c/d+e=\r\n", 17, &header, &e), 0);
	ck_assert_str_eq(header, "Authorization: Bearer ya29.a-b_c/d+e=");
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {{"", 0}, {"\n", 1}, {"a b", 3}, {"a\nb", 3},
		{"a\r\nX: y", 7}, {"a\0b", 3}, {"a\x7f", 2}, {"\xc3\xbc", 2}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char *none = NULL;
		ck_assert_msg(header_of(bad[i].bytes, bad[i].n, &none, &e) ==
				      ERR_SHAPE,
			"row %zu", i);
		ck_assert_ptr_null(none);
	}
	static char much[16386];
	memset(much, 'x', sizeof much);
	auto_free char *most = NULL;
	ck_assert_int_eq(header_of(much, 16384, &most, &e), 0);
	char *none = NULL;
	ck_assert_int_eq(header_of(much, 16385, &none, &e), ERR_SHAPE);
	/* the token is a secret: no message may hold it */
	ck_assert_ptr_null(strstr(e.msg, "xxxx"));
	char nowhere[] = "/nonexistent/x";
	const struct train_target gone = {.token_file = nowhere};
	ck_assert_int_eq(cred_header(&gone, &none, &e), ERR_IO);
	const struct train_target without = {0};
	ck_assert_int_eq(cred_header(&without, &none, &e), 0);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(out_of_memory) {
	unit_environment = with_emulator;
	for (long n = 0, rc = -1; rc != 0; n++) {
		struct err e = {0};
		struct train_target t = {0};
		mem_fail_after(n);
		rc = train_target_token_file(&t, "f", &e);
		if (!rc)
			rc = train_target_resolve(&t, ML, unit_env, &e);
		mem_fail_off();
		ck_assert_int_eq(e.code, rc ? ERR_NOMEM : 0);
		train_target_done(&t);
	}
}
END_TEST

int main(void) {
	Suite *s = suite_create("target");
	unit_add(s, order_of_sources);
	unit_add(s, no_credentials);
	unit_add(s, every_service);
	unit_add(s, only_the_services_of_the_set);
	unit_add(s, bad_values);
	unit_add(s, a_token_in_clear);
	unit_add(s, projects);
	unit_add(s, tokens);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
