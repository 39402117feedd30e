/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/uniquifier/push.h"
#include "common/buf.h"
#include "common/jsn.h"
#include "common/mem.h"
#include "tests/unit/unit.h"

#define HEADERS_MAX 20
#define BODY_MAX 100000

/* A case's request: input.json, and in a file `headers` those it comes with. */
struct request {
	char *body, *text; /* freed with mem_free */
	struct push_header headers[HEADERS_MAX];
	struct push_request rq;
};

/* Lines "Name: value". Those that push.c does not want are left out, as by the
 * service. */
static void cut_headers(struct request *r) {
	for (char *at = r->text, *next; at && *at; at = next) {
		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		char *colon = strstr(at, ": ");
		ck_assert_msg(colon != NULL, "'%s' is no header", at);
		*colon = '\0';
		ck_assert_uint_lt(r->rq.header_count, HEADERS_MAX);
		if (push_wants(at))
			r->headers[r->rq.header_count++] =
				(struct push_header){at, colon + 2};
	}
}

static void load(const char *folder, const char *name, struct request *r) {
	char path[1024];
	*r = (struct request){0};
	(void)snprintf(path, sizeof path, "%s/%s/input.json", folder, name);
	r->body = unit_fixture(path, &r->rq.len);
	(void)snprintf(path, sizeof path, "%s/%s/%s/headers",
		getenv("FIXTURES"), folder, name);
	if (access(path, R_OK) == 0) {
		(void)snprintf(
			path, sizeof path, "%s/%s/headers", folder, name);
		r->text = unit_fixture(path, NULL);
	}
	r->rq.body = r->body;
	r->rq.headers = r->headers;
	r->rq.body_max = BODY_MAX;
	cut_headers(r);
}

static void unload(struct request *r) {
	mem_free(r->body);
	mem_free(r->text);
}

/* Calls fn for every case in a folder of fixtures. */
static void each_case(const char *folder,
	void (*fn)(const char *name, const struct push_request *rq, char *want),
	const char *want_file) {
	char path[1024];
	(void)snprintf(path, sizeof path, "%s/%s", getenv("FIXTURES"), folder);
	DIR *d = opendir(path);
	ck_assert_msg(d != NULL, "%s", path);
	size_t cases = 0;
	for (struct dirent *at; (at = readdir(d));) {
		if (at->d_name[0] == '.')
			continue;
		struct request r;
		load(folder, at->d_name, &r);
		(void)snprintf(path, sizeof path, "%s/%s/%s", folder,
			at->d_name, want_file);
		auto_free char *want = unit_fixture(path, NULL);
		fn(at->d_name, &r.rq, want);
		unload(&r);
		cases++;
	}
	(void)closedir(d);
	ck_assert_uint_gt(cases, 0);
}

/* The form of the `want` files. */
static char *told(const struct push *p) {
	auto_buf struct buf b;
	buf_init(&b, 1 << 16);
	(void)buf_addf(&b, "shape: %s\nmessageId: %s\n",
		push_shape_name(p->shape),
		p->message_id ? p->message_id : "none");
	if (p->publish_us == PUSH_NO_TIME)
		(void)buf_adds(&b, "publishUs: none\n");
	else
		(void)buf_addf(
			&b, "publishUs: %lld\n", (long long)p->publish_us);
	auto_free char *attributes =
		p->attributes ? jsn_compact(p->attributes) : NULL;
	(void)buf_addf(&b,
		"subscription: %s\nattributes: %s\ndata: ", p->subscription,
		attributes ? attributes : "none");
	(void)buf_add(&b, p->data, p->data_len);
	(void)buf_addc(&b, '\n');
	return buf_take(&b, NULL);
}

