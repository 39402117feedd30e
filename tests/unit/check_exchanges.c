/* SPDX-License-Identifier: MIT */
/* The client's half of the contract of fixtures/wire/ml, which the emulator is
 * held to by tests/system/wire.sh: where a case's request is one that libtrain
 * makes, libtrain makes it; and it understands every answer. The same for
 * fixtures/wire/google: what only the real service says. */
#include <stdlib.h>
#include <string.h>

#include "client/lib/train_int.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"
#include "tests/unit/wire.h"

#define LONG_US (10 * US_PER_S)
#define MASK "labels,etag"
#define JOBS "/v1/projects/test-project/jobs"

static size_t made, judged; /* cases whose request libtrain makes; errors */

/* The rest of the target after JOBS/, up to `tail` at its very end; NULL when
 * it is not of that form. The caller frees it. */
static char *id_of(const char *target, const char *tail) {
	size_t n = strlen(JOBS "/"), len = strlen(target), t = strlen(tail);
	if (strncmp(target, JOBS "/", n) != 0 || len <= n + t ||
		strcmp(target + len - t, tail) != 0)
		return NULL;
	char *id = mem_dup(target + n, len - n - t);
	if (id[strcspn(id, "/:?%")]) /* what libtrain would escape */
		mem_free(TAKE(id));
	return id;
}

/* Starts what leads to the case's request; false when libtrain has no such. */
static bool begin(struct wire *w, const struct exchange *x) {
	struct err e = {0};
	int rc = -1;
	bool post = strcmp(x->method, "POST") == 0;
	auto_json json_t *body =
		jsn_parse(x->body, strlen(x->body), true, NULL);
	auto_free char *got =
		strcmp(x->method, "GET") == 0 ? id_of(x->target, "") : NULL;
	auto_free char *patched =
		strcmp(x->method, "PATCH") == 0
			? id_of(x->target, "?updateMask=" MASK)
			: NULL;
	auto_free char *cancelled = post ? id_of(x->target, ":cancel") : NULL;
	w->train->cfg.brief = strcmp(x->target, JOBS "?fields=jobId") == 0;
	if (post && json_is_object(body) &&
		(strcmp(x->target, JOBS) == 0 || w->train->cfg.brief))
		rc = train_job_create(
			w->train, body, LONG_US, wire_on_done, w, &e);
	else if (cancelled && body && json_object_size(body) == 0)
		rc = train_job_cancel(
			w->train, cancelled, LONG_US, wire_on_done, w, &e);
	else if (got)
		rc = train_job_get(w->train, got, LONG_US, wire_on_done, w, &e);
	else if (patched && json_is_object(body))
		rc = ml_job_patch(w->train, patched, MASK, body, LONG_US,
			wire_on_done, w, &e);
	ck_assert_msg(rc <= 0, "%s: %s", w->steps[0].name, e.msg);
	return rc == 0;
}

/* Of the ErrorInfo detail, or "". */
static const char *reason_of(const json_t *error) {
	size_t i;
	const json_t *d;
	json_array_foreach (json_object_get(error, "details"), i, d) {
		const json_t *reason = json_object_get(d, "reason");
		if (reason)
			return json_string_value(reason);
	}
	return "";
}

static void expect_error(const char *name, const struct exchange *x,
	const struct train_error *error) {
	auto_json json_t *j =
		jsn_parse(x->res_body, strlen(x->res_body), true, NULL);
	const json_t *want = json_object_get(j, "error");
	const char *message =
		json_string_value(json_object_get(want, "message"));
	ck_assert_msg(error->err.http == x->status, "%s: HTTP %d", name,
		error->err.http);
	if (!message)
		return; /* a page of the front end */
	ck_assert_str_eq(error->status,
		json_string_value(json_object_get(want, "status")));
	ck_assert_str_eq(error->reason, reason_of(want));
	/* newlines become blanks, and a long text is cut */
	size_t n = strcspn(message, "\n");
	n = n < ERR_MSG_MAX / 2 ? n : ERR_MSG_MAX / 2;
	ck_assert_msg(strncmp(error->err.msg, message, n) == 0,
		"%s: '%s', want '%s'", name, error->err.msg, message);
	judged++;
}

/* What the service accepts is not refused before it is asked. */
static void expect_no_rule(const char *name, const struct exchange *x) {
	struct err e = {0};
	if (strcmp(x->method, "POST") != 0 || strcmp(x->target, JOBS) != 0 ||
		x->status != 200)
		return;
	auto_json json_t *job =
		jsn_parse(x->body, strlen(x->body), false, NULL);
	ck_assert_msg(spec_check_training(job, &e) == 0, "%s: %s", name, e.msg);
}

/* A case of the folder ctx. */
static void play(void *ctx, const char *case_name) {
	auto_free char *name =
		mem_printf("%s/%s", (const char *)ctx, case_name);
	struct wire w;
	wire_init(&w, (const char *const[]){name, NULL});
	const struct exchange *x = &w.steps[0].want;
	bool ours = begin(&w, x);
	expect_no_rule(name, x);
	struct train_error error = {0};
	if (ours) {
		wire_run(&w);
		made++;
		error = w.error;
	} else if (x->status >= 400) {
		apierr_parse(
			x->status, x->res_body, strlen(x->res_body), &error);
	}
	if (x->status >= 400) {
		expect_error(name, x, &error);
	} else if (ours) {
		auto_json json_t *want =
			jsn_parse(x->res_body, strlen(x->res_body), true, NULL);
		ck_assert_msg(w.answer && json_equal(w.answer, want),
			"%s: another answer", name);
	}
	wire_done(&w, !ours);
}

/* `part`: neither half of the check can vanish unnoticed. */
static void play_all(char *folder, int part) {
	auto_free char *path =
		mem_printf("%s/wire/%s", getenv("FIXTURES"), folder);
	int n = exchange_each(path, play, folder);
	ck_assert_int_gt(n, 0);
	ck_assert_uint_gt(made, (size_t)(n / part));
	ck_assert_uint_gt(judged, (size_t)(n / part));
}

START_TEST(of_both_sides) {
	static char folder[] = "ml";
	play_all(folder, 3);
}
END_TEST

START_TEST(of_the_service) {
	static char folder[] = "google";
	play_all(folder, 2);
}
END_TEST

int main(void) {
	Suite *s = suite_create("exchanges");
	unit_add(s, of_both_sides);
	unit_add(s, of_the_service);
	return unit_run(s);
}