static void accept_case(
	const char *name, const struct push_request *rq, char *want) {
	struct err e = {0};
	auto_push struct push *p = NULL;
	ck_assert_msg(push_parse(rq, &p, &e) == 0, "%s: %s", name, e.msg);
	auto_free char *got = told(p);
	ck_assert_msg(
		strcmp(got, want) == 0, "%s: got\n%swant\n%s", name, got, want);
	ck_assert_int_eq(p->data[p->data_len], '\0');
}

START_TEST(accepts) {
	each_case("push/accept", accept_case, "want");
}
END_TEST

/* The start of the message is given; where an error of the JSON or base64
 * reader follows, that reader's own tests say how it goes on. */
static void reject_case(
	const char *name, const struct push_request *rq, char *want) {
	struct err e = {0};
	struct push *p = NULL;
	want[strcspn(want, "\n")] = '\0';
	int rc = push_parse(rq, &p, &e);
	ck_assert_msg(rc != 0 && rc == e.code, "%s: %d", name, rc);
	ck_assert_msg(rc == ERR_JSON || rc == ERR_SHAPE || rc == ERR_SYNTAX ||
			      rc == ERR_TOOBIG ||
			      (rc == ERR_HTTP && e.http == 415),
		"%s: code %d", name, rc);
	ck_assert_msg(strncmp(e.msg, want, strlen(want)) == 0,
		"%s: '%s', want '%s'", name, e.msg, want);
	ck_assert_msg(
		want[strlen(want) - 1] != ' ' || strlen(e.msg) > strlen(want),
		"%s: no reason in '%s'", name, e.msg);
	ck_assert_ptr_null(p);
}

START_TEST(rejects) {
	each_case("push/reject", reject_case, "error");
}
END_TEST

static int parse_text(const char *text, struct push **ret) {
	struct err e = {0};
	const struct push_request rq = {
		.body = text, .len = strlen(text), .body_max = BODY_MAX};
	return push_parse(&rq, ret, &e);
}

START_TEST(attributes) {
	static const char in[] = "{\"message\":{\"messageId\":\"1\",\"data\":"
				 "\"YQ==\",\"attributes\":{\"k\":\"v\"}}}";
	static const char bare[] = "{\"message\":{\"messageId\":\"1\","
				   "\"data\":\"YQ==\"}}";
	auto_push struct push *p = NULL, *q = NULL;
	ck_assert_int_eq(parse_text(in, &p), 0);
	ck_assert_str_eq(push_attribute(p, "k"), "v");
	ck_assert_ptr_null(push_attribute(p, "K"));
	ck_assert_int_eq(parse_text(bare, &q), 0);
	ck_assert_ptr_null(push_attribute(q, "k"));
	push_free(NULL);
}
END_TEST

START_TEST(headers_of_interest) {
	static const char *const yes[] = {"Content-Type", "content-encoding",
		"ce-id", "CE-Time", "X-Goog-Pubsub-Message-Id", "Train-Key",
		"X-CloudScheduler-JobName"};
	static const char *const no[] = {"Host", "Authorization", "cent", "k",
		"content-length", "X-Goog-Other", ""};
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		ck_assert_msg(push_wants(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		ck_assert_msg(!push_wants(no[i]), "%s", no[i]);
}
END_TEST

static int attempt(void *ctx, struct err *e) {
	auto_push struct push *p = NULL;
	int rc = push_parse(ctx, &p, e);
	ck_assert((p != NULL) == (rc == 0));
	return rc;
}

/* Of each shape: without memory there is nothing but that to say. */
static void short_of_memory(
	const char *name, const struct push_request *rq, char *want) {
	(void)want;
	struct push_request copy = *rq;
	ck_assert_msg(unit_nomem(attempt, &copy) > 0, "%s", name);
}

START_TEST(out_of_memory) {
	each_case("push/accept", short_of_memory, "want");
}
END_TEST

int main(void) {
	Suite *s = suite_create("push");
	unit_add(s, accepts);
	unit_add(s, rejects);
	unit_add(s, attributes);
	unit_add(s, headers_of_interest);
	unit_add(s, out_of_memory);
	return unit_run(s);
}
